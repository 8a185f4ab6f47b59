"""Rows that refer to other rows by the keys of their source: parents go first, in waves (design §5, lookup).

A parent of the same source may stand in the same file, before or behind its child, and may not have a record
yet. Its child is held back until a pass in which no row got a record any more; then the parent is named.
"""

from __future__ import annotations

from dataclasses import dataclass

from importer.journal.states import HAS_RECORD, State
from importer.model.draft import Draft, Lookup
from importer.model.problem import problem
from importer.pipeline.consider import Left
from importer.pipeline.rows_by_key import RowsByKey
from importer.pipeline.work import Work


@dataclass(frozen=True, slots=True)
class Held:
    """The row waits for a later pass."""


class Parents:
    """Knows the records of earlier rows. ``held`` counts the rows of this pass that wait for a parent.

    ``rows`` finds rows of the file by key: who waits for none of them waits no longer. In the ``last`` pass
    nobody does.
    """

    def __init__(self, work: Work, rows: RowsByKey | None = None, *, last: bool = False) -> None:
        self._work = work
        self._rows = rows
        self._last = last
        self.held = 0

    def ids(self, lookup: Lookup) -> tuple[str, ...]:
        """Return the id of the record that was made of the row with the key ``lookup.value``."""
        line = self._work.journal.imported(self._work.run.system, lookup.object, lookup.value)
        found = line is not None and line.state in HAS_RECORD and line.record_id is not None
        return (str(line.record_id),) if line is not None and found else ()

    def waits(self, draft: Draft) -> Left | Held | None:
        """Return None when every parent row that must go first has its record.

        Else Held, because it may get one yet; or, in the last pass, how the row stays behind.
        """
        for name, reference in draft.references.items():
            lookup = reference.lookup
            own = lookup.imported and lookup.object == self._work.keys.source
            if not own or self.ids(lookup):
                continue
            row = self._rows.find(lookup.value) if self._rows is not None else None
            if self._rows is not None and row is None:
                continue  # it is not in the file: the mapping says what that means
            if row is not None and self._last:
                why = self._why(row, draft.row)
                shown = self._work.source.shape.row_name(row)
                found = problem("PARENT_MISSING", column=draft.columns.get(name), row=shown, why=why)
                return Left(State.BLOCKED, (found,))
            self.held += 1
            return Held()
        return None

    def _why(self, row: int, child: int) -> str:
        if row == child:
            return "a row cannot belong to itself"
        entry = self._work.journal.entry(self._work.run.n, row)
        state = State.PENDING if entry is None else entry.state
        return _WHY.get(state, "it waits itself")


_WHY = {
    State.INVALID: "it is invalid",
    State.REJECTED: "the server refused it",
    State.SKIPPED: "it was skipped",
    State.UNKNOWN: "its answer was lost",
    State.IN_DOUBT: "it is in doubt",
    State.SENT: "its answer was lost",
}
