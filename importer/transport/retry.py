"""Whether a request is sent again, and how long to wait before: pure decisions."""

from __future__ import annotations

import email.utils
import math
import random
from collections.abc import Mapping

from importer.transport.delivery import Answered, Delivery, NotSent, Request

BASE = 0.5
"""Seconds; the first repeat comes within this time."""
CEILING = 30.0
"""Seconds; no repeat comes later than this after the one before."""
MAX_RETRY_AFTER = 900.0
"""Seconds; a server that asks for longer is asked again after this time: a year is a mistake, not a wish."""
READ_TRIES = 3
"""How often a request that only reads is sent before its failure is the answer."""
BUSY = frozenset({429, 502, 503, 504})
"""Statuses after which a request that only reads is sent again."""


class Repeats:
    """Decides for one request, from how its attempts ended, whether and when it is sent again.

    NotSent is repeated while ``patience`` lasts. What may have been delivered, and a busy server, are asked
    again only by requests that read, and READ_TRIES times in all.
    """

    def __init__(self, request: Request, rng: random.Random) -> None:
        self._tries = 1 if request.creates else READ_TRIES
        self._rng = rng
        self._failures = 0
        self._give_up: float | None = None

    def wait(self, delivery: Delivery, now: float, patience: float) -> float | None:
        """Return the seconds to wait before the next attempt, or None when ``delivery`` is the end.

        ``now`` is a clock in seconds, ``patience`` counts from the first NotSent.
        """
        if isinstance(delivery, NotSent):
            if self._give_up is None:
                self._give_up = now + patience
            left = self._give_up - now
            if not delivery.passing or left <= 0:
                return None
            self._failures += 1
            return min(backoff(self._failures, self._rng), left)
        self._tries -= 1
        if self._tries <= 0 or (isinstance(delivery, Answered) and delivery.status not in BUSY):
            return None
        self._failures += 1
        return backoff(self._failures, self._rng)


def backoff(failures: int, rng: random.Random) -> float:
    """Return the seconds to wait after ``failures`` (from 1) in a row: anything up to a doubling cap."""
    return rng.uniform(0.0, min(CEILING, BASE * 2.0 ** min(failures - 1, 16)))


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Return what ``Retry-After`` asks for, in seconds from ``now`` (seconds since 1970), or None.

    Both forms of RFC 9110 §10.2.3 are read, and decimal seconds, which some servers send. A date in the past
    gives 0, more than MAX_RETRY_AFTER gives that, and what cannot be read gives None.
    """
    text = next((value for name, value in headers.items() if name.lower() == "retry-after"), "").strip()
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(text).timestamp() - now
        except (ValueError, OverflowError):
            return None
    if math.isnan(seconds):
        return None
    return min(max(seconds, 0.0), MAX_RETRY_AFTER)
