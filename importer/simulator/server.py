"""The HTTP shell: one port for both systems, the page and the admin resources; where faults strike.

A request passes in this order: Host, route, log and faults drawn, body, sign-in and limits, latency,
handler (which commits), answer.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from urllib.parse import unquote

from aiohttp import web

from importer.simulator import admin, page
from importer.simulator.delivery import LOGIN_PAGE, Delivery, Pauses
from importer.simulator.faults import FAULTS, Phase
from importer.simulator.http import Call, Reply, Route, Router, System
from importer.simulator.ibm.server import CaseManager
from importer.simulator.options import Options, SimulatorError
from importer.simulator.salesforce.rs256 import read_key
from importer.simulator.salesforce.server import Salesforce
from importer.simulator.world import Departure, World

BODY_LIMIT = 50 * 1024 * 1024
"""Bytes of a request body (facts: Salesforce §8); more is answered 413."""
BACKLOG = 1024
STOP_SECONDS = 5.0
"""How long a stop waits for requests that are being handled."""
_HOSTS = ("127.0.0.1", "localhost", "[::1]")
_LINE_LIMIT = 65_536
_UPLOAD_CHUNK = 262_144

Outcome = tuple[Reply, str | None] | None
"""An answer and the fault that spoils it on its way; None drops the connection."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request on its way through a system."""

    system: System
    route: Route
    call: Call
    departure: Departure
    request: web.Request


class Shell:
    """Answers requests for one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.pauses = Pauses()
        self.active = 0
        self.idle = asyncio.Event()
        self.idle.set()
        self._delivery = Delivery(world, self.pauses)
        self._creating = 0
        self._locked: set[str] = set()
        self._hosts: frozenset[str] = frozenset()
        self._systems = {
            root: (system, Router(system.routes)) for system in world.systems for root in system.roots
        }

    def listen_on(self, port: int) -> None:
        """Take Host headers that name this port on loopback, and no others."""
        self._hosts = frozenset(f"{host}:{port}" for host in _HOSTS)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        if request.headers.get("Host", "").lower() not in self._hosts:
            return web.Response(status=421, text="This simulator answers on loopback only.\n")
        self.active += 1
        self.idle.clear()
        try:
            segments = [unquote(part) for part in request.rel_url.raw_path.strip("/").split("/")]
            if segments[0] in self._systems:
                return await self._serve(*self._systems[segments[0]], request, segments)
            call = await self._call(request)
            own = admin.answer if segments[0] == admin.ROOT else page.answer
            return self._delivery.whole(request, own(self.world, call, segments))
        finally:
            self.active -= 1
            if not self.active:
                self.idle.set()

    @staticmethod
    async def _call(request: web.Request) -> Call:
        body = await request.read()
        origin = f"http://{request.host}"
        return Call(request.method, request.raw_path, request.query, request.headers, body, origin)

    async def _serve(
        self, system: System, router: Router, request: web.Request, segments: list[str]
    ) -> web.StreamResponse:
        found = router.find(request.method, segments)
        departure = self.world.draw(system.name, await self._kind(found, request), request.method)
        try:
            upload = not isinstance(found, list) and found[0].upload
            call = await (self._upload if upload else self._call)(request)
        except web.RequestPayloadError:
            reply = Reply.html(400, "The body cannot be decoded.")
            return await self._send(request, departure, reply, None)
        try:
            return await self._answer(system, found, request, departure, call)
        finally:
            if call.file:
                call.file.unlink(missing_ok=True)

    @staticmethod
    async def _kind(found: tuple[Route, dict[str, str]] | list[str], request: web.Request) -> str:
        if isinstance(found, list):
            return "other"
        route = found[0]
        if route.sort is None:
            return route.kind
        try:
            return route.sort(await request.read())
        except web.RequestPayloadError:
            return route.kind

    async def _upload(self, request: web.Request) -> Call:
        """Read a body into a file of its own, for a handler to take away; too large a one is not kept."""
        path, size, most = self.world.scratch(), 0, self.world.behaviour.bulk_upload_limit
        try:
            with path.open("wb") as file:
                async for chunk in request.content.iter_chunked(_UPLOAD_CHUNK):
                    size += len(chunk)
                    if size <= most:
                        file.write(chunk)
        except BaseException:
            path.unlink()
            raise
        if size > most:
            path.unlink()
        origin, kept = f"http://{request.host}", path if size <= most else None
        return Call(request.method, request.raw_path, request.query, request.headers, b"", origin, file=kept)

    async def _answer(
        self,
        system: System,
        found: tuple[Route, dict[str, str]] | list[str],
        request: web.Request,
        departure: Departure,
        call: Call,
    ) -> web.StreamResponse:
        if isinstance(found, list):
            return await self._send(request, departure, system.unknown(self.world, call, found), None)
        route, call.args = found
        call.faults = frozenset(departure.faults)
        if self._note(departure, Phase.ARRIVAL) == "expire_session":
            self.world.expire()
        outcome = await self._handle(Exchange(system, route, call, departure, request))
        if not outcome:
            return self._delivery.drop(request)
        reply, fault = outcome
        return await self._send(request, departure, system.complete(self.world, call, route, reply), fault)

    async def _handle(self, exchange: Exchange) -> Outcome:
        """Admit and handle a request."""
        refusal = exchange.system.admit(self.world, exchange.call, exchange.route)
        if refusal:
            await self.pauses.sleep(self.world.behaviour.latency)
            return refusal, None
        if exchange.departure.kind != "create":
            return await self._run(exchange, self._before(exchange))
        self._creating += 1
        before = self._refusal_of_create(exchange)
        lock = self.world.behaviour.lock_parents
        parents = exchange.system.parents(exchange.call) if lock else frozenset()
        if exchange.route.rows:
            exchange.call.locked = parents & self._locked
            parents -= exchange.call.locked
        elif not before and parents & self._locked:
            before, parents = "row_lock", frozenset()
        self._locked |= parents
        try:
            return await self._run(exchange, before)
        finally:
            self._locked -= parents
            self._creating -= 1

    def _refusal_of_create(self, exchange: Exchange) -> str | None:
        limit = self.world.behaviour.concurrent_limit
        if limit and self._creating > limit:
            return "concurrent_requests"
        return self._before(exchange)

    def _before(self, exchange: Exchange) -> str | None:
        """Give the fault that acts instead of the handler; locks of many rows are the handler's."""
        before = self._note(exchange.departure, Phase.BEFORE)
        return None if before == "row_lock" and exchange.route.rows else before

    async def _run(self, exchange: Exchange, before: str | None) -> Outcome:
        if before == "late_commit":
            self._delivery.drop(exchange.request)
            await self.pauses.sleep(self.world.behaviour.late_by)
        await self.pauses.sleep(self.world.behaviour.latency)
        return self._outcome(exchange, before)

    def _outcome(self, exchange: Exchange, before: str | None) -> Outcome:
        """Refuse as the fault says, or run the handler; no other request comes in between."""
        if before == "lose_before_commit":
            return None
        if before == "html_200_before":
            return Reply.html(200, LOGIN_PAGE), None
        if before and before != "late_commit":
            return exchange.system.refuse(self.world, before), None
        for name in exchange.departure.faults:
            if FAULTS[name][0] is Phase.CHANGE:
                self.world.faults.note(name, exchange.departure.ordinal)
        reply = exchange.route.handler(self.world, exchange.call)
        if before == "late_commit":
            return None
        after = self._note(exchange.departure, Phase.AFTER)
        if after == "lose_after_commit":
            return None
        if after == "html_200_after":
            return Reply.html(200, LOGIN_PAGE), None
        if after and after.startswith("http_"):
            return exchange.system.refuse(self.world, after), None
        return reply, after

    def _note(self, departure: Departure, phase: Phase) -> str | None:
        """Give the first fault of that phase that strikes this request, remembering that it acted."""
        for name in departure.faults:
            if FAULTS[name][0] is phase:
                self.world.faults.note(name, departure.ordinal)
                return name
        return None

    async def _send(
        self, request: web.Request, departure: Departure, reply: Reply, fault: str | None
    ) -> web.StreamResponse:
        departure.status = reply.status
        return await self._delivery.send(request, reply, fault)


@dataclass(slots=True)
class Running:
    """A simulator that listens. ``url`` has no slash at its end."""

    url: str
    world: World
    shell: Shell
    runner: web.AppRunner

    @property
    def start_line(self) -> dict[str, object]:
        """What the program prints: url, page, pid, seed."""
        return self.world.start_line(self.url)

    async def stop(self) -> None:
        """Take no more connections, let requests in hand commit at once, and let go of the store."""
        for site in list(self.runner.sites):
            await site.stop()
        self.shell.pauses.end()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self.shell.idle.wait()
        except TimeoutError:
            pass
        await self.runner.cleanup()
        for system in self.world.systems:
            await system.stop()
        self.world.close()


async def serve(options: Options) -> Running:
    """Start a simulator on loopback. Raises SimulatorError: a bad option, the store or the port is taken."""
    jwt_key = read_key(options.jwt_key) if options.jwt_key is not None else None
    world = World(options, (Salesforce(jwt_key), CaseManager()))
    try:
        shell = Shell(world)
        app = web.Application(client_max_size=BODY_LIMIT)
        app.router.add_route("*", "/{path:.*}", shell.handle)
        runner = web.AppRunner(
            app, access_log=None, shutdown_timeout=0.1, max_line_size=_LINE_LIMIT, max_field_size=_LINE_LIMIT
        )
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", options.port, backlog=BACKLOG).start()
        except (OSError, OverflowError) as error:
            await runner.cleanup()
            raise SimulatorError(f"Port {options.port} cannot be used: {error}.") from None
        port = runner.addresses[0][1]
        shell.listen_on(port)
    except BaseException:
        world.close()
        raise
    for system in world.systems:
        system.start(world)
    url = f"http://127.0.0.1:{port}"
    world.store.publish(url)
    return Running(url, world, shell, runner)
