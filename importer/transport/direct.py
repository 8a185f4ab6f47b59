"""A request whose body lies in memory, written straight to a connection of aiohttp's pool.

aiohttp's session does for each request what a browser may need (redirects, further attempts, chunks, hooks);
that takes more CPU than all else that happens to a row. A create needs none of it, and is better off without:
it is written once, in one piece, and nothing here could send it a second time. aiohttp's connector (names,
TLS, kept connections), its parser and its cookies are used as its session uses them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import aiohttp
from aiohttp.client_reqrep import ClientRequest, ConnectionKey
from aiohttp.streams import StreamReader
from yarl import URL

from importer.transport.body import BodyError
from importer.transport.delivery import Request

PIECE = 2**16
"""Bytes of an answer that wait to be read before the server is made to wait."""

Reply = tuple[int, Mapping[str, str], bytes]
"""Status, headers (looked up without regard to case) and body as it came over the wire."""


BROKEN = "a header of a request holds a line break"


def _broken(text: str) -> bool:
    return "\n" in text or "\r" in text


@dataclass(frozen=True, slots=True, repr=False)
class _Fields:
    """The header lines that requests have in common, but for cookies: those of the session, ``headers``, and
    their ``own``."""

    headers: Mapping[str, str]
    own: Mapping[str, str]
    text: str
    cookies: str


def _fields(always: Mapping[str, str], headers: Mapping[str, str], own: Mapping[str, str]) -> _Fields:
    fields = {**always, **headers, **own}
    cookies = fields.pop("Cookie", "")
    if any(_broken(text) for pair in fields.items() for text in pair):
        raise ValueError(BROKEN)
    return _Fields(headers, own, "".join(f"{name}: {value}\r\n" for name, value in fields.items()), cookies)


class _Whereto(ClientRequest):
    """What the connector wants to know: where to, and how. It never leaves itself."""

    @cached_property
    def connection_key(self) -> ConnectionKey:
        """What tells apart connections that can be kept for one another."""
        return super().connection_key


class Direct:
    """Writes requests to one origin.

    ``base_url`` is put before each path; ``client`` has the cookies, and the headers that go with every
    request; ``most`` are the bytes of an answer, as they come, that are taken.
    """

    def __init__(
        self, client: aiohttp.ClientSession, base_url: str, timeout: aiohttp.ClientTimeout, most: int
    ) -> None:
        address = URL(base_url)
        self._client = client
        self._base_url = base_url
        self._path = "" if address.raw_path == "/" else address.raw_path
        self._timeout = timeout
        self._most = most
        self._whereto = _Whereto("POST", address, session=client, loop=asyncio.get_running_loop())
        octets = "application/octet-stream"
        host = self._whereto.headers["Host"]
        self._always = {"Host": host, **client.headers, "Content-Type": octets}
        self._fields = _Fields({}, {}, "", "")

    async def send(self, headers: Mapping[str, str], request: Request) -> Reply:
        """Send ``request``, which has a body, and return its answer.

        Raises what aiohttp's connector and parser raise, and BodyError for an answer that is too large.
        """
        assert request.body is not None and self._client.connector is not None
        whole = self._head(headers, request, len(request.body)) + request.body
        connection = await self._client.connector.connect(self._whereto, [], self._timeout)
        try:
            protocol, wire = connection.protocol, connection.transport
            assert protocol is not None and wire is not None
            protocol.set_response_params(read_until_eof=True, auto_decompress=False, read_bufsize=PIECE)
            wire.write(whole)
            message, content = await protocol.read()
            while message.code < 200 and message.code != 101:  # 100 Continue and the like: the answer follows
                message, content = await protocol.read()
            body = await read_all(content, message.headers.get("Content-Length"), self._most)
        except BaseException:
            connection.close()
            raise
        connection.release()
        if "Set-Cookie" in message.headers:
            cookies = message.headers.getall("Set-Cookie")
            self._client.cookie_jar.update_cookies_from_headers(cookies, self._address_of(request))
        return message.code, message.headers, body

    def _head(self, headers: Mapping[str, str], request: Request, size: int) -> bytes:
        """Return request line and headers. Raises ValueError when a line break would make one of them two."""
        fields = self._fields
        if fields.headers is not headers or fields.own is not request.headers:
            fields = self._fields = _fields(self._always, headers, request.headers)
        jar = len(self._client.cookie_jar)
        cookies = self._cookies(request, fields.cookies) if jar else fields.cookies
        line = f"{request.method} {self._path}{request.path} HTTP/1.1"
        if _broken(line) or _broken(cookies):
            raise ValueError(BROKEN)
        cookie = f"Cookie: {cookies}\r\n" if cookies else ""
        return f"{line}\r\n{fields.text}{cookie}Content-Length: {size}\r\n\r\n".encode()

    def _cookies(self, request: Request, given: str) -> str:
        """Return the header of the cookies that were ``given``, and of those that the server has set."""
        pairs = dict(pair.split("=", 1) for pair in given.split("; ") if "=" in pair)
        found = self._client.cookie_jar.filter_cookies(self._address_of(request))
        pairs |= {cookie.key: cookie.coded_value for cookie in found.values()}
        return "; ".join(f"{name}={value}" for name, value in pairs.items())

    def _address_of(self, request: Request) -> URL:
        return URL(self._base_url + request.path, encoded=True)


async def read_all(content: StreamReader, declared: str | None, most: int) -> bytes:
    """Return the body that ``content`` gives, of which ``declared`` is the Content-Length, if there is one.

    Raises BodyError when it has more than ``most`` bytes.
    """
    too_large = f"the answer is larger than {most} bytes"
    if declared is not None and declared.isdecimal() and int(declared) > most:
        raise BodyError(too_large)
    pieces: list[bytes] = []
    room = most
    while piece := await content.readany():
        room -= len(piece)
        if room < 0:
            raise BodyError(too_large)
        pieces.append(piece)
        if content.at_eof():
            break
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)
