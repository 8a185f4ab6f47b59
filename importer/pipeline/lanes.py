"""Sends to a locked parent go one at a time for a while, others overtake (a create locks its parents)."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from importer.pipeline.batches import Batch
from importer.pipeline.consider import Ready

HOLD = 30.0
"""Seconds for which a parent stays single-file after a row-lock error."""
ROOM = 500
"""Rows that may stand aside; beyond that nobody overtakes any more (promise P6)."""

Parents = Callable[[Ready], frozenset[str]]


class Lanes:
    """Decides which sends may be in flight together. ``parents`` names the records a row's create locks.

    ``clock`` gives seconds. All methods are called in the event loop's thread.
    """

    def __init__(self, parents: Parents, clock: Callable[[], float], *, room: int = ROOM) -> None:
        self._parents = parents
        self._clock = clock
        self._room = room
        self._contested: dict[str, float] = {}
        self._busy: dict[str, Batch] = {}
        self._aside: deque[Batch] = deque()
        self._changed = asyncio.Event()

    def __repr__(self) -> str:
        return f"<Lanes {len(self._contested)} contested, {self.waiting} rows aside>"

    @property
    def waiting(self) -> int:
        """How many rows stand aside."""
        return sum(map(len, self._aside))

    def contested(self, ready: Ready) -> None:
        """A lock on a parent of ``ready`` was not to be had: its sends go one at a time from now on."""
        until = self._clock() + HOLD
        self._contested.update(dict.fromkeys(self._parents(ready), until))

    def enter(self, batch: Batch) -> bool:
        """Return whether ``batch`` may go now; then its contested parents are busy until ``leave``."""
        mine = self._held(batch)
        if not mine.isdisjoint(self._busy):
            return False
        self._busy.update(dict.fromkeys(mine, batch))
        return True

    def leave(self, batch: Batch) -> None:
        """``batch`` has its outcomes: the next send of its parents may go."""
        if self._busy:
            self._busy = {parent: by for parent, by in self._busy.items() if by is not batch}
        self._changed.set()

    async def stand_aside(self, batch: Batch) -> None:
        """Put ``batch`` aside; waits while too many rows stand there already."""
        while self._aside and self.waiting + len(batch) > self._room:
            await self._change()
        self._aside.append(batch)

    def next(self) -> Batch | None:
        """Return the first batch standing aside that may go now, entered; None when there is none."""
        for place, batch in enumerate(self._aside):
            if self.enter(batch):
                del self._aside[place]
                self._changed.set()
                return batch
        return None

    async def drained(self) -> Batch | None:
        """Return the next batch standing aside, waiting until one may go; None when none is left."""
        while self._aside:
            batch = self.next()
            if batch is not None:
                return batch
            await self._change()
        return None

    def abandon(self) -> None:
        """Forget the rows standing aside: nothing new is sent."""
        self._aside.clear()
        self._changed.set()

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()

    def _all(self, batch: Batch) -> frozenset[str]:
        return frozenset().union(*map(self._parents, batch.rows))

    def _held(self, batch: Batch) -> frozenset[str]:
        if not self._contested:
            return frozenset()
        now = self._clock()
        return frozenset(parent for parent in self._all(batch) if self._contested.get(parent, 0.0) > now)
