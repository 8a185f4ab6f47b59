"""What mapping makes of a row: neutral values, ready for any target to encode."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from importer.model.problem import Problem

Scalar = str | int | Decimal | bool | dt.date | dt.datetime | None
"""One value: whole numbers as ``int``, others as ``Decimal``; ``datetime`` is aware and in UTC."""

Value = Scalar | tuple[Scalar, ...]
"""The value of a property; a tuple for a multi-valued one."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A row that can be sent.

    ``values`` maps property names (API name or SymbolicName, as the schema spells them) to neutral values,
    in the order of the mapping. ``options`` are the target options that differ per row (for example
    ``client_context``). ``columns`` is shared by all drafts of a mapping: property → column that feeds it.
    """

    row: int
    values: Mapping[str, Value]
    options: Mapping[str, object] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)


Drafted = Draft | tuple[Problem, ...]
"""A row after mapping: a draft, or all the problems that were found."""
