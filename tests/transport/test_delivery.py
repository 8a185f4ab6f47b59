"""The table from exceptions to verdicts: complete, and cautious where it must be."""

import asyncio
import importlib
import inspect
import pkgutil
import socket
import ssl

import aiohttp
import pytest

from importer.transport import Answered, MaybeDelivered, NotSent, Request, verdict_of
from importer.transport.delivery import RULES, rule_of

NOT_FOR_CLIENTS = {
    # Server side, multipart forms and the look-up of payload types: no attempt of ours ends in these.
    "aiohttp.multipart.BadContentDispositionHeader",
    "aiohttp.multipart.BadContentDispositionParam",
    "aiohttp.payload.LookupError",
}


def name_of(kind):
    """Return the name under which the table has an exception class."""
    return f"{kind.__module__}.{kind.__qualname__}"


def library_exceptions():
    """Return every exception class that the client side of the HTTP library defines."""
    found = {}
    for module in pkgutil.iter_modules(aiohttp.__path__):
        if module.name.startswith(("web", "test_utils", "pytest_plugin", "worker", "_")):
            continue
        for thing in vars(importlib.import_module(f"aiohttp.{module.name}")).values():
            if inspect.isclass(thing) and issubclass(thing, BaseException) and "aiohttp" in thing.__module__:
                found[name_of(thing)] = thing
    return {name: kind for name, kind in found.items() if name not in NOT_FOR_CLIENTS}


LIBRARY = library_exceptions()
BELOW = [
    OSError, ConnectionError, ConnectionResetError, ConnectionRefusedError, ConnectionAbortedError,
    BrokenPipeError, TimeoutError, asyncio.TimeoutError, asyncio.CancelledError, asyncio.IncompleteReadError,
    EOFError, socket.gaierror, socket.herror, socket.timeout, ssl.SSLError, ssl.SSLZeroReturnError,
    ssl.SSLWantReadError, ssl.SSLWantWriteError, ssl.SSLSyscallError, ssl.SSLEOFError,
    ssl.SSLCertVerificationError, ssl.CertificateError, UnicodeError,
]  # fmt: skip


def test_the_walk_finds_the_library():
    """The list that the next test walks is not empty by accident."""
    assert len(LIBRARY) > 40
    assert "aiohttp.client_exceptions.ServerDisconnectedError" in LIBRARY
    assert "aiohttp.http_exceptions.TransferEncodingError" in LIBRARY


@pytest.mark.parametrize("name", sorted(LIBRARY))
def test_every_exception_of_the_library_has_its_own_rule(name):
    """An exception class that a new version of the library brings must be judged before it is used."""
    assert name in RULES


@pytest.mark.parametrize("kind", BELOW, ids=name_of)
def test_every_exception_below_has_a_rule(kind):
    """What sockets, TLS and the event loop raise has a rule, its own or its parent's."""
    assert rule_of(kind) is not None


def test_no_rule_is_for_nothing():
    """Each name of the table exists (a misspelt one would never match)."""
    for name in RULES:
        module, _, kind = name.rpartition(".")
        assert name in LIBRARY or hasattr(importlib.import_module(module), kind), name


def bare(kind):
    """Make an exception without caring for what its constructor wants."""
    return kind.__new__(kind)


@pytest.mark.parametrize("name", sorted(LIBRARY))
def test_after_the_headers_nothing_is_ever_not_sent(name):
    """Once the headers have left, no class at all makes a request safe to repeat."""
    assert isinstance(verdict_of(bare(LIBRARY[name]), headers_left=True), MaybeDelivered)


@pytest.mark.parametrize("name", sorted(LIBRARY))
def test_before_the_headers_only_answers_contradict(name):
    """Before the headers left, a request is not sent, unless the class belongs to an answer."""
    verdict = verdict_of(bare(LIBRARY[name]), headers_left=False)
    assert isinstance(verdict, MaybeDelivered if RULES[name].when == "after" else NotSent)


@pytest.mark.parametrize(
    ("exception", "left", "verdict"),
    [
        (
            ConnectionRefusedError(111, "Connection refused"),
            False,
            NotSent("the connection broke (Connection refused)"),
        ),
        (
            ConnectionResetError(104, "Connection reset by peer"),
            True,
            MaybeDelivered("the connection broke (Connection reset by peer)"),
        ),
        (asyncio.CancelledError(), True, MaybeDelivered("the request was given up")),
        (asyncio.CancelledError(), False, NotSent("the request was given up")),
        (TimeoutError(), True, MaybeDelivered("no answer came in time")),
        (
            socket.gaierror(-2, "Name or service not known"),
            False,
            NotSent("the name of the server cannot be resolved (Name or service not known)"),
        ),
        (aiohttp.ServerDisconnectedError(), True, MaybeDelivered("the server closed the connection")),
        (aiohttp.ClientPayloadError("secret row"), True, MaybeDelivered("the answer broke off")),
        (
            ZeroDivisionError("secret row"),
            True,
            MaybeDelivered("an error that should not happen (ZeroDivisionError)"),
        ),
        (
            ZeroDivisionError("secret row"),
            False,
            NotSent("an error that should not happen (ZeroDivisionError)", passing=False),
        ),
    ],
)
def test_verdicts_in_words(exception, left, verdict):
    """Verdicts are said in plain words; the exception's own text, which may quote a row, is not repeated."""
    assert verdict_of(exception, left) == verdict


@pytest.mark.parametrize(
    "path", ["", "x", "https://evil.example/x", "/a b", "/a\r\nX: y", "/ä", "@evil.example"]
)
def test_path_of_a_request(path):
    """A path cannot name another host, and cannot smuggle a header."""
    with pytest.raises(ValueError, match="begins with /"):
        Request("GET", path)


def test_contents_do_not_print():
    """Neither a request nor an answer shows its path, headers or body."""
    request = Request("POST", "/key-of-a-row", b"contents", {"Authorization": "token"})
    answer = Answered(200, {"Set-Cookie": "token"}, b"contents")
    for word in ("key-of-a-row", "contents", "token"):
        assert word not in f"{request!r}{answer!r}"
