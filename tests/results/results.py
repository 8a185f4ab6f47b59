"""Rows with results for tests, and writing them in one line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from importer.model.outcome import Status
from importer.model.problem import Problem
from importer.model.result import RowResult
from importer.model.row import Cell, ReadOptions, Row, Shape
from importer.readers import Source, open_source
from importer.results import write_results

RUN = "20260101-abcdef"
TEXT = Shape("text", ("a", "b"), 1, "d", 1, encoding="utf-8", delimiter=",")
WORKBOOK = Shape("workbook", ("a", "b"), 1, "d", 1, sheet="Tickets")


@dataclass
class Counted:
    """Counts as a caller keeps them."""

    rows: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)


def line(
    at: int, cells: Iterable[Cell], status: Status = Status.CREATED, /, *problems: Problem, **more: object
) -> tuple[Row, RowResult]:
    """Return the row with number ``at`` and its result; ``more`` are further values of the result."""
    result = RowResult(at, status, RUN, "A message.", problems=problems)
    for name, value in more.items():
        object.__setattr__(result, name, value)
    return Row(at, tuple(cells)), result


def written(path: Path, shape: Shape, *lines: tuple[Row, RowResult], **options: object) -> Path:
    """Write lines and return where they are."""
    return write_results(path, shape, iter(lines), Counted(len(lines), {"created": 1}), RUN, **options)  # type: ignore[arg-type]


def read(path: Path) -> Source:
    """Open a results file as any input."""
    return open_source(path, ReadOptions())


def table(path: Path) -> list[dict[str, Cell]]:
    """Read a results file back as any input, one dict a line; no row may have a problem."""
    source = read(path)
    rows = list(source.rows())
    assert not any(row.problems for row in rows)
    return [dict(zip(source.shape.columns, row.cells, strict=True)) for row in rows]


def leftovers(folder: Path) -> list[str]:
    """Return the temporary names left in a folder."""
    return [path.name for path in folder.iterdir() if path.name.startswith(".") or ".part" in path.name]
