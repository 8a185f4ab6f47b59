"""How texts of a column can be read as dates and numbers, and whether in one way only."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Literal, TypeVar

from importer.mapping.cells import RefusedError
from importer.mapping.dates import iso_datetime
from importer.mapping.formats import Parser, format_parser, has_time
from importer.mapping.numbers import Number, number_converter

T = TypeVar("T")

ENOUGH = 0.9
"""The share of the texts that a reading must take; single cells may be wrong."""

PROBE = 50
"""Texts that are looked at before all are tried."""
_LIKE_DATE = re.compile(r"(?=.*\d)[\w :.,/+-]{6,40}")
_LIKE_NUMBER = re.compile(r"[+-]?[\d.,'\u2019 \u00a0\u202f]{1,40}")

Offset = Literal["all", "none", "some"]


@dataclass(frozen=True, slots=True)
class DateReading:
    """How dates are written.

    ``formats`` is empty for ISO 8601 and for typed cells. ``other`` has the formats of a second reading that
    takes the same texts for other days: then none is to be chosen. ``offset`` says whether times have theirs.
    ``days`` are the formats that a date needs, where ISO 8601 with times is only good for a date and time.
    """

    formats: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    time: bool = False
    offset: Offset = "none"
    days: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NumberReading:
    """The signs of numbers; ``other`` has those of a second reading that gives other numbers."""

    decimal: str = "."
    thousands: str | None = None
    whole: bool = True
    other: tuple[str, str | None] | None = None


_DAY_FIRST = (
    "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d %m %Y", "%d/%m/%y", "%d.%m.%y", "%d-%m-%y", "%d-%b-%Y",
    "%d %b %Y", "%d/%b/%Y", "%d-%b-%y", "%d/%b/%y", "%d %b %y", "%d %B %Y", "%d. %B %Y",
)  # fmt: skip
_MONTH_FIRST = (
    "%m/%d/%Y", "%m-%d-%Y", "%m/%d/%y", "%m-%d-%y", "%b %d, %Y", "%b %d %Y", "%B %d, %Y", "%B %d %Y",
)  # fmt: skip
_YEAR_FIRST = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%y/%m/%d", "%y-%m-%d", "%y.%m.%d")
_TIMES = (
    "", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p", ", %H:%M", ", %H:%M:%S",
    ", %I:%M %p", ", %I:%M:%S %p", "T%H:%M:%S", " %H:%M:%S %z", " %H:%M %z",
)  # fmt: skip

FAMILIES: Mapping[str, tuple[str, ...]] = {
    name: tuple(f"{date}{time}" for date, time in product(dates, _TIMES))
    for name, dates in (("day", _DAY_FIRST), ("month", _MONTH_FIRST), ("year", _YEAR_FIRST))
}
"""What comes first in a date → the formats that are tried."""
_ISO_FORMATS = tuple(
    f"%Y-%m-%d{mark}{time}{zone}"
    for mark, time, zone in product((" ", "T"), ("%H:%M", "%H:%M:%S", "%H:%M:%S.%f"), ("", "%z"))
)

SIGNS: tuple[tuple[str, str | None], ...] = (
    (".", None), (",", None), (".", ","), (",", "."), (".", " "), (",", " "), (".", "'"), (".", "\u2019"),
)  # fmt: skip


def date_reading(texts: Sequence[str]) -> DateReading | None:
    """Return how ``texts`` (distinct, trimmed, not blank) are dates; None where too many are none."""
    if not _hopeful(texts, _LIKE_DATE):
        return None
    iso = _read(texts, iso_datetime)
    if len(iso) >= ENOUGH * len(texts):
        timed = any(len(text) > 10 for text in iso)
        days = _family(list(iso), _parsers("iso")) if timed else None
        return DateReading(time=timed, offset=_offset(iso.values()), days=days[0] if days else ())
    families = [found for name in FAMILIES if (found := _family(texts, _parsers(name)))]
    families.sort(key=lambda family: -len(family[1]))
    if not families or len(families[0][1]) < ENOUGH * len(texts):
        return None
    formats, readings = families[0]
    timed = any(has_time(form) for form in formats)
    offset = _offset(readings.values())
    other = next((rival for rival, found in families[1:] if _rivals(readings, found)), ())
    return DateReading(formats, other, timed, offset)


def _rivals(readings: Mapping[str, object], found: Mapping[str, object]) -> bool:
    """Say whether ``found`` reads the same texts as something else, and no text decides for ``readings``.

    Where the other order reads texts that this one cannot, the column is mixed, and stays doubtful.
    """
    differs = any(found[text] != readings[text] for text in found.keys() & readings.keys())
    return differs and (len(found) == len(readings) or bool(found.keys() - readings.keys()))


@cache
def _parsers(family: str) -> tuple[tuple[str, Parser], ...]:
    formats = ("%Y-%m-%d", *_ISO_FORMATS) if family == "iso" else FAMILIES[family]
    return tuple((form, format_parser(form)) for form in formats)


def _family(
    texts: Sequence[str], parsers: Sequence[tuple[str, Parser]]
) -> tuple[tuple[str, ...], dict[str, dt.datetime]] | None:
    """Return the fewest formats that read what all of them read, and the readings."""
    left, used, readings = list(texts), list[str](), dict[str, dt.datetime]()
    unread = 0
    while left and unread <= (1 - ENOUGH) * len(texts):
        # The first text that is left decides which formats are worth a try with the others.
        hopeful = [(form, parse) for form, parse in parsers if parse(left[0]) is not None]
        found = [(form, _read(left, parse)) for form, parse in hopeful]
        if not found:
            left, unread = left[1:], unread + 1
            continue
        form, read = max(found, key=lambda item: len(item[1]))
        used.append(form)
        readings |= read
        left = [text for text in left if text not in read]
    return (tuple(dict.fromkeys(used)), readings) if used else None


def _read(texts: Iterable[str], parse: Parser) -> dict[str, dt.datetime]:
    found = ((text, parse(text)) for text in texts)
    return {text: moment for text, moment in found if moment is not None}


def _offset(moments: Iterable[dt.datetime]) -> Offset:
    aware = {moment.tzinfo is not None for moment in moments}
    return "some" if len(aware) > 1 else "all" if aware == {True} else "none"


def number_reading(texts: Sequence[str]) -> NumberReading | None:
    """Return how ``texts`` (distinct, trimmed, not blank) are numbers; None where too many are none."""
    if not _hopeful(texts, _LIKE_NUMBER):
        return None
    found = [(signs, _numbers(texts, signs)) for signs in SIGNS]
    found.sort(key=lambda item: -len(item[1]))
    (decimal, thousands), numbers = found[0]
    if len(numbers) < ENOUGH * len(texts):
        return None
    whole = all(number == int(number) for number in numbers.values())
    other = next((signs for signs, others in found[1:] if _rivals(numbers, others)), None)
    return NumberReading(decimal, thousands, whole, other)


def _hopeful(texts: Sequence[str], like: re.Pattern[str]) -> bool:
    """Say whether it is worth trying: most of the first texts look the part."""
    first = texts[:PROBE]
    return sum(like.fullmatch(text) is not None for text in first) > len(first) / 2


def _numbers(texts: Iterable[str], signs: tuple[str, str | None]) -> dict[str, Number]:
    convert = number_converter(*signs)
    return {text: number for text in texts if (number := _tried(convert, text)) is not None}


def _tried(convert: Callable[[str], T], text: str) -> T | None:
    try:
        return convert(text)
    except RefusedError:
        return None
