"""Numbers: declared signs, exact decimals, no exponent, no guess."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

from importer.mapping.cells import number_of, refuse, shown
from importer.model.row import Cell

MAX_DIGITS = 60
"""A number of more digits is a mistake: no target keeps half as many."""

_TOO_LARGE = 10**MAX_DIGITS

_BLANK_SIGNS = " \u00a0\u202f"
"""A blank as thousands sign may be any of these: programs write narrow and unbreakable ones."""

Number = int | Decimal


class SignError(Exception):
    """``decimal`` or ``thousands`` cannot be used; the text says why."""


def check_sign(sign: str) -> str:
    """Return a decimal or thousands sign if it can be told from a number. Raises SignError."""
    if len(sign) != 1 or sign.isalnum() or sign in "+-":
        raise SignError('a sign inside numbers is one character such as "." "," or "\'"')
    return sign


def number_converter(decimal: str | None, thousands: str | None) -> Callable[[Cell], Number]:
    """Return the function that makes a number of a cell: ``int`` where it is whole, else ``Decimal``.

    Typed numbers are taken as they are; ``decimal`` (default ``.``) and ``thousands`` (default none) are for
    texts. A thousands sign must part groups of three.
    """
    read = _reader(decimal or ".", thousands)

    def convert(cell: Cell) -> Number:
        if isinstance(cell, str):
            return read(cell)
        if isinstance(cell, int) and not isinstance(cell, bool) and abs(cell) < _TOO_LARGE:
            return cell
        if isinstance(cell, float):
            return whole(number_of(cell))
        raise refuse("BAD_NUMBER", value=shown(cell), detail="")

    return convert


def integer_converter(decimal: str | None, thousands: str | None) -> Callable[[Cell], int]:
    """Return the function that makes an ``int`` of a cell; ``12.0`` is whole, ``12.5`` is refused."""
    number = number_converter(decimal, thousands)

    def convert(cell: Cell) -> int:
        found = number(cell)
        if isinstance(found, int):
            return found
        raise refuse("BAD_INTEGER", value=shown(cell))

    return convert


def whole(number: Decimal) -> Number:
    """Return ``number`` as ``int`` where it is whole, else without zeros at its end."""
    if number == number.to_integral_value():
        return int(number)
    text = format(number, "f")
    return Decimal(text.rstrip("0")) if text.endswith("0") else number


def _reader(decimal: str, thousands: str | None) -> Callable[[str], Number]:
    group = f"[{_BLANK_SIGNS}]" if thousands == " " else re.escape(thousands or "")
    digits = rf"\d{{1,3}}(?:{group}\d{{3}})+|\d+" if thousands else r"\d+"
    sign = re.escape(decimal)
    fits = re.compile(rf"([+-]?)(?:({digits})(?:{sign}(\d+))?|{sign}(\d+))", re.ASCII).fullmatch
    between = re.compile(group) if thousands else None

    def read(text: str) -> Number:
        found = fits(text)
        if found is None:
            raise refuse("BAD_NUMBER", value=shown(text), detail=_detail(text, decimal, thousands))
        minus, head, tail, only = found.groups()
        integer = (between.sub("", head) if between else head) if head else "0"
        fraction = (tail or only or "").rstrip("0")
        if len(integer) + len(fraction) > MAX_DIGITS:
            raise refuse("BAD_NUMBER", value=shown(text), detail=f": it has more than {MAX_DIGITS} digits")
        if not fraction:
            return int(minus + integer)
        return Decimal(f"{minus}{integer}.{fraction}")

    return read


def _detail(text: str, decimal: str, thousands: str | None) -> str:
    if text.strip() != text:
        return ": it has blanks at its ends, which do: [trim] removes"
    signs = f'the decimal sign "{decimal}"'
    return f' with {signs} and the thousands sign "{thousands}"' if thousands else f" with {signs}"


def canonical(value: str | Number) -> str:
    """Return a number, or the text of one, in one spelling: ``10``, ``10.0`` and ``1E1`` are equal."""
    try:
        number = Decimal(value)
    except ArithmeticError:
        return str(value)
    return str(whole(number)) if number.is_finite() and abs(number.adjusted()) <= MAX_DIGITS else str(number)
