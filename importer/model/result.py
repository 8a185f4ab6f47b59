"""One line of the results file, and the counts of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from importer.model.frozen import frozen
from importer.model.outcome import Status
from importer.model.problem import Problem


@frozen
class RowResult:
    """What became of one row, as the results file and the library show it.

    ``message`` is always filled, in plain words. ``problems`` are in column order; a results file joins
    them with ``" | "`` alike in message, column and code. ``time`` is UTC, ISO 8601 with ``Z``. With several
    sheets ``row`` counts within ``sheet``, and ``place`` is the row's number in the run (``Row.number``).
    """

    row: int
    status: Status
    run: str
    message: str
    id: str | None = None
    number: str | None = None
    url: str | None = None
    problems: tuple[Problem, ...] = ()
    attempts: int = 0
    time: str | None = None
    sheet: str | None = None
    place: int | None = None

    @property
    def key(self) -> int:
        """The number of the row in the run, as the journal keeps it."""
        return self.row if self.place is None else self.place


@dataclass(frozen=True, slots=True)
class Totals:
    """The counts of a run for its summary: rows by status, requests sent, and two clocks in seconds.

    ``elapsed`` is from the first to the last request, ``total`` the whole command.
    """

    run: str
    rows: int
    counts: Mapping[str, int]
    calls: int
    elapsed: float
    total: float
