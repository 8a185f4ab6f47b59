"""The sending pass: rows in, intents and outcomes into the journal (design §3)."""

from __future__ import annotations

import asyncio
import time

from importer.journal.records import Intent
from importer.journal.states import SHOWN, State
from importer.model.errors import Exit, ImporterError
from importer.model.outcome import Again, Refusal, Rejected, RowOutcome, Stop, Unknown
from importer.model.target import Ticket
from importer.pipeline.consider import Ready
from importer.pipeline.feed import Feed
from importer.pipeline.guard import LOOK_FIRST
from importer.pipeline.settlement import settlement
from importer.pipeline.work import Work

ROW_ATTEMPTS = 8
"""How often one row is sent again for reasons of its own (a locked parent, a deadlock)."""
LONGEST_PAUSE = 60.0
"""Seconds; the longest pause that the run makes by itself between attempts."""

Queue = asyncio.Queue[Ready | None]


async def send_rows(work: Work) -> None:
    """Send what is pending; returns when every request has an outcome in the journal, or was abandoned.

    Raises the ImporterError of a journal or source that failed on the way, after draining.
    """
    concurrency = work.options.concurrency
    queue: Queue = asyncio.Queue(maxsize=2 * concurrency)
    # Some more than can be in flight, so that an intent is durable when a slot becomes free.
    count = concurrency + max(1, concurrency // 8)
    workers = [asyncio.create_task(_Worker(work, queue).run()) for _ in range(count)]
    work.control.when_stopped(work.target.stop_sending)
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

    def __init__(self, work: Work, queue: Queue) -> None:
        self._work = work
        self._queue = queue
        self._written: asyncio.Future[None] | None = None

    async def run(self) -> None:
        try:
            while (ready := await self._queue.get()) is not None:
                if not self._work.control.stopped:
                    await self._see_through(ready)
            await self._durable()
        except ImporterError as error:
            self._work.control.fail(error)
            while await self._queue.get() is not None:
                pass

    async def _see_through(self, ready: Ready) -> None:
        attempts = 0
        while not self._work.control.stopped:
            outcome = await self._send(ready)
            attempts += 1
            outcome = _exhausted(outcome, attempts)
            self._settle(ready, outcome)
            if isinstance(outcome, Stop):
                self._work.control.stop(Exit(outcome.exit), outcome.reason, outcome.remedy)
            if not isinstance(outcome, Again):
                self._work.slow_since = None
                return
            await self._back_off(outcome, attempts)

    async def _send(self, ready: Ready) -> RowOutcome:
        await self._durable()
        work = self._work
        await work.leg.intend(work.path.name, [Intent(ready.draft.row, ready.key, ready.digest)])
        outcomes = [outcome async for _row, outcome in work.path.deliver([ready.draft], _no_ticket)]
        return outcomes[0] if outcomes else Unknown("the path gave no outcome")

    def _settle(self, ready: Ready, outcome: RowOutcome) -> None:
        work = self._work
        done = settlement(outcome, ready, work)
        self._written = work.leg.settle([done])
        if done.state is State.PENDING:
            return
        if done.state is State.UNKNOWN:  # told when it is settled, or when nobody could settle it
            work.guard.answered(None)
            return
        status = SHOWN[done.state]
        self._written.add_done_callback(
            work.control.durable(lambda: work.settled(done.row, status, done.record_id))
        )
        why = work.guard.answered(outcome.refusals[0].code if isinstance(outcome, Rejected) else None)
        if why is not None:
            work.control.stop(Exit.GUARD, why, LOOK_FIRST)

    async def _back_off(self, again: Again, attempts: int) -> None:
        """Full jitter; a signal for the whole run pauses every departure, not this row alone."""
        work = self._work
        ceiling = min(LONGEST_PAUSE, 0.5 * 2.0 ** min(attempts, 10))
        pause = again.after if again.after is not None else work.random.uniform(0, ceiling)
        if not again.whole_run:
            await work.control.sleep(pause)
            return
        now = time.monotonic()
        work.slow_since = now if work.slow_since is None else work.slow_since
        if now + pause - work.slow_since > work.options.patience:
            reason = f"the server keeps asking to slow down: {again.reason}"
            work.control.stop(Exit.LATER, reason, "Run the same command again later.")
        work.target.pause(pause)

    async def _durable(self) -> None:
        """Wait for the outcome before; one at a time per worker bounds what is not yet on the disk."""
        if self._written is not None:
            written, self._written = self._written, None
            await written


def _exhausted(outcome: RowOutcome, attempts: int) -> RowOutcome:
    if isinstance(outcome, Again) and not outcome.whole_run and attempts >= ROW_ATTEMPTS:
        message = f"Refused {attempts} times for a passing reason. Run with --retry-failed later."
        return Rejected((Refusal(outcome.code, outcome.reason, (), message),))
    return outcome


async def _no_ticket(_ticket: Ticket) -> None:
    """A single request has nothing to be taken up by."""
