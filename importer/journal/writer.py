"""One thread that writes the journal, several operations in one durable transaction (group commit)."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar

from importer.journal.database import in_transaction
from importer.journal.faults import damaged
from importer.model.errors import JournalError

T = TypeVar("T")
Operation = Callable[[sqlite3.Connection], Any]
Joined = Callable[[sqlite3.Connection, Sequence[Any]], Sequence[Any]]
"""Does what several have asked for in one go, and returns the result of each."""
Durable = Callable[[Any], None]
"""Is told the result of an operation once it is durable, in the writer's thread."""
LARGEST_GROUP = 2000
APART = 0.01
"""Seconds between two times that an event loop wakes the thread. A commit wakes two threads and waits for the
disk, whatever it holds: while rows come fast, several share one; while they come slowly, none waits."""


class Waiter:
    """Who waits for an operation: a future of the event loop, or of another thread.

    With ``joined`` it is ``work`` that is done together with that of others.
    """

    __slots__ = ("durable", "error", "future", "joined", "loop", "result", "work")

    def __init__(
        self,
        work: Any,
        loop: asyncio.AbstractEventLoop | None,
        durable: Durable | None = None,
        joined: Joined | None = None,
    ) -> None:
        self.work = work
        self.joined = joined
        self.loop = loop
        self.durable = durable
        self.future: Any = loop.create_future() if loop is not None else Future()
        self.result: Any = None
        self.error: JournalError | None = None

    def tell(self) -> None:
        """Hand result or error to whoever waits; in the loop's own thread when there is a loop."""
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class Writer:
    """Owns the writing connection. An operation is acknowledged after its transaction is durable.

    After a failed transaction nothing more is written: a failed fsync may have lost what was acknowledged
    by the system before, so trying again could claim what is not on the disk.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._queue: deque[Waiter] = deque()
        self._bell: SimpleQueue[bool] = SimpleQueue()  # wakes the thread, False for the last time
        self._to_ring: asyncio.AbstractEventLoop | None = None
        self._rung = -APART
        self._failure: JournalError | None = None
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def submit(
        self, work: Callable[[sqlite3.Connection], T], durable: Callable[[T], None] | None = None
    ) -> asyncio.Future[T]:
        """Queue ``work`` and return a future of the running loop, resolved when it is durable.

        ``durable`` is told the result before that; of several operations that became durable together and
        have the same one, it is told the last result alone. It must not raise.
        """
        return self._queued(Waiter(work, asyncio.get_running_loop(), durable))

    def join(self, joined: Joined, item: object, durable: Durable | None = None) -> asyncio.Future[Any]:
        """Queue ``item`` for ``joined``, which gets all those together that come one after the other.

        The future and ``durable`` are those of ``submit``.
        """
        return self._queued(Waiter(item, asyncio.get_running_loop(), durable, joined))

    def wait(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do ``work`` and wait until it is durable. Raises JournalError."""
        waiter = Waiter(work, None)
        self._queue.append(waiter)
        self._bell.put(True)
        return waiter.future.result()  # type: ignore[no-any-return]

    def close(self) -> None:
        """Write what is queued and end the thread."""
        self._bell.put(False)
        self._thread.join()
        self._connection.close()

    def _queued(self, waiter: Waiter) -> asyncio.Future[Any]:
        self._queue.append(waiter)
        loop = waiter.loop
        if loop is not None and self._to_ring is not loop:
            self._to_ring = loop
            loop.call_later(self._rung + APART - time.monotonic(), self._ring)
        return waiter.future  # type: ignore[no-any-return]

    def _ring(self) -> None:
        self._to_ring = None
        self._rung = time.monotonic()
        self._bell.put(True)

    def _run(self) -> None:
        going_on = True
        while going_on:
            going_on = self._bell.get()
            while self._queue:
                group = [self._queue.popleft() for _ in range(min(len(self._queue), LARGEST_GROUP))]
                self._commit(group)
                self._tell(group)

    def _commit(self, group: list[Waiter]) -> None:
        if self._failure is None:
            try:
                in_transaction(self._connection, lambda: self._work(group))
            except sqlite3.Error as error:
                self._failure = damaged(self._path, error)
            except JournalError as error:
                self._failure = error
            except Exception as error:
                self._failure = JournalError(
                    "JOURNAL_BUG", f"The journal refused a write: {type(error).__name__}: {error}."
                )
        if self._failure is not None:
            for waiter in group:
                waiter.error = self._failure
            return
        last = {waiter.durable: waiter.result for waiter in group if waiter.durable is not None}
        for durable, result in last.items():
            durable(result)

    def _work(self, group: list[Waiter]) -> None:
        for joined, some in groupby(group, key=attrgetter("joined")):
            waiters = list(some)
            if joined is None:
                for waiter in waiters:
                    waiter.result = waiter.work(self._connection)
                continue
            results = joined(self._connection, [waiter.work for waiter in waiters])
            for waiter, result in zip(waiters, results, strict=True):
                waiter.result = result

    @staticmethod
    def _tell(group: list[Waiter]) -> None:
        loops: dict[asyncio.AbstractEventLoop, list[Waiter]] = {}
        for waiter in group:
            if waiter.loop is None:
                waiter.tell()
            else:
                loops.setdefault(waiter.loop, []).append(waiter)
        for loop, waiters in loops.items():
            if not loop.is_closed():
                loop.call_soon_threadsafe(_tell_all, waiters)


def _tell_all(waiters: list[Waiter]) -> None:
    for waiter in waiters:
        waiter.tell()
