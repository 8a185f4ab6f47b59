"""The single path: one case a request, the only way that CASEREST offers (origin document 2)."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from importer.model.draft import Draft
from importer.model.outcome import Created, RowOutcome
from importer.model.redaction import redact
from importer.model.target import Note, PathLimits, Ticket
from importer.targets.delivering import create
from importer.targets.ibm.answers import read_create, read_message
from importer.targets.ibm.codes import TAUGHT_NOTHING, Meaning
from importer.targets.ibm.encode import CreateOptions, context_of, encoded, payload
from importer.targets.ibm.ready import when_ready
from importer.targets.ibm.saved import FirstLook
from importer.targets.json_body import decode, encode
from importer.transport.delivery import Answered, Request, Sender

HEADERS = {"Content-Type": "application/json", "Accept": "application/json"}

log = logging.getLogger("importer.targets.ibm")


class SinglePath:
    """``POST /CASEREST/v1/cases`` for each draft, or ``/CASEREST/v2/case``.

    ``sender`` begins at /CASEREST. ``look`` has the first case of v2 looked at before others are made.
    """

    name = "single"
    limits = PathLimits(rows=1)

    def __init__(
        self,
        sender: Sender,
        options: CreateOptions,
        taught: Mapping[str, Meaning] = TAUGHT_NOTHING,
        look: FirstLook | None = None,
    ) -> None:
        self._sender = sender
        self._options = options
        self._taught = taught
        self._look = look

    async def deliver(self, batch: Sequence[Draft], note: Note) -> dict[int, RowOutcome]:
        """Send each draft of ``batch`` once. The ticket is the id of a case that is looked at."""
        found: dict[int, RowOutcome] = {}
        for draft in batch:
            create = self._create if self._look is None else self._create_looked_at
            outcome = await create(draft, note)
            if isinstance(outcome, Created) and self._options.wait_ready:
                store, within = self._options.object_store, self._options.ready_within
                outcome = await when_ready(self._sender, outcome, store, within)
            found[draft.row] = outcome
        return found

    async def _create_looked_at(self, draft: Draft, note: Note) -> RowOutcome:
        assert self._look is not None
        async with self._look.turn() as held:
            outcome = held if held is not None else await self._create(draft, note)
            return await self._look.at(draft, outcome)

    async def _create(self, draft: Draft, note: Note) -> RowOutcome:
        options = self._options
        body = encode(payload(draft, options))
        found = await create(
            self._sender, Request("POST", options.path, body=body, headers=HEADERS, purpose="create case")
        )
        if not isinstance(found, Answered):
            return found
        texts = _texts(draft) if found.status >= 400 else {}
        _log_refusal(draft, found, texts)
        outcome = read_create(found, self._taught, texts.values())
        looked_at = self._look is not None and not self._look.trusted
        if isinstance(outcome, Created) and (options.wait_ready or looked_at):
            await note(Ticket(outcome.id))
        return outcome


def _texts(draft: Draft) -> dict[str, str]:
    """Return what ``draft`` sends as the server may quote it, by property and place; its context by name."""
    context = {f"ClientContext {name}": str(value) for name, value in context_of(draft).items()}
    return context | {
        f"{name} {place}" if place else name: str(encoded(item))
        for name, value in draft.values.items()
        for place, item in enumerate(value if isinstance(value, tuple) else (value,))
        if item is not None
    }


def _log_refusal(draft: Draft, answer: Answered, texts: Mapping[str, str]) -> None:
    """Log all that the server says of a row that it did not take, without the row's values (promise P7)."""
    if answer.status < 400 or not log.isEnabledFor(logging.DEBUG):
        return
    message = read_message(decode(answer.body))
    if message is None:
        return
    log.debug("row %d, HTTP %d: %s", draft.row, answer.status, redact(message.whole(), texts))
