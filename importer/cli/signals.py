"""Ctrl-C and SIGTERM: drain first, give up on the second call (design §7, exit codes 130 and 143)."""

from __future__ import annotations

import asyncio
import signal
import sys
from types import TracebackType
from typing import Self

from importer.cli.printing import say
from importer.model.errors import Exit
from importer.pipeline.control import Control

DRAIN = 20.0
"""Seconds that a terminated run waits for what is in flight; service managers kill after 30 to 90."""

EXITS = {signal.SIGINT: Exit.INTERRUPTED, signal.SIGTERM: Exit.TERMINATED}


class Signals:
    """Handles the signals of a running command; use inside the event loop, as a context manager."""

    def __init__(self) -> None:
        self.control: Control | None = None
        self.exit: Exit | None = None
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()

    def __enter__(self) -> Self:
        for number in EXITS:
            if sys.platform == "win32":
                # The loop takes no handlers there; SIGTERM does not arrive on Windows at all.
                signal.signal(number, lambda n, _frame: self._loop.call_soon_threadsafe(self._take, n))
            else:
                self._loop.add_signal_handler(number, self._take, number)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number in EXITS:
            if sys.platform == "win32":
                signal.signal(number, signal.SIG_DFL)
            else:
                self._loop.remove_signal_handler(number)

    def _take(self, number: int) -> None:
        code = EXITS[signal.Signals(number)]
        first = self.exit is None
        self.exit = self.exit or code
        if self.control is None:
            if self._task is not None:
                self._task.cancel()
            return
        if first:
            again = " Press Ctrl-C again to give up on it." if code is Exit.INTERRUPTED else ""
            say(f"Stopping: nothing new is sent, what is in flight is waited for.{again}")
        self.control.interrupt(code)
        if code is Exit.TERMINATED and first:
            self._loop.call_later(DRAIN, self.control.abandon)
