"""The collections path: up to 200 records a request, answered in their order (facts: salesforce.md §3.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from importer.model.draft import Draft
from importer.model.outcome import RowOutcome
from importer.model.target import Note, PathLimits
from importer.targets.delivering import create
from importer.targets.json_body import encode
from importer.targets.salesforce.answers import read_collection, repeatable
from importer.targets.salesforce.codes import TAUGHT_NOTHING, Meaning
from importer.targets.salesforce.encode import Bodies, create_headers
from importer.targets.salesforce.limits import Budget
from importer.targets.salesforce.named import explained
from importer.transport.delivery import Answered, Request, Sender

ROWS = 200
"""Records a request takes (RG:resources_composite_sobjects_collections_create)."""
SIZE = 8_000_000
"""Bytes of one request; the server takes 50 MB (facts §8), but time and memory are ours too."""


class CollectionsPath:
    """``POST /composite/sobjects`` for drafts that make records, ``PATCH`` for those that change some."""

    name = "collections"

    def __init__(
        self,
        sender: Sender,
        sobject: str,
        api_version: str,
        match: str | None,
        options: Mapping[str, object],
        budget: Budget,
        taught: Mapping[str, Meaning] = TAUGHT_NOTHING,
        rows: int = ROWS,
        bodies: Bodies | None = None,
    ) -> None:
        self.limits = PathLimits(rows=min(rows, ROWS), size=SIZE)
        self._sender = sender
        self._sobject = sobject
        self._path = f"/services/data/v{api_version}/composite/sobjects"
        self._match = match
        self._taught = taught
        self._headers = create_headers(options)
        self._budget = budget
        self._bodies = bodies or Bodies()

    async def deliver(self, batch: Sequence[Draft], note: Note) -> dict[int, RowOutcome]:
        """Send ``batch`` in one request; either all its drafts make records or all change some."""
        changes = batch[0].record_id is not None
        found: Answered | RowOutcome
        if not self._budget.enter():
            found = self._budget.stop()
        else:
            try:
                found = await create(self._sender, self._request(batch, changes=changes))
            finally:
                self._budget.leave()
        if isinstance(found, Answered):
            outcomes = read_collection(found, len(batch), self._match, self._taught, changes=changes)
        else:
            outcomes = [repeatable(found) if changes else found] * len(batch)
        pairs = zip(batch, outcomes, strict=True)
        return {draft.row: explained(outcome, draft.values) for draft, outcome in pairs}

    def _request(self, batch: Sequence[Draft], *, changes: bool) -> Request:
        body = b'{"allOrNone":false,"records":[%b]}' % b",".join(map(self._record, batch))
        verb, purpose = ("PATCH", "change") if changes else ("POST", "create")
        purpose = f"{purpose} {len(batch)} {self._sobject}"
        return Request(verb, self._path, body=body, headers=self._headers, purpose=purpose)

    def _record(self, draft: Draft) -> bytes:
        """Return the body of ``draft`` as a record of a collection: what it is, then its values."""
        named = {} if draft.record_id is None else {"id": draft.record_id}
        kind = encode({"attributes": {"type": self._sobject}, **named})
        values = self._bodies.taken(draft)
        return kind if values == b"{}" else b"%b,%b" % (kind[:-1], values[1:])
