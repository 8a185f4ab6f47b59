"""Deleting cases, one by one, by their folder ids (facts: ibm-case-manager.md §4.4)."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from importer.model.errors import Exit, ImporterError
from importer.model.outcome import Deleted, DeleteOutcome, Gone, Stop, Unknown
from importer.targets.delivering import create, read
from importer.targets.ibm.answers import read_create, read_message, told
from importer.targets.ibm.solutions import Solution, connection_point
from importer.targets.json_body import decode, encode
from importer.transport.delivery import Answered, Request, Sender

HEADERS = {"Content-Type": "application/json", "Accept": "application/json"}

WHAT_DELETION_DOES = (
    "Deleting a case removes the case folder and the processes of its activities. Documents filed in it stay "
    "in the object store up to release 24, under Unfiled Documents; from release 26 on, those that are filed "
    "in no other folder are removed. Audit entries, analytics and relationships to other cases may stay "
    "behind, and IBM advises against deleting cases in production."
)
"""For the confirmation (IBM: ``acmdv121delcase`` of 20.x and 26.0.x; ICM 5.3.3, "Deleting a case")."""


class Deleter:
    """Deletes cases of one object store. ``sender`` begins at /CASEREST, ``where`` is for messages."""

    def __init__(self, sender: Sender, object_store: str, connection_point: str, where: str) -> None:
        self._sender = sender
        self._store = object_store
        self._point = connection_point
        self._where = where

    async def delete(self, folder: str) -> DeleteOutcome:
        """Delete the case with the folder id ``folder``, and see whether it is gone.

        What the answer says of success is not documented: the case is looked for afterwards, and only one
        that is not there any more counts as deleted.
        """
        request = Request(
            "POST", "/v1/deletecase", body=encode(self._body(folder)), headers=HEADERS, purpose="delete case"
        )
        found = await create(self._sender, request)
        outcome = _read(found) if isinstance(found, Answered) else found
        if not isinstance(outcome, Deleted | Gone | Unknown):
            return outcome
        there = await self._is_there(folder)
        if there is False:
            return Gone(folder) if isinstance(outcome, Gone) else Deleted(folder)
        if isinstance(outcome, Gone):
            return NO_RESOURCE
        if isinstance(outcome, Unknown):
            return outcome
        return Unknown("the server said that it deleted the case, and it is not seen to be gone")

    def _body(self, folder: str) -> dict[str, str]:
        """The resource would also take a case type, and then delete every case of it: it is never sent."""
        return {"connectionpoint": self._point, "caseid": folder.strip("{}"), "tos": self._store}

    async def _is_there(self, folder: str) -> bool | None:
        """Tell whether the case is there, None when the server does not say."""
        plain, store = quote(folder.strip("{}"), safe=""), quote(self._store, safe="")
        try:
            answer = await read(
                self._sender, f"/v1/case/{plain}?TargetObjectStore={store}", "read case", self._where
            )
        except ImporterError:
            return None
        return {200: True, 404: False}.get(answer.status)


NO_RESOURCE = Stop(
    "CANNOT_DELETE",
    "The server does not delete cases over REST.",
    "That needs Business Automation Workflow 21.0.3 or newer.",
    Exit.GUARD,
)


def _read(answer: Answered) -> DeleteOutcome:
    """Return what an answer claims; 404 is said of a case that is not there, or of the resource itself."""
    if answer.status in (200, 201, 202, 204):
        return Deleted("")
    if answer.status == 404:
        return Gone("")
    if answer.status == 403:
        message = read_message(decode(answer.body))
        said = f" The server says: {told(message)}" if message is not None else ""
        remedy = f"The user needs the right to manage cases.{said}"
        return Stop("FORBIDDEN", "The server forbids deleting the case.", remedy, Exit.GUARD)
    return read_create(answer)


def point_for(configured: str | None, solutions: Sequence[Solution], object_store: str) -> str:
    """Return the connection point that deletes name: the connection's, else the solution's.

    Raises ImporterError where the solutions of the object store name none, or several.
    """
    point = configured or connection_point(solutions, object_store)
    if point is None:
        raise ImporterError(
            "NO_CONNECTION_POINT",
            f"The solutions of object store {object_store} name no connection point, or several.",
            "Set connection_point in the connection.",
        )
    return point
