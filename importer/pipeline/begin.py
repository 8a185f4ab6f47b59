"""The begin of a leg: which run it belongs to, and what of it is pending again (design §4, §8)."""

from __future__ import annotations

import getpass
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from importer.journal.identity import Keys
from importer.journal.journal import Journal
from importer.journal.leg import Leg
from importer.journal.records import LegStart, Planned, RunIdentity, RunRecord, Scope, SourceFacts
from importer.journal.states import State
from importer.model.errors import ImporterError
from importer.model.settling import Settling
from importer.model.target import System
from importer.pipeline.choose import Chosen
from importer.pipeline.job import Job
from importer.pipeline.options import RunOptions
from importer.pipeline.resume import Begin, Continue, Resume, Standing, resume
from importer.pipeline.scan import Scan


@dataclass(frozen=True, slots=True)
class Begun:
    """A run and its new leg; ``same_mapping`` as in the leg before."""

    run: RunRecord
    leg: Leg
    same_mapping: bool = True


@dataclass(frozen=True, slots=True)
class Before:
    """What the journal knows of the file before a leg begins, and what the same command does now."""

    standing: Standing | None
    resumption: Resume


def look_back(job: Job, journal: Journal, system: System, *, how: Settling) -> Before:
    """Return what "again" means for ``job``. Raises ImporterError where it must not go on.

    The caller holds the system's lock; ``how`` says how the server can be asked about doubts.
    """
    stands = standing(job.identity(system), journal)
    can_ask = how.how != "none"
    if not can_ask and how.named is not None and stands is not None:
        can_ask = journal.named_doubts(stands.run.n) > 0
    return Before(stands, resume(stands, job.mapping, job.options, can_ask=can_ask))


def begin(job: Job, journal: Journal, system: System, chosen: Chosen, scanned: Scan, before: Before) -> Begun:
    """Make the run of ``job`` or take it up, and begin a leg of it. Raises ImporterError."""
    found, stands = before.resumption, before.standing
    if isinstance(found, Begin):
        run = _new_run(job, journal, system, scanned)
    else:
        run = found.run
        if isinstance(found, Continue) and found.retry:
            journal.reopen(run.n, (State.REJECTED, State.INVALID))
        journal.remap(run.n, job.mapping)
    documents = {job.mapping: job.mapping_body, job.schema.digest: job.schema.to_json()}
    same = isinstance(found, Begin) or stands is None or stands.last_mapping in (None, job.mapping)
    planned = _planned(job, chosen, scanned.rows - at_rest(journal, run))
    return Begun(run, journal.begin_leg(run, _leg_start(job, system, chosen, planned), documents), same)


def at_rest(journal: Journal, run: RunRecord) -> int:
    """Return how many rows of ``run`` are settled."""
    counts = journal.counts(run.n)
    return sum(counts.values()) - counts.get(State.PENDING, 0)


def _planned(job: Job, chosen: Chosen, rows: int) -> Planned:
    """Return what the leg sets out to do with ``rows`` that are not settled; known ones may be among them."""
    rows = rows if job.options.first is None else min(rows, job.options.first)
    if chosen.jobs is not None:
        return Planned(rows)
    calls = -(-rows // chosen.path.limits.rows) + chosen.plan.opening if rows else 0
    return Planned(rows, calls, None if job.rate is None else round(calls / job.rate.per_second, 3))


def standing(identity: RunIdentity, journal: Journal) -> Standing | None:
    """Return how the newest run of ``identity`` stands, None when there is none."""
    run = journal.find_run(identity)
    if run is None:
        return None
    legs = journal.legs(run.n)
    return Standing(
        run,
        journal.counts(run.n),
        legs[-1].mapping if legs else None,
        journal.waiting(run.n),
        journal.is_undone(run),
    )


def objection(
    identity: RunIdentity, keys: Keys, path: str, mapping: str, journal: Journal, sample: Sequence[bytes]
) -> ImporterError | None:
    """Return why a run of the file at ``path`` would not begin, None when it would; nothing is written.

    ``mapping`` is the digest of what rows are mapped by, ``sample`` are keys of the file.
    """
    try:
        found = resume(standing(identity, journal), mapping, RunOptions(), can_ask=True)
        number = journal.find_scope(identity.system, identity.record_type, keys.source)
        if isinstance(found, Begin) and number is not None:
            _same_basis(keys, journal, number)
        if isinstance(found, Begin):
            _right_source(keys, path, journal, _scope(identity, keys), number or 0, sample)
    except ImporterError as error:
        return error
    return None


def _scope(identity: RunIdentity, keys: Keys) -> Scope:
    return Scope(identity.system, identity.record_type, keys.source, keys.basis)


def _new_run(job: Job, journal: Journal, system: System, scanned: Scan) -> RunRecord:
    identity = job.identity(system)
    scope = _scope(identity, job.keys)
    number = journal.scope(scope)
    if not job.options.again:
        _same_basis(job.keys, journal, number)
        _right_source(job.keys, str(job.path), journal, scope, number, scanned.keys)
    elif journal.basis(number) != job.keys.basis:
        journal.change_basis(number, job.keys.basis)
    facts = SourceFacts(str(job.path.absolute()), job.source.shape.size, scanned.rows)
    return journal.add_run(identity, number, facts, system, job.schema.digest)


def _same_basis(keys: Keys, journal: Journal, scope: int) -> None:
    """Rows that were imported under another key would look new: stop before they are created twice."""
    before = journal.basis(scope)
    if before != keys.basis and not journal.ledger_is_empty(scope):
        raise ImporterError(
            "KEY_CHANGED",
            f"Rows of source {keys.source} were recognised by {before} until now, and by {keys.basis} in "
            "this mapping: rows that were imported before would look new.",
            "Go back to the old key. When none of these rows was imported before: name another source in the "
            "mapping, or use --again.",
        )


def _right_source(
    keys: Keys, path: str, journal: Journal, scope: Scope, number: int, sample: Sequence[bytes]
) -> None:
    other = journal.other_source_of(scope, number, sample) if not keys.by_file else None
    if other is not None:
        raise ImporterError(
            "OTHER_SOURCE",
            f"Most rows of {path} were imported under source {other}, and this mapping's is {keys.source}.",
            f"Write source: {other} in the mapping, or use --again to import them once more.",
        )


def _leg_start(job: Job, system: System, chosen: Chosen, planned: Planned) -> LegStart:
    options = {key: value for key, value in asdict(job.options).items() if value not in (None, False)}
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
        path=chosen.name,
        reason=chosen.reason,
        source=str(job.path.absolute()),
        plan=planned,
    )


def os_user() -> str:
    """Return the name of the user of this process, ``?`` where the system does not know one."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "?"
