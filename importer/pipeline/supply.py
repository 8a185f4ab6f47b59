"""Batches on their way from the feed to the workers: some wait, so that no worker does."""

from __future__ import annotations

import asyncio
from collections import deque

from importer.pipeline.batches import Batch


class Supply:
    """Takes batches from one feed and hands them to workers, in their order.

    The feed stops at ``most`` batches that wait, and goes on when half of them are taken: it is not woken for
    each of them. All methods are called in the event loop's thread.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._batches: deque[Batch] = deque()
        self._hungry: deque[asyncio.Future[None]] = deque()
        self._room: asyncio.Future[None] | None = None
        self._ended = False

    def __repr__(self) -> str:
        return f"<Supply {len(self._batches)} of {self._most} batches, {len(self._hungry)} workers waiting>"

    async def put(self, batch: Batch) -> None:
        """Hand over ``batch``, when there is room; it is dropped when nobody takes batches any more."""
        if len(self._batches) >= self._most and not self._ended:
            self._room = asyncio.get_running_loop().create_future()
            await self._room
        if not self._ended:
            self._batches.append(batch)
            self._wake()

    def end(self) -> None:
        """No more batches come."""
        self._ended = True
        while self._hungry:
            self._wake()

    def throw_away(self) -> None:
        """Drop what waits, and what comes: nobody is left to take it, and the feed may wait for room."""
        self._batches.clear()
        self._make_room()
        self.end()

    async def take(self) -> Batch | None:
        """Return the next batch, waiting for it; None when no more come."""
        while not self._batches:
            if self._ended:
                return None
            waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._hungry.append(waiting)
            try:
                await waiting
            except asyncio.CancelledError:
                if self._batches:
                    self._wake()  # what we were woken for is another's
                raise
        batch = self._batches.popleft()
        if self._room is not None and len(self._batches) <= self._most // 2:
            self._make_room()
        return batch

    def _make_room(self) -> None:
        if self._room is not None and not self._room.done():
            self._room.set_result(None)
        self._room = None

    def _wake(self) -> None:
        """Wake one who waits."""
        while self._hungry:
            waiting = self._hungry.popleft()
            if not waiting.done():
                waiting.set_result(None)
                return
