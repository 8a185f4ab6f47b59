"""How a run went, in numbers: counted where the rows lie, so that reports of millions stay small."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from importer.journal import sql
from importer.journal.reader import Reader
from importer.journal.records import LegRecord, Stretch
from importer.journal.states import State
from importer.journal.stored import stretch_from_row

POINTS = 240
"""Points in time at most by which rows are counted."""
WIDTHS = (
    *(100, 200, 500),
    *(1000 * seconds for seconds in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800)),
    *(3_600_000 * hours for hours in (1, 2, 4, 6, 12, 24)),
)
"""Milliseconds from one point to the next; people know these times."""
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
    """How many rows came to rest in ``state`` from ``at`` on, for the width of a point."""

    at: int
    state: State
    rows: int


@dataclass(frozen=True, slots=True)
class Worked:
    """When a leg was at work: until it ended, or the last that is known of it."""

    leg: int
    since: int
    until: int


@dataclass(frozen=True, slots=True)
class Figures:
    """A run in numbers. Times in milliseconds since 1970 (UTC).

    ``progress`` counts rows by points of ``width`` milliseconds; what was known to the ledger without a look
    has no time. ``attempts`` maps a number of sends to how many rows had so many. Of ``causes`` and
    ``doubts`` these are the first; ``all_causes`` is how many there are. ``verdicts`` are what people said:
    row, user, time, ``is`` or ``absent``.
    """

    width: int
    worked: tuple[Worked, ...]
    progress: tuple[Settled, ...]
    attempts: dict[int, int]
    causes: tuple[Cause, ...]
    all_causes: int
    doubts: tuple[int, ...]
    stretches: tuple[Stretch, ...]
    verdicts: tuple[tuple[int, str, int, str], ...]


def figures(reader: Reader, run: int) -> Figures:
    """Return run number ``run`` in numbers. Raises JournalError for a damaged journal."""
    stretches = tuple(reader.all(sql.STRETCHES, (run,), make=stretch_from_row))
    legs = reader.all(sql.LEGS, (run,), make=lambda line: LegRecord(*line))
    last = dict(reader.all(sql.LAST_OF_LEG, (run,), make=lambda line: (int(line[0]), int(line[1]))))
    for each in stretches:
        last[each.leg] = max(last.get(each.leg, 0), each.until)
    spans = worked(legs, last)
    width = width_for(sum(span.until - span.since for span in spans))
    place: Any = {"run": run, "width": width}
    wanted: Any = {"run": run, "examples": EXAMPLES, "most": MOST_CAUSES}
    return Figures(
        width,
        spans,
        tuple(reader.all(sql.PROGRESS, place, make=lambda line: Settled(line[0], State(line[1]), line[2]))),
        dict(reader.all(sql.ATTEMPTS, (run,), make=lambda line: (int(line[0]), int(line[1])))),
        tuple(reader.all(sql.CAUSES, wanted, make=_cause)),
        reader.one(sql.NUMBER_OF_CAUSES, (run,), make=lambda line: int(line[0])) or 0,
        tuple(reader.all(sql.DOUBTFUL, (run, MOST_DOUBTS), make=lambda line: int(line[0]))),
        stretches,
        tuple(reader.all(sql.VERDICTS, (run,), make=_verdict)),
    )


def worked(legs: Sequence[LegRecord], last: Mapping[int, int]) -> tuple[Worked, ...]:
    """Return when ``legs`` were at work; ``last`` is what is known of each, should it not have ended.

    A row that a leg left in doubt was perhaps settled in a later one, or by a person: that is not its work.
    """
    spans = []
    for number, leg in enumerate(legs):
        following = legs[number + 1].started if number + 1 < len(legs) else math.inf
        until = leg.ended if leg.ended is not None else last.get(leg.leg, leg.started)
        spans.append(Worked(leg.leg, leg.started, int(max(leg.started, min(until, following)))))
    return tuple(spans)


def width_for(milliseconds: int) -> int:
    """Return the milliseconds from one point to the next for a run that took so long."""
    for width in WIDTHS:
        if milliseconds <= width * POINTS:
            return width
    return 86_400_000 * -(-milliseconds // (86_400_000 * POINTS))


def _cause(line: tuple[Any, ...]) -> Cause:
    state, code, column, rows, examples = line
    return Cause(State(state), str(code), str(column), int(rows), tuple(sorted(json.loads(examples))))


def _verdict(line: tuple[Any, ...]) -> tuple[int, str, int, str]:
    row, user, _host, at, verdict, _record_id = line
    return int(row), str(user), int(at), str(verdict)
