"""Rows of the source, beside the journal, in order: which of them are ready to be sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

from importer.mapping.block import together
from importer.model.outcome import Status
from importer.model.row import Row
from importer.pipeline.consider import Consider, KnownRow, Left, Ready, Settled
from importer.pipeline.leaving import Leaving
from importer.pipeline.work import Work

BREATH = 256
"""Rows after which the event loop gets a turn, even when none of them was sent."""


class Feed:
    """Walks the source once. Rows that never leave are written to the journal on the way."""

    def __init__(self, work: Work, leaving: Leaving) -> None:
        self._work = work
        self._leaving = leaving
        self._known: tuple[int, int] | None = None

    async def ready(self) -> AsyncIterator[Ready]:
        """Give the rows that are to be sent, in the file's order. Raises SourceError, JournalError."""
        consider = Consider(self._work)
        try:
            async for ready in self._walk(consider):
                yield ready
        finally:
            consider.close()
        self._work.source.check_unchanged()

    async def _walk(self, consider: Consider) -> AsyncIterator[Ready]:
        work = self._work
        entries = work.journal.entries(work.run.n)
        entry = next(entries, None)
        taken = 0
        for count, row in enumerate(self._rows(consider), start=1):
            if work.control.stopped or (work.options.first is not None and taken >= work.options.first):
                break
            taken += not row.blank and work.compiled.filtered(row) is None
            while entry is not None and entry.row < row.number:
                entry = next(entries, None)
            own = entry if entry is not None and entry.row == row.number else None
            found = consider.row(row, own)
            if not isinstance(found, KnownRow):
                self._end_known()
            if isinstance(found, Ready):
                yield found
            else:
                self._keep(row, found)
            if count % BREATH == 0:
                await self._breathe()
        self._end_known()
        await self._breathe()

    def _rows(self, consider: Consider) -> Iterator[Row]:
        for some in together(self._work.source.rows()):
            consider.ahead(some)
            yield from some

    def _keep(self, row: Row, found: Left | KnownRow | Settled) -> None:
        if isinstance(found, Settled):
            self._work.tally.add(found.status)
        elif isinstance(found, KnownRow):
            self._known = (self._known[0] if self._known else row.number, row.number)
            if self._work.round:
                self._work.tally.add(Status.EXISTS)  # told in the first round
            else:
                self._work.settled(row.number, Status.EXISTS, found.record_id)
        else:
            self._leaving.leave(row, found)

    def _end_known(self) -> None:
        if self._known is not None:
            written = self._work.leg.known(*self._known)
            written.add_done_callback(self._work.control.durable(lambda: None))
            self._leaving.last, self._known = written, None

    async def _breathe(self) -> None:
        """Give the loop a turn; waiting for the last write keeps what is queued for the journal small."""
        last, self._leaving.last = self._leaving.last, None
        if last is not None:
            await last
        else:
            await asyncio.sleep(0)
