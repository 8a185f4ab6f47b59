"""The deleting itself: look, intent durable, delete, outcome durable; from the last row to the first."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from importer.journal.journal import Journal
from importer.journal.records import RunRecord
from importer.journal.states import ALIVE, SHOWN, State
from importer.journal.undoing import FIRST, UNDONE, Made, Rival, Undone, UndoRun
from importer.model.errors import Exit, ImporterError
from importer.model.events import Notice, RowSettled, Sink
from importer.model.outcome import (
    Again,
    DeleteOutcome,
    Held,
    Refusal,
    Rejected,
    Smaller,
    Stop,
    Unknown,
    Unreachable,
)
from importer.model.target import Target
from importer.model.undoing import Sight
from importer.pipeline.control import Control
from importer.pipeline.guard import LOOK_FIRST, Guard
from importer.pipeline.pace import Pace
from importer.pipeline.tally import Tally
from importer.pipeline.undo_rules import (
    ATTEMPTS,
    HELD_BY_OTHERS,
    Delete,
    Plan,
    batches,
    by_journal,
    by_outcome,
    by_sight,
    ref_of,
    refused,
)
from importer.transport.retry import backoff

ASKED = 5
"""How often a look that the server did not answer is repeated before the undo ends with exit 5."""
PLANNED = 2000
"""Records that a plan looks at together."""
T = TypeVar("T")


@dataclass(slots=True)
class Eyes:
    """Looks at records for a plan or a sweep: what the journal knows of them, then what the server shows."""

    target: Target
    pace: Pace
    control: Control
    sink: Sink
    users: frozenset[str]
    rivals: dict[int, Rival]
    vouched: frozenset[int]
    told: set[str] = field(default_factory=set)
    random: random.Random = field(default_factory=random.Random)

    async def look(self, rows: Sequence[Made]) -> list[tuple[Made, Delete | Undone]] | None:
        """Return what is to become of each record; None when the undo is told to end."""
        asked = [made for made in rows if by_journal(made, self.rivals.get(made.row)) is None]
        sights = await self._sights(asked) if asked else {}
        if sights is None:
            return None
        return [
            (made, by_journal(made, self.rivals.get(made.row)) or by_sight(made, sights.get(made.record_id)))
            for made in rows
        ]

    async def _sights(self, rows: Sequence[Made]) -> dict[str, Sight] | None:
        refs = [ref_of(made, self.vouched) for made in rows]
        for attempt in range(1, ASKED + 1):
            try:
                looked = await self.pace.ask(partial(self.target.look, refs, self.users))
            except ImporterError as error:
                if error.exit is not Exit.LATER:
                    raise
                if attempt == ASKED:
                    self.control.stop(Exit.LATER, error.message, "Run the undo again later; it continues.")
                    return None
                await self.control.sleep(backoff(attempt, self.random))
                continue
            if looked is None:
                return None
            for note in looked.notes:
                if note not in self.told:
                    self.told.add(note)
                    self.sink(Notice(note))
            return dict(looked.sights)
        return None


async def plan(journal: Journal, run: RunRecord, undo: int, eyes: Eyes) -> Plan:
    """Look at everything that ``run`` has created and say what an undo would do; nothing is written."""
    counts = {"delete": 0, State.KEPT: 0, State.GONE: 0, State.DELETED: 0}
    reasons: dict[str, int] = {}
    before = FIRST
    size = eyes.target.most_deleted
    while rows := journal.undoing(run).rows(undo, before, max(size, min(PLANNED, size * 10))):
        before = rows[-1].row
        for part in batches(rows, size):
            found = await eyes.look(part)
            if found is None:
                break
            for _made, decision in found:
                if isinstance(decision, Delete):
                    counts["delete"] += 1
                    continue
                counts[decision.state] += 1
                for each in decision.problems:
                    reasons[each.message] = reasons.get(each.message, 0) + 1
        if eyes.control.stopped:
            break
    gone = counts[State.GONE] + counts[State.DELETED]
    return Plan(counts["delete"], counts[State.KEPT], gone, reasons)


@dataclass(slots=True)
class Sweep:
    """Deletes what a run has created. ``concurrency``: requests in flight."""

    journal: Journal
    undo: UndoRun
    eyes: Eyes
    concurrency: int
    guard: Guard
    tally: Tally
    size: int
    aside: dict[int, Rejected] = field(default_factory=dict)
    deleted: int = 0

    async def run(self) -> None:
        """Go over the rows from the last to the first, children before parents, until nothing changes.

        A record that the server holds on to because of others waits until all of them had their turn; it is
        kept when a pass has deleted nothing more. Raises ImporterError.
        """
        while True:
            done, self.aside = self.deleted, {}
            await self._pass()
            if self.eyes.control.stopped or not self.aside:
                return
            if self.deleted == done:
                await self._keep_those_aside()
                return

    async def _pass(self) -> None:
        before = FIRST
        undoing = self.journal.undoing(self.undo.undone)
        while not self.eyes.control.stopped:
            # Waves: what is in flight together lies close together, and all of it has ended before the next.
            wave = undoing.rows(self.undo.run.n, before, self.size * self.concurrency)
            if not wave:
                return
            before = wave[-1].row
            tasks = [asyncio.create_task(self._see_through(part)) for part in batches(wave, self.size)]
            self.eyes.control.when_abandoned(partial(_cancel, tasks))
            for ended in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(ended, Exception):
                    raise ended

    async def _keep_those_aside(self) -> None:
        rows = {made.row: made for made in self._pending()}
        kept = [
            Undone(row, rows[row].record_id, State.KEPT, (refused(refusal),))
            for row, refusal in self.aside.items()
            if row in rows
        ]
        await self._settle(kept)

    def _pending(self) -> list[Made]:
        undoing, found, before = self.journal.undoing(self.undo.undone), list[Made](), FIRST
        while rows := undoing.rows(self.undo.run.n, before, 1000):
            found += [made for made in rows if made.row in self.aside]
            before = rows[-1].row
        return found

    async def _see_through(self, rows: list[Made]) -> None:
        """Look and delete until every record of ``rows`` is settled, put aside, or in doubt."""
        left, tries = [rows], dict.fromkeys((made.row for made in rows), 0)
        while left and not self.eyes.control.stopped:
            part = [made for made in left.pop() if made.row not in self.aside]
            doomed = await self._look(part)
            if not doomed:
                continue
            sent = await self._delete(doomed)
            if sent is None:
                return
            again, smaller, slow = [], [], 0
            for made, outcome in sent:
                tries[made.row] += _counts(outcome)
                if isinstance(outcome, Rejected) and by_outcome(made, outcome).state is State.PENDING:
                    self.aside[made.row] = outcome
                elif isinstance(outcome, Unknown) and tries[made.row] < ATTEMPTS:
                    again.append(_lost(made, State.UNKNOWN))
                elif isinstance(outcome, Smaller):
                    smaller.append(_again(made))
                elif isinstance(outcome, Again | Held | Unreachable):
                    if tries[made.row] >= ATTEMPTS:
                        self.aside[made.row] = _exhausted(outcome)
                        continue
                    slow = max(slow, tries[made.row])
                    again.append(_again(made))
            if again:
                left.append(again)
            if smaller:
                middle = (len(smaller) + 1) // 2
                left += [half for half in (smaller[:middle], smaller[middle:]) if half]
            if slow:
                await self.eyes.control.sleep(backoff(slow, self.eyes.random))

    async def _look(self, rows: list[Made]) -> list[Made]:
        """Return the records that are to be deleted now; what is otherwise is settled."""
        found = await self.eyes.look(rows) if rows else []
        if found is None:
            return []
        settled = [decision for _made, decision in found if isinstance(decision, Undone)]
        doomed = [made for made, decision in found if isinstance(decision, Delete)]
        # Still there: a delete whose answer was lost did nothing, or does it yet; a second one does no harm.
        back = [Undone(made.row, made.record_id, State.PENDING) for made in doomed if made.state in ALIVE]
        await self._settle([*settled, *back])
        return doomed

    async def _delete(self, rows: list[Made]) -> list[tuple[Made, DeleteOutcome]] | None:
        """Send one delete; returns the outcomes, which are durable. None when the undo is told to end."""
        control, target = self.eyes.control, self.eyes.target
        turn = await self.eyes.pace.turn()
        if turn is None:
            return None
        await self.undo.intend(rows)
        outcomes = await target.delete([made.record_id for made in rows])
        pairs = list(zip(rows, outcomes, strict=True))
        for _made, outcome in pairs:
            if isinstance(outcome, Stop):
                control.stop(Exit(outcome.exit), outcome.reason, outcome.remedy)
        await self._settle(
            [
                by_outcome(made, outcome, left=not isinstance(outcome, Held | Unreachable))
                for made, outcome in pairs
            ]
        )
        self.eyes.pace.heard(_gravest(outcomes), turn)
        for _made, outcome in pairs:
            self._heed(outcome)
        return pairs

    def _heed(self, outcome: DeleteOutcome) -> None:
        if isinstance(outcome, Unknown | Again | Held | Unreachable | Smaller | Stop):
            return
        code = outcome.refusals[0].code if isinstance(outcome, Rejected) else None
        if code in HELD_BY_OTHERS:
            return
        why = self.guard.answered(code)
        if why is not None:
            self.eyes.control.stop(Exit.GUARD, why, LOOK_FIRST)

    async def _settle(self, done: Sequence[Undone]) -> None:
        """Write what became of records, then count and tell it."""
        if not done:
            return
        await self.undo.settle(done)
        for each in done:
            if each.state in (State.PENDING, State.UNKNOWN):
                continue
            self.deleted += each.state in UNDONE
            self.tally.add(SHOWN[each.state])
            self.eyes.sink(RowSettled(each.row, SHOWN[each.state], each.record_id))


def _again(made: Made) -> Made:
    return _lost(made, State.PENDING) if made.lost else made


def _lost(made: Made, state: State) -> Made:
    return Made(made.row, made.record_id, made.since, state, lost=True)


def _counts(outcome: DeleteOutcome) -> bool:
    """Whether the outcome counts as a try of its record: what concerns the whole run does not."""
    return isinstance(outcome, Unknown) or (isinstance(outcome, Again) and not outcome.whole_run)


def _exhausted(outcome: Again | Held | Unreachable) -> Rejected:
    code = outcome.code if isinstance(outcome, Again) else "NOT_SENT"
    return Rejected((Refusal(code, "", (), f"It did so {ATTEMPTS} times for a passing reason."),))


def _gravest(outcomes: Sequence[DeleteOutcome]) -> DeleteOutcome:
    for kind in (Stop, Held, Unreachable, Unknown):
        for outcome in outcomes:
            if isinstance(outcome, kind):
                return outcome
    slow = (each for each in outcomes if isinstance(each, Again) and each.whole_run)
    return next(slow, outcomes[0])


def _cancel(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
