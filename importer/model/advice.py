"""What a target is asked before anything is sent, and what it advises: settings and state of the system."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from importer.model.draft import Value

KeyValue = str | int | Decimal
"""The value of a match property, as it would be sent."""

Severity = Literal["stop", "rows", "warning", "note"]
"""``stop``: the run does not begin. ``rows``: the rows concerned stay behind. The others stop nothing."""


@dataclass(frozen=True, slots=True)
class Asks:
    """What a target wants to know of the rows before it advises.

    The values of the properties ``values``; and of rows whose property ``made`` lies more than ``old`` in the
    past, what their property ``state`` says. None: nothing of the kind. ``keys``: how many keys it can be
    asked about in reasonable time.
    """

    values: frozenset[str] = frozenset()
    made: str | None = None
    state: str | None = None
    old: dt.timedelta = dt.timedelta(days=1)
    keys: int = 0


@dataclass(frozen=True, slots=True)
class Intent:
    """What a run is going to do, as far as it is known when a target is asked for advice.

    ``rows``: how many it sends at most. ``writes``: the properties that get values, as the schema spells
    them. ``same`` are those that get the same value in every row. ``asked`` and ``old`` answer ``Asks`` where
    the rows were looked at: the distinct values by property, and the old rows by their state, each with how
    many rows.
    """

    rows: int
    writes: frozenset[str]
    same: Mapping[str, Value] = field(default_factory=dict)
    asked: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    old: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing that the system says, or is known, about an intent; as a finding of ``check``.

    ``values`` are the values of ``property`` that are concerned; with severity ``rows`` the rows that have
    one of them would be refused.
    """

    code: str
    severity: Severity
    message: str
    remedy: str = ""
    property: str | None = None
    values: tuple[str, ...] = ()
