"""A rule over many rows at once: what is the same for all of them is worked out once.

Nothing is decided here. What a cell becomes says the rule's own function (rule.py); a column only asks it
less often: once for each different text, and not at all for texts that stay as they are.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from importer.mapping.cells import RefusedError
from importer.mapping.rule import OMIT, CellRule, Referred, WriteReference, Written
from importer.model.row import Cell

MOST_TEXTS = 4_096
"""Different texts of a column that are remembered with what they become."""
LONGEST_TEXT = 200
"""Characters of a text that is remembered: longer ones hardly come twice."""
MOST_FILLS = 3
"""So often may that memory be full: a column with ever new texts is then asked about cell by cell."""


class Refusal(enum.Enum):
    """What stands for a value that was refused."""

    REFUSED = "the row is to be looked at by itself"


REFUSED: Final = Refusal.REFUSED

Outcome = Referred | Literal[Refusal.REFUSED]
Column = Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What a property becomes in each row; ``whole`` says that each has a value, and none is null."""

    values: Sequence[Outcome]
    whole: bool


OfColumns = Callable[[Sequence[Column]], Outcomes]
"""From the columns of some rows to what one property becomes in each of them."""


def outcomes(values: Sequence[Outcome]) -> Outcomes:
    """Return ``values``, looked through."""
    return Outcomes(values, not any(value is OMIT or value is REFUSED or value is None for value in values))


def by_rows(write: WriteReference) -> OfColumns:
    """Return the function of a rule that has to see each row."""

    def one(cells: Sequence[Cell]) -> Outcome:
        try:
            return write(cells)
        except RefusedError:
            return REFUSED

    return lambda columns: outcomes(list(map(one, zip(*columns, strict=True))))


def always(value: Written) -> OfColumns:
    """Return the function of a property that is the same in every row."""
    whole = value is not OMIT and value is not None
    return lambda columns: Outcomes((value,) * len(columns[0]), whole)


def by_cells(index: int, rule: CellRule) -> OfColumns:
    """Return the function of a rule that reads the column ``index`` and nothing else."""
    remembered = _Remembered(rule.of_cell)
    limit, listed = rule.limit, rule.listed

    def of_columns(columns: Sequence[Column]) -> Outcomes:
        column = columns[index]
        if limit is None or not all_filled(column) or not listed.isdisjoint(column):
            return remembered.of(column)
        texts: Sequence[str] = column  # type: ignore[assignment]
        return Outcomes(texts, True) if max(map(len, texts)) <= limit else remembered.of(column)

    return of_columns


def all_texts(column: Column) -> bool:
    """Say whether all cells are texts."""
    return set(map(type, column)) == {str}


def all_filled(column: Column) -> bool:
    """Say whether all cells are texts with more than white space."""
    return all_texts(column) and all(column) and not any(map(str.isspace, column))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Form:
    """A template whose cells are all filled: ``form`` for ``str.format``, and what is put into it.

    ``slots`` are columns and what is done to their texts; a result of at most ``limit`` characters is the
    value itself.
    """

    form: str
    slots: Sequence[tuple[int, Callable[[str], str] | None]]
    limit: int
    listed: frozenset[str]


def by_form(form: Form, otherwise: OfColumns) -> OfColumns:
    """Return the function of a template; ``otherwise`` is for rows in which not all is plain text."""

    def of_columns(columns: Sequence[Column]) -> Outcomes:
        texts: list[Sequence[str]] = []
        for index, steps in form.slots:
            column: Sequence[str] = columns[index]  # type: ignore[assignment]
            if not all_filled(column) or not form.listed.isdisjoint(column):
                return otherwise(columns)
            try:
                texts.append(column if steps is None else list(map(steps, column)))
            except RefusedError:
                return otherwise(columns)
            if steps is not None and not all(texts[-1]):
                return otherwise(columns)
        made = list(map(form.form.format, *texts))
        return Outcomes(made, True) if max(map(len, made)) <= form.limit else otherwise(columns)

    return of_columns


class _Remembered:
    """A rule's function with what it made of the texts that it has seen, up to MOST_TEXTS of them."""

    def __init__(self, of_cell: Callable[[Cell], Written]) -> None:
        self._of_cell = of_cell
        self._known: dict[Cell, Outcome] = {}
        self._not_whole: set[Cell] = set()
        self._fills = 0

    def of(self, column: Column) -> Outcomes:
        """Return what the cells of ``column`` become."""
        # Typed cells may be equal and not the same: 1, 1.0 and TRUE.
        if self._fills >= MOST_FILLS or not all_texts(column) or max(map(len, column)) > LONGEST_TEXT:  # type: ignore[arg-type]
            return outcomes(list(map(self._one, column)))
        new = [cell for cell in dict.fromkeys(column) if cell not in self._known]
        if len(self._known) + len(new) > MOST_TEXTS:
            self._fills += 1
            self._known.clear()
            self._not_whole.clear()
            new = list(dict.fromkeys(column))
        for cell in new:
            self._known[cell] = value = self._one(cell)
            if value is OMIT or value is REFUSED or value is None:
                self._not_whole.add(cell)
        return Outcomes(list(map(self._known.__getitem__, column)), self._not_whole.isdisjoint(column))

    def _one(self, cell: Cell) -> Outcome:
        try:
            return self._of_cell(cell)
        except RefusedError:
            return REFUSED
