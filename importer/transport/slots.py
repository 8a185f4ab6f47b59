"""How many requests may be in flight: a semaphore, first come first served, whose size can change."""

from __future__ import annotations

import asyncio
from collections import deque


class Slots:
    """``async with slots:`` holds one of ``limit`` slots."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.in_use = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    def __repr__(self) -> str:
        return f"<Slots {self.in_use} of {self.limit} in use, {len(self._waiting)} waiting>"

    def resize(self, limit: int) -> None:
        """Allow ``limit`` (at least 1) from now on; what is in flight beyond it is not disturbed."""
        self.limit = max(1, limit)
        self._hand_out()

    async def __aenter__(self) -> None:
        if self.in_use < self.limit:
            self.in_use += 1
            return
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        try:
            await waiting
        except asyncio.CancelledError:
            if waiting.done() and not waiting.cancelled():
                self._give_back()  # the slot was handed over in the same moment
            elif waiting in self._waiting:
                self._waiting.remove(waiting)
            raise

    async def __aexit__(self, *_error: object) -> None:
        self._give_back()

    def _give_back(self) -> None:
        self.in_use -= 1
        self._hand_out()

    def _hand_out(self) -> None:
        while self._waiting and self.in_use < self.limit:
            waiting = self._waiting.popleft()
            if not waiting.done():
                self.in_use += 1
                waiting.set_result(None)
