"""A results file that comes back as input (design §8): its lines are known, or must not be guessed about."""

from __future__ import annotations

from dataclasses import dataclass

from importer.mapping.cells import cell_texts
from importer.model.outcome import Status
from importer.model.problem import Problem, problem
from importer.model.row import Row, Shape
from importer.results.columns import MARKS

MAY_EXIST = frozenset({Status.CREATED, Status.UPDATED, Status.EXISTS, Status.IN_DOUBT})
SHAPE_CODES = frozenset({"TOO_FEW_CELLS", "TOO_MANY_CELLS", "BAD_QUOTING", "NUL_CHARACTER", "UNDECODABLE"})
"""Faults of shape: the results file shows such a row padded or cut, so what it shows is not the row."""


def is_results_file(shape: Shape) -> bool:
    """Return whether a file of this shape is a results file of ours."""
    return set(shape.columns) >= MARKS


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of an input; of any file but a results file of ours they tell nothing."""

    shape: Shape

    def stays(self, row: Row) -> tuple[Status, Problem] | None:
        """Return why a line must stay behind whatever its cells say: it was blank, or its shape was at fault.

        A row with a fault of shape goes when a person has looked at it and cleared its import_status.
        """
        if not is_results_file(self.shape) or row.blank:
            return None
        texts = cell_texts(self.shape.columns, row)
        codes = {code.strip() for code in texts.get("import_code", "").split("|")}
        status = texts["import_status"].strip()
        if status == Status.SKIPPED and "BLANK_ROW" in codes:
            return Status.SKIPPED, problem("BLANK_ROW")
        if status == Status.INVALID and codes & SHAPE_CODES:
            return Status.INVALID, problem("SHAPE_FAULT", column="import_status", row=texts["import_row"])
        return None

    def refuses(self, row: Row) -> Problem | None:
        """Return why a row that the ledger does not know is not sent: the line says that it may exist."""
        if not is_results_file(self.shape):
            return None
        texts = cell_texts(self.shape.columns, row)
        run, record_id, status = (
            texts["import_run"],
            texts["import_id"].strip(),
            texts["import_status"].strip(),
        )
        if record_id or status in MAY_EXIST:
            return problem("FOREIGN_RESULT", column="import_id", run=run, status=status or "created")
        return None
