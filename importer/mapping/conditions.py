"""Conditions: which rows are imported, and which of several rules writes a property. Data, never code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from importer.mapping.cells import RefusedError, text_of
from importer.mapping.faults import one_of, quoted
from importer.mapping.patterns import pattern_function
from importer.mapping.rule import OMIT, IsBlank, Referred, Written
from importer.mapping.spec import Condition
from importer.mapping.transforms import steps_function
from importer.model.row import Cell

Holds = Callable[[Sequence[Cell]], bool]
"""Says whether a condition holds for the cells of a row; raises RefusedError when a cell cannot tell."""

_Gives = TypeVar("_Gives", Written, Referred)

Choice = tuple[Holds | None, int | None, Callable[[Sequence[Cell]], _Gives]]
"""A rule of a property that has several: its condition, its column, and its function."""


def holds_function(
    conditions: Sequence[Condition], index_of: Callable[[Condition], int], is_blank: IsBlank
) -> Holds | None:
    """Return the function that says whether all ``conditions`` hold; None for none."""
    functions = [_holds(condition, index_of(condition), is_blank) for condition in conditions]
    if len(functions) < 2:
        return functions[0] if functions else None

    def all_hold(cells: Sequence[Cell]) -> bool:
        return all(holds(cells) for holds in functions)

    return all_hold


def _holds(condition: Condition, index: int, is_blank: IsBlank) -> Holds:
    test, steps = _test(condition, is_blank), steps_function(condition.do)

    def holds(cells: Sequence[Cell]) -> bool:
        try:
            text = text_of(cells[index])
            return test(steps(text) if steps else text)
        except RefusedError as refused:
            raise RefusedError(*refused.failures, column=index) from None

    return holds


def _test(condition: Condition, is_blank: IsBlank) -> Callable[[str], bool]:
    if condition.any_of:
        return frozenset(condition.any_of).__contains__
    if condition.none_of:
        listed = frozenset(condition.none_of)
        return lambda text: text not in listed
    if condition.matches is not None:
        return pattern_function(condition.matches)
    blank = condition.blank
    return lambda text: is_blank(text) is blank


def choosing_function(choices: Sequence[Choice[_Gives]]) -> Callable[[Sequence[Cell]], _Gives]:
    """Return the function of a property with several rules: the first whose condition holds writes it."""

    def choose(cells: Sequence[Cell]) -> _Gives:
        for holds, column, write in choices:
            if holds is not None and not holds(cells):
                continue
            try:
                return write(cells)
            except RefusedError as refused:
                place = column if refused.column is None else refused.column
                raise RefusedError(*refused.failures, column=place) from None
        return OMIT

    return choose


def described(conditions: Sequence[Condition]) -> str:
    """Return conditions as a person says them: ``State is "open" or "new"``."""
    return " and ".join(map(_described, conditions))


def _described(condition: Condition) -> str:
    if condition.any_of:
        said = f"is {one_of([quoted(text) for text in condition.any_of[:8]])}"
    elif condition.none_of:
        said = f"is not {one_of([quoted(text) for text in condition.none_of[:8]])}"
    elif condition.matches is not None:
        said = f"fits {condition.matches}"
    else:
        said = "is blank" if condition.blank else "is not blank"
    return f"{condition.column} {said}"
