"""Undoing a run: what ``undo`` does, from the run's id to its end."""

from __future__ import annotations

import os
import platform
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from importer.api.approval import Ask
from importer.api.history import Past, past_job, undo_path
from importer.api.opening import find_place, settings_for, target_for
from importer.api.options import UndoOptions
from importer.api.prepare import stored_mapping, tool_version
from importer.api.stand_in import StandIn
from importer.journal.journal import Journal
from importer.journal.records import LegRecord, LegStart, RunRecord
from importer.journal.states import State
from importer.mapping.spec import MappingFile
from importer.model.errors import Exit, ImporterError, JournalError
from importer.model.events import Notice, Sink
from importer.model.target import System, Target
from importer.pipeline.begin import os_user
from importer.pipeline.control import Control
from importer.pipeline.guard import Guard
from importer.pipeline.options import RunOptions
from importer.pipeline.pace import Pace
from importer.pipeline.settle import settle
from importer.pipeline.take_up import take_up
from importer.pipeline.tally import Tally
from importer.pipeline.undo import UndoEnded, UndoJob, plan_undo, undo_run
from importer.pipeline.undo_rules import Plan
from importer.pipeline.work import Work
from importer.results.as_input import lines_of
from importer.settings import SIMULATOR, ConnectionSettings
from importer.targets.leave import check_may_delete


@dataclass(frozen=True, slots=True)
class Planned:
    """What an undo of ``run`` would do, and how looking ended; ``file`` is the path that was imported."""

    run: str
    file: str
    plan: Plan
    exit: Exit
    reason: str = ""


@dataclass(slots=True)
class _Opened:
    run: RunRecord
    leg: LegRecord
    mapping: MappingFile
    settings: ConnectionSettings
    target: Target
    system: System
    journal: Journal


async def undo(
    run_id: str, options: UndoOptions, sink: Sink, start: Callable[[Path, Control, Tally], None], ask: Ask
) -> UndoEnded | Planned:
    """Delete what run ``run_id`` has created and nobody has touched since; with ``plan`` only say so.

    ``start`` is told the control that ends it. Raises ImporterError; the same command continues then.
    """
    async with _opened(run_id, options, sink) as ready:
        control, tally = Control(), Tally()
        start(Path(ready.run.path), control, tally)
        job = _job(ready, options, sink, control, ask)
        if options.plan:
            plan, code = await plan_undo(job, ready.journal, ready.target, control, sink)
            return Planned(ready.run.id, ready.run.path, plan, code, control.reason)
        job.results("")  # a place that cannot be written to is told before anything is deleted
        return await undo_run(job, ready.journal, ready.target, ready.system, control, tally, sink)


@asynccontextmanager
async def _opened(run_id: str, options: UndoOptions, sink: Sink) -> AsyncIterator[_Opened]:
    place = find_place(options.where)
    with Journal(place.state) as journal, StandIn(place.state) as stand_in:
        run = journal.run(run_id)
        leg, mapping = _made_by(journal, run)
        settings = settings_for(place, mapping.target, stand_in, lambda text: sink(Notice(text)))
        if not options.plan:
            check_may_delete(settings)
        target = target_for(settings, mapping)
        try:
            system = await target.open()
            if system.id != run.system:
                raise ImporterError(
                    "OTHER_SYSTEM",
                    f"Run {run.id} loaded into {run.system_name}; connection {settings.name} is for "
                    f"{system.name}.",
                    "Name the connection of that run with --connection.",
                )
            if settings.name == SIMULATOR:
                system = replace(system, record_url=None)
            kind = "production" if system.production else "not production"
            verb = "Looking at" if options.plan else "Deleting from"
            for text in (f"{verb} {system.name} ({kind}) as {system.user}.", *system.notes):
                sink(Notice(text))
            yield _Opened(run, leg, mapping, settings, target, system, journal)
        finally:
            await target.close()


def _made_by(journal: Journal, run: RunRecord) -> tuple[LegRecord, MappingFile]:
    """Return the last leg of ``run`` and the mapping that it used. Raises JournalError for an undo."""
    if run.undoes is not None:
        raise JournalError(
            "NOT_AN_IMPORT",
            f"{run.id} is itself the undo of a run; what it deleted is not made again.",
            "Import the file again: its rows are free.",
        )
    legs = journal.legs(run.n)
    if not legs:
        raise JournalError(
            "RUN_NOT_BEGUN", f"Run {run.id} was ended before it began: nothing of it was sent."
        )
    document = journal.document(legs[-1].mapping)
    if document is None:
        raise JournalError(
            "RUN_PRUNED",
            f"The texts of run {run.id} were pruned, and with them the mapping that an undo needs.",
            "The results of the run have the ids of its records: delete those in the system.",
        )
    return legs[-1], stored_mapping(document)


def _job(ready: _Opened, options: UndoOptions, sink: Sink, control: Control, ask: Ask) -> UndoJob:
    past, why = _past(ready)
    if past is None:
        sink(Notice(f"{why} The results of the undo have its row numbers, not its cells."))
    open_ends = _open_ends(ready)
    working = None
    if past is not None and open_ends:
        found = past
        working = lambda pace: _take_up(ready, found, options, control, pace, sink)  # noqa: E731
    source = None if past is None else past.source
    return UndoJob(
        run=ready.run,
        source=source,
        take_up=working,
        approve=_approval(ready, options, ask),
        results=undo_path(ready.run, source, options.output),
        start=_start(ready, options),
        concurrency=ready.settings.concurrency,
        patience=options.patience,
    )


def _past(ready: _Opened) -> tuple[Past | None, str]:
    try:
        return past_job(ready.journal, ready.run), ""
    except ImporterError as error:
        return None, error.message


def _open_ends(ready: _Opened) -> bool:
    counts = ready.journal.counts(ready.run.n)
    open_states = (State.SENT, State.UNKNOWN, State.IN_DOUBT)
    return bool(ready.journal.open_jobs(ready.run.n)) or any(counts.get(state) for state in open_states)


async def _take_up(
    ready: _Opened, past: Past, options: UndoOptions, control: Control, pace: Pace, sink: Sink
) -> None:
    """Give up the run's jobs that were not handed over, follow the others, ask about lost answers."""
    journal, run, target = ready.journal, ready.run, ready.target
    work = Work(
        source=past.source,
        compiled=past.compiled,
        journal=journal,
        run=run,
        leg=journal.leg_of(run.n, run.scope),
        target=target,
        path=target.path("single"),
        jobs=target.jobs(),
        options=RunOptions(concurrency=ready.settings.concurrency, patience=options.patience),
        control=control,
        guard=Guard(run.rows),
        tally=Tally(),
        sink=sink,
        keys=past.keys,
        body=target.body,
        lines=lines_of(past.source),
        same_mapping=True,
        pace=pace,
        on_match=ready.mapping.on_match,
    )
    await target.schema()  # the fields as the system spells them: drafts are compared by them
    await take_up(work)
    await settle(work, wait=False)


def _approval(ready: _Opened, options: UndoOptions, ask: Ask) -> Callable[[int], None]:
    """Return what asks a person, who is told what deleting does; raises ImporterError for a no."""

    def approve(count: int) -> None:
        if options.yes or not count:
            return
        system, run = ready.system, ready.run
        kind = "production system " if system.production else ""
        records = f"{count:,} {run.record_type} record{'' if count == 1 else 's'}"
        question = (
            f"{ready.target.what_deletion_does}\n"
            f"Delete from {kind}{system.name} what run {run.id} has created ({records}), as far as nobody "
            "has touched it since?"
        )
        if not ask(question):
            raise ImporterError(
                "NOT_CONFIRMED",
                f"Nothing was deleted. {question}",
                "See it first with --plan; say yes with --yes.",
            )

    return approve


def _start(ready: _Opened, options: UndoOptions) -> LegStart:
    leg, run, system = ready.leg, ready.run, ready.system
    return LegStart(
        version=tool_version(),
        os_user=os_user(),
        host=platform.node(),
        pid=os.getpid(),
        arguments=options.arguments,
        mapping=leg.mapping,
        schema=leg.schema,
        options={"undo": run.id},
        api_user=system.user,
        clock_offset=system.clock_offset,
        path="delete",
        reason=f"undoes run {run.id}",
        source=run.path,
    )
