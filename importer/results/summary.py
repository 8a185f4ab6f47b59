"""What the summary sheet of a results workbook tells, as lines of label and value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from importer.model.row import Shape


class Counts(Protocol):
    """The lines that were written: how many, and how many of each status. Read after the last line."""

    @property
    def rows(self) -> int:
        """The number of lines."""
        ...

    @property
    def counts(self) -> Mapping[str, int]:
        """The number of lines by status."""
        ...


def summary_lines(
    run: str, shape: Shape, counts: Counts, facts: Sequence[tuple[str, str]]
) -> list[tuple[str, str | int]]:
    """Return the lines of the summary sheet: the run, the caller's ``facts``, the counts, how it was read."""
    lines: list[tuple[str, str | int]] = [("Run", run), *facts, ("Rows", counts.rows)]
    lines += [(f"Rows {status}", count) for status, count in counts.counts.items() if count]
    sheets = zip(shape.sheets or (shape.sheet or "",), shape.header_rows or (shape.header_row,), strict=True)
    for sheet, header_row in sheets:
        lines += [("Sheet", sheet), ("Header row", header_row)]
    lines += [("Note", note) for note in shape.notes]
    lines.append(("SHA-256 of the input", shape.digest))
    return lines
