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
LONGEST_READ_WAIT = 60.0
"""Seconds; a request that only reads does not wait longer for a busy server: its caller can say so."""
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

    def wait(
        self, delivery: Delivery, now: float, patience: float, asked: float | None = None
    ) -> float | None:
        """Return the seconds to wait before the next attempt, or None when ``delivery`` is the end.

        ``now`` is a clock in seconds, ``patience`` counts from the first NotSent; ``asked`` are the seconds
        that the answer's Retry-After names.
        """
        if isinstance(delivery, NotSent):
            if self._give_up is None:
                self._give_up = now + patience
            left = self._give_up - now
            if not delivery.passing or delivery.held or left <= 0:
                return None
            self._failures += 1
            return min(backoff(self._failures, self._rng), left)
        self._tries -= 1
        if self._tries <= 0 or (isinstance(delivery, Answered) and delivery.status not in BUSY):
            return None
        if asked is not None and asked > LONGEST_READ_WAIT:
            return None
        self._failures += 1
        return backoff(self._failures, self._rng)


def backoff(failures: int, rng: random.Random) -> float:
    """Return the seconds to wait after ``failures`` (from 1) in a row: anything up to a doubling cap."""
    return rng.uniform(0.0, min(CEILING, BASE * 2.0 ** min(failures - 1, 16)))


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds that ``Retry-After`` asks for, however many, or None.

    Both forms of RFC 9110 §10.2.3 are read, and decimal seconds, which some servers send. A date is compared
    with the answer's own ``Date``, else with ``now`` (seconds since 1970): two clocks may differ by more than
    the wait. A date in the past gives 0, and what cannot be read gives None. The caller caps absurd values.
    """
    text = _header(headers, "retry-after")
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        moment = _moment(text)
        if moment is None:
            return None
        sent = _moment(_header(headers, "date"))
        seconds = moment - (now if sent is None else sent)
    return None if math.isnan(seconds) else max(seconds, 0.0)


def _header(headers: Mapping[str, str], wanted: str) -> str:
    return next((value for name, value in headers.items() if name.lower() == wanted), "").strip()


def _moment(text: str) -> float | None:
    try:
        return email.utils.parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError):
        return None
