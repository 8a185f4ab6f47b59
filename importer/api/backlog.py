"""What has become durable and was not taken yet: first in, first out, in constant memory."""

from __future__ import annotations

import asyncio
import pickle
import tempfile
from collections import deque
from typing import BinaryIO, Generic, TypeVar

T = TypeVar("T")

AHEAD = 100
"""Outcomes that may wait for the caller before no further request leaves."""
KEPT = 1000
"""Outcomes that wait in memory; more lie in a temporary file without a name."""


class Backlog(Generic[T]):
    """Outcomes on their way from a run to the caller, who may be slow.

    ``put`` never waits: an outcome that is durable has to be told. What can wait (a request that would leave)
    asks for ``room`` first.
    """

    def __init__(self) -> None:
        self._kept: deque[T] = deque()
        self._file: BinaryIO | None = None
        self._on_file = 0
        self._read_at = 0
        self._ended = self._dropped = False
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()

    def __len__(self) -> int:
        return len(self._kept) + self._on_file

    def put(self, item: T) -> None:
        """Add ``item`` at the end."""
        if self._dropped:
            return
        if self._on_file or len(self._kept) >= KEPT:
            self._write(item)
        else:
            self._kept.append(item)
        self._news.set()
        if len(self) >= AHEAD:
            self._room.clear()

    async def get(self) -> T | None:
        """Take the first item; wait for one if need be. None when there will be no more."""
        while not len(self):
            if self._ended:
                return None
            self._news.clear()
            await self._news.wait()
        if not self._kept:
            self._read()
        item = self._kept.popleft()
        if len(self) < AHEAD:
            self._room.set()
        return item

    async def room(self) -> None:
        """Wait until the caller has taken enough, or takes nothing any more."""
        await self._room.wait()

    def end(self) -> None:
        """There will be no more items."""
        self._ended = True
        self._news.set()

    def drop(self) -> None:
        """The caller takes nothing any more: forget all, and let everybody go on."""
        self._dropped = True
        self._kept.clear()
        self._give_up_file()
        self.end()
        self._room.set()

    def _write(self, item: T) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="case-importer-")  # noqa: SIM115
        self._file.seek(0, 2)
        pickle.dump(item, self._file)
        self._on_file += 1

    def _read(self) -> None:
        """Bring the first items of the file back into memory; an empty file is given up."""
        assert self._file is not None
        self._file.seek(self._read_at)
        for _ in range(min(self._on_file, KEPT)):
            self._kept.append(pickle.load(self._file))
            self._on_file -= 1
        self._read_at = self._file.tell()
        if not self._on_file:
            self._give_up_file()

    def _give_up_file(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file, self._on_file, self._read_at = None, 0, 0
