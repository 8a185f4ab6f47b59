"""Results of a text input: delimited text, UTF-8, the input's delimiter."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from importer.model.result import RowResult
from importer.model.row import Row, Shape
from importer.results.columns import WRITTEN, cells_of, echoed, values_of
from importer.results.files import Files

MARKED = ("utf-8-sig", "utf-16", "utf-32")
"""Encodings of inputs that began with a byte-order mark; their results begin with one too."""
LINE_END = "\r\n"
"""RFC 4180; and with it the standard library quotes every cell that has a line end of any kind inside."""


def write_text(path: Path, shape: Shape, lines: Iterable[tuple[Row, RowResult]], files: Files) -> None:
    """Write a new file at ``path``, one record per line. Raises OSError.

    Cells are quoted when they need it; formulas are left as they are, so that the file can be read again.
    """
    kept = echoed(shape.columns)
    encoding = "utf-8-sig" if shape.encoding in MARKED else "utf-8"
    with files.open(path, encoding) as stream:
        writer = csv.writer(stream, delimiter=shape.delimiter or ",", lineterminator=LINE_END)
        writer.writerow([*(shape.columns[index] for index in kept), *WRITTEN])
        for row, result in lines:
            writer.writerow([*cells_of(row, kept, ""), *values_of(row, result)])
