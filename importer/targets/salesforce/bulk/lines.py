"""Drafts as lines of a bulk upload (facts: salesforce.md §4.3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from importer.model.draft import Draft, Scalar, Value

NULL = "#N/A"
"""What sets a field to null; an empty cell leaves it alone (on insert: to its default)."""
LONGEST = 131_072
"""Characters of a field."""


def carries(draft: Draft) -> bool:
    """Return whether a line can say exactly what ``draft`` says.

    A text that is ``#N/A`` would become null and an empty text no value at all: such rows go by another path.
    """
    return all(_carried(value) for value in draft.written().values())


def _carried(value: Value) -> bool:
    if isinstance(value, tuple):
        return bool(value) and len(_joined(value)) <= LONGEST and _joined(value) not in ("", NULL)
    if not isinstance(value, str):
        return True
    return value not in ("", NULL) and "\0" not in value and len(value) <= LONGEST


def cells(values: Mapping[str, Value], columns: Sequence[str]) -> list[str]:
    """Return the cells of a line; a property without a value is an empty cell."""
    return [_cell(values[name]) if name in values else "" for name in columns]


def line(cells: Sequence[str]) -> str:
    """Return a line of the upload, every cell quoted: blanks around a value stay its own."""
    return ",".join([f'"{cell}"' if '"' not in cell else _quoted(cell) for cell in cells]) + "\n"


def _quoted(cell: str) -> str:
    doubled = cell.replace('"', '""')
    return f'"{doubled}"'


def _cell(value: Value) -> str:
    return _joined(value) if isinstance(value, tuple) else _text(value)


def _joined(value: tuple[Scalar, ...]) -> str:
    return ";".join(_text(item) for item in value if item is not None)


def _text(value: Scalar) -> str:
    if isinstance(value, str):
        # Line ends inside cells must be those of the job (§4.3 [field]); the server makes them one anyway.
        return value.replace("\r\n", "\n").replace("\r", "\n") if "\r" in value else value
    if value is None:
        return NULL
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.datetime):
        precision = "milliseconds"
        return value.astimezone(dt.UTC).isoformat(timespec=precision).replace("+00:00", "Z")
    if isinstance(value, dt.date):
        return value.isoformat()
    return format(value, "f") if not isinstance(value, int) else str(value)
