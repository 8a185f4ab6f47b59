"""The sending pass: rows in, intents and outcomes into the journal (design §3)."""

from __future__ import annotations

import asyncio
import time

from importer.journal.records import Intent
from importer.journal.states import SHOWN, State
from importer.model.errors import Exit, ImporterError
from importer.model.outcome import Again, Held, Refusal, Rejected, RowOutcome, Stop, Unknown, Unreachable
from importer.model.target import Ticket
from importer.pipeline.consider import Ready
from importer.pipeline.feed import Feed
from importer.pipeline.guard import LOOK_FIRST
from importer.pipeline.lanes import Lanes
from importer.pipeline.settlement import settlement
from importer.pipeline.work import Work
from importer.transport.retry import backoff

ROW_ATTEMPTS = 8
"""How often one row is sent again for reasons of its own (a locked parent, a deadlock)."""

Queue = asyncio.Queue[Ready | None]


async def send_rows(work: Work) -> None:
    """Send what is pending; returns when every request has an outcome in the journal, or was abandoned.

    Raises the ImporterError of a journal or source that failed on the way, after draining.
    """
    concurrency = work.options.concurrency
    queue: Queue = asyncio.Queue(maxsize=2 * concurrency)
    # Some more than can be in flight, so that an intent is durable when a slot becomes free.
    count = concurrency + max(1, concurrency // 8)
    lanes = Lanes(lambda ready: work.target.parents(ready.draft), time.monotonic)
    workers = [asyncio.create_task(_Worker(work, queue, lanes).run()) for _ in range(count)]
    work.control.when_stopped(work.target.stop_sending)
    work.control.when_stopped(lanes.abandon)
    work.control.when_abandoned(lambda: _abandon(workers, queue))
    try:
        async for ready in Feed(work).ready():
            await queue.put(ready)
    except ImporterError as error:
        work.control.fail(error)
    for _ in workers:
        await queue.put(None)
    for ended in await asyncio.gather(*workers, return_exceptions=True):
        if isinstance(ended, Exception):
            raise ended
    if work.control.failure is not None:
        raise work.control.failure


def _abandon(workers: list[asyncio.Task[None]], queue: Queue) -> None:
    for worker in workers:
        worker.cancel()
    while not queue.empty():  # nobody is left to take rows, and the feed may be waiting for room
        queue.get_nowait()


class _Worker:
    """Takes ready rows one by one and sees each through to an outcome."""

    def __init__(self, work: Work, queue: Queue, lanes: Lanes) -> None:
        self._work = work
        self._queue = queue
        self._lanes = lanes
        self._at_end = False
        self._written: asyncio.Future[None] | None = None

    async def run(self) -> None:
        try:
            while (ready := await self._next()) is not None:
                try:
                    if not self._work.control.stopped:
                        await self._see_through(ready)
                finally:
                    self._lanes.leave(ready)
            await self._durable()
        except ImporterError as error:
            self._work.control.fail(error)
            while not self._at_end:  # what is left is not sent; the mark of the end is one for each worker
                self._at_end = await self._queue.get() is None

    async def _next(self) -> Ready | None:
        """Take the next row that may go: one that stood aside for a locked parent, else one of the feed."""
        while not self._at_end:
            ready = self._lanes.next()
            if ready is None:
                ready = await self._queue.get()
                if ready is None:
                    self._at_end = True
                    break
                if not self._lanes.enter(ready):
                    await self._lanes.stand_aside(ready)
                    continue
            return ready
        return await self._lanes.drained()

    async def _see_through(self, ready: Ready) -> None:
        work = self._work
        refused = 0
        while (turn := await work.pace.turn()) is not None:
            outcome = await self._send(ready)
            if isinstance(outcome, Again) and not outcome.whole_run:
                refused += 1
                outcome = _exhausted(outcome, refused)
            self._settle(ready, outcome)
            work.pace.heard(outcome, turn)
            if isinstance(outcome, Stop):
                work.control.stop(Exit(outcome.exit), outcome.reason, outcome.remedy)
            elif isinstance(outcome, Again) and not outcome.whole_run:
                self._lanes.contested(ready)
                await work.control.sleep(backoff(refused, work.random))
            if not isinstance(outcome, Again | Held | Unreachable):
                return

    async def _send(self, ready: Ready) -> RowOutcome:
        work = self._work
        await work.leg.intend(work.path.name, [Intent(ready.draft.row, ready.key, ready.digest)])
        self._written = None  # it was queued before the intent: both are durable, by one commit as a rule
        outcomes = [outcome async for _row, outcome in work.path.deliver([ready.draft], _no_ticket)]
        return outcomes[0] if outcomes else Unknown("the path gave no outcome")

    def _settle(self, ready: Ready, outcome: RowOutcome) -> None:
        work = self._work
        done = settlement(outcome, ready, work)
        self._written = work.leg.settle([done])
        if done.state in (State.PENDING, State.UNKNOWN):
            # Told when it is sent again, or settled, or when nobody could settle it.
            self._written.add_done_callback(work.control.durable(lambda: None))
            return
        status = SHOWN[done.state]
        self._written.add_done_callback(
            work.control.durable(lambda: work.settled(done.row, status, done.record_id))
        )
        why = work.guard.answered(outcome.refusals[0].code if isinstance(outcome, Rejected) else None)
        if why is not None:
            work.control.stop(Exit.GUARD, why, LOOK_FIRST)

    async def _durable(self) -> None:
        """Wait for the outcome before; one at a time per worker bounds what is not yet on the disk."""
        if self._written is not None:
            written, self._written = self._written, None
            await written


def _exhausted(again: Again, refused: int) -> Again | Rejected:
    """A row that is refused again and again for reasons of its own is refused."""
    if refused < ROW_ATTEMPTS:
        return again
    message = f"Refused {refused} times for a passing reason. Run with --retry-failed later."
    return Rejected((Refusal(again.code, again.reason, (), message),))


async def _no_ticket(_ticket: Ticket) -> None:
    """A single request has nothing to be taken up by."""
