"""A file-size limit, raised step by step until a run passes untouched: one clear error, nothing lost, nothing twice."""

import os
import random
import re
import subprocess
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.cli.conftest import Desk, Server
from tests.stage import CASE, HEADER, as_csv

ROWS = 20
pytestmark = pytest.mark.skipif(os.name != "posix", reason="file sizes are limited by POSIX resource limits")


def limited(desk: Desk, limit: int, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a command that may write no file beyond ``limit`` bytes."""
    import resource

    return subprocess.run(
        desk.command(*arguments),
        cwd=desk.folder,
        env=desk.env,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=100,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )


def coarse() -> Iterator[int]:
    """Three limits that stop a run before it begins, then ever larger ones by a third."""
    seed = random.randrange(1 << 30)
    print(f"seed {seed}")
    chance = random.Random(seed)
    yield from (0, chance.randint(1, 4096), chance.randint(4096, 40_000))
    for step in count():
        yield int(60_000 * 1.35 ** (step + chance.random()))


def fine() -> Iterator[int]:
    """Limits page by page, and one byte off."""
    for page in count():
        yield page * 4096 + page % 2


def climb(folder: Path, server: Server, limits: Iterator[int], name: str, notes: int = 0) -> None:
    """Run at each of ``limits`` with a journal of its own; ``notes`` characters of each row come back in results."""
    stopped = 0  # runs that had sent something by then
    for step, limit in enumerate(limits):
        server.reset("latency=1ms")
        desk = Desk(folder / str(step), server)
        command = ("run", name, "--mapping", "case.yaml", "--connection", "sf", "--via", "single")
        make_input(desk, name, notes)
        done = limited(desk, limit, *command)
        assert "Traceback" not in done.stderr, (limit, done.stderr)
        if done.returncode == 0:
            assert step > 4 and stopped > 1 and server.created() == ROWS
            return
        assert done.returncode == 1, (limit, done.returncode, done.stdout, done.stderr)
        assert len(re.findall("^Error: ", done.stderr, re.M)) == 1 and "  → " in done.stderr, (
            limit,
            done.stderr,
        )
        assert "cannot be" in done.stderr, (limit, done.stderr)
        assert not [path.name for path in desk.folder.iterdir() if ".part" in path.name], limit
        stopped += server.created() > 0
        desk.run(*command)
        assert server.created() == ROWS, f"at {limit} bytes"
        assert len({record["Legacy_Id__c"] for record in server.records("Case")}) == ROWS
    raise AssertionError("no limit was enough")


def make_input(desk: Desk, name: str, notes: int) -> None:
    chance = random.Random(7)
    rows = [[*row, chance.randbytes(notes // 2).hex()] for row in CASE.rows(ROWS)]
    table = [[*HEADER, "Notes"], *rows]
    if name.endswith(".csv"):
        desk.write(name, as_csv(table[1:], table[0]))
        return
    from openpyxl import Workbook

    book = Workbook()
    for line in table:
        book.active.append(line)
    book.save(desk.folder / name)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for step in range(400):
        (tmp_path / str(step)).mkdir()
    return tmp_path


def test_a_disk_that_is_nearly_full(folder: Path, server: Server) -> None:
    """The limit is met by the journal, its log, the lock file, the results, wherever they are at that time."""
    climb(folder, server, coarse(), "in.csv")


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", ["in.csv", "in.xlsx"])
def test_a_disk_that_fills_page_by_page(folder: Path, server: Server, name: str) -> None:
    """The same at each page, for text and for workbooks."""
    climb(folder, server, fine(), name, notes=30_000)
