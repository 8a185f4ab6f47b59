"""How an answer leaves: whole, late, cut, without end, or not at all."""

from __future__ import annotations

import asyncio
import gzip
from email.utils import formatdate

from aiohttp import web

from importer.simulator.http import Reply
from importer.simulator.options import duration
from importer.simulator.world import World

LOGIN_PAGE = (
    "<!doctype html><html><head><title>Sign in</title></head><body><form>Sign in</form></body></html>"
)
_COMPRESS_FROM = 2_000
_CHUNK = b" " * 65_536
_DRIP_SECONDS = 0.05


class Pauses:
    """Sleeps that all end at once when the simulator stops, so that what they hold back is still saved."""

    def __init__(self) -> None:
        self.over = False
        self._waiting: set[asyncio.Future[None]] = set()

    async def sleep(self, seconds: float) -> None:
        """Wait so many seconds, or less when the simulator stops."""
        if seconds <= 0 or self.over:
            return
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        timer = loop.call_later(seconds, _wake, future)
        self._waiting.add(future)
        try:
            await future
        finally:
            timer.cancel()
            self._waiting.discard(future)

    def end(self) -> None:
        """Wake all who sleep, now and from now on."""
        self.over = True
        for future in self._waiting:
            _wake(future)


def _wake(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


class Delivery:
    """Sends replies to the sockets of one simulator."""

    def __init__(self, world: World, pauses: Pauses) -> None:
        self._world = world
        self._pauses = pauses

    async def send(self, request: web.Request, reply: Reply, fault: str | None) -> web.StreamResponse:
        """Send ``reply`` as the fault has it; None sends it whole."""
        if fault == "slow":
            await self._pauses.sleep(self._world.behaviour.slow_for)
        if reply.chunks and fault in (None, "slow"):
            return await self._piece_by_piece(request, reply)
        reply = reply.in_one_piece()
        match fault:
            case None | "slow":
                return self.whole(request, reply)
            case "cut_json":
                return await self._cut(request, reply)
            case "cut_gzip":
                packed = gzip.compress(reply.body)
                headers = reply.headers | {"Content-Encoding": "gzip"}
                return _response(Reply(reply.status, packed[: len(packed) // 2], headers))
            case "hang":
                return await self._hang(request)
            case "endless":
                return await self._endless(request, reply, b" ", _DRIP_SECONDS)
            case "flood":
                return await self._endless(request, reply, _CHUNK, 0)
        return self.drop(request)

    def whole(self, request: web.Request, reply: Reply) -> web.Response:
        """Return the complete answer, compressed when it is long and the client takes gzip."""
        if len(reply.body) > _COMPRESS_FROM and "gzip" in request.headers.get("Accept-Encoding", ""):
            reply.body = gzip.compress(reply.body, compresslevel=1)
            reply.headers["Content-Encoding"] = "gzip"
        if reply.status in {429, 503} and self._world.behaviour.retry_after != "off":
            reply.headers["Retry-After"] = self._retry_after()
        if self._world.behaviour.clock:
            reply.headers["Date"] = formatdate(self._world.wall(), usegmt=True)
        return _response(reply)

    async def _piece_by_piece(self, request: web.Request, reply: Reply) -> web.StreamResponse:
        """Send a body that is made while it goes, compressed when the client takes gzip."""
        response = web.StreamResponse(status=reply.status, headers=reply.headers)
        response.enable_chunked_encoding()
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            response.enable_compression(web.ContentCoding.gzip)
        try:
            await response.prepare(request)
            for chunk in reply.chunks() if reply.chunks else ():
                await response.write(chunk)
            await response.write_eof()
        except ConnectionError:
            pass  # the client has gone; nothing is lost by it
        return response

    def _retry_after(self) -> str:
        text = self._world.behaviour.retry_after
        seconds = duration(text.removeprefix("date:"))
        if text.startswith("date:"):
            return formatdate(self._world.wall() + seconds, usegmt=True)
        return f"{seconds:g}"

    def drop(self, request: web.Request) -> web.Response:
        """Cut the connection; the response that is returned reaches nobody."""
        if request.transport:
            request.transport.abort()
        return web.Response()

    async def _cut(self, request: web.Request, reply: Reply) -> web.StreamResponse:
        response = web.StreamResponse(status=reply.status, headers=reply.headers)
        response.content_length = len(reply.body)
        await response.prepare(request)
        await response.write(reply.body[: len(reply.body) // 2])
        if request.transport:
            request.transport.close()
        return response

    async def _hang(self, request: web.Request) -> web.Response:
        while not self._pauses.over and not _gone(request):
            await self._pauses.sleep(_DRIP_SECONDS)
        return self.drop(request)

    async def _endless(
        self, request: web.Request, reply: Reply, chunk: bytes, seconds: float
    ) -> web.StreamResponse:
        response = web.StreamResponse(status=reply.status, headers=reply.headers)
        response.enable_chunked_encoding()
        try:
            await response.prepare(request)
            while not self._pauses.over and not _gone(request):
                await response.write(chunk)
                await self._pauses.sleep(seconds)
                await asyncio.sleep(0)
        except ConnectionError:
            pass
        self.drop(request)
        return response


def _gone(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()


def _response(reply: Reply) -> web.Response:
    return web.Response(status=reply.status, body=reply.body, headers=reply.headers)
