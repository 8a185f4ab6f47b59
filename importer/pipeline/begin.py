"""The begin of a leg: which run it belongs to, and what of it is pending again (design §4, §8)."""

from __future__ import annotations

import getpass
import os
import platform
from dataclasses import asdict, dataclass

from importer.journal.journal import Journal
from importer.journal.leg import Leg
from importer.journal.records import LegStart, RunRecord, Scope, SourceFacts
from importer.journal.states import State
from importer.model.errors import ImporterError
from importer.model.target import Path, System
from importer.pipeline.job import Job
from importer.pipeline.resume import Begin, NothingToDo, Standing, resume
from importer.pipeline.scan import Scan


@dataclass(frozen=True, slots=True)
class Begun:
    """A run and its new leg; no leg when there is nothing to do."""

    run: RunRecord
    leg: Leg | None


def begin(job: Job, journal: Journal, system: System, path: Path, scanned: Scan, *, can_ask: bool) -> Begun:
    """Find or make the run of ``job`` and begin a leg of it. Raises ImporterError where it must not go on.

    The caller holds the system's lock; ``can_ask`` says that the server can be asked about doubts.
    """
    found = resume(standing(job, journal, system), job.mapping, job.options, can_ask=can_ask)
    if isinstance(found, NothingToDo):
        return Begun(found.run, None)
    if isinstance(found, Begin):
        run = _new_run(job, journal, system, scanned)
    else:
        run = found.run
        if found.retry:
            journal.reopen(run.n, (State.REJECTED, State.INVALID))
        journal.remap(run.n, job.mapping)
    documents = {job.mapping: job.mapping_body, job.schema.digest: job.schema.to_json()}
    return Begun(run, journal.begin_leg(run, _leg_start(job, system, path), documents))


def standing(job: Job, journal: Journal, system: System) -> Standing | None:
    """Return how the newest run of the job's file stands, None when there is none."""
    run = journal.find_run(job.identity(system))
    if run is None:
        return None
    legs = journal.legs(run.n)
    return Standing(run, journal.counts(run.n), legs[-1].mapping if legs else None, journal.waiting(run.n))


def _new_run(job: Job, journal: Journal, system: System, scanned: Scan) -> RunRecord:
    scope = Scope(system.id, job.record_type, job.keys.source, job.keys.basis)
    number = journal.scope(scope)
    if not job.options.again:
        _same_basis(job, journal, number)
        _right_source(job, journal, scope, number, scanned)
    elif journal.basis(number) != job.keys.basis:
        journal.change_basis(number, job.keys.basis)
    facts = SourceFacts(str(job.path.absolute()), job.source.shape.size, scanned.rows)
    return journal.add_run(job.identity(system), number, facts, system, job.schema.digest)


def _same_basis(job: Job, journal: Journal, scope: int) -> None:
    """Rows that were imported under another key would look new: stop before they are created twice."""
    before = journal.basis(scope)
    if before != job.keys.basis:
        raise ImporterError(
            "KEY_CHANGED",
            f"Rows of source {job.keys.source} were recognised by {before} until now, this mapping "
            f"recognises them by {job.keys.basis}: rows that were imported before would look new.",
            "Go back to the old key, or give the mapping another source, or use --again when none of these "
            "rows was imported before.",
        )


def _right_source(job: Job, journal: Journal, scope: Scope, number: int, scanned: Scan) -> None:
    other = journal.other_source_of(scope, number, scanned.keys) if not job.keys.by_file else None
    if other is not None:
        raise ImporterError(
            "OTHER_SOURCE",
            f"Most rows of {job.path} were imported under source {other}; this mapping's source is "
            f"{job.keys.source}.",
            f"Write source: {other} in the mapping, or use --again to import them once more.",
        )


def _leg_start(job: Job, system: System, path: Path) -> LegStart:
    options = {key: value for key, value in asdict(job.options).items() if value not in (None, False)}
    reason = "as told by --via" if job.via != "auto" else "the only path of this version"
    return LegStart(
        version=job.version,
        os_user=os_user(),
        host=platform.node(),
        pid=os.getpid(),
        arguments=job.arguments,
        mapping=job.mapping,
        schema=job.schema.digest,
        options=options,
        api_user=system.user,
        clock_offset=system.clock_offset,
        path=path.name,
        reason=reason,
        source=str(job.path.absolute()),
    )


def os_user() -> str:
    """Return the name of the user of this process, ``?`` where the system does not know one."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "?"
