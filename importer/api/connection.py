"""A connection as the library's callers hold it: opened once, used for any number of imports."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self, TypeVar

from importer.api.following import log
from importer.api.opening import Place, find_place, settings_for, target_for
from importer.api.options import Where
from importer.api.stand_in import StandIn
from importer.mapping.spec import MappingFile
from importer.model.errors import ImporterError, SettingsError
from importer.model.target import System, Target
from importer.settings import (
    SIMULATOR,
    ConnectionSettings,
    Rate,
    fetched,
    parse_rate,
    simulator_connection,
)

T = TypeVar("T")
AnyPath = str | os.PathLike[str]


class AtWork(Protocol):
    """An import that uses the connection."""

    left: bool

    def leave(self) -> None:
        """Send nothing new."""
        ...

    async def drained(self) -> ImporterError | None:
        """Wait until nothing is in flight and return what went wrong meanwhile."""
        ...

    async def over(self) -> None:
        """Wait for its end as one who has no part in it."""
        ...


@dataclass(frozen=True, slots=True)
class Ready:
    """A target that is signed in, for the mapping with this digest. ``calls`` had left when it was taken."""

    digest: str
    settings: ConnectionSettings
    target: Target
    system: System
    calls: int = 0


class Connection:
    """A connection of the connections file, or ``simulator``; an asynchronous context manager.

    It belongs to the event loop in which it is entered. Leaving it ends the imports that still use it:
    nothing new is sent, what is in flight is waited for. Signing in happens with the first import; later ones
    with the same mapping use that session.
    """

    def __init__(self, where: Where, rate: Rate | None, concurrency: int | None) -> None:
        self._where = where
        self._rate = rate
        self._concurrency = concurrency
        self._place: Place | None = None
        self._stand_in: StandIn | None = None
        self._url = ""
        self._spare: Ready | None = None
        self._quiet_until = 0.0
        self._at_work: set[AtWork] = set()

    @classmethod
    def open(
        cls,
        name: str | None = None,
        *,
        connections: AnyPath | None = None,
        state: AnyPath | None = None,
        rate: str | None = None,
        concurrency: int | None = None,
    ) -> Connection:
        """Return the connection called ``name``, to be entered with ``async with``; None: the default one.

        ``connections`` is the connections file, ``state`` the folder of the journal; without them they are
        found as the command line finds them. ``rate`` (like ``"20/s"``; ValueError when it is no rate) and
        ``concurrency`` (requests in flight) win over the connection's. Entering raises SettingsError, and
        ImporterError when the simulator does not start.
        """
        where = Where(name, _path(connections), _path(state))
        return cls(where, None if rate is None else parse_rate(rate), concurrency)

    def __repr__(self) -> str:
        return f"<Connection {self.name}{'' if self._place else ', not open'}>"

    @property
    def name(self) -> str:
        """The connection's name; before it is entered, as it was given."""
        return (self._place.name if self._place else self._where.connection) or "(default)"

    @property
    def is_open(self) -> bool:
        """Whether the connection can be used."""
        return self._place is not None

    @property
    def state(self) -> Path:
        """The folder of the journal, where an import names no other."""
        return self._opened().state

    async def __aenter__(self) -> Self:
        if self._place is not None:
            raise RuntimeError(f"{self!r} is open already")
        place = find_place(self._where)
        # It takes a fifth of a second: the caller's loop need not stand still for it.
        await in_thread(import_module, "importer.transport.wire")
        if place.name == SIMULATOR:
            self._stand_in = StandIn(place.state)
            try:
                self._url = (await in_thread(self._stand_in.start)).url
            except BaseException:
                self._stand_in.close()
                raise
        else:
            place.connections.get(place.name)
        self._place = place
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            failures = await self._end_all()
        finally:
            self._place = None
            spare, self._spare = self._spare, None
            try:
                if spare is not None:
                    await spare.target.close()
            finally:
                if self._stand_in is not None:
                    await in_thread(self._stand_in.close)
        for failure in failures:
            if error is None:
                raise failure
            log.error("An import that was left has failed: %s", failure)

    async def _end_all(self) -> list[BaseException]:
        at_work = list(self._at_work)
        for each in at_work:
            each.leave()
        found = await asyncio.gather(*(each.drained() for each in at_work), return_exceptions=True)
        return [failure for failure in found if failure is not None]

    def add(self, work: AtWork) -> None:
        """Remember an import that begins to use the connection."""
        self._opened()
        self._at_work.add(work)

    def remove(self, work: AtWork) -> None:
        """Forget an import that has ended."""
        self._at_work.discard(work)

    async def others_drained(self, work: AtWork) -> None:
        """Wait for the imports that their callers have left: they hold the system until they have drained."""
        for each in [other for other in self._at_work if other is not work and other.left]:
            await each.over()

    @asynccontextmanager
    async def target(self, mapping: MappingFile, stopped: Callable[[], bool]) -> AsyncIterator[Ready]:
        """Give a target for ``mapping``, signed in, to one import. Raises SettingsError, TargetError.

        It is kept for the next import unless this one fails or, as ``stopped`` tells, ended early: such a
        target sends nothing any more.
        """
        ready = await self._take(mapping)
        keep = False
        try:
            yield ready
            keep = not stopped() and self._place is not None
        finally:
            await self._give_back(ready, keep=keep)

    async def _take(self, mapping: MappingFile) -> Ready:
        spare, self._spare = self._spare, None
        if spare is not None:
            if spare.digest == mapping.digest:
                return replace(spare, calls=spare.target.traffic().calls)
            await self._close(spare)
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(0.0, self._quiet_until - loop.time()))
        settings = await self._settings(mapping)
        target = target_for(settings, mapping)
        try:
            return Ready(mapping.digest, settings, target, await target.open())
        except BaseException:
            await target.close()
            raise

    async def _give_back(self, ready: Ready, *, keep: bool) -> None:
        if keep and self._spare is None:
            self._spare = ready
        else:
            await self._close(ready)

    async def _close(self, ready: Ready) -> None:
        """Close a target; another one counts its window anew, so it must not begin within this one's last."""
        last = ready.target.traffic().last
        if last is not None:
            self._quiet_until = max(self._quiet_until, last + ready.settings.rate.seconds)
        await ready.target.close()

    async def _settings(self, mapping: MappingFile) -> ConnectionSettings:
        """Return the settings with their secrets, which may take a command and its time to fetch."""
        place = self._opened()
        if place.name == SIMULATOR:
            settings = simulator_connection(mapping.target, self._url)
        else:
            # The simulator is not started here: another connection was named.
            found = settings_for(place, mapping.target, StandIn(place.state), log.info)
            settings = await in_thread(fetched, found, os.environ)
        return replace(
            settings,
            rate=self._rate or settings.rate,
            concurrency=self._concurrency or settings.concurrency,
        )

    def _opened(self) -> Place:
        if self._place is None:
            raise SettingsError(
                "CONNECTION_NOT_OPEN",
                f"The connection {self.name} is not open.",
                "Use it inside async with Connection.open(…) as connection.",
            )
        return self._place


async def in_thread(call: Callable[..., T], *arguments: object) -> T:
    """Return ``call(*arguments)``, done beside the event loop. When cancelled, wait for its end first."""
    doing = asyncio.ensure_future(asyncio.to_thread(call, *arguments))
    try:
        return await asyncio.shield(doing)
    except asyncio.CancelledError:
        await asyncio.wait({doing})
        raise


def _path(given: AnyPath | None) -> Path | None:
    return None if given is None else Path(given)
