"""An outcome → what the journal keeps of it, without the row's contents (promise P7)."""

from __future__ import annotations

from collections.abc import Mapping

from importer.journal.records import Settlement
from importer.journal.states import State
from importer.model.draft import Draft
from importer.model.outcome import Created, Exists, Refusal, Rejected, RowOutcome, Unknown, Updated
from importer.model.problem import Problem, problem
from importer.model.redaction import redact
from importer.pipeline.consider import Ready
from importer.pipeline.decide import state_after
from importer.pipeline.work import Work


def settlement(outcome: RowOutcome, ready: Ready, work: Work) -> Settlement:
    """Return what to write for the row ``ready`` after ``outcome``."""
    draft = ready.draft
    texts = {**{name: str(value) for name, value in draft.values.items()}, **work.texts(ready.row)}
    state = state_after(outcome, on_match_error=work.on_match_error)
    if isinstance(outcome, Created | Updated):
        return Settlement(draft.row, state, outcome.id, outcome.number)
    if isinstance(outcome, Exists):
        if state is State.REJECTED:
            return Settlement(draft.row, state, problems=(problem("ALREADY_EXISTS", id=outcome.id),))
        return Settlement(draft.row, state, outcome.id)
    if isinstance(outcome, Rejected):
        problems = tuple(_refused(refusal, draft, texts) for refusal in outcome.refusals)
        return Settlement(draft.row, state, problems=in_column_order(problems, draft))
    if isinstance(outcome, Unknown):
        reason = redact(outcome.reason, texts)
        run = work.run
        lost = problem("ANSWER_LOST", reason=reason, system=run.system_name, run=run.id, row=draft.row)
        return Settlement(draft.row, state, problems=(lost,))
    return Settlement(draft.row, state)


def _refused(refusal: Refusal, draft: Draft, texts: Mapping[str, str]) -> Problem:
    said = redact(refusal.text, texts)
    named = [draft.columns[name] for name in refusal.properties if name in draft.columns]
    message = f"{refusal.message} The server says: {said}"
    return Problem(refusal.code, message, named[0] if named else None, None, said)


def in_column_order(problems: tuple[Problem, ...], draft: Draft) -> tuple[Problem, ...]:
    """Return ``problems`` in the order of the mapping's columns, those without a column first."""
    order = {column: place for place, column in enumerate(dict.fromkeys(draft.columns.values()))}
    return tuple(sorted(problems, key=lambda p: -1 if p.column is None else order.get(p.column, -1)))
