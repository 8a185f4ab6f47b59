"""Rows that are not sent: written to the journal, counted, told."""

from __future__ import annotations

import asyncio

from importer.journal.records import Intent
from importer.journal.states import SHOWN, State
from importer.mapping.seen import seen
from importer.model.errors import Exit
from importer.model.row import Row
from importer.pipeline.consider import Left, Ready
from importer.pipeline.explain import kept
from importer.pipeline.guard import LOOK_FIRST
from importer.pipeline.work import Work

JUDGED = (State.INVALID, State.SKIPPED)
"""States that rest on how the row's cells look."""


class Leaving:
    """Writes what becomes of rows that stay behind; ``last`` is the newest of these writes."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self.last: asyncio.Future[None] | None = None

    def leave(self, row: Row, left: Left, found: Ready | None = None) -> None:
        """Record that ``row`` is not sent; ``found`` is it, when its record was found on the server."""
        work = self._work
        texts = work.texts(row) if left.problems else {}
        stored = tuple(kept(each, texts) for each in left.problems)
        status = SHOWN[left.state]
        intent = None if found is None else Intent(row.number, found.key, found.digest)
        written = work.leg.record(
            row.number,
            left.state,
            stored,
            record_id=left.record_id,
            found=intent,
            seen=left.seen or self._seen(row, left, found),
        )
        written.add_done_callback(
            work.control.durable(lambda: work.settled(row.number, status, left.record_id))
        )
        self.last = written
        failed = left.state in (State.INVALID, State.REJECTED)
        if failed and (why := work.guard.invalid()) is not None:
            work.control.stop(Exit.GUARD, why, LOOK_FIRST)

    def _seen(self, row: Row, left: Left, found: Ready | None) -> bytes | None:
        """Return what tells whether the row differs when it comes back in a results file."""
        if left.state in JUDGED:
            compiled = self._work.compiled
            faults = compiled.faults(row) if row.problems else ()
            return seen(compiled, row, faults, self._work.journal.digest)
        return found.digest if found is not None and left.state is State.REJECTED else None
