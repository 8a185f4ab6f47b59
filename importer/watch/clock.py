"""What time it is, and waiting."""

from __future__ import annotations

import time
from typing import Protocol

from importer.pipeline.control import Control


class Clock(Protocol):
    """What time it is, and waiting; a test may hand in one that is moved."""

    def now(self) -> float:
        """Return the seconds since 1970."""
        ...

    async def sleep(self, seconds: float, control: Control) -> None:
        """Wait, or until ``control`` is stopped."""
        ...


class RealClock:
    """The machine's."""

    def now(self) -> float:
        """Return the seconds since 1970."""
        return time.time()

    async def sleep(self, seconds: float, control: Control) -> None:
        """Wait, or until ``control`` is stopped."""
        await control.sleep(seconds)
