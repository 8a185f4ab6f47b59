"""Retention: attempts and texts of old runs go, the ledger stays; a person may have lines of it forgotten."""

import sqlite3
from pathlib import Path

import pytest

from importer.journal import sql
from importer.journal.database import FILE_NAME
from importer.journal.journal import Journal
from importer.journal.lock import SystemHeldError
from importer.journal.maintenance import check
from importer.journal.records import (
    Intent,
    LegEnd,
    RunIdentity,
    Scope,
    Settlement,
    SourceFacts,
    Stretch,
)
from importer.journal.retention import ScopeFacts, forget, prune, scope_named, scopes
from importer.journal.states import State
from importer.model.errors import JournalError
from importer.model.problem import Problem
from importer.model.target import System
from tests.journal.conftest import add_run, begin

FAR = 1 << 60
NO = Problem("REQUIRED", "A long text about it.", "Name", "B2", "server words")
END = LegEnd(3, True, 2, 1, 2)


async def load(journal: Journal, digest: str, *, last: State = State.REJECTED, finished: bool = True) -> int:
    """A run of two rows: one is created, the other ends as ``last``."""
    run = add_run(journal, digest)
    leg = begin(journal, run)
    for row in (2, 3):
        await leg.intend("single", [Intent(row, f'k["{digest}{row}"]'.encode(), b"d")])
    await leg.settle([Settlement(2, State.CREATED, f"500{digest}", "1")])
    if last is State.IN_DOUBT:
        await leg.settle([Settlement(3, State.UNKNOWN, problems=(NO,))])
    await leg.settle([Settlement(3, last, problems=(NO,))])
    await leg.stretches([Stretch(1, 2, 3, 0, 0, 0, 0, 0, 0, 1, {})])
    await leg.end(LegEnd(END.exit, finished, END.calls, END.first_call, END.last_call))
    return run.n


def raw(state: Path, query: str) -> list[tuple[object, ...]]:
    db = sqlite3.connect(state / FILE_NAME)
    try:
        return db.execute(query).fetchall()
    finally:
        db.close()


async def test_pruning_drops_attempts_and_texts_and_nothing_else(journal: Journal) -> None:
    """Sends, measurements, texts, documents are gone, also from the disk; ledger, statuses and codes stay."""
    first, second = await load(journal, "a"), await load(journal, "b")
    ledger = raw(journal.state, "SELECT * FROM ledger ORDER BY key")
    found = prune(journal.state, FAR)
    assert (found.runs, found.attempts, found.texts, found.kept) == (2, 3, 2, 0)
    assert raw(journal.state, "SELECT * FROM ledger ORDER BY key") == ledger
    assert raw(journal.state, "SELECT count(*) FROM document") == [(0,)]
    assert raw(journal.state, "SELECT count(*) FROM stretch") == [(0,)]
    assert raw(journal.state, "SELECT n FROM send") == [(4,)], "the newest stays: the witness knows it"
    for run in (first, second):
        assert journal.counts(run) == {State.CREATED: 1, State.REJECTED: 1}
        assert journal.codes(run) == [("REQUIRED", 1)]
        entry = journal.entry(run, 3)
        assert entry is not None and entry.problems == (Problem("REQUIRED", sql.PRUNED, "Name", None, None),)
    journal.close()
    data = (journal.state / FILE_NAME).read_bytes()
    assert b"A long text" not in data and b"server words" not in data
    assert check(journal.path).faults == ()
    again = prune(journal.state, FAR)
    assert (again.runs, again.attempts, again.texts) == (0, 0, 0)


async def test_measurements_that_an_earlier_version_left_go_too(journal: Journal) -> None:
    """A run that was pruned before measurements were is found once more."""
    run = await load(journal, "a")
    prune(journal.state, FAR)
    db = sqlite3.connect(journal.path)
    db.execute(f"INSERT INTO stretch VALUES ({run}, 1, 1, 2, 3, 0, 0, 0, 0, 0, 0, 1, '{{}}')")
    db.commit()
    db.close()
    assert prune(journal.state, FAR).runs == 0
    assert raw(journal.state, "SELECT count(*) FROM stretch") == [(0,)]


async def test_a_pruned_journal_still_takes_runs(journal: Journal) -> None:
    """The witness is content, the finished run is still that run, and a new one begins."""
    await load(journal, "a")
    prune(journal.state, FAR)
    with journal.lock("org1", "Test org"):
        await load(journal, "c")


async def test_young_runs_and_unfinished_ones_and_doubts_are_kept(journal: Journal) -> None:
    """Nothing of a run with rows in doubt or left over goes, nor of runs after it: settling needs them."""
    early = await load(journal, "a")
    assert prune(journal.state, 1).runs == 0
    await load(journal, "b", last=State.PENDING, finished=False)
    db = sqlite3.connect(journal.path)
    db.execute("UPDATE run SET ended = started - 1000, started = started - 2000 WHERE n = ?", (early,))
    db.commit()
    db.close()
    doubtful = await load(journal, "c", last=State.IN_DOUBT)
    later = await load(journal, "d")
    found = prune(journal.state, FAR)
    assert (found.runs, found.kept) == (1, 3)
    assert raw(journal.state, f"SELECT count(*) FROM send WHERE run IN ({doubtful}, {later})") == [(4,)]
    assert doubtful in [n for (n,) in raw(journal.state, "SELECT run FROM leg WHERE options = '{}'")]


async def test_pruning_waits_for_nobody(journal: Journal) -> None:
    """While a run loads into the system nothing is pruned."""
    await load(journal, "a")
    with journal.lock("org1", "Test org"), pytest.raises(SystemHeldError):
        prune(journal.state, FAR)
    assert raw(journal.state, "SELECT count(*) FROM send") == [(2,)]


async def test_the_file_is_made_smaller_only_while_nothing_runs(journal: Journal) -> None:
    """A run into another system does not wait for that; what was dropped is overwritten all the same."""
    many = [Problem("REQUIRED", "A long text about it." * 500, "Name")]
    run = add_run(journal, "a")
    leg = begin(journal, run)
    for row in range(2, 60):
        await leg.record(row, State.INVALID, tuple(many))
    await leg.end(END)
    scope = journal.scope(Scope("org2", "Case", "zendesk", "key"))
    other, system = RunIdentity("z", "", 1, "org2", "Case"), System("org2", "Other org", False, "loader")
    journal.add_run(other, scope, SourceFacts("b.csv", 1, 1), system, "schema1")
    with journal.lock("org2", "Other org"):
        found = prune(journal.state, FAR)
    assert (found.runs, found.texts) == (1, 58) and raw(journal.state, "PRAGMA freelist_count") != [(0,)]
    assert forget(journal.state, scopes(journal.state)[0], None) == 0
    assert raw(journal.state, "PRAGMA freelist_count") == [(0,)]


async def test_forgetting_keys_and_sources(journal: Journal) -> None:
    """Named keys, or all of a source, are new again, also for a salvage; what is in doubt stays."""
    await load(journal, "a")
    await load(journal, "c", last=State.IN_DOUBT)
    [scope] = scopes(journal.state)
    assert scope == ScopeFacts(1, "org1", "Case", "zendesk", "key", 2, 1)
    assert forget(journal.state, scope, [["A2"], ["nobody"], ["c3"]]) == 1
    assert journal.ledger_line(1, b'k["a2"]') is None and journal.ledger_line(1, b'k["c2"]') is not None
    assert forget(journal.state, scope, None) == 1
    [left] = scopes(journal.state)
    assert (left.records, left.doubts) == (0, 1)
    keys = raw(journal.state, "SELECT state FROM row WHERE key IS NOT NULL ORDER BY state")
    assert keys == [("in_doubt",)]


def test_the_scope_that_is_meant() -> None:
    """One source in two systems has to be named; an unknown one is refused with those that are there."""
    found = [ScopeFacts(1, "a", "Case", "x", "", 0, 0), ScopeFacts(2, "b", "Case", "x", "", 0, 0)]
    assert scope_named(found, "x", "b", None).number == 2
    with pytest.raises(JournalError, match="2 places"):
        scope_named(found, "x", None, None)
    with pytest.raises(JournalError, match="no such source y"):
        scope_named(found, "y", None, None)
