"""Passes over the file until no row waits for its parent any more (design §5, lookup)."""

from __future__ import annotations

import asyncio

from importer.journal.states import HAS_RECORD, State
from importer.pipeline.jobs import send_by_jobs
from importer.pipeline.parents import Parents
from importer.pipeline.rows_by_key import RowsByKey
from importer.pipeline.send import send_rows
from importer.pipeline.settle import settle
from importer.pipeline.work import Work

WORTH_A_JOB = 2000
"""Rows that wait for parents from which the next generation goes by jobs, too (facts: salesforce.md §3.2)."""


async def send_in_waves(work: Work) -> None:
    """Send what is pending: parents first, one pass for each generation; one pass where none has a parent.

    When a pass brings no record, rows go whose parent is not in the file; when that brings none either, the
    rows that still wait stay behind, each with the name of its parent. Raises what ``send_rows`` raises.
    """
    rows: RowsByKey | None = None
    last = False
    try:
        while True:
            before = _records(work)
            parents = await _send(work, rows, last=last)
            if not parents.held or work.control.stopped:
                return
            if _records(work) > before:
                continue
            await settle(work, wait=True)  # a parent whose answer was lost may have its record
            if _records(work) > before or work.control.stopped:
                continue
            last = rows is not None
            rows = rows or await asyncio.to_thread(RowsByKey, work)
    finally:
        if rows is not None:
            rows.close()


async def _send(work: Work, rows: RowsByKey | None, *, last: bool) -> Parents:
    """Make one pass by jobs, where there are any, and one for what they leave."""
    if work.jobs is not None:
        parents = Parents(work, rows, last=last)
        work.tally.counts.clear()
        others = await send_by_jobs(work, work.jobs, parents)
        work.round += 1
        left = others + parents.held + work.journal.counts(work.run.n).get(State.PENDING, 0)
        if parents.held > WORTH_A_JOB or not left or work.control.stopped:
            return parents
    parents = Parents(work, rows, last=last)
    work.tally.counts.clear()
    await send_rows(work, parents)
    work.round += 1
    return parents


def _records(work: Work) -> int:
    counts = work.journal.counts(work.run.n)
    return sum(counts.get(state, 0) for state in HAS_RECORD)
