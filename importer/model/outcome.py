"""What became of a row: the statuses of design §4, and the outcomes a target reads from an answer."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final


class Status(enum.StrEnum):
    """The status of a row in results, on screen and in ``--json`` (design §4)."""

    CREATED = "created"
    UPDATED = "updated"
    EXISTS = "exists"
    INVALID = "invalid"
    REJECTED = "rejected"
    BLOCKED = "blocked"
    IN_DOUBT = "in_doubt"
    SKIPPED = "skipped"
    NOT_SENT = "not_sent"
    DELETED = "deleted"
    KEPT = "kept"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason a server gave: its ``code`` and ``text`` verbatim, the ``properties`` it names, and
    ``message``, the target's plain words for the code with what to do.
    """

    code: str
    text: str
    properties: tuple[str, ...] = ()
    message: str = ""


@dataclass(frozen=True, slots=True)
class Created:
    """The server has made the record; ``number`` is its number for people, where the answer has it."""

    id: str
    number: str | None = None


@dataclass(frozen=True, slots=True)
class Updated:
    """The record existed and was changed."""

    id: str
    number: str | None = None


@dataclass(frozen=True, slots=True)
class Exists:
    """The server refuses a second record with this key; ``id`` is the one that is there, None when the
    server does not show it.
    """

    id: str | None


@dataclass(frozen=True, slots=True)
class Rejected:
    """The server refused the row for good; nothing was created.

    ``taken``: because a record has a value that must be unique. An earlier send of the row may have made it.
    """

    refusals: tuple[Refusal, ...]
    taken: bool = False


@dataclass(frozen=True, slots=True)
class Again:
    """Nothing was created and a repeat may succeed; ``after`` in seconds, however many the server named.

    ``code`` is the server's. ``whole_run`` says that the signal concerns every request, not this row alone.
    """

    code: str
    reason: str
    after: float | None = None
    whole_run: bool = True


@dataclass(frozen=True, slots=True)
class Unknown:
    """The record may exist: it must not be sent again before the server was asked.

    ``busy`` says that the server has too much to do, ``after`` the seconds that it asked to be left alone.
    ``code`` is that of an answer whose meaning nobody knows: the same one for row after row makes a doubt of
    each, and ends the run. ``id`` is that of a record that was made and is not as it must be; ``reason`` says
    how it is.
    """

    reason: str
    busy: bool = False
    after: float | None = None
    code: str | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Unreachable:
    """The request did not leave, because nobody answers or no sign-in is to be had at the moment."""

    reason: str


@dataclass(frozen=True, slots=True)
class Held:
    """The request did not leave: its turn did not come soon enough after its intent. It goes again."""


@dataclass(frozen=True, slots=True)
class Smaller:
    """Nothing was created: the rows that left together were refused as a whole, and go again in halves.

    ``lasting`` says that it is their number that the server could not take, so that the sends that follow
    are smaller as well; else one row among them is to blame. ``alone`` is what it means for a row that was
    sent by itself.
    """

    code: str
    reason: str
    alone: Rejected | Again | Stop
    lasting: bool = False


@dataclass(frozen=True, slots=True)
class Stop:
    """Nothing was created, and no other row would fare better: the run must end with ``exit``.

    ``left``: the server has seen the request; else it never left.
    """

    code: str
    reason: str
    remedy: str
    exit: int
    left: bool = True


@dataclass(frozen=True, slots=True)
class Deleted:
    """The record is there no longer: it was deleted."""

    id: str


@dataclass(frozen=True, slots=True)
class Gone:
    """The record was not there any more."""

    id: str


RowOutcome = Created | Updated | Exists | Rejected | Again | Unknown | Unreachable | Held | Smaller | Stop
DONE: Final = (Created, Updated)
"""Outcomes after which nothing is left to decide about a row; nearly all are."""
DeleteOutcome = Deleted | Gone | RowOutcome
"""What became of a record that was to be deleted; Rejected: it is still there, for the reason given."""
