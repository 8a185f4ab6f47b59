"""What a report tells, gathered: it is made of the journal, and of the source for values alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from importer.journal.figures import Figures
from importer.journal.records import LegRecord, RunRecord
from importer.model.problem import Problem
from importer.model.row import row_name, sheets_of


@dataclass(frozen=True, slots=True)
class Example:
    """A row that is named for a cause: its problems, as the journal keeps them or with the row's values.

    ``cells`` are the row's cells by column, empty in a report without values.
    """

    problems: tuple[Problem, ...] = field(repr=False)
    cells: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Facts:
    """A run to be reported. ``counts`` are rows by status, as ``show`` has them.

    ``undone`` is the run that this one takes back, None for an import; its rows are then records that it had
    created. ``undone_by`` are the runs that took back rows of this one. ``examples`` are rows by number;
    ``values`` says that they show contents, ``no_values`` why they do not although somebody asked. ``made``
    is the time of the report in milliseconds since 1970 (UTC), ``version`` that of the tool.
    """

    run: RunRecord
    legs: tuple[LegRecord, ...]
    counts: Mapping[str, int]
    figures: Figures
    examples: Mapping[int, Example]
    values: bool
    no_values: str
    made: int
    version: str
    undone: RunRecord | None = None
    undone_by: tuple[str, ...] = ()

    def name(self, row: int) -> str:
        """Return what a person calls a row of the run: ``7``, or ``North!7`` with several sheets."""
        return row_name(row, sheets_of(self.run.sheet))

    @property
    def noun(self) -> str:
        """What is counted: rows, or the records that an undo is about."""
        return "row" if self.undone is None else "record"
