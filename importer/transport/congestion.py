"""How many requests may be in flight, from how the server takes them: a pure rule, fed with answers.

Additive increase, multiplicative decrease, between 1 and the connection's ``concurrency``, which a run begins
with. Answers are looked at in windows of as many answers as may be in flight, at least ten:

- a refusal that says "too much" (429, 503, a limit of the server) halves at once;
- troubles that one row may have by itself (a row lock, a lost answer) halve when they come in number;
- latency halves when the *median* of a window has risen to more than twice the usual and by a fifth of a
  second: the median, so that a few slow rows mean nothing. When halving twice has not made the median
  smaller, we are not the cause: what the server now takes is the usual from then on;
- a window without any of that allows one more.

A request that had left before the last cut says nothing about it: a burst of refusals halves once.
"""

from __future__ import annotations

import enum
import math
import statistics

LEAST_WINDOW = 10
"""Answers; fewer have no median worth a decision."""
IN_NUMBER = 3
"""Troubles in one window that mean more than bad luck, or a tenth of the window where that is more."""
RISE = 2.0
"""How many times the usual latency is too much."""
NOTICEABLE = 0.2
"""Seconds by which latency must have risen besides: twice a few milliseconds is nothing."""
HELPED = 0.8
"""A cut has helped when the median is below this share of what led to it."""
IN_VAIN = 2
"""Cuts in a row that did not help, after which latency is taken as it is; the first may have come while
latency was still rising."""


class Sign(enum.Enum):
    """What an answer says about the server, besides what it says about its row."""

    CLEAR = "the server keeps up"
    TROUBLED = "it may be this row, or the server"
    BUSY = "the server has too much to do"


def sign_of_status(status: int) -> Sign:
    """Return what an HTTP status says by itself."""
    if status in (429, 503):
        return Sign.BUSY
    return Sign.TROUBLED if status >= 500 else Sign.CLEAR


class Congestion:
    """Keeps ``limit``, the number of requests that may be in flight, between 1 and ``ceiling``."""

    def __init__(self, ceiling: int) -> None:
        self.ceiling = self.limit = ceiling
        self._cut_at = -math.inf
        self._usual: float | None = None
        self._blamed = math.inf
        self._in_vain = 0
        self._begin_window()

    def __repr__(self) -> str:
        return f"<Congestion {self.limit} of {self.ceiling}>"

    def heard(self, sign: Sign, departed: float, now: float, in_flight: int) -> None:
        """Take an answer: its sign, when its request had left and when it came (seconds of one clock).

        ``in_flight`` is the number of requests on their way at ``now``, this one included.
        """
        if departed < self._cut_at:
            return
        self._answers += 1
        if sign is Sign.TROUBLED:
            self._troubles += 1
        elif sign is Sign.CLEAR:
            self._latencies.append(now - departed)
        if sign is Sign.BUSY or self._troubles >= max(IN_NUMBER, self._window // 10):
            self._cut(in_flight, now)
        elif self._answers >= self._window:
            self._judge(in_flight, now)

    def begin_again(self, now: float) -> None:
        """After an absence of the server: one request, then more."""
        self.limit = 1
        self._cut_at = now
        self._begin_window()

    def _begin_window(self) -> None:
        self._window = max(self.limit, LEAST_WINDOW)
        self._answers = self._troubles = 0
        self._latencies: list[float] = []

    def _cut(self, in_flight: int, now: float) -> None:
        self.limit = max(1, min(self.limit, in_flight) // 2)
        self._cut_at = now
        self._begin_window()

    def _judge(self, in_flight: int, now: float) -> None:
        if self._latencies and self._risen(statistics.median(self._latencies)):
            self._cut(in_flight, now)
            return
        if not self._troubles and self.limit < self.ceiling:
            self.limit += 1
        self._begin_window()

    def _risen(self, median: float) -> bool:
        """Tell whether latency has risen because of us; keep what is usual."""
        usual = self._usual
        if usual is None or median <= max(RISE * usual, usual + NOTICEABLE):
            self._accept(median if usual is None else min(usual, median))
            return False
        self._in_vain = self._in_vain + 1 if median >= HELPED * self._blamed else 0
        if self.limit == 1 or self._in_vain == IN_VAIN:
            self._accept(median)
            return False
        self._blamed = median
        return True

    def _accept(self, latency: float) -> None:
        self._usual, self._blamed, self._in_vain = latency, math.inf, 0
