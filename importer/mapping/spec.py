"""A mapping file as data: what ``load`` makes of the YAML text and ``compile`` turns into functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from importer.mapping.faults import Mark
from importer.model.row import ReadOptions

TargetName = Literal["salesforce", "ibm-case-manager"]
SALESFORCE: TargetName = "salesforce"
IBM: TargetName = "ibm-case-manager"

RuleType = Literal["text", "integer", "number", "boolean", "date", "datetime", "email", "phone", "id"]
Blank = Literal["omit", "null", "error"]
OnMatch = Literal["skip", "error", "update"]
Write = Literal["create", "update", "both"]


@dataclass(frozen=True, slots=True)
class Given:
    """A text of the mapping that is meant as a value, never as a keyword."""

    text: str


@dataclass(frozen=True, slots=True)
class Step:
    """One transform of a ``do`` list or one filter of a template, with its parameters in order."""

    name: str
    parameters: tuple[str | int, ...] = ()


@dataclass(frozen=True, slots=True)
class Slot:
    """``{Column|filter}`` in a template."""

    column: str
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Variable:
    """``{$name}`` in a template or a constant."""

    name: str


Part = str | Slot | Variable

Instead = Literal["error", "omit"] | tuple[Part, ...]
"""What a look-up gives that finds none, or many: a word, or the text to send, which may hold variables."""


@dataclass(frozen=True, slots=True)
class LookupBy:
    """How a rule's text becomes the id of another record: the ``object`` whose property ``by`` is the text.

    With ``imported``, ``object`` is a source, and the record is the one that its row with that key became.
    """

    object: str
    by: str
    imported: bool = False
    none: Instead = "error"
    many: Instead = "error"


@dataclass(frozen=True, slots=True)
class Condition:
    """What the cell of a column must be: one of ``any_of``, none of ``none_of``, fit a pattern, be blank.

    Exactly one of the four is given. ``do`` comes before the text is compared.
    """

    column: str
    at: Mark
    do: tuple[Step, ...] = ()
    any_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()
    matches: str | None = None
    blank: bool | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """Column → property. ``marks`` tells where each key of the rule stands; ``at`` where it begins."""

    column: str
    to: str
    at: Mark
    type: RuleType | None = None
    formats: tuple[str, ...] = ()
    timezone: str | None = None
    decimal: str | None = None
    thousands: str | None = None
    values: Mapping[str, str] | None = None
    otherwise: Literal["error", "keep"] | Given = "error"
    default: str | None = None
    blank: Blank = "omit"
    split: str | None = None
    do: tuple[Step, ...] = ()
    truncate: int | None = None
    lookup: LookupBy | None = None
    write: Write = "both"
    when: tuple[Condition, ...] = ()
    marks: Mapping[str, Mark] = field(default_factory=dict, compare=False)

    @property
    def writes(self) -> str:
        """The property it writes."""
        return self.to

    def mark(self, key: str) -> Mark:
        """Return where ``key`` of this rule stands (``lookup.none``: a key inside), else where it begins."""
        return self.marks.get(key, self.at)


@dataclass(frozen=True, slots=True)
class Text:
    """A constant or a template: ``name`` is the property (or the key of ``client_context``) it is for."""

    name: str
    parts: tuple[Part, ...]
    at: Mark
    lookup: LookupBy | None = None
    write: Write = "both"
    when: tuple[Condition, ...] = ()
    marks: Mapping[str, Mark] = field(default_factory=dict, compare=False)

    @property
    def writes(self) -> str:
        """The property it writes."""
        return self.name

    def mark(self, key: str) -> Mark:
        """Return where ``key`` of its long form stands, else where it begins."""
        return self.marks.get(key, self.at)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it reads, in order, each once."""
        return tuple(dict.fromkeys(part.column for part in self.parts if isinstance(part, Slot)))


@dataclass(frozen=True, slots=True)
class Key:
    """A column that identifies a row, and where the mapping names it."""

    column: str
    at: Mark


@dataclass(frozen=True)
class MappingFile:
    """A mapping file without faults of its own; whether it fits a file and a schema is not yet known.

    ``name`` is the file as the person wrote it, for messages; ``path`` is None for a text that is no file;
    ``text`` is what it was read from, ``included`` the texts of the files that it includes, by their paths.
    ``digest`` is the SHA-256 in hex of what the mapping says: comments, spacing, the order of keys and short
    or long forms do not change it. ``options`` are those that are equal for all rows: ``assignment_rule``,
    ``duplicates`` (texts), ``return_updates``, ``wait_ready`` (bool), ``external_data_identifier`` (text).
    """

    name: str
    path: Path | None
    version: int
    target: TargetName
    object: str
    case_type: str | None
    object_store: str | None
    source: str
    keys: tuple[Key, ...]
    key_none: bool
    match: str | None
    on_match: OnMatch
    read: ReadOptions
    variables: Mapping[str, str]
    rules: tuple[Rule, ...]
    constants: tuple[Text, ...]
    templates: tuple[Text, ...]
    options: Mapping[str, str | bool]
    client_context: tuple[Text, ...]
    digest: str
    when: tuple[Condition, ...] = ()
    text: str = field(default="", repr=False)
    included: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that identify a row, as the mapping spells them; empty where identity is by content."""
        return tuple(key.column for key in self.keys)

    @property
    def record_type(self) -> str:
        """The object (Salesforce) or the case type (IBM) that the rows become."""
        return self.case_type or self.object

    def parts(self) -> list[Rule | Text]:
        """Return the rules, constants and templates in the order of the file."""
        return sorted([*self.rules, *self.constants, *self.templates], key=lambda part: part.at)

    def written(self) -> Iterator[tuple[str, Mark]]:
        """Give each property that the mapping writes and where, in the order of the file."""
        found = [(part.writes, part.mark("to")) for part in self.parts()]
        yield from sorted(found, key=lambda item: item[1])
