"""Cells as text: typed cells of workbooks are read as a person would write them."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Sequence
from decimal import Decimal

from importer.model.row import Cell, Row

NO_BLANKS: frozenset[str] = frozenset([""])


Failure = tuple[str, dict[str, object]]
"""The code of a problem, and the names that its sentence needs."""


_HUGE = "a number of thousands of digits"


class RefusedError(Exception):
    """A value cannot be taken: pairs of a problem code and the names its sentence needs.

    Never leaves this room: the row's draft turns it into problems. ``column`` is the index of the cell, where
    that is not the one the rule reads.
    """

    def __init__(self, *failures: Failure, column: int | None = None) -> None:
        super().__init__("a value was refused")
        self.failures = failures
        self.column = column


def refuse(code: str, /, **names: object) -> RefusedError:
    """Return the refusal for one problem, for ``raise``."""
    return RefusedError((code, names))


def shown(value: Cell) -> str:
    """Return ``value`` as problems show it: quoted, on one line, at most 80 characters."""
    text = any_text(value)
    flat = "".join(character if character.isprintable() else " " for character in text[:81])
    return f'"{flat[:79]}…"' if len(text) > 80 else f'"{flat}"'


def any_text(cell: Cell) -> str:
    """Return a cell as text, whatever it holds; for numbers whose digits are lost, what is left of them."""
    try:
        return text_of(cell)
    except RefusedError:
        return str(cell) if isinstance(cell, float) else _HUGE


def cell_texts(columns: Sequence[str], row: Row) -> dict[str, str]:
    """Return the cells of ``row`` as texts by column name, the empty text where the row has no cell."""
    texts = dict.fromkeys(columns, "")
    texts.update((name, any_text(cell)) for name, cell in zip(columns, row.cells, strict=False))
    return texts


def text_of(cell: Cell) -> str:
    """Return a cell as text (design §5, types).

    Integers without ``.0``, floats in their shortest form of up to 15 digits, dates in ISO 8601, TRUE and
    FALSE, durations as hours, minutes and seconds, blank as the empty text. Raises RefusedError for numbers
    whose digits are lost.
    """
    if cell.__class__ is str:
        return cell
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, int):
        return _integer_text(cell)
    if isinstance(cell, float):
        return _float_text(cell)
    if isinstance(cell, dt.timedelta):
        return _duration_text(cell)
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    return str(cell)


def number_of(cell: float) -> Decimal:
    """Return a float as the decimal number of up to 15 digits that it stands for.

    A workbook keeps 15 digits (more in the file are noise of its arithmetic, 0.30000000000000004); a float
    from 10^15 on may have lost its last ones. Raises RefusedError for those, for infinities and NaN.
    """
    if not math.isfinite(cell):
        raise refuse("BAD_NUMBER", value=str(cell), detail="")
    if abs(cell) >= 1e15:
        raise refuse(
            "LOST_DIGITS", value=format(Decimal(repr(cell)), "f") if abs(cell) < 1e40 else repr(cell)
        )
    return Decimal(format(cell, ".15g"))


def _integer_text(cell: int) -> str:
    try:
        return str(cell)
    except ValueError:  # Python refuses to write more than 4,300 digits
        raise refuse("BAD_NUMBER", value=_HUGE, detail="") from None


def _float_text(cell: float) -> str:
    if cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return format(number_of(cell), "f")


def _duration_text(cell: dt.timedelta) -> str:
    sign = "-" if cell < dt.timedelta() else ""
    minutes, seconds = divmod(abs(cell), dt.timedelta(minutes=1))
    return f"{sign}{minutes // 60:02d}:{minutes % 60:02d}:{seconds.seconds:02d}"


def blank_test(blanks: frozenset[str]) -> Callable[[Cell], bool]:
    """Return the test for a blank cell: empty, white space only, or a text listed in ``blanks``."""
    listed = blanks - NO_BLANKS

    def plain(cell: Cell) -> bool:
        if cell.__class__ is str:
            return not cell or cell.isspace()
        return cell is None

    def listing(cell: Cell) -> bool:
        if plain(cell):
            return True
        try:
            return text_of(cell) in listed
        except RefusedError:
            return False

    return listing if listed else plain
