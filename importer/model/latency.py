"""Times to an answer, counted by steps of a tenth: few numbers tell of many thousands of answers."""

from __future__ import annotations

import math
from collections.abc import Mapping

SHORTEST = 0.001
"""Seconds; what is shorter counts as the first step."""
GROWTH = 1.1
"""From one step to the next; a time is known to a twentieth of itself."""
STEPS = 150
"""Steps there are; the last begins at twenty-four minutes and holds all that took longer."""


def step_of(seconds: float) -> int:
    """Return the step, from 0, that a time of ``seconds`` falls into."""
    if seconds <= SHORTEST:
        return 0
    return min(STEPS - 1, int(math.log(seconds / SHORTEST, GROWTH)))


def seconds_of(step: int) -> float:
    """Return the time in seconds that stands for ``step``: its middle."""
    return SHORTEST * math.pow(GROWTH, step + 0.5)


def quantile(counts: Mapping[int, int], share: float) -> float | None:
    """Return the time in seconds within which ``share`` (0 to 1) of the answers came, None without any.

    ``counts`` are answers by step.
    """
    wanted = share * sum(counts.values())
    passed = 0
    for step in sorted(counts):
        passed += counts[step]
        if counts[step] and passed >= wanted:
            return seconds_of(step)
    return None
