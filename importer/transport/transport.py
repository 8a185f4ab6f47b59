"""The way of a request: retry, slot, sign-in, turn, socket (design §3)."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from types import TracebackType
from typing import Any, Protocol, Self

from importer.model.errors import SettingsError
from importer.model.secret import Secret
from importer.model.target import Traffic
from importer.settings import ConnectionSettings, fetch_value
from importer.transport.delivery import Answered, Delivery, NotSent, Request
from importer.transport.pacing import Pacer
from importer.transport.retry import Repeats, retry_after
from importer.transport.signin import Session, SignIn, SignInGate
from importer.transport.slots import Slots

log = logging.getLogger("importer.transport")

PATIENCE = 60.0
"""Seconds for which a request that does not leave is tried again, once the server has answered anything."""
FIRST_PATIENCE = 5.0
"""The same before the first answer of all: who has mistyped an address must not wait for a minute."""


ENDING = NotSent("the run is ending", passing=False)


class Exchange(Protocol):
    """One attempt over the network: ``Wire``, or a stand-in for it in tests."""

    async def exchange(self, base_url: str, headers: Mapping[str, str], request: Request) -> Delivery:
        """Send once and say how it ended."""
        ...

    def forget_cookies(self) -> None:
        """Drop what belongs to a session that is over."""
        ...

    async def close(self) -> None:
        """Give back connections."""
        ...


class Transport:
    """Delivers requests to one system. Belongs to the event loop in which it is first used.

    ``patience`` in seconds bounds how long a request that does not leave is tried again. ``rng`` draws the
    jitter. ``pacer`` and ``exchange`` replace the clockwork and the network in tests. Raises SettingsError
    when a certificate file or the proxy of the connection is not usable.
    """

    def __init__(
        self,
        settings: ConnectionSettings,
        sign_in: SignIn,
        *,
        patience: float = PATIENCE,
        rng: random.Random | None = None,
        pacer: Pacer | None = None,
        exchange: Exchange | None = None,
    ) -> None:
        self.pacer = pacer or Pacer(settings.rate)
        self.slots = Slots(settings.concurrency)
        self._exchange = exchange or _open_wire(settings, self.pacer)
        self._sign_in = sign_in
        self._gate = SignInGate(
            sign_in, self._send_sign_in, self._exchange.forget_cookies, allow_http=settings.allow_http
        )
        self._patience = patience
        self._rng = rng or random.Random()
        self._reached = False
        self._headers: tuple[Session, Mapping[str, str]] | None = None
        self._stopping = False
        self._waiting: set[asyncio.Task[Any]] = set()
        self._recalled: set[asyncio.Task[Any]] = set()
        self.pacer.on_departure = self._left

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def send(self, request: Request) -> Delivery:
        """Deliver ``request`` and say how it ended.

        NotSent is repeated while patience lasts; what was maybe delivered is never repeated, unless the
        request only reads. Raises TargetError when signing in is refused or not possible; the request has
        then not been delivered. When cancelled, it may have been.
        """
        return await self._recallable(self._patiently(request, self._through_slot))

    def stop(self) -> None:
        """From now on nothing leaves: what still waits comes back as NotSent, what has left goes on."""
        self._stopping = True
        for task in self._waiting:
            self._recalled.add(task)
            task.cancel()
        self._waiting.clear()

    async def sign_in(self) -> Session:
        """Return the session, after signing in if need be. Raises TargetError."""
        return await self._gate.session()

    @property
    def sign_ins(self) -> int:
        """How often signing in was tried."""
        return self._gate.sign_ins

    @property
    def traffic(self) -> Traffic:
        """What has left so far: every attempt, sign-in and look-up counted."""
        return Traffic(self.pacer.departures, self.pacer.first_departure, self.pacer.last_departure)

    def pause(self, seconds: float, reason: str) -> None:
        """Let nothing depart for ``seconds``, on a slow-down signal of the server."""
        self.pacer.pause(seconds, reason)

    async def close(self) -> None:
        """Give back connections."""
        await self._gate.close()
        self.pacer.close()
        await self._exchange.close()

    async def _through_slot(self, request: Request) -> Delivery:
        async with self.slots:
            session = await self._gate.session()
            delivery = await self._attempt(session.base_url, self._headers_of(session), request)
            if isinstance(delivery, Answered) and self._sign_in.expired(delivery):
                session = await self._gate.renew(session)
                delivery = await self._attempt(session.base_url, self._headers_of(session), request)
            return delivery

    async def _send_sign_in(self, request: Request) -> Delivery:
        async def attempt(request: Request) -> Delivery:
            return await self._attempt(self._sign_in.base_url, {}, request)

        return await self._recallable(self._patiently(request, attempt))

    async def _recallable(self, sending: Coroutine[Any, Any, Delivery]) -> Delivery:
        """Wait for ``sending``, which ``stop`` may call back as long as its request has not left."""
        task = asyncio.current_task()
        assert task is not None
        try:
            return await sending
        except asyncio.CancelledError:
            if task not in self._recalled:
                raise
            task.uncancel()
            return ENDING
        finally:
            self._waiting.discard(task)
            self._recalled.discard(task)

    def _await_departure(self) -> bool:
        """Count the request of this task as waiting; return False when nothing leaves any more."""
        task = asyncio.current_task()
        if self._stopping or task is None:
            return False
        self._waiting.add(task)
        return True

    def _left(self) -> None:
        """The request of this task leaves: it cannot be called back."""
        task = asyncio.current_task()
        if task is not None:
            self._waiting.discard(task)

    async def _attempt(self, base_url: str, headers: Mapping[str, str], request: Request) -> Delivery:
        """Send once, when it is this request's turn."""
        if not self._await_departure():
            return ENDING
        await self.pacer.turn()
        began = time.perf_counter()
        delivery = await self._exchange.exchange(base_url, headers, request)
        if isinstance(delivery, Answered):
            self._reached = True
        if log.isEnabledFor(logging.DEBUG):
            _log(request, delivery, time.perf_counter() - began)
        return delivery

    async def _patiently(
        self, request: Request, attempt: Callable[[Request], Awaitable[Delivery]]
    ) -> Delivery:
        """Send, and repeat what is safe to repeat; nothing is held while waiting for it."""
        if not self._await_departure():
            return ENDING
        delivery = await attempt(request)
        if request.creates and not isinstance(delivery, NotSent):
            return delivery
        repeats = Repeats(request, self._rng)
        clock = asyncio.get_running_loop().time
        while (wait := repeats.wait(delivery, clock(), self._patience_now())) is not None:
            self._heed(delivery)
            if not self._await_departure():
                break
            await asyncio.sleep(wait)
            delivery = await attempt(request)
        return delivery

    def _patience_now(self) -> float:
        return self._patience if self._reached else min(FIRST_PATIENCE, self._patience)

    def _heed(self, delivery: Delivery) -> None:
        """Slow the whole run when a busy server has named a time."""
        if isinstance(delivery, Answered):
            seconds = retry_after(delivery.headers, time.time())
            if seconds:
                self.pause(seconds, f"the server answered {delivery.status} and named this time")

    def _headers_of(self, session: Session) -> Mapping[str, str]:
        """Return the headers of ``session`` as they go out, made once for all its requests."""
        if self._headers is None or self._headers[0] is not session:
            revealed = {
                name: value.reveal() if isinstance(value, Secret) else value
                for name, value in session.headers.items()
            }
            self._headers = (session, revealed)
        return self._headers[1]


def _open_wire(settings: ConnectionSettings, pacer: Pacer) -> Exchange:
    from importer.transport.wire import Wire, tls_context  # aiohttp takes 0.3 s to import

    return Wire(
        pacer,
        answer_timeout=settings.request_timeout,
        tls=tls_context(settings.ca_file, settings.client_cert),
        proxy=_proxy_of(settings),
    )


def _proxy_of(settings: ConnectionSettings) -> str | None:
    found = fetch_value(settings.proxy)
    proxy = found.reveal() if isinstance(found, Secret) else found
    if proxy is not None and not proxy.startswith(("http://", "https://")):
        raise SettingsError(
            "BAD_PROXY",
            f"[{settings.name}] proxy: this is not the address of a proxy.",
            "Expected for example http://proxy.example.com:3128.",
        )
    return proxy


def _log(request: Request, delivery: Delivery, seconds: float) -> None:
    """Log an attempt by its purpose: the path may hold a row's key, headers and bodies hold more."""
    end = (
        delivery.status if isinstance(delivery, Answered) else f"{type(delivery).__name__}, {delivery.reason}"
    )
    log.debug("%s %s: %s, %.0f ms", request.method, request.purpose, end, seconds * 1000)
