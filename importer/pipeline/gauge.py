"""How the requests of a leg fare over time, written to the journal now and then: numbers, never rows."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from importer.journal.leg import Leg
from importer.journal.records import Stretch
from importer.model.errors import JournalError
from importer.model.target import Target, Traffic
from importer.pipeline.pace import Pace

EVERY = ((120.0, 1.0), (1200.0, 10.0))
"""Seconds of a leg until which stretches last how many seconds: a short run is looked at closely."""
LATER = 60.0
"""Seconds of a stretch of a long leg: sixty lines an hour."""
WRITE_EVERY = 10.0
"""Seconds between two writes; what was not written is lost when the process is killed."""


@dataclass(frozen=True, slots=True)
class Mark:
    """All sums at one moment; ``at`` in milliseconds since 1970 (UTC), ``away`` in seconds."""

    at: int
    traffic: Traffic
    away: float
    cleared: int


@asynccontextmanager
async def gauged(leg: Leg, target: Target, pace: Pace, cleared: Callable[[], int]) -> AsyncIterator[None]:
    """Measure while the body works; the last stretch is queued for the journal when it ends, however it ends.

    ``cleared`` says how many rows were settled by asking the server so far. Measuring ends with a journal
    that cannot be written; that is the run's to say.
    """
    gauge = _Gauge(leg, target, pace, cleared)
    task = asyncio.get_running_loop().create_task(gauge.run(), name="case-importer gauge")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        gauge.measure()
        with suppress(JournalError):
            await gauge.write()


def length_of(age: float) -> float:
    """Return how many seconds the stretch lasts that begins ``age`` seconds after the leg."""
    return next((length for until, length in EVERY if age < until), LATER)


def between(before: Mark, after: Mark) -> Stretch | None:
    """Return what happened between two marks, None when nothing did."""
    old, new = before.traffic, after.traffic
    earlier = old.latencies or (0,) * len(new.latencies)
    latencies = {
        step: now - then
        for step, (then, now) in enumerate(zip(earlier, new.latencies, strict=False))
        if now > then
    }
    stretch = Stretch(
        at=before.at,
        until=max(after.at, before.at + 1),
        calls=new.calls - old.calls,
        lost=new.lost - old.lost,
        repeats=new.repeats - old.repeats,
        pauses=new.pauses - old.pauses,
        paused=round((new.paused - old.paused) * 1000),
        away=round((after.away - before.away) * 1000),
        cleared=after.cleared - before.cleared,
        at_once=new.at_once,
        latencies=latencies,
    )
    sums = (stretch.calls, stretch.lost, stretch.pauses, stretch.paused, stretch.away, stretch.cleared)
    return stretch if any(sums) or latencies else None


class _Gauge:
    """Takes marks of a leg and keeps the stretches between them until they are written."""

    def __init__(self, leg: Leg, target: Target, pace: Pace, cleared: Callable[[], int]) -> None:
        self._leg = leg
        self._target = target
        self._pace = pace
        self._cleared = cleared
        self._began = time.monotonic()
        self._last = self._mark()
        self._kept: list[Stretch] = []

    async def run(self) -> None:
        """Measure and write until cancelled, or until the journal takes no more."""
        written = self._began
        with suppress(JournalError):
            while True:
                await asyncio.sleep(length_of(time.monotonic() - self._began))
                self.measure()
                if time.monotonic() - written >= WRITE_EVERY:
                    written = time.monotonic()
                    await self.write()

    def measure(self) -> None:
        """End the stretch that is on and begin another."""
        now = self._mark()
        stretch = between(self._last, now)
        self._last = now
        if stretch is not None:
            self._kept.append(stretch)

    async def write(self) -> None:
        """Write what is kept. Raises JournalError."""
        kept, self._kept = self._kept, []
        if kept:
            await self._leg.stretches(kept)

    def _mark(self) -> Mark:
        at = time.time_ns() // 1_000_000
        return Mark(at, self._target.traffic(), self._pace.away, self._cleared())
