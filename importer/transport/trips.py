"""Requests on their way, by the tasks that send them; those that have not left can be called back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any

from importer.transport.deadlines import Deadlines
from importer.transport.delivery import Delivery, NotSent

ENDING = NotSent("the run is ending", passing=False)
HELD = NotSent("it was not its turn in time", held=True)
NO_CONNECTION = NotSent("no connection came about in time")


@dataclass(slots=True, eq=False)
class Trip:
    """One request on its way. Moments are seconds of the event loop's clock.

    ``waiting``: it has not left, and nothing of it is lost when it is called back. ``tried``: a connection
    was sought for it, in vain so far. ``departed`` is its last departure, ``ended`` when that attempt ended.
    """

    task: asyncio.Task[Any]
    began: float
    waiting: bool = False
    tried: bool = False
    departed: float | None = None
    ended: float = 0.0
    called_back: NotSent | None = None

    def leaves(self, now: float) -> None:
        """Its request leaves: it cannot be called back."""
        self.waiting = self.tried = False
        self.departed = now


class Trips:
    """The trips of one transport. ``paused`` tells whether all departures are held back at the moment."""

    def __init__(self, paused: Callable[[], bool]) -> None:
        self._paused = paused
        self._over = False
        self._deadlines = Deadlines()
        self._trips: set[Trip] = set()

    async def take(
        self, sending: Callable[[Trip], Coroutine[Any, Any, Delivery]], *, leave_within: float | None = None
    ) -> Delivery:
        """Wait for ``sending``; it is called back when it has not left within ``leave_within`` seconds."""
        task = asyncio.current_task()
        assert task is not None
        trip = Trip(task, asyncio.get_running_loop().time())
        self._trips.add(trip)
        deadline = None
        if leave_within is not None:
            deadline = self._deadlines.after(leave_within, partial(self._too_late, trip))
        try:
            return await sending(trip)
        except asyncio.CancelledError:
            if trip.called_back is None:
                raise
            if trip.task.uncancel():  # it was cancelled besides: that comes at the next wait
                trip.task.uncancel()
                trip.task.cancel()
            return trip.called_back
        finally:
            self._trips.discard(trip)
            if deadline is not None:
                deadline.cancel()

    def wait(self, trip: Trip) -> bool:
        """Count the request of ``trip`` as waiting; return False when nothing leaves any more."""
        if self._over:
            return False
        trip.waiting = True
        return True

    def stop(self) -> None:
        """Call back everything that has not left; nothing leaves from now on."""
        self._over = True
        for trip in self._trips:
            _call_back(trip, ENDING)

    def _too_late(self, trip: Trip) -> None:
        """A turn that does not come is nobody's fault; a connection that does not come is the server's."""
        _call_back(trip, NO_CONNECTION if trip.tried and not self._paused() else HELD)


def _call_back(trip: Trip, verdict: NotSent) -> None:
    if trip.waiting:
        trip.waiting = False
        trip.called_back = verdict
        trip.task.cancel()
