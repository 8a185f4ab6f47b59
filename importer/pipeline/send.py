"""The sending pass: rows in, intents and outcomes into the journal (design §3)."""

from __future__ import annotations

import asyncio
import time
from functools import partial

from importer.journal.records import Intent
from importer.model.errors import ImporterError
from importer.model.outcome import RowOutcome, Unknown
from importer.model.target import Ticket
from importer.pipeline.ahead import Ahead
from importer.pipeline.answers import Answers
from importer.pipeline.batches import Batch, BatchSize, Gather
from importer.pipeline.consider import Ready
from importer.pipeline.feed import Feed
from importer.pipeline.lanes import Lanes
from importer.pipeline.leaving import Leaving
from importer.pipeline.parents import Parents
from importer.pipeline.settlement import settlement, told
from importer.pipeline.supply import Supply
from importer.pipeline.work import Work
from importer.transport.retry import backoff


async def send_rows(work: Work, parents: Parents) -> None:
    """Send what is pending; returns when every request has an outcome in the journal, or was abandoned.

    Raises the ImporterError of a journal or source that failed on the way, after draining.
    """
    concurrency = work.options.concurrency
    single = work.path.limits.rows == 1
    # Rows wait there so that no worker does; batches of many rows wait one at a time (promise P6).
    supply = Supply(2 * concurrency if single else 1)
    # More than can be in flight, so that intents are durable when slots become free.
    count = concurrency + max(1, concurrency // 4)
    lanes = Lanes(lambda ready: work.target.parents(ready.draft), time.monotonic)
    size = BatchSize(work.path.limits.rows)
    workers = [asyncio.create_task(_Worker(work, supply, lanes, size).run()) for _ in range(count)]
    work.control.when_stopped(work.target.stop_sending)
    work.control.when_stopped(lanes.abandon)
    work.control.when_abandoned(lambda: _abandon(workers, supply))
    try:
        await _gather(work, parents, size, supply)
    except ImporterError as error:
        work.control.fail(error)
    supply.end()
    for ended in await asyncio.gather(*workers, return_exceptions=True):
        if isinstance(ended, Exception):
            raise ended
    if work.control.failure is not None:
        raise work.control.failure


async def _gather(work: Work, parents: Parents, size: BatchSize, supply: Supply) -> None:
    gather = Gather(work.path.limits, size)
    leaving = Leaving(work)
    async for ready in Ahead(work, leaving, parents).through(Feed(work, leaving).ready()):
        for batch in gather.add(ready):
            await supply.put(batch)
    for batch in gather.rest():
        await supply.put(batch)


def _abandon(workers: list[asyncio.Task[None]], supply: Supply) -> None:
    for worker in workers:
        worker.cancel()
    supply.throw_away()


class _Worker:
    """Takes batches of ready rows one by one and sees each row through to an outcome."""

    def __init__(self, work: Work, supply: Supply, lanes: Lanes, size: BatchSize) -> None:
        self._work = work
        self._supply = supply
        self._lanes = lanes
        self._size = size
        self._at_end = False
        self._written: asyncio.Future[None] | None = None

    async def run(self) -> None:
        try:
            while (batch := await self._next()) is not None:
                try:
                    if not self._work.control.stopped:
                        await self._see_through(batch)
                finally:
                    self._lanes.leave(batch)
            await self._durable()
        except ImporterError as error:
            self._work.control.fail(error)
            while await self._supply.take() is not None:
                pass  # what is left is not sent

    async def _next(self) -> Batch | None:
        """Take the next batch that may go: one that stood aside for a locked parent, else one of the feed."""
        while not self._at_end:
            batch = self._lanes.next()
            if batch is None:
                batch = await self._supply.take()
                if batch is None:
                    self._at_end = True
                    break
                if not self._lanes.enter(batch):
                    await self._lanes.stand_aside(batch)
                    continue
            return batch
        return await self._lanes.drained()

    async def _see_through(self, batch: Batch) -> None:
        """Send until no row of ``batch`` is left to send."""
        work = self._work
        answers = Answers(work)
        left = [batch]
        while left and (turn := await work.pace.turn()) is not None:
            part = left.pop()
            outcomes = await self._send(part)
            found = answers.take(outcomes, self._size)
            self._written = found.written
            work.pace.heard(found.signal, turn)
            for ready in found.contested:
                self._lanes.contested(ready)
            if found.contested:
                await work.control.sleep(backoff(found.refused, work.random))
            left += found.again

    async def _send(self, batch: Batch) -> list[tuple[Ready, RowOutcome]]:
        work = self._work
        intents = [Intent(ready.draft.row, ready.key, ready.digest) for ready in batch.rows]
        await work.leg.intend(work.path.name, intents)
        await self._durable()  # it was queued before the intent: both are durable, by one commit as a rule
        found = await work.path.deliver(batch.drafts, partial(self._made, batch))
        lost = Unknown("the path gave no outcome")
        return [(ready, found.get(ready.draft.row, lost)) for ready in batch.rows]

    async def _made(self, batch: Batch, ticket: Ticket) -> None:
        """Make durable that the one row of ``batch`` has made the record ``ticket``, which is waited for.

        Whoever dies while it gets ready leaves a doubt that names the record.
        """
        [ready] = batch.rows
        made = Unknown("the run ended while it was waited for", id=ticket.text)
        await self._work.leg.settle([settlement(made, told(ready, self._work), self._work)])

    async def _durable(self) -> None:
        """Wait for the outcomes before; those of one send per worker bound what is not yet on the disk."""
        if self._written is not None:
            written, self._written = self._written, None
            await written
