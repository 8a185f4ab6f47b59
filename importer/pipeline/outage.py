"""An absence of the server: the run waits, asks now and then, and is charged to no row (promise P5)."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable

from importer.model.errors import Exit
from importer.pipeline.control import Control
from importer.transport.retry import backoff

LOST_IN_A_ROW = 5
"""Rows in a row that were sent and got no answer, after which the server counts as away: each more would be
one more doubt."""
LOST_TRIALS = 5
"""Rows sent one at a time because a probe was answered, and lost as well, after which the run ends."""
CONTINUES = "Run the same command again later; it continues."


class Outage:
    """Whether the server is there. Rows go in turns, which ``turn`` gives; what became of them is told back.

    There (everybody may send) → away (nobody; one probe at a time, further and further apart) → on trial (a
    probe was answered: one row may go) → there again, or away. ``patience`` in seconds runs from the first
    away to the first answer to a row; then the run ends with exit 5.
    """

    def __init__(
        self,
        probe: Callable[[], Awaitable[bool]],
        control: Control,
        patience: float,
        tell: Callable[[str], None],
        rng: random.Random,
    ) -> None:
        self._probe = probe
        self._control = control
        self._patience = patience
        self._tell = tell
        self._rng = rng
        self._since: float | None = None
        self._before = 0.0
        self._clock = ""
        self._reason = ""
        self._away = False
        self._on_trial = False
        self._lost = 0
        self._trials = 0
        self._failures = 0
        self._probing = asyncio.Lock()
        self._changed = asyncio.Event()
        control.when_stopped(self._change)

    @property
    def seconds(self) -> float:
        """How long the server has been away in all, up to now."""
        return self._before + (0.0 if self._since is None else _now() - self._since)

    async def turn(self) -> bool | None:
        """Wait until a row may be sent; return whether it goes on trial, None when the leg is told to end."""
        while not self._control.stopped:
            if self._since is None:
                return False
            if self._away:
                async with self._probing:
                    if self._away:
                        await self._ask()
            elif not self._on_trial:
                self._on_trial = True
                return True
            else:
                await self._changed.wait()
        return None

    def answered(self) -> None:
        """The server has answered to a row, whatever it said."""
        self._lost = 0
        if self._since is None:
            return
        self._before += _now() - self._since
        waited = span(_now() - self._since)
        self._tell(f"The server answers again, {waited} after {self._clock}; the run goes on.")
        self._since = None
        self._away = self._on_trial = False
        self._trials = self._failures = 0
        self._change()

    def held(self, *, trial: bool) -> None:
        """A row did not leave in time: where it was the trial, another one is."""
        if trial and self._since is not None:
            self._on_trial = False
            self._change()

    def unreachable(self, reason: str, *, trial: bool = False) -> None:
        """A request could not leave."""
        if self._since is None:
            self._begin(f"The server cannot be reached ({reason})", reason)
        elif trial:
            self._back_away()

    def lost(self, reason: str, *, trial: bool = False) -> None:
        """A row was sent and got no answer that says what became of it."""
        if self._since is None:
            self._lost += 1
            if self._lost >= LOST_IN_A_ROW:
                self._begin(f"{self._lost} rows in a row were sent and got no answer ({reason})", reason)
        elif trial:
            self._trials += 1
            self._back_away()
            if self._trials >= LOST_TRIALS:
                what = f"the server answers probes, but not the rows that it is sent: {reason}"
                self._control.stop(Exit.LATER, what, CONTINUES)

    def _begin(self, what: str, reason: str) -> None:
        now = time.time()
        self._since, self._clock, self._reason = _now(), _clock(now), reason
        self._away = True
        self._tell(
            f"{what}, at {self._clock}. The run waits, asks now and then whether it is there, until "
            f"{_clock(now + self._patience)} at most (--patience); this is charged to no row."
        )

    def _back_away(self) -> None:
        self._failures += 1
        self._away, self._on_trial = True, False
        self._change()

    async def _ask(self) -> None:
        """Wait a while and ask once; when patience is over, end the leg."""
        assert self._since is not None
        left = self._since + self._patience - _now()
        if left <= 0:
            reason = f"the server was away for {span(self._patience)}, from {self._clock}: {self._reason}"
            self._control.stop(Exit.LATER, reason, CONTINUES)
            return
        await self._control.sleep(min(backoff(self._failures + 1, self._rng), left))
        if self._control.stopped:
            return
        if await self._probe():
            self._away = False
        else:
            self._failures += 1

    def _change(self) -> None:
        """Wake those who wait for a turn."""
        self._changed.set()
        self._changed = asyncio.Event()


def span(seconds: float) -> str:
    """Return a time in words: ``45 s``, ``3 min 10 s``, ``1 h 5 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours:,} h {minutes} min" if minutes else f"{hours:,} h"


def _now() -> float:
    return asyncio.get_running_loop().time()


def _clock(moment: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(moment))
