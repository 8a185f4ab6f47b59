"""What to do with a row that is pending: pure decisions from what the journal knows of it (design §4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from importer.journal.records import LedgerLine
from importer.journal.states import ALIVE, HAS_RECORD, State
from importer.model.errors import Exit
from importer.model.outcome import (
    Again,
    Created,
    Exists,
    Held,
    Rejected,
    RowOutcome,
    Smaller,
    Status,
    Stop,
    Unknown,
    Unreachable,
    Updated,
)
from importer.model.problem import Problem, problem
from importer.pipeline.options import Ceiling


@dataclass(frozen=True, slots=True)
class Send:
    """The row goes out."""


@dataclass(frozen=True, slots=True)
class AlreadyKnown:
    """The ledger has the row's record; nothing is sent."""

    line: LedgerLine


@dataclass(frozen=True, slots=True)
class Leave:
    """The row is not sent; it is recorded as ``state`` with ``problems``."""

    state: State
    problems: tuple[Problem, ...]


Decision = Send | AlreadyKnown | Leave


def by_ledger(
    line: LedgerLine | None,
    run: int,
    row: int,
    *,
    again: bool,
    name: Callable[[LedgerLine], str] = lambda line: str(line.row),
) -> Decision:
    """Return what the ledger's line for the key of a pending ``row`` of run number ``run`` asks for.

    With ``again`` records of other runs do not count as known; doubts of other runs still do. ``name`` tells
    what a person calls the row of a line.
    """
    if line is None:
        return Send()
    own = line.run_n == run and line.row == row
    if line.state in HAS_RECORD:
        return Send() if again and line.run_n != run else AlreadyKnown(line)
    if line.state in ALIVE and not own:
        return Leave(State.IN_DOUBT, (problem("DOUBT_ELSEWHERE", row=name(line), run=line.run),))
    return Send()


@dataclass(frozen=True, slots=True)
class Seen:
    """A row without a record that came back in a results file: its state, and how its line compares.

    ``changed``: its cells look otherwise than when it was judged; ``remapped``: another mapping judged it;
    ``mended``: no cell that could not be read (an error, lost digits) is as it was.
    """

    state: State
    changed: bool
    remapped: bool
    mended: bool


def goes_again(seen: Seen, *, retry: bool) -> bool:
    """Return whether such a row is sent (design §8); ``retry``: the person said ``--retry-failed``."""
    if not seen.mended:
        return False
    if seen.state is State.REJECTED:
        return seen.changed or retry
    if seen.state is State.INVALID:
        return seen.changed or seen.remapped or retry
    if seen.state is State.SKIPPED:
        return seen.changed or seen.remapped
    return True


STATE_OF: dict[type, State] = {
    Created: State.CREATED,
    Updated: State.UPDATED,
    Exists: State.EXISTS,
    Rejected: State.REJECTED,
    Again: State.PENDING,
    Stop: State.PENDING,
    Unreachable: State.PENDING,
    Held: State.PENDING,
    Smaller: State.PENDING,
    Unknown: State.UNKNOWN,
}
"""The state into which an outcome takes a row that was sent."""


def state_after(outcome: RowOutcome, on_match: str) -> State:
    """Return the state of a sent row after ``outcome``.

    ``on_match: error`` refuses what exists, ``update`` goes on to change it.
    """
    if isinstance(outcome, Exists) and on_match == "error":
        return State.REJECTED
    if isinstance(outcome, Exists) and on_match == "update" and outcome.id is not None:
        return State.PENDING
    return STATE_OF[type(outcome)]


FAILED = (Status.INVALID, Status.REJECTED, Status.BLOCKED)
"""Statuses that make a finished run end with exit 3."""


def exit_code(
    counts: Mapping[str, int], stopped: Exit | None, *, partial: bool, tolerate: Ceiling | None = None
) -> Exit:
    """Return the exit code of a run with ``counts`` of rows by status (design §7).

    ``stopped`` is the code of what ended it early; ``partial``: only the first rows were asked for;
    ``tolerate``: so many failed rows still count as success.
    """
    if stopped is not None:
        return stopped
    if counts.get(Status.IN_DOUBT, 0):
        return Exit.IN_DOUBT
    failed = sum(counts.get(status, 0) for status in FAILED)
    if failed and (tolerate is None or tolerate.reached(failed, sum(counts.values()))):
        return Exit.ROWS_FAILED
    return Exit.LATER if counts.get(Status.NOT_SENT, 0) and not partial else Exit.DONE
