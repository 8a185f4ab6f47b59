"""Which cells of a row are at fault, by its problems."""

from __future__ import annotations

import re
from collections.abc import Iterable

from importer.model.problem import Problem
from importer.model.row import Shape

CELL_NAME = re.compile(r"([A-Z]{1,3})[0-9]+")


def cells_at_fault(shape: Shape, problems: Iterable[Problem]) -> dict[int, str]:
    """Return the index of each column of the input that has problems, with the reasons, one a line."""
    faults: dict[int, str] = {}
    for problem in problems:
        at = _column(shape, problem)
        if at is not None:
            faults[at] = f"{faults[at]}\n{problem.message}" if at in faults else problem.message
    return faults


def _column(shape: Shape, problem: Problem) -> int | None:
    """Find a problem's column by its cell, else by its name (which may stand there twice)."""
    if problem.column is None:
        return None
    if named := CELL_NAME.fullmatch(problem.cell or ""):
        index = 0
        for letter in named.group(1):
            index = index * 26 + ord(letter) - ord("A") + 1
        if index - 1 < len(shape.columns) and shape.columns[index - 1] == problem.column:
            return index - 1
    return shape.columns.index(problem.column) if problem.column in shape.columns else None
