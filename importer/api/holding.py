"""A target for one import over a connection that serves several, and whose caller may be slow."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from importer.model.draft import Draft
from importer.model.outcome import RowOutcome
from importer.model.target import Note, Path, Target, Traffic

Room = Callable[[], Awaitable[None]]
"""Waits until a further request may leave."""


def held(target: Target, room: Room | None, calls: int) -> Target:
    """Return ``target`` as one import sees it: no rows leave before there is ``room``; None: there is.

    ``calls`` is what had left for other imports before; it does not count.
    """
    return cast("Target", _Held(target, room, calls))


class _Held:
    """Passes on everything that it does not say itself."""

    def __init__(self, target: Target, room: Room | None, calls: int) -> None:
        self._target = target
        self._room = room
        self._calls = calls
        self._began = asyncio.get_running_loop().time()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._target, name)

    def path(self, name: str) -> Path:
        """Return the path called ``name``, held."""
        path = self._target.path(name)
        return path if self._room is None else cast("Path", _HeldPath(path, self._room))

    def traffic(self) -> Traffic:
        """Return what has left for this import."""
        whole = self._target.traffic()
        calls = whole.calls - self._calls
        if not calls or whole.first is None:
            return replace(whole, calls=0, first=None, last=None)
        first = max(whole.first, self._began) if self._calls else whole.first
        return replace(whole, calls=calls, first=first)


class _HeldPath:
    """A path on which a send waits for room; its intent is durable by then, as with any other wait."""

    def __init__(self, path: Path, room: Room) -> None:
        self._path = path
        self._room = room

    def __getattr__(self, name: str) -> Any:
        return getattr(self._path, name)

    async def deliver(self, batch: Sequence[Draft], note: Note) -> Mapping[int, RowOutcome]:
        """Send ``batch`` once there is room, and return each row's outcome."""
        await self._room()
        return await self._path.deliver(batch, note)
