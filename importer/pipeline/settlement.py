"""An outcome → what the journal keeps of it, without the row's contents (promise P7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from importer.journal.records import Settlement
from importer.journal.states import State
from importer.model.draft import Draft
from importer.model.outcome import (
    Created,
    Exists,
    Held,
    Refusal,
    Rejected,
    RowOutcome,
    Stop,
    Unknown,
    Unreachable,
    Updated,
)
from importer.model.problem import Problem, problem
from importer.model.redaction import redact
from importer.pipeline.consider import Ready
from importer.pipeline.decide import STATE_OF, state_after
from importer.pipeline.work import Work


@dataclass(frozen=True, slots=True)
class Told:
    """A row that was sent, as far as its outcome is told of it.

    ``texts`` gives its values by name, to keep them out of what is stored; ``maybe`` as in Ready.
    """

    draft: Draft
    texts: Callable[[], Mapping[str, str]]
    maybe: bool = False


def told(ready: Ready, work: Work) -> Told:
    """Return what is told of a row that is at hand."""
    return Told(ready.draft, lambda: work.texts(ready.row), ready.maybe)


def settlement(outcome: RowOutcome, row: Told, work: Work) -> Settlement:
    """Return what to write for ``row`` after ``outcome``."""
    draft = row.draft
    state = state_after(outcome, work.on_match)
    if isinstance(outcome, Created | Updated):
        return with_record(draft.row, outcome)
    if isinstance(outcome, Exists):
        return _exists(outcome, row, work)
    if isinstance(outcome, Rejected) and outcome.taken and row.maybe:
        return _of_its_own(row, work)
    if isinstance(outcome, Rejected):
        texts = row.texts()
        problems = tuple(_refused(refusal, draft, texts) for refusal in outcome.refusals)
        return Settlement(draft.row, state, problems=in_column_order(problems, draft))
    if isinstance(outcome, Unknown):
        return _unknown(outcome, row, work)
    stayed = isinstance(outcome, Held | Unreachable) or (isinstance(outcome, Stop) and not outcome.left)
    return Settlement(draft.row, state, left=not stayed)


def with_record(row: int, outcome: Created | Updated) -> Settlement:
    """Return what to write for ``row``, whose record was made or changed."""
    return Settlement(row, STATE_OF[type(outcome)], outcome.id, outcome.number)


def _exists(outcome: Exists, row: Told, work: Work) -> Settlement:
    """The key is there. After an earlier send without an answer the record may be that send's own."""
    number = row.draft.row
    if row.maybe and work.target.settling().how == "match":
        return _of_its_own(row, work)
    if work.on_match == "update" and outcome.id is not None:
        return Settlement(number, State.PENDING)
    if outcome.id is None or work.on_match == "error":
        found = problem("ALREADY_EXISTS", id=outcome.id or "the server does not show which")
        return Settlement(number, State.REJECTED, problems=(found,))
    return Settlement(number, State.EXISTS, outcome.id)


def _of_its_own(row: Told, work: Work) -> Settlement:
    """The record that is in the way may be the row's own, made by a send that had no answer."""
    work.taken.add(row.draft.row)
    lost = Unknown("an earlier send of this row may have made the record that exists")
    return _unknown(lost, row, work)


def _unknown(outcome: Unknown, row: Told, work: Work) -> Settlement:
    if outcome.id is not None:
        found = made_problem(outcome.reason, outcome.id, row.draft, work, row.texts())
    else:
        found = lost_problem(outcome.reason, row.draft, work, row.texts())
    return Settlement(row.draft.row, State.UNKNOWN, outcome.id, problems=(found,))


def made_problem(reason: str, record_id: str, draft: Draft, work: Work, texts: Mapping[str, str]) -> Problem:
    """Return the problem of a row whose record ``record_id`` was made and is not as it must be."""
    run, row = work.run, work.source.shape.row_name(draft.row)
    found = problem(
        "MADE_NOT_READY", reason=reason, system=run.system_name, run=run.id, row=row, id=record_id
    )
    return Problem(found.code, redact(found.message, texts), found.column, found.cell)


def lost_problem(reason: str, draft: Draft, work: Work, texts: Mapping[str, str]) -> Problem:
    """Return the problem of a row that may exist, with the query to look for it where there is one."""
    run = work.run
    question = work.target.question(draft)
    found = problem(
        "ANSWER_LOST",
        reason=reason,
        system=run.system_name,
        run=run.id,
        row=work.source.shape.row_name(draft.row),
        question=f" ({question})" if question else "",
    )
    return Problem(found.code, redact(found.message, texts), found.column, found.cell)


def _refused(refusal: Refusal, draft: Draft, texts: Mapping[str, str]) -> Problem:
    said = redact(refusal.text, texts)
    named = [draft.columns[name] for name in refusal.properties if name in draft.columns]
    message = f"{refusal.message} The server says: {said}"
    return Problem(refusal.code, message, named[0] if named else None, None, said)


def in_column_order(problems: tuple[Problem, ...], draft: Draft) -> tuple[Problem, ...]:
    """Return ``problems`` in the order of the mapping's columns, those without a column first."""
    order = {column: place for place, column in enumerate(dict.fromkeys(draft.columns.values()))}
    return tuple(sorted(problems, key=lambda p: -1 if p.column is None else order.get(p.column, -1)))
