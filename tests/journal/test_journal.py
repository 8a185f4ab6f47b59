"""The journal on a real SQLite file: intents, settlements, the ledger, recovery, resolving."""

import sqlite3
from pathlib import Path

import pytest

from importer.journal import sql
from importer.journal.database import connect, file_system_of
from importer.journal.journal import Journal
from importer.journal.lock import SystemHeldError
from importer.journal.maintenance import backup, check
from importer.journal.migrations import MIGRATIONS
from importer.journal.records import Intent, LegEnd, RunIdentity, Scope, Settlement, Verdict
from importer.journal.states import State
from importer.model.errors import JournalError
from importer.model.problem import Problem
from tests.journal.conftest import add_run, begin

KEY = b'k["A"]'


async def test_an_intent_and_its_outcome_are_read_back(journal: Journal) -> None:
    """A row goes from intent to created, and the ledger knows its record."""
    run = add_run(journal)
    leg = begin(journal, run)
    await leg.intend("single", [Intent(2, KEY, b"d")])
    entry = journal.entry(run.n, 2)
    assert entry is not None and entry.state is State.SENT and entry.attempts == 1
    line = journal.ledger_line(run.scope, KEY)
    assert line is not None and line.state is State.SENT and line.record_id is None
    await leg.settle([Settlement(2, State.CREATED, "500A", "0001")])
    entry = journal.entry(run.n, 2)
    assert entry is not None and (entry.state, entry.record_id, entry.number) == (
        State.CREATED,
        "500A",
        "0001",
    )
    line = journal.ledger_line(run.scope, KEY)
    assert line is not None and (line.state, line.record_id, line.run) == (State.CREATED, "500A", run.id)


async def test_what_is_written_together_is_as_if_written_one_by_one(journal: Journal) -> None:
    """Intents and outcomes of many rows share statements: each row, send and ledger line is its own."""
    run = add_run(journal)
    leg = begin(journal, run)
    rows = range(1, 301)  # more than one statement holds, and no round number
    sends = [leg.intend("single", [Intent(row, b"k%d" % row, b"d%d" % row)]) for row in rows]
    numbers = [await each for each in sends]
    assert numbers == list(range(numbers[0], numbers[0] + len(rows)))
    states = (State.CREATED, State.REJECTED, State.UNKNOWN)
    written = [
        leg.settle([Settlement(row, states[row % 3], f"500{row}" if row % 3 == 0 else None)]) for row in rows
    ]
    more = leg.intend("collections", [Intent(row, None, b"d") for row in (301, 302)])
    assert await more == numbers[-1] + 1
    for each in written:
        await each
    for row in rows:
        entry = journal.entry(run.n, row)
        line = journal.ledger_line(run.scope, b"k%d" % row)
        assert entry is not None and (entry.state, entry.attempts) == (states[row % 3], 1)
        assert (None if line is None else (line.state, line.record_id, line.row)) == {
            State.CREATED: (State.CREATED, f"500{row}", row),
            State.REJECTED: None,
            State.UNKNOWN: (State.UNKNOWN, None, row),
        }[entry.state]
    assert journal.rows_of(run.n, numbers[-1] + 1) == {301, 302}


async def test_two_moves_of_one_row_are_written_in_their_order(journal: Journal) -> None:
    """A row that comes back and leaves again at once is sent, by the newer send; one that ends at once has ended."""
    run = add_run(journal)
    leg = begin(journal, run)
    await leg.intend("single", [Intent(2, KEY, b"d"), Intent(3, None, b"d")])
    moves = [
        leg.settle([Settlement(3, State.CREATED, "500B")]),
        leg.settle([Settlement(2, State.PENDING, left=False)]),
        leg.intend("single", [Intent(4, None, b"d")]),
        leg.settle([Settlement(4, State.CREATED, "500C")]),
        leg.intend("single", [Intent(2, KEY, b"d")]),
    ]
    newest = [await each for each in moves][-1]
    ended = journal.entry(run.n, 4)
    assert ended is not None and ended.state is State.CREATED
    entry = journal.entry(run.n, 2)
    assert entry is not None and (entry.state, entry.attempts) == (State.SENT, 1)
    assert journal.rows_of(run.n, newest) == {2}


async def test_a_doubt_keeps_the_record_that_was_named(journal: Journal) -> None:
    """A row in doubt whose record is known keeps its id through every move that names none, and no other."""
    run = add_run(journal)
    leg = begin(journal, run)
    await leg.intend("single", [Intent(2, KEY, b"d"), Intent(3, None, b"d")])
    await leg.settle([Settlement(2, State.UNKNOWN, "500A"), Settlement(3, State.UNKNOWN)])
    await leg.settle([Settlement(2, State.IN_DOUBT), Settlement(3, State.IN_DOUBT)])
    assert [journal.doubts(run.n)[row].record_id for row in (2, 3)] == ["500A", None]
    await leg.settle([Settlement(2, State.PENDING)])
    entry = journal.entry(run.n, 2)
    assert entry is not None and entry.record_id is None


async def test_a_row_cannot_be_twice_in_one_send(journal: Journal) -> None:
    """The journal itself refuses a send that would make a row's record twice."""
    leg = begin(journal, add_run(journal))
    with pytest.raises(JournalError, match="Row 2 cannot become sent"):
        await leg.intend("collections", [Intent(2, None, b"d"), Intent(2, None, b"d")])


async def test_of_many_rows_the_one_that_cannot_move_is_named(journal: Journal) -> None:
    """One row of a statement that stands elsewhere stops all of it, and is named."""
    run = add_run(journal)
    leg = begin(journal, run)
    await leg.intend("single", [Intent(3, None, b"d")])
    with pytest.raises(JournalError, match="Row 3 cannot become sent"):
        await leg.intend("collections", [Intent(row, None, b"d") for row in (2, 3, 4)])
    assert journal.entry(run.n, 2) is None


async def test_a_row_in_doubt_cannot_be_intended_again(journal: Journal) -> None:
    """The journal itself refuses a second intent for a row that may exist."""
    run = add_run(journal)
    leg = begin(journal, run)
    await leg.intend("single", [Intent(2, KEY, b"d")])
    with pytest.raises(JournalError, match="Row 2 cannot become sent"):
        await leg.intend("single", [Intent(2, KEY, b"d")])


async def test_after_a_failed_write_nothing_more_is_written(journal: Journal) -> None:
    """A failed transaction ends the writer: later writes fail too, none is acknowledged."""
    run = add_run(journal)
    leg = begin(journal, run)
    await leg.intend("single", [Intent(2, KEY, b"d")])
    with pytest.raises(JournalError):
        await leg.intend("single", [Intent(2, KEY, b"d")])
    with pytest.raises(JournalError):
        await leg.intend("single", [Intent(3, None, b"d")])
    assert journal.entry(run.n, 3) is None


@pytest.mark.parametrize("state", [State.REJECTED, State.PENDING])
async def test_a_row_that_was_not_created_leaves_the_ledger(journal: Journal, state: State) -> None:
    """Refused and unsent rows free their key."""
    run = add_run(journal)
    leg = begin(journal, run)
    await leg.intend("single", [Intent(2, KEY, b"d")])
    await leg.settle([Settlement(2, state, problems=(Problem("X", "no"),))])
    assert journal.ledger_line(run.scope, KEY) is None


async def test_recovery_makes_sent_rows_unknown_and_then_in_doubt(tmp_path: Path) -> None:
    """What a dead process left sent is never pending again by itself, also for other runs of the key."""
    with Journal(tmp_path) as journal:
        run = add_run(journal)
        await begin(journal, run).intend("single", [Intent(2, KEY, b"d"), Intent(3, None, b"d")])
    with Journal(tmp_path) as journal:
        assert journal.recover("other") == 0
        assert journal.recover("org1") == 2
        assert journal.recover("org1") == 0
        assert journal.give_up("org1") == 2
        entry = journal.entry(run.n, 2)
        assert entry is not None and entry.state is State.IN_DOUBT
        assert "the process ended before the answer" in entry.problems[0].message
        assert run.id in entry.problems[0].message
        line = journal.ledger_line(run.scope, KEY)
        assert line is not None and line.state is State.IN_DOUBT


async def test_a_record_that_the_server_has_named_is_kept_while_its_row_is_in_doubt(journal: Journal) -> None:
    """Its id outlives recovery and what a search cannot tell; the ledger knows it only when it is settled."""
    run = add_run(journal)
    leg = begin(journal, run)
    await leg.intend("single", [Intent(2, KEY, b"d"), Intent(3, b"k3", b"d")])
    await leg.settle([Settlement(2, State.UNKNOWN, "500A")])
    journal.recover("org1")
    journal.give_up("org1")
    await leg.settle([Settlement(2, State.IN_DOUBT)])
    assert journal.named_doubts(run.n) == 1
    sent = journal.doubts(run.n)
    assert (sent[2].record_id, sent[3].record_id) == ("500A", None)
    line = journal.ledger_line(run.scope, KEY)
    assert line is not None and (line.state, line.record_id) == (State.IN_DOUBT, None)
    journal.resolve(run, [Verdict(2, None, "ann", "pc")])
    entry = journal.entry(run.n, 2)
    assert entry is not None and (entry.state, entry.record_id) == (State.PENDING, None)


async def test_resolve_is_written_with_user_and_time_and_only_for_doubts(journal: Journal) -> None:
    """A person's verdict settles a row in doubt; any other row is refused and nothing is written."""
    run = add_run(journal)
    leg = begin(journal, run)
    await leg.intend("single", [Intent(2, KEY, b"d"), Intent(3, b"k3", b"d"), Intent(4, b"k4", b"d")])
    await leg.settle([Settlement(4, State.CREATED, "500B")])
    await leg.end(LegEnd(4, True, 3, None, None))
    journal.recover("org1")
    journal.give_up("org1")
    journal.resolve(run, [Verdict(2, "500X", "ann", "pc"), Verdict(3, None, "ann", "pc")])
    states = {entry.row: entry.state for entry in journal.entries(run.n)}
    assert states == {2: State.CREATED, 3: State.PENDING, 4: State.CREATED}
    assert journal.ledger_line(run.scope, b"k3") is None
    assert journal.run(run.id).finished is False, "an absent row is to be sent once more"
    with sqlite3.connect(journal.path) as db:
        rows = db.execute(sql.VERDICTS, (run.n,)).fetchall()
    db.close()
    assert [(row[0], row[1], row[4], row[5]) for row in rows] == [
        (2, "ann", "is", "500X"),
        (3, "ann", "absent", None),
    ]


async def test_resolve_refuses_a_row_that_is_not_in_doubt(journal: Journal) -> None:
    """All verdicts of a file are written, or none."""
    run = add_run(journal)
    leg = begin(journal, run)
    await leg.intend("single", [Intent(2, KEY, b"d"), Intent(4, b"k4", b"d")])
    await leg.settle([Settlement(4, State.CREATED, "500B")])
    journal.recover("org1")
    journal.give_up("org1")
    with pytest.raises(JournalError, match=r"Row 4 of run .* is not in doubt"):
        journal.resolve(run, [Verdict(2, "500X", "ann", "pc"), Verdict(4, None, "ann", "pc")])
    entry = journal.entry(run.n, 2)
    assert entry is not None and entry.state is State.IN_DOUBT


async def test_another_file_with_an_imported_key_does_not_take_its_line(journal: Journal) -> None:
    """With --again a key that has a record keeps it while the new send is under way."""
    first = add_run(journal)
    leg = begin(journal, first)
    await leg.intend("single", [Intent(2, KEY, b"d")])
    await leg.settle([Settlement(2, State.CREATED, "500A")])
    second = add_run(journal, "d2")
    again = begin(journal, second)
    await again.intend("single", [Intent(2, KEY, b"e")])
    line = journal.ledger_line(first.scope, KEY)
    assert line is not None and line.record_id == "500A"
    await again.settle([Settlement(2, State.REJECTED)])
    line = journal.ledger_line(first.scope, KEY)
    assert line is not None and line.record_id == "500A"


def test_same_identity_finds_the_same_run_and_rounds_count_up(journal: Journal) -> None:
    """A run is found by bytes, sheet, header row, system and record type; --again makes another round."""
    run = add_run(journal)
    identity = RunIdentity("d1", "", 1, "org1", "Case")
    found = journal.find_run(identity)
    assert found == run and run.round == 1
    assert add_run(journal).round == 2
    assert journal.find_run(RunIdentity("d1", "", 1, "org2", "Case")) is None
    assert journal.find_run(RunIdentity("d1", "S", 1, "org1", "Case")) is None


async def test_entries_come_in_order_page_by_page(journal: Journal) -> None:
    """More rows than a page holds are all given, in row order."""
    run = add_run(journal)
    leg = begin(journal, run)
    for row in range(2500, 0, -1):
        written = leg.record(row, State.INVALID, (Problem("X", "no"),))
    await written
    assert [entry.row for entry in journal.entries(run.n)] == list(range(1, 2501))
    assert journal.counts(run.n) == {State.INVALID: 2500}
    assert journal.codes(run.n) == [("X", 2500)]


async def test_rows_without_a_number_come_page_by_page(journal: Journal) -> None:
    """Rows with a record and no number are counted, and given a page at a time, each once."""
    run = add_run(journal)
    leg = begin(journal, run)
    await leg.intend("single", [Intent(row, None, b"d") for row in range(1, 8)])
    await leg.settle(
        [Settlement(row, State.CREATED, f"500{row}", "N" if row == 3 else None) for row in range(1, 7)]
    )
    assert journal.count_without_number(run.n) == 5
    pages = [
        journal.without_number(run.n, 0, 2),
        journal.without_number(run.n, 2, 2),
        journal.without_number(run.n, 5, 2),
    ]
    assert pages == [[(1, "5001"), (2, "5002")], [(4, "5004"), (5, "5005")], [(6, "5006")]]
    await leg.set_numbers({1: "0001"})
    assert journal.count_without_number(run.n) == 4


async def test_a_basis_with_records_is_not_changed_silently(journal: Journal) -> None:
    """The scope keeps what its keys were made of once it has records."""
    number = journal.scope(Scope("org1", "Case", "s", "contents"))
    assert journal.scope(Scope("org1", "Case", "s", "key")) == number
    assert journal.basis(number) == "key", "nothing was imported yet: the new basis holds"
    run = add_run(journal, source="s")
    await begin(journal, run).intend("single", [Intent(2, KEY, b"d")])
    journal.scope(Scope("org1", "Case", "s", "contents"))
    assert journal.basis(number) == "key"


def test_one_run_a_system_at_a_time(tmp_path: Path) -> None:
    """The second run is refused with pid, host and start of the first; another system is free."""
    with Journal(tmp_path) as journal, journal.lock("org1", "Org one"):
        with (
            pytest.raises(SystemHeldError, match=r"process \d+ on .*, started \d{4}-"),
            journal.lock("org1", "x"),
        ):
            pass
        with journal.lock("org2", "Org two"):
            pass
    with Journal(tmp_path) as journal, journal.lock("org1", "Org one"):
        pass


def test_a_file_that_is_no_journal_is_refused_and_kept(tmp_path: Path) -> None:
    """A damaged journal is named and not touched."""
    path = tmp_path / "journal.db"
    path.write_bytes(b"not a database at all, but long enough to look like one " * 40)
    with pytest.raises(JournalError, match=r"journal\.db cannot be read") as caught:
        Journal(tmp_path)
    assert "Do not delete it" in caught.value.remedy
    assert path.read_bytes().startswith(b"not a database")


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    """A journal of a later version is left alone."""
    Journal(tmp_path).close()
    db = sqlite3.connect(tmp_path / "journal.db")
    db.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    db.close()
    with pytest.raises(JournalError, match="newer version"):
        Journal(tmp_path)


def test_check_and_backup(tmp_path: Path) -> None:
    """A whole journal is said to be whole, its copy too; a backup never overwrites."""
    with Journal(tmp_path) as journal:
        add_run(journal)
        copy = tmp_path / "copy.db"
        backup(journal.path, copy)
        with pytest.raises(JournalError, match="exists"):
            backup(journal.path, copy)
        for path in (journal.path, copy):
            found = check(path)
            assert (found.faults, found.runs) == ((), 1)
    assert copy.stat().st_mode & 0o077 == 0


def test_the_journal_is_private(tmp_path: Path) -> None:
    """State folder 0700, files 0600 (promise P7)."""
    with Journal(tmp_path / "deep" / "state") as journal:
        add_run(journal)
        assert (tmp_path / "deep" / "state").stat().st_mode & 0o077 == 0
        for path in journal.path.parent.iterdir():
            assert path.stat().st_mode & 0o077 == 0, path


def test_network_file_systems_are_told_apart(tmp_path: Path) -> None:
    """The mount that holds the folder decides, the deepest one first."""
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/a / ext4 rw 0 0\nsrv:/x {tmp_path}/net nfs4 rw 0 0\n", encoding="utf-8")
    (tmp_path / "net").mkdir()
    assert file_system_of(tmp_path / "net" / "deep", mounts) == "nfs4"
    assert file_system_of(tmp_path, mounts) == "ext4"
    assert file_system_of(tmp_path, tmp_path / "missing") is None


def test_the_database_commits_durably(tmp_path: Path) -> None:
    """Write-ahead log with full synchronisation, as the promises need."""
    db = connect(tmp_path / "journal.db")
    assert db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert db.execute("PRAGMA synchronous").fetchone()[0] == 2
    db.close()
