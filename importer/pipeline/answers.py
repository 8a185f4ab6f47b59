"""What the outcomes of one send make of its rows: what is written, told, and sent again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from importer.journal.records import Settlement
from importer.journal.states import SHOWN, State
from importer.model.errors import Exit
from importer.model.frozen import frozen
from importer.model.outcome import (
    DONE,
    Again,
    Exists,
    Held,
    Refusal,
    Rejected,
    RowOutcome,
    Smaller,
    Stop,
    Unknown,
    Unreachable,
)
from importer.model.redaction import redact
from importer.pipeline.batches import Batch, BatchSize
from importer.pipeline.consider import Ready
from importer.pipeline.guard import LOOK_FIRST
from importer.pipeline.settlement import settlement, told, with_record
from importer.pipeline.work import Work

ROW_ATTEMPTS = 8
"""How often one row is sent again for reasons of its own (a locked parent, a deadlock)."""
ENOUGH, MANY = 50, 10
"""After so many answers, when more than one in so many says that the record exists, keys are looked up ahead:
a query for hundreds costs less than the refusals."""

Outcomes = Sequence[tuple[Ready, RowOutcome]]


@frozen
class Taken:
    """What follows from the outcomes of one send.

    ``written`` resolves when they are durable; ``signal`` is the outcome that concerns the whole run most;
    ``again`` are the rows to send again, ``contested`` those of them whose parent was locked, and ``refused``
    how often the most refused of these was.
    """

    written: asyncio.Future[None]
    signal: RowOutcome
    again: tuple[Batch, ...]
    contested: tuple[Ready, ...]
    refused: int


class Answers:
    """Takes the outcomes of the sends of one batch, until none of its rows is left."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._refused: dict[int, int] = {}

    def take(self, outcomes: Outcomes, size: BatchSize) -> Taken:
        """Write ``outcomes`` and return what follows; ``size`` learns how many rows the server takes."""
        if all(isinstance(outcome, DONE) for _ready, outcome in outcomes):
            size.succeeded(len(outcomes))
            return Taken(self._settle(outcomes), outcomes[0][1], (), (), 0)
        outcomes = [(ready, self._bounded(ready, outcome, len(outcomes))) for ready, outcome in outcomes]
        written = self._settle(outcomes)
        signal = gravest(outcomes)
        if isinstance(signal, Stop):
            self._work.control.stop(Exit(signal.exit), signal.reason, signal.remedy)
        _learn(outcomes, size)
        contested = tuple(ready for ready, outcome in outcomes if _own(outcome))
        refused = max((self._refused[ready.draft.row] for ready in contested), default=0)
        again = tuple(to_send(outcomes, self._work.on_match))
        return Taken(written, signal, again, contested, refused)

    def _bounded(self, ready: Ready, outcome: RowOutcome, sent: int) -> RowOutcome:
        """A row that was sent alone cannot be halved; one refused again and again by itself is refused."""
        if isinstance(outcome, Smaller) and sent == 1:
            outcome = outcome.alone
        if not _own(outcome):
            return outcome
        assert isinstance(outcome, Again)
        row = ready.draft.row
        self._refused[row] = self._refused.get(row, 0) + 1
        return exhausted(outcome, self._refused[row])

    def _settle(self, outcomes: Outcomes) -> asyncio.Future[None]:
        work = self._work
        done = [
            with_record(ready.draft.row, outcome)
            if isinstance(outcome, DONE)
            else settlement(outcome, told(ready, work), work)
            for ready, outcome in outcomes
        ]
        written = work.leg.settle(done)
        # Pending and unknown rows are told when they are sent again, or settled, or could not be settled.
        final = [each for each in done if each.state not in (State.PENDING, State.UNKNOWN)]
        written.add_done_callback(work.control.durable(lambda: _tell(work, final)))
        for each, (ready, outcome) in zip(done, outcomes, strict=True):
            if isinstance(outcome, DONE):
                work.guard.answered(None)
                continue
            if isinstance(outcome, Unknown):
                self._guard_doubts(ready, outcome)
            if each.state in (State.PENDING, State.UNKNOWN):
                continue
            work.existing += each.state is State.EXISTS
            why = work.guard.answered(outcome.refusals[0].code if isinstance(outcome, Rejected) else None)
            if why is not None:
                work.control.stop(Exit.GUARD, why, LOOK_FIRST)
        if work.guard.answers >= ENOUGH and work.existing * MANY > work.guard.answers:
            work.look_ahead = True
        return written

    def _guard_doubts(self, ready: Ready, outcome: Unknown) -> None:
        """Stop at a code that nobody knows and that comes again and again."""
        why = self._work.guard.unknown(outcome.code)
        if why is not None:
            texts, code = self._work.texts(ready.row), outcome.code or ""
            said = code.join(redact(part, texts) for part in outcome.reason.split(code))  # a cell may be "FN"
            remedy = (
                "Look at those rows in the system first. What a code of the server means can be said in the "
                "connection's verdicts. The same command continues."
            )
            self._work.control.stop(Exit.GUARD, f"{why} ({said})", remedy)


def _tell(work: Work, final: Sequence[Settlement]) -> None:
    for done in final:
        work.settled(done.row, SHOWN[done.state], done.record_id)


def _own(outcome: RowOutcome) -> bool:
    """Return whether a row is to be sent again for a reason of its own."""
    return isinstance(outcome, Again) and not outcome.whole_run


def exhausted(again: Again, refused: int) -> Again | Rejected:
    """A row that is refused again and again for reasons of its own is refused."""
    if refused < ROW_ATTEMPTS:
        return again
    message = f"Refused {refused} times for a passing reason. Run with --retry-failed later."
    return Rejected((Refusal(again.code, again.reason, (), message),))


GRAVITY = (Stop, Held, Unreachable, Unknown)
"""Outcomes that concern the run more than their row, gravest first; then what slows the whole run."""


def gravest(outcomes: Outcomes) -> RowOutcome:
    """Return the outcome of a send that tells most about the run."""
    for kind in GRAVITY:
        for _ready, outcome in outcomes:
            if isinstance(outcome, kind):
                return outcome
    slow = (outcome for _ready, outcome in outcomes if isinstance(outcome, Again) and outcome.whole_run)
    return next(slow, outcomes[0][1])


def to_send(outcomes: Outcomes, on_match: str) -> list[Batch]:
    """Return the rows that are sent again: as one batch, those that were too many in halves.

    With ``on_match: update`` a record that turned out to exist is changed instead.
    """
    batches = []
    if on_match == "update":
        there = [ready.changing(o.id) for ready, o in outcomes if isinstance(o, Exists) and o.id is not None]
        batches += [Batch(tuple(there))] if there else []
    smaller = [ready for ready, outcome in outcomes if isinstance(outcome, Smaller)]
    again = [ready for ready, outcome in outcomes if isinstance(outcome, Again | Held | Unreachable)]
    if again:
        batches.append(Batch(tuple(again)))
    if smaller:
        batches += Batch(tuple(smaller)).halves()
    return batches


def _learn(outcomes: Outcomes, size: BatchSize) -> None:
    """Let ``size`` learn: what was refused for its size, or kept the server too long, is halved next time."""
    if any(
        outcome.lasting if isinstance(outcome, Smaller) else isinstance(outcome, Unknown) and outcome.busy
        for _ready, outcome in outcomes
    ):
        size.shrink(len(outcomes))
    elif not any(isinstance(outcome, Smaller | Unknown | Again) for _ready, outcome in outcomes):
        size.succeeded(len(outcomes))
