"""A run of one file: scan, decide what "again" means, send, write the results. The story on one page."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import replace

from importer.journal.journal import Journal
from importer.journal.records import RunRecord
from importer.model.errors import Exit, ImporterError, JournalError, SourceError
from importer.model.events import Notice, RunEnded, RunStarted, Sink
from importer.model.outcome import Status
from importer.model.target import System, Target, Traffic
from importer.pipeline.begin import Begun, at_rest, begin, look_back
from importer.pipeline.choose import Chosen, check_via, choose, load_of
from importer.pipeline.control import Control
from importer.pipeline.decide import exit_code
from importer.pipeline.ending import clocks, leg_end
from importer.pipeline.gauge import gauged
from importer.pipeline.guard import Guard
from importer.pipeline.job import Ended, Job
from importer.pipeline.lines import check_lines, link_lines
from importer.pipeline.numbers import number
from importer.pipeline.pace import Pace
from importer.pipeline.resume import NothingToDo
from importer.pipeline.scan import scan
from importer.pipeline.settle import settle
from importer.pipeline.take_up import take_up
from importer.pipeline.tally import Tally
from importer.pipeline.waves import send_in_waves
from importer.pipeline.work import Work
from importer.pipeline.write import Written, write_run
from importer.preflight.plan import sentence

ROUNDS = 5
"""How often rows are sent again after the server said that it does not have them."""


async def run_job(
    job: Job, journal: Journal, target: Target, system: System, control: Control, tally: Tally, sink: Sink
) -> Ended:
    """Import the file of ``job`` and return how it ended. Raises ImporterError where it cannot run.

    Whatever is raised: what was sent is in the journal, and the same command continues.
    """
    began = time.monotonic()
    check_via(target, job.via)
    with journal.lock(system.id, system.name):
        lost = journal.lost_past(system.id, system.name)
        if lost is not None:
            sink(Notice(lost))
        left = journal.recover(system.id)
        if left:
            sink(Notice(f"A run before this one died: {left} rows were sent and have no answer."))
        journal.give_up(system.id)
        scanned = await asyncio.to_thread(
            scan,
            job.source,
            job.compiled,
            journal.digest,
            lambda: control.exit,
            fold_case=job.keys.fold_case,
        )
        refused = await asyncio.to_thread(
            check_lines, job.source, job.lines, journal, system.id, job.record_type
        )
        if refused is not None:
            raise refused
        tally.rows = scanned.rows
        before = look_back(job, journal, system, how=target.settling())
        if isinstance(before.resumption, NothingToDo):
            return await _nothing_to_do(job, journal, before.resumption.run, began, sink)
        chosen = choose(job, target, scanned.rows)
        planned = sentence(chosen.plan, load_of(job, scanned.rows).rows)
        sink(Notice(f"{planned} Rows that are known already cost nothing."))
        job.approve(scanned.rows)
        begun = begin(job, journal, system, chosen, scanned, before)
        sink(RunStarted(begun.run.id, scanned.rows, at_rest(journal, begun.run)))
        work = _work(job, journal, begun, target, chosen, control, tally, sink)
        try:
            await asyncio.to_thread(link_lines, work.setting)
            async with gauged(work.leg, target, work.pace, lambda: work.cleared):
                await _send_and_settle(work)
            for row in journal.doubts(begun.run.n):
                work.settled(row, Status.IN_DOUBT, None)
            return await _finish(work, job, began)
        except ImporterError as error:
            with contextlib.suppress(JournalError):  # it may be the journal that failed
                await work.leg.end(leg_end(error.exit, finished=False, traffic=target.traffic()))
            told = _with_what_is_known(error, work)
            if told is error:
                raise
            raise told from error


def _with_what_is_known(error: ImporterError, work: Work) -> ImporterError:
    """Say of a file that has changed under its run that what was sent of it is not lost."""
    if not isinstance(error, SourceError) or not work.journal.counts(work.run.n):
        return error
    remedy = (
        "What was sent until then is in the journal. With the file as it was, the same command goes on; with "
        "the new one it sends the rows that are not known."
    )
    return SourceError(error.code, error.message, remedy)


async def _send_and_settle(work: Work) -> None:
    """Settle what earlier legs left, send what is pending, settle what this leg left, until nothing is."""
    try:
        await take_up(work)
        await settle(work, wait=False)
        for _round in range(ROUNDS):
            await send_in_waves(work)
            if work.control.stopped or not await settle(work, wait=True):
                return
            work.jobs = None  # rows that no job's results told of go by requests: their job may be cut again
    finally:
        try:
            # An abandoned request may have arrived; and the next leg must find no row half-way.
            work.journal.recover(work.run.system)
            work.journal.give_up(work.run.system)
        finally:
            work.sink(RunEnded(work.run.id))


def _work(
    job: Job,
    journal: Journal,
    begun: Begun,
    target: Target,
    chosen: Chosen,
    control: Control,
    tally: Tally,
    sink: Sink,
) -> Work:
    return Work(
        source=job.source,
        compiled=job.compiled,
        journal=journal,
        run=begun.run,
        leg=begun.leg,
        target=target,
        path=chosen.path,
        jobs=chosen.jobs,
        options=job.options,
        control=control,
        guard=Guard(tally.rows, job.options.max_errors),
        tally=tally,
        sink=sink,
        body=job.body,
        lines=job.lines,
        same_mapping=begun.same_mapping,
        pace=Pace(target, control, job.options.patience, sink),
        keys=job.keys,
        on_match=job.on_match,
        look_ahead=job.on_match == "update" or job.match_repeats,
    )


async def _finish(work: Work, job: Job, began: float) -> Ended:
    """Write the results and end the leg; the run is finished when no row is left."""
    control, run = work.control, work.run
    await _tell_aftermath(work)
    await number(work)
    traffic = work.target.traffic()
    reason = control.reason or ("--first" if job.options.first is not None else "")
    written = await asyncio.to_thread(write_run, job, work.journal, run, reason)
    for note in written.notes:
        work.sink(Notice(note))
    left = written.counts.get(Status.NOT_SENT.value, 0)
    partial = job.options.first is not None
    code = exit_code(written.counts, control.exit, partial=partial, tolerate=job.options.tolerate)
    await work.leg.end(leg_end(code, finished=control.exit is None and not left, traffic=traffic))
    ended = _ended(run, written, traffic, began, code, control.reason, control.remedy)
    return replace(ended, answered=work.guard.answers)


async def _tell_aftermath(work: Work) -> None:
    """After a trial, say what the cases have started by themselves and what those that are left will."""
    rest = work.tally.rows - work.tally.done
    if work.options.first is None or work.control.stopped or not work.made or rest <= 0:
        return
    said = await work.target.aftermath(work.made, rest)
    if said is not None:
        work.sink(Notice(said))


async def _nothing_to_do(job: Job, journal: Journal, run: RunRecord, began: float, sink: Sink) -> Ended:
    """The run is finished: say so, bring its results up to date, exit as it did."""
    written = await asyncio.to_thread(write_run, job, journal, run, "")
    for note in written.notes:
        sink(Notice(note))
    done = time.strftime("%Y-%m-%d %H:%M", time.localtime((run.ended or run.started) / 1000))
    earlier = f"Nothing to do: run {run.id} imported this file on {done}."
    sink(Notice(earlier))
    code = exit_code(written.counts, None, partial=False, tolerate=job.options.tolerate)
    return replace(_ended(run, written, Traffic(), began, code, "", ""), sent=False, earlier=earlier)


def _ended(
    run: RunRecord,
    written: Written,
    traffic: Traffic,
    began: float,
    code: Exit,
    reason: str,
    remedy: str,
) -> Ended:
    elapsed, total = clocks(traffic, began)
    return Ended(
        run=run.id,
        rows=written.rows,
        counts=written.counts,
        calls=traffic.calls,
        elapsed=elapsed,
        total=total,
        results=written.path,
        exit=code,
        reason=reason,
        remedy=remedy,
    )
