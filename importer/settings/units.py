"""Rates and durations as people write them in connections and on the command line."""

from __future__ import annotations

import re
from dataclasses import dataclass

_RATE = re.compile(r"(\d+)\s*/\s*(?:(\d+)\s*)?(s|min)")
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|min|m|h)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}


@dataclass(frozen=True, slots=True)
class Rate:
    """No more than ``count`` requests in any window of ``seconds`` seconds."""

    count: int
    seconds: float

    @property
    def per_second(self) -> float:
        """The mean that the rate allows, in requests per second."""
        return self.count / self.seconds

    def __str__(self) -> str:
        if self.seconds == 1:
            return f"{self.count}/s"
        return f"{self.count}/min" if self.seconds == 60 else f"{self.count}/{self.seconds:g}s"


def parse_rate(text: str) -> Rate:
    """Read ``N/s``, ``N/3s`` or ``N/min``. Raises ValueError that says what is expected."""
    found = _RATE.fullmatch(text.strip())
    if not found:
        raise ValueError("expected N/s, N/3s or N/min, for example 20/s")
    count, windows, unit = int(found[1]), int(found[2] or 1), _SECONDS[found[3]]
    if not count or not windows:
        raise ValueError("a rate of zero would never send; expected for example 20/s")
    return Rate(count, windows * unit)


def parse_duration(text: str) -> float:
    """Read ``50ms``, ``180s``, ``10m`` (or ``10min``) or ``2h`` and give seconds. Raises ValueError."""
    found = _DURATION.fullmatch(text.strip())
    if not found:
        raise ValueError("expected a number with ms, s, m or h, for example 180s")
    return float(found[1]) * _SECONDS[found[2]]
