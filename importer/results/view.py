"""What became of each row: the source beside the journal, in input order (promise P1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Protocol

from importer.journal.journal import Journal
from importer.journal.records import LedgerLine, RowEntry, RunRecord
from importer.journal.states import SHOWN
from importer.model.outcome import Status
from importer.model.problem import Problem, problem
from importer.model.redaction import restore
from importer.model.result import RowResult
from importer.model.row import Row, Shape

Find = Callable[[Row], LedgerLine | None]
"""Looks a row up in the ledger; called for every row, in order."""


class Explainer(Protocol):
    """Reads again from a row what the journal does not keep of it."""

    def texts(self, row: Row) -> dict[str, str]:
        """Return the row's values by name."""
        ...

    def problems(self, row: Row) -> tuple[Problem, ...]:
        """Return the problems of reading and mapping the row."""
        ...


@dataclass(frozen=True, slots=True)
class View:
    """How to look at a run: its journal, shape, ledger, what explains rows, why rows were not sent."""

    journal: Journal
    run: RunRecord
    shape: Shape
    find: Find
    explain: Explainer
    reason: str = "the run has not come to it yet"

    def lines(self, rows: Iterable[Row]) -> Iterator[tuple[Row, RowResult]]:
        """Give each row with its result; exactly one for each row of the source."""
        entries = self.journal.entries(self.run.n)
        entry = next(entries, None)
        ranges = iter(self.journal.known_ranges(self.run.n))
        known = next(ranges, None)
        for row in rows:
            while entry is not None and entry.row < row.number:
                entry = next(entries, None)
            while known is not None and known[1] < row.number:
                known = next(ranges, None)
            line = self.find(row)
            if entry is not None and entry.row == row.number:
                yield row, self._of_entry(row, entry)
            elif known is not None and known[0] <= row.number:
                yield row, self._of_ledger(row, line)
            else:
                yield row, self._not_sent(row)

    def _of_entry(self, row: Row, entry: RowEntry) -> RowResult:
        status = SHOWN[entry.state]
        if status is Status.NOT_SENT:
            return self._not_sent(row, entry.attempts)
        problems: tuple[Problem, ...] = ()
        if entry.problems:
            told = self._problems(row, entry, status)
            problems = tuple(replace(found, message=found.sentence) for found in told)
        # A work list of doubts is filled in by a person: an id that stood there already would be an answer.
        record_id = None if status is Status.IN_DOUBT else entry.record_id
        return RowResult(
            row=self.shape.row_of(row.number),
            sheet=self.shape.sheet_of(row.number),
            place=row.number,
            status=status,
            run=self.run.id,
            message=message(status, self.run.record_type, record_id, entry.number, problems),
            id=record_id,
            number=entry.number,
            url=self._url(record_id),
            problems=problems,
            attempts=entry.attempts,
            time=iso(entry.at),
        )

    def _problems(self, row: Row, entry: RowEntry, status: Status) -> tuple[Problem, ...]:
        """Put back what was left out: values into texts, and sentences that show values."""
        if status is Status.INVALID:
            fresh = self.explain.problems(row)
            if [found.code for found in fresh] == [found.code for found in entry.problems]:
                return fresh
        texts = self.explain.texts(row)
        return tuple(_restored(found, texts) for found in entry.problems)

    def _of_ledger(self, row: Row, line: LedgerLine | None) -> RowResult:
        record_id = line.record_id if line is not None else None
        found = problem("KNOWN", run=line.run if line is not None else "an earlier one")
        return RowResult(
            row=self.shape.row_of(row.number),
            sheet=self.shape.sheet_of(row.number),
            place=row.number,
            status=Status.EXISTS,
            run=self.run.id,
            message=found.message,
            id=record_id,
            url=self._url(record_id),
            problems=(found,),
        )

    def _not_sent(self, row: Row, attempts: int = 0) -> RowResult:
        found = problem("NOT_SENT", reason=self.reason)
        return RowResult(
            self.shape.row_of(row.number),
            Status.NOT_SENT,
            self.run.id,
            found.message,
            problems=(found,),
            attempts=attempts,
            sheet=self.shape.sheet_of(row.number),
            place=row.number,
        )

    def _url(self, record_id: str | None) -> str | None:
        if record_id is None or self.run.record_url is None:
            return None
        return self.run.record_url.replace("{id}", record_id)


def message(
    status: Status, record_type: str, record_id: str | None, number: str | None, problems: tuple[Problem, ...]
) -> str:
    """Return the plain words for a row; they are never empty."""
    if status is Status.CREATED:
        return f"Created as {record_type} {number or record_id}."
    if status is Status.UPDATED:
        return f"Updated {record_type} {number or record_id}."
    if problems:
        return " | ".join(found.message for found in problems)
    if status is Status.EXISTS:
        return f"{record_type} {record_id} has this key already; nothing was changed."
    return f"The row is {status.value.replace('_', ' ')}."


def iso(milliseconds: int) -> str:
    """Return a time of the journal as UTC in ISO 8601, whole seconds."""
    return _second(milliseconds // 1000)


@lru_cache(1_000)
def _second(seconds: int) -> str:
    """Return a second as ISO 8601: hundreds of rows may have been settled within one."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _restored(found: Problem, texts: dict[str, str]) -> Problem:
    server_text = None if found.server_text is None else restore(found.server_text, texts)
    return Problem(found.code, restore(found.message, texts), found.column, found.cell, server_text)
