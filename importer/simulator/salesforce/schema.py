"""What a field and an object of the simulated org are; ``objects.py`` holds the org's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

TEXT_TYPES = frozenset(
    {"string", "textarea", "picklist", "multipicklist", "email", "phone", "url", "combobox"}
)
NUMBER_TYPES = frozenset({"double", "currency", "percent", "int"})


@dataclass(frozen=True, slots=True)
class Field:
    """One field. ``flags`` hold C(reateable) U(pdateable) N(illable) D(efaultedOnCreate).

    ``marks`` hold what is rare: external, unique, sensitive (to case), restricted (picklist), lookup
    (idLookup), auto (number), name (field), plain (textarea), unfiltered.
    """

    name: str
    type: str
    length: int = 0
    flags: str = "CUN"
    label: str = ""
    choices: tuple[str, ...] = ()
    default: str | bool | None = None
    refers: tuple[str, ...] = ()
    relation: str | None = None
    precision: int = 0
    scale: int = 0
    marks: frozenset[str] = frozenset()

    @property
    def createable(self) -> bool:
        """Whether a create may set it."""
        return "C" in self.flags

    @property
    def updateable(self) -> bool:
        """Whether an update may set it."""
        return "U" in self.flags

    @property
    def required(self) -> bool:
        """Whether a create must set it (facts §5.1)."""
        return self.createable and "N" not in self.flags and "D" not in self.flags

    @property
    def keyed(self) -> bool:
        """Whether the store indexes it: external ids, unique fields and idLookup fields."""
        return bool(self.marks & {"external", "unique", "lookup"}) and self.type != "id"

    def fold(self, value: str) -> str:
        """Return a key value as the org compares it."""
        return value if "sensitive" in self.marks else value.casefold()


@dataclass(frozen=True)
class SObject:
    """One object: its fields by name, and what may be done with it."""

    name: str
    prefix: str
    label: str
    plural: str
    fields: Mapping[str, Field]
    writable: bool = True

    @cached_property
    def folded(self) -> dict[str, Field]:
        """The fields by lower-case name: names in requests are compared without regard to case."""
        return {name.lower(): field for name, field in self.fields.items()}

    @cached_property
    def relations(self) -> dict[str, Field]:
        """Reference fields by lower-case relationship name."""
        return {field.relation.lower(): field for field in self.fields.values() if field.relation}

    @cached_property
    def keys(self) -> tuple[Field, ...]:
        """The fields that the store indexes."""
        return tuple(field for field in self.fields.values() if field.keyed)

    @cached_property
    def required(self) -> tuple[Field, ...]:
        """The fields without which a create is refused."""
        return tuple(field for field in self.fields.values() if field.required)

    @cached_property
    def defaults(self) -> tuple[Field, ...]:
        """The fields that a create fills when it is not told how."""
        return tuple(field for field in self.fields.values() if field.default is not None)

    def find(self, name: str) -> Field | None:
        """Return the field called ``name`` in any letter case."""
        return self.folded.get(name.lower())
