"""The single path: one case a request, the only way that CASEREST offers (origin document 2)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence

from importer.model.draft import Draft
from importer.model.outcome import RowOutcome
from importer.model.target import Note, PathLimits
from importer.targets.delivering import create
from importer.targets.ibm.answers import read_create
from importer.targets.ibm.codes import TAUGHT_NOTHING, Meaning
from importer.targets.ibm.encode import CreateOptions, payload
from importer.targets.json_body import encode
from importer.transport.delivery import Answered, Request, Sender

HEADERS = {"Content-Type": "application/json", "Accept": "application/json"}


class SinglePath:
    """``POST /CASEREST/v1/cases`` for each draft."""

    name = "single"
    limits = PathLimits(rows=1)

    def __init__(
        self, sender: Sender, options: CreateOptions, taught: Mapping[str, Meaning] = TAUGHT_NOTHING
    ) -> None:
        self._sender = sender
        self._options = options
        self._taught = taught

    async def deliver(self, batch: Sequence[Draft], note: Note) -> AsyncIterator[tuple[int, RowOutcome]]:
        """Send each draft of ``batch`` once; no ticket is needed, an answer settles its row."""
        for draft in batch:
            body = encode(payload(draft, self._options))
            found = await create(
                self._sender, Request("POST", "/cases", body=body, headers=HEADERS, purpose="create case")
            )
            yield draft.row, read_create(found, self._taught) if isinstance(found, Answered) else found
