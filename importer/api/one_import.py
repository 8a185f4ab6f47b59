"""One call of ``import_cases`` at work: a task that imports, and says what becomes of each row."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from importer.api.backlog import Backlog
from importer.api.connection import Connection, Ready, in_thread
from importer.api.following import Follower, log
from importer.api.holding import held
from importer.api.options import ImportOptions
from importer.api.prepare import open_input, prepare_source
from importer.api.tables import AnySource, check_table, path_of, spooled
from importer.journal.journal import Journal
from importer.mapping.spec import MappingFile
from importer.model.errors import Exit, ImporterError
from importer.model.result import RowResult
from importer.pipeline.control import Control
from importer.pipeline.explain import Explain
from importer.pipeline.job import Ended, Job
from importer.pipeline.run import run_job
from importer.pipeline.tally import Tally
from importer.pipeline.write import LedgerOf
from importer.readers import Source
from importer.readers.table import TableSource
from importer.results import results_path
from importer.results.view import View

CHUNK = 500
"""Rows that are read at once where the caller gets what was settled before."""


@dataclass(frozen=True, slots=True)
class Summary:
    """How an import ended. ``counts`` are rows by status, ``results`` the results file, if one was written.

    ``exit_code`` is what the command line would have ended with. ``reason`` and ``remedy`` are sentences for
    an import that did not come to its end.
    """

    run: str
    rows: int
    counts: Mapping[str, int]
    results: Path | None
    exit_code: Exit
    reason: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a caller of ``import_cases`` asks for; ``text`` is what ``mapping`` was read from."""

    source: AnySource
    mapping: MappingFile
    text: str
    connection: Connection
    state: Path | None
    name: str | None
    options: ImportOptions


class Import:
    """Imports one source in a task of its own; the task is the only one that touches journal and target."""

    def __init__(self, asked: Asked) -> None:
        self.left = False
        self.backlog: Backlog[RowResult] = Backlog()
        self.loop = asyncio.get_running_loop()
        self._asked = asked
        self._control = Control()
        self._running = False
        asked.connection.add(self)
        self._task = self.loop.create_task(self._import(), name="case-importer")
        self._waited_for = False
        self._task.add_done_callback(self._done)

    def leave(self) -> None:
        """Send nothing new: the caller takes no more outcomes. What is in flight is drained by the task."""
        self.left = True
        self.backlog.drop()
        if self._task.done():
            return
        if self._running:
            self._control.stop(Exit.INTERRUPTED, "the caller has left", "The same call continues.")
        else:
            self._task.cancel()  # nothing has been sent

    async def drained(self) -> ImporterError | None:
        """Wait until nothing is in flight; return what went wrong meanwhile.

        A cancellation is heeded when that is done. A second one gives up on what is in flight: those rows are
        in doubt.
        """
        self._waited_for = True
        cancelled = 0
        while not self._task.done():
            try:
                await self.over()
            except asyncio.CancelledError:
                cancelled += 1
                if cancelled > 1:
                    self._control.abandon()
        if cancelled:
            raise asyncio.CancelledError
        return self._failure()

    async def over(self) -> None:
        """Wait for the end of the task, which goes on when the waiting is cancelled."""
        await asyncio.wait({self._task})

    async def ended(self) -> Summary:
        """Return how the import ended. Raises what ended it."""
        self._waited_for = True
        await self.over()
        return self._task.result()

    @property
    def summary(self) -> Summary | None:
        """How the import ended; None while it works, and where it could not run."""
        done = self._task.done() and not self._task.cancelled() and self._task.exception() is None
        return self._task.result() if done else None

    def _failure(self) -> ImporterError | None:
        """Return what went wrong after the caller had left; raise it when it is a fault of ours."""
        error = None if self._task.cancelled() else self._task.exception()
        if error is None or isinstance(error, ImporterError):
            return None if error is None or error.exit is Exit.INTERRUPTED else error
        raise error

    def _done(self, task: asyncio.Task[Summary]) -> None:
        self._asked.connection.remove(self)
        error = None if task.cancelled() else task.exception()
        expected = isinstance(error, ImporterError) and error.exit is Exit.INTERRUPTED
        if error is not None and not expected and self.left and not self._waited_for:
            log.error("An import that its caller has left failed: %s", error)

    async def _import(self) -> Summary:
        asked = self._asked
        try:
            await asked.connection.others_drained(self)
            async with contextlib.AsyncExitStack() as stack:
                source = await self._source(stack)
                journal = stack.enter_context(Journal(asked.state or asked.connection.state))
                target = asked.connection.target(asked.mapping, lambda: self._control.stopped)
                return await self._into(await stack.enter_async_context(target), source, journal)
        finally:
            self.backlog.end()

    async def _source(self, stack: contextlib.AsyncExitStack) -> Source:
        asked = self._asked
        path = path_of(asked.source)
        if path is not None:
            return await asyncio.to_thread(open_input, path, asked.mapping)
        name = check_table(asked.source, asked.name, asked.mapping)
        return await stack.enter_async_context(spooled(asked.source, name, asked.mapping))

    async def _into(self, ready: Ready, source: Source, journal: Journal) -> Summary:
        """Import ``source`` through a target that is signed in."""
        asked = self._asked
        target = held(ready.target, self.backlog.room, ready.calls)
        job, fitted = await prepare_source(
            source, asked.mapping, asked.text, ready.settings, target, ready.system, journal, asked.options,
            self._results(source), lambda _question: False,
        )  # fmt: skip
        if isinstance(source, TableSource):
            source = source.limited_to(fitted.compiled.used)
        # The pipeline reads ahead of what is in flight by a few times as much.
        explain = Explain(job.compiled)
        follower = Follower(source, journal, self.backlog, explain, 4 * ready.settings.concurrency)
        job = replace(job, source=follower.source, approve=self._approve)
        for text in (*ready.system.notes, *(finding.message for finding in fitted.findings)):
            log.info("%s", text)
        self._running = True
        ended = await run_job(job, journal, target, ready.system, self._control, Tally(), follower.sink)
        if follower.told < ended.rows:
            await self._tell_rest(job, journal, ended, follower)
        return Summary(
            ended.run, ended.rows, ended.counts, ended.results, ended.exit, ended.reason, ended.remedy
        )

    def _results(self, source: Source) -> Callable[[str], Path] | None:
        """Return where results go: as on the command line for a file; for a table, only where it was said.

        Raises ImporterError for a path that cannot be used, now and not after hours of sending.
        """
        wanted = self._asked.options.output
        file = source.file if isinstance(source, TableSource) else source.path
        if wanted is None and isinstance(source, TableSource):
            return None
        if wanted is not None:
            results_path(file, "", wanted)
        return lambda run: results_path(file, run, wanted)

    def _approve(self, _rows: int) -> None:
        """Nobody is asked: calling is the yes. But the caller may have left during the scan."""
        if self._control.stopped:
            raise ImporterError("INTERRUPTED", "Left before anything was sent.", exit=Exit.INTERRUPTED)

    async def _tell_rest(self, job: Job, journal: Journal, ended: Ended, follower: Follower) -> None:
        """Tell the rows that no event has told: settled by an earlier call, in doubt, or not sent."""
        run = journal.run(ended.run)
        reason = ended.reason or "only the first rows were asked for"
        ledger = LedgerOf(job.source, job.compiled, journal, run, job.keys)
        try:
            view = View(journal, run, job.source.shape, ledger.find, Explain(job.compiled), reason)
            lines = (result for _row, result in view.lines(job.source.rows()))
            rest = (result for result in lines if not follower.is_told(result.key))
            async for result in _in_chunks(rest):
                await self.backlog.room()
                if self._control.stopped and self.left:
                    return
                follower.tell(result)
        finally:
            ledger.close()


async def _in_chunks(results: Iterator[RowResult]) -> AsyncIterator[RowResult]:
    """Give ``results``, which are read beside the event loop."""
    while chunk := await in_thread(lambda: list(islice(results, CHUNK))):
        for result in chunk:
            yield result
