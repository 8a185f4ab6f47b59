"""The nth commit, write or fsync fails, n = 1, 2, 3 … until a run passes untouched (promises P1, P2)."""

import errno
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, TextIO

import pytest

from importer.api.importing import Disk
from importer.journal.database import connect
from importer.journal.lock import sync_folder
from importer.model.errors import Exit, ImporterError, JournalError
from importer.results.files import Files, open_new, sync_file
from tests.pipeline.conftest import Open
from tests.stage import CASE, CLAIM, Kind, Stage

SOON = 'rate = "5000/s"\nconcurrency = 2\nsettle_after = "150ms"\n'
WRITES = ("INSERT", "UPDATE", "DELETE", "CREATE", "PRAGMA USER_VERSION =")
MOST = 300


@dataclass
class Trap:
    """Fails once, at its ``at``-th step; tells what was asked for afterwards."""

    at: int
    wanted: Callable[[str], bool]
    done_first: bool = False
    """The step is done before it is said to have failed, as with an fsync."""
    steps: int = 0
    struck: str = ""
    after: list[str] = field(default_factory=list)

    def step(self, name: str, do: Callable[[], Any], error: Exception) -> Any:
        if not self.wanted(name):
            return do()
        if self.struck:
            self.after.append(name)
        self.steps += 1
        if self.steps != self.at:
            return do()
        if self.done_first:
            do()
        self.struck = name
        raise error


def brittle(trap: Trap) -> Disk:
    """A journal whose writing statements pass the trap."""

    class Brittle(sqlite3.Connection):
        def execute(self, query: str, values: Any = (), /) -> sqlite3.Cursor:
            error = sqlite3.OperationalError("disk I/O error")
            return trap.step(_name(query), lambda: super(Brittle, self).execute(query, values), error)

        def executemany(self, query: str, values: Iterable[Any], /) -> sqlite3.Cursor:
            error = sqlite3.OperationalError("database or disk is full")
            return trap.step(_name(query), lambda: super(Brittle, self).executemany(query, values), error)

    return Disk(connect=partial(connect, factory=Brittle))


def _name(query: str) -> str:
    return " ".join(query.split()).upper()


def is_commit(query: str) -> bool:
    return query == "COMMIT"


def is_write(query: str) -> bool:
    return query.startswith((*WRITES, "BEGIN"))


def afresh(stage: Stage, number: int) -> Path:
    """A folder and a journal of their own, a server without records; the second answer will be lost."""
    base = stage.folder if number == 1 else stage.folder.parent
    stage.folder = base / str(number)
    stage.folder.mkdir()
    stage.running.world.reset()
    stage.fault("lose_after_commit=at:2")
    stage.extra = SOON
    rows = stage.kind.rows(4)
    rows[2][2] = "not a number"
    return stage.write(rows)


async def failed(stage: Stage, path: Path, disk: Disk) -> ImporterError | None:
    """Run and return the one error, None when the run passed."""
    try:
        [result] = await stage.results_of(path, disk=disk)
    except ImporterError as error:
        return error
    return result.error


def intended(stage: Stage) -> set[int]:
    """The rows whose intent is in the journal, as any reader of SQLite sees it."""
    path = stage.state / "journal.db"
    if not path.exists():
        return set()
    db = sqlite3.connect(path)
    try:
        return {row for (row,) in db.execute("SELECT row FROM row WHERE attempts > 0")}
    finally:
        db.close()


async def ends_well(stage: Stage, path: Path) -> None:
    """The same command on a good disk: every row has its fate, nothing is there twice, nothing is lost."""
    ended = await stage.run(path)
    lines = stage.lines(ended)
    texts = stage.texts()
    assert len(texts) == len(set(texts)) and len(lines) == 4
    assert lines[2]["import_status"] == "invalid"
    by_id = {record["id"]: record[stage.kind.text] for record in stage.records()}
    asks = stage.kind is not CLAIM
    for line in (lines[0], lines[1], lines[3]):
        if line["import_status"] == "created":
            assert by_id[line["import_id"]] == line["Text"]
        else:
            assert line["import_status"] == "in_doubt" and not asks, line
    assert not asks or (ended.exit is Exit.ROWS_FAILED and len(texts) == 3)


async def attempts(stage: Stage, make: Callable[[int], Trap]) -> AsyncIterator[tuple[Path, Trap]]:
    """Give a fresh stage and a trap for each n, until a run passes untouched."""
    for number in count(1):
        assert number < MOST, "no run ever passed"
        path, trap = afresh(stage, number), make(number)
        yield path, trap
        if not trap.struck:
            return


@pytest.mark.parametrize(
    ("kind", "keyed", "done_first"),
    [(CASE, True, False), (CASE, True, True), (CASE, False, True), (CLAIM, True, False)],
    ids=["match", "match-but-durable", "content-but-durable", "ibm"],
)
async def test_no_failed_commit_costs_a_row(
    open_kind: Open, kind: Kind, keyed: bool, done_first: bool
) -> None:
    """Each commit of a run fails in turn, with or without being durable: one error, and nothing is tried again."""
    stage = await open_kind(kind, keyed=keyed)
    struck = 0
    async for path, trap in attempts(stage, lambda n: Trap(n, is_commit, done_first)):
        error = await failed(stage, path, brittle(trap))
        if not trap.struck:
            assert error is None
            break
        struck += 1
        assert isinstance(error, JournalError) and error.exit is Exit.CANNOT_RUN
        assert error.code == "JOURNAL_UNWRITABLE" and "the same command then continues" in error.remedy
        assert trap.after == [], "a failed commit is the last that the process asks for"
        assert len(stage.records()) <= len(intended(stage)), "nothing leaves that is not intended"
        await ends_well(stage, path)
    assert struck >= 12


async def test_no_failed_write_costs_a_row(open_kind: Open) -> None:
    """Each writing statement of a run fails in turn."""
    stage = await open_kind(CASE)
    async for path, trap in attempts(stage, lambda n: Trap(n, is_write)):
        error = await failed(stage, path, brittle(trap))
        if not trap.struck:
            assert error is None and trap.steps > 30
            break
        assert isinstance(error, JournalError) and error.exit is Exit.CANNOT_RUN and error.remedy, trap
        assert trap.after == []
        await ends_well(stage, path)


def brittle_files(trap: Trap) -> Disk:
    """Results files whose every operation passes the trap."""
    error = OSError(errno.ENOSPC, "No space left on device")

    class Stream:
        def __init__(self, inner: TextIO) -> None:
            self.inner = inner

        def __enter__(self) -> "Stream":
            return self

        def __exit__(self, *_: object) -> None:
            with self.inner:
                trap.step("close", self.inner.close, error)

        def write(self, text: str) -> int:
            return trap.step("write", lambda: self.inner.write(text), error)

    def through(name: str, do: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *values: trap.step(name, lambda: do(*values), error)

    return Disk(
        files=Files(
            open=lambda *values: Stream(trap.step("open", lambda: open_new(*values), error)),
            sync_file=through("sync_file", sync_file),
            sync_folder=through("sync_folder", sync_folder),
            replace=through("replace", Path.replace),
        )
    )


async def test_no_failed_results_file_costs_a_row(open_kind: Open) -> None:
    """Each operation on the results file fails in turn: nothing half is left, and the next run writes it whole."""
    stage = await open_kind(CASE)
    seen = set()
    async for path, trap in attempts(stage, lambda n: Trap(n, lambda _: True)):
        error = await failed(stage, path, brittle_files(trap))
        if not trap.struck:
            assert error is None
            break
        seen.add(trap.struck)
        assert error is not None and (error.code, error.exit) == ("RESULTS_NOT_WRITTEN", Exit.CANNOT_RUN)
        assert "No space left" in error.message and "case-importer results" in error.remedy
        assert not [each.name for each in stage.folder.iterdir() if ".part" in each.name]
        sent = stage.creates()
        with stage.journal() as journal:
            [run] = journal.runs()
            assert not run.finished and run.exit == Exit.CANNOT_RUN
        await ends_well(stage, path)
        assert stage.creates() == sent, "only the results were missing"
    assert seen == {"open", "write", "close", "sync_file", "replace", "sync_folder"}
