"""Rows of a locked parent go one at a time for a while; others overtake them (a create locks its parents)."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from importer.pipeline.consider import Ready

HOLD = 30.0
"""Seconds for which a parent stays single-file after a row-lock error."""
ROOM = 500
"""Rows that may stand aside; beyond that nobody overtakes any more (promise P6)."""

Parents = Callable[[Ready], frozenset[str]]


class Lanes:
    """Decides which rows may be in flight together. ``parents`` names the records a row's create locks.

    ``clock`` gives seconds. All methods are called in the event loop's thread.
    """

    def __init__(self, parents: Parents, clock: Callable[[], float], *, room: int = ROOM) -> None:
        self._parents = parents
        self._clock = clock
        self._room = room
        self._contested: dict[str, float] = {}
        self._busy: set[str] = set()
        self._aside: deque[Ready] = deque()
        self._changed = asyncio.Event()

    def __repr__(self) -> str:
        return f"<Lanes {len(self._contested)} contested, {len(self._aside)} rows aside>"

    @property
    def waiting(self) -> int:
        """How many rows stand aside."""
        return len(self._aside)

    def contested(self, ready: Ready) -> None:
        """A lock on a parent of ``ready`` was not to be had: its rows go one at a time from now on."""
        until = self._clock() + HOLD
        self._contested.update(dict.fromkeys(self._parents(ready), until))

    def enter(self, ready: Ready) -> bool:
        """Return whether ``ready`` may go now; then its contested parents are busy until ``leave``."""
        mine = self._held(ready)
        if mine & self._busy:
            return False
        self._busy |= mine
        return True

    def leave(self, ready: Ready) -> None:
        """``ready`` has its outcome: the next row of its parents may go."""
        self._busy -= self._parents(ready)
        self._changed.set()

    async def stand_aside(self, ready: Ready) -> None:
        """Put ``ready`` aside; waits while too many rows stand there already."""
        while len(self._aside) >= self._room:
            await self._change()
        self._aside.append(ready)

    def next(self) -> Ready | None:
        """Return the first row standing aside that may go now, entered; None when there is none."""
        for place, ready in enumerate(self._aside):
            if self.enter(ready):
                del self._aside[place]
                self._changed.set()
                return ready
        return None

    async def drained(self) -> Ready | None:
        """Return the next row standing aside, waiting until one may go; None when none is left."""
        while self._aside:
            ready = self.next()
            if ready is not None:
                return ready
            await self._change()
        return None

    def abandon(self) -> None:
        """Forget the rows standing aside: nothing new is sent."""
        self._aside.clear()
        self._changed.set()

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()

    def _held(self, ready: Ready) -> frozenset[str]:
        if not self._contested:
            return frozenset()
        now = self._clock()
        return frozenset(parent for parent in self._parents(ready) if self._contested.get(parent, 0.0) > now)
