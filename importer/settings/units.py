"""Rates, durations and reserves as people write them in connections and on the command line."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

_RATE = re.compile(r"(\d+)\s*/\s*(?:(\d+)\s*)?(s|min)")
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|min|m|h|d)")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}


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


@dataclass(frozen=True, slots=True)
class Reserve:
    """What is kept of an allowance for others: a ``count``, or a share in ``percent``; nothing by default."""

    count: int = 0
    percent: float = 0.0

    def __bool__(self) -> bool:
        return bool(self.count or self.percent)

    def of(self, most: int) -> int:
        """Return how many of ``most`` are kept, rounded up."""
        return min(most, max(self.count, math.ceil(most * self.percent / 100)))


def parse_reserve(raw: object) -> Reserve:
    """Read ``"20%"`` or a whole number. Raises ValueError that says what is expected."""
    if isinstance(raw, int) and not isinstance(raw, bool) and raw >= 0:
        return Reserve(count=raw)
    found = _PERCENT.fullmatch(raw.strip()) if isinstance(raw, str) else None
    if found is None or float(found[1]) > 100:
        raise ValueError('expected a share such as "20%", or a whole number of requests')
    return Reserve(percent=float(found[1]))


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
    """Read ``50ms``, ``180s``, ``10m`` (``10min``), ``2h`` or ``90d`` and give seconds. Raises ValueError."""
    found = _DURATION.fullmatch(text.strip())
    if not found:
        raise ValueError("expected a number with ms, s, m, h or d, for example 180s")
    return float(found[1]) * _SECONDS[found[2]]
