"""Is a record what was sent? Compared after the server's own normalisation (design §4, Settling)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from importer.model.draft import Scalar, Value
from importer.model.record_id import full_id

Record = Mapping[str, Any]
ID_LENGTH = 15
"""A text of so many characters may be an id, which is stored with three more."""


class Candidates:
    """Records among which those are looked for that are what was sent.

    They are found by the longest text that was sent, and only then compared whole: thousands of doubts beside
    thousands of records are not compared each with each.
    """

    def __init__(self, records: Sequence[Record]) -> None:
        self._records = [
            ({name.casefold(): v for name, v in each.items()}, str(each["Id"])) for each in records
        ]
        self._by_text: dict[str, dict[str, list[int]]] = {}
        self._known: dict[object, tuple[str, ...]] = {}

    def equal(self, values: Mapping[str, Value]) -> tuple[str, ...]:
        """Return the ids of the records in which every value that was sent stands (names in any case)."""
        sent = tuple((name.casefold(), value) for name, value in values.items())
        kinds = tuple(type(value) for _name, value in sent)  # for Python True is 1, for a server it is not
        if (sent, kinds) not in self._known:
            near = (self._records[place] for place in self._near(sent))
            self._known[sent, kinds] = tuple(
                record_id
                for record, record_id in near
                if all(same_value(value, record.get(name)) for name, value in sent)
            )
        return self._known[sent, kinds]

    def _near(self, sent: Iterable[tuple[str, Value]]) -> Sequence[int]:
        """Return the places of the records that have the longest text among ``sent``; all without a text."""
        texts = [(_text(value), name) for name, value in sent if isinstance(value, str)]
        plain = [(len(text), text, name) for text, name in texts if len(text) != ID_LENGTH]
        if not plain:
            return range(len(self._records))
        _length, text, name = max(plain)
        if name not in self._by_text:
            found = self._by_text[name] = {}
            for place, (record, _id) in enumerate(self._records):
                found.setdefault(_stored(record.get(name)), []).append(place)
        return self._by_text[name].get(text, ())


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
    return _same_text(_text(sent), _stored(stored))


def _same_text(sent: str, stored: str) -> bool:
    return sent == stored or (len(sent) == ID_LENGTH and full_id(sent) == stored)


def _stored(value: object) -> str:
    return "" if value is None else _text(str(value))


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
