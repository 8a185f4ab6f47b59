"""The writing pass: the source again beside the journal, into a results file (design §3)."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from importer.journal.identity import Keys, Known
from importer.journal.journal import Journal
from importer.journal.records import LedgerLine, RunRecord
from importer.journal.states import State
from importer.mapping.compiled import Compiled
from importer.model.errors import SourceError
from importer.model.result import RowResult
from importer.model.row import Row
from importer.pipeline.explain import Explain
from importer.pipeline.job import Job
from importer.pipeline.lines import Returned
from importer.pipeline.standing import Setting, There
from importer.readers import Source
from importer.results import write_results
from importer.results.as_input import lines_of
from importer.results.naming import annotated_path
from importer.results.view import View
from importer.results.writing import write_annotated

MOST_ANNOTATED = 50_000
"""Rows up to which the analyst's own file is copied: a copy of a workbook is made in memory."""
COPIED = (".xlsx", ".xlsm")
"""Endings of workbooks that can be copied."""


@dataclass(frozen=True, slots=True)
class Written:
    """The results of a run: where they are (None: nowhere, only counted), and the counts of their lines.

    ``notes`` are sentences for the person.
    """

    path: Path | None
    rows: int
    counts: Mapping[str, int]
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class Counting:
    """Counts what passes through it on the way into a results file."""

    rows: int = 0
    counts: dict[str, int] = field(default_factory=dict)

    def through(self, lines: Iterator[tuple[Row, RowResult]]) -> Iterator[tuple[Row, RowResult]]:
        """Give on every line, counted."""
        for row, result in lines:
            self.rows += 1
            self.counts[result.status] = self.counts.get(result.status, 0) + 1
            yield row, result


class LedgerOf:
    """Finds the rows of one pass over a source in the ledger."""

    def __init__(
        self, source: Source, compiled: Compiled, journal: Journal, run: RunRecord, keys: Keys
    ) -> None:
        self._journal = journal
        self._takes = compiled.takes
        self._scope = run.scope
        self._returned = Returned(Setting(source, lines_of(source), compiled, keys, journal, run))

    def find(self, row: Row) -> LedgerLine | None:
        """Return the ledger's line for ``row``; call it for each row in order."""
        if not self._takes(row):
            return None
        return _known_line(self._returned, row, self._scope, self._journal)

    def close(self) -> None:
        """Drop what was remembered of the file."""
        self._returned.close()


def write_run(job: Job, journal: Journal, run: RunRecord, reason: str) -> Written:
    """Write the results of ``run`` as the journal has them now. Blocks; call it beside the event loop.

    ``reason`` says why rows were not sent. Raises SourceError when the source has changed meanwhile,
    ImporterError when the file cannot be written. An annotated copy that cannot be made is said, no error.
    """
    counting = Counting()
    path = None
    with closing(_lines(job, journal, run, reason)) as lines:
        counted = counting.through(lines)
        if job.results is None:
            for _line in counted:
                pass
        else:
            path = write_results(
                job.results(run.id),
                job.source.shape,
                counted,
                counting,
                run.id,
                files=job.files,
                form=job.form,
            )
            journal.set_results(run.n, path.absolute())
    notes = () if path is None or not job.form.annotate else (_annotate(job, journal, run, reason, path),)
    return Written(path, counting.rows, counting.counts, notes)


def _lines(
    job: Job, journal: Journal, run: RunRecord, reason: str
) -> Generator[tuple[Row, RowResult], None, None]:
    """Give the lines of the results; before the end, look once more whether the source has changed."""
    known = bool(journal.known_ranges(run.n))
    ledger = LedgerOf(job.source, job.compiled, journal, run, job.keys) if known else None
    find = ledger.find if ledger else _nowhere
    explain, why = Explain(job.compiled), reason or "it has not come to it yet"
    view = View(journal, run, job.source.shape, find, explain, why)
    try:
        yield from view.lines(job.source.rows())
        job.source.check_unchanged()
    finally:
        if ledger is not None:
            ledger.close()


def _annotate(job: Job, journal: Journal, run: RunRecord, reason: str, results: Path) -> str:
    """Write the annotated copy beside ``results`` and return what is to be said of it."""
    shape, original = job.source.shape, job.source.path
    if run.rows > MOST_ANNOTATED:
        return (
            f"No annotated copy: {original.name} has {run.rows} rows, and copies are made of up to "
            f"{MOST_ANNOTATED}. The results file has every row."
        )
    if shape.header_row < 1 or (shape.kind == "workbook" and original.suffix.lower() not in COPIED):
        return (
            f"No annotated copy: it can be made of files with a header, and of workbooks that end in "
            f"{' or '.join(COPIED)}. The results file has every row."
        )
    try:
        with closing(_lines(job, journal, run, reason)) as lines:
            path, lost = write_annotated(
                annotated_path(results, original),
                original,
                shape,
                lines,
                run.id,
                files=job.files,
                form=job.form,
            )
    except (OSError, SourceError) as error:
        why = error.message if isinstance(error, SourceError) else (error.strerror or type(error).__name__)
        return f"No annotated copy: {why} The results file has every row."
    lacks = f" It lacks what a copy cannot keep: {', '.join(lost)}." if lost else ""
    return f"Annotated copy: {path}.{lacks} {original.name} itself is as it was."


def _nowhere(_row: Row) -> LedgerLine | None:
    return None


def _known_line(at: Returned, row: Row, scope: int, journal: Journal) -> LedgerLine | None:
    """Return the ledger's line for a row of the writing pass; call it for each row in order."""
    standing = at.standing(row, None)
    if isinstance(standing, There):
        return LedgerLine(State.EXISTS, standing.record_id, None, row.number, standing.run, 0)
    identity = at.identities.of(row)
    return journal.ledger_line(scope, identity.key) if isinstance(identity, Known) else None
