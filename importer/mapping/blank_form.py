"""What a form for a mapping asks for: its columns in order, and what each takes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from importer.mapping.columns import normal
from importer.mapping.faults import Mark
from importer.mapping.kinds import kind_of
from importer.mapping.patterns import is_pattern
from importer.mapping.spec import MappingFile, Rule, RuleType, Slot, Text
from importer.model.errors import MappingError
from importer.model.row import Cell
from importer.model.schema import Property, Schema

Holds = Literal["text", "date", "datetime", "number", "any"]
"""How the cells of a column are formatted."""

SHOWN = 20
"""Choices that a note names; the drop-down has all."""


@dataclass(frozen=True, slots=True)
class FormColumn:
    """A column: its name, whether it must be filled, what it takes in a sentence, and a cell as an example.

    ``choices`` are offered in a drop-down; ``strict`` says that nothing else is taken.
    """

    name: str
    required: bool
    holds: Holds
    note: str
    example: Cell
    choices: tuple[str, ...] = ()
    strict: bool = False


@dataclass(frozen=True, slots=True)
class BlankForm:
    """A table to fill in: where its header stands (from 1), on which sheet, and its columns."""

    title: str
    sheet: str
    header_row: int
    columns: tuple[FormColumn, ...]


def form_of(mapping: MappingFile, schema: Schema | None) -> BlankForm:
    """Return the form whose filled copy ``mapping`` reads. Raises MappingError for files without a header.

    Without a schema drop-downs come from value maps only, and required is what the mapping says.
    """
    if mapping.read.names is not None:
        raise MappingError(
            "NO_HEADER",
            f"{mapping.name} reads files without a header (header: none), and a form is known by its header.",
            "Remove header and names from the mapping's read, and name the columns in the file.",
        )
    given = mapping.read.sheet
    sheet = given if isinstance(given, str) and given != "*" else None
    columns = tuple(_Column(name, mapping, schema).made() for name in _names(mapping))
    title = f"{mapping.record_type}: {mapping.source}"
    return BlankForm(title, sheet or mapping.record_type, mapping.read.header_row or 1, columns)


def _names(mapping: MappingFile) -> list[str]:
    """Return the columns that the mapping uses, as it spells them: the key first, then in its order."""
    parts: list[Rule | Text] = [*mapping.rules, *mapping.templates, *mapping.client_context]
    names = [*mapping.key, *(name for part in sorted(parts, key=_place) for name in _read_by(part))]
    names += [condition.column for condition in mapping.when]
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(normal(name).casefold(), name)
    return list(found.values())


def _place(part: Rule | Text) -> Mark:
    return part.at


def _read_by(part: Rule | Text) -> Iterator[str]:
    if isinstance(part, Rule):
        yield part.column
    else:
        yield from (each.column for each in part.parts if isinstance(each, Slot))
    yield from (condition.column for condition in part.when)


class _Column:
    """One column while it is looked at: the rules that read it and the properties that they write."""

    def __init__(self, name: str, mapping: MappingFile, schema: Schema | None) -> None:
        self._name, self._mapping = name, mapping
        folded = normal(name).casefold()
        rules = [rule for rule in mapping.rules if normal(rule.column).casefold() == folded]
        self._rules = [(rule, schema.find(rule.to) if schema else None) for rule in rules]
        self._kinds = [
            "text" if rule.values or rule.lookup else kind_of(rule, found) for rule, found in self._rules
        ]
        self._is_key = folded in {normal(key).casefold() for key in mapping.key}

    def made(self) -> FormColumn:
        """Return the column of the form."""
        choices, strict = self._choices()
        return FormColumn(
            self._name, self._required(), self._holds(), self._note(choices), self._example(choices),
            choices, strict,
        )  # fmt: skip

    def _required(self) -> bool:
        """The key, what the mapping wants filled, and what feeds a property that the target wants."""
        wanted = any(
            rule.blank == "error" or (found is not None and found.required and rule.default is None)
            for rule, found in self._rules
            if not rule.when
        )
        return self._is_key or wanted

    def _holds(self) -> Holds:
        if self._is_key or not self._kinds:
            return "text"
        for kind in ("datetime", "date"):
            if kind in self._kinds:
                return "datetime" if kind == "datetime" else "date"
        if set(self._kinds) <= {"number", "integer"} and not any(rule.split for rule, _found in self._rules):
            return "number"
        return "any" if "boolean" in self._kinds else "text"

    def _choices(self) -> tuple[tuple[str, ...], bool]:
        """Return what every rule takes that knows its values, and whether one of them takes nothing else."""
        offers = [offer for rule, found in self._rules if (offer := _offer(rule, found))]
        if not offers:
            return (), False
        common = [text for text in offers[0][0] if all(text in texts for texts, _strict in offers)]
        return tuple(common), bool(common) and any(strict for _texts, strict in offers)

    def _note(self, choices: Sequence[str]) -> str:
        said = ["Required." if self._required() else "May be left blank."]
        if self._is_key:
            said.append("Identifies the row for good: each row has its own, and keeps it.")
        if choices:
            more = ", …" if len(choices) > SHOWN else ""
            said.append(f"One of: {', '.join(choices[:SHOWN])}{more}.")
            return " ".join(said)
        for (rule, found), kind in zip(self._rules, self._kinds, strict=True):
            said += _said(rule, found, kind)
        return " ".join(dict.fromkeys(said))

    def _example(self, choices: Sequence[str]) -> Cell:
        if choices:
            return choices[0]
        if self._is_key or not self._rules:
            return "EX-1001" if self._is_key else "Example"
        (rule, found), kind = self._rules[0], self._kinds[0]
        if rule.lookup or kind == "id":
            return None  # no id or name is right in every system
        if rule.split:
            return _several(rule, found, kind)
        return _cut(_EXAMPLES[kind], found) if kind not in ("number", "integer") else _number(kind, found)


_EXAMPLES: dict[RuleType, Cell] = {
    "text": "Example",
    "boolean": "yes",
    "date": dt.date(2024, 5, 31),
    "datetime": dt.datetime(2024, 5, 31, 14, 30),
    "email": "name@example.com",
    "phone": "+1 555 0100",
}

_PARTED = frozenset({"text", "number", "integer"})

_KINDS: dict[RuleType, str] = {
    "integer": "A whole number.",
    "number": "A number.",
    "boolean": "Yes or no.",
    "date": "A date.",
    "datetime": "A date and time.",
    "email": "An e-mail address.",
    "phone": "A phone number.",
    "id": "An id of the system.",
}


def _offer(rule: Rule, found: Property | None) -> tuple[tuple[str, ...], bool] | None:
    """Return the texts that a rule takes, and whether it takes no others; None where it takes any."""
    if rule.split or rule.lookup or rule.when:
        return None
    if rule.values:
        texts = tuple(text for text in rule.values if text and not is_pattern(text))
        open_ = rule.otherwise != "error" or len(texts) < len(rule.values) or rule.do
        return (texts, not open_) if texts else None
    if found is not None and found.choices and not rule.do:
        return tuple(choice.value for choice in found.choices if choice.value), found.restricted
    if kind_of(rule, found) == "boolean":
        return ("yes", "no"), False
    return None


def _items(rule: Rule, found: Property | None) -> list[str]:
    """Return the single values that a rule with ``split`` takes."""
    if rule.values:
        return [text for text in rule.values if text and not is_pattern(text)]
    return [choice.value for choice in found.choices] if found is not None else []


def _said(rule: Rule, found: Property | None, kind: RuleType) -> Iterator[str]:
    if rule.lookup:
        by = f"{rule.lookup.object} by {rule.lookup.by}"
        yield f"Names another record ({by})."
    elif not rule.values and kind in _KINDS:
        yield _KINDS[kind]
    if rule.split:
        items = _items(rule, found)
        known = f": {', '.join(items[:SHOWN])}" if items else ""
        yield f'Several values, with "{rule.split}" between them{known}.'
    if (
        found is not None
        and found.length
        and kind == "text"
        and not (rule.values or found.choices or rule.split)
    ):
        yield f"At most {found.length:,} characters."


def _several(rule: Rule, found: Property | None, kind: RuleType) -> Cell:
    """Return a cell with two values, as ``split`` parts them; None where nothing is known of them."""
    texts = _items(rule, found)[:2]
    if not texts and kind in ("number", "integer"):
        texts = ["12", "15"] if kind == "integer" else [f"12{rule.decimal or '.'}5", "15"]
    return (rule.split or "").join(texts or ["Example", "Another"]) if kind in _PARTED else None


def _cut(example: Cell, found: Property | None) -> Cell:
    if isinstance(example, str) and found is not None and found.length:
        return example[: found.length]
    return example


def _number(kind: RuleType, found: Property | None) -> Cell:
    """Return a number that the property takes."""
    number: float = 12 if kind == "integer" or (found is not None and found.scale == 0) else 12.5
    if found is not None and found.minimum is not None and number < found.minimum:
        return int(found.minimum) + 1 if found.maximum is None else int(found.minimum)
    if found is not None and found.maximum is not None and number > found.maximum:
        return int(found.maximum)
    return number
