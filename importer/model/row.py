"""What readers give: the shape of a source and its rows."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from importer.model.frozen import frozen
from importer.model.problem import Problem

Cell = str | int | float | bool | dt.datetime | dt.date | dt.time | dt.timedelta | None
"""A cell as it was read: text files give ``str`` only, workbooks give typed values and ``None`` for empty."""


SHEET_MARK = "/"
"""Stands between the names of several sheets; no sheet's name has it."""
ROWS_PER_SHEET = 1 << 21
"""With several sheets the rows of the n-th (from 0) are numbered from n times this on; no sheet has more."""


@frozen
class Row:
    """One record of the source.

    ``number`` is the row number as a person sees it (design §7): in text files the physical line on which
    the record starts, in workbooks the sheet's row; with several sheets ``ROWS_PER_SHEET`` is added for each
    sheet before its own (``Shape.row_name`` tells what a person sees). It grows from row to row and is the
    row's name in the journal. ``cells`` are as many as were read. ``problems`` are
    faults of shape (ragged, NUL, undecodable byte, error cell …): such a row is never mapped.
    ``blank`` rows have no cell with anything but white space.
    """

    number: int
    cells: tuple[Cell, ...]
    problems: tuple[Problem, ...] = ()
    blank: bool = False


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read a source, as the mapping's ``read`` section says; ``None`` means: find it and show it.

    ``sheet`` is a name, several names, or ``"*"`` for all visible sheets. ``header_row`` is 1-based, as a
    person counts; ``names`` replaces a header (``header: none``). ``quote`` is the character around cells, or
    ``none`` where quotes are text; ``escape`` the character that takes the meaning from the next one, or
    ``none``.
    """

    sheet: str | tuple[str, ...] | None = None
    header_row: int | None = None
    names: tuple[str, ...] | None = None
    encoding: str | None = None
    delimiter: str | None = None
    quote: str | None = None
    escape: str | None = None
    blank_cells: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shape:
    """What reading has found out about a source; shown to the person and kept in the journal.

    ``digest`` is the SHA-256 of the file's bytes in hex, ``size`` is in bytes, ``header_row`` 1-based
    (0 for ``header: none``). ``notes`` are sentences about what was found rather than declared. ``sheets``
    are the sheets of a source of several, in order; ``sheet`` is then their names with ``/`` between them,
    and ``header_rows`` has the header's row of each.
    """

    kind: str
    columns: tuple[str, ...]
    header_row: int
    digest: str
    size: int
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    notes: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ()
    header_rows: tuple[int, ...] = ()

    def ordinal_of(self, number: int) -> int:
        """Return which sheet, from 0, the row that is numbered so is in; 0 where there are not several."""
        return min(number // ROWS_PER_SHEET, len(self.sheets) - 1) if self.sheets else 0

    def sheet_of(self, number: int) -> str | None:
        """Return the sheet of the row that is numbered so in a source of several; None in any other."""
        ordinal = number // ROWS_PER_SHEET
        return self.sheets[ordinal] if ordinal < len(self.sheets) else None

    def row_of(self, number: int) -> int:
        """Return the number of a row as a person sees it, within its sheet."""
        return number % ROWS_PER_SHEET if self.sheets else number

    def row_name(self, number: int) -> str:
        """Return what a person calls a row: ``7``, or ``North!7`` with several sheets."""
        return row_name(number, self.sheets)

    def row_number(self, name: str) -> int | None:
        """Return the number of the row that a person calls so; None when there can be no such row."""
        return row_number(name, self.sheets)


def sheets_of(sheet: str) -> tuple[str, ...]:
    """Return the sheets that a ``Shape.sheet`` names when they are several, else nothing."""
    return tuple(sheet.split(SHEET_MARK)) if SHEET_MARK in sheet else ()


def row_name(number: int, sheets: tuple[str, ...]) -> str:
    """Return what a person calls the row ``number`` of a source with these sheets (none: not several)."""
    ordinal, row = divmod(number, ROWS_PER_SHEET)
    return f"{sheets[ordinal]}!{row}" if ordinal < len(sheets) else str(number)


def row_number(name: str, sheets: tuple[str, ...]) -> int | None:
    """Return the number of the row that a person calls ``name``, or None when there can be none.

    With several sheets ``North!7``; a number alone is one as the journal keeps them.
    """
    sheet, mark, row = name.strip().rpartition("!")
    if not (row.isascii() and row.isdecimal() and int(row) > 0):
        return None
    if not mark:
        return int(row) if not sheets or int(row) >= ROWS_PER_SHEET or len(sheets) == 1 else None
    known = [one.casefold() for one in sheets]
    wanted = sheet.strip().strip("'").casefold()
    if wanted not in known or int(row) >= ROWS_PER_SHEET:
        return None
    return known.index(wanted) * ROWS_PER_SHEET + int(row)
