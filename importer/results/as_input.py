"""A results file that comes back as input (design §8): its lines are known, or must not be guessed about."""

from __future__ import annotations

from collections.abc import Callable

from importer.mapping.cells import cell_texts
from importer.model.outcome import Status
from importer.model.problem import Problem, problem
from importer.model.row import Row, Shape
from importer.results.columns import MARKS

MAY_EXIST = frozenset({Status.CREATED, Status.UPDATED, Status.EXISTS, Status.IN_DOUBT})


def is_results_file(shape: Shape) -> bool:
    """Return whether a file of this shape is a results file of ours."""
    return set(shape.columns) >= MARKS


def refuse_line(shape: Shape) -> Callable[[Row], Problem | None]:
    """Return what refuses a row of a results file whose record this journal does not know.

    It is asked only for rows that the ledger does not know. For other files it refuses nothing.
    """
    if not is_results_file(shape):
        return lambda _row: None

    def refuse(row: Row) -> Problem | None:
        texts = cell_texts(shape.columns, row)
        run, record_id, status = (
            texts["import_run"],
            texts["import_id"].strip(),
            texts["import_status"].strip(),
        )
        if record_id or status in MAY_EXIST:
            return problem("FOREIGN_RESULT", column="import_id", run=run, status=status or "created")
        return None

    return refuse
