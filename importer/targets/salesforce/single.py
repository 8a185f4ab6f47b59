"""The single path: one create a request (facts: salesforce.md §2; origin document 1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from importer.model.draft import Draft
from importer.model.outcome import RowOutcome
from importer.model.target import Note, PathLimits
from importer.settings import Reserve
from importer.targets.delivering import create
from importer.targets.salesforce.answers import read_create, read_update, repeatable
from importer.targets.salesforce.codes import TAUGHT_NOTHING, Meaning
from importer.targets.salesforce.encode import Bodies, create_headers
from importer.targets.salesforce.limits import Budget
from importer.targets.salesforce.named import explained
from importer.transport.delivery import Answered, Request, Sender


class SinglePath:
    """``POST …/sobjects/{sObject}`` for each draft, or ``PATCH`` of the record that it changes."""

    name = "single"
    limits = PathLimits(rows=1)

    def __init__(
        self,
        sender: Sender,
        sobject: str,
        api_version: str,
        match: str | None,
        options: Mapping[str, object],
        budget: Budget | None = None,
        taught: Mapping[str, Meaning] = TAUGHT_NOTHING,
        bodies: Bodies | None = None,
    ) -> None:
        self._sender = sender
        self._path = f"/services/data/v{api_version}/sobjects/{sobject}"
        self._sobject = sobject
        self._purpose = f"create {sobject}"
        self._match = match
        self._taught = taught
        self._headers = create_headers(options)
        self._budget = budget or Budget(Reserve())
        self._bodies = bodies or Bodies()

    async def deliver(self, batch: Sequence[Draft], note: Note) -> dict[int, RowOutcome]:
        """Send each draft of ``batch`` once; no ticket is needed, an answer settles its row."""
        outcomes: dict[int, RowOutcome] = {}
        for draft in batch:
            request = self._request(draft)
            if not self._budget.enter():
                outcomes[draft.row] = self._budget.stop()
                continue
            try:
                found = await create(self._sender, request)
            finally:
                self._budget.leave()
            outcomes[draft.row] = explained(self._outcome(draft, found), draft.values)
        return outcomes

    def _request(self, draft: Draft) -> Request:
        body = self._bodies.taken(draft)
        if draft.record_id is None:
            return Request("POST", self._path, body=body, headers=self._headers, purpose=self._purpose)
        path = f"{self._path}/{draft.record_id}"
        return Request("PATCH", path, body=body, headers=self._headers, purpose=f"change {self._sobject}")

    def _outcome(self, draft: Draft, found: Answered | RowOutcome) -> RowOutcome:
        if draft.record_id is not None:
            if isinstance(found, Answered):
                return read_update(found, draft.record_id, self._taught)
            return repeatable(found)
        return read_create(found, self._match, self._taught) if isinstance(found, Answered) else found
