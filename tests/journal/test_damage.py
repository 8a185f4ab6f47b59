"""Torn, cut, emptied, deleted and older journals: refused by name, and what can be saved is saved."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from importer.journal.database import FILE_NAME, open_file
from importer.journal.journal import Journal
from importer.journal.maintenance import backup, check
from importer.journal.migrations import MIGRATIONS
from importer.journal.records import Intent, RunIdentity, RunRecord, Settlement
from importer.journal.salvage import TABLES, salvage
from importer.journal.states import HAS_RECORD, State
from importer.model.errors import JournalError
from tests.journal.conftest import add_run, begin

ROWS = 1500


async def fill(state: Path, rows: int = ROWS) -> RunRecord:
    """A journal with a run of ``rows`` rows: most created, every tenth sent and without an answer."""
    with Journal(state) as journal:
        run = add_run(journal)
        leg = begin(journal, run)
        for row in range(2, rows + 2):
            written = leg.intend("single", [Intent(row, key(row), b"digest-of-the-row")])
            if row % 10:
                written = leg.settle([Settlement(row, State.CREATED, f"500{row:015}")])  # type: ignore[assignment]
        await written
    return run


def key(row: int) -> bytes:
    return f'k["KEY-{row}"]'.encode()


def cut(path: Path) -> None:
    """The end of the file is missing."""
    os.truncate(path, path.stat().st_size * 3 // 5)


def scratch(path: Path) -> None:
    """A piece in the middle was overwritten."""
    seed = random.randrange(1 << 30)
    print(f"seed {seed}")
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 2 // 4096 * 4096)
        file.write(random.Random(seed).randbytes(3 * 4096))


def use(state: Path) -> None:
    """Read and write the journal as a run of its file does."""
    with Journal(state) as journal:
        journal.recover("org1")
        journal.give_up("org1")
        run = journal.find_run(RunIdentity("d1", "", 1, "org1", "Case"))
        assert run is not None
        for _ in journal.entries(run.n):
            pass
        for row in range(2, ROWS + 2):
            journal.ledger_line(run.scope, key(row))


@pytest.mark.parametrize("harm", [cut, scratch])
async def test_a_damaged_journal_is_refused_and_what_is_left_is_saved(
    tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    """The run stops by name; check says what is left; the salvaged journal is whole and knows what it can."""
    await fill(tmp_path)
    path = tmp_path / FILE_NAME
    harm(path)
    before = path.read_bytes()
    with pytest.raises(JournalError) as caught:
        use(tmp_path)
    assert caught.value.code == "JOURNAL_DAMAGED" and str(path) in caught.value.message
    for word in ("journal check", "journal backup", "journal salvage"):
        assert word in caught.value.remedy
    shutil.copytree(tmp_path, tmp_path / "as-it-was", ignore=shutil.ignore_patterns("as-it-was"))
    found = check(path)
    assert found.faults and 0 < found.rows < ROWS + 1
    with pytest.raises(JournalError, match=r"cannot be read|cannot be copied"):
        backup(path, tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()
    new = tmp_path / "new" / FILE_NAME
    new.parent.mkdir()
    made = salvage(path, new)
    assert not made.whole and {part.table for part in made.parts} == {name for name, *_ in TABLES}
    assert check(new).faults == () and new.stat().st_mode & 0o077 == 0
    assert path.read_bytes()[4096:] == before[4096:], "the damaged file is kept as it was"
    with Journal(new.parent) as journal:
        run = journal.find_run(RunIdentity("d1", "", 1, "org1", "Case"))
        assert run is not None and not run.finished
        journal.recover("org1")
        entries = {entry.row: entry for entry in journal.entries(run.n)}
        for row in range(2, ROWS + 2):
            line, entry = journal.ledger_line(run.scope, key(row)), entries.get(row)
            assert (line is None) == (entry is None), "what one of them knows, the other knows"
            if line is not None and entry is not None:
                assert line.record_id == entry.record_id and line.state is entry.state
                assert (line.state in HAS_RECORD) == bool(row % 10)
        assert set(journal.doubts(run.n)) == {row for row, entry in entries.items() if row % 10 == 0}
        assert len(entries) > max(found.rows, found.records) - 1


async def test_salvage_of_a_whole_journal_loses_nothing(tmp_path: Path) -> None:
    """Every line of every table comes over, and the run stays finished."""
    run = await fill(tmp_path, 40)
    path = tmp_path / FILE_NAME
    made = salvage(path, tmp_path / "new.db")
    assert made.whole and made.mended == 0
    old, new = open_file(path, read_only=True), open_file(tmp_path / "new.db", read_only=True)
    for name, *_ in TABLES:
        query = f"SELECT * FROM {name} ORDER BY 1, 2"
        assert old.execute(query).fetchall() == new.execute(query).fetchall(), name
    old.close()
    new.close()
    assert run.n == 1
    with pytest.raises(JournalError, match="exists"):
        salvage(path, tmp_path / "new.db")


async def test_a_doubt_whose_record_is_named_is_a_doubt_in_the_mended_ledger(tmp_path: Path) -> None:
    """The ledger's lines are lost: what may exist comes back as that, without an id, and can still be settled."""
    with Journal(tmp_path) as journal:
        run = add_run(journal)
        leg = begin(journal, run)
        await leg.intend("single", [Intent(2, key(2), b"d")])
        await leg.settle([Settlement(2, State.UNKNOWN, "500A")])
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as db:
        db.execute("DELETE FROM ledger")
        db.commit()
    new = tmp_path / "new" / FILE_NAME
    new.parent.mkdir()
    assert salvage(tmp_path / FILE_NAME, new).mended == 1
    with Journal(new.parent) as journal:
        journal.recover("org1")
        journal.give_up("org1")
        line = journal.ledger_line(run.scope, key(2))
        assert line is not None and (line.state, line.record_id) == (State.IN_DOUBT, None)
        assert journal.doubts(run.n)[2].record_id == "500A"


async def test_without_its_key_nothing_is_salvaged(tmp_path: Path) -> None:
    """A journal that would recognise no row is no journal; it says so, and leaves nothing."""
    await fill(tmp_path, 10)
    path = tmp_path / FILE_NAME
    with sqlite3.connect(path) as db:
        db.execute("DELETE FROM setting")
    db.close()
    with pytest.raises(JournalError, match="its own key is missing"):
        Journal(tmp_path)
    with pytest.raises(JournalError, match="key of the digests"):
        salvage(path, tmp_path / "new.db")
    assert not (tmp_path / "new.db").exists()


async def test_values_that_cannot_be_are_damage(tmp_path: Path) -> None:
    """A state that there is not, or problems that are no JSON: refused by name, no traceback."""
    for query in ("UPDATE row SET state = 'cre@ted'", "UPDATE row SET problems = '[[broken'"):
        run = await fill(tmp_path / query[15:20].strip(), 3)
        state = tmp_path / query[15:20].strip()
        with sqlite3.connect(state / FILE_NAME) as db:
            db.execute(query)
        db.close()
        with Journal(state) as journal, pytest.raises(JournalError, match="cannot be read"):
            list(journal.entries(run.n))


async def test_an_empty_file_is_not_taken_for_a_new_journal(tmp_path: Path) -> None:
    """SQLite would: then every row would be sent again."""
    await fill(tmp_path, 3)
    (tmp_path / FILE_NAME).write_bytes(b"")
    for look in (lambda: Journal(tmp_path), lambda: check(tmp_path / FILE_NAME)):
        with pytest.raises(JournalError, match="is empty") as caught:
            look()
        assert caught.value.code == "JOURNAL_DAMAGED" and "journal backup" in caught.value.remedy


async def test_a_write_ahead_log_without_its_journal_is_refused(tmp_path: Path) -> None:
    """A new journal would be made, and the old log would be read into it."""
    (tmp_path / f"{FILE_NAME}-wal").write_bytes(b"the newest part of a journal")
    with pytest.raises(JournalError, match=r"journal\.db-wal, the newest part of one, lies there"):
        Journal(tmp_path)
    assert not (tmp_path / FILE_NAME).exists()


async def killed_in_the_middle(state: Path) -> Path:
    """The files of a process that died: the second half of the journal is in the write-ahead log alone."""
    await fill(state, 3)
    image = state.with_name("image")
    with Journal(state) as journal, journal.lock("org1", "Org one"):
        run = add_run(journal, "d2")
        leg = begin(journal, run)
        await leg.intend("single", [Intent(2, b"k2", b"d"), Intent(3, b"k3", b"d")])
        shutil.copytree(state, image, ignore=shutil.ignore_patterns("*-shm"))
    return image


async def test_a_journal_without_its_write_ahead_log_is_told_from_a_whole_one(tmp_path: Path) -> None:
    """To SQLite it is a whole database, only an older one; the rows sent since would be sent again."""
    image = await killed_in_the_middle(tmp_path / "state")
    kept = tmp_path / "kept"
    shutil.copytree(image, kept)
    (image / f"{FILE_NAME}-wal").unlink()
    with Journal(image) as journal:
        with pytest.raises(JournalError) as caught, journal.lock("org1", "Org one"):
            pass
        assert caught.value.code == "JOURNAL_BEHIND" and "has lost its newest part" in caught.value.message
        assert "delete" in caught.value.remedy and str(image / "locks") in caught.value.remedy
        with journal.lock("org2", "Org two"):
            pass
    with Journal(kept) as journal, journal.lock("org1", "Org one"):
        assert journal.recover("org1") == 2


async def test_an_older_copy_is_told_from_the_newest(tmp_path: Path) -> None:
    """A backup of yesterday does not know what was sent today; when a person says so, it is used."""
    state = tmp_path / "state"
    await fill(state, 3)
    backup(state / FILE_NAME, tmp_path / "yesterday.db")
    with Journal(state) as journal, journal.lock("org1", "Org one"):
        await begin(journal, add_run(journal, "d2")).intend("single", [Intent(2, b"k2", b"d")])
    for leftover in state.glob(f"{FILE_NAME}*"):
        leftover.unlink()
    shutil.copy(tmp_path / "yesterday.db", state / FILE_NAME)
    with Journal(state) as journal:
        with pytest.raises(JournalError, match="an older copy was put back"), journal.lock("org1", "x"):
            pass
        [witness] = (state / "locks").glob("*.sent")
        witness.unlink()
        with journal.lock("org1", "Org one"):
            pass


async def test_a_journal_that_was_deleted_is_missed(tmp_path: Path) -> None:
    """A new one begins; that an earlier one knew of the system is said, until something is sent from the new."""
    with Journal(tmp_path) as journal:
        assert journal.lost_past("org1", "Org one") is None
    await fill(tmp_path, 3)
    for leftover in tmp_path.glob(f"{FILE_NAME}*"):
        leftover.unlink()
    with Journal(tmp_path) as journal:
        said = journal.lost_past("org1", "Org one")
        assert said is not None and "not the one that was here before" in said and "Org one" in said
        assert journal.lost_past("org2", "Org two") is None
        with journal.lock("org1", "Org one"):
            await begin(journal, add_run(journal)).intend("single", [Intent(2, b"k2", b"d")])
        assert journal.lost_past("org1", "Org one") is None


def test_a_journal_of_the_first_format_is_brought_up_to_date(tmp_path: Path) -> None:
    """Rows that may exist keep the time since when; nothing else changes."""
    db = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    for statement in MIGRATIONS[0].split(";\n"):
        if statement.strip():
            db.execute(statement)
    db.execute("PRAGMA user_version = 1")
    db.execute("INSERT INTO setting VALUES ('salt', x'01')")
    db.execute("INSERT INTO send VALUES (7, 1, 1, 'single', NULL, 5000)")
    row = "INSERT INTO row VALUES (1, ?, 0, ?, 1, 7, x'6b', x'64', NULL, NULL, NULL, 1, 6000)"
    db.executemany(row, [(2, "in_doubt"), (3, "created")])
    db.close()
    with Journal(tmp_path) as journal:
        doubt, made = journal.entries(1)
        assert (doubt.since, doubt.waits, made.since) == (5.0, False, None)
    assert check(tmp_path / FILE_NAME).format == len(MIGRATIONS)


def test_a_journal_from_before_undoing_is_brought_up_to_date(tmp_path: Path) -> None:
    """Its runs import, all of them, and can be undone; its ledger is as it was."""
    db = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    before = next(n for n, script in enumerate(MIGRATIONS) if "undoes" in script)
    for script in MIGRATIONS[:before]:
        db.executescript(script)
    db.execute(f"PRAGMA user_version = {before}")
    db.execute("INSERT INTO setting VALUES ('salt', x'01')")
    db.execute("INSERT INTO scope VALUES (1, 'org1', 'Case', 's', 'key')")
    db.execute(
        "INSERT INTO run (n, id, digest, sheet, header_row, system, record_type, round, scope, path, size, "
        "rows, system_name, schema, started, finished, exit) VALUES "
        "(1, 'R-1', 'd', '', 1, 'org1', 'Case', 1, 1, 'x.csv', 1, 1, 'Org one', '', 5, 1, 0)"
    )
    db.execute("INSERT INTO send VALUES (7, 1, 1, 'single', NULL, 5000)")
    db.execute(
        "INSERT INTO row VALUES (1, 2, 0, 'created', 1, 7, x'6b', x'64', '500A', NULL, NULL, 1, 6000, 5000)"
    )
    db.execute("INSERT INTO ledger VALUES (1, x'6b', 'created', '500A', x'64', 1, 1, 2)")
    db.close()
    with Journal(tmp_path) as journal:
        run = journal.run("R-1")
        [made] = journal.undoing(run).rows(0, 1000, 10)
        assert run.undoes is None and run.finished and (made.record_id, made.since) == ("500A", 5.0)
        assert journal.ledger_line(1, b"k") is not None
        undo = journal.undoing(run).begin()
        assert undo.undoes == run.n and undo.rows == 1 and journal.undoing(run).begin().id == undo.id


def test_two_processes_make_one_journal(tmp_path: Path) -> None:
    """Making is exclusive, and a half-made one of a dead process is not taken for a journal."""
    (tmp_path / f"{FILE_NAME}.new").write_bytes(b"half")
    with Journal(tmp_path) as first, Journal(tmp_path) as second:
        assert first.digest(b"x") == second.digest(b"x")
    assert sorted(path.name for path in tmp_path.iterdir()) == [FILE_NAME, "locks"]
