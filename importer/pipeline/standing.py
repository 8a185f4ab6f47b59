"""How a row of a source stands before anything is done with it, and what that is decided by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from importer.journal.identity import Keys
from importer.journal.journal import Journal
from importer.journal.records import RunRecord
from importer.journal.states import State
from importer.mapping.compiled import Compiled
from importer.model.draft import Draft
from importer.model.problem import Problem
from importer.readers import Source
from importer.results.as_input import Lines


@dataclass(frozen=True, slots=True)
class Fresh:
    """A row of its own: of any file but a results file, or added to one."""


@dataclass(frozen=True, slots=True)
class Goes:
    """A line whose row has no record, and which may be sent."""


@dataclass(frozen=True, slots=True)
class There:
    """A line whose row has its record; ``run`` is the one that the journal has it from."""

    record_id: str | None
    run: str
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Stays:
    """A line that is not sent, what to record of it, and the digest of how it looked."""

    state: State
    problems: tuple[Problem, ...]
    seen: bytes | None = None


Standing = Fresh | Goes | There | Stays
FRESH = Fresh()


@dataclass(frozen=True, slots=True)
class Setting:
    """What standing is decided by: the run with its source, and what the person asked for.

    ``body`` gives the digest of what would be sent of a draft; None where nothing is to be sent.
    """

    source: Source
    lines: Lines
    compiled: Compiled
    keys: Keys
    journal: Journal
    run: RunRecord
    body: Callable[[Draft], bytes] | None = None
    retry_failed: bool = False
    again: bool = False
