"""Rates, durations, reserves and addresses: tables."""

import pytest

from importer.settings import Rate, Reserve, check_url, is_loopback, parse_duration, parse_rate
from importer.settings.units import parse_reserve


@pytest.mark.parametrize(
    ("text", "rate", "shown"),
    [
        ("20/s", Rate(20, 1), "20/s"),
        ("30/3s", Rate(30, 3), "30/3s"),
        ("100/min", Rate(100, 60), "100/min"),
        ("7/1s", Rate(7, 1), "7/s"),
        (" 5 / 2 s ", Rate(5, 2), "5/2s"),
        ("40/2min", Rate(40, 120), "40/120s"),
    ],
)
def test_rate_is_read_and_shown(text, rate, shown):
    """A rate is N requests in a window, and prints as it was written."""
    assert parse_rate(text) == rate
    assert str(rate) == shown
    assert parse_rate(str(rate)) == rate


@pytest.mark.parametrize("text", ["", "20", "20/h", "s/20", "0/s", "5/0s", "-1/s", "1.5/s", "20/s/s"])
def test_rate_that_makes_no_sense_is_refused(text):
    """Anything else, and a rate of zero, is refused with what is expected."""
    with pytest.raises(ValueError, match="expected"):
        parse_rate(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("50ms", 0.05), ("180s", 180), ("10m", 600), ("10min", 600), ("2h", 7200), ("1.5s", 1.5), ("0s", 0)],
)
def test_duration_in_seconds(text, seconds):
    """A duration with its unit gives seconds."""
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "5", "s", "5w", "-5s", "5 s s", "1e3s"])
def test_duration_without_a_unit_is_refused(text):
    """A bare number could be seconds or minutes: it is not guessed."""
    with pytest.raises(ValueError, match="expected"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("20%", 3000),
        ("0.5 %", 75),
        ("33.33%", 5000),
        ("100%", 15000),
        ("0%", 0),
        (0, 0),
        (5000, 5000),
        (99999, 15000),
    ],
)
def test_reserve_of_an_allowance(raw, kept):
    """A share or a number of 15,000 requests, rounded up, never more than there are."""
    reserve = parse_reserve(raw)
    assert reserve.of(15000) == kept and bool(reserve) is bool(kept)
    assert not Reserve()


@pytest.mark.parametrize("raw", ["", "20", "%", "-1%", "101%", -1, True, 1.5, None, ["20%"]])
def test_reserve_that_makes_no_sense_is_refused(raw):
    """Anything else is refused with what is expected."""
    with pytest.raises(ValueError, match="expected a share"):
        parse_reserve(raw)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("LOCALHOST", True),
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("127.0.0.1.evil.example", False),
        ("localhost.evil.example", False),
        ("10.0.0.1", False),
        ("0x7f.1", False),
        ("", False),
    ],
)
def test_loopback(host, expected):
    """Only this machine itself is loopback, judged by the whole host."""
    assert is_loopback(host) is expected


@pytest.mark.parametrize(
    ("text", "allow_http", "fault"),
    [
        ("https://host.example.com/", False, None),
        ("http://127.0.0.1:8080", False, None),
        ("http://[::1]:8080/x", False, None),
        ("http://host.example.com", True, None),
        ("http://host.example.com", False, "plain http"),
        ("https://login.salesforce.com@evil.example", False, "must not carry a user name"),
        ("https://user:pw@host", False, "must not carry a user name"),
        ("https://host/?a=b", False, "ends before"),
        ("https://host/#", False, "ends before"),
        ("ftp://host", False, "starts with https"),
        ("host.example.com", False, "starts with https"),
        ("https://", False, "starts with https"),
        ("https://host:port", False, "not an address"),
        ("https://ho st", False, "no blanks"),
        ("https://höst", False, "outside ASCII"),
    ],
)
def test_address_is_judged_as_parsed(text, allow_http, fault):
    """A host that only looks right, a password in the address and readable transport are refused."""
    if fault is None:
        assert check_url(text, allow_http=allow_http) == text.rstrip("/")
    else:
        with pytest.raises(ValueError, match=fault):
            check_url(text, allow_http=allow_http)
