"""When to ask again how far a job is: pure. Soon enough to notice its end, and seldom: each is a call."""

from __future__ import annotations

import math
from dataclasses import dataclass

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
"""Seconds between two questions, at least and at most."""
SLOWER = 1.4
"""Where nothing is known of a job's progress, each pause is so many times as long as the one before."""
SHARE = 0.5
"""Share of the time that a job is expected to take still, after which it is asked about again."""


@dataclass(frozen=True, slots=True)
class Look:
    """What was known of a job when it was asked about, and how many seconds to wait until it is asked again.

    It was handed over ``since`` (by any clock of seconds), and ``done`` rows of it were worked on ``at`` that
    time.
    """

    since: float
    at: float = 0.0
    done: int = 0
    pause: float = 0.0

    def next(self, now: float, done: int | None, rows: int) -> Look:
        """Return the look at ``now``, with ``done`` of ``rows`` worked on (None: nobody says).

        The time that is left is estimated by the pace from the beginning (the server may tell of whole
        batches only) and by the pace of late (the job may have waited in a queue), whichever says less.
        """
        done = max(self.done, done or 0)
        gained = done - self.done
        if 0 < done < rows:
            late = (now - max(self.at, self.since)) / gained if gained else math.inf
            left = (rows - done) * min((now - self.since) / done, late)
            pause = min(max(left * SHARE, FIRST_PAUSE), LONGEST_PAUSE)
        elif gained or not self.pause:
            pause = FIRST_PAUSE
        else:
            pause = min(self.pause * SLOWER, LONGEST_PAUSE)
        return Look(self.since, now, done, pause)
