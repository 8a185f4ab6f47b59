"""``python -m tests.benchmarks.light_server SIMULATOR SECONDS``: a server that costs next to nothing.

The simulator takes about as much CPU for a create as a client does, and serves one request after the other:
beside it a slow client hardly shows. This one answers every create after SECONDS with a new id, without
looking at it (about 30 µs), and hands all other requests on to the simulator at SIMULATOR. ``GET /window``
gives the number of creates, the seconds from the first to the last, and how many came within any one second at
most. It ends when standard input ends.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
import urllib.request

CREATED = b'{"id":"500%015d","success":true,"errors":[]}'
LATENCY = float(sys.argv[2])
SIMULATOR = sys.argv[1]
arrivals: list[float] = []


class Connection(asyncio.Protocol):
    """One kept connection; requests come one after the other, never two at once."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._bytes = b""

    def data_received(self, data: bytes) -> None:
        """Answer when a request is whole."""
        self._bytes += data
        head, found, rest = self._bytes.partition(b"\r\n\r\n")
        if not found:
            return
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        body = _chunked(rest) if "transfer-encoding" in headers else rest
        length = int(headers.get("content-length", 0))
        if body is None or len(body) < length:
            return
        self._bytes = b""  # one request at a time
        method, path, _ = first.split(" ")
        if method == "POST" and path.rstrip("/").endswith("/sobjects/Case") and "/composite/" not in path:
            arrivals.append(asyncio.get_running_loop().time())
            answer = _answer(b"201 Created", CREATED % len(arrivals))
            asyncio.get_running_loop().call_later(LATENCY, self._transport.write, answer)
        else:
            self._transport.write(_answer(b"200 OK", _others(method, path, headers, body)))


def _chunked(rest: bytes) -> bytes | None:
    """Return the body that came in chunks, or None while some are missing."""
    if not rest.endswith(b"0\r\n\r\n"):
        return None
    body = b""
    while size := int((head := rest.partition(b"\r\n"))[0], 16):
        body, rest = body + head[2][:size], head[2][size + 2 :]
    return body


def _answer(status: bytes, body: bytes) -> bytes:
    head = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    return head % (status, len(body)) + body


def _others(method: str, path: str, headers: dict[str, str], body: bytes) -> bytes:
    """Return the simulator's answer, with this server's address in place of its own."""
    if path == "/window":
        return json.dumps([len(arrivals), arrivals[-1] - arrivals[0], _most()]).encode()
    kept = {name: headers[name] for name in ("authorization", "content-type", "accept") if name in headers}
    request = urllib.request.Request(SIMULATOR + path, body or None, kept, method=method)
    with urllib.request.urlopen(request) as answer:
        found: bytes = answer.read()
    return found.replace(SIMULATOR.encode(), f"http://{headers['host']}".encode())


def _most() -> int:
    first = most = 0
    for last, when in enumerate(arrivals):
        while when - arrivals[first] >= 1:
            first += 1
        most = max(most, last - first + 1)
    return most


async def main() -> None:
    """Serve until standard input ends; print the address first."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Connection, "127.0.0.1", 0, backlog=1000)
    print(json.dumps({"url": f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"}), flush=True)
    stop = asyncio.Event()

    def wait_for_parent() -> None:
        while os.read(sys.stdin.fileno(), 4096):
            pass
        loop.call_soon_threadsafe(stop.set)

    threading.Thread(target=wait_for_parent, daemon=True).start()
    await stop.wait()


if __name__ == "__main__":
    asyncio.run(main())
