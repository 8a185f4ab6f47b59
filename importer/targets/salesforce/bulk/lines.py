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
    for value in draft.written().values():
        if isinstance(value, str):
            if not value or value == NULL or len(value) > LONGEST or "\0" in value:
                return False
        elif isinstance(value, tuple):
            joined = _joined(value)
            if joined in ("", NULL) or len(joined) > LONGEST:
                return False
    return True


def cells(values: Mapping[str, Value], columns: Sequence[str]) -> list[str]:
    """Return the cells of a line; a property without a value is an empty cell."""
    found: list[str] = []
    for name in columns:
        value = values.get(name, "")
        if value.__class__ is str and "\r" not in value:
            found.append(value)
        else:
            found.append(_joined(value) if isinstance(value, tuple) else _text(value))
    return found


def line(cells: Sequence[str]) -> str:
    """Return a line of the upload, every cell quoted: blanks around a value stay its own."""
    text = '","'.join(cells)
    if text.count('"') > 2 * (len(cells) - 1):
        text = '","'.join([cell.replace('"', '""') for cell in cells])
    return f'"{text}"\n'


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
        moment = value if value.tzinfo is dt.UTC else value.astimezone(dt.UTC)
        return moment.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
    if isinstance(value, dt.date):
        return value.isoformat()
    return format(value, "f") if not isinstance(value, int) else str(value)
