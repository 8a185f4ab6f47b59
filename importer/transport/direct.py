"""A request whose body lies in memory, written straight to a connection that aiohttp has opened.

aiohttp's session does for each request what a browser may need (redirects, further attempts, chunks, hooks);
that takes more CPU than all else that happens to a row. A create needs none of it, and is better off without:
it is written once, in one piece, and nothing here could send it a second time. aiohttp's connector (names,
TLS) and its cookies are used as its session uses them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp
from aiohttp.client_reqrep import ClientRequest
from yarl import URL

from importer.transport.attempt import KEEP_ALIVE, Attempt, Connector
from importer.transport.delivery import Request
from importer.transport.line import Line, Reply
from importer.transport.pacing import Pacer

OPENINGS = 3
"""Connections opened for one attempt, when the server closes them, or speaks, before anything has left."""
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


class Direct:
    """Writes requests to one origin, each when ``pacer`` lets it leave.

    ``base_url`` is put before each path; ``client`` has the cookies, and the headers that go with every
    request; ``connector`` opens connections within ``timeout``; ``most`` are the bytes of an answer, as they
    come, that are taken.
    """

    def __init__(
        self,
        client: aiohttp.ClientSession,
        connector: Connector,
        pacer: Pacer,
        base_url: str,
        timeout: aiohttp.ClientTimeout,
        most: int,
    ) -> None:
        address = URL(base_url)
        self._client = client
        self._connector = connector
        self._pacer = pacer
        self._base_url = base_url
        self._path = "" if address.raw_path == "/" else address.raw_path
        self._timeout = timeout
        self._most = most
        self._loop = asyncio.get_running_loop()
        self._idle: list[Line] = []
        self._whereto = ClientRequest("POST", address, session=client, loop=self._loop)
        octets = "application/octet-stream"
        host = self._whereto.headers["Host"]
        self._always = {"Host": host, **client.headers, "Content-Type": octets}
        self._fields = _Fields({}, {}, "", "")

    async def send(self, headers: Mapping[str, str], request: Request, attempt: Attempt) -> Reply:
        """Send ``request``, which has a body, when ``attempt`` may leave; return its answer.

        Raises what aiohttp's connector raises, and what ``Line.exchange`` raises.
        """
        assert request.body is not None
        whole = self._head(headers, request, len(request.body)) + request.body
        line = await self._leave(attempt)
        reply = await line.exchange(whole)
        if line.usable:
            line.idle_since = self._loop.time()
            self._idle.append(line)
        if "Set-Cookie" in reply.headers:
            cookies = reply.headers.getall("Set-Cookie")
            self._client.cookie_jar.update_cookies_from_headers(cookies, self._address_of(request))
        return reply

    def close(self) -> None:
        """Close the connections that are kept."""
        while self._idle:
            self._idle.pop().close()

    async def _leave(self, attempt: Attempt) -> Line:
        """Return a connection at the moment when ``attempt`` leaves by it.

        The server may close it while we wait for that; one that has closed OPENINGS new ones is given up.
        """
        openings = 0
        while openings < OPENINGS:
            line = self._kept()
            if line is None:
                line, openings = await self._opened(), openings + 1
            try:
                await self._pacer.window_open()
            except BaseException:
                line.close()
                raise
            if line.usable:
                attempt.leave(self._pacer.departed())
                return line
            line.close()
        raise aiohttp.ServerDisconnectedError

    async def _opened(self) -> Line:
        return Line(self._loop, await self._connector.open(self._whereto, self._timeout), self._most)

    def _kept(self) -> Line | None:
        oldest = self._loop.time() - KEEP_ALIVE
        while self._idle:
            line = self._idle.pop()
            if line.usable and line.idle_since > oldest:
                return line
            line.close()
        return None

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
