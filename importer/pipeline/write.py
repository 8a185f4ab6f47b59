"""The writing pass: the source again beside the journal, into a results file (design §3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from importer.journal.identity import Keys
from importer.journal.journal import Journal
from importer.journal.records import LedgerLine, RunRecord
from importer.mapping.compiled import Compiled
from importer.model.result import RowResult
from importer.model.row import Row
from importer.pipeline.explain import Explain
from importer.pipeline.job import Job
from importer.pipeline.lines import Returned, Setting, known_line
from importer.readers import Source
from importer.results import write_results
from importer.results.as_input import lines_of
from importer.results.view import View

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Written:
    """The results of a run: where they are (None: nowhere, only counted), and the counts of their lines."""

    path: Path | None
    rows: int
    counts: Mapping[str, int]


@dataclass(slots=True)
class Counting:
    """Counts what passes through it on the way into a results file."""

    rows: int = 0
    counts: dict[str, int] = field(default_factory=dict)

    def through(self, lines: Iterator[tuple[Row, RowResult]]) -> Iterator[tuple[Row, RowResult]]:
        """Give on every line, counted."""
        for row, result in lines:
            self.rows += 1
            self.counts[result.status.value] = self.counts.get(result.status.value, 0) + 1
            yield row, result


class LedgerOf:
    """Finds the rows of one pass over a source in the ledger."""

    def __init__(
        self, source: Source, compiled: Compiled, journal: Journal, run: RunRecord, keys: Keys
    ) -> None:
        self._journal = journal
        self._faults = compiled.faults
        self._scope = run.scope
        self._returned = Returned(Setting(source, lines_of(source), compiled, keys, journal, run))

    def find(self, row: Row) -> LedgerLine | None:
        """Return the ledger's line for ``row``; call it for each row in order."""
        if row.blank or (row.problems and self._faults(row)):
            return None
        return known_line(self._returned, row, self._scope, self._journal)

    def close(self) -> None:
        """Drop what was remembered of the file."""
        self._returned.close()


def write_run(job: Job, journal: Journal, run: RunRecord, reason: str) -> Written:
    """Write the results of ``run`` as the journal has them now. Blocks; call it beside the event loop.

    ``reason`` says why rows were not sent. Raises SourceError when the source has changed meanwhile,
    ImporterError when the file cannot be written.
    """
    known = bool(journal.known_ranges(run.n))
    ledger = LedgerOf(job.source, job.compiled, journal, run, job.keys) if known else None
    view = View(
        journal,
        run,
        job.source.shape,
        ledger.find if ledger else _nowhere,
        Explain(job.compiled),
        reason or "it has not come to it yet",
    )
    counting = Counting()
    lines = _of_unchanged(job.source, counting.through(view.lines(job.source.rows())))
    path = None
    try:
        if job.results is None:
            for _line in lines:
                pass
        else:
            path = write_results(
                job.results(run.id), job.source.shape, lines, counting, run.id, files=job.files
            )
            journal.set_results(run.n, path.absolute())
    finally:
        if ledger is not None:
            ledger.close()
    return Written(path, counting.rows, counting.counts)


def _of_unchanged(source: Source, lines: Iterator[T]) -> Iterator[T]:
    """Give ``lines``; before the end, while their file has no name yet, look once more at the source."""
    yield from lines
    source.check_unchanged()


def _nowhere(_row: Row) -> LedgerLine | None:
    return None
