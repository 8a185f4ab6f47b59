"""What a run and an undo say of their end: to the journal, and to whoever gave the command."""

from __future__ import annotations

import asyncio
import time

from importer.journal.records import LegEnd
from importer.model.errors import Exit
from importer.model.target import Traffic


def leg_end(code: Exit, *, finished: bool, traffic: Traffic) -> LegEnd:
    """Return the end of a leg; ``finished``: nothing of the run is left."""
    return LegEnd(int(code), finished, traffic.calls, epoch_ms(traffic.first), epoch_ms(traffic.last))


def epoch_ms(loop_time: float | None) -> int | None:
    """Return a time of the running loop's clock in milliseconds since 1970 (UTC), None for none."""
    if loop_time is None:
        return None
    return int((time.time() - (asyncio.get_running_loop().time() - loop_time)) * 1000)


def clocks(traffic: Traffic, began: float) -> tuple[float, float]:
    """Return the seconds from the first to the last request, and those since ``began`` (monotonic).

    The second is never less than the first, which may hold a sign-in from before.
    """
    elapsed = round((traffic.last or 0.0) - (traffic.first or 0.0), 3)
    return elapsed, max(elapsed, round(time.monotonic() - began, 3))
