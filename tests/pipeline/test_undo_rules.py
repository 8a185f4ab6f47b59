"""What an undo makes of what it sees: the pure decisions, as tables, and the order of parents."""

import asyncio
import random
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import pytest

from importer.journal.journal import Journal
from importer.journal.records import (
    Intent,
    LegEnd,
    LegStart,
    RunIdentity,
    RunRecord,
    Scope,
    Settlement,
    SourceFacts,
)
from importer.journal.states import State
from importer.journal.undoing import Made, Rival
from importer.model.errors import Exit
from importer.model.outcome import (
    Again,
    Deleted,
    DeleteOutcome,
    Gone,
    Held,
    Refusal,
    Rejected,
    Stop,
    Unknown,
    Unreachable,
)
from importer.model.target import System, Target
from importer.model.undoing import Looked, Missing, RecordRef, Sight, Touched, Untouched
from importer.pipeline.control import Control
from importer.pipeline.guard import Guard
from importer.pipeline.pace import Pace
from importer.pipeline.tally import Tally
from importer.pipeline.undo_rules import Delete, by_journal, by_outcome, by_sight, undo_exit
from importer.pipeline.undo_sweep import Eyes, Sweep

MADE = Made(2, "500A", 1000.0, State.PENDING, lost=False)
LOST = Made(2, "500A", 1000.0, State.IN_DOUBT, lost=True)


@pytest.mark.parametrize(
    ("made", "sight", "expected"),
    [
        (MADE, Untouched(), None),
        (LOST, Untouched(), None),
        (MADE, Missing(), State.GONE),
        (LOST, Missing(), State.DELETED),
        (MADE, Touched("TOUCHED", "user X changed it"), State.KEPT),
        (LOST, Touched("HOLDS_MORE", "comments"), State.KEPT),
        (MADE, None, State.KEPT),
    ],
)
def test_what_a_look_asks_for(made: Made, sight: Sight | None, expected: State | None) -> None:
    """Only what is seen untouched is deleted; what is gone after a delete of ours was deleted by it."""
    decision = by_sight(made, sight)
    assert (None if isinstance(decision, Delete) else decision.state) is expected


@pytest.mark.parametrize(
    ("made", "outcome", "expected"),
    [
        (MADE, Deleted("500A"), State.DELETED),
        (MADE, Gone("500A"), State.GONE),
        (LOST, Gone("500A"), State.DELETED),
        (MADE, Unknown("lost"), State.UNKNOWN),
        (MADE, Rejected((Refusal("INSUFFICIENT_ACCESS_OR_READONLY", "no"),)), State.KEPT),
        (MADE, Rejected((Refusal("DELETE_FAILED", "has children"),)), State.PENDING),
        (MADE, Again("UNABLE_TO_LOCK_ROW", "locked"), State.PENDING),
        (MADE, Held(), State.PENDING),
        (MADE, Unreachable("away"), State.PENDING),
        (MADE, Stop("X", "no", "", 6), State.PENDING),
    ],
)
def test_what_an_answer_makes_of_a_record(made: Made, outcome: DeleteOutcome, expected: State) -> None:
    """No refusal's text is kept: it may quote the record."""
    done = by_outcome(made, outcome)
    assert done.state is expected
    assert all(found.server_text is None for found in done.problems)


def test_what_the_journal_knows_of_other_rows_keeps_a_record() -> None:
    """Known to an earlier run: not this one's. Updated by a later one: touched."""
    assert by_journal(MADE, None) is None
    before = by_journal(MADE, Rival("R1", 7, State.EXISTS))
    after = by_journal(MADE, Rival("R9", 7, State.UPDATED))
    assert before is not None and before.problems[0].code == "NOT_PROVEN"
    assert after is not None and after.problems[0].code == "TOUCHED" and "R9" in after.problems[0].message


@pytest.mark.parametrize(
    ("counts", "stopped", "expected"),
    [
        ({"deleted": 3, "gone": 1}, None, Exit.DONE),
        ({"deleted": 3, "kept": 1}, None, Exit.ROWS_FAILED),
        ({"in_doubt": 1, "kept": 1}, None, Exit.IN_DOUBT),
        ({"not_sent": 1}, Exit.INTERRUPTED, Exit.INTERRUPTED),
        ({"not_sent": 1}, None, Exit.LATER),
    ],
)
def test_exit_codes(counts: dict[str, int], stopped: Exit | None, expected: Exit) -> None:
    """3 when some was kept, 4 when a delete is in doubt."""
    assert undo_exit(counts, stopped) is expected


class Tree:
    """A server of records that have parents: one that still has children is refused, as an org does."""

    def __init__(self, parents: dict[str, str], kept: set[str]) -> None:
        self.parents = parents
        self.there = set(parents) | set(parents.values())
        self.kept = kept
        self.most_deleted = 3
        self.order: list[str] = []

    async def look(self, records: Sequence[RecordRef], users: frozenset[str]) -> Looked:
        sights: dict[str, Sight] = {
            each.id: Touched("TOUCHED", "changed") if each.id in self.kept else Untouched()
            for each in records
        }
        return Looked(sights)

    async def delete(self, records: Sequence[str]) -> list[DeleteOutcome]:
        await asyncio.sleep(0)
        return [self._delete(record) for record in records]

    def _delete(self, record: str) -> DeleteOutcome:
        if any(parent == record and child in self.there for child, parent in self.parents.items()):
            return Rejected((Refusal("DELETE_FAILED", "", (), "It has children."),))
        self.there.discard(record)
        self.order.append(record)
        return Deleted(record)

    async def probe(self) -> bool:
        return True

    def pause(self, seconds: float) -> None: ...


async def made_run(journal: Journal, ids: Sequence[str]) -> RunRecord:
    """A finished run that has created ``ids``, at rows 2 and on."""
    scope = journal.scope(Scope("org", "Case", "s", "key"))
    system = System("org", "Org", False, "u")
    run = journal.add_run(
        RunIdentity("d", "", 1, "org", "Case"), scope, SourceFacts("x.csv", 1, len(ids)), system, ""
    )
    start = LegStart("1", "u", "h", 1, (), "m", "", {}, "u", 0.0, "single", "", "x.csv")
    leg = journal.begin_leg(run, start, {})
    rows = list(enumerate(ids, start=2))
    await leg.intend("single", [Intent(row, f"k{row}".encode(), b"d") for row, _id in rows])
    await leg.settle([Settlement(row, State.CREATED, record_id) for row, record_id in rows])
    await leg.end(LegEnd(0, True, 0, None, None))
    return journal.run(run.id)


async def swept(journal: Journal, run: RunRecord, tree: Tree) -> dict[int, State]:
    undo = journal.undoing(run).begin()
    start = LegStart("1", "u", "h", 1, (), "m", "", {}, "u", 0.0, "delete", "", "x.csv")
    _leg, writes = journal.begin_undo(undo, run, start)
    control, target = Control(), cast(Target, tree)
    pace = Pace(target, control, 5.0, lambda _event: None, random.Random(1))
    eyes = Eyes(
        target, pace, control, lambda _event: None, frozenset(), journal.undoing(run).rivals(), frozenset()
    )
    await Sweep(journal, writes, eyes, 2, Guard(run.rows), Tally(), tree.most_deleted).run()
    assert not control.stopped, control.reason
    return {entry.row: entry.state for entry in journal.entries(undo.n)}


@pytest.mark.parametrize("reverse", [False, True], ids=["parents first", "children first"])
async def test_parents_go_after_their_children_wherever_they_stand(tmp_path: Path, reverse: bool) -> None:
    """What the server holds on to waits for the others, pass after pass, and goes when nothing hangs on it."""
    parents = {f"c{n}": f"c{n - 1}" for n in range(1, 12)}  # one long chain: c0 ← c1 ← …
    ids = sorted({*parents, *parents.values()}, key=lambda name: int(name[1:]), reverse=reverse)
    tree = Tree(parents, set())
    with Journal(tmp_path) as journal:
        run = await made_run(journal, ids)
        states = await swept(journal, run, tree)
        assert set(states.values()) == {State.DELETED} and not tree.there
        assert journal.counts(run.n) == {State.DELETED: 12}
        assert tree.order.index("c11") < tree.order.index("c0")


async def test_a_parent_whose_child_was_kept_is_kept(tmp_path: Path) -> None:
    """The server refuses it: it stays with the server's code, and so do the parents above it."""
    tree = Tree({"c1": "c0", "c2": "c1", "d1": "d0"}, {"c2"})
    with Journal(tmp_path) as journal:
        run = await made_run(journal, ["c0", "c1", "c2", "d0", "d1"])
        states = await swept(journal, run, tree)
        assert [states[row] for row in range(2, 7)] == [State.KEPT] * 3 + [State.DELETED] * 2
        entry = journal.entry(journal.undoing(run).begin().n, 3)
        line = journal.ledger_line(run.scope, b"k3")
        freed = journal.ledger_line(run.scope, b"k6")
        assert entry is not None and line is not None and line.record_id == "c1" and freed is None


async def test_a_record_that_an_earlier_run_knew_is_kept(tmp_path: Path) -> None:
    """A person has named a record that was there before: it is no business of the undo."""
    tree = Tree({"a": "root", "b": "root"}, set())
    with Journal(tmp_path) as journal:
        await made_run(journal, ["a"])
        scope = journal.scope(Scope("org", "Case", "other", "key"))
        system = System("org", "Org", False, "u")
        second = journal.add_run(
            RunIdentity("e", "", 1, "org", "Case"), scope, SourceFacts("y.csv", 1, 2), system, ""
        )
        start = LegStart("1", "u", "h", 1, (), "m", "", {}, "u", 0.0, "single", "", "y.csv")
        leg = journal.begin_leg(second, start, {})
        await leg.intend("single", [Intent(2, b"x", b"d"), Intent(3, b"y", b"d")])
        await leg.settle([Settlement(2, State.CREATED, "a"), Settlement(3, State.CREATED, "b")])
        states = await swept(journal, second, tree)
    assert states == {2: State.KEPT, 3: State.DELETED} and "a" in tree.there
