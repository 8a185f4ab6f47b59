"""One thread that writes the journal, several operations in one durable transaction (group commit)."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from importer.journal.database import in_transaction
from importer.journal.faults import damaged
from importer.model.errors import JournalError

T = TypeVar("T")
Operation = Callable[[sqlite3.Connection], Any]
LARGEST_GROUP = 2000


class Waiter:
    """Who waits for an operation: a future of the event loop, or of another thread."""

    __slots__ = ("error", "future", "loop", "result", "work")

    def __init__(self, work: Operation, loop: asyncio.AbstractEventLoop | None) -> None:
        self.work = work
        self.loop = loop
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
        self._queue: SimpleQueue[Waiter | None] = SimpleQueue()
        self._failure: JournalError | None = None
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[sqlite3.Connection], T]) -> asyncio.Future[T]:
        """Queue ``work`` and return a future of the running loop, resolved when it is durable."""
        waiter = Waiter(work, asyncio.get_running_loop())
        self._queue.put(waiter)
        return waiter.future  # type: ignore[no-any-return]

    def wait(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do ``work`` and wait until it is durable. Raises JournalError."""
        waiter = Waiter(work, None)
        self._queue.put(waiter)
        return waiter.future.result()  # type: ignore[no-any-return]

    def close(self) -> None:
        """Write what is queued and end the thread."""
        self._queue.put(None)
        self._thread.join()
        self._connection.close()

    def _run(self) -> None:
        while True:
            first = self._queue.get()
            if first is None:
                return
            group = [first]
            last = False
            while len(group) < LARGEST_GROUP:
                try:
                    waiter = self._queue.get_nowait()
                except Empty:
                    break
                if waiter is None:
                    last = True
                    break
                group.append(waiter)
            self._commit(group)
            self._tell(group)
            if last:
                return

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

    def _work(self, group: list[Waiter]) -> None:
        for waiter in group:
            waiter.result = waiter.work(self._connection)

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
