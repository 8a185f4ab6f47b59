"""Whether a case that was answered 201 can be worked on: its status, waited for (facts §4.3, §6)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from importer.model.errors import Exit, ImporterError
from importer.model.outcome import Created, RowOutcome, Unknown
from importer.model.settling import Flawed
from importer.targets.delivering import read
from importer.targets.ibm.answers import folded
from importer.targets.json_body import decode
from importer.transport.delivery import Sender

State = Literal["ready", "failed", "not yet", "unreadable"]
STATES: dict[str, State] = {
    "working": "ready",
    "complete": "ready",
    "failed": "failed",
    "new": "not yet",
    "initializing": "not yet",
}
"""The words of the status resource (IBM, ``acmdv123``): Failed means that only the folder was made."""

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 5.0
"""Seconds between two questions, doubled from the first to the longest."""
FAILED = "CASE_FAILED"
NOT_READY = "CASE_NOT_READY"
"""Codes of our own for what a server says of a case without a message id."""


@dataclass(frozen=True, slots=True)
class Status:
    """What the server says of a case: ``word`` is its own, for people; ``number`` is the case's, if told."""

    state: State
    word: str
    number: str | None = None


def read_status(status: int, document: object) -> Status:
    """Return what an answer of the status resource says; keys and words in any case."""
    body = folded(document)
    word, number = body.get("status"), body.get("caseidentifier")
    if status != 200 or not isinstance(word, str):
        return Status("unreadable", f"HTTP status {status}")
    found = number if isinstance(number, str) and number else None
    return Status(STATES.get(word.strip().casefold(), "unreadable"), word.strip(), found)


async def ask(sender: Sender, folder: str, object_store: str, where: str) -> Status:
    """Ask for the status of a case once. Raises TargetError when nobody answers.

    The resource is v1's (facts §4.3); v2 documents none.
    """
    plain, store = quote(folder.strip("{}"), safe=""), quote(object_store, safe="")
    path = f"/v1/case/{plain}/status?TargetObjectStore={store}"
    answer = await read(sender, path, "read case status", where)
    return read_status(answer.status, decode(answer.body))


def flawed(made: Created, last: Status) -> Flawed:
    """Return the finding for a case that was made and is not ready; one that failed stays so."""
    return Flawed(made.id, _how_it_is(made, last), final=last.state == "failed")


async def when_ready(sender: Sender, made: Created, object_store: str, within: float) -> RowOutcome:
    """Return ``made`` once its case is Working or Complete, waited for ``within`` seconds.

    A case that failed, or is not ready in time, is unknown: its folder exists, and whether it is to be kept
    is for a person to say. So is one whose status cannot be asked for, at once where asking again would meet
    the same end, as it does once the run is stopping.
    """
    clock = asyncio.get_running_loop().time
    until, pause = clock() + within, FIRST_PAUSE
    last = Status("not yet", "New")
    while True:
        try:
            last = await ask(sender, made.id, object_store, "the server")
        except ImporterError as error:
            last = Status("unreadable", error.message.rstrip("."))
            if (
                error.exit is not Exit.LATER
            ):  # nothing leaves any more, or nobody is let in: asking on is idle
                return not_ready(made, last, within)
        if last.state == "ready":
            return made
        if last.state == "failed" or clock() >= until:
            return not_ready(made, last, within)
        await asyncio.sleep(min(pause, max(0.0, until - clock())))
        pause = min(pause * 2, LONGEST_PAUSE)


def not_ready(made: Created, last: Status, within: float) -> Unknown:
    """Return the outcome for a case whose folder was made and which is not ready."""
    code = FAILED if last.state == "failed" else NOT_READY
    return Unknown(_how_it_is(made, last, f" after {within:g} s"), code=code, id=made.id)


def _how_it_is(made: Created, last: Status, waited: str = "") -> str:
    name = f"folder {made.id}, case {made.number}" if made.number else f"folder {made.id}"
    if last.state == "failed":
        return f"its status is Failed ({name})"
    if last.state == "unreadable":
        return f"its status cannot be read: {last.word} ({name})"
    return f"it is still {last.word}{waited} ({name})"
