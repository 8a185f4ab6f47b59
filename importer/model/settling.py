"""Asking the server what became of rows whose answer was lost (design §4, Settling)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from importer.model.draft import Draft


@dataclass(frozen=True, slots=True)
class Doubt:
    """A row that was sent and has no answer. ``sent`` is our clock in seconds since 1970 at its last intent.

    ``first`` is that of an earlier one, when the server was believed not to have the record and may have
    made it after all; ``began`` is when the last send began, for one that took its time. ``record_id`` is the
    record that the server has answered with, where nobody has seen that it is as it must be.
    """

    row: int
    draft: Draft
    sent: float
    first: float | None = None
    began: float | None = None
    record_id: str | None = None

    @property
    def since(self) -> float:
        """The moment before which no send of the row can have made a record."""
        return self.sent if self.first is None else self.first


@dataclass(frozen=True, slots=True)
class Found:
    """The record exists. ``ours``: its creation date and creator prove that this row's send made it."""

    id: str
    number: str | None = None
    ours: bool = True


@dataclass(frozen=True, slots=True)
class Absent:
    """The server shows no record that could be this row's, and everything that it must show."""


@dataclass(frozen=True, slots=True)
class Undecided:
    """The server cannot tell; ``ids`` are records that may be the row's."""

    reason: str
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Flawed:
    """The row's record exists and is not as it must be; ``reason`` says how it is, for a person to decide.

    ``final``: asking again would find nothing else.
    """

    id: str
    reason: str
    final: bool


Finding = Found | Absent | Undecided | Flawed

How = Literal["match", "content", "none"]


@dataclass(frozen=True, slots=True)
class Settling:
    """How a target can be asked.

    ``after``: seconds from the send until "not there" is believed; ``repeat_refused``: the server refuses a
    second record with the key, so that nothing needs to be waited for. ``why`` says why nobody is asked.
    ``named``: seconds from the send within which a record that is known by its id gets ready, None where it
    cannot be asked for; that needs no ``how``.
    """

    how: How
    after: float = 0.0
    repeat_refused: bool = False
    why: str = ""
    named: float | None = None

    def about(self, record_id: str | None) -> Settling | None:
        """Return how a row is asked about whose record is ``record_id``, if known; None when it cannot be."""
        if record_id is not None and self.named is not None:
            return replace(self, after=self.named, repeat_refused=False)
        return None if self.how == "none" else self


@dataclass(frozen=True, slots=True)
class Known:
    """What the journal knows of the time in question, for the controls of an answer by content.

    ``created`` gives the ids of records that were sent and confirmed between two moments (our clock, seconds
    since 1970): an answer that lacks one of them is not believed. ``ours`` gives the ids of all records that
    were confirmed since a moment: they are not candidates.
    """

    created: Callable[[float, float], frozenset[str]]
    ours: Callable[[float], frozenset[str]]
