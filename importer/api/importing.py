"""Importing files: what ``run`` does, and what a library caller builds on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from importer.api.approval import Ask
from importer.api.holding import held
from importer.api.opening import find_place, settings_for, target_for, with_options
from importer.api.options import ImportOptions
from importer.api.prepare import prepare
from importer.api.stand_in import StandIn
from importer.journal.database import Connect, connect
from importer.journal.journal import Journal
from importer.mapping import load_mapping
from importer.mapping.spec import MappingFile
from importer.model.errors import Exit, ImporterError, JournalError
from importer.model.events import Notice, Sink
from importer.model.target import System, Target
from importer.pipeline.control import Control
from importer.pipeline.job import Ended
from importer.pipeline.run import run_job
from importer.pipeline.tally import Tally
from importer.preflight.room import room_sentence, storage_findings
from importer.results import results_path
from importer.results.files import FILES, Files
from importer.settings import SIMULATOR, ConnectionSettings


@dataclass(frozen=True, slots=True)
class Disk:
    """What writes the journal and the results; a test may hand in one that fails."""

    connect: Connect = connect
    files: Files = FILES


REAL_DISK = Disk()


@dataclass(slots=True)
class Opened:
    """A connection that is signed in, with its journal and the mapping in use.

    ``imported``: calls that belong to the files before.
    """

    mapping: MappingFile
    settings: ConnectionSettings
    target: Target
    system: System
    journal: Journal
    disk: Disk
    imported: int = 0


@asynccontextmanager
async def opened(options: ImportOptions, sink: Sink, disk: Disk = REAL_DISK) -> AsyncIterator[Opened]:
    """Load the mapping, open journal and connection, sign in. Raises ImporterError."""
    mapping = load_mapping(options.mapping)
    place = find_place(options.where)
    with Journal(place.state, connect=disk.connect) as journal, StandIn(place.state) as stand_in:
        settings = settings_for(place, mapping.target, stand_in, lambda text: sink(Notice(text)))
        settings = with_options(settings, options)
        target = target_for(settings, mapping)
        try:
            system = await target.open()
            if settings.name == SIMULATOR:
                system = replace(system, record_url=None)  # its port is another one next time
            for text in (_introduction(system), *system.notes):
                sink(Notice(text))
            yield Opened(mapping, settings, target, system, journal, disk)
        finally:
            await target.close()


def _introduction(system: System) -> str:
    kind = system.kind or ("production" if system.production else "not known to be production")
    return f"Loading into {system.name}, id {system.id} ({kind}), as {system.user}."


async def import_one(
    opened: Opened,
    path: Path,
    options: ImportOptions,
    control: Control,
    tally: Tally,
    sink: Sink,
    ask: Ask,
) -> Ended:
    """Import one file. Raises ImporterError where it cannot run; other files may."""

    def results(run: str) -> Path:
        return results_path(path, run, options.output)

    if path.is_file():
        results("")  # a place that cannot be written to is told before anything is sent
    prepared = await control.unless_stopped(
        prepare(
            path,
            opened.mapping,
            opened.settings,
            opened.target,
            opened.system,
            opened.journal,
            options,
            results,
            ask,
        )
    )
    if prepared is None:
        raise ImporterError(
            "INTERRUPTED", "Interrupted before anything was sent.", exit=control.exit or Exit.INTERRUPTED
        )
    job, fitted = prepared
    job = replace(job, files=opened.disk.files, approve=_announced(job.approve, opened, options, sink))
    for note in fitted.source.shape.notes:
        sink(Notice(f"{path.name}: {note}"))
    for finding in fitted.findings:
        if finding.severity in ("warning", "note") and finding.code != "UNUSED_COLUMN":
            sink(Notice(finding.message))
    target = held(opened.target, None, opened.imported)
    try:
        return await run_job(job, opened.journal, target, opened.system, control, tally, sink)
    finally:
        opened.imported = opened.target.traffic().calls


def _announced(
    approve: Callable[[int], None], opened: Opened, options: ImportOptions, sink: Sink
) -> Callable[[int], None]:
    """Return ``approve`` behind a look at the room, for what a person says yes to."""
    storage = opened.system.storage

    def announce(rows: int) -> None:
        count = rows if options.first is None else min(rows, options.first)
        short = storage_findings(count, storage, exact=False)
        for finding in short:
            sink(Notice(f"{finding.message} {finding.remedy}"))
        if storage is not None and count and not short:
            sink(Notice(room_sentence(count, storage)))
        approve(rows)

    return announce


@dataclass(frozen=True, slots=True)
class FileResult:
    """What became of one file of a command: how its run ended, or why it was refused."""

    path: Path
    ended: Ended | None
    error: ImporterError | None = None

    @property
    def exit(self) -> Exit:
        """The exit code of this file."""
        if self.ended is not None:
            return self.ended.exit
        return self.error.exit if self.error is not None else Exit.CANNOT_RUN


Start = Callable[[Path, Control, Tally], None]
"""Told when a file begins, with the control that ends it and the counts to show."""

FATAL = frozenset({"SIGN_IN_REFUSED", "UNREACHABLE", "RESULTS_NOT_WRITTEN"})
"""Errors of sign-in and disk after which no other file is tried; those of the journal have a class."""


async def import_files(
    paths: Sequence[Path],
    options: ImportOptions,
    sink: Sink,
    start: Start,
    ask: Ask,
    disk: Disk = REAL_DISK,
) -> AsyncIterator[FileResult]:
    """Import ``paths`` one after the other and give each one's result; ends at what no file would survive."""
    limit = Limit(options.max_duration)
    async with opened(options, sink, disk) as ready:
        for path in paths:
            if limit.is_over:
                yield FileResult(path, None, limit.error())
                continue
            control, tally = Control(), Tally()
            start(path, control, tally)
            with limit.on(control):
                result = await try_one(ready, path, options, control, tally, sink, ask)
            yield result
            if result.exit in (Exit.INTERRUPTED, Exit.TERMINATED) or _is_fatal(result):
                return


class Limit:
    """``--max-duration``: from its making on, ends what is at work after so many seconds (None: never)."""

    def __init__(self, seconds: float | None) -> None:
        self._loop = asyncio.get_running_loop()
        self._end = None if seconds is None else self._loop.time() + seconds

    @property
    def is_over(self) -> bool:
        """Whether the time is up."""
        return self._end is not None and self._loop.time() >= self._end

    @contextmanager
    def on(self, control: Control) -> Iterator[None]:
        """Have ``control`` told when the time is up: nothing new is sent, what is in flight is drained."""
        if self._end is None:
            yield
            return
        handle = self._loop.call_at(self._end, control.stop, Exit.LATER, OVER, CONTINUES)
        try:
            yield
        finally:
            handle.cancel()

    def error(self) -> ImporterError:
        """Return what is said of a file that it has not come to."""
        return ImporterError("MAX_DURATION", f"Not begun: {OVER}.", CONTINUES, exit=Exit.LATER)


OVER = "the time of --max-duration is up"
CONTINUES = "The same command continues."


async def try_one(
    opened: Opened,
    path: Path,
    options: ImportOptions,
    control: Control,
    tally: Tally,
    sink: Sink,
    ask: Ask,
) -> FileResult:
    """Import one file and return what became of it; what refuses the file is part of that."""
    try:
        return FileResult(path, await import_one(opened, path, options, control, tally, sink, ask))
    except ImporterError as error:
        return FileResult(path, None, error)


def _is_fatal(result: FileResult) -> bool:
    return result.error is not None and (isinstance(result.error, JournalError) or result.error.code in FATAL)
