"""The states of a row inside the journal and the moves between them, as data (design §4)."""

from __future__ import annotations

import enum
from collections.abc import Mapping

from importer.model.outcome import Status


class State(enum.StrEnum):
    """Where a row stands. A row without an entry is pending: nothing is written for it in advance."""

    PENDING = "pending"
    """Not sent, or sent and certainly not created."""
    SENT = "sent"
    """Its intent is durable; the request may have left."""
    UNKNOWN = "unknown"
    """The answer was lost; the server will be asked."""
    IN_DOUBT = "in_doubt"
    """The server could not tell, or could not be asked; a person settles it."""
    CREATED = "created"
    UPDATED = "updated"
    EXISTS = "exists"
    INVALID = "invalid"
    REJECTED = "rejected"
    SKIPPED = "skipped"
    BLOCKED = "blocked"
    """Its parent row is not there; it goes when that one has a record."""
    DELETED = "deleted"
    """Undone: its record was deleted. In the run that made it as in the one that undid it."""
    GONE = "gone"
    """Undone: its record was not there any more."""
    KEPT = "kept"
    """Left as it is by the run that was to undo it."""


MOVES: Mapping[State, frozenset[State]] = {
    State.PENDING: frozenset(
        {
            State.SENT,
            State.INVALID,
            State.SKIPPED,
            State.EXISTS,
            State.REJECTED,
            State.BLOCKED,
            State.IN_DOUBT,
            State.PENDING,
            State.KEPT,
            State.GONE,
            State.DELETED,
        }
    ),
    State.SENT: frozenset(
        {
            State.CREATED,
            State.UPDATED,
            State.EXISTS,
            State.REJECTED,
            State.PENDING,
            State.UNKNOWN,
            State.DELETED,
            State.KEPT,
            State.GONE,
        }
    ),
    State.UNKNOWN: frozenset(
        {
            State.UNKNOWN,
            State.CREATED,
            State.UPDATED,
            State.EXISTS,
            State.REJECTED,
            State.PENDING,
            State.IN_DOUBT,
            State.DELETED,
            State.KEPT,
        }
    ),
    State.IN_DOUBT: frozenset(
        {
            State.UNKNOWN,
            State.CREATED,
            State.UPDATED,
            State.EXISTS,
            State.REJECTED,
            State.PENDING,
            State.IN_DOUBT,
            State.DELETED,
            State.KEPT,
        }
    ),
    State.REJECTED: frozenset({State.PENDING}),
    State.INVALID: frozenset({State.PENDING}),
    State.CREATED: frozenset({State.DELETED, State.GONE}),
    State.UPDATED: frozenset(),
    State.EXISTS: frozenset(),
    State.SKIPPED: frozenset({State.PENDING}),
    State.BLOCKED: frozenset({State.PENDING}),
    State.DELETED: frozenset(),
    State.GONE: frozenset(),
    State.KEPT: frozenset({State.PENDING}),
}
"""Every legal move. ``pending → in_doubt`` is the row whose key is in doubt in another run, ``pending →
rejected`` one whose record was found ahead of its send where that is an error, or the line of a results file
that is as it was when its row was rejected; ``skipped → pending`` is a row whose equal, by a changed mapping,
is equal no longer; ``pending → deleted`` in a run that undoes: a delete before had lost its answer;
``in_doubt → rejected`` and ``in_doubt → unknown`` are what a job that was taken up says of its rows, or does
not say; ``unknown → unknown`` is a record that was made, of which more is known by now."""

SHOWN: Mapping[State, Status] = {
    State.PENDING: Status.NOT_SENT,
    State.SENT: Status.IN_DOUBT,
    State.UNKNOWN: Status.IN_DOUBT,
    State.IN_DOUBT: Status.IN_DOUBT,
    State.CREATED: Status.CREATED,
    State.UPDATED: Status.UPDATED,
    State.EXISTS: Status.EXISTS,
    State.INVALID: Status.INVALID,
    State.REJECTED: Status.REJECTED,
    State.SKIPPED: Status.SKIPPED,
    State.BLOCKED: Status.BLOCKED,
    State.DELETED: Status.DELETED,
    State.GONE: Status.GONE,
    State.KEPT: Status.KEPT,
}
"""How a state is shown to a person. A row that is still ``sent`` after the run is in doubt until recovery."""

ALIVE = frozenset({State.SENT, State.UNKNOWN, State.IN_DOUBT})
"""States in which a record may exist that nobody has confirmed."""

HAS_RECORD = frozenset({State.CREATED, State.UPDATED, State.EXISTS})
"""States in which the record's id is known."""


def may_move(before: State, after: State) -> bool:
    """Return whether a row may go from ``before`` to ``after``."""
    return after in MOVES[before]
