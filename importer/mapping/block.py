"""Rows that were mapped together: what each property becomes in each of them, and which rows need a look."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import attrgetter

from importer.mapping.columnwise import REFUSED, Outcomes
from importer.mapping.rule import OMIT
from importer.model.draft import Draft, Reference, Value
from importer.model.row import Cell, Row

TOGETHER = 500
"""The most rows that are mapped together."""
MOST_CHARACTERS = 1 << 20
"""Characters in the rows that are mapped together: a few more, by the last STEP of them."""
STEP = 20
_cells = attrgetter("cells")


def together(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Give ``rows`` in parts that are worth mapping together, and small enough to be held in memory."""
    source = iter(rows)
    part: list[Row] = []
    size = 0
    while some := list(islice(source, STEP)):
        part += some
        size += sum(map(_size, map(_cells, some)))
        if len(part) >= TOGETHER or size > MOST_CHARACTERS:
            yield part
            part, size = [], 0
    if part:
        yield part


def _size(cells: Sequence[Cell]) -> int:
    """Return how many characters the texts among ``cells`` have."""
    try:
        return len("".join(cells))  # type: ignore[arg-type]
    except TypeError:
        return sum(len(cell) for cell in cells if isinstance(cell, str))


@dataclass(frozen=True, slots=True)
class Fixed:
    """What all drafts of a mapping share, as Draft has it; ``context``: each has a client context."""

    columns: Mapping[str, str]
    create_only: frozenset[str]
    update_only: frozenset[str]
    context: bool


@dataclass(frozen=True, slots=True)
class Block:
    """Rows with what became of them. ``odd`` are the places of those that are no draft: they are to be mapped
    one by one, for their problems.

    ``values`` has what each property becomes, row by row, ``referred`` that of properties that may be
    references, ``context`` the texts of a client context.
    """

    rows: Sequence[Row]
    values: Mapping[str, Outcomes]
    referred: Mapping[str, Outcomes]
    context: Mapping[str, Outcomes]
    odd: frozenset[int]
    fixed: Fixed

    def drafts(self) -> Iterator[Draft | None]:
        """Give the draft of each row; None for odd ones."""
        names = tuple(self.values)
        whole = all(each.whole for each in self.values.values())
        plain = not self.referred and not self.fixed.context
        lines = zip(*(each.values for each in self.values.values()), strict=True) if names else iter(())
        for at, row in enumerate(self.rows):
            line = next(lines, ())
            if at in self.odd:
                yield None
                continue
            pairs = zip(names, line, strict=True)
            values: dict[str, Value] = (
                dict(pairs) if whole else {name: value for name, value in pairs if value is not OMIT}
            )
            yield self._plain(row, values) if plain else self._full(at, row, values)

    def draft(self, at: int) -> Draft:
        """Return the draft of the row at this place, which is not odd."""
        found = ((name, each.values[at]) for name, each in self.values.items())
        values: dict[str, Value] = {name: value for name, value in found if value is not OMIT}  # type: ignore[misc]
        return self._full(at, self.rows[at], values)

    def column(self, name: str) -> Sequence[object]:
        """Return a property's value or reference in each row, None where it has none."""
        found = self.values.get(name) or self.referred.get(name)
        if found is None:
            return (None,) * len(self.rows)
        return found.values if found.whole else [None if value is OMIT else value for value in found.values]

    def given(self, places: Sequence[int]) -> dict[str, Sequence[object]]:
        """Return the column of each property, of the rows at these places alone; none of them is odd."""
        columns = {name: self.column(name) for name in (*self.values, *self.referred)}
        if len(places) == len(self.rows):
            return columns
        return {name: [column[at] for at in places] for name, column in columns.items()}

    def _plain(self, row: Row, values: dict[str, Value]) -> Draft:
        fixed = self.fixed
        return Draft(row.number, values, {}, fixed.columns, {}, fixed.create_only, fixed.update_only)

    def _full(self, at: int, row: Row, values: dict[str, Value]) -> Draft:
        references: dict[str, Reference] = {}
        for name, each in self.referred.items():
            value = each.values[at]
            if isinstance(value, Reference):
                references[name] = value
            elif value is not OMIT:
                values[name] = value  # type: ignore[assignment]
        texts = {name: each.values[at] for name, each in self.context.items()}
        told = {name: text for name, text in texts.items() if text is not None}
        options = {"client_context": told} if self.fixed.context else {}
        fixed = self.fixed
        return Draft(
            row.number, values, options, fixed.columns, references, fixed.create_only, fixed.update_only
        )


def refused_places(found: Iterable[Outcomes]) -> set[int]:
    """Return the places at which something was refused."""
    return {
        at for each in found if not each.whole for at, value in enumerate(each.values) if value is REFUSED
    }


def lacking(found: Outcomes | None, rows: int) -> set[int]:
    """Return the places at which a property has no value; all where nothing writes it."""
    if found is None:
        return set(range(rows))
    if found.whole:
        return set()
    return {at for at, value in enumerate(found.values) if value is None or value is OMIT}
