"""What a line of a results file holds: the input's own cells, then the result columns of design §7."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from importer.model.problem import Problem
from importer.model.result import RowResult
from importer.model.row import Cell, Row, Shape
from importer.results.formulas import ESCAPED

COLUMNS: tuple[str, ...] = (
    "import_row",
    "import_sheet",
    "import_status",
    "import_id",
    "import_number",
    "import_url",
    "import_message",
    "import_column",
    "import_code",
    "import_server_text",
    "import_attempts",
    "import_time",
    "import_run",
)
"""The result columns in their order; ``import_sheet`` is written for inputs of several sheets only."""

OURS = frozenset((*COLUMNS, ESCAPED))
"""The columns that are no part of an input; ``import_escaped`` is written for marks against formulas only."""

WRITTEN = tuple(column for column in COLUMNS if column != "import_sheet")
"""The result columns of an input of one sheet."""

MARKS = frozenset({"import_row", "import_status", "import_id", "import_run"})
"""The columns by which a results file is known."""

CHECKED = ("import_row", "import_message", "import_column", "import_code")
"""The columns of a checked copy. It is no results file: corrected, it is imported like any other table."""

SEPARATOR = " | "


def echoed(columns: Sequence[str]) -> tuple[int, ...]:
    """Return the indexes of the input's columns that are given back.

    All of them; but when the input is a results file or a checked copy itself, the columns that were added to
    it make way for the new ones.
    """
    for added in (CHECKED, with_sheet(CHECKED)):
        if _ends(columns, added):
            return tuple(range(len(columns) - len(added)))
    if set(columns) >= MARKS:
        return tuple(index for index, column in enumerate(columns) if column not in OURS)
    return tuple(range(len(columns)))


def is_checked(columns: Sequence[str]) -> bool:
    """Say whether a table with these columns is a checked copy."""
    return _ends(columns, CHECKED) or _ends(columns, with_sheet(CHECKED))


def with_sheet(columns: tuple[str, ...]) -> tuple[str, ...]:
    """Return result columns as they are for an input of several sheets: the sheet behind the row."""
    return (columns[0], "import_sheet", *columns[1:])


def _ends(columns: Sequence[str], added: tuple[str, ...]) -> bool:
    return tuple(columns[-len(added) :]) == added


def cells_of(row: Row, kept: Sequence[int], filler: Cell) -> list[Cell]:
    """Return the cells of ``row`` to give back: as wide as the header, whatever the row's own width."""
    cells = row.cells
    if kept and kept[-1] == len(kept) - 1 == len(cells) - 1:  # all of them
        return list(cells)
    return [cells[index] if index < len(cells) else filler for index in kept]


def values_of(row: Row, result: RowResult) -> tuple[str | int | None, ...]:
    """Return the values of the ``WRITTEN`` columns; several problems are joined alike in each of theirs.

    Of several sheets, the sheet stands behind the row.
    """
    problems = result.problems
    found = (*_place(row, result), result.status, result.id, result.number, result.url)
    left = (result.attempts, result.time, result.run)
    if not problems:
        return (*found, result.message, "", "", "", *left)
    texts = [problem.server_text for problem in problems if problem.server_text]
    return (*found, *_told(problems), SEPARATOR.join(texts), *left)


def checked_values(row: Row, result: RowResult) -> tuple[str | int | None, ...]:
    """Return the values of the ``CHECKED`` columns; nothing but the row's place where nothing is wrong."""
    return (*_place(row, result), *_told(result.problems))


def _told(problems: Sequence[Problem]) -> tuple[str, str, str]:
    """Return messages, columns and codes of all problems of a row."""
    return (
        SEPARATOR.join(problem.message for problem in problems),
        SEPARATOR.join(problem.column or "" for problem in problems),
        SEPARATOR.join(problem.code for problem in problems),
    )


def _place(row: Row, result: RowResult) -> tuple[str | int, ...]:
    return (row.number,) if result.sheet is None else (result.row, result.sheet)


@dataclass(frozen=True, slots=True)
class Layout:
    """What is written behind the input's own columns; ``columns`` are those for an input of one sheet."""

    columns: tuple[str, ...]
    values: Callable[[Row, RowResult], tuple[str | int | None, ...]]

    def written(self, shape: Shape) -> tuple[str, ...]:
        """Return the columns for an input of this shape."""
        return with_sheet(self.columns) if shape.sheets else self.columns


RESULTS_LAYOUT = Layout(WRITTEN, values_of)
CHECKED_LAYOUT = Layout(CHECKED, checked_values)
