"""What a run tells while it works; the command line shows it, the library hands it on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from importer.model.frozen import frozen
from importer.model.outcome import Status


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence for a person: what was found, chosen, waited for."""

    text: str


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A run has begun to send: its id, data rows in the file, rows settled by earlier legs."""

    run: str
    rows: int
    settled: int


@frozen
class RowSettled:
    """A row's outcome is durable. ``id`` is the record's, where there is one."""

    row: int
    status: Status
    id: str | None = None


@dataclass(frozen=True, slots=True)
class RunEnded:
    """The sending pass of a run is over."""

    run: str


Event = Notice | RunStarted | RowSettled | RunEnded
Sink = Callable[[Event], None]
