"""The results of an undo: a line for each record that the run had created, in the order of its rows."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from importer.journal.journal import Journal
from importer.journal.records import RowEntry, RunRecord
from importer.journal.states import SHOWN, State
from importer.model.outcome import Status
from importer.model.problem import Problem, problem
from importer.model.result import RowResult
from importer.model.row import Row, Shape, sheets_of
from importer.readers import Source
from importer.results import write_results
from importer.results.form import PLAIN, Form
from importer.results.view import iso


@dataclass(frozen=True, slots=True)
class UndoWritten:
    """The results of an undo: where, how many lines, counts by status, reasons why records were kept."""

    path: Path
    rows: int
    counts: Mapping[str, int]
    reasons: Mapping[str, int]


@dataclass(slots=True)
class _Counting:
    rows: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)

    def through(self, lines: Iterator[tuple[Row, RowResult]]) -> Iterator[tuple[Row, RowResult]]:
        for row, result in lines:
            self.rows += 1
            self.counts[result.status.value] = self.counts.get(result.status.value, 0) + 1
            if result.status is Status.KEPT:
                self.reasons[result.message] = self.reasons.get(result.message, 0) + 1
            yield row, result


def write_undo(
    source: Source | None,
    journal: Journal,
    undo: RunRecord,
    undone: RunRecord,
    results: Callable[[str], Path],
    reason: str,
    form: Form = PLAIN,
    statuses: frozenset[Status] = frozenset(),
    *,
    keep: bool = True,
) -> UndoWritten:
    """Write the results of ``undo`` as the journal has them now; of ``statuses`` only, if any. Blocks.

    ``reason`` says why it did not come to rows; with ``keep`` the journal remembers where the file is. Raises
    SourceError when the source has changed meanwhile, ImporterError when the results cannot be written.
    """
    counting = _Counting()
    shape = _without_cells(undone) if source is None else source.shape
    view = _View(undo, undone, shape, reason or "it has not come to it yet")
    with closing(_lines(source, journal, view)) as lines:
        wanted = (pair for pair in lines if not statuses or pair[1].status in statuses)
        counted = counting.through(wanted)
        path = write_results(results(undo.id), shape, counted, counting, undo.id, form=form)
    if keep:
        journal.set_results(undo.n, path.absolute())
    return UndoWritten(path, counting.rows, counting.counts, counting.reasons)


def _without_cells(run: RunRecord) -> Shape:
    """Return the shape of what is written where the file of ``run`` is not at hand: result columns alone."""
    sheets = sheets_of(run.sheet)
    return Shape(kind="text", columns=(), header_row=1, digest="", size=0, sheets=sheets)


def _lines(
    source: Source | None, journal: Journal, view: _View
) -> Generator[tuple[Row, RowResult], None, None]:
    results = view.results(journal)
    if source is None:
        for result in results:
            yield Row(result.key, ()), result
        return
    following = next(results, None)
    for row in source.rows():
        if following is not None and following.key == row.number:
            yield row, following
            following = next(results, None)


@dataclass(frozen=True, slots=True)
class _View:
    undo: RunRecord
    undone: RunRecord
    shape: Shape
    reason: str

    def results(self, journal: Journal) -> Iterator[RowResult]:
        """Give what became of each record that the undo is about, in the order of rows."""
        entries = journal.entries(self.undo.n)
        entry = next(entries, None)
        for made in journal.entries(self.undone.n):
            while entry is not None and entry.row < made.row:
                entry = next(entries, None)
            if entry is not None and entry.row == made.row:
                yield self._result(made, entry)
            elif made.state is State.CREATED:
                yield self._not_undone(made, 0)

    def _result(self, made: RowEntry, entry: RowEntry) -> RowResult:
        status = SHOWN[entry.state]
        if status is Status.NOT_SENT:
            return self._not_undone(made, entry.attempts)
        problems = entry.problems if status is Status.KEPT else ()
        if status is Status.IN_DOUBT:
            problems = (problem("DELETE_LOST"),)
        record = f"{self.undone.record_type} {made.number or made.record_id}"
        message = (
            " | ".join(found.message for found in problems)
            if problems
            else f"{record} was deleted."
            if status is Status.DELETED
            else f"{record} had been deleted before."
        )
        return self._line(made, status, message, problems, entry.attempts, iso(entry.at))

    def _not_undone(self, made: RowEntry, attempts: int) -> RowResult:
        found = problem("NOT_UNDONE", reason=self.reason)
        return self._line(made, Status.NOT_SENT, found.message, (found,), attempts)

    def _line(
        self,
        made: RowEntry,
        status: Status,
        message: str,
        problems: tuple[Problem, ...],
        attempts: int,
        time: str | None = None,
    ) -> RowResult:
        return RowResult(
            row=self.shape.row_of(made.row),
            status=status,
            run=self.undo.id,
            message=message,
            id=made.record_id,
            number=made.number,
            url=self._url(status, made),
            problems=problems,
            attempts=attempts,
            time=time,
            sheet=self.shape.sheet_of(made.row),
            place=made.row,
        )

    def _url(self, status: Status, made: RowEntry) -> str | None:
        url = self.undone.record_url
        if url is None or made.record_id is None or status in (Status.DELETED, Status.GONE):
            return None
        return url.replace("{id}", made.record_id)
