"""Was it delivered? The three ends of an attempt, and the table from exceptions to them (design §3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from importer.model.frozen import frozen


@frozen
class Request:
    """One HTTP request to the system that is signed in to.

    ``path`` begins with ``/``, is percent-encoded already and is joined to the base address of the session,
    so that a token cannot leave for another host. ``body`` is what goes over the wire. ``creates`` says that
    a repeat could do harm (a create, an update, a delete); False for what only reads, by any method.
    ``purpose`` names the kind of request for the log ("create Case") and holds nothing of a row. A body too
    large for memory is the file ``upload``; the body of a good answer goes to the file ``save_to``, which is
    written anew by each attempt, and ``Answered.body`` is then empty. ``seconds`` are waited
    for the answer where that is longer than the connection's answer timeout.
    """

    method: str
    path: str = field(repr=False)
    body: bytes | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    creates: bool = True
    purpose: str = ""
    upload: Path | None = field(default=None, repr=False)
    save_to: Path | None = field(default=None, repr=False)
    seconds: float = 0.0

    def __post_init__(self) -> None:
        path = self.path
        if not path.startswith("/") or " " in path or not path.isascii() or not path.isprintable():
            raise ValueError("the path of a request begins with / and is percent-encoded")


@dataclass(frozen=True, slots=True)
class NotSent:
    """The request did not leave: safe to repeat. ``passing`` is False where a repeat meets the same end;
    ``held`` says that only its turn did not come in time: the server has nothing to do with it. ``remedy``
    is what to do about it, where the reason tells.
    """

    reason: str
    passing: bool = True
    held: bool = False
    remedy: str = ""


@frozen
class Answered:
    """The whole answer came, whatever it says; ``headers`` are looked up without regard to case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class MaybeDelivered:
    """The request left, and its answer was lost or is not whole: never to be repeated without asking."""

    reason: str


Delivery = NotSent | Answered | MaybeDelivered


class Sender(Protocol):
    """What a target sends its requests through: ``Transport``, or a script in tests."""

    async def send(self, request: Request) -> Delivery:
        """Deliver ``request`` and say how it ended. Raises TargetError when signing in is refused."""
        ...


When = Literal["before", "any", "after"]
"""``before``: can only come up before the headers leave; ``after``: only once they have; ``any``: either."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What an exception class tells: ``words`` for people; ``passing`` and ``remedy`` as in NotSent."""

    when: When
    words: str
    passing: bool = True
    remedy: str = ""


_CLIENT = "aiohttp.client_exceptions"
_HTTP = "aiohttp.http_exceptions"
_DROPPED = Rule("any", "the connection broke")
_TIMEOUT = Rule("any", "no answer came in time")
_CUT = Rule("after", "the answer broke off")
_GARBLED = Rule("after", "the answer is not proper HTTP")
_NOT_REACHED = Rule("before", "the server cannot be reached")
_BAD_ADDRESS = Rule("before", "the address is not usable", passing=False)
_REDIRECT = Rule("after", "the server redirected in a way that was not followed")
_NOT_TRUSTED = Rule(
    "before",
    "the certificate of the server is not trusted",
    passing=False,
    remedy="Give ca_file of the connection the PEM file of the authority that has signed it; whoever runs"
    " the server or the network has it. Verification cannot be switched off.",
)
_ANOTHER_NAME = Rule(
    "before",
    "the certificate of the server is for another name",
    passing=False,
    remedy="Write the server's address as its certificate names it; whoever runs the server knows it."
    " Verification cannot be switched off.",
)
_OUT_OF_DATE = Rule(
    "before",
    "the certificate of the server is not valid today",
    passing=False,
    remedy="Have it renewed by whoever runs the server, and look at the clock of this machine. Verification"
    " cannot be switched off.",
)
_CERTIFICATES = {62: _ANOTHER_NAME, 64: _ANOTHER_NAME, 9: _OUT_OF_DATE, 10: _OUT_OF_DATE}
"""By OpenSSL's codes: host name or address does not match; not valid yet, or not any more."""
_PROXY_WANTS_MORE = Rule(
    "before",
    "the proxy refuses its user name and password (407)",
    passing=False,
    remedy="Set proxy_username and proxy_password of the connection.",
)
_PROXY_REFUSES = "Check proxy of the connection: it must let this machine through to the server by CONNECT."
CLOSED = "the server closed the connection"
_NOT_OURS = Rule("after", "the server answered with another protocol")

RULES: Mapping[str, Rule] = {
    # Connecting. A proxy that refuses CONNECT counts here: it has not seen the request.
    f"{_CLIENT}.ClientConnectorError": _NOT_REACHED,
    f"{_CLIENT}.UnixClientConnectorError": _NOT_REACHED,
    f"{_CLIENT}.ClientConnectorDNSError": Rule("before", "the name of the server cannot be resolved"),
    f"{_CLIENT}.ClientProxyConnectionError": Rule("before", "the proxy cannot be reached"),
    f"{_CLIENT}.ClientHttpProxyError": Rule("before", "the proxy refused to connect"),
    f"{_CLIENT}.ConnectionTimeoutError": Rule("before", "the server cannot be reached in time"),
    f"{_CLIENT}.ClientSSLError": Rule("before", "no TLS connection could be made"),
    f"{_CLIENT}.ClientConnectorSSLError": Rule("before", "no TLS connection could be made"),
    f"{_CLIENT}.ClientConnectorCertificateError": _NOT_TRUSTED,
    f"{_CLIENT}.ServerFingerprintMismatch": Rule(
        "before", "the certificate of the server is another one", passing=False
    ),
    f"{_CLIENT}.InvalidURL": _BAD_ADDRESS,
    f"{_CLIENT}.InvalidUrlClientError": _BAD_ADDRESS,
    f"{_CLIENT}.NonHttpUrlClientError": _BAD_ADDRESS,
    "builtins.UnicodeError": _BAD_ADDRESS,  # a host name that IDNA refuses
    "socket.gaierror": Rule("before", "the name of the server cannot be resolved"),
    "socket.herror": Rule("before", "the name of the server cannot be resolved"),
    # Sending and receiving: these alone do not tell whether the headers had left.
    f"{_CLIENT}.ClientError": Rule("any", "the HTTP client failed"),
    f"{_CLIENT}.ClientConnectionError": _DROPPED,
    f"{_CLIENT}.ClientConnectionResetError": _DROPPED,
    f"{_CLIENT}.ClientOSError": _DROPPED,
    f"{_CLIENT}.ServerConnectionError": _DROPPED,
    f"{_CLIENT}.ServerDisconnectedError": Rule("any", CLOSED),
    f"{_CLIENT}.ServerTimeoutError": _TIMEOUT,
    f"{_CLIENT}.SocketTimeoutError": _TIMEOUT,
    "builtins.OSError": _DROPPED,
    "ssl.SSLError": Rule("any", "the TLS connection broke"),
    "ssl.SSLCertVerificationError": _NOT_TRUSTED,
    "builtins.TimeoutError": _TIMEOUT,
    "asyncio.exceptions.CancelledError": Rule("any", "the request was given up"),
    "builtins.EOFError": _DROPPED,
    # The answer.
    f"{_CLIENT}.UploadAbortedError": Rule("after", "the request did not go out whole"),
    f"{_CLIENT}.ClientPayloadError": _CUT,
    f"{_CLIENT}.ClientResponseError": _GARBLED,
    f"{_CLIENT}.ContentTypeError": _GARBLED,
    f"{_CLIENT}.TooManyRedirects": _REDIRECT,
    f"{_CLIENT}.RedirectClientError": _REDIRECT,
    f"{_CLIENT}.InvalidUrlRedirectClientError": _REDIRECT,
    f"{_CLIENT}.NonHttpUrlRedirectClientError": _REDIRECT,
    f"{_CLIENT}.WSServerHandshakeError": _NOT_OURS,
    f"{_CLIENT}.WSMessageTypeError": _NOT_OURS,
    "aiohttp._websocket.models.WebSocketError": _NOT_OURS,
    "aiohttp._websocket.models.WSHandshakeError": _NOT_OURS,
    f"{_HTTP}.HttpProcessingError": _GARBLED,
    f"{_HTTP}.BadHttpMessage": _GARBLED,
    f"{_HTTP}.HttpBadRequest": _GARBLED,
    f"{_HTTP}.BadStatusLine": _GARBLED,
    f"{_HTTP}.BadHttpMethod": _GARBLED,
    f"{_HTTP}.InvalidHeader": _GARBLED,
    f"{_HTTP}.InvalidURLError": _GARBLED,
    f"{_HTTP}.LineTooLong": _GARBLED,
    f"{_HTTP}.PayloadEncodingError": _CUT,
    f"{_HTTP}.ContentEncodingError": _CUT,
    f"{_HTTP}.ContentLengthError": _CUT,
    f"{_HTTP}.TransferEncodingError": _CUT,
    f"{_HTTP}.DecompressSizeError": _CUT,
    "aiohttp.compression_utils.TooManyMembersError": _CUT,
    "aiohttp.streams.EofStream": _CUT,
    "httptools.parser.errors.HttpParserError": _GARBLED,
}
"""By class name, so that the table needs no import; a class that is not here goes by its nearest parent."""


def rule_of(kind: type[BaseException]) -> Rule | None:
    """Return the rule for an exception class, its own or its nearest parent's; None for foreign ones."""
    for parent in kind.__mro__:
        rule = RULES.get(f"{parent.__module__}.{parent.__qualname__}")
        if rule is not None:
            return rule
    return None


def verdict_of(exception: BaseException, headers_left: bool) -> NotSent | MaybeDelivered:
    """Say how an attempt that ended in ``exception`` ended; pure.

    NotSent needs both: the headers had not left, and the class does not belong to an answer. Where class and
    ``headers_left`` contradict each other (a silent repetition that could not connect), and for classes that
    the table does not know, the cautious one wins.
    """
    rule = _special(exception) or rule_of(type(exception))
    reason = _reason(exception, rule)
    if headers_left or (rule is not None and rule.when == "after"):
        return MaybeDelivered(reason)
    if rule is None:
        return NotSent(reason, passing=False)
    return NotSent(reason, passing=rule.passing, remedy=rule.remedy)


def _special(exception: BaseException) -> Rule | None:
    """Return the rule for what the class alone does not tell: why a proxy or a certificate was no good."""
    if type(exception).__name__ == "ClientHttpProxyError":
        status = getattr(exception, "status", 0)
        if status == 407:
            return _PROXY_WANTS_MORE
        passing = status == 429 or status >= 500
        return Rule("before", f"the proxy refused to connect ({status})", passing, _PROXY_REFUSES)
    origin = getattr(exception, "certificate_error", exception)
    return _CERTIFICATES.get(getattr(origin, "verify_code", 0))


def _reason(exception: BaseException, rule: Rule | None) -> str:
    """Put the verdict in words; never the exception's own text, which may quote the answer."""
    if rule is None:
        return f"an error that should not happen ({type(exception).__name__})"
    if type(exception).__name__ == "ClientConnectorDNSError" and (host := getattr(exception, "host", None)):
        return f"the name {host} cannot be resolved"  # the server's, or that of the proxy
    origin = getattr(exception, "certificate_error", None) or getattr(exception, "os_error", exception)
    detail = getattr(origin, "verify_message", None) or getattr(origin, "strerror", None)
    return f"{rule.words} ({detail})" if isinstance(detail, str) and detail else rule.words
