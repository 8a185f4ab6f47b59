"""A person's verdicts for rows in doubt, written with user and time."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from importer.journal import sql
from importer.journal.records import RunRecord, Verdict
from importer.journal.states import State
from importer.model.errors import JournalError
from importer.model.row import row_name, sheets_of


def check_records(db: sqlite3.Connection, run: RunRecord, verdicts: Sequence[Verdict]) -> None:
    """Raise JournalError when a record of ``verdicts`` is that of another row: each row makes its own."""
    named: dict[str, int] = {}
    for verdict in verdicts:
        if verdict.record_id is not None and named.setdefault(verdict.record_id, verdict.row) != verdict.row:
            raise _taken(run, verdict.row, verdict.record_id, named[verdict.record_id])
    for row, record_id in db.execute(sql.ROWS_OF_RECORDS, (run.n, json.dumps(list(named)))):
        if named[record_id] != row:
            raise _taken(run, named[record_id], record_id, row)


def _taken(run: RunRecord, row: int, record_id: str, other: int) -> JournalError:
    names = sheets_of(run.sheet)
    return JournalError(
        "RECORD_OF_ANOTHER_ROW",
        f"Row {row_name(row, names)} of run {run.id} cannot be {record_id}: that is the record of row "
        f"{row_name(other, names)}; nothing was changed.",
        "Look once more: each row made a record of its own, or none.",
    )


def apply_verdict(db: sqlite3.Connection, run: RunRecord, verdict: Verdict, now: int) -> None:
    """Settle one row of ``run`` as ``verdict`` says. Raises JournalError when the row is not in doubt."""
    found = db.execute(sql.ROW_KEY, (run.n, verdict.row, 0)).fetchone()
    shown = row_name(verdict.row, sheets_of(run.sheet))
    if found is None or found[2] not in (State.IN_DOUBT, State.UNKNOWN):
        raise JournalError(
            "NOT_IN_DOUBT",
            f"Row {shown} of run {run.id} is not in doubt; nothing was changed.",
            f"List the rows in doubt with case-importer results {run.id} --status in_doubt.",
        )
    key, digest, _state, send = found
    if send is None:
        raise JournalError(
            "WAITS_FOR_ANOTHER",
            f"Row {shown} of run {run.id} was not sent: it waits for the row of another run that has "
            "its key; nothing was changed.",
            "Settle that one: the message of this row names it.",
        )
    state = State.PENDING if verdict.record_id is None else State.CREATED
    query = sql.SETTLE_ROW.format(before="'in_doubt', 'unknown'")
    db.execute(query, (state, verdict.record_id, None, None, now, run.n, verdict.row, 0))
    word = "absent" if verdict.record_id is None else "is"
    place = (run.n, verdict.row, verdict.os_user, verdict.host, now, word, verdict.record_id)
    db.execute(sql.ADD_VERDICT, place)
    if verdict.record_id is None:
        db.execute(sql.UNFINISH, (run.n,))
    if key is None:
        return
    line = {"scope": run.scope, "key": key, "digest": digest, "run": run.n, "row": verdict.row}
    if verdict.record_id is None:
        db.execute(sql.LEDGER_FREE, line)
    else:
        db.execute(sql.LEDGER_RECORD, {**line, "state": state, "record_id": verdict.record_id})
