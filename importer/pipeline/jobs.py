"""Sending by jobs: rows are collected, handed over together, and told of when the server is done (design §3).

Rows are durable as sent before their job is handed over, and so is the job's ticket: after a crash the job is
taken up, and one that was not handed over is given up. Jobs are at work while the next one is collected.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any

from importer.journal.records import Intent
from importer.journal.states import SHOWN, State
from importer.model.draft import Draft, Named
from importer.model.errors import Exit, ImporterError
from importer.model.events import Notice
from importer.model.outcome import Created, Rejected, RowOutcome, Stop, Updated
from importer.model.target import JobOutcome, JobPath, JobState, Load, Ticket
from importer.pipeline.ahead import Ahead
from importer.pipeline.consider import Ready
from importer.pipeline.feed import Feed
from importer.pipeline.guard import LOOK_FIRST
from importer.pipeline.leaving import Leaving
from importer.pipeline.parents import Parents
from importer.pipeline.polls import Look
from importer.pipeline.settlement import Told, settlement, with_record
from importer.pipeline.work import Work

NAMING = " by "
"""What stands in the label of a send between the name of its path and how its rows name records."""
CHUNK = 1000
"""Rows that are written to the journal together."""
CHANGES = "bulk changes"
"""What a send is called whose job changes records: it may be made twice."""
AT_WORK = 2
"""Jobs that the server works on at a time, while one more is collected: each takes memory until it ends."""
EARLY_ROWS = 10_000
"""Rows after which a large file's first job is handed over: the server begins while others are collected."""


@dataclass(slots=True)
class Collected:
    """The rows of a job; ``maybe`` are those whose earlier send may have made a record."""

    load: Load
    send: int
    columns: dict[str, str]
    intents: list[Intent] = field(default_factory=list)
    maybe: set[int] = field(default_factory=set)


async def send_by_jobs(work: Work, path: JobPath[Any], parents: Parents) -> int:
    """Send what is pending by jobs; return how many rows no job can carry. Raises ImporterError."""
    others = 0
    jobs = _Jobs(work, path)
    leaving = Leaving(work)
    try:
        async for ready in Ahead(work, leaving, parents).through(Feed(work, leaving).ready()):
            if path.carries(ready.draft):
                await jobs.add(ready)
            else:
                others += 1
        await jobs.end()
    finally:
        await jobs.leave()
    return others


class _Jobs:
    def __init__(self, work: Work, path: JobPath[Any]) -> None:
        self._work = work
        self._path = path
        self._filling: dict[bool, Collected] = {}
        self._heads: dict[str, str] = {}
        self._at_work: list[asyncio.Task[None]] = []
        self._early = EARLY_ROWS if work.run.rows >= 3 * EARLY_ROWS else None

    async def add(self, ready: Ready) -> None:
        changes = ready.draft.record_id is not None
        parents = self._work.target.parents(ready.draft)
        collected = self._filling.get(changes) or await self._begin(ready.draft, changes)
        if collected.load.rows >= self._path.job_rows or not collected.load.add(ready.draft, parents):
            await self._hand_over(changes)
            collected = await self._begin(ready.draft, changes)
            collected.load.add(ready.draft, parents)
        collected.intents.append(Intent(ready.draft.row, ready.key, ready.digest))
        if ready.maybe:
            collected.maybe.add(ready.draft.row)
        if collected.load.rows == self._early:
            await self._hand_over(changes)
        elif len(collected.intents) >= CHUNK:
            await self._intend(collected)

    async def _begin(self, draft: Draft, changes: bool) -> Collected:
        named = {v.head: name for name, v in draft.values.items() if isinstance(v, Named)}
        self._heads |= named
        load = self._path.load(tuple(self._work.compiled.properties), self._heads, changes=changes)
        send = await self._work.leg.begin_job(CHANGES if changes else label(self._path.name, self._heads))
        self._filling[changes] = found = Collected(load, send, dict(draft.columns))
        return found

    async def _intend(self, collected: Collected) -> None:
        intents, collected.intents = collected.intents, []
        if intents:
            await self._work.leg.intend_more(collected.send, intents)

    async def _hand_over(self, changes: bool) -> None:
        """Let a job go to work, when there are not too many at work. Raises what has ended another one."""
        self._early = None
        while len(self._at_work) >= AT_WORK:
            ended, _others = await asyncio.wait(self._at_work, return_when=asyncio.FIRST_COMPLETED)
            for task in ended:
                await task
                self._at_work.remove(task)
        collected = self._filling[changes]
        await self._intend(collected)
        del self._filling[changes]
        self._at_work.append(asyncio.create_task(see_through(self._work, self._path, collected)))

    async def end(self) -> None:
        """Hand over what is left, and wait for it."""
        for changes in list(self._filling):
            if not self._work.control.stopped:
                await self._hand_over(changes)
        for task in self._at_work:
            await task

    async def leave(self) -> None:
        """Drop what was collected and not handed over."""
        for task in self._at_work:
            task.cancel()  # nothing, where it has ended
        await asyncio.gather(*self._at_work, return_exceptions=True)
        for collected in self._filling.values():
            collected.load.close()
            if self._work.control.failure is None:
                await self._work.leg.drop_job(collected.send)


async def see_through(work: Work, path: JobPath[Any], collected: Collected) -> None:
    """Upload, hand over, wait, write what became of each row; returns early when the leg is told to end."""
    control = work.control
    try:
        try:
            ticket = await control.unless_stopped(work.pace.ask(partial(path.open, collected.load)))
        except ImporterError as error:
            await work.leg.drop_job(collected.send)
            if error.exit is not Exit.LATER:
                raise
            control.stop(error.exit, error.message.rstrip("."), error.remedy)
            return
        if ticket is None or control.stopped:  # one that is not handed over makes nothing
            await work.leg.drop_job(collected.send)
            return
        await work.leg.ticket(collected.send, ticket.text)
        await work.pace.ask(partial(_closed, path, ticket))
        await follow(work, path, collected, ticket)
    finally:
        collected.load.close()


async def follow(work: Work, path: JobPath[Any], collected: Collected, ticket: Ticket) -> None:
    """Wait until a job that was handed over has ended, and write what became of its rows."""
    rows, clock = collected.load.rows, asyncio.get_running_loop().time
    look = Look(clock())
    while (state := await work.pace.ask(partial(path.state, ticket))) is not None and not state.ended:
        if state.gone:
            work.sink(
                Notice(f"The server does not know job {ticket.text} any more; its rows are asked about.")
            )
            await work.leg.end_job(collected.send)
            return
        look = look.next(clock(), state.done, rows)
        await work.control.sleep(look.pause)
    fetched = state is not None and await work.pace.ask(partial(_fetched, path, ticket, collected.load))
    if state is None or not fetched:
        work.sink(Notice(f"Job {ticket.text} with {rows:,} rows goes on at the server."))
        return
    for chunk in chunks(path.outcomes(state, collected.load)):
        await _write(work, collected, chunk)
    await work.leg.end_job(collected.send)
    _judge(work, state)


def label(path: str, heads: Mapping[str, str]) -> str:
    """Return what a send is called whose rows name records by ``heads``: columns when it is taken up."""
    named = ",".join(f"{name}={head}" for head, name in heads.items())
    return f"{path}{NAMING}{named}" if named else path


def heads_in(label: str) -> dict[str, str]:
    """Return the heads in the label of a send, each with its property."""
    _, _, named = label.partition(NAMING)
    pairs = (part.split("=") for part in named.split(",") if part)
    return {head: name for name, head in pairs}


async def _closed(path: JobPath[Any], ticket: Ticket) -> bool:
    await path.close(ticket)
    return True


async def _fetched(path: JobPath[Any], ticket: Ticket, load: Load) -> bool:
    await path.results(ticket, load)
    return True


def _judge(work: Work, state: JobState) -> None:
    if state.error:
        reason = f"the server gave up on a bulk job ({state.error})"
        work.control.stop(Exit.GUARD, reason, "Look at the reason; --via collections may tell more.")


def chunks(outcomes: Iterable[JobOutcome]) -> Iterable[Sequence[JobOutcome]]:
    """Give ``outcomes`` in parts of CHUNK."""
    source = iter(outcomes)
    while part := list(islice(source, CHUNK)):
        yield part


async def _write(work: Work, collected: Collected, outcomes: Sequence[JobOutcome]) -> None:
    done = []
    for found in outcomes:
        outcome = found.outcome
        if isinstance(outcome, Created | Updated):  # nearly all, and nothing is to be told of them
            done.append(with_record(found.row, outcome))
        else:
            shown = found.shown
            draft = Draft(found.row, dict(shown), columns=collected.columns)
            row = Told(draft, partial(dict, shown), found.row in collected.maybe)
            done.append(settlement(outcome, row, work))
        _heed(work, outcome)
    written = work.leg.settle(done)
    await written
    for each in done:
        if each.state not in (State.PENDING, State.UNKNOWN):
            work.settled(each.row, SHOWN[each.state], each.record_id)


def _heed(work: Work, outcome: RowOutcome) -> None:
    if isinstance(outcome, Stop):
        work.control.stop(Exit(outcome.exit), outcome.reason, outcome.remedy)
    why = work.guard.answered(outcome.refusals[0].code if isinstance(outcome, Rejected) else None)
    if why is not None:
        work.control.stop(Exit.GUARD, why, LOOK_FIRST)
