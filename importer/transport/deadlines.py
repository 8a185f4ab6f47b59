"""Deadlines of many requests: those that last equally long share one timer of the event loop.

A timer of its own for each request takes as much CPU as writing it; nearly all are cancelled again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Deadline:
    """Calls ``call`` when its time has come, unless it was cancelled before."""

    __slots__ = ("_span", "call", "when")

    def __init__(self, span: _Span, when: float, call: Callable[[], None]) -> None:
        self._span = span
        self.when = when
        self.call = call

    def cancel(self) -> None:
        """Have nothing called; it may have been called before."""
        self._span.drop(self)


class Deadlines:
    """The deadlines of one event loop."""

    def __init__(self) -> None:
        self._spans: dict[float, _Span] = {}

    def after(self, seconds: float, call: Callable[[], None]) -> Deadline:
        """Have ``call`` called in ``seconds`` from now. It must not raise."""
        span = self._spans.get(seconds)
        if span is None:
            span = self._spans[seconds] = _Span(asyncio.get_running_loop(), seconds)
        return span.add(call)


class _Span:
    """The deadlines that last ``seconds``: they come in the order in which they were set."""

    def __init__(self, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        self._loop = loop
        self._seconds = seconds
        self._running: dict[Deadline, None] = {}
        self._timer: asyncio.TimerHandle | None = None

    def add(self, call: Callable[[], None]) -> Deadline:
        deadline = Deadline(self, self._loop.time() + self._seconds, call)
        self._running[deadline] = None
        if self._timer is None:
            self._timer = self._loop.call_at(deadline.when, self._due)
        return deadline

    def drop(self, deadline: Deadline) -> None:
        self._running.pop(deadline, None)
        if not self._running and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _due(self) -> None:
        self._timer = None
        now = self._loop.time()
        for deadline in list(self._running):
            if deadline.when > now:
                break
            del self._running[deadline]
            deadline.call()
        first = next(iter(self._running), None)
        if first is not None and self._timer is None:
            self._timer = self._loop.call_at(first.when, self._due)
