"""A kept connection: a request in, its answer out, one after the other (HTTP/1.1, RFC 9112)."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

import aiohttp
import httptools
from aiohttp.connector import Connection
from multidict import CIMultiDict

from importer.transport.body import BodyError

HEADERS = 2**16
"""Bytes that an answer may have besides its body."""


class Reply(NamedTuple):
    """An answer: ``headers`` are looked up without regard to case, ``body`` is as it came over the wire."""

    status: int
    headers: CIMultiDict[str]
    body: bytes


class Line(asyncio.Protocol):
    """Takes over ``connection``, which aiohttp has opened; ``most`` are the bytes of a body that are taken.

    What is handed to ``exchange`` is written once; nothing here could send it again. ``idle_since`` is for
    who keeps it (seconds of the event loop's clock).
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, connection: Connection, most: int) -> None:
        handler, wire = connection.protocol, connection.transport
        assert handler is not None and wire is not None
        self._loop = loop
        self._connection = connection
        self._handler = handler
        self._wire = wire
        self._most = most
        self._room = 0
        self._parser = httptools.HttpResponseParser(self)
        self._waiting: asyncio.Future[Reply] | None = None
        self._headers: list[tuple[str, str]] = []
        self._body: list[bytes] = []
        self._begun = False
        self._in_body = False
        self._spoilt = handler.should_close  # the server has spoken without being asked
        self.idle_since = 0.0
        wire.set_protocol(self)

    @property
    def usable(self) -> bool:
        """Whether a request may be written: it is open, and nothing is left of the answer before."""
        return not self._spoilt and not self._wire.is_closing()

    def close(self) -> None:
        """Close it; who waits for an answer is not told."""
        self._waiting, self._spoilt = None, True
        self._connection.close()

    async def exchange(self, request: bytes) -> Reply:
        """Write ``request``, head and body, and return its answer; closed if it cannot serve another one.

        Raises what the network raises, aiohttp's errors for an answer that did not come whole, httptools'
        HttpParserError for one that is not HTTP, and BodyError for one that is too large.
        """
        waiting = self._waiting = self._loop.create_future()
        self._begin()
        self._room = self._most + HEADERS
        try:
            self._wire.write(request)
            reply: Reply = await waiting
        except BaseException:
            self.close()
            raise
        if self._spoilt or self._wire.get_write_buffer_size():
            self.close()
        return reply

    # What the connection says

    def data_received(self, data: bytes) -> None:
        """Take the next bytes of the answer."""
        self._room -= len(data)
        if self._waiting is None or self._waiting.done():
            self.close()  # nobody has asked
        elif self._room < 0:
            self._fail(self._too_large())
        else:
            try:
                self._parser.feed_data(data)
            except httptools.HttpParserUpgrade:
                self._spoilt = True
            except httptools.HttpParserError as error:
                self._fail(error)

    def connection_lost(self, error: Exception | None) -> None:
        """Take that nothing more comes: some answers end with their connection."""
        self._spoilt = True
        if error is None and self._in_body and self._unmeasured():
            self.on_message_complete()
        elif self._begun:
            self._fail(error or aiohttp.ClientPayloadError())
        else:
            self._fail(error or aiohttp.ServerDisconnectedError())
        self._handler.connection_lost(error)  # aiohttp's connector waits to hear it when it is closed
        self._connection.close()

    # What the parser says

    def on_message_begin(self) -> None:
        """An answer begins; behind the end of one it is one too many."""
        self._begun = True
        if self._waiting is None or self._waiting.done():
            self._spoilt = True

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header, read as aiohttp reads it: the cookies of both go into one jar."""
        text = value.decode("utf-8", "surrogateescape")
        self._headers.append((name.decode("utf-8", "surrogateescape"), text))

    def on_headers_complete(self) -> None:
        """The body begins."""
        self._in_body = True

    def on_body(self, piece: bytes) -> None:
        """Keep a piece of the body."""
        self._body.append(piece)

    def on_message_complete(self) -> None:
        """Hand over the answer. 100 Continue and the like are none: it follows."""
        status = self._parser.get_status_code()
        if status < 200 and status != 101:
            self._begin()
            return
        self._spoilt = self._spoilt or status == 101 or not self._parser.should_keep_alive()
        body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        if len(body) > self._most:
            self._fail(self._too_large())
        elif self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(Reply(status, CIMultiDict(self._headers), body))

    def _begin(self) -> None:
        self._headers, self._body = [], []
        self._begun = self._in_body = False

    def _unmeasured(self) -> bool:
        headers = CIMultiDict(self._headers)
        return (
            "Content-Length" not in headers and "chunked" not in headers.get("Transfer-Encoding", "").lower()
        )

    def _too_large(self) -> BodyError:
        return BodyError(f"the answer is larger than {self._most} bytes")

    def _fail(self, error: Exception) -> None:
        self._spoilt = True
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(error)
