"""A thousand files at once, of every kind that people drop: each is handled once."""

import os
import random
import sys
from collections import Counter
from functools import partial
from pathlib import Path

import pytest

from importer.watch.names import MOST_BYTES, given_name, is_left_alone, note_name, numbered
from tests.watch.conftest import Drop, table

HOSTILE = (
    "emoji 😀.csv",
    "line\nbreak.csv",
    "tab\t.csv",
    "e\u0301 decomposed.csv",
    "-rf.csv",
    "a'b\"c`d$(e).csv",
    "back\\slash.csv",
    "right \u202eto left.csv",
    "no ending",
    "trailing dot.csv.",
    " spaces .csv",
    "<b>.csv",
    "x" * 251 + ".csv",
    "ü" * 125 + ".csv",
    "y" * 251 + ".csv",
    "CON.csv",
    "per%20cent#?.csv",
    ".ticket.csv"[1:],
)
BROKEN_BOOK = bytes([0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1])
"""How an .xls file begins; nothing that follows here is one."""
BROKEN_TEXT = b"No,Text\nK-0,\xff\xfe\xff\n"
"""Text that no encoding was declared for and that is not UTF-8."""


@pytest.mark.skipif(os.name != "posix", reason="Windows does not allow such names in the first place")
async def test_a_thousand_files_are_handled_once_each(drop: Drop) -> None:
    """1,000 files: plain, slow, cut and regrown, the same bytes again, open elsewhere, hostile names, garbage.

    Every key is imported, every file comes back once with its results, none is imported while it was not whole.
    """
    seed = random.randrange(1 << 30)
    print("seed", seed)
    chance = random.Random(seed)
    expected: dict[str, bytes] = {}
    unreadable: set[str] = set()
    number = books = 0

    def new(rows: int = 2) -> str:
        nonlocal number
        number += rows
        return table(*range(number - rows, number))

    def put(name: str, text: str) -> None:
        expected[name] = text.encode()
        drop.put(name, text)

    for name in HOSTILE:
        put(name, new())
    if sys.platform == "linux":
        raw = os.fsdecode(b"undecodable \xff\xfe.csv")
        put(raw, new())
    for n in range(1000 - len(expected)):
        kind, name = chance.choice(("plain", "slow", "cut", "same", "locked", "garbage")), f"{n}.csv"
        if kind == "plain":
            put(name, new())
        elif kind == "same" and n > 10:
            put(name, expected[chance.choice(HOSTILE)].decode())
        elif kind == "slow":
            lines = new(4).splitlines(keepends=True)
            expected[name] = "".join(lines).encode()
            drop.put(name, lines[0])
            at = 0.0
            for line in lines[1:]:
                at += chance.uniform(0.2, 4.5)
                drop.clock.at(at, partial(drop.add, name, line))
        elif kind == "cut":
            whole = new(3)
            expected[name] = whole.encode()
            broken = whole.encode()[:-2] + "ü".encode()[:1]
            drop.put(name, broken)
            drop.clock.at(chance.uniform(8, 30), partial(drop.put, name, whole))
        elif kind == "locked":
            put(name, new())
            lock = drop.put(f".~lock.{name}#", b"somebody")
            drop.clock.at(chance.uniform(8, 30), lock.unlink)
        else:
            # A workbook is parsed by a process of its own, a fifth of a second each time: a few will do.
            books += 1
            start = BROKEN_BOOK if books <= 5 else BROKEN_TEXT
            expected[name] = start + str(n).encode()
            unreadable.add(name)
            drop.put(name, expected[name])
    assert len(expected) == 1000
    assert await drop.watch(once=False, seconds=120) == 130

    assert Counter(each.name for each in drop.handled) == Counter(expected.keys())
    assert drop.left() == [] and drop.tickets() == []
    assert len({each.source for each in drop.handled}) == 1000
    for each in drop.handled:
        data = expected[each.name]
        assert each.source.read_bytes() == data, each.name
        assert (each.landing.place == "failed") == (each.name in unreadable), each.name
        assert each.landing.place == "failed" or (each.results is not None and each.results.exists())
    assert set(drop.loader.records) == {f"K-{n}" for n in range(number)}
    assert Counter(data for _s, _n, data in drop.loader.loads) == Counter(expected.values())
    assert len(drop.history()) <= 550
    page = (drop.folder / "STATUS.html").read_text("utf-8")
    assert page.count("<tr class=") == 50
    for link in page.split('href="')[1:]:
        assert (drop.folder / __import__("urllib.parse").parse.unquote(link.split('"')[0])).exists(), link


@pytest.mark.parametrize("name", [*HOSTILE, "a" * 300 + ".results.csv", "\udcff.csv", "...", "ends. ."])
def test_given_names_are_harmless_and_stay_so(name: str) -> None:
    """Short, without what systems stumble over, with the ending; the given name of a given name is itself."""
    given = given_name(name)
    assert 0 < len(given.encode()) <= MOST_BYTES
    assert given == given_name(given) and not set(given) & set('\n\t\\/:*?"<>|')
    assert not name.endswith(".csv") or given.endswith(".csv")
    assert len(note_name(name).encode()) < 200 and is_left_alone(note_name(name))


def test_numbers_stand_before_the_ending() -> None:
    """tickets.csv, tickets-2.csv …"""
    names = numbered("a.b.csv")
    assert [next(names) for _ in range(3)] == ["a.b.csv", "a.b-2.csv", "a.b-3.csv"]


async def test_a_watcher_that_died_is_continued(drop: Drop, tmp_path: Path) -> None:
    """Every state that a killed watcher can leave: no file, no slip, taken, half landed, landed and not tidied."""
    from dataclasses import replace

    from importer.watch import tickets
    from importer.watch.arrivals import look
    from importer.watch.fate import Fate
    from importer.watch.folders import Folders
    from importer.watch.landing import landing_of

    folders = Folders(drop.folder, drop.names)
    folders.make()

    def taken(name: str, number: int) -> tickets.Ticket:
        drop.put(name, table(number))
        [seen] = [each for each in look(folders.inbox, deep=False) if each.path.name == name]
        ticket = tickets.take(folders, seen, drop.mappings, drop.clock.now())
        assert ticket is not None
        return ticket

    async def landing(ticket: tickets.Ticket) -> tickets.Ticket:
        async with drop.loader.open(drop.mappings) as loaded:
            result = await loaded.load(ticket.file, drop.control)
        found = landing_of(ticket, result, Fate("done", "done.", "remedy"), drop.clock.now())
        return tickets.landed(ticket, folders, found, "2027-01-15")

    (folders.working / "empty").mkdir()
    taken("taken.csv", 1)
    (taken("no-slip.csv", 2).folder / tickets.SLIP).unlink()
    (taken("cut-slip.csv", 3).folder / tickets.SLIP).write_text('{"folder": ')
    await landing(taken("landing.csv", 4))
    half = await landing(taken("half.csv", 5))
    assert half.landing is not None
    (folders.root / half.landing.results).parent.mkdir(parents=True, exist_ok=True)
    Path(half.landing.results_from).rename(folders.root / half.landing.results)
    moved = await landing(taken("moved.csv", 6))
    tickets.move(moved, folders)
    gone = replace(taken("gone.csv", 7))
    gone.file.unlink()
    before = len(drop.loader.loads)
    assert await drop.watch() == 0
    assert drop.places() == dict.fromkeys(
        ("taken.csv", "no-slip.csv", "cut-slip.csv", "landing.csv", "half.csv", "moved.csv"), "done"
    )
    assert len(drop.loader.loads) == before + 3, "what had landed was not imported again"
    assert drop.tickets() == [] and drop.left() == []
    for each in drop.handled:
        assert each.source.exists() and each.results is not None and each.results.exists(), each.name
