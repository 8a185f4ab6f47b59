"""Dates and times: ISO 8601, declared formats, time zones; nothing is ever guessed."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones

from importer.mapping.cells import refuse, shown, text_of
from importer.mapping.faults import did_you_mean, one_of, quoted
from importer.mapping.formats import FormatError, Parser, format_parser, readable
from importer.model.row import Cell

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_ISO = re.compile(
    r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?:Z|[+-]\d{2}(?::?\d{2})?)?",
    re.ASCII | re.IGNORECASE,
)
_ISO_DATE_FORM = "2024-05-31 (ISO 8601)"
_ISO_FORM = "2024-05-31T14:30:00Z (ISO 8601)"

_DAYS_KNOWN = 4_096
"""Days that are remembered once they were read, or their offset found: a run meets them again and again."""

_NO_TIME = dt.timedelta()
_DAY = dt.timedelta(days=1)
_EPOCH = dt.datetime(1970, 1, 1)
_EPOCH_UTC = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def check_timezone(name: str) -> str:
    """Return ``name`` if it is a time zone of the IANA database. Raises FormatError with the nearest name."""
    if name in _zones():
        return name
    hint = did_you_mean(name, _zones()) or "; write a name such as Europe/Zurich or UTC"
    raise FormatError(f"unknown time zone {quoted(name)}{hint}")


@cache
def _zones() -> frozenset[str]:
    """All zones that mean the same on every machine (``localtime`` and ``Factory`` do not)."""
    return frozenset(available_timezones()) - {"localtime", "Factory"}


def iso_date(text: str) -> dt.datetime | None:
    """Read ``2024-05-31``; None for anything else."""
    if _ISO_DATE.fullmatch(text) is None:
        return None
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        return None


def iso_datetime(text: str) -> dt.datetime | None:
    """Read ``2024-05-31T14:30:00Z`` and its ISO 8601 kin (blank for T, no seconds, fractions, offsets, none).

    A date alone is its midnight. None for anything else.
    """
    if _ISO.fullmatch(text) is None:
        return iso_date(text)
    try:
        return dt.datetime.fromisoformat(text.upper())
    except ValueError:
        return None


def date_converter(formats: Sequence[str]) -> Callable[[Cell], dt.date]:
    """Return the function that makes a date of a cell.

    Typed date cells need no format; the day of a typed date and time is taken as it stands there.
    """
    parse = _parser(formats, iso_date)
    expected = one_of([readable(form) for form in formats]) if formats else _ISO_DATE_FORM

    @lru_cache(_DAYS_KNOWN)
    def of_text(text: str) -> dt.date:
        found = parse(text)
        if found is None:
            raise refuse("BAD_DATE", value=shown(text), expected=expected)
        return found.date()

    def convert(cell: Cell) -> dt.date:
        if isinstance(cell, dt.datetime):
            return cell.date()
        if isinstance(cell, dt.date):
            return cell
        return of_text(text_of(cell))

    return convert


def datetime_converter(formats: Sequence[str], timezone: str | None) -> Callable[[Cell], dt.datetime]:
    """Return the function that makes an aware datetime in UTC of a cell.

    ``timezone`` says where times without an offset were written; a date alone is its midnight there.
    """
    parse = _parser(formats, iso_datetime)
    expected = one_of([readable(form) for form in formats]) if formats else _ISO_FORM
    zone = ZoneInfo(timezone) if timezone else None
    in_utc = _utc_function(zone) if zone else None

    def convert(cell: Cell) -> dt.datetime:
        typed = None if cell.__class__ is str else _typed_moment(cell)
        found = typed or parse(text_of(cell))
        if found is None:
            raise refuse("BAD_DATETIME", value=shown(cell), expected=expected)
        try:
            if found.tzinfo is not None:
                return found.astimezone(dt.UTC)
            if in_utc is None:
                raise refuse("NO_TIMEZONE", value=shown(cell))
            return in_utc(found, cell)
        except OverflowError:  # the first and the last day that Python knows
            raise refuse("BAD_DATETIME", value=shown(cell), expected=expected) from None

    return convert


def _utc_function(zone: ZoneInfo) -> Callable[[dt.datetime, Cell], dt.datetime]:
    """Return the function from a time of the wall clock in ``zone``, and its cell for messages, to UTC.

    It refuses what the clock never or twice showed.
    """

    @lru_cache(_DAYS_KNOWN)
    def steady_offset(day: dt.date) -> dt.timedelta | None:
        return _steady_offset(dt.datetime(day.year, day.month, day.day), zone)

    def in_utc(naive: dt.datetime, cell: Cell) -> dt.datetime:
        offset = steady_offset(naive.date())
        if offset is None:
            before = naive.replace(tzinfo=zone, fold=0).utcoffset() or _NO_TIME
            after = naive.replace(tzinfo=zone, fold=1).utcoffset() or _NO_TIME
            if before != after:
                code = "TIME_OVERLAP" if before > after else "TIME_GAP"
                raise refuse(code, value=shown(cell), zone=zone.key)
            offset = before
        return _EPOCH_UTC + (naive - offset - _EPOCH)

    return in_utc


def _steady_offset(day: dt.datetime, zone: ZoneInfo) -> dt.timedelta | None:
    """Return the offset of a day on which the clock does not change, the common case; None for other days.

    ``day`` is its midnight. No zone has ever changed its clock twice within three days (a test asks the
    database): one offset on the midnight before, at its beginning, and on the second after says that there
    was no change. The first one after it may itself be shown twice, where a zone has repeated a day.
    """
    try:
        offset = zone.utcoffset(day)
        steady = zone.utcoffset(day - _DAY) == offset == zone.utcoffset(day + 2 * _DAY)
    except OverflowError:
        return None
    return offset if steady else None


def _typed_moment(cell: Cell) -> dt.datetime | None:
    """Return a typed date and time as it is, a typed date as its midnight, None for other cells."""
    if isinstance(cell, dt.datetime):
        return cell
    return dt.datetime(cell.year, cell.month, cell.day) if isinstance(cell, dt.date) else None


def _parser(formats: Sequence[str], iso: Parser) -> Parser:
    """Return the reader for ``formats``, ISO 8601 for none; two readings of one text are refused."""
    if not formats:
        return iso
    parsers = [format_parser(form) for form in formats]
    if len(parsers) == 1:
        return parsers[0]

    def parse(text: str) -> dt.datetime | None:
        found = {moment: None for parser in parsers if (moment := parser(text)) is not None}
        if len(found) > 1:
            first, second, *_ = (_said(moment) for moment in found)
            raise refuse("AMBIGUOUS_DATE", value=shown(text), first=first, second=second)
        return next(iter(found), None)

    return parse


def _said(moment: dt.datetime) -> str:
    return moment.date().isoformat() if moment.time() == dt.time() else moment.isoformat(" ")
