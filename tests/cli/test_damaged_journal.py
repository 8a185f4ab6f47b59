"""A journal that was cut, overwritten, emptied or lost in part, as the person at the shell meets it."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Desk

RUN = ("run", "in.csv", "--mapping", "case.yaml", "--connection", "sf", "--via", "single")
CHECK = ("check", "in.csv", "--mapping", "case.yaml", "--connection", "sf")


def killed_at_half(desk: Desk) -> None:
    """A run of 120 rows that was killed when half of them were there."""
    desk.server.reset("latency=4ms")
    desk.rows(120)
    process = desk.start(*RUN)
    while desk.server.created() < 60:
        assert process.poll() is None, process.communicate()
    process.kill()
    process.communicate()


def overwrite(path: Path) -> None:
    with path.open("r+b") as file:  # the roots of the tables lie before, lines of rows and keys at the end
        file.seek(path.stat().st_size - 9000)
        file.write(b"\x5a" * 9000)


@pytest.mark.parametrize(
    "harm", [overwrite, lambda path: os.truncate(path, path.stat().st_size // 2), lambda path: os.truncate(path, 0)],
    ids=["overwritten", "cut", "emptied"],
)  # fmt: skip
def test_a_damaged_journal_stops_everything_by_name(desk: Desk, harm: Callable[[Path], None]) -> None:
    """Exit 1, one clear error with what to do, no traceback; nothing is sent, no new journal is made."""
    desk.rows(120)
    desk.run(*RUN)
    harm(desk.folder / "state" / "journal.db")
    desk.write("more.csv", (desk.folder / "in.csv").read_text("utf-8") + "Z-1,text z,1,z@example.com\n")
    for command in (
        ("run", "more.csv", *RUN[2:]),
        ("journal", "check"),
        ("journal", "backup", "copy.db"),
        ("runs",),
    ):
        done = desk.run(*command, exit=None)
        said = done.stdout + done.stderr
        if command == ("runs",) and done.returncode == 0:
            continue  # the pages of the runs themselves are whole
        assert done.returncode == 1 and "journal.db" in said and "  → " in said, (command, said)
    assert desk.server.created() == 120 and not (desk.folder / "copy.db").exists()


def test_what_can_be_saved_is_saved(desk: Desk) -> None:
    """check tells it by table, salvage makes a whole journal of it, and with that the same file goes on."""
    killed_at_half(desk)
    desk.run("runs")
    path = desk.folder / "state" / "journal.db"
    overwrite(path)
    before = path.read_bytes()
    said = desk.run("journal", "check", exit=1).stdout
    assert "damaged" in said and "lines can be read" in said and "journal salvage" in said
    found = json.loads(desk.run("journal", "check", "--json", exit=1).stdout)
    assert found["faults"] and found["readable"]["run"]["lines"] == 1
    made = desk.run("journal", "salvage", "new.db", exit=1).stdout
    assert "A whole journal is in new.db" in made and "move all journal.db* files" in made
    assert path.read_bytes() == before
    old = desk.folder / "old"
    old.mkdir()
    for file in path.parent.glob("journal.db*"):
        shutil.move(file, old)
    shutil.move(desk.folder / "new.db", path)
    desk.run("journal", "check")
    done = desk.run(*RUN, exit=None)
    assert done.returncode == 0 or "has lost its newest part" in done.stderr
    if done.returncode:
        [witness] = (path.parent / "locks").glob("*.sent")
        assert str(witness) in done.stderr
        witness.unlink()
        desk.run(*RUN)
    assert desk.server.created() == 120
    assert {line["import_status"] for line in desk.lines()} <= {"created", "exists"}


def test_the_newest_part_is_missed(desk: Desk) -> None:
    """journal.db-wal was deleted after a kill: the run says so and sends nothing; with it back, all goes on."""
    killed_at_half(desk)
    newest = desk.folder / "state" / "journal.db-wal"
    shutil.move(newest, desk.folder / "kept")
    (desk.folder / "state" / "journal.db-shm").unlink(missing_ok=True)
    sent = desk.server.created()
    done = desk.run(*RUN, exit=1)
    assert "has lost its newest part" in done.stderr and "journal.db-wal" in done.stderr
    # What was in flight at the kill (5) may have been committed meanwhile; more would be new sends.
    assert desk.server.created() <= sent + 5
    for file in (desk.folder / "state").glob("journal.db-*"):
        file.unlink()
    shutil.move(desk.folder / "kept", newest)
    desk.run(*RUN)
    assert desk.server.created() == 120


def test_a_deleted_journal_is_missed(desk: Desk) -> None:
    """A new one begins; check and run say that nothing is known of earlier runs, until the new one has sent."""
    desk.rows(3)
    desk.run(*RUN)
    for file in (desk.folder / "state").glob("journal.db*"):
        file.unlink()
    checked: subprocess.CompletedProcess[str] = desk.run(*CHECK)
    assert "not the one that was here before" in checked.stdout
    done = desk.run(*RUN)
    assert "not the one that was here before" in done.stderr
    assert {line["import_status"] for line in desk.lines("in.results-2.csv")} == {"exists"}
    assert desk.server.created() == 3, "match names a unique property: the server refused them"
    assert "was here before" not in desk.run(*RUN).stderr
