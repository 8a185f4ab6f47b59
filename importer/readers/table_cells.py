"""Values that a program hands over (of Python, pandas, numpy) as cells, and as the JSON that keeps them.

Texts, booleans, None and numbers are themselves in JSON; everything else is an object with one member that
names its type. Neither pandas nor numpy is imported: their values are known by what they are.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from importer.model.row import Cell

Form = str | int | float | bool | dict[str, Any] | None
"""A cell as JSON takes it."""
Fault = tuple[str, dict[str, object]]
"""The code of a problem, and the names that its sentence needs."""

EXACT_BELOW = 10**15
"""A float keeps 15 digits: whole ones from here on stay floats, so that mapping can refuse them."""
MAX_BITS = 4096
MAX_DIGITS = 1000
"""Numbers beyond these are a mistake: no target keeps a fraction of their digits."""
SURROGATES = re.compile("[\ud800-\udfff]")
MISSING = frozenset({"NaTType", "NAType"})
"""The types of pandas for a missing value, beside NaN and None."""


def form_of(value: object) -> Form:
    """Return ``value`` as JSON keeps it.

    Integral floats are integers; NaN, NaT, NA and None are blank; timestamps are dates with time, to the
    microsecond. What is no value of a cell (a list, bytes …) is kept as the fault that it is.
    """
    if type(value) is str:
        return _of_text(value)
    if value is None or type(value) is bool:
        return value
    if type(value) is int:
        return _of_integer(value)
    if type(value) is float:
        return _of_float(value)
    return _of_other(value)


def cell_of(form: Form) -> tuple[Cell, Fault | None]:
    """Return the cell that ``form`` keeps, and what is wrong with it."""
    if not isinstance(form, dict):
        return form, None
    [(kind, kept)] = form.items()
    if kind == "fault":
        code, names, text = kept
        return text, (code, names)
    return _READ[kind](kept), None


_READ: dict[str, Callable[[Any], Cell]] = {
    "datetime": dt.datetime.fromisoformat,
    "date": dt.date.fromisoformat,
    "time": dt.time.fromisoformat,
    "duration": lambda parts: dt.timedelta(*parts),
}


def _of_text(text: str) -> Form:
    if "\0" in text:
        return _fault("NUL_CHARACTER", text)
    if not text.isascii() and SURROGATES.search(text):
        return _fault("UNDECODABLE", SURROGATES.sub("\N{REPLACEMENT CHARACTER}", text), encoding="UTF-8")
    return text


def _of_integer(value: int) -> Form:
    return int(value) if value.bit_length() <= MAX_BITS else _no_cell(value)


def _of_float(value: float) -> Form:
    if value != value:
        return None
    return int(value) if abs(value) < EXACT_BELOW and value.is_integer() else float(value)


def _of_decimal(value: Decimal) -> Form:
    """Return a decimal as the number that it is; as text where a float would lose digits of it."""
    if value.is_nan():
        return None
    if not value.is_finite():
        return float(value)
    if abs(value.adjusted()) > MAX_DIGITS or len(value.as_tuple().digits) > MAX_DIGITS:
        return _no_cell(value)
    if value == value.to_integral_value():
        return int(value)
    nearest = float(value)
    return nearest if Decimal(format(nearest, ".15g")) == value else format(value, "f")


def _of_other(value: Any) -> Form:
    """Return what is no plain value: dates, decimals, subclasses, and the scalars of pandas and numpy."""
    kind = type(value)
    if kind.__name__ in MISSING:
        return None
    if kind.__module__ == "numpy" and getattr(value, "ndim", None) == 0:
        timed = kind.__name__ in ("datetime64", "timedelta64")
        plain = value.astype(f"{kind.__name__}[us]").item() if timed else value.item()
        return _no_cell(value) if type(plain).__module__ == "numpy" else form_of(plain)
    for base, convert in _CONVERT:
        if isinstance(value, base):
            try:
                return convert(value)
            except (ValueError, OverflowError, ArithmeticError):  # a year or an offset that Python has not
                break
    return _no_cell(value)


def _of_datetime(value: dt.datetime) -> Form:
    day = (value.year, value.month, value.day)
    time = (value.hour, value.minute, value.second, value.microsecond)
    return {"datetime": dt.datetime(*day, *time, value.tzinfo, fold=value.fold).isoformat()}


_CONVERT: tuple[tuple[type, Callable[[Any], Form]], ...] = (
    (str, lambda value: _of_text(str.__str__(value))),
    (int, _of_integer),
    (float, _of_float),
    (Decimal, _of_decimal),
    (dt.datetime, _of_datetime),
    (dt.date, lambda value: {"date": value.isoformat()}),
    (dt.time, lambda value: {"time": value.isoformat()}),
    (dt.timedelta, lambda value: {"duration": [value.days, value.seconds, value.microseconds]}),
    (uuid.UUID, str),
)
"""Base class → how its values are kept; the first that fits counts."""


def _no_cell(value: object) -> Form:
    return _fault("NOT_A_CELL", None, type=f"a value of type {type(value).__name__}")


def _fault(code: str, text: str | None, **names: object) -> Form:
    return {"fault": [code, names, text]}
