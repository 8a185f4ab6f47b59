"""Killed at half, then another file with the same rows: renamed, sorted, saved anew, grown. Nothing twice."""

import csv
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.campaign import CONTENT, MATCH, UNASKED, Way
from tests.cli.conftest import Desk, Server
from tests.stage import CASE, CLAIM, HEADER

ROWS = 60
NEW = 5
Table = list[list[str]]


def plain(path: Path, table: Table) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([HEADER, *table])
    return path


def renamed(path: Path, table: Table) -> Path:
    return plain(path.with_name("renamed.csv"), table)


def saved_by_excel(path: Path, table: Table) -> Path:
    """Another delimiter, a byte-order mark, other line ends and quotes."""
    new = path.with_name("saved.csv")
    with new.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=";", quoting=csv.QUOTE_ALL).writerows([HEADER, *table])
    return new


def sorted_and_grown(path: Path, table: Table) -> Path:
    seed = random.randrange(1 << 30)
    print(f"seed {seed}")
    rows = [*table, *CASE.rows(NEW, 500)]
    random.Random(seed).shuffle(rows)
    return plain(path.with_name("grown.csv"), rows)


def as_workbook(path: Path, table: Table) -> Path:
    """Typed cells instead of texts: recognised by the key alone."""
    from openpyxl import Workbook

    book = Workbook()
    book.active.append(list(HEADER))
    for number, text, amount, mail in table:
        book.active.append([number, text, float(amount), mail])
    new = path.with_name("saved.xlsx")
    book.save(new)
    return new


@pytest.mark.parametrize(
    ("way", "change"),
    [
        (MATCH, renamed),
        (MATCH, sorted_and_grown),
        (MATCH, as_workbook),
        (CONTENT, renamed),
        (CONTENT, saved_by_excel),
        (CONTENT, sorted_and_grown),
        (UNASKED, sorted_and_grown),
        (UNASKED, as_workbook),
    ],
    ids=lambda each: each.name if isinstance(each, Way) else each.__name__,
)
def test_another_file_with_the_same_rows(
    tmp_path: Path, server: Server, way: Way, change: Callable[[Path, Table], Path]
) -> None:
    """What the killed run has sent is known or asked about there; the rest is made once, whoever makes it."""
    server.reset("latency=4ms")
    desk = Desk(tmp_path, server)
    desk.connections(f"[one]{way.connection.format(url=server.url)}")
    desk.write("way.yaml", way.mapping.replace("  Contact: {to: ContactId, type: id}\n", ""))
    table = CASE.rows(ROWS)
    path = plain(tmp_path / "in.csv", table)
    options = ("--mapping", "way.yaml", "--connection", "one", "--via", way.via)
    process = desk.start("run", path.name, *options)
    while server.created(way.record_type) < ROWS // 2:
        assert process.poll() is None, process.communicate()
    process.kill()
    process.communicate()
    new = change(path, table)
    if change is renamed:
        path.unlink()
    rows = ROWS + (NEW if change is sorted_and_grown else 0)
    ends = (0,) if way.asks else (0, 4)
    done = desk.run("run", new.name, *options, exit=None)
    assert done.returncode in ends, done.stderr
    made(server, way, rows, doubts=done.returncode == 4)
    if change is not renamed:
        done = desk.run("run", path.name, *options, exit=None)
        assert done.returncode in ends, done.stderr
        made(server, way, rows, doubts=done.returncode == 4)


def made(server: Server, way: Way, rows: int, *, doubts: bool) -> None:
    """Every row is on the server once; where nobody can be asked, those in flight at the kill may be missing."""
    text = "Subject" if way.record_type == "Case" else "AUTO_LossDescription"
    found = Counter(record[text] for record in server.records(way.record_type))
    assert set(found.values()) == {1}, "made twice"
    assert len(found) == rows or (doubts and len(found) >= rows - 6)


def test_a_case_that_was_waited_for_is_asked_for_by_its_id(desk: Desk) -> None:
    """kill -9 while a case gets ready, nobody can be asked by key: its id is known, and the next run goes on waiting."""
    desk.server.reset("working_after=2s")
    claim = CLAIM.mapping.replace("columns:", "options: {wait_ready: true}\ncolumns:")
    desk.write("ready.yaml", claim)
    desk.rows(1)
    command = ("run", "in.csv", "--mapping", "ready.yaml", "--connection", "icm")
    process = desk.start(*command)
    while not desk.server.requests("read"):  # the first question comes after the id is durable
        assert process.poll() is None, process.communicate()
    process.kill()
    process.communicate()
    desk.run(*command, exit=0)
    [line] = desk.lines()
    [folder] = desk.server.by_id("AUTO_CollisionClaim")
    assert line["import_status"] == "created" and line["import_id"] == folder
