"""Date formats: ``%d/%m/%Y %H:%M`` as a strict pattern of its own.

``strptime`` is not used: its month names and AM/PM depend on the machine's language, it reads ``1112024`` by
``%d%m%Y`` in one of two ways, and it is three times as slow.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

from importer.mapping.faults import one_of, quoted

MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december",
)  # fmt: skip
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_MONTH_NUMBER = {name: number for number, name in enumerate(MONTHS, 1)}
_MONTH_NUMBER |= {name[:3]: number for name, number in _MONTH_NUMBER.items()}

DIRECTIVES: dict[str, tuple[str, str, str]] = {
    "Y": (r"(?P<Y>\d{4})", "yyyy", "year, four digits"),
    "y": (r"(?P<y>\d{2})", "yy", "year, two digits: 69 to 99 are 1969 to 1999, 00 to 68 are 2000 to 2068"),
    "m": (r"(?P<m>\d{1,2})", "mm", "month, 1 or 2 digits"),
    "b": (f"(?P<b>{'|'.join(name[:3] for name in MONTHS)})", "Mon", "month, three English letters"),
    "B": (f"(?P<B>{'|'.join(MONTHS)})", "Month", "month, English name"),
    "d": (r"(?P<d>\d{1,2})", "dd", "day of the month, 1 or 2 digits"),
    "a": (
        f"(?P<a>{'|'.join(name[:3] for name in DAYS)})",
        "Day",
        "weekday, three English letters; not checked",
    ),
    "A": (f"(?P<A>{'|'.join(DAYS)})", "Weekday", "weekday, English name; not checked"),
    "H": (r"(?P<H>\d{1,2})", "hh", "hour 0 to 23, 1 or 2 digits"),
    "I": (r"(?P<I>\d{1,2})", "hh", "hour 1 to 12, 1 or 2 digits; needs %p"),
    "p": (r"(?P<p>[ap])\.?m\.?", "AM", "AM or PM"),
    "M": (r"(?P<M>\d{2})", "mm", "minute, two digits"),
    "S": (r"(?P<S>\d{2})", "ss", "second, two digits"),
    "f": (r"(?P<f>\d{1,9})", "ffffff", "fraction of a second, 1 to 9 digits (kept to the microsecond)"),
    "z": (r"(?P<z>z|[+-]\d{2}:?\d{2})", "+hh:mm", "offset from UTC, or Z"),
    "%": ("%", "%", "a percent sign"),
}
"""Directive → its pattern, what a person reads in a message, and its documentation."""

_TWO_DIGITS = frozenset("mdHI")
_DIGITS = frozenset("YymdHIMSf")
_TIME = frozenset("HIpMSfz")
_NUMBERS = "YmdHMS"
_YEAR, _MONTH, _HOUR = ("Y", "y"), ("m", "b", "B"), ("H", "I")

Parser = Callable[[str], dt.datetime | None]
"""Reads a text as a date and time, naive or aware; None when it does not fit."""


class FormatError(Exception):
    """A date format or a time zone is written wrong; the text says what is wrong."""


def has_time(form: str) -> bool:
    """Say whether a format reads a time of day."""
    return any(directive in _TIME for _, directive in _directives(form))


def check_format(form: str) -> str:
    """Return ``form`` if dates can be read by it without a guess. Raises FormatError."""
    used = [directive for _, directive in _directives(form) if directive != "%"]
    for directive in used:
        if directive not in DIRECTIVES:
            known = one_of([f"%{name}" for name in DIRECTIVES])
            raise FormatError(f"%{directive} is not known in a format; there are {known}")
    groups = ((_YEAR, "year (%Y)"), (_MONTH, "month (%m)"), (("d",), "day (%d)"))
    missing = [said for names, said in groups if not set(names) & set(used)]
    if missing:
        meant = _percent_form(form)
        hint = f"did you mean {quoted(meant)}?" if meant else "a date needs year, month and day"
        raise FormatError(f"format {quoted(form)} has no {one_of(missing)}; {hint}")
    for group in (_YEAR, _MONTH, _HOUR, *((name,) for name in DIRECTIVES)):
        if sum(used.count(name) for name in group) > 1:
            raise FormatError(f"format {quoted(form)} has {one_of([f'%{name}' for name in group])} twice")
    if ("I" in used) != ("p" in used):
        raise FormatError(f"format {quoted(form)} needs %I and %p together, or %H alone")
    for part, need in (("M", _HOUR), ("p", _HOUR), ("S", ("M",)), ("f", ("S",))):
        if part in used and not set(need) & set(used):
            raise FormatError(f"format {quoted(form)} has %{part} without %{need[0]}")
    return form


_LETTERS = re.compile("y{4}|y{2}|m{1,4}|d{1,2}|h{1,2}|s{1,2}|n{2}", re.IGNORECASE)
_MEANT = {"yyyy": "%Y", "yy": "%y", "mmmm": "%B", "mmm": "%b", "d": "%d", "h": "%H", "s": "%S", "n": "%M"}


def _percent_form(form: str) -> str | None:
    """Return what ``dd.MM.yyyy HH:mm``, the way of other programs, is here; None when it is not that."""
    if "%" in form:
        return None
    hours = False

    def directive(found: re.Match[str]) -> str:
        nonlocal hours
        letters = found[0].casefold()
        hours = hours or letters[0] == "h"
        if letters in ("m", "mm"):
            return "%M" if hours else "%m"
        return _MEANT.get(letters) or _MEANT.get(letters[0], found[0])

    meant = _LETTERS.sub(directive, form)
    try:
        return check_format(meant) if "%" in meant else None
    except FormatError:
        return None


def _directives(form: str) -> list[tuple[str, str]]:
    """Return ``(text before, directive)`` pairs; a trailing lone percent sign is a directive of its own."""
    return [(before, name) for before, name in re.findall(r"([^%]*)%(.?)", form, re.DOTALL)]


def readable(form: str) -> str:
    """Return a format as people write it: ``%d/%m/%Y %H:%M`` is ``dd/mm/yyyy hh:mm``."""
    tail = form[form.rfind("%") + 2 :] if "%" in form else form
    return "".join(before + DIRECTIVES[name][1] for before, name in _directives(form)) + tail


def format_parser(form: str) -> Parser:
    """Return the function that reads a text by ``form``; it gives None where the text does not fit.

    The result is aware where the text has an offset. Numbers beside each other without a sign between have
    all their digits, elsewhere days, months and hours may be written with one.
    """
    fits = re.compile(_pattern(form), re.ASCII | re.IGNORECASE).fullmatch
    names = {name for _, name in _directives(form)} - {"%"}
    order = [name for name in _NUMBERS if name in names]

    def parse_numbers(text: str) -> dt.datetime | None:
        found = fits(text)
        if found is None:
            return None
        try:
            return dt.datetime(*map(int, found.group(*order)))  # type: ignore[arg-type]
        except ValueError:
            return None

    def parse(text: str) -> dt.datetime | None:
        found = fits(text)
        if found is None:
            return None
        try:
            return _assemble({name: given.casefold() for name, given in found.groupdict().items()})
        except ValueError:
            return None

    return parse_numbers if names == set(_NUMBERS[: len(names)]) else parse


def _pattern(form: str) -> str:
    found = _directives(form)
    pattern, position = "", 0
    for number, (before, name) in enumerate(found):
        piece = DIRECTIVES[name][0]
        after = found[number + 1] if number + 1 < len(found) else ("", "")
        beside = (not before and number and found[number - 1][1] in _DIGITS) or (
            not after[0] and after[1] in _DIGITS
        )
        if beside and name in _TWO_DIGITS:
            piece = piece.replace("{1,2}", "{2}")
        pattern += re.escape(before) + piece
        position += len(before) + 2
    return pattern + re.escape(form[position:])


def _assemble(given: dict[str, str]) -> dt.datetime:
    """Return the date and time of named parts, all in small letters. Raises ValueError for no such date."""
    year = int(given["Y"]) if "Y" in given else _full_year(int(given["y"]))
    month = int(given["m"]) if "m" in given else _MONTH_NUMBER[given.get("b") or given["B"]]
    fraction = int(given.get("f", "0")[:6].ljust(6, "0"))
    moment = dt.datetime(
        year, month, int(given["d"]), _hour(given), int(given.get("M", 0)), int(given.get("S", 0)), fraction
    )
    return moment.replace(tzinfo=_offset(given["z"])) if "z" in given else moment


def _full_year(short: int) -> int:
    return short + (1900 if short >= 69 else 2000)


def _hour(given: dict[str, str]) -> int:
    if "I" not in given:
        return int(given.get("H", 0))
    hour = int(given["I"])
    if not 1 <= hour <= 12:
        raise ValueError("an hour of the 12-hour clock")
    return hour % 12 + (12 if given["p"] == "p" else 0)


def _offset(text: str) -> dt.tzinfo:
    if text == "z":
        return dt.UTC
    hours, minutes = int(text[1:3]), int(text[-2:])
    if minutes > 59:
        raise ValueError("minutes of an offset")
    delta = dt.timedelta(hours=hours, minutes=minutes)
    return dt.timezone(-delta if text[0] == "-" else delta)
