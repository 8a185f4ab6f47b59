"""The way of a request: retry, slot, sign-in, turn, socket (design §3)."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from types import TracebackType
from typing import Protocol, Self

from importer.model.secret import Secret
from importer.model.target import Traffic
from importer.settings import ConnectionSettings
from importer.transport.congestion import Congestion, Sign, sign_of_status
from importer.transport.delivery import Answered, Delivery, MaybeDelivered, NotSent, Request
from importer.transport.pacing import Pacer
from importer.transport.proxy import plain, proxy_of
from importer.transport.retry import Repeats, retry_after
from importer.transport.signin import Session, SignIn, SignInGate
from importer.transport.slots import Slots
from importer.transport.trips import ENDING, HELD, Trip, Trips

log = logging.getLogger("importer.transport")

PATIENCE = 5.0
"""Seconds for which a request that does not leave is tried again. Short: who has mistyped an address must not
wait, and an outage is waited for by the run, which can say so."""
LEAVE_WITHIN = 10.0
"""Seconds within which a create leaves, or comes back as not sent. Its intent was written when it was handed
over, and whoever asks the server later what became of it (design §4) counts from there."""
PROBE_TIMEOUT = 20.0
"""Seconds within which a server that is there answers a probe."""


class Exchange(Protocol):
    """One attempt over the network: ``Wire``, or a stand-in for it in tests."""

    async def exchange(
        self, base_url: str, headers: Mapping[str, str], request: Request, leaves: Callable[[float], None], /
    ) -> Delivery:
        """Send once and say how it ended; ``leaves`` is called at the moment when it leaves."""
        ...

    def forget_cookies(self) -> None:
        """Drop what belongs to a session that is over."""
        ...

    async def close(self) -> None:
        """Give back connections."""
        ...


Hear = Callable[[Answered], Sign]
"""What a target makes of every answer, whatever it belongs to: it looks at its headers, and says how busy the
server is."""


def hear_status(answer: Answered) -> Sign:
    """Go by the HTTP status alone."""
    return sign_of_status(answer.status)


class Transport:
    """Delivers requests to one system. Belongs to the event loop in which it is first used.

    ``hear`` is told every answer. ``patience`` in seconds bounds how long a request that does not leave is
    tried again. ``rng`` draws the jitter. ``pacer`` and ``exchange`` replace the clockwork and the network in
    tests. Raises SettingsError when a certificate file or the proxy of the connection is not usable.
    """

    def __init__(
        self,
        settings: ConnectionSettings,
        sign_in: SignIn,
        *,
        hear: Hear = hear_status,
        patience: float = PATIENCE,
        rng: random.Random | None = None,
        pacer: Pacer | None = None,
        exchange: Exchange | None = None,
    ) -> None:
        self.pacer = pacer or Pacer(settings.rate)
        self.slots = Slots(settings.concurrency)
        self._congestion = Congestion(settings.concurrency)
        self._hear = hear
        self._exchange = exchange or _open_wire(settings, self.pacer)
        self._sign_in = sign_in
        self._gate = SignInGate(
            sign_in, self._send_sign_in, self._exchange.forget_cookies, allow_http=settings.allow_http
        )
        self._patience = patience
        self._rng = rng or random.Random()
        self._headers: tuple[Session, Mapping[str, str]] | None = None
        self._trips = Trips(lambda: self.pacer.paused_for > 0)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def send(self, request: Request) -> Delivery:
        """Deliver ``request`` and say how it ended.

        NotSent is repeated while patience lasts; what was maybe delivered is never repeated, unless the
        request only reads. What creates leaves within LEAVE_WITHIN, or not at all. Raises TargetError when
        signing in is refused or not possible; the request has then not been delivered. When cancelled, it may
        have been.
        """
        leave_within = LEAVE_WITHIN if request.creates else None
        sending = partial(self._patiently, request, self._through_slot)
        delivery = await self._trips.take(sending, leave_within=leave_within)
        if isinstance(delivery, NotSent) and delivery.passing and not delivery.held:
            self._congestion.begin_again(asyncio.get_running_loop().time())
            self._resize()
        return delivery

    def stop(self) -> None:
        """From now on nothing leaves: what still waits comes back as NotSent, what has left goes on."""
        self._trips.stop()

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
        pacer, meter = self.pacer, self.pacer.meter
        return Traffic(
            pacer.departures,
            pacer.first_departure,
            pacer.last_departure,
            meter.latencies,
            meter.lost,
            meter.repeats,
            pacer.pauses,
            pacer.paused,
            self.slots.limit,
        )

    def pause(self, seconds: float, reason: str) -> None:
        """Let nothing depart for ``seconds``, on a slow-down signal of the server."""
        self.pacer.pause(seconds, reason)

    async def probe(self, request: Request, *, signed_in: bool) -> bool:
        """Ask once, past the slots and without signing in, whether the server answers.

        ``request`` only reads and goes to the session's address, or to the one of the sign-in while there is
        no session; with ``signed_in`` it carries the session's headers. A status of 500 and more is no
        answer: it comes from what stands before the server.
        """
        session = self._gate.current
        base_url = session.base_url if session is not None else self._sign_in.base_url
        headers = self._headers_of(session) if session is not None and signed_in else {}
        try:
            async with asyncio.timeout(PROBE_TIMEOUT):
                delivery = await self._trips.take(partial(self._attempt, base_url, headers, request))
        except TimeoutError:
            return False
        return isinstance(delivery, Answered) and delivery.status < 500

    async def close(self) -> None:
        """Give back connections."""
        await self._gate.close()
        self.pacer.close()
        await self._exchange.close()

    async def _through_slot(self, request: Request, trip: Trip) -> Delivery:
        async with self.slots:
            session = self._gate.at_hand() or await self._gate.session()
            delivery = await self._attempt(session.base_url, self._headers_of(session), request, trip)
            if isinstance(delivery, Answered) and self._sign_in.expired(delivery):
                if request.creates and delivery.status < 300:
                    self._gate.drop(session)  # a sign-in page with 200: nobody knows what became of it
                    return delivery
                session = await self._gate.renew(session)
                if request.creates and asyncio.get_running_loop().time() - trip.began > LEAVE_WITHIN:
                    return HELD  # it was refused before it was looked at, and its intent is too old by now
                delivery = await self._attempt(session.base_url, self._headers_of(session), request, trip)
            self._adapt(request, delivery, trip)
            return delivery

    def _adapt(self, request: Request, delivery: Delivery, trip: Trip) -> None:
        """Let more or fewer requests in flight, by how this one ended. Reads take their own time."""
        sign = self._hear(delivery) if isinstance(delivery, Answered) else Sign.TROUBLED
        if trip.departed is None or isinstance(delivery, NotSent):
            return
        if not request.creates and sign is not Sign.BUSY:
            return
        self._congestion.heard(sign, trip.departed, trip.ended, self.slots.in_use)
        self._resize()

    def _resize(self) -> None:
        if self.slots.limit != self._congestion.limit:
            self.slots.resize(self._congestion.limit)
            log.debug("%d of %d requests may be in flight", self.slots.limit, self._congestion.ceiling)

    async def _send_sign_in(self, request: Request, base_url: str = "", /) -> Delivery:
        async def attempt(request: Request, trip: Trip) -> Delivery:
            return await self._attempt(base_url or self._sign_in.base_url, {}, request, trip)

        return await self._trips.take(partial(self._patiently, request, attempt))

    async def _attempt(
        self, base_url: str, headers: Mapping[str, str], request: Request, trip: Trip
    ) -> Delivery:
        """Send once, when it is this request's turn."""
        if not self._trips.wait(trip):
            return ENDING
        await self.pacer.turn()
        trip.tried, trip.departed = True, None
        began = time.perf_counter()
        delivery = await self._exchange.exchange(base_url, headers, request, trip.leaves)
        trip.ended = asyncio.get_running_loop().time()
        self._measure(delivery, trip)
        if log.isEnabledFor(logging.DEBUG):
            _log(request, delivery, time.perf_counter() - began)
        return delivery

    def _measure(self, delivery: Delivery, trip: Trip) -> None:
        if trip.departed is not None and isinstance(delivery, Answered):
            self.pacer.meter.answered(trip.ended - trip.departed)
        elif isinstance(delivery, MaybeDelivered):
            self.pacer.meter.lost += 1

    async def _patiently(
        self, request: Request, attempt: Callable[[Request, Trip], Awaitable[Delivery]], trip: Trip
    ) -> Delivery:
        """Send, and repeat what is safe to repeat; nothing is held while waiting for it."""
        if not self._trips.wait(trip):
            return ENDING
        delivery = await attempt(request, trip)
        if request.creates and not isinstance(delivery, NotSent):
            return delivery
        repeats = Repeats(request, self._rng)
        clock = asyncio.get_running_loop().time
        while True:
            asked = _retry_after(delivery)
            wait = repeats.wait(delivery, clock(), self._patience, asked)
            if wait is None:
                break
            if asked:
                self.pause(asked, "the server named this time")
            if not self._trips.wait(trip):
                break
            await asyncio.sleep(wait)
            self.pacer.meter.repeats += 1
            delivery = await attempt(request, trip)
        return delivery

    def _headers_of(self, session: Session) -> Mapping[str, str]:
        """Return the headers of ``session`` as they go out, made once for all its requests."""
        if self._headers is None or self._headers[0] is not session:
            revealed = {
                name: value.reveal() if isinstance(value, Secret) else value
                for name, value in session.headers.items()
            }
            self._headers = (session, revealed)
        return self._headers[1]


def _retry_after(delivery: Delivery) -> float | None:
    return retry_after(delivery.headers, time.time()) if isinstance(delivery, Answered) else None


def _open_wire(settings: ConnectionSettings, pacer: Pacer) -> Exchange:
    from importer.transport.wire import Wire, tls_context  # aiohttp takes 0.3 s to import

    return Wire(
        pacer,
        answer_timeout=settings.request_timeout,
        tls=tls_context(
            settings.ca_file,
            settings.client_cert,
            settings.client_key,
            plain(settings.client_cert_password),
        ),
        proxy=proxy_of(settings),
    )


def _log(request: Request, delivery: Delivery, seconds: float) -> None:
    """Log an attempt by its purpose: the path may hold a row's key, headers and bodies hold more."""
    end = (
        delivery.status if isinstance(delivery, Answered) else f"{type(delivery).__name__}, {delivery.reason}"
    )
    log.debug("%s %s: %s, %.0f ms", request.method, request.purpose, end, seconds * 1000)
