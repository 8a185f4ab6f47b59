"""The types of the mapping language: from a cell or a text to the neutral value that targets encode."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from importer.mapping.cells import refuse, shown, text_of
from importer.mapping.dates import date_converter, datetime_converter
from importer.mapping.numbers import integer_converter, number_converter
from importer.mapping.spec import SALESFORCE, RuleType, TargetName
from importer.model.draft import Scalar
from importer.model.record_id import guid, salesforce_id
from importer.model.row import Cell

Converter = Callable[[Cell], Scalar]


@dataclass(frozen=True, slots=True)
class Reading:
    """How values are read: the keys of a rule that a type may need, and the target (ids differ)."""

    target: TargetName
    formats: tuple[str, ...] = ()
    timezone: str | None = None
    decimal: str | None = None
    thousands: str | None = None


TYPES: dict[RuleType, str] = {
    "text": "any text, as it stands; typed cells as described under Cells",
    "integer": "a whole number: `12`, `-3`, `12.0`",
    "number": "a number: `12.5`, with the signs of `decimal` and `thousands`; no exponent, no percent sign",
    "boolean": "true/false, yes/no, y/n, 1/0 in any case",
    "date": "ISO 8601 (`2024-05-31`), or as `format` says; typed date cells",
    "datetime": "ISO 8601 (`2024-05-31T14:30:00+02:00`, `2024-05-31 14:30`), or as `format` says; typed date "
    "cells; a date alone is its midnight. Without an offset it needs `timezone`",
    "email": "one address: something@domain.tld",
    "phone": "a text with at least three digits",
    "id": "an id of the target: 15 or 18 characters with a right checksum (Salesforce), a GUID (IBM)",
}
"""Type → what it reads, for the reference."""


def converter(kind: RuleType, reading: Reading) -> Converter:
    """Return the function that makes the neutral value of ``kind``, or raises RefusedError."""
    match kind:
        case "integer":
            return integer_converter(reading.decimal, reading.thousands)
        case "number":
            return number_converter(reading.decimal, reading.thousands)
        case "date":
            return date_converter(reading.formats)
        case "datetime":
            return datetime_converter(reading.formats, reading.timezone)
        case "boolean":
            return _boolean
        case "email":
            return _email
        case "phone":
            return _phone
        case "id":
            return _salesforce_id if reading.target == SALESFORCE else _guid
        case "text":
            return text_of


_BOOLEANS = {
    "true": True,
    "yes": True,
    "y": True,
    "1": True,
    "false": False,
    "no": False,
    "n": False,
    "0": False,
}


def _boolean(cell: Cell) -> bool:
    if isinstance(cell, bool):
        return cell
    found = _BOOLEANS.get(text_of(cell).casefold())
    if found is None:
        raise refuse("BAD_BOOLEAN", value=shown(cell))
    return found


# Only what no mail server takes is refused, and what is several addresses or an address with its name: the
# target's own rule is not documented.
_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s.,;<>]+(?:\.[^@\s.,;<>]+)*\.[^@\s.,;<>]{2,}")


def _email(cell: Cell) -> str:
    text = text_of(cell)
    if _EMAIL.fullmatch(text) is None:
        raise refuse("BAD_EMAIL", value=shown(cell))
    return text


_THREE_DIGITS = re.compile(r"(?:\d\D*){3}")


def _phone(cell: Cell) -> str:
    text = text_of(cell)
    if _THREE_DIGITS.search(text) is None:
        raise refuse("BAD_PHONE", value=shown(cell))
    return text


def _salesforce_id(cell: Cell) -> str:
    text = text_of(cell)
    if salesforce_id(text) is None:
        raise refuse("BAD_ID", value=shown(cell))
    return text


def _guid(cell: Cell) -> str:
    text = text_of(cell)
    if guid(text) is None:
        raise refuse("BAD_ID", value=shown(cell))
    return text
