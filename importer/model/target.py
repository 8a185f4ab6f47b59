"""The protocol that both targets keep (design §3), and the values that pass through it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from importer.model.draft import Draft, Lookup
from importer.model.outcome import RowOutcome
from importer.model.schema import Schema
from importer.model.settling import Doubt, Finding, Known, Settling


@dataclass(frozen=True, slots=True)
class System:
    """The system a run loads into.

    ``id`` is stable: Salesforce org id, or IBM host + context + object store (or the connection's
    ``system_id``). ``clock_offset`` in seconds: the server's clock minus ours. ``record_url`` is the address
    at which a person opens a record, with ``{id}`` in it, where there is one. ``notes`` are sentences on how
    the system stands (its limits), to be told at the start.
    """

    id: str
    name: str
    production: bool
    user: str
    clock_offset: float = 0.0
    record_url: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Traffic:
    """What has left so far, sign-in and look-ups included: requests, and the event loop's clock in seconds
    at the first and the last of them.
    """

    calls: int = 0
    first: float | None = None
    last: float | None = None


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a path must remember of a send to take it up after a crash (a bulk job's id)."""

    text: str


@dataclass(frozen=True, slots=True)
class PathLimits:
    """How much one send of a path carries: rows, and bytes of their payloads (None: no limit of its own)."""

    rows: int = 1
    size: int | None = None


Note = Callable[[Ticket], Awaitable[None]]


class Path(Protocol):
    """One way of sending: single, collections, bulk."""

    name: str
    limits: PathLimits

    def deliver(self, batch: Sequence[Draft], note: Note) -> AsyncIterator[tuple[int, RowOutcome]]:
        """Send ``batch`` once and give each row's outcome as (row number, outcome).

        The caller has made the intent durable. Rows without an outcome at the end count as unknown.
        """
        ...


class Target(Protocol):
    """A system that takes cases. Nothing here knows the journal or files."""

    async def open(self) -> System:
        """Sign in and say which system this is. Raises TargetError."""
        ...

    async def schema(self) -> Schema:
        """Read the schema of the record type once. Raises TargetError, ImporterError."""
        ...

    def path(self, name: str) -> Path:
        """Return the path called ``name``."""
        ...

    def settling(self) -> Settling:
        """Return how, and after which time, the server can be asked about rows without an answer."""
        ...

    async def settle(self, doubts: Sequence[Doubt], known: Known) -> Mapping[int, Finding]:
        """Ask the server what became of ``doubts`` and return the finding of each row.

        Called only while nothing else is in flight. Raises TargetError when nobody can be asked now.
        """
        ...

    async def resolve(self, lookups: Sequence[Lookup]) -> Mapping[Lookup, tuple[str, ...]]:
        """Return the ids of the records that each of ``lookups`` names: none, one, or several.

        None of them is ``imported``. Raises TargetError, ImporterError where this system cannot look up.
        """
        ...

    async def find(self, drafts: Sequence[Draft]) -> Mapping[int, tuple[str, ...]]:
        """Return the ids of the records that have the key of each draft, by row. Raises TargetError."""
        ...

    def parents(self, draft: Draft) -> frozenset[str]:
        """Return the ids of the records that a create of ``draft`` locks on the server."""
        ...

    def question(self, draft: Draft) -> str | None:
        """Return the query that a person pastes into the vendor's console to look for the row."""
        ...

    def payload(self, draft: Draft) -> dict[str, object]:
        """Return the JSON body that a create of ``draft`` sends; no connection is needed."""
        ...

    def traffic(self) -> Traffic:
        """Return how many requests have left so far."""
        ...

    def pause(self, seconds: float) -> None:
        """Let no request leave for ``seconds``: the server asks the whole run to slow down."""
        ...

    async def probe(self) -> bool:
        """Ask once, as cheaply as the system allows, whether the server answers at all. Raises nothing."""
        ...

    def stop_sending(self) -> None:
        """From now on nothing leaves: requests that still wait come back as not sent."""
        ...

    async def close(self) -> None:
        """Give back connections."""
        ...
