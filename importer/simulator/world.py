"""The state that all requests share: store, behaviour, faults, clock, sign-ins, and a log of departures."""

from __future__ import annotations

import datetime as dt
import os
import random
import secrets
import shutil
import tempfile
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from importer.simulator.behaviour import Behaviour
from importer.simulator.faults import Faults, Rule, read_pairs, read_spec
from importer.simulator.http import System
from importer.simulator.options import Options
from importer.simulator.store import Store

LOG_LENGTH = 500_000
"""Departures kept in memory; older ones are forgotten."""


MOST_SESSIONS = 10_000
"""Sign-ins kept: a client that never brings its cookie back gets a new one with each answer."""


@dataclass(slots=True)
class Departure:
    """One request as the server saw it arrive: monotonic seconds, what it was, and what became of it.

    ``ordinal`` counts within ``kind``; ``status`` 0 means that no answer left.
    """

    time: float
    system: str
    kind: str
    method: str
    ordinal: int
    faults: tuple[str, ...]
    status: int = 0


class Sessions:
    """Tokens or cookies with a life in seconds; ``known`` tells a dead one from one never given."""

    def __init__(self, *, sliding: bool) -> None:
        self._sliding = sliding
        self._ends: dict[str, float] = {}
        self._users: dict[str, str] = {}

    def open(self, token: str, user: str, life: float) -> None:
        """Start a session of ``user``."""
        self._ends[token] = time.monotonic() + life
        self._users[token] = user
        if len(self._users) > MOST_SESSIONS:
            oldest = next(iter(self._users))
            del self._ends[oldest], self._users[oldest]

    def user(self, token: str, life: float) -> str | None:
        """Return whose session it is, or None when it is unknown or over; a sliding one is prolonged."""
        now = time.monotonic()
        if self._ends.get(token, 0.0) <= now:
            return None
        if self._sliding:
            self._ends[token] = now + life
        return self._users[token]

    def clear(self) -> None:
        """End all sessions."""
        self._ends.clear()
        self._users.clear()


class World:
    """One simulator without its sockets. Everything in it belongs to the event loop's thread."""

    def __init__(self, options: Options, systems: Sequence[System]) -> None:
        behaviour, rules = read_spec(options.faults, Behaviour(latency=options.latency))
        self.options = options
        self.systems = systems
        self.seed = random.SystemRandom().randrange(1_000_000) if options.seed is None else options.seed
        self.page_token = options.page_token or secrets.token_urlsafe(16)
        self._base = Behaviour(latency=options.latency)
        self.log: deque[Departure] = deque(maxlen=LOG_LENGTH)
        self.in_flight = 0
        self.store = Store(options.store)
        self._folder: Path | None = None
        self._behave(behaviour, rules)
        if self.store.fresh:
            self.populate()

    def _behave(self, behaviour: Behaviour, rules: dict[str, Rule]) -> None:
        self.behaviour = behaviour
        self.faults = Faults(self.seed, rules)
        self.cache: dict[Any, Any] = {}
        """What systems derive from the behaviour (describes, schemas); emptied when it changes."""

    def change_faults(self, spec: str | dict[str, str], seed: int | None = None) -> None:
        """Replace all faults and settings; ordinals start anew. Raises SpecError, changing nothing."""
        read = read_spec(spec, self._base) if isinstance(spec, str) else read_pairs(spec, self._base)
        if seed is not None:
            self.seed = seed
        self._behave(*read)

    def populate(self) -> None:
        """Save what both systems hold before anybody comes."""
        with self.store.saving():
            for system in self.systems:
                system.seed(self)

    def reset(self) -> None:
        """Forget all records, departures, limits and ordinals; sign-ins, faults and settings stay."""
        with self.store.saving():
            self.store.clear()
            self.populate()
        self.log.clear()
        for system in self.systems:
            system.reset()
        self.faults = replace(self.faults, ordinals={}, fired={})
        self.cache.clear()

    @property
    def folder(self) -> Path:
        """The folder for bodies too large for memory: beside the store, or a temporary one without it."""
        if not self._folder:
            if self.options.store:
                self._folder = self.options.store.with_name(self.options.store.name + ".jobs")
                self._folder.mkdir(exist_ok=True)
            else:
                self._folder = Path(tempfile.mkdtemp(prefix="simulator-"))
        return self._folder

    def scratch(self) -> Path:
        """Return the path of a new file in the folder."""
        return self.folder / f"upload-{secrets.token_hex(8)}"

    def close(self) -> None:
        """Let go of the store, and of the folder when it is a temporary one."""
        self.store.close()
        if self._folder and not self.options.store:
            shutil.rmtree(self._folder, ignore_errors=True)

    def expire(self) -> None:
        """End all sign-ins of both systems."""
        for system in self.systems:
            system.expire()

    def wall(self) -> float:
        """Return the servers' clock in epoch seconds (the setting ``clock`` moves it)."""
        return time.time() + self.behaviour.clock

    def now(self) -> dt.datetime:
        """Return the servers' clock as an aware datetime in UTC."""
        return dt.datetime.fromtimestamp(self.wall(), dt.UTC)

    def draw(self, system: str, kind: str, method: str) -> Departure:
        """Log a request that has arrived, and decide its faults."""
        ordinal, struck = self.faults.draw(kind)
        departure = Departure(time.monotonic(), system, kind, method, ordinal, struck)
        self.log.append(departure)
        return departure

    def start_line(self, url: str) -> dict[str, object]:
        """Return what the program prints when it listens."""
        return {"url": url, "page": f"{url}/?token={self.page_token}", "pid": os.getpid(), "seed": self.seed}
