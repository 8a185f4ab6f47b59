"""Which cells of a row are at fault, by its problems."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from importer.model.problem import SEVERAL, Problem
from importer.model.row import Shape

CELL_NAME = re.compile(r"([A-Z]{1,3})[0-9]+")


def cells_at_fault(shape: Shape, problems: Iterable[Problem]) -> dict[int, str]:
    """Return the index of each column of the input that has problems, with the reasons, one a line."""
    faults: dict[int, str] = {}
    for problem in problems:
        for at in _columns(shape, problem):
            faults[at] = f"{faults[at]}\n{problem.message}" if at in faults else problem.message
    return faults


def _columns(shape: Shape, problem: Problem) -> Iterator[int]:
    """Give the columns of a problem: one, or those that a text was made of."""
    column, cell = problem.column, problem.cell
    if column is None:
        return
    if column in shape.columns:
        yield from _column(shape, problem)
        return
    names, cells = column.split(SEVERAL), (cell or "").split(SEVERAL)
    for at, name in enumerate(names):
        part = cells[at] if len(cells) == len(names) else None
        yield from _column(shape, replace(problem, column=name, cell=part))


def _column(shape: Shape, problem: Problem) -> Iterator[int]:
    """Find a problem's column by its cell, else by its name (which may stand there twice)."""
    if named := CELL_NAME.fullmatch((problem.cell or "").rpartition("!")[2]):
        index = 0
        for letter in named.group(1):
            index = index * 26 + ord(letter) - ord("A") + 1
        if index - 1 < len(shape.columns) and shape.columns[index - 1] == problem.column:
            yield index - 1
            return
    if problem.column in shape.columns:
        yield shape.columns.index(problem.column)
