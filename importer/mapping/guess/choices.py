"""Value maps: which choice of a property a value of the file means, for a person to review."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from importer.mapping.guess.phrases import phrase
from importer.mapping.guess.profile import Column, Parts
from importer.mapping.guess.synonyms import CHOICES, FALSE, TRUE
from importer.model.schema import Choice, Property

NEAR = 0.85
"""How alike two spellings must be, 0 to 1."""


@dataclass(frozen=True, slots=True)
class ValueMap:
    """A drafted value map: ``known`` are (text of the file, value, sure), ``unknown`` (text, count).

    ``sure`` is False where the choice is only the nearest.
    """

    known: tuple[tuple[str, str, bool], ...] = ()
    unknown: tuple[tuple[str, int], ...] = ()

    @property
    def needed(self) -> bool:
        """Whether some value is not written as the target writes it."""
        return bool(self.unknown) or any(text != value for text, value, _sure in self.known)


def parts_for(column: Column, found: Property) -> Parts | None:
    """Return how cells with several values are parted for a multi-valued property; None where they are not.

    Of several signs the one decides whose parts are choices, or numbers; for free texts nothing does.
    """
    if not found.multiple:
        return None
    if found.choices:
        fits = [each for each in column.parts if value_map(each.values, found.choices).known]
        return max(fits, key=lambda each: _share(each, found.choices), default=None)
    if found.type in ("number", "integer"):
        return next((each for each in column.parts if each.numbers and not each.numbers.other), None)
    return column.parts[0] if len(column.parts) == 1 else None


def _share(parts: Parts, choices: Sequence[Choice]) -> float:
    drafted = value_map(parts.values, choices)
    return len(drafted.known) / (len(drafted.known) + len(drafted.unknown))


def items_of(column: Column, found: Property) -> tuple[tuple[str, int], ...]:
    """Return the distinct values of a column with counts; those of multi-valued properties one by one."""
    parts = parts_for(column, found)
    return parts.values if parts is not None else column.values


def value_map(items: Sequence[tuple[str, int]], choices: Sequence[Choice]) -> ValueMap:
    """Return a value map from ``items`` to ``choices``."""
    known: list[tuple[str, str, bool]] = []
    unknown: list[tuple[str, int]] = []
    for text, count in items:
        found = _choice(text, choices)
        if found is None:
            unknown.append((text, count))
        else:
            known.append((text, *found))
    return ValueMap(tuple(known), tuple(unknown))


def _choice(text: str, choices: Sequence[Choice]) -> tuple[str, bool] | None:
    """Return the value of the choice that ``text`` means, and whether that is sure; None for none."""
    for choice in choices:
        if text == choice.value:
            return choice.value, True
    said = phrase(text)
    by_phrase: dict[str, str] = {}
    for choice in reversed([each for each in choices if each.value]):
        by_phrase |= {phrase(choice.value): choice.value, phrase(choice.label): choice.value}
    if not said:
        return None
    if said in by_phrase:
        return by_phrase[said], True
    meant = next((by_phrase[other] for other in CHOICES.get(said, ()) if other in by_phrase), None)
    if meant is not None:
        return meant, False
    if said.replace(" ", "").isdecimal():  # 3 is not nearly 31
        return None
    near = difflib.get_close_matches(said, sorted(by_phrase), n=1, cutoff=NEAR)
    return (by_phrase[near[0]], False) if near else None


def truths(column: Column) -> ValueMap | None:
    """Return the value map of a column of yes and no in other words; None where it holds anything else."""
    known, unknown = [], []
    for text, count in column.values:
        word = phrase(text) or text.casefold()
        if text.casefold() in TRUE or word in TRUE:
            known.append((text, "true", True))
        elif text.casefold() in FALSE or word in FALSE:
            known.append((text, "false", True))
        else:
            unknown.append((text, count))
    return ValueMap(tuple(known), tuple(unknown)) if known and len(unknown) <= 1 else None
