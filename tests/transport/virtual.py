"""An event loop whose clock jumps to the next timer: hours pass in milliseconds, and nothing sleeps."""

from __future__ import annotations

import asyncio
import random
import selectors
from collections.abc import Coroutine
from typing import Any

TICK = 1e-6
"""Seconds that pass in every turn of the loop, as they do on a real machine."""


class _Clock(selectors.DefaultSelector):
    """Instead of waiting for a timer, moves the time to it, and up to ``late`` seconds beyond."""

    def __init__(self, late: float, rng: random.Random) -> None:
        super().__init__()
        self.now = 1000.0
        self._late = late
        self._rng = rng

    def select(self, timeout=None):
        events = super().select(0)
        if events:
            self.now += TICK
        elif timeout is None:
            raise AssertionError("everybody waits for something that will not happen")
        else:
            self.now += timeout + (self._rng.uniform(0, self._late) if timeout > 0 else 0) + TICK
        return events


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop with a clock of its own."""

    def __init__(self, late: float = 0.0, seed: int = 0) -> None:
        self._virtual = _Clock(late, random.Random(seed))
        super().__init__(self._virtual)

    def time(self) -> float:
        return self._virtual.now


def run(coroutine: Coroutine[Any, Any, Any], *, late: float = 0.0, seed: int = 0) -> Any:
    """Run ``coroutine`` in virtual time; timers fire up to ``late`` seconds late, drawn from ``seed``."""
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(late, seed)) as runner:
        return runner.run(coroutine)
