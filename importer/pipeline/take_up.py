"""Jobs of a leg that ended before they did: given up where nothing was made, else followed to their end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import islice
from typing import Any

from importer.journal.records import OpenJob
from importer.model.draft import Draft
from importer.model.events import Notice
from importer.model.target import JobPath, Ticket
from importer.pipeline.ahead import naming, referred_all
from importer.pipeline.jobs import CHANGES, CHUNK, Collected, follow, heads_in
from importer.pipeline.work import Work


async def take_up(work: Work) -> None:
    """Find out what became of every job that the run has left open; returns early when the leg ends.

    Raises ImporterError when the server refuses to tell.
    """
    path = work.target.jobs()
    for job in work.journal.open_jobs(work.run.n):
        if not job.ticket:
            await work.leg.drop_job(job.send)  # it was being filled
        elif path is not None and not work.control.stopped:
            await _take_up(work, path, job)


async def _take_up(work: Work, path: JobPath[Any], job: OpenJob) -> None:
    ticket = Ticket(job.ticket)
    state = await work.pace.ask(partial(path.state, ticket))
    if state is None:
        return
    if not state.handed_over:
        if await work.pace.ask(partial(_given_up, path, ticket)):
            await work.leg.drop_job(job.send)
        return
    rows = work.journal.rows_of(work.run.n, job.send)
    work.sink(Notice(f"Job {ticket.text} with {len(rows):,} rows is taken up."))
    changes = job.path == CHANGES
    heads = heads_in(job.path)
    load = path.load(tuple(work.compiled.properties), heads, changes=changes)
    try:
        collected = Collected(load, job.send, dict(work.compiled.feeds))
        if not changes:
            await _collect(work, collected, rows, {name: head for head, name in heads.items()})
        await follow(work, path, collected, ticket)
        if changes and job.send not in {each.send for each in work.journal.open_jobs(work.run.n)}:
            await work.leg.drop_job(job.send)  # what was changed is changed again to the same
    finally:
        load.close()


async def _given_up(path: JobPath[Any], ticket: Ticket) -> bool:
    await path.abort(ticket)
    return True


async def _collect(work: Work, collected: Collected, rows: frozenset[int], named: Mapping[str, str]) -> None:
    """Make the lines of the upload once more: results are paired by them.

    ``named`` are the properties whose records the rows have named, and how. Rows that are mapped otherwise by
    now find no line, and are asked about.
    """
    drafts = _drafts(work, rows)
    while part := await asyncio.to_thread(lambda: list(islice(drafts, CHUNK))):
        for draft in await referred_all(work, [naming(draft, named) for draft in part]):
            collected.load.add(draft, frozenset())


def _drafts(work: Work, rows: frozenset[int]) -> Iterator[Draft]:
    for row in work.source.rows():
        if row.number not in rows or not work.compiled.takes(row):
            continue
        drafted = work.compiled.draft(row)
        if isinstance(drafted, Draft):
            yield drafted
