"""What a draft says: which column is the key, which rules there are, and why the other columns have none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from importer.mapping.columns import normal
from importer.mapping.guess.choices import ValueMap, items_of, parts_for, truths, value_map
from importer.mapping.guess.matching import (
    SAME_LABEL,
    WORTH_A_WORD,
    Pair,
    likeness,
    obstacle,
    own_phrase,
    pairs,
)
from importer.mapping.guess.phrases import ENTITIES, bare, phrase
from importer.mapping.guess.profile import Column, Parts
from importer.mapping.guess.synonyms import CARRIERS, KEYS
from importer.mapping.yaml_text import can_be_key
from importer.model.schema import Property, Schema

CONFIDENCE = 80
"""Per cent; less sure pairs are named in comments only."""
KEY_LENGTH = 40
"""Characters; a longer text without repeats is hardly a key."""
_ENDINGS = frozenset({"id", "number", "key"})


@dataclass(frozen=True, slots=True)
class DraftRule:
    """A rule of the draft: ``confidence`` in per cent, and why; ``values`` where a value map is needed."""

    column: Column
    property: Property
    confidence: int
    why: str
    values: ValueMap | None = None
    parts: Parts | None = None


@dataclass(frozen=True, slots=True)
class Left:
    """A column without a rule: the property it could be for, and why it is not taken."""

    column: Column
    property: str | None
    why: str


@dataclass(frozen=True, slots=True)
class DraftMapping:
    """All decisions of a draft. ``other_keys`` are columns without repeats that could be the key as well."""

    key: Column | None
    match: Property | None
    other_keys: tuple[Column, ...]
    rules: tuple[DraftRule, ...]
    left: tuple[Left, ...]
    required: tuple[Property, ...]
    unwritten: tuple[Property, ...]


def draft(columns: Sequence[Column], schema: Schema, confidence: int = CONFIDENCE) -> DraftMapping:
    """Decide which columns feed which properties of ``schema``."""
    usable, refused = _usable(columns)
    match = _carrier(schema)
    key, others = _key(usable, match)
    match = match if key is not None else None
    rules: dict[str, DraftRule] = {}
    blank: dict[str, Column] = {}
    if key is not None and match is not None:
        rules[match.name] = _rule(Pair(key, match, 100, "the key of the row"))
    taken = {key.index} if rules and key else set()
    for pair in pairs(usable, schema):
        name = pair.property.name
        if pair.confidence < confidence or pair.column.index in taken or name in rules or name in blank:
            continue
        if pair.column.blank and pair.column.rows:
            # A column of that very name keeps its property, though it has nothing to give it yet.
            if pair.confidence >= SAME_LABEL:
                blank[name] = pair.column
            continue
        rules[name] = _rule(pair)
        taken.add(pair.column.index)
    left = [_left(column, schema, rules, blank) for column in usable if column.index not in taken]
    written = {name.casefold() for name in rules}
    open_ = [each for each in schema.properties.values() if each.writable and each.type != "unsupported"]
    unwritten = [each for each in open_ if each.name.casefold() not in written]
    return DraftMapping(
        key,
        match,
        tuple(others),
        tuple(sorted(rules.values(), key=lambda rule: rule.column.index)),
        tuple(sorted([*refused, *left], key=lambda found: found.column.index)),
        tuple(each for each in unwritten if each.required),
        tuple(each for each in unwritten if not each.required and not each.hidden),
    )


def _usable(columns: Iterable[Column]) -> tuple[list[Column], list[Left]]:
    """Part the columns that a mapping can name from those it cannot."""
    columns = list(columns)
    names = Counter(normal(column.name).casefold() for column in columns)
    usable, refused = [], []
    for column in columns:
        if not column.name.strip():
            refused.append(Left(column, None, "it has no name in the header; give it one"))
        elif names[normal(column.name).casefold()] > 1:
            refused.append(Left(column, None, "several columns have this name; rename all but one"))
        elif not can_be_key(column.name):
            refused.append(Left(column, None, "its name cannot stand in a mapping; shorten it"))
        else:
            usable.append(column)
    return usable, refused


def _carrier(schema: Schema) -> Property | None:
    """Return the one unique property that is there to carry the keys of another system."""
    found = [
        each
        for each in schema.properties.values()
        if each.writable and each.unique and each.type == "text"
        if {phrase(each.label), own_phrase(each, schema.record_type)} & set(CARRIERS)
    ]
    return found[0] if len(found) == 1 else None


def _key(columns: Sequence[Column], match: Property | None) -> tuple[Column | None, list[Column]]:
    """Return the column that identifies a row by its name and its values, and others that could."""
    found = [column for column in columns if column.unique and not _no_key(column, match)]
    ranked = sorted(
        (rank, column.index, column) for column in found if (rank := _key_rank(column, match)) >= 0
    )
    if not ranked:
        return None, [column for column in found if not column.numbers and column.longest <= KEY_LENGTH]
    return ranked[0][2], [column for _rank, _index, column in ranked[1:]]


def _no_key(column: Column, match: Property | None) -> bool:
    numbers = column.numbers is not None and not column.numbers.whole
    too_long = column.longest > (match.length or 255 if match else 255)
    return bool(column.dates) or numbers or too_long or column.emails > 0.5


def _key_rank(column: Column, match: Property | None) -> int:
    """Return the place of a column among the usual names of keys, -1 for none."""
    said = phrase(column.name)
    if match is not None and likeness(column, match)[0] >= SAME_LABEL:
        return 0
    if column.name.strip() == "Id" and column.ids == 1.0:
        return 1  # the id that a Salesforce org gave
    for words, more in ((said, 2), (bare(said), 3)):
        if words in KEYS:
            return 2 * KEYS.index(words) + more
    *head, last = said.split() or [""]
    return 2 * len(KEYS) + 3 if last in _ENDINGS and ENTITIES & set(head) else -1


def _rule(pair: Pair) -> DraftRule:
    column, found = pair.column, pair.property
    values = None
    parts = parts_for(column, found)
    if found.choices and not column.blank:
        values = value_map(items_of(column, found), found.choices)
    elif found.type == "boolean" and column.booleans < 1.0:
        values = truths(column)
    if values is not None and not values.needed:
        values = None
    return DraftRule(column, found, pair.confidence, pair.why, values, parts)


def _left(column: Column, schema: Schema, rules: dict[str, DraftRule], blank: dict[str, Column]) -> Left:
    """Return why a column has no rule, by the property that its name is nearest to."""
    alike = [
        (percent, each.writable and each.type != "unsupported", each)
        for each in schema.properties.values()
        if (percent := likeness(column, each, schema.record_type)[0]) >= WORTH_A_WORD
    ]
    if not alike:
        return Left(column, None, "")
    percent, writable, found = max(alike, key=lambda item: (item[1], item[0]))
    if not writable:
        return Left(column, None, f"{found.name} cannot be written")
    if column.blank:
        return Left(column, found.name, "blank")
    reason = obstacle(column, found)
    if reason is None and found.name in rules:
        reason = f"{normal(rules[found.name].column.name)} is taken for it"
    elif reason is None and found.name in blank:
        reason = f"{normal(blank[found.name].name)}, blank in every row looked at, has that name"
    return Left(column, found.name, reason or f"not sure ({percent} %)")
