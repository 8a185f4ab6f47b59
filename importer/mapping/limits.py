"""What the target's schema allows of a value: length, choices, range, digits."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Collection
from dataclasses import replace
from decimal import Context, Decimal

from importer.mapping.cells import Failure, RefusedError, refuse, shown, text_of
from importer.mapping.numbers import canonical
from importer.model.draft import Document, Scalar
from importer.model.row import Cell
from importer.model.schema import Property, nearest

Check = Callable[[Scalar], None]

MAX_SUGGESTIONS = 500
MAX_WORDS = 500


class Suggestions:
    """Sentences that name the nearest right word.

    Looking for one costs milliseconds, and a wrong column has a wrong value in each of a million rows: only
    the first MAX_SUGGESTIONS different values get one.
    """

    def __init__(self, words: Collection[str]) -> None:
        self._words = words if len(words) <= MAX_WORDS else ()
        self._known: dict[str, str] = {}

    def sentence(self, word: str) -> str:
        """Return `` Did you mean "…"?`` or an empty text."""
        found = self._known.get(word)
        if found is None:
            if len(self._known) >= MAX_SUGGESTIONS or len(word) > 100:
                return ""
            near = nearest(word, self._words)
            found = self._known[word] = f' Did you mean "{near}"?' if near else ""
        return found


def limited(convert: Callable[[Cell], Scalar], found: Property | None) -> Callable[[Cell], Scalar]:
    """Return ``convert`` followed by the checks of the property; all that fail are reported together."""
    checks = _checks(found) if found else []
    if found and found.objects:
        convert = _objects(convert)
    if found and found.by_label:
        convert = _by_label(convert, found)
    if not checks:
        return convert
    if found and found.length and convert is text_of and len(checks) == 1 and not found.in_bytes:
        return _short_text(found.name, found.length)
    if len(checks) == 1:
        (only,) = checks

        def checked_once(value: Cell) -> Scalar:
            done = convert(value)
            only(done)
            return done

        return checked_once

    def checked(value: Cell) -> Scalar:
        done = convert(value)
        failures: list[Failure] = []
        for check in checks:
            try:
                check(done)
            except RefusedError as refused:
                failures.extend(refused.failures)
        if failures:
            raise RefusedError(*failures)
        return done

    return checked


def length_only(found: Property) -> bool:
    """Say whether the length in characters is all that the schema asks of a text of the property."""
    more = found.in_bytes or found.by_label or found.objects
    return not more and _checks(replace(found, length=None)) == []


def _checks(found: Property) -> list[Check]:
    checks: list[Check] = []
    if found.length:
        checks.append((_size if found.in_bytes else _length)(found.name, found.length))
    if found.prefixes:
        checks.append(_prefix(found))
    if found.earliest is not None or found.latest is not None:
        checks.append(_period(found))
    if found.restricted and found.choices:
        checks.append(_choices(found))
    if found.minimum is not None or found.maximum is not None:
        checks.append(_range(found))
    if found.precision:
        checks.append(_digits(found.name, found.precision, found.scale or 0))
    return checks


def _short_text(name: str, limit: int) -> Callable[[Cell], Scalar]:
    """Return text_of and the check of its length as one function, for speed: most properties need no more."""

    def short(cell: Cell) -> Scalar:
        text = cell if cell.__class__ is str else text_of(cell)
        if len(text) > limit:
            raise refuse("TOO_LONG", found=len(text), property=name, limit=limit)
        return text

    return short


def _length(name: str, limit: int) -> Check:
    def check(value: Scalar) -> None:
        if isinstance(value, str) and len(value) > limit:
            raise refuse("TOO_LONG", found=len(value), property=name, limit=limit)

    return check


def _size(name: str, limit: int) -> Check:
    def check(value: Scalar) -> None:
        if isinstance(value, str) and len(value.encode("utf-8", "surrogatepass")) > limit:
            size = len(value.encode("utf-8", "surrogatepass"))
            raise refuse("TOO_MANY_BYTES", found=size, property=name, limit=limit)

    return check


def _prefix(found: Property) -> Check:
    """An id says by its first characters what it is the id of; one of something else is refused."""
    kinds = " or ".join(found.references)

    def check(value: Scalar) -> None:
        if isinstance(value, str) and not value.startswith(found.prefixes):
            raise refuse("WRONG_ID", value=shown(value), kinds=kinds, property=found.name)

    return check


def _period(found: Property) -> Check:
    earliest, latest = found.earliest, found.latest

    def check(value: Scalar) -> None:
        if not isinstance(value, dt.datetime):
            return
        side, limit = ("earlier", earliest) if earliest and value < earliest else ("later", latest)
        if limit is not None and (side == "earlier" or value > limit):
            moment = shown(value).strip('"')
            raise refuse(
                "OUT_OF_PERIOD", value=moment, side=side, limit=f"{limit:%Y-%m-%d}", property=found.name
            )

    return check


def _choices(found: Property) -> Check:
    values = {choice.value for choice in found.choices}
    numbers = {canonical(value) for value in values}
    labels = _labels(found)
    suggestions = Suggestions(sorted(values))

    def check(value: Scalar) -> None:
        if isinstance(value, str):
            if value in values:
                return
            near = f' Did you mean "{labels[value]}"?' if value in labels else suggestions.sentence(value)
            raise refuse("NOT_A_CHOICE", value=shown(value), property=found.name, nearest=near)
        if (
            isinstance(value, int | Decimal)
            and not isinstance(value, bool)
            and canonical(value) not in numbers
        ):
            raise refuse("NOT_A_CHOICE", value=_plain(value), property=found.name, nearest="")

    return check


def _by_label(convert: Callable[[Cell], Scalar], found: Property) -> Callable[[Cell], Scalar]:
    """Return ``convert`` for a property whose choices may be named by their labels.

    A text that is written like a value is that value; a label that two values share is not translated.
    """
    values = {choice.value for choice in found.choices}
    labels = _labels(found)

    def translated(cell: Cell) -> Scalar:
        if isinstance(cell, str) and cell not in values:
            return convert(labels.get(cell, cell))
        return convert(cell)

    return translated


def _objects(convert: Callable[[Cell], Scalar]) -> Callable[[Cell], Scalar]:
    """Return ``convert`` for a property of objects: the cell holds one as JSON, or a list of them."""

    def read(cell: Cell) -> Scalar:
        text = str(convert(cell))
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            raise refuse("BAD_OBJECT", value=shown(text)) from None
        listed = found if isinstance(found, list) else [found]
        if not listed or not all(isinstance(each, dict) and each for each in listed):
            raise refuse("BAD_OBJECT", value=shown(text))
        if any(isinstance(member, dict) for each in listed for member in each.values()):
            raise refuse("BAD_OBJECT", value=shown(text))
        return Document(text if isinstance(found, list) else f"[{text}]")

    return read


def _labels(found: Property) -> dict[str, str]:
    """Return the value of each label that exactly one of the choices has."""
    by_label: dict[str, set[str]] = {}
    for choice in found.choices:
        by_label.setdefault(choice.label, set()).add(choice.value)
    return {label: next(iter(values)) for label, values in by_label.items() if len(values) == 1}


def _range(found: Property) -> Check:
    low, high = found.minimum, found.maximum

    def check(value: Scalar) -> None:
        if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
            return
        if low is not None and value < low:
            raise _out_of_range(found, value, "less", low)
        if high is not None and value > high:
            raise _out_of_range(found, value, "greater", high)

    return check


def _out_of_range(found: Property, value: int | Decimal, side: str, limit: Decimal) -> RefusedError:
    return refuse("OUT_OF_RANGE", value=_plain(value), side=side, limit=_plain(limit), property=found.name)


def _plain(number: int | Decimal) -> str:
    return shown(number).strip('"') if isinstance(number, int) else format(number, "f")


def _digits(name: str, precision: int, scale: int) -> Check:
    before = precision - scale
    limit = (
        f"{before} before and {scale} after the decimal sign"
        if scale
        else f"{before}, none after the decimal sign"
    )

    unit = Decimal(1).scaleb(-scale)
    remainder = Context(prec=precision + 2).remainder

    def check(value: Scalar) -> None:
        if value.__class__ is int:  # never a bool
            fits = -(10**before) < value < 10**before
        elif value.__class__ is Decimal:
            fits = value.adjusted() < before and not remainder(value, unit)
        else:
            return
        if not fits:
            raise refuse("TOO_MANY_DIGITS", value=_plain(value), property=name, limit=limit)

    return check
