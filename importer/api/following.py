"""From the events of a run to results of rows, as they become durable."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from importer.api.backlog import Backlog
from importer.journal.journal import Journal
from importer.journal.records import RowEntry, RunRecord
from importer.model.events import Event, Notice, RowSettled, RunEnded, RunStarted
from importer.model.outcome import Status
from importer.model.result import RowResult
from importer.model.row import Row, Shape
from importer.readers import Source
from importer.results.view import Explainer, View, message

log = logging.getLogger("importer.api")

SPARE_ROWS = 1024
"""Rows that are kept beside those in flight, so that the texts of the journal can name their values again."""


class Follower:
    """Follows the sending of one run: each row's result goes into ``backlog`` once, when it is durable.

    It goes by the events alone. Rows without one are left over, and doubts, which are final at the end of the
    run: ``is_told`` says which rows are not. ``source`` is what the pipeline must read, so that the rows in
    flight are at hand; ``in_flight`` is how many these may be.
    """

    def __init__(
        self,
        source: Source,
        journal: Journal,
        backlog: Backlog[RowResult],
        explain: Explainer,
        in_flight: int,
    ) -> None:
        self.source = Followed(source, self)
        self.told = 0
        self._marks = bytearray()
        self._journal = journal
        self._backlog = backlog
        self._explain = explain
        self._run: RunRecord | None = None
        self._rows: dict[int, Row] = {}
        self._most_rows = in_flight + SPARE_ROWS

    def sink(self, event: Event) -> None:
        """Take an event of the run; its notices go to the log, which nobody has set up here."""
        if isinstance(event, Notice):
            log.info("%s", event.text)
        elif isinstance(event, RunStarted):
            self._run = self._journal.run(event.run)
        elif isinstance(event, RunEnded):
            self._run = None
            self._rows.clear()
        elif self._run is not None and event.status is not Status.IN_DOUBT and not self.is_told(event.row):
            result = self._settled(self._run, event)
            if result is not None:
                self.tell(result)

    def tell(self, result: RowResult) -> None:
        """Give a row's result to the caller."""
        at, bit = divmod(result.key, 8)
        if at >= len(self._marks):
            self._marks.extend(bytes(at + 1 - len(self._marks) + len(self._marks) // 8))
        self._marks[at] |= 1 << bit
        self.told += 1
        self._backlog.put(result)

    def is_told(self, row: int) -> bool:
        """Return whether the caller has, or will get, the result of ``row``."""
        at, bit = divmod(row, 8)
        return at < len(self._marks) and bool(self._marks[at] >> bit & 1)

    def remember(self, row: Row) -> None:
        """Keep ``row`` for a while: it is on its way into the pipeline."""
        self._rows[row.number] = row
        if len(self._rows) > self._most_rows:
            del self._rows[next(iter(self._rows))]

    @property
    def follows(self) -> bool:
        """Whether a run is sending."""
        return self._run is not None

    def _settled(self, run: RunRecord, event: RowSettled) -> RowResult | None:
        """Return the result of a row; None when its texts name values of a row that is not at hand."""
        entry = self._journal.entry(run.n, event.row)
        row = self._rows.pop(event.row, None)
        if entry is None:  # known to the ledger: the journal keeps the range, not the row
            text = message(event.status, run.record_type, event.id, None, ())
            shape = self.source.shape
            return RowResult(
                shape.row_of(event.row),
                event.status,
                run.id,
                text,
                event.id,
                url=_url(run, event.id),
                sheet=shape.sheet_of(event.row),
                place=event.row,
            )
        if row is None and entry.problems:
            return None
        return _of_entry(run, self.source.shape, row or Row(event.row, ()), entry, self._explain)


@dataclass(frozen=True, slots=True)
class Followed:
    """A source whose rows pass a follower while a run is sending."""

    inner: Source
    follower: Follower

    @property
    def path(self) -> Path:
        """The file."""
        return self.inner.path

    @property
    def shape(self) -> Shape:
        """What was found out about the file."""
        return self.inner.shape

    def rows(self) -> Iterator[Row]:
        """Read the rows in file order. Raises SourceError."""
        if not self.follower.follows:
            yield from self.inner.rows()
            return
        for row in self.inner.rows():
            self.follower.remember(row)
            yield row

    def check_unchanged(self) -> None:
        """Raise SourceError when the file is not the one that was opened."""
        self.inner.check_unchanged()


@dataclass(frozen=True, slots=True)
class OneEntry:
    """As much of a journal as a view of one row needs."""

    entry: RowEntry

    def entries(self, _run: int) -> Iterator[RowEntry]:
        """Give the entry."""
        yield self.entry

    def known_ranges(self, _run: int) -> list[tuple[int, int]]:
        """Return nothing: the row has an entry."""
        return []


def _of_entry(run: RunRecord, shape: Shape, row: Row, entry: RowEntry, explain: Explainer) -> RowResult:
    """Return a row's result as the results file will have it."""
    view = View(cast("Journal", OneEntry(entry)), run, shape, lambda _row: None, explain)
    [(_row, result)] = view.lines([row])
    return result


def _url(run: RunRecord, record_id: str | None) -> str | None:
    if record_id is None or run.record_url is None:
        return None
    return run.record_url.replace("{id}", record_id)
