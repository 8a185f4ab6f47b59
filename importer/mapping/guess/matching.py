"""Which column feeds which property, and how sure that is."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from importer.mapping.guess.choices import items_of, parts_for, truths, value_map
from importer.mapping.guess.phrases import bare, phrase
from importer.mapping.guess.profile import FEW, Column
from importer.mapping.guess.synonyms import CONCEPTS, Concept, Holds
from importer.mapping.patterns import is_pattern
from importer.model.schema import Property, Schema

SAME_NAME, SAME_LABEL, SAME_BARE, SYNONYM, LEAST_SYNONYM, SPELLING = 100, 97, 92, 90, 80, 90
"""Confidence in per cent; a synonym's falls by a point for each surer one, a spelling's with its distance."""
WORTH_A_WORD = 75
"""Less sure pairs are not even mentioned."""
SHORTEST = 5
"""Letters; shorter names are alike by chance."""
CATEGORY = 0.15
"""A text column with a smaller share of distinct values is a category rather than a text of its own."""
ROWS_FOR_CATEGORY = 50
OUTDONE = 30
"""Per cent that such a category loses where another column has texts for the same property."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A column and a property that may belong together: ``confidence`` in per cent, and why."""

    column: Column
    property: Property
    confidence: int
    why: str


def pairs(columns: Sequence[Column], schema: Schema) -> list[Pair]:
    """Return all pairs worth a word whose values fit, the surest first."""
    found = [
        pair
        for column in columns
        for each in schema.properties.values()
        if each.writable and each.type != "unsupported"
        for pair in _pair(column, each, schema.record_type)
        if obstacle(column, each) is None
    ]
    found = [_outdone(pair, found) for pair in found]
    places = {name: place for place, name in enumerate(schema.properties)}
    return sorted(found, key=lambda pair: (-pair.confidence, pair.column.index, places[pair.property.name]))


def _pair(column: Column, found: Property, record_type: str) -> Iterator[Pair]:
    confidence, why = likeness(column, found, record_type)
    if confidence >= (SAME_LABEL if found.hidden else WORTH_A_WORD):
        yield Pair(column, found, confidence, why)


def _outdone(pair: Pair, all_pairs: Sequence[Pair]) -> Pair:
    """Believe a column of few categories less where another has texts of its own for the same property."""
    column = pair.column
    if pair.property.type != "text" or pair.property.choices or not _category(column):
        return pair
    better = any(
        other.property is pair.property
        and other.confidence >= LEAST_SYNONYM
        and other.column.distinct >= 3 * column.distinct
        for other in all_pairs
    )
    return Pair(column, pair.property, pair.confidence - OUTDONE, pair.why) if better else pair


def _category(column: Column) -> bool:
    return column.rows >= ROWS_FOR_CATEGORY and column.distinct < CATEGORY * column.filled


def likeness(column: Column, found: Property, record_type: str = "") -> tuple[int, str]:
    """Return how much the name of a column is that of a property, in per cent, and why."""
    said = phrase(column.name)
    if not said:
        return 0, ""
    if column.name.strip().casefold() == found.name.casefold():
        return SAME_NAME, "the name of the property"
    name, label = own_phrase(found, record_type), phrase(found.label)
    concepts = _concepts_of(name, label)
    wanted = [concept.holds for concept in concepts if concept.holds != "anything"]
    if wanted and not any(_is(column, holds) for holds in wanted):
        return 0, ""  # a name is no number
    if said == name:
        return SAME_NAME, "the name of the property"
    if said == label:
        return SAME_LABEL, "the label of the property"
    if bare(said) in (bare(name), bare(label)):
        return SAME_BARE, "the name of the property, apart from the words for the case itself"
    by_concept = max((_usual(column, said, concept) for concept in concepts), default=0)
    if by_concept:
        return by_concept, "a usual name of it"
    return _spelling(said, name, label), "spelt much like it"


def own_phrase(found: Property, record_type: str) -> str:
    """Return the phrase of a property's name, without the prefix that it shares with its case type."""
    prefix, mark, rest = found.name.partition("_")
    if mark and rest and record_type.startswith(f"{prefix}_"):
        return phrase(rest)
    return phrase(found.name)


@cache
def _concepts_of(name: str, label: str) -> tuple[Concept, ...]:
    """Return the concepts that a property of this name and label is for."""
    named = {name, label, bare(name), bare(label)}
    return tuple(concept for concept in CONCEPTS if named & set(concept.properties))


def _usual(column: Column, said: str, concept: Concept) -> int:
    """Return how sure a name of ``concept`` is that of a column; 0 for none, or for cells of another kind."""
    places = [concept.columns.index(each) for each in (said, bare(said)) if each in concept.columns]
    if not places or not _is(column, concept.holds):
        return 0
    return max(SYNONYM - places[0] // 3, LEAST_SYNONYM)


def _is(column: Column, holds: Holds) -> bool:
    shares = {"name": column.names, "email": column.emails, "phone": column.phones}
    return column.blank or holds == "anything" or shares[holds] >= 0.6


@cache
def _spelling(said: str, name: str, label: str) -> int:
    best = 0.0
    for other in (name, label):
        one, two = said.replace(" ", ""), other.replace(" ", "")
        if min(len(one), len(two)) >= SHORTEST:
            pair = difflib.SequenceMatcher(None, one, two, autojunk=False)
            if pair.real_quick_ratio() > best and pair.quick_ratio() > best:
                best = max(best, pair.ratio())
    return round(best * SPELLING)


def obstacle(column: Column, found: Property) -> str | None:
    """Return why the cells of a column cannot be values of a property; None where they can."""
    if column.blank:
        return None
    if found.type == "id":
        return "it takes ids of this system's own records: see lookup"
    if found.type in ("date", "datetime") and not column.dates:
        return "its cells are no dates"
    if found.unique and not column.unique:
        return "its values repeat or are blank, and the property is unique"
    shares = {"email": column.emails, "phone": column.phones}
    if found.type in shares and shares[found.type] < 0.5:
        return f"its cells are no {'e-mail addresses' if found.type == 'email' else 'phone numbers'}"
    if found.type in ("number", "integer") and not column.numbers and not parts_for(column, found):
        return "its cells are no numbers"
    if found.type == "boolean" and column.booleans < 0.9 and truths(column) is None:
        return "its cells are not yes or no"
    return _no_choice(column, found) if found.choices else None


def _no_choice(column: Column, found: Property) -> str | None:
    """Few values without a choice are a person's to decide; many say that the column is something else."""
    if not any(choice.value and not is_pattern(choice.value) for choice in found.choices):
        return "its list of choices is empty"
    items = items_of(column, found)
    if not items:
        return f"it has more than {FEW} different values, and the property is a list of choices"
    unknown = sum(count for _text, count in value_map(items, found.choices).unknown)
    if len(items) > 2 * len(found.choices) and unknown > sum(count for _text, count in items) / 2:
        return f"most of its {len(items)} different values are like none of the choices"
    return None
