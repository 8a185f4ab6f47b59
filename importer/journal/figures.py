"""How a run went, in numbers: counted where the rows lie, so that reports of millions stay small."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from importer.journal import sql
from importer.journal.reader import Reader
from importer.journal.records import RunRecord, Stretch, stretch_from_row
from importer.journal.states import State

POINTS = 240
"""Points in time at most by which rows are counted."""
WIDTHS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400)
"""Seconds from one point to the next; people know these."""
MOST_CAUSES = 200
MOST_DOUBTS = 100
EXAMPLES = 5
"""Rows that are named for each cause."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Why rows have no record: state, code and column of the problem, how many rows, the first of them."""

    state: State
    code: str
    column: str
    rows: int
    examples: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Settled:
    """How many rows came to rest in ``state`` within the point of time number ``point``."""

    point: int
    state: State
    rows: int


@dataclass(frozen=True, slots=True)
class Figures:
    """A run in numbers. Times in milliseconds since 1970 (UTC).

    ``progress`` counts rows by points ``width`` apart, from ``since``; what was known to the ledger
    without a look has no time. ``attempts`` maps a number of sends to how many rows had so many. Of
    ``causes`` and ``doubts`` these are the first; ``all_causes`` is how many there are.
    """

    since: int
    until: int
    width: int
    progress: tuple[Settled, ...]
    attempts: dict[int, int]
    causes: tuple[Cause, ...]
    all_causes: int
    doubts: tuple[int, ...]
    stretches: tuple[Stretch, ...]
    verdicts: tuple[tuple[int, str, int, str], ...]


def figures(reader: Reader, run: RunRecord) -> Figures:
    """Return ``run`` in numbers. Raises JournalError for a damaged journal."""
    first, last = reader.one(sql.SPAN, (run.n,), make=tuple) or (None, None)
    since, until = first or run.started, last or run.started
    width = width_for(until - since)
    place: Any = {"run": run.n, "since": since, "width": width}
    progress = reader.all(sql.PROGRESS, place, make=lambda line: Settled(line[0], State(line[1]), line[2]))
    wanted: Any = {"run": run.n, "examples": EXAMPLES, "most": MOST_CAUSES}
    return Figures(
        since,
        until,
        width,
        tuple(progress),
        dict(reader.all(sql.ATTEMPTS, (run.n,), make=lambda line: (int(line[0]), int(line[1])))),
        tuple(reader.all(sql.CAUSES, wanted, make=_cause)),
        reader.one(sql.NUMBER_OF_CAUSES, (run.n,), make=lambda line: int(line[0])) or 0,
        tuple(reader.all(sql.DOUBTFUL, (run.n, MOST_DOUBTS), make=lambda line: int(line[0]))),
        tuple(reader.all(sql.STRETCHES, (run.n,), make=stretch_from_row)),
        tuple(reader.all(sql.VERDICTS, (run.n,), make=_verdict)),
    )


def width_for(milliseconds: int) -> int:
    """Return the milliseconds from one point to the next for a run that took so long."""
    for seconds in WIDTHS:
        if milliseconds <= seconds * 1000 * POINTS:
            return seconds * 1000
    return 86_400_000 * -(-milliseconds // (86_400_000 * POINTS))


def _cause(line: tuple[Any, ...]) -> Cause:
    state, code, column, rows, examples = line
    return Cause(State(state), str(code), str(column), int(rows), tuple(sorted(json.loads(examples))))


def _verdict(line: tuple[Any, ...]) -> tuple[int, str, int, str]:
    row, user, _host, at, verdict, _record_id = line
    return int(row), str(user), int(at), str(verdict)
