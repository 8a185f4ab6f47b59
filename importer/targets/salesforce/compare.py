"""Is a record what was sent? Compared after the server's own normalisation (design §4, Settling)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from importer.model.draft import Scalar, Value
from importer.model.record_id import full_id


def same_record(values: Mapping[str, Value], record: Mapping[str, Any]) -> bool:
    """Return whether every value that was sent stands in ``record`` (fields by name, in any case)."""
    found = {name.casefold(): value for name, value in record.items()}
    return all(same_value(value, found.get(name.casefold())) for name, value in values.items())


def same_value(sent: Value, stored: object) -> bool:
    """Return whether ``stored`` is what the server makes of ``sent``.

    Texts are trimmed, their line ends are one, empty is null; numbers are compared up to the stored scale;
    datetimes up to the second; the values of a multi-select picklist in any order.
    """
    if isinstance(sent, tuple):
        parts = {_text(item) for item in sent if item is not None} - {""}
        return parts == {part.strip() for part in str(stored or "").split(";")} - {""}
    if isinstance(sent, bool):
        return stored is sent
    if isinstance(sent, int | Decimal):
        return _same_number(Decimal(sent), stored)
    if isinstance(sent, dt.datetime):
        moment = read_time(stored)
        return moment is not None and abs((moment - sent).total_seconds()) < 1
    return _same_text(_text(sent), "" if stored is None else _text(str(stored)))


def _same_text(sent: str, stored: str) -> bool:
    return sent == stored or (len(sent) == 15 and full_id(sent) == stored)


def _text(value: Scalar) -> str:
    if value is None:
        return ""
    text = value.isoformat() if isinstance(value, dt.date) else str(value)
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _same_number(sent: Decimal, stored: object) -> bool:
    if isinstance(stored, bool) or stored is None:
        return False
    try:
        found = Decimal(str(stored))
    except InvalidOperation:
        return False
    exponent = found.as_tuple().exponent
    scale = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    return (
        abs(found - sent) <= Decimal(5).scaleb(-(scale + 1))
        if scale
        else round(sent) == found or sent == found
    )


def read_time(value: object) -> dt.datetime | None:
    """Return a datetime of an answer (``2024-05-02T09:10:11.000+0000``), None for anything else."""
    try:
        return dt.datetime.fromisoformat(str(value))
    except ValueError:
        return None
