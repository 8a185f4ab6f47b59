"""How a line falls into cells, and the standard library's parser set to it."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import _csv

MAX_CELL = 10_000_000
"""The longest cell that is read, in characters."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """The delimiter; ``skip_blanks``: blanks before a cell are not part of it (``a, "b"``).

    ``note`` tells how it was found.
    """

    delimiter: str
    skip_blanks: bool = False
    note: str | None = None


def csv_reader(lines: Iterable[str], dialect: Dialect, *, strict: bool) -> _csv.Reader:
    """Make a parser over physical lines that takes cells of up to ``MAX_CELL`` characters."""
    if csv.field_size_limit() < MAX_CELL:  # the limit belongs to the process: only ever raised
        csv.field_size_limit(MAX_CELL)
    return csv.reader(
        iter(lines), delimiter=dialect.delimiter, skipinitialspace=dialect.skip_blanks, strict=strict
    )
