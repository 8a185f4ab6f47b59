"""The schema of a record type, as a target reports it: what preflight and mapping check values against."""

from __future__ import annotations

import datetime as dt
import difflib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal

PropertyType = Literal[
    "text", "integer", "number", "boolean", "date", "datetime", "email", "phone", "id", "unsupported"
]
"""The types of the mapping language; ``unsupported`` cannot be set through the target's API."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice of a picklist or choice list: the stored value and its label."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Property:
    """One property (Salesforce field, IBM property) and what it takes.

    ``length`` in characters; ``precision`` and ``scale`` in decimal digits; ``restricted`` says that a value
    outside ``choices`` is refused; ``writable`` that it can be set when a record is created; ``required``
    that a create without it is refused; ``unique`` that the server refuses a second record with the value
    (None: it does not say). ``updatable``: it can be set on a record that exists. ``references`` are the
    record types whose ids it takes, ``relationship`` the name under which such a record is named by another
    property of its own. ``by_label``: the label of a choice stands for its value. ``prefixes`` are how ids
    that it takes begin, where that is known. ``in_bytes``: the ``length`` counts UTF-8 bytes. ``joined``:
    several values travel as one text, and ``length`` is that of all together, with this text between them.
    ``objects``: a value is an object of named members, read from JSON (a business object).
    ``distinct``: several values must differ. ``earliest`` and ``latest`` (UTC) bound a datetime. ``hint``:
    what a person should know who wants to set it and cannot.
    """

    name: str
    type: PropertyType
    label: str = ""
    writable: bool = True
    required: bool = False
    multiple: bool = False
    length: int | None = None
    precision: int | None = None
    scale: int | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    choices: tuple[Choice, ...] = ()
    restricted: bool = False
    unique: bool | None = False
    external_id: bool = False
    case_sensitive: bool = False
    hidden: bool = False
    updatable: bool = True
    references: tuple[str, ...] = ()
    relationship: str | None = None
    by_label: bool = False
    prefixes: tuple[str, ...] = ()
    in_bytes: bool = False
    joined: str | None = None
    distinct: bool = False
    objects: bool = False
    earliest: dt.datetime | None = None
    latest: dt.datetime | None = None
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Variant:
    """A kind of record within the record type (a Salesforce record type): its id, API name and label.

    ``available``: the user may give it to a record.
    """

    id: str
    name: str
    label: str
    available: bool = True


@dataclass(frozen=True)
class Schema:
    """All properties of one record type (``Case``, ``AUTO_CollisionClaim``), and a digest of them.

    ``variants`` are the kinds of record within it, where the system has such; the property ``variant`` names
    one by its id. ``key_hint`` says how a property is made that can carry the key of a row.
    """

    record_type: str
    properties: Mapping[str, Property]
    digest: str
    variants: tuple[Variant, ...] = ()
    variant: str | None = None
    key_hint: str = ""

    @cached_property
    def _by_folded_name(self) -> Mapping[str, Property]:
        return {name.casefold(): found for name, found in self.properties.items()}

    def find(self, name: str) -> Property | None:
        """Return the property called ``name`` without regard to case, or None."""
        return self.properties.get(name) or self._by_folded_name.get(name.casefold())

    def nearest(self, name: str) -> str | None:
        """Return the name of the property that is spelt most like ``name``, or None."""
        return nearest(name, self.properties)

    def to_json(self) -> str:
        """Return the schema as JSON text, for the journal or a file."""
        document = {
            "record_type": self.record_type,
            "digest": self.digest,
            "properties": [asdict(found) for found in self.properties.values()],
            "variants": [asdict(found) for found in self.variants],
            "variant": self.variant,
            "key_hint": self.key_hint,
        }
        return json.dumps(document, ensure_ascii=False, default=str)

    @classmethod
    def from_json(cls, text: str) -> Schema:
        """Return the schema in ``text``, written by ``to_json``. Raises ValueError, KeyError or TypeError."""
        document = json.loads(text)
        found = [_property(member) for member in document["properties"]]
        return cls(
            document["record_type"],
            {each.name: each for each in found},
            document["digest"],
            tuple(Variant(**each) for each in document.get("variants", ())),
            document.get("variant"),
            document.get("key_hint", ""),
        )


def _property(member: dict[str, Any]) -> Property:
    read: dict[str, Any] = dict(member)
    for name in ("minimum", "maximum"):
        read[name] = None if read.get(name) is None else Decimal(read[name])
    for name in ("earliest", "latest"):
        read[name] = None if read.get(name) is None else dt.datetime.fromisoformat(read[name])
    read["choices"] = tuple(Choice(**choice) for choice in member["choices"])
    for name in ("references", "prefixes"):
        read[name] = tuple(member.get(name, ()))
    return Property(**read)


def nearest(word: str, words: Iterable[str]) -> str | None:
    """Return the one of ``words`` that is spelt most like ``word``, or None when none comes near."""
    folded = {candidate.casefold(): candidate for candidate in words}
    close = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else None
