"""What is repeated, when, and what a server's Retry-After means: tables."""

import math
import random

import pytest

from importer.transport import Answered, MaybeDelivered, NotSent, Request, retry_after
from importer.transport.retry import BASE, CEILING, LONGEST_READ_WAIT, READ_TRIES, Repeats, backoff

NOW = 1_792_000_000.0  # Wed, 14 Oct 2026 17:46:40 GMT


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("3", 3.0),
        (" 120 ", 120.0),
        ("0", 0.0),
        ("1.5", 1.5),
        ("-5", 0.0),
        ("Wed, 14 Oct 2026 17:47:40 GMT", 60.0),
        ("Wednesday, 14-Oct-26 17:47:40 GMT", 60.0),
        ("Wed, 14 Oct 2026 17:00:00 GMT", 0.0),
        ("Wed, 14 Oct 2099 17:46:40 GMT", 2303683200.0),
        ("31536000", 31536000.0),
        ("1e99", 1e99),
        ("inf", math.inf),
        ("nan", None),
        ("", None),
        ("soon", None),
        ("Wed, 99 Oct 2026 99:00:00 GMT", None),
    ],
)
def test_retry_after(value, seconds):
    """Seconds and dates are read, absurd values too; nonsense is as if it were not there."""
    assert retry_after({"RETRY-after": value}, NOW) == pytest.approx(seconds)


def test_a_date_is_meant_by_the_clock_of_the_server():
    """A server whose clock is ten minutes late names a date that is past for us: the wait is what it meant."""
    headers = {"Date": "Wed, 14 Oct 2026 17:36:40 GMT", "Retry-After": "Wed, 14 Oct 2026 17:37:10 GMT"}
    assert retry_after(headers, NOW) == 30.0


def test_no_retry_after():
    """Without the header there is no time to keep."""
    assert retry_after({"Date": "x"}, NOW) is None


def test_backoff_is_full_jitter():
    """Any time up to a cap that doubles and ends at the ceiling; far failures do not overflow."""
    rng = random.Random(7)
    for failures in range(1, 40):
        draws = [backoff(failures, rng) for _ in range(200)]
        cap = min(CEILING, BASE * 2 ** (failures - 1))
        assert 0 <= min(draws) < 0.1 * cap and 0.9 * cap < max(draws) <= cap
    assert backoff(10**9, rng) <= CEILING


CREATE = Request("POST", "/x", b"{}")
READ = Request("GET", "/x", creates=False)


@pytest.mark.parametrize(
    ("request_", "delivery", "attempts"),
    [
        (CREATE, Answered(201, {}, b""), 1),
        (CREATE, Answered(503, {}, b""), 1),
        (CREATE, MaybeDelivered("x"), 1),
        (CREATE, NotSent("x", passing=False), 1),
        (CREATE, NotSent("x", held=True), 1),
        (READ, Answered(200, {}, b""), 1),
        (READ, Answered(404, {}, b""), 1),
        (READ, Answered(500, {}, b""), 1),
        (READ, Answered(429, {}, b""), READ_TRIES),
        (READ, Answered(502, {}, b""), READ_TRIES),
        (READ, Answered(503, {}, b""), READ_TRIES),
        (READ, Answered(504, {}, b""), READ_TRIES),
        (READ, MaybeDelivered("x"), READ_TRIES),
        (READ, NotSent("x", passing=False), 1),
    ],
)
def test_what_is_repeated(request_, delivery, attempts):
    """Only what reads is repeated after it may have been delivered, and a bounded number of times."""
    repeats = Repeats(request_, random.Random(1))
    made = 1
    while repeats.wait(delivery, 0.0, patience=60.0) is not None:
        made += 1
        assert made < 10
    assert made == attempts


def test_patience_bounds_what_does_not_leave():
    """A request that does not leave is tried until patience ends, the last time at its very end."""
    repeats = Repeats(CREATE, random.Random(1))
    now, waits = 100.0, []
    while (wait := repeats.wait(NotSent("refused"), now, patience=60.0)) is not None:
        waits.append(wait)
        now += wait + 0.1
    assert 160.0 <= now <= 160.3
    assert len(waits) > 4 and repeats.wait(NotSent("refused"), now, patience=60.0) is None


@pytest.mark.parametrize(("asked", "repeated"), [(None, True), (LONGEST_READ_WAIT, True), (61.0, False)])
def test_reads_do_not_wait_for_long(asked, repeated):
    """Who reads waits a minute at most: the answer goes back, and its caller can tell the person."""
    repeats = Repeats(READ, random.Random(1))
    assert (repeats.wait(Answered(429, {}, b""), 0.0, 60.0, asked) is not None) is repeated
