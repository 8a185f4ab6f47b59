"""When rows may leave: not while the server asks to slow down, not while it is away (promise P5)."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from importer.model.errors import Exit, ImporterError
from importer.model.events import Notice, Sink
from importer.model.outcome import DONE, Again, DeleteOutcome, Held, Stop, Unknown, Unreachable
from importer.model.target import Target
from importer.pipeline.control import Control
from importer.pipeline.outage import CONTINUES, Outage, span

FIRST_PAUSE = 0.5
"""Seconds; a pause for which the server names no time is drawn from 0 to this, doubled with each in a row."""
LONGEST_PAUSE = 60.0
"""Seconds; where the doubling ends."""
LONGEST_ASKED = 900.0
"""Seconds; a server that asks for longer is asked again after this time: a year is a mistake, not a wish."""
AWAY = frozenset({"UNREACHABLE", "SIGN_IN_LATER"})
"""Codes of errors that say that nobody answers, or that nobody can sign in at the moment."""
QUIET = 60.0
"""Seconds between two times that a person is told of slow-downs: a busy server may ask every few rows."""


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing leaves for ``seconds``; ``tell`` says that the person is to be told."""

    seconds: float
    tell: bool


class Slowdown:
    """What the whole run makes of the server's signals to slow down; pure, moments in seconds of one clock.

    An episode lasts from a signal to the first answer without one after the pause; ``since`` is its begin.
    """

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._in_a_row = 0
        self._told_at: float | None = None
        self._told = False
        self.since: float | None = None
        self.until = 0.0

    def signal(self, now: float, asked: float | None) -> Pause | None:
        """Return the pause that a signal asks for; ``asked`` are the seconds that the server named.

        None while a pause that is as long is on: the signals of requests that had left before it are one.
        """
        named = asked or 0.0
        if now < self.until and not named:
            return None
        self._in_a_row += now >= self.until
        ceiling = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(self._in_a_row, 16))
        seconds = min(named, LONGEST_ASKED) or self._rng.uniform(0, ceiling)
        if now + seconds <= self.until:
            return None
        self.until = now + seconds
        self.since = now if self.since is None else self.since
        tell = self._told_at is None or now - self._told_at >= QUIET
        if tell:
            self._told_at, self._told = now, True
        return Pause(seconds, tell)

    def answered(self, now: float) -> float | None:
        """Take an answer without a signal; return how long the episode that it ends was, if that is told."""
        if self.since is None or now < self.until:
            return None
        took, told = now - self.since, self._told
        self.since, self._in_a_row, self._told = None, 0, False
        return took if told else None


@dataclass(frozen=True, slots=True)
class Turn:
    """A row's permission to leave. ``trial``: it is the first after an absence of the server."""

    trial: bool


ORDINARY, TRIAL = Turn(trial=False), Turn(trial=True)


class Pace:
    """Gives turns to rows and takes what became of them; says what is waited for, once."""

    def __init__(
        self,
        target: Target,
        control: Control,
        patience: float,
        sink: Sink,
        rng: random.Random | None = None,
    ) -> None:
        self._target = target
        self._control = control
        self._patience = patience
        self._sink = sink
        rng = rng or random.Random()
        self._slow = Slowdown(rng)
        self._outage = Outage(target.probe, control, patience, self._tell, rng)

    @property
    def away(self) -> float:
        """Seconds for which the server was not there, in all, up to now."""
        return self._outage.seconds

    async def turn(self) -> Turn | None:
        """Wait until a row may be sent, before its intent is written; None when the leg is told to end."""
        while not self._control.stopped:
            if self._slow.until:
                pause = self._slow.until - asyncio.get_running_loop().time()
                if pause > 0:
                    await self._control.sleep(pause)
                    continue
            trial = await self._outage.turn()
            return None if trial is None else TRIAL if trial else ORDINARY
        return None

    async def ask(self, question: Callable[[], Awaitable[T]]) -> T | None:
        """Return what ``question`` finds out from the server, waiting for it as rows do while it is away.

        None when the leg is told to end. Raises the ImporterError of a question that waiting does not answer.
        """
        while (turn := await self.turn()) is not None:
            try:
                found = await question()
            except ImporterError as error:
                if error.code not in AWAY:
                    self._outage.answered()
                    raise
                self._outage.unreachable(error.message.rstrip("."), trial=turn.trial)
            else:
                self._outage.answered()
                return found
        return None

    def heard(self, outcome: DeleteOutcome, turn: Turn) -> None:
        """Take what became of the send that had ``turn``; of several outcomes, the gravest."""
        if isinstance(outcome, DONE):
            self._answered()
            return
        if isinstance(outcome, Held):
            self._outage.held(trial=turn.trial)
            return
        if isinstance(outcome, Unreachable):
            self._outage.unreachable(outcome.reason, trial=turn.trial)
            return
        if isinstance(outcome, Unknown):
            if outcome.busy:
                self._slow_down("it has too much to do", outcome.after)
            self._outage.lost(outcome.reason, trial=turn.trial)
            return
        if isinstance(outcome, Stop):
            return
        if isinstance(outcome, Again) and outcome.whole_run:
            self._outage.answered()
            self._slow_down(outcome.code, outcome.after)
            return
        self._answered()

    def _answered(self) -> None:
        self._outage.answered()
        if self._slow.since is None:
            return
        took = self._slow.answered(asyncio.get_running_loop().time())
        if took is not None:
            self._tell(f"The server takes rows again; the run goes on after {span(took)}.")

    def _slow_down(self, why: str, asked: float | None) -> None:
        now = asyncio.get_running_loop().time()
        pause = self._slow.signal(now, asked)
        if pause is None:
            return
        assert self._slow.since is not None
        if now + pause.seconds - self._slow.since > self._patience:
            reason = f"the server asks to slow down for longer than --patience allows ({why})"
            self._control.stop(Exit.LATER, reason, CONTINUES)
            return
        self._target.pause(pause.seconds)
        if asked is not None and asked > pause.seconds:
            self._tell(f"The server asked to wait {span(asked)} ({why}); waiting {span(pause.seconds)}.")
        elif pause.tell:
            self._tell(f"The server asks to slow down ({why}); waiting {span(pause.seconds)}.")

    def _tell(self, text: str) -> None:
        self._sink(Notice(text))
