"""The journal's one writing thread: what shares a transaction, in which order, and who is told when."""

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from importer.journal.writer import Writer
from importer.model.errors import JournalError


class Told(sqlite3.Connection):
    """A connection that writes down its transactions."""

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self.commits = 0
        self.set_trace_callback(self._hear)

    def _hear(self, statement: str) -> None:
        self.commits += statement == "COMMIT"


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Told]:
    path = tmp_path / "j.db"
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, factory=Told)
    connection.execute("CREATE TABLE t (n INTEGER PRIMARY KEY, at INTEGER UNIQUE)")
    yield connection
    connection.close()


def add(at: int):  # type: ignore[no-untyped-def]
    return lambda db: db.execute("INSERT INTO t (at) VALUES (?)", (at,)).lastrowid


def rows(db: sqlite3.Connection) -> list[int]:
    return [at for (at,) in db.execute("SELECT at FROM t ORDER BY n")]


async def test_what_comes_together_is_durable_together(db: Told) -> None:
    """Operations of one turn of the loop share a transaction, in their order; so do those that come soon after."""
    writer = Writer(db, Path("j"))
    found = [writer.submit(add(at)) for at in (5, 3, 4)]
    assert [await each for each in found] == [1, 2, 3]
    assert (rows(db), db.commits) == ([5, 3, 4], 1)
    await asyncio.gather(writer.submit(add(6)), asyncio.sleep(0))
    writer.close()


async def test_who_waits_in_the_loop_waits_for_what_was_queued_before(db: Told) -> None:
    """A write that blocks goes after those that were queued before it, and does not wait for the loop."""
    writer = Writer(db, Path("j"))
    first = writer.submit(add(1))
    assert writer.wait(add(2)) == 2
    assert await first == 1
    writer.close()


async def test_closing_writes_what_is_queued(db: Told, tmp_path: Path) -> None:
    """Nothing that was queued is lost because the thread was not woken yet."""
    writer = Writer(db, Path("j"))
    queued = [writer.submit(add(at)) for at in range(5)]
    writer.close()
    assert [await each for each in queued] == [1, 2, 3, 4, 5]
    with sqlite3.connect(tmp_path / "j.db") as after:
        assert rows(after) == [0, 1, 2, 3, 4]
    after.close()


async def test_the_last_result_is_told_when_it_is_durable_and_before_anybody_goes_on(db: Told) -> None:
    """Of what became durable together the last is told, once; of a transaction that failed nothing."""
    writer = Writer(db, Path("j"))
    told: list[object] = []

    async def then(future: asyncio.Future[object]) -> None:
        told.append(("waited for", await future))

    await asyncio.gather(*[then(writer.submit(add(at), told.append)) for at in (1, 2, 3)])
    assert told == [3, ("waited for", 1), ("waited for", 2), ("waited for", 3)]
    with pytest.raises(JournalError):
        await asyncio.gather(writer.submit(add(9), told.append), writer.submit(add(1), told.append))
    assert told[-1] == ("waited for", 3) and rows(db) == [1, 2, 3]
    writer.close()


def test_each_loop_wakes_the_thread_itself(db: Told) -> None:
    """A loop that ends before it could wake the thread does not leave another one waiting."""
    writer = Writer(db, Path("j"))

    async def give_up() -> None:
        writer.submit(add(1))

    async def wait() -> int | None:
        found: int | None = await writer.submit(add(2))
        return found

    loop = asyncio.new_event_loop()
    loop.run_until_complete(give_up())
    loop.close()
    assert asyncio.run(wait()) == 2
    writer.close()
