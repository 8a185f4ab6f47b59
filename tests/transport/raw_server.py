"""A server at the level of bytes: what no HTTP library would send, and a count of the requests that came."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Awaitable, Callable


class RawServer:
    """Calls ``behave(self, head, body, writer)`` for every request; the connection stays open after it.

    ``behave`` writes what it likes; it ends the connection by ``writer.close()``. ``requests`` keeps the head
    and body of every request that came whole, ``connections`` counts those accepted, ``reader`` reads from
    the newest one, ``gone`` is set when a connection has ended.
    """

    def __init__(
        self,
        behave: Callable[[RawServer, bytes, bytes, asyncio.StreamWriter], Awaitable[None]],
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._behave = behave
        self._tls = tls
        self.requests: list[tuple[bytes, bytes]] = []
        self.connections = 0
        self.arrived = asyncio.Event()
        self.gone = asyncio.Event()

    async def __aenter__(self) -> RawServer:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        scheme = "https" if self._tls else "http"
        self.url = f"{scheme}://127.0.0.1:{self.port}"
        self._tasks: set[asyncio.Task[None]] = set()
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._tasks.add(asyncio.current_task())
        self.connections += 1
        self.reader = reader
        try:
            while not writer.is_closing():
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"(?i)content-length: (\d+)", head)
                body = await reader.readexactly(int(length[1])) if length else b""
                self.requests.append((head, body))
                self.arrived.set()
                await self._behave(self, head, body, writer)
        except (OSError, EOFError, asyncio.CancelledError):
            pass
        finally:
            self.gone.set()
            writer.close()

    def heads(self) -> list[str]:
        """Return the first line of each request."""
        return [head.split(b"\r\n", 1)[0].decode() for head, _ in self.requests]


def reply(body: bytes = b"{}", status: str = "200 OK", *headers: str) -> bytes:
    """Return the bytes of a proper answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def always(raw: bytes, *, close: bool = False):
    """Return a behaviour that answers every request with ``raw``."""

    async def behave(server, head, body, writer):
        writer.write(raw)
        await writer.drain()
        if close:
            writer.close()

    return behave
