"""Stored lines → values, and problems ↔ their text."""

from __future__ import annotations

import json
from typing import Any

from importer.journal.records import LedgerLine, RowEntry, RunRecord, Sent, Stretch
from importer.journal.states import State
from importer.model.problem import Problem

_STATES = {state.value: state for state in State}
"""To look up is cheaper than to ask the class, once for each row."""


def problems_to_text(problems: tuple[Problem, ...]) -> str | None:
    """Return problems as the JSON text the journal stores, None for none."""
    if not problems:
        return None
    rows = [[p.code, p.message, p.column, p.cell, p.server_text] for p in problems]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def problems_from_text(text: str | None) -> tuple[Problem, ...]:
    """Return the problems stored in ``text``."""
    if text is None:
        return ()
    return tuple(Problem(*fields) for fields in json.loads(text))


def entry_from_row(row: tuple[Any, ...]) -> RowEntry:
    """Return the RowEntry of a result line of ``sql.ROW_COLUMNS``. Raises LookupError."""
    number, state, leg, key, record_id, shown, problems, attempts, at, since, waits, digest = row
    return RowEntry(
        number,
        _STATES[state],
        leg,
        key,
        record_id,
        shown,
        problems_from_text(problems),
        attempts,
        at,
        None if since is None else since / 1000,
        bool(waits),
        digest,
    )


def line_from_row(line: tuple[Any, ...]) -> LedgerLine:
    """Return the LedgerLine of a result line of ``sql.LEDGER_LINE``. Raises LookupError."""
    state, record_id, digest, row, run, run_n = line
    return LedgerLine(_STATES[state], record_id, digest, row, run, run_n)


def run_from_row(line: tuple[Any, ...]) -> RunRecord:
    """Return the RunRecord of a result line of ``sql.RUN_COLUMNS``. Raises TypeError."""
    return RunRecord(*(*line[:-3], bool(line[-3]), *line[-2:]))


def sent_from_row(line: tuple[Any, ...]) -> tuple[int, Sent]:
    """Return a row's number and its Sent from a result line of ``sql.SENT``. Raises TypeError."""
    row, last, first, began, by_job, record_id = line
    return row, Sent(last / 1000, first / 1000, began / 1000, bool(by_job), record_id)


def stretch_from_row(line: tuple[Any, ...]) -> Stretch:
    """Return the Stretch of a result line of ``sql.STRETCHES``. Raises ValueError, TypeError."""
    leg, at, until, calls, lost, repeats, pauses, paused, away, cleared, at_once, latencies = line
    counts = {int(step): int(count) for step, count in json.loads(latencies)}
    return Stretch(
        at, until, calls, lost, repeats, pauses, paused, away, cleared, at_once, latencies=counts, leg=leg
    )
