"""Rows on their way out of the process that parses: plain values that JSON takes.

A row is ``[number, cells]`` or ``[number, cells, faults]``; cells as in ``readers.table_cells``, many empty
ones as ``{"gap": n}``; a fault is ``[column, code, names]``, columns counted from 0.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from importer.model.row import Cell
from importer.readers.books.limits import CELL_CHARACTERS, COLUMNS, ROWS, unreadable
from importer.readers.cells import Fault

GAP = 32
"""Empty cells between two filled ones from which on they are counted, not listed."""

RowForm = list[Any]


class RowBuilder:
    """Collects the cells of one row, in order of their columns."""

    def __init__(self) -> None:
        self._cells: list[Any] = []
        self._faults: list[list[Any]] = []
        self._width = 0
        self._filled = False

    def add(self, column: int, value: Cell, fault: Fault | None = None) -> None:
        """Add a cell; ``column`` counts from 0. Empty cells without a fault need not be added."""
        if value is None and fault is None:
            return
        if column >= COLUMNS:
            raise unreadable(f"it has a cell beyond column {COLUMNS:,}")
        self._pad(column)
        kind = type(value)
        if kind is str:
            text: str = value  # type: ignore[assignment]
            if len(text) > CELL_CHARACTERS:
                fault, value = Fault("CELL_TOO_LARGE", {"limit": CELL_CHARACTERS}), None
            elif "\0" in text:
                fault = fault or Fault("NUL_CHARACTER", {})
            elif not self._filled and fault is None and not text.strip():
                self._cells.append(text)
                self._width += 1
                return
        elif kind not in PLAIN:
            value = form_of(value)  # type: ignore[assignment]
        self._filled = True
        self._cells.append(value)
        self._width += 1
        if fault is not None:
            self._faults.append([column, fault.code, fault.names])

    def add_number(self, column: int, value: int | float) -> None:
        """Add a number without a fault."""
        if column != self._width:
            self.add(column, value)
            return
        self._filled = True
        self._cells.append(value)
        self._width = column + 1

    def add_text(self, column: int, text: str) -> None:
        """Add a text; the empty one is nothing."""
        if column == self._width and self._filled and 0 < len(text) <= CELL_CHARACTERS and "\0" not in text:
            self._cells.append(text)
            self._width = column + 1
        else:
            self.add(column, text or None)

    def _pad(self, column: int) -> None:
        gap = column - self._width
        if gap < 0:
            raise unreadable("cells of a row are not in order")
        if gap > GAP:
            self._cells.append({"gap": gap})
        elif gap:
            self._cells += [None] * gap
        self._width = column

    def take(self, number: int) -> RowForm | None:
        """Return the row and begin the next one; None when nothing but blanks was added."""
        if not self._filled:
            if self._width:
                self.__init__()  # type: ignore[misc]
            return None
        if number > ROWS:
            raise unreadable(f"it has data beyond row {ROWS:,}")
        row = [number, self._cells, self._faults] if self._faults else [number, self._cells]
        self.__init__()  # type: ignore[misc]
        return row


PLAIN = frozenset({int, float, bool, type(None)})


def form_of(value: object) -> dict[str, Any]:
    """Return a date, time or duration as JSON keeps it; see ``readers.table_cells``."""
    if isinstance(value, dt.datetime):
        return {"datetime": value.isoformat()}
    if isinstance(value, dt.date):
        return {"date": value.isoformat()}
    if isinstance(value, dt.time):
        return {"time": value.isoformat()}
    if isinstance(value, dt.timedelta):
        return {"duration": [value.days, value.seconds, value.microseconds]}
    raise TypeError(f"a cell holds {type(value).__name__}")
