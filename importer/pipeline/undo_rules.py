"""Which records an undo deletes and what becomes of them: pure decisions (design §4, §8)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from importer.journal.states import State
from importer.journal.undoing import Made, Rival, Undone
from importer.model.errors import Exit
from importer.model.outcome import Deleted, DeleteOutcome, Gone, Rejected, Status, Unknown
from importer.model.problem import Problem, problem
from importer.model.undoing import Missing, RecordRef, Sight, Touched

ATTEMPTS = 8
"""How often one delete is repeated for reasons of its own, or without an answer."""
HELD_BY_OTHERS = frozenset({"DELETE_FAILED", "ENTITY_IS_LOCKED"})
"""Codes of refusals that may pass once others of the run are gone: a parent that still has children."""


@dataclass(frozen=True, slots=True)
class Delete:
    """The record is to go."""


Decision = Delete | Undone


def ref_of(made: Made, vouched: frozenset[int]) -> RecordRef:
    """Return what the target needs to look at the record of a row."""
    return RecordRef(made.record_id, made.since, made.row in vouched)


def by_journal(made: Made, rival: Rival | None) -> Undone | None:
    """Return why a record is kept by what the journal knows of other rows that have it; None: it is not."""
    if rival is None:
        return None
    if rival.state is State.UPDATED:
        found = problem("TOUCHED", reason=f"run {rival.run} changed it (row {rival.row})")
    else:
        found = problem("NOT_PROVEN", reason=f"row {rival.row} of run {rival.run} knew it before")
    return Undone(made.row, made.record_id, State.KEPT, (found,))


def by_sight(made: Made, sight: Sight | None) -> Decision:
    """Return what a look at a record asks for.

    One that is gone, and to which a delete of ours was on its way, was deleted by it.
    """
    if sight is None:
        sight = Touched("NOT_SHOWN", "the server said nothing of it")
    if isinstance(sight, Missing):
        state = State.DELETED if made.lost else State.GONE
        return Undone(made.row, made.record_id, state)
    if isinstance(sight, Touched):
        found = problem(sight.code, reason=sight.reason)
        return Undone(made.row, made.record_id, State.KEPT, (found,))
    return Delete()


def by_outcome(made: Made, outcome: DeleteOutcome, left: bool = True) -> Undone:
    """Return what the outcome of a delete makes of a record; PENDING: it goes again, or waits for others."""
    if isinstance(outcome, Deleted):
        return Undone(made.row, made.record_id, State.DELETED)
    if isinstance(outcome, Gone):
        return Undone(made.row, made.record_id, State.DELETED if made.lost else State.GONE)
    if isinstance(outcome, Unknown):
        return Undone(made.row, made.record_id, State.UNKNOWN, (problem("DELETE_LOST"),))
    if isinstance(outcome, Rejected) and outcome.refusals[0].code not in HELD_BY_OTHERS:
        return Undone(made.row, made.record_id, State.KEPT, (refused(outcome),))
    return Undone(made.row, made.record_id, State.PENDING, left=left)


def refused(outcome: Rejected) -> Problem:
    """Return the problem of a record that the server does not delete, without its text: it may quote."""
    first = outcome.refusals[0]
    return problem("NOT_DELETED", code=first.code, reason=first.message)


def batches(rows: Sequence[Made], size: int) -> Iterator[list[Made]]:
    """Give ``rows`` in parts of ``size``, in their order."""
    for start in range(0, len(rows), size):
        yield list(rows[start : start + size])


def undo_exit(counts: Mapping[str, int], stopped: Exit | None) -> Exit:
    """Return the exit code of an undo with ``counts`` of records by status (design §7)."""
    if stopped is not None:
        return stopped
    if counts.get(Status.IN_DOUBT, 0):
        return Exit.IN_DOUBT
    if counts.get(Status.KEPT, 0):
        return Exit.ROWS_FAILED
    return Exit.LATER if counts.get(Status.NOT_SENT, 0) else Exit.DONE


@dataclass(frozen=True, slots=True)
class Plan:
    """What an undo would do: records to delete, to keep, and gone; why they are kept, by reason."""

    delete: int
    kept: int
    gone: int
    reasons: Mapping[str, int]
