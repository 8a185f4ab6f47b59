"""One cell of a workbook: its typed value, or what is wrong with it.

Numbers come here raw; whether one is a date is decided by its number format. No library is imported: the
process that parses a workbook must start at once.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from typing import Literal, NamedTuple

from importer.model.row import Cell

EXACT_BELOW = 10**15
"""Excel keeps 15 digits: whole numbers from here on have lost their last ones."""
WINDOWS_EPOCH = dt.datetime(1899, 12, 30)
"""Day 0 of the 1900 system, from 1 March 1900 on: it counts a 29 February 1900 that never was."""
MAC_EPOCH = dt.datetime(1904, 1, 1)
DAY_MS = 86_400_000
ZEROS = re.compile(r'\\(.)|"([^"]*)"|(0)|([- ])|(.)')
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
LITERAL = re.compile(r'"[^"]*"|[\\_*].|\[(?!(?:h+|m+|s+)\])[^\]]*\]', re.IGNORECASE)
"""What a number format shows as it stands: quoted or escaped text, fill and width; colours, currencies."""
ELAPSED = re.compile(r"\[(h+|m+|s+)\]")


Kind = Literal["date", "datetime", "time", "duration"]


class Fault(NamedTuple):
    """A problem of one cell: its code and the names that its sentence needs."""

    code: str
    names: dict[str, object]


def read_number(value: int | float, number_format: str, epoch: dt.datetime) -> tuple[Cell, Fault | None]:
    """Return what the number of a cell is by its format: a number, a date, a time; and its fault.

    ``epoch`` is the day from which the workbook counts.
    """
    kind = kind_of(number_format)
    return read_date(value, kind, epoch) if kind else (value, number_fault(value, number_format))


def number_of(text: str) -> int | float:
    """Return the number that ``text`` is, as XML writes them: ``5``, ``5.0``, ``1E-3``. Raises ValueError."""
    if text.isdecimal() and text.isascii() and len(text) < 300:
        return int(text)
    number = float(text)  # takes more than XML does: 1_000, nan, digits of other scripts
    if number - number != 0 or "_" in text or not text.isascii():
        raise ValueError("no number")
    text = text.strip()
    return int(text) if text[0] in "+-" and text[1:].isdecimal() and len(text) < 300 else number


def read_date(serial: float, kind: Kind, epoch: dt.datetime) -> tuple[Cell, Fault | None]:
    """Return the date, time or duration that the number ``serial`` of days stands for, to the millisecond.

    In the 1900 system day 60 is 29 February 1900, which never was, and days before 1 are none.
    """
    try:
        day, part = divmod(serial, 1)
        moment = dt.timedelta(days=day, milliseconds=round(part * DAY_MS))
        if kind == "duration":
            return moment, None
        if kind == "time" and 0 <= serial < 1 and not moment.days:
            return (dt.datetime.min + moment).time(), None
        windows = epoch == WINDOWS_EPOCH
        if serial < 0 or (windows and (serial < 1 or 60 <= serial < 61)):
            raise ValueError
        found = epoch + moment + dt.timedelta(days=windows and serial < 60)
    except (OverflowError, ValueError):
        return serial, Fault("NO_SUCH_DATE", {"value": serial})
    return found.date() if kind == "date" and found.time() == dt.time() else found, None


@lru_cache(maxsize=1024)
def kind_of(number_format: str) -> Kind | None:
    """Say what a number format shows: a date, a date with time, a time, a duration, or None for a number."""
    shown = LITERAL.sub("", number_format.split(";")[0].lower())
    if shown.strip() in ("general", "standard", "@"):
        return None
    if ELAPSED.search(shown):
        return "duration"
    time = "h" in shown or "s" in shown
    date = "d" in shown or "y" in shown
    if not time and not date:
        return "date" if "m" in shown else None
    return "datetime" if date and time else "time" if time else "date"


def plain_text(value: str) -> str:
    """Undo the escapes ``_xHHHH_`` that workbooks use for control characters (ECMA-376 part 1, 22.9.2.19)."""
    if "_x" not in value:
        return value
    text = ESCAPED.sub(lambda found: chr(int(found[1], 16)), value)
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
