"""One rule as one function: the stages of design §5 in their order, composed once.

blank? · split → each item: do → blank again? → values → otherwise → type → truncate → limits → lookup
"""

from __future__ import annotations

import enum
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from importer.mapping.cells import NO_BLANKS, Failure, RefusedError, refuse, shown, text_of
from importer.mapping.faults import Faults, quoted
from importer.mapping.identity import key_text
from importer.mapping.kinds import default_fault, final_value, kind_of, misfits, sentences
from importer.mapping.limits import Suggestions, length_only, limited
from importer.mapping.lookups import Refer
from importer.mapping.patterns import MAX_PATTERN, Matches, pattern_function, patterns_of
from importer.mapping.spec import Given, Rule, RuleType, TargetName
from importer.mapping.transforms import steps_function
from importer.mapping.values import Reading, converter
from importer.model.draft import Reference, Scalar, Value
from importer.model.row import Cell
from importer.model.schema import Property


class Absent(enum.Enum):
    """What a rule gives instead of a value."""

    OMIT = "the property is left out"
    BLANK = "the cell, or what the transforms left of it, is blank"


OMIT: Final = Absent.OMIT
BLANK: Final = Absent.BLANK

Written = Value | Literal[Absent.OMIT]
Referred = Written | Reference
Item = Scalar | Literal[Absent.BLANK]
Read = Callable[[Cell], Item]
Give = Callable[[], Written]
OfCell = Callable[[Cell], Written]
Write = Callable[[Sequence[Cell]], Written]
WriteReference = Callable[[Sequence[Cell]], Referred]
IsBlank = Callable[[Cell], bool]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all rules of a mapping share while they are compiled."""

    target: TargetName
    blanks: frozenset[str]
    is_blank: IsBlank
    faults: Faults


@dataclass(frozen=True, slots=True)
class _Failed:
    """An entry of a value map whose value the schema does not allow: a problem of the rows that have it."""

    failures: tuple[Failure, ...]


_Hit = Item | _Failed


@dataclass(frozen=True, slots=True)
class CellRule:
    """A rule as the function from a cell to the value of its property; it raises RefusedError.

    With ``limit`` a text stays as it is that is not blank, not among ``listed``, and has at most so many
    characters.
    """

    of_cell: OfCell
    limit: int | None = None
    listed: frozenset[str] = NO_BLANKS


def cell_rule(rule: Rule, found: Property | None, around: Surroundings) -> CellRule:
    """Return the function from the rule's cell to the value of its property.

    ``found`` is the property in the schema, None without one. The function raises RefusedError with all
    problems of the cell. Faults of the mapping against the schema are noted in ``around``.
    """
    kind = kind_of(rule, found)
    _check_fit(rule, kind, found, around.faults)
    read = _item_function(rule, kind, found, around)
    absent = _absent_function(rule, kind, found, around)
    if rule.split is not None:
        single = found is not None and not found.multiple
        return CellRule(_several(rule.split, read, absent, around, single=single))
    wrap = found is not None and found.multiple
    changes = rule.values is not None or rule.do or rule.truncate is not None
    if kind == "text" and not changes and stays(found):
        return _text(found, absent, around)
    return CellRule(_single(read, absent, around, wrap=wrap))


def lookup_function(
    rule: Rule, index: int, found: Property | None, around: Surroundings, refer: Refer
) -> WriteReference:
    """Return the function from the cells of a row to the reference of a rule with a look-up.

    What is looked up by is text: type and limits of ``found`` are those of the id, and concern the default
    only, which is an id itself.
    """
    kind: RuleType = "text" if found is None or found.type == "unsupported" else found.type
    read = _item_function(rule, "text", None, around)
    absent = _absent_function(rule, kind, found, around)
    is_blank, imported = around.is_blank, rule.lookup is not None and rule.lookup.imported

    def look_up(cells: Sequence[Cell]) -> Referred:
        cell = cells[index]
        item = BLANK if is_blank(cell) else read(cell)
        if item is BLANK:
            return absent()
        text = str(item)
        return refer(key_text(text) if imported else text)

    return look_up


def _check_fit(rule: Rule, kind: RuleType, found: Property | None, faults: Faults) -> None:
    if rule.type or found is None:
        return
    for key in misfits(rule, kind):
        message = (
            f"{key} is of no use: {found.name} is of the type {kind}; remove it, or give the rule a type"
        )
        faults.add(rule.mark(key), message)


def _reading(rule: Rule, target: TargetName) -> Reading:
    return Reading(target, rule.formats, rule.timezone, rule.decimal, rule.thousands)


def _item_function(rule: Rule, kind: RuleType, found: Property | None, around: Surroundings) -> Read:
    """Return what is done to each item: do, blank again, values, otherwise, type, truncate, limits."""
    convert = converter(kind, _reading(rule, around.target))
    if rule.truncate is not None:
        convert = _truncated(convert, rule.truncate)
    whole = limited(convert, found)
    read: Read = whole
    if rule.values is not None:
        read = _mapped(rule, convert, whole, around.faults)
    steps = steps_function(rule.do)
    if steps is None:
        return read

    def stepped(cell: Cell) -> Item:
        before = cell if cell.__class__ is str else text_of(cell)
        after = steps(before)
        if around.is_blank(after):
            return BLANK
        return read(cell if after == before else after)  # a typed cell that no transform changed stays typed

    return stepped


def _mapped(rule: Rule, convert: Read, whole: Read, faults: Faults) -> Read:
    """Return the stage of ``values`` and ``otherwise``; their texts are converted once, here."""
    given = rule.values or {}
    table = {text: _entry(value, convert, whole, rule, "values", faults) for text, value in given.items()}
    patterns = [(pattern_function(text), table.pop(text)) for text in patterns_of(given)]
    by_pattern = _first_fit(patterns) if patterns else None
    suggestions = Suggestions(list(table))
    other: Item | _Failed | None = None
    if isinstance(rule.otherwise, Given):
        other = _entry(rule.otherwise.text, convert, whole, rule, "otherwise", faults)
    keep = rule.otherwise == "keep"

    def mapped(cell: Cell) -> Item:
        text = cell if cell.__class__ is str else text_of(cell)
        hit = table.get(text)
        if hit is None and by_pattern is not None:
            hit = by_pattern(text)
        if hit is None:
            hit = other
        if hit is None:
            if keep:
                return whole(cell)
            raise refuse("UNKNOWN_VALUE", value=shown(text), nearest=suggestions.sentence(text))
        if isinstance(hit, _Failed):
            raise RefusedError(*hit.failures)
        return hit

    return mapped


_MAX_KNOWN = 1_000
"""Texts whose pattern is remembered, so that repeats cost nothing."""


def _first_fit(patterns: Sequence[tuple[Matches, _Hit]]) -> Callable[[str], _Hit | None]:
    """Return the function from a text to what the first pattern gives that fits it; None when none does."""

    @lru_cache(_MAX_KNOWN)
    def known(text: str) -> int:
        return next((place for place, (fits, _) in enumerate(patterns) if fits(text)), -1)

    def first_fit(text: str) -> _Hit | None:
        place = known(text) if len(text) <= MAX_PATTERN else known.__wrapped__(text)
        return None if place < 0 else patterns[place][1]

    return first_fit


def _entry(text: str, convert: Read, whole: Read, rule: Rule, key: str, faults: Faults) -> Item | _Failed:
    """Return a text of the value map as a value; one that can never be of the type is a fault."""
    try:
        convert(text)
    except RefusedError as refused:
        faults.add(rule.mark(key), f"{key} of {quoted(rule.column)}: {sentences(refused)}")
        return _Failed(refused.failures)
    try:
        return whole(text)
    except RefusedError as refused:
        return _Failed(refused.failures)


def _absent_function(rule: Rule, kind: RuleType, found: Property | None, around: Surroundings) -> Give:
    """Return what is given for a blank cell: the default, or what ``blank`` says."""
    if rule.default is not None:
        value = final_value(rule.default, kind, found, around.target, rule.timezone)
        if isinstance(value, RefusedError):
            around.faults.add(rule.mark("default"), default_fault(rule, value))
            return lambda: OMIT
        several = rule.split is not None or (found is not None and found.multiple)
        default: Value = (value,) if several else value
        return lambda: default
    if rule.blank == "error":

        def missing() -> Written:
            raise refuse("BLANK")

        return missing
    return (lambda: None) if rule.blank == "null" else (lambda: OMIT)


def _single(read: Read, absent: Give, around: Surroundings, *, wrap: bool) -> OfCell:
    is_blank, listed = around.is_blank, around.blanks - NO_BLANKS

    def single(cell: Cell) -> Written:
        if cell.__class__ is str:  # what is_blank would say, without the call: most cells come here
            if not cell or cell.isspace() or (listed and cell in listed):
                return absent()
        elif is_blank(cell):
            return absent()
        value = read(cell)
        if value is BLANK:
            return absent()
        return (value,) if wrap else value

    return single


NO_LIMIT = 2**63


def stays(found: Property | None) -> bool:
    """Say whether a text is the value of ``found`` as it stands, its length apart."""
    return found is None or (not found.multiple and length_only(found))


def _text(found: Property | None, absent: Give, around: Surroundings) -> CellRule:
    """``_single`` for a text of which only the length matters, in one call: most properties are that."""
    is_blank, listed = around.is_blank, around.blanks - NO_BLANKS
    limit = (found.length if found else None) or NO_LIMIT

    def text(cell: Cell) -> Written:
        if cell.__class__ is str:
            if not cell or cell.isspace() or (listed and cell in listed):
                return absent()
            said = cell
        elif is_blank(cell):
            return absent()
        else:
            said = text_of(cell)
        if len(said) > limit:
            raise refuse("TOO_LONG", found=len(said), property=found.name if found else "", limit=limit)
        return said

    return CellRule(text, limit, listed)


def _several(sign: str, read: Read, absent: Give, around: Surroundings, *, single: bool) -> OfCell:
    is_blank = around.is_blank

    def several(cell: Cell) -> Written:
        if is_blank(cell):
            return absent()
        if single:
            raise refuse("NOT_SINGLE")
        values: list[Scalar] = []
        failures: list[Failure] = []
        for item in text_of(cell).split(sign):
            try:
                value = BLANK if is_blank(item) else read(item)
            except RefusedError as refused:
                failures.extend(refused.failures)
            else:
                if value is not BLANK:
                    values.append(value)
        if failures:
            raise RefusedError(*failures)
        return tuple(values) if values else absent()

    return several


def _truncated(convert: Callable[[Cell], Scalar], limit: int) -> Callable[[Cell], Scalar]:
    def truncated(cell: Cell) -> Scalar:
        value = convert(cell)
        return cut(value, limit) if isinstance(value, str) and len(value) > limit else value

    return truncated


_JOINERS = frozenset("\u200d\ufe0e\ufe0f")


def cut(text: str, limit: int) -> str:
    """Return at most ``limit`` characters of ``text``, never a letter without the marks that follow it."""
    end = limit
    while end and _belongs(text, end):
        end -= 1
    return text[: end or limit]


def _belongs(text: str, place: int) -> bool:
    """Say whether the character at ``place`` belongs to the one before it."""
    after, before = text[place], text[place - 1]
    joined = after in _JOINERS or before == "\u200d" or "\U0001f3fb" <= after <= "\U0001f3ff"
    return joined or unicodedata.category(after).startswith("M")
