"""A run that undoes another: settle what is open, ask, delete, write the results. The story on one page."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from importer.journal.journal import Journal
from importer.journal.leg import Leg
from importer.journal.records import LegStart, RunRecord
from importer.journal.states import State
from importer.model.errors import Exit, ImporterError, JournalError
from importer.model.events import Notice, RunEnded, RunStarted, Sink
from importer.model.outcome import Status
from importer.model.target import System, Target, Traffic
from importer.pipeline.control import Control
from importer.pipeline.ending import clocks, leg_end
from importer.pipeline.gauge import gauged
from importer.pipeline.guard import Guard
from importer.pipeline.pace import Pace
from importer.pipeline.tally import Tally
from importer.pipeline.undo_rules import Plan, undo_exit
from importer.pipeline.undo_sweep import Eyes, Sweep, plan
from importer.pipeline.undo_write import UndoWritten, write_undo
from importer.readers import Source
from importer.results.form import PLAIN, Form

TakeUp = Callable[[Pace], Awaitable[None]]
"""Finds out what became of rows of the run that have no answer: open jobs, lost answers."""


@dataclass(frozen=True, slots=True)
class UndoJob:
    """A run to undo. ``source`` is its file, None where it is gone or has changed: results have no cells.

    ``take_up`` is called first, and is None where nothing is open. ``approve`` is called with the number of
    records before the first delete, and raises ImporterError where a person must say yes. ``results`` gives
    the path of the results file for the id of the undo. ``start`` says who begins it.
    """

    run: RunRecord
    source: Source | None
    take_up: TakeUp | None
    approve: Callable[[int], None]
    results: Callable[[str], Path]
    start: LegStart
    concurrency: int
    patience: float
    form: Form = PLAIN


@dataclass(frozen=True, slots=True)
class UndoEnded:
    """How an undo ended; ``undo`` is its run id, None where there was nothing to do. Times in seconds.

    ``counts`` are records by status, ``reasons`` why records were kept, by sentence.
    """

    undo: str | None
    run: str
    rows: int
    counts: Mapping[str, int]
    reasons: Mapping[str, int]
    calls: int
    elapsed: float
    total: float
    results: Path | None
    exit: Exit
    reason: str = ""
    remedy: str = ""


async def undo_run(
    job: UndoJob, journal: Journal, target: Target, system: System, control: Control, tally: Tally, sink: Sink
) -> UndoEnded:
    """Delete what the run of ``job`` has created and nobody has touched since. Raises ImporterError.

    Whatever is raised: what was deleted is in the journal, and the same command continues.
    """
    began = time.monotonic()
    run = job.run
    with journal.lock(system.id, system.name):
        journal.recover(system.id)
        journal.give_up(system.id)
        pace = Pace(target, control, job.patience, sink)
        if job.take_up is not None:
            await job.take_up(pace)
            journal.recover(system.id)
            journal.give_up(system.id)
        counts = journal.counts(run.n)
        _tell_doubts(counts, run, sink)
        _refuse_open_jobs(journal, run)
        left = counts.get(State.CREATED, 0)
        undoing = journal.undoing(run)
        if control.stopped or (not left and undoing.unfinished() is None):
            return _nothing(job, journal, target, control, began)
        job.approve(left)
        undo = undoing.begin()
        leg, writes = journal.begin_undo(undo, run, job.start)
        eyes = _eyes(job, journal, target, pace, control, sink)
        tally.rows = undo.rows
        sink(RunStarted(undo.id, undo.rows, undo.rows - left))
        try:
            control.when_stopped(target.stop_sending)
            guard = Guard(undo.rows)
            sweep = Sweep(journal, writes, eyes, job.concurrency, guard, tally, target.most_deleted)
            try:
                async with gauged(leg, target, pace, lambda: 0):
                    await sweep.run()
            finally:
                try:
                    journal.recover(system.id)
                    journal.give_up(system.id)
                finally:
                    sink(RunEnded(undo.id))
            return await _finish(job, journal, undo, leg, target.traffic(), control, began)
        except ImporterError as error:
            with contextlib.suppress(JournalError):  # it may be the journal that failed
                await leg.end(leg_end(error.exit, finished=False, traffic=target.traffic()))
            raise


async def plan_undo(
    job: UndoJob, journal: Journal, target: Target, control: Control, sink: Sink
) -> tuple[Plan, Exit]:
    """Say what ``undo_run`` would do; nothing is written or deleted. Raises ImporterError."""
    pace = Pace(target, control, job.patience, sink)
    counts = journal.counts(job.run.n)
    _tell_doubts(counts, job.run, sink)
    if journal.open_jobs(job.run.n):
        sink(Notice("The run has a bulk job that nobody has seen the end of: what it makes comes on top."))
    unfinished = journal.undoing(job.run).unfinished()
    eyes = _eyes(job, journal, target, pace, control, sink)
    found = await plan(journal, job.run, 0 if unfinished is None else unfinished.n, eyes)
    return found, control.exit or Exit.DONE


def _eyes(job: UndoJob, journal: Journal, target: Target, pace: Pace, control: Control, sink: Sink) -> Eyes:
    undoing = journal.undoing(job.run)
    users = frozenset(leg.api_user for leg in journal.legs(job.run.n))
    return Eyes(target, pace, control, sink, users, undoing.rivals(), undoing.vouched())


def _tell_doubts(counts: Mapping[State, int], run: RunRecord, sink: Sink) -> None:
    doubts = sum(counts.get(state, 0) for state in (State.SENT, State.UNKNOWN, State.IN_DOUBT))
    if doubts:
        sink(
            Notice(
                f"{doubts} rows of run {run.id} are in doubt: whether they made records is not known, and an "
                f"undo leaves them. Settle them with case-importer resolve {run.id}, then undo again."
            )
        )


def _refuse_open_jobs(journal: Journal, run: RunRecord) -> None:
    """A job that goes on would make records behind our back."""
    if any(job.ticket for job in journal.open_jobs(run.n)):
        raise ImporterError(
            "JOB_OPEN",
            f"Run {run.id} has a bulk job at the server that nobody has seen the end of.",
            "Give the import command once more, so that it follows the job; then undo the run.",
            exit=Exit.LATER,
        )


async def _finish(
    job: UndoJob,
    journal: Journal,
    undo: RunRecord,
    leg: Leg,
    traffic: Traffic,
    control: Control,
    began: float,
) -> UndoEnded:
    written = await asyncio.to_thread(
        write_undo, job.source, journal, undo, job.run, job.results, control.reason, job.form
    )
    code = undo_exit(written.counts, control.exit)
    unfinished = written.counts.get(Status.NOT_SENT, 0) + written.counts.get(Status.IN_DOUBT, 0)
    await leg.end(leg_end(code, finished=control.exit is None and not unfinished, traffic=traffic))
    return _ended(job, undo, written, traffic, control, began, code)


def _ended(
    job: UndoJob,
    undo: RunRecord,
    written: UndoWritten,
    traffic: Traffic,
    control: Control,
    began: float,
    code: Exit,
) -> UndoEnded:
    elapsed, total = clocks(traffic, began)
    return UndoEnded(
        undo=undo.id,
        run=job.run.id,
        rows=written.rows,
        counts=written.counts,
        reasons=written.reasons,
        calls=traffic.calls,
        elapsed=elapsed,
        total=total,
        results=written.path,
        exit=code,
        reason=control.reason,
        remedy=control.remedy,
    )


def _nothing(job: UndoJob, journal: Journal, target: Target, control: Control, began: float) -> UndoEnded:
    """There is no record left of the run that an undo could delete, or a person has changed their mind."""
    calls, total = target.traffic().calls, round(time.monotonic() - began, 3)
    ids = journal.undoing(job.run).ids()
    reason = control.reason or (
        f"nothing to do: undo {ids[-1]} has left no record of run {job.run.id}"
        if ids
        else f"nothing to do: run {job.run.id} has created no record"
    )
    code = control.exit or Exit.DONE
    return UndoEnded(None, job.run.id, 0, {}, {}, calls, 0.0, total, None, code, reason, control.remedy)
