"""What readers give: the shape of a source and its rows."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from importer.model.problem import Problem

Cell = str | int | float | bool | dt.datetime | dt.date | dt.time | dt.timedelta | None
"""A cell as it was read: text files give ``str`` only, workbooks give typed values and ``None`` for empty."""


@dataclass(frozen=True, slots=True)
class Row:
    """One record of the source.

    ``number`` is the row number as a person sees it (design §7): in text files the physical line on which
    the record starts, in workbooks the sheet's row. ``cells`` are as many as were read. ``problems`` are
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

    ``header_row`` is 1-based, as a person counts; ``names`` replaces a header (``header: none``). ``quote``
    is the character around cells, or ``none`` where quotes are text; ``escape`` the character that takes the
    meaning from the next one, or ``none``.
    """

    sheet: str | None = None
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
    (0 for ``header: none``). ``notes`` are sentences about what was found rather than declared.
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
