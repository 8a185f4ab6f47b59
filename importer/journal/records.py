"""Values that pass the journal's door."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from importer.journal.states import State
from importer.model.frozen import frozen
from importer.model.problem import Problem


@dataclass(frozen=True, slots=True)
class RunIdentity:
    """What makes a run the same run (design §4): the bytes, sheet and header row, loaded into what."""

    digest: str
    sheet: str
    header_row: int
    system: str
    record_type: str


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a key is known: system × record type × source, and ``basis``, what the keys are made of."""

    system: str
    record_type: str
    source: str
    basis: str


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """The source of a run: its path as given, size in bytes, data rows."""

    path: str
    size: int
    rows: int


@dataclass(frozen=True, slots=True)
class Planned:
    """What a leg set out to do: rows to send, requests, and seconds that the rate alone makes them last.

    ``calls`` and ``seconds`` are None where the server works by itself, and nobody can tell.
    """

    rows: int
    calls: int | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class LegStart:
    """One invocation of a run; ``arguments`` hold no secret, ``source`` is where the file lies."""

    version: str
    os_user: str
    host: str
    pid: int
    arguments: tuple[str, ...]
    mapping: str
    schema: str
    options: Mapping[str, object]
    api_user: str
    clock_offset: float
    path: str
    reason: str
    source: str
    plan: Planned | None = None


@dataclass(frozen=True, slots=True)
class LegEnd:
    """How a leg ended. Times in milliseconds since 1970 (UTC), None when no request left."""

    exit: int
    finished: bool
    calls: int
    first_call: int | None
    last_call: int | None


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run as stored. Times in milliseconds since 1970 (UTC). ``undoes`` is the number of the run that it
    takes back; None for a run that imports.
    """

    n: int
    id: str
    digest: str
    sheet: str
    header_row: int
    system: str
    record_type: str
    round: int
    scope: int
    path: str
    size: int
    rows: int
    system_name: str
    record_url: str | None
    schema: str
    results: str | None
    started: int
    ended: int | None
    finished: bool
    exit: int | None
    undoes: int | None = None


@dataclass(frozen=True, slots=True)
class LegRecord:
    """A leg as stored. Times in milliseconds since 1970 (UTC)."""

    leg: int
    version: str
    os_user: str
    host: str
    pid: int
    arguments: str
    mapping: str
    schema: str
    options: str
    api_user: str
    clock_offset: float
    path: str
    reason: str
    started: int
    ended: int | None
    exit: int | None
    calls: int
    first_call: int | None
    last_call: int | None
    plan_rows: int | None = None
    plan_calls: int | None = None
    plan_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """How the requests of a leg fared from ``at`` to ``until`` (milliseconds since 1970, UTC).

    Requests that left (``calls``), those without an answer (``lost``), those that were no first try
    (``repeats``); how often the server asked to slow down (``pauses``), for how long (``paused``), and how
    long it was not there (``away``), in milliseconds; rows whose fate the server told when it was asked
    (``cleared``); how many requests were allowed in flight at the end; answers by the steps of
    ``model.latency``.
    """

    at: int
    until: int
    calls: int
    lost: int
    repeats: int
    pauses: int
    paused: int
    away: int
    cleared: int
    at_once: int
    latencies: Mapping[int, int]
    leg: int = 0


@frozen
class RowEntry:
    """What the journal holds of a row; rows that are pending and were never touched have none.

    ``since`` is when it was first sent (our clock, seconds since 1970) without knowing by now that no record
    was made, ``waits`` that it is in doubt only because another run's row is. ``digest`` is of what was sent;
    for a row that never left, of how its cells looked (``importer.mapping.seen``).
    """

    row: int
    state: State
    leg: int
    key: bytes | None
    record_id: str | None
    number: str | None
    problems: tuple[Problem, ...]
    attempts: int
    at: int
    since: float | None = None
    waits: bool = False
    digest: bytes | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """When a row was sent last, and when ``first`` without knowing since that it made no record.

    Our clock, in seconds since 1970. The last send may have taken from ``began`` to ``last``. ``by_job``: it
    went by a job that nobody has seen the end of. ``record_id``: the server has named the record it made.
    """

    last: float
    first: float
    began: float
    by_job: bool = False
    record_id: str | None = None


@dataclass(frozen=True, slots=True)
class OpenJob:
    """A send by a job that nobody has seen the end of; ``ticket`` is empty while there was no job yet."""

    send: int
    path: str
    ticket: str


@frozen
class LedgerLine:
    """A record that was imported, or may have been. ``run`` and ``row`` are the last that wrote it."""

    state: State
    record_id: str | None
    digest: bytes | None
    row: int
    run: str
    run_n: int


@dataclass(frozen=True, slots=True, order=True)
class RowPlace:
    """A row of a run: the number of the run, and the row's number there."""

    run: int
    row: int


@frozen
class Intent:
    """A row about to be sent: its ledger key and the keyed digest of what will be sent."""

    row: int
    key: bytes | None
    digest: bytes


@frozen
class Settlement:
    """What became of a row; ``problems`` hold no row contents (see ``model.redaction``). ``left`` is False
    when its request did not leave after all: it does not count as an attempt. A row in doubt that says no
    ``record_id`` keeps the one that it has.
    """

    row: int
    state: State
    record_id: str | None = None
    number: str | None = None
    problems: tuple[Problem, ...] = ()
    left: bool = True


@dataclass(frozen=True, slots=True)
class Verdict:
    """A person's answer for a row in doubt: ``record_id`` of the record that exists, or None for absent."""

    row: int
    record_id: str | None
    os_user: str
    host: str
