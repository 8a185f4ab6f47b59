"""The protocol that both targets keep (design §3), and the values that pass through it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from importer.model.advice import Advice, Asks, Intent, KeyValue
from importer.model.draft import Draft, Lookup
from importer.model.offer import Offer, Storage
from importer.model.outcome import DeleteOutcome, RowOutcome
from importer.model.schema import Schema
from importer.model.settling import Doubt, Finding, Known, Settling
from importer.model.undoing import Looked, RecordRef


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
    kind: str = ""
    storage: Storage | None = None


@dataclass(frozen=True, slots=True)
class Traffic:
    """What has left so far, sign-in and look-ups included: requests, and the event loop's clock in seconds
    at the first and the last of them.

    ``latencies`` are the answers by the steps of ``model.latency``, ``lost`` the requests that left and got
    none, ``repeats`` those that were no first try. ``pauses`` counts how often nothing was to leave because
    the server asked to slow down, ``paused`` the seconds of that; ``at_once`` is how many requests may be in
    flight now.
    """

    calls: int = 0
    first: float | None = None
    last: float | None = None
    latencies: tuple[int, ...] = ()
    lost: int = 0
    repeats: int = 0
    pauses: int = 0
    paused: float = 0.0
    at_once: int = 0


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

    async def deliver(self, batch: Sequence[Draft], note: Note) -> Mapping[int, RowOutcome]:
        """Send ``batch`` once and return the outcome of each row, by row number.

        The caller has made the intent durable. Rows without an outcome count as unknown.
        """
        ...


@dataclass(frozen=True, slots=True)
class JobState:
    """How far a job is. ``handed_over``: records are made, or may be; ``ended``: no more are; ``gone``: the
    server does not know it any more. ``done`` counts the rows that were worked on, None
    where it does not say.
    """

    state: str
    handed_over: bool
    ended: bool
    gone: bool = False
    done: int | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class JobOutcome:
    """What became of a row of a job; ``shown`` are the row's values by property as the results quote them."""

    row: int
    outcome: RowOutcome
    shown: Mapping[str, str] = field(repr=False)


class Load(Protocol):
    """The rows of one job, collected in a private file."""

    rows: int

    def add(self, draft: Draft, parents: frozenset[str]) -> bool:
        """Take a row; False when it has no room for it. ``parents`` are the records that its create locks."""
        ...

    def close(self) -> None:
        """Remove what was written."""
        ...


LoadT = TypeVar("LoadT", bound=Load)


class JobPath(Protocol[LoadT]):
    """A way of sending where the server works on many rows by itself, for as long as it takes.

    A job that was not handed over makes nothing. Every method that asks the server raises TargetError and may
    be called again.
    """

    @property
    def name(self) -> str:
        """What the path is called."""
        ...

    @property
    def objection(self) -> str:
        """Why the mapping cannot go by jobs, empty when it can."""
        ...

    @property
    def job_rows(self) -> int:
        """The most rows that one job is to have."""
        ...

    def carries(self, draft: Draft) -> bool:
        """Return whether a job can say exactly what ``draft`` says; else it goes by another path."""
        ...

    def load(self, columns: Sequence[str], heads: Mapping[str, str], *, changes: bool) -> LoadT:
        """Begin the upload of a job; ``columns`` are all properties that its rows may have.

        ``heads`` are those of the records that its rows may name, and their properties.
        """
        ...

    async def open(self, load: LoadT) -> Ticket:
        """Upload the rows; nothing is made of them before ``close``."""
        ...

    async def close(self, ticket: Ticket) -> None:
        """Hand the job over: the point of no return."""
        ...

    async def abort(self, ticket: Ticket) -> None:
        """Give up a job that was not handed over."""
        ...

    async def state(self, ticket: Ticket) -> JobState:
        """Ask how far the job is."""
        ...

    async def results(self, ticket: Ticket, load: LoadT) -> None:
        """Fetch what became of the rows of a job that has ended."""
        ...

    def outcomes(self, state: JobState, load: LoadT) -> Iterator[JobOutcome]:
        """Give the outcome of every row from what was fetched, each once."""
        ...


class Target(Protocol):
    """A system that takes cases. Nothing here knows the journal or files."""

    async def open(self) -> System:
        """Sign in and say which system this is. Raises TargetError."""
        ...

    async def schema(self) -> Schema:
        """Return the schema of the record type, asked once in a while. Raises TargetError, ImporterError."""
        ...

    def offers(self) -> Sequence[Offer]:
        """Return the paths with their limits and what is left of them today, the simplest first."""
        ...

    def asks(self) -> Asks:
        """Return what it wants to know of the rows before it advises."""
        ...

    async def advise(self, intent: Intent) -> Sequence[Advice]:
        """Ask the system about ``intent``: owners, rules, what a person should know. Raises TargetError."""
        ...

    async def existing(self, keys: Sequence[KeyValue]) -> Mapping[KeyValue, str] | None:
        """Return the ids of the records that carry one of ``keys`` in the match property, by key.

        None where nobody can be asked. Raises TargetError.
        """
        ...

    async def catalogue(self) -> Sequence[str]:
        """Return lines on what can be created here, where a few requests tell. Raises TargetError."""
        ...

    async def aftermath(self, records: Sequence[str], rest: int) -> str | None:
        """Return a sentence on what creating ``records`` (ids) has started, and what ``rest`` more will.

        None where there is nothing to say. Raises nothing.
        """
        ...

    def path(self, name: str) -> Path:
        """Return the path called ``name``."""
        ...

    def jobs(self) -> JobPath[Any] | None:
        """Return the path whose rows the server works on by itself, None where there is none."""
        ...

    def settling(self) -> Settling:
        """Return how, and after which time, the server can be asked about rows without an answer."""
        ...

    async def settle(self, doubts: Sequence[Doubt], known: Known) -> Mapping[int, Finding]:
        """Ask the server what became of ``doubts`` and return the finding of each row.

        Called only while nothing else is in flight. Raises TargetError when nobody can be asked now.
        """
        ...

    @property
    def what_deletion_does(self) -> str:
        """Sentences on what deleting a record removes here, and what it leaves; for who must confirm it."""
        ...

    @property
    def most_deleted(self) -> int:
        """How many records go into one delete."""
        ...

    async def look(self, records: Sequence[RecordRef], users: frozenset[str]) -> Looked:
        """Look whether anybody but ``users``, the names that the run signed in as, has touched ``records``.

        Raises TargetError when nobody can be asked now.
        """
        ...

    async def delete(self, records: Sequence[str]) -> list[DeleteOutcome]:
        """Delete the records with these ids, at most ``most_deleted``; return the outcome of each in order.

        Raises ImporterError where the connection does not allow it.
        """
        ...

    async def resolve(self, lookups: Sequence[Lookup]) -> Mapping[Lookup, tuple[str, ...]]:
        """Return the ids of the records that each of ``lookups`` names: none, one, or several.

        None of them is ``imported``. Raises TargetError, ImporterError where this system cannot look up.
        """
        ...

    async def head(self, name: str, lookup: Lookup) -> str | None:
        """Return how a create lets the server itself find the record that the property ``name`` refers to.

        The head of a ``Named`` value; None where it must be looked up. It depends on the object and the
        property of ``lookup``, not on its value. Raises TargetError.
        """
        ...

    async def find(self, drafts: Sequence[Draft]) -> Mapping[int, tuple[str, ...]]:
        """Return the ids of the records that have the key of each draft, by row. Raises TargetError."""
        ...

    def numbers_for(self, records: int) -> bool:
        """Return whether the numbers of so many records can be asked for, at a price that is worth it."""
        ...

    async def numbers(self, records: Sequence[str]) -> Mapping[str, str]:
        """Return the numbers by which people call the records with these ids. Raises TargetError."""
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

    def body(self, draft: Draft) -> bytes:
        """Return the bytes of that body, of which the ledger keeps a digest."""
        ...

    def sent(self, draft: Draft) -> dict[str, object]:
        """Return the value of each property of ``draft`` as it is sent, by the property's name."""
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
