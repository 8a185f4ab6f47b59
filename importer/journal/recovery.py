"""What becomes of rows that a dead process has left sent, and of answers that nobody was asked about."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from importer.journal import sql
from importer.journal.states import State
from importer.journal.stored import problems_to_text
from importer.model.problem import problem
from importer.model.row import row_name, sheets_of


def recover(db: sqlite3.Connection, system: str, now: int) -> int:
    """Make every row of ``system`` that is still sent unknown; return their number.

    The caller holds the system's lock: nobody is about to hear of them. ``now`` in milliseconds.
    """
    left = db.execute(sql.LEFT_SENT, (system,)).fetchall()
    for run, scope, row, part, key, run_id, name, sheet in left:
        reason = "the process ended before the answer"
        shown = row_name(row, sheets_of(sheet))
        lost = problem("ANSWER_LOST", reason=reason, system=name, run=run_id, row=shown, question="")
        line = (run, scope, row, part, key, problems_to_text((lost,)))
        _doubt(db, State.SENT, State.UNKNOWN, line, now)
    return len(left)


def give_up(db: sqlite3.Connection, system: str, now: int) -> int:
    """Make every unknown row of ``system`` in doubt; return their number."""
    left = db.execute(sql.LEFT_UNKNOWN, (system,)).fetchall()
    for line in left:
        _doubt(db, State.UNKNOWN, State.IN_DOUBT, line, now)
    return len(left)


def _doubt(db: sqlite3.Connection, before: State, after: State, line: Sequence[Any], now: int) -> None:
    run, scope, row, part, key, problems = line
    query = sql.SETTLE_ROW.format(before=f"'{before}'")
    db.execute(query, (after, None, None, problems, now, run, row, part))
    if key is not None:
        db.execute(sql.LEDGER_DOUBT, {"scope": scope, "key": key, "run": run, "row": row, "state": after})
