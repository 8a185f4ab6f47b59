"""The rate gate: no more than N departures in any window of T, evenly spread, first come first served."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable

from aiolimiter import AsyncLimiter

from importer.settings import Rate
from importer.transport.meter import Meter

log = logging.getLogger("importer.transport")

MARGIN = 0.01
"""Share of a window that is added to it: what may pass between the gate and the server, where requests that
left apart arrive closer together. The mean stays at 0.99 of the rate."""
LONGEST_MARGIN = 0.05
"""Seconds; networks do not bunch by more in long windows than in short ones."""
SPREAD = 10
"""Departures come in bunches of no more than a tenth of the rate (dependencies.md §8)."""


class Pacer:
    """Lets requests depart at a rate, in two steps.

    ``turn`` is taken before a connection is sought: it queues, first come first served, and spreads evenly.
    ``window_open`` and ``departed`` are called when the connection stands, directly before the first byte:
    they hold the promise exactly, by the times of the last N departures, however long connecting took.
    All times are seconds of the running event loop's clock.
    """

    def __init__(self, rate: Rate) -> None:
        self.rate = rate
        self.departures = 0
        self.first_departure: float | None = None
        self.last_departure: float | None = None
        self.pause_reason = ""
        self.pauses = 0
        self.meter = Meter()
        self._window = rate.seconds + min(MARGIN * rate.seconds, LONGEST_MARGIN)
        self._times: deque[float] = deque(maxlen=rate.count)
        self._resume_at = 0.0
        self._ordered = 0.0
        # Two at least, where the rate has two: so a timer that fires late is made up for.
        self._burst = max(min(2.0, rate.count), rate.count / SPREAD)
        self._limiter: AsyncLimiter | None = None
        self._queue: deque[asyncio.Future[None]] = deque()
        self._usher: asyncio.Task[None] | None = None
        self._door = asyncio.Lock()

    def __repr__(self) -> str:
        return f"<Pacer {self.rate}: {self.departures} departures>"

    async def turn(self) -> None:
        """Wait for this request's turn, and while the run is paused."""
        if self._limiter is None:
            self._limiter = AsyncLimiter(self._burst, self._burst * self._window / self.rate.count)
            # A bare limiter lets a whole bunch through at its start, and a second one before the first
            # window is over (dependencies.md §8): it is filled first.
            await self._limiter.acquire(self._burst)
        loop = asyncio.get_running_loop()
        if not self._queue and self._resume_at <= loop.time() and self._limiter.has_capacity():
            await self._limiter.acquire()
            return
        waiting: asyncio.Future[None] = loop.create_future()
        self._queue.append(waiting)
        if self._usher is None:
            self._usher = loop.create_task(self._call_up(self._limiter))
        await waiting

    async def _call_up(self, limiter: AsyncLimiter) -> None:
        """Call up those who queue, one per token: whole bunches at once, where a lock would let one pass."""
        try:
            while self._queue:
                await limiter.acquire()
                await self._sleep_until(lambda: self._resume_at)
                while self._queue:
                    waiting = self._queue.popleft()
                    if not waiting.done():
                        waiting.set_result(None)
                        break
        finally:
            self._usher = None

    async def window_open(self) -> None:
        """Wait until a departure is allowed. The caller departs, or does not, without another wait."""
        if not self._door.locked() and self._earliest() <= asyncio.get_running_loop().time():
            return
        async with self._door:
            await self._sleep_until(self._earliest)

    def departed(self) -> float:
        """Note that a request leaves now, and return the moment."""
        now = asyncio.get_running_loop().time()
        self._times.append(now)
        self.departures += 1
        self.last_departure = now
        if self.first_departure is None:
            self.first_departure = now
        return now

    def pause(self, seconds: float, reason: str) -> None:
        """Let nothing depart for ``seconds`` from now; a longer pause that is running stays."""
        now = asyncio.get_running_loop().time()
        until = now + seconds
        if until > self._resume_at:
            self.pauses += 1
            self._ordered += until - max(now, self._resume_at)
            self._resume_at = until
            self.pause_reason = reason
            log.debug("paused for %.1f s: %s", seconds, reason)

    def close(self) -> None:
        """Give up: whoever still queues is cancelled."""
        if self._usher is not None:
            self._usher.cancel()
        while self._queue:
            self._queue.popleft().cancel()

    @property
    def paused_for(self) -> float:
        """Seconds until the pause is over; 0 when there is none."""
        return max(0.0, self._resume_at - asyncio.get_running_loop().time())

    @property
    def paused(self) -> float:
        """Seconds of all pauses up to now; what two of them share counts once."""
        return self._ordered - self.paused_for

    def _earliest(self) -> float:
        if len(self._times) < self.rate.count:
            return self._resume_at
        return max(self._resume_at, self._times[0] + self._window)

    async def _sleep_until(self, moment: Callable[[], float]) -> None:
        """Sleep until ``moment``, which may move while we sleep."""
        loop = asyncio.get_running_loop()
        while (wait := moment() - loop.time()) > 0:  # noqa: ASYNC110 - this is about time, not about an event
            await asyncio.sleep(wait)
