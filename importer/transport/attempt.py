"""What is certain of one attempt: whether it has left, and how long its answer may take."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from contextvars import ContextVar

import aiohttp
from aiohttp.client_reqrep import ClientRequest
from aiohttp.connector import Connection
from aiohttp.tracing import Trace

from importer.transport.deadlines import Deadline, Deadlines
from importer.transport.pacing import Pacer

KEEP_ALIVE = 4.0
"""Seconds that an idle connection is kept: less than the 5 s after which Apache and Node close theirs,
because a request that meets a closing connection is a doubt."""


Leaves = Callable[[float], None]
"""Is called at the moment when a request leaves, with that moment (seconds of the event loop's clock)."""


class RepetitionError(Exception):
    """aiohttp wanted to send a request a second time by itself."""


class Attempt:
    """One attempt of the running task; its answer may take ``seconds`` from when it leaves.

    ``leaves`` is told that it does; ``left``: it has.
    """

    __slots__ = ("_answer", "_before", "_deadlines", "_late", "_leaves", "_task", "left", "seconds")

    def __init__(self, deadlines: Deadlines, seconds: float, leaves: Leaves) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._deadlines = deadlines
        self._leaves = leaves
        self._before = task.cancelling()
        self._answer: Deadline | None = None
        self._late = False
        self.seconds = seconds
        self.left = False

    def leave(self, now: float) -> None:
        """It leaves now."""
        self.left = True
        self._leaves(now)
        self._answer = self._deadlines.after(self.seconds, self._too_late)

    def over(self, error: BaseException | None = None) -> bool:
        """It is over, by ``error`` or by an answer; return whether that is because the answer is late.

        False where its task was cancelled by others besides: then that goes on.
        """
        if self._answer is not None:
            self._answer.cancel()
            self._answer = None
        if not self._late:
            return False
        self._late = False
        called_off = self._task.uncancel() > self._before
        return not (called_off and isinstance(error, asyncio.CancelledError))

    def _too_late(self) -> None:
        self._late = True
        self._task.cancel()


running: ContextVar[Attempt] = ContextVar("running")
"""The attempt that asks the connector for a connection."""


class Connector(aiohttp.TCPConnector):
    """Hands out a connection at the moment when its request may depart, and not a second time.

    Nothing of a request can have left before ``connect`` returns, and aiohttp writes as soon as it has: this
    is the one point that is certain, whatever becomes of the trace signals (``on_request_headers_sent`` comes
    *before* the write in aiohttp 3.14). The second connection for one attempt is aiohttp's own repetition of
    GET, PUT and DELETE on a dropped connection; it is refused here, without touching private attributes.
    """

    def __init__(self, pacer: Pacer, tls: ssl.SSLContext | bool) -> None:
        super().__init__(limit=0, keepalive_timeout=KEEP_ALIVE, ttl_dns_cache=300, ssl=tls)
        self._pacer = pacer

    async def open(self, req: ClientRequest, timeout: aiohttp.ClientTimeout) -> Connection:
        """Return a connection; nothing leaves by it yet. Raises what aiohttp's connector raises."""
        try:
            return await super().connect(req, [], timeout)
        except TimeoutError as error:
            raise aiohttp.ConnectionTimeoutError from error

    async def connect(
        self, req: ClientRequest, traces: list[Trace], timeout: aiohttp.ClientTimeout
    ) -> Connection:
        """Return a connection for the running attempt of aiohttp's session, which leaves with it.

        Raises what aiohttp's connector raises, and RepetitionError.
        """
        attempt = running.get()
        if attempt.left:
            raise RepetitionError
        while True:
            connection = await self.open(req, timeout)
            try:
                await self._pacer.window_open()
            except BaseException:
                connection.close()
                raise
            if not connection.closed:
                break
            connection.close()  # it was closed by the server while we waited
        attempt.leave(self._pacer.departed())
        return connection
