"""How a leg is told to end early: by a person, a guard, the server, or a fault."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import TypeVar

from importer.model.errors import Exit, ImporterError

T = TypeVar("T")


class Control:
    """One per leg. The first reason wins; ``interrupt`` may be called from a signal handler of the loop.

    ``reason`` is a sentence for the person, ``exit`` the exit code it leads to.
    """

    def __init__(self) -> None:
        self._stopped = asyncio.Event()
        self._abandoned = asyncio.Event()
        self._on_stop: list[Callable[[], None]] = []
        self._on_abandon: list[Callable[[], None]] = []
        self.exit: Exit | None = None
        self.reason = ""
        self.remedy = ""
        self.failure: ImporterError | None = None

    @property
    def stopped(self) -> bool:
        """Whether no new row may be sent."""
        return self._stopped.is_set()

    def when_stopped(self, call: Callable[[], None]) -> None:
        """Have ``call`` called once when the leg is told to end."""
        self._on_stop.append(call)

    def when_abandoned(self, call: Callable[[], None]) -> None:
        """Have ``call`` called when what is in flight must not be waited for any longer."""
        self._on_abandon.append(call)

    def stop(self, exit: Exit, reason: str, remedy: str = "") -> None:
        """Send nothing new; what is in flight is drained."""
        if self.stopped:
            return
        self.exit, self.reason, self.remedy = exit, reason, remedy
        self._stopped.set()
        for call in self._on_stop:
            call()

    def fail(self, error: ImporterError) -> None:
        """Stop because the journal or the source can no longer be trusted."""
        if self.failure is None:
            self.failure = error
        self.stop(error.exit, error.message, error.remedy)

    def interrupt(self, exit: Exit) -> None:
        """Stop for a person or the system; a second call gives up waiting for what is in flight."""
        if not self.stopped:
            word = "interrupted" if exit is Exit.INTERRUPTED else "terminated"
            self.stop(exit, word, "The same command continues.")
            return
        self.abandon()

    async def sleep(self, seconds: float) -> None:
        """Wait for ``seconds``, or until the leg is told to end."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopped.wait(), seconds)

    async def unless_stopped(self, work: Awaitable[T]) -> T | None:
        """Return what ``work`` gives; when the leg is told to end first, ``work`` is cancelled: None."""
        return await _unless(self._stopped, work)

    async def unless_abandoned(self, work: Awaitable[T]) -> T | None:
        """Like ``unless_stopped``, for what is waited for until nobody waits any longer."""
        return await _unless(self._abandoned, work)

    def durable(self, then: Callable[[], None]) -> Callable[[asyncio.Future[None]], None]:
        """Return a callback for a write: ``then`` when it is durable, else the leg fails."""

        def call(written: asyncio.Future[None]) -> None:
            if written.cancelled():
                return
            error = written.exception()
            if error is None:
                then()
            elif isinstance(error, ImporterError):
                self.fail(error)

        return call

    def abandon(self) -> None:
        """Do not wait any longer for what is in flight."""
        self._abandoned.set()
        for call in self._on_abandon:
            call()


async def _unless(event: asyncio.Event, work: Awaitable[T]) -> T | None:
    task = asyncio.ensure_future(work)
    waiter = asyncio.ensure_future(event.wait())
    try:
        await asyncio.wait({task, waiter}, return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else None
    finally:
        for each in (task, waiter):
            each.cancel()
        await asyncio.gather(task, waiter, return_exceptions=True)
