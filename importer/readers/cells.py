"""One cell of a workbook: its typed value, or what is wrong with it."""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

from openpyxl.styles.numbers import STRIP_RE, is_date_format, is_timedelta_format
from openpyxl.utils.datetime import WINDOWS_EPOCH, from_excel
from openpyxl.utils.escape import unescape

from importer.model.row import Cell

if TYPE_CHECKING:
    from openpyxl.cell.read_only import ReadOnlyCell

EXACT_BELOW = 10**15
"""Excel keeps 15 digits: whole numbers from here on have lost their last ones."""
ZEROS = re.compile(r'\\(.)|"([^"]*)"|(0)|([- ])|(.)')


Kind = Literal["date", "datetime", "time", "duration"]


class Fault(NamedTuple):
    """A problem of one cell: its code and the names that its sentence needs."""

    code: str
    names: dict[str, object]


def read_cell(cell: ReadOnlyCell, epoch: dt.datetime) -> tuple[Cell, Fault | None]:
    """Return the value of a cell (None for empty) and its fault, if it has one.

    Numbers must come raw: whether one is a date is decided here, by its format. ``epoch`` is the day from
    which the workbook counts.
    """
    value: object = cell.value
    if value is None or value == "":
        return None, None
    if cell.data_type == "e":
        return str(value), Fault("ERROR_CELL", {"value": str(value)})
    if isinstance(value, str):
        text = plain_text(value)
        return text, Fault("NUL_CHARACTER", {}) if "\0" in text else None
    if isinstance(value, int | float) and not isinstance(value, bool):
        number_format = _number_format(cell)
        kind = kind_of(number_format)
        return read_date(value, kind, epoch) if kind else (value, number_fault(value, number_format))
    if isinstance(value, bool | dt.date | dt.time | dt.timedelta):  # dates in ISO form are typed in the XML
        return value, None
    raise TypeError(f"a cell holds {type(value).__name__}")


def read_date(serial: float, kind: Kind, epoch: dt.datetime) -> tuple[Cell, Fault | None]:
    """Return the date, time or duration that the number ``serial`` of days stands for.

    In the 1900 system day 60 is 29 February 1900, which never was, and days before 1 are none.
    """
    try:
        if kind == "duration":
            return from_excel(serial, epoch, timedelta=True), None
        if kind == "time" and 0 <= serial < 1:
            return from_excel(serial, epoch), None
        if serial < 0 or (epoch == WINDOWS_EPOCH and (serial < 1 or 60 <= serial < 61)):
            raise ValueError
        found = from_excel(serial, epoch) if serial >= 1 else epoch + dt.timedelta(days=serial)
    except (OverflowError, ValueError):
        return serial, Fault("NO_SUCH_DATE", {"value": serial})
    return found.date() if kind == "date" and found.time() == dt.time() else found, None


@lru_cache(maxsize=1024)
def kind_of(number_format: str) -> Kind | None:
    """Say what a number format shows: a date, a date with time, a time, a duration, or None for a number."""
    if is_timedelta_format(number_format):
        return "duration"
    if not is_date_format(number_format):
        return None
    shown = STRIP_RE.sub("", number_format.split(";")[0].lower())
    time = re.search(r"(?<![_\\])[hs]", shown) is not None
    date = re.search(r"(?<![_\\])[dy]", shown) is not None
    return "datetime" if date and time else "time" if time else "date"


def plain_text(value: str) -> str:
    """Undo the escapes ``_xHHHH_`` that workbooks use for control characters (ECMA-376 part 1, 22.9.2.19)."""
    if "_x" not in value:
        return value
    text: str = unescape(value)
    if any("\ud800" <= character <= "\udfff" for character in text):
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def column_name(value: Cell) -> str:
    """Return the text of a header cell."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value)


def shown_padded(number_format: str, value: int) -> tuple[str, int] | None:
    """Return how a format of zeros only shows ``value``, and its width, when wider than the number."""
    pattern = number_format.split(";")[0]
    tokens = ZEROS.findall(pattern)
    width = sum(bool(zero) for _, _, zero, _, _ in tokens)
    if value < 0 or width <= len(str(value)) or any(other for *_, other in tokens):
        return None
    digits = iter(str(value).zfill(width))
    shown = "".join(
        next(digits) if zero else escaped + quoted + plain for escaped, quoted, zero, plain, _ in tokens
    )
    return shown, width


def _number_format(cell: ReadOnlyCell) -> str:
    try:
        return cell.number_format
    except (IndexError, TypeError):
        return "General"  # the cell names a style that the workbook does not have


def number_fault(value: int | float, number_format: str) -> Fault | None:
    """Return what is wrong with a number that has this format: lost digits, or zeros that are only shown."""
    if isinstance(value, float) and not value.is_integer():
        return None
    whole = int(value)
    if abs(whole) >= EXACT_BELOW:
        return Fault("LOST_DIGITS", {"value": whole})
    if number_format != "General" and (padded := shown_padded(number_format, whole)):
        return Fault("LOOKS_PADDED", {"shown": padded[0], "value": whole, "width": padded[1]})
    return None
