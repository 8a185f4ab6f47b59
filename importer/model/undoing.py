"""Taking back what a run has created: which records, and what a look at them has shown (design §4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RecordRef:
    """A record that a row has made. ``since``: when the row was first sent, in seconds since 1970.

    ``vouched``: a person has said that the record is the row's; only its own creation can prove it.
    """

    id: str
    since: float
    vouched: bool = False


@dataclass(frozen=True, slots=True)
class Untouched:
    """The record is there, and nothing shows that anybody but the importer has had to do with it."""


@dataclass(frozen=True, slots=True)
class Missing:
    """The server says that the record was deleted."""


@dataclass(frozen=True, slots=True)
class Touched:
    """The record is there and must stay; ``reason`` fills the sentence of the problem ``code``."""

    code: str
    reason: str


Sight = Untouched | Missing | Touched


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look has shown of each record, by id; ``notes`` are sentences on what could not be looked at."""

    sights: Mapping[str, Sight]
    notes: tuple[str, ...] = ()
