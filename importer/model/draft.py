"""What mapping makes of a row: neutral values, ready for any target to encode."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from importer.model.frozen import frozen
from importer.model.problem import Problem

Scalar = str | int | Decimal | bool | dt.date | dt.datetime | None
"""One value: whole numbers as ``int``, others as ``Decimal``; ``datetime`` is aware and in UTC."""


class Document(str):
    """A value with an inner structure, as its JSON text: it goes out as JSON, not as a text."""

    __slots__ = ()


class Named(str):
    """A record that the server finds itself, by a value that names it.

    ``head`` says how, in the words of the server: ``Account.Ext__c``.
    """

    __slots__ = ("head",)

    def __new__(cls, text: str, head: str) -> Named:
        """Return ``text`` as what names a record under ``head``."""
        found = super().__new__(cls, text)
        found.head = head
        return found

    head: str


Value = Scalar | tuple[Scalar, ...]
"""The value of a property; a tuple for a multi-valued one."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """A record named by something else than its id: the ``object`` whose property ``by`` is ``value``.

    With ``imported`` it is the record that was made of the row with the key ``value`` of the source
    ``object``: the ledger knows it. Hashable, so that equal ones are asked for once.
    """

    object: str
    by: str
    value: str
    imported: bool = False


@dataclass(frozen=True, slots=True)
class Reference:
    """A property whose value is the id of the record that ``lookup`` finds.

    ``none`` and ``many`` say what becomes of the row when there is no such record, or more than one:
    ``error``, ``omit`` (the property is left out), or the value to send instead.
    """

    lookup: Lookup
    none: str = "error"
    many: str = "error"


@frozen
class Draft:
    """A row that can be sent, once its ``references`` are resolved.

    ``values`` maps property names (API name or SymbolicName, as the schema spells them) to neutral values,
    in the order of the mapping. ``options`` are the target options that differ per row (for example
    ``client_context``). ``columns`` is shared by all drafts of a mapping: property → column that feeds it;
    so are ``create_only`` and ``update_only``, the properties that are written only when a record is made, or
    only when it is changed (``write`` of the mapping). ``references`` are the properties to be looked up.
    With ``record_id`` the row changes that record instead of making one.
    """

    row: int
    values: Mapping[str, Value]
    options: Mapping[str, object] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    references: Mapping[str, Reference] = field(default_factory=dict)
    create_only: frozenset[str] = frozenset()
    update_only: frozenset[str] = frozenset()
    record_id: str | None = None

    def written(self) -> Mapping[str, Value]:
        """Return the values that go out: of a record that is made, or of the one that is changed."""
        left_out = self.update_only if self.record_id is None else self.create_only
        if not left_out:
            return self.values
        return {name: value for name, value in self.values.items() if name not in left_out}


Drafted = Draft | tuple[Problem, ...]
"""A row after mapping: a draft, or all the problems that were found."""
