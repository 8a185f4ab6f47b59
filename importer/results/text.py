"""Results of a text input: delimited text, UTF-8, the input's delimiter."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from importer.model.result import RowResult
from importer.model.row import Cell, Row, Shape
from importer.results.columns import RESULTS_LAYOUT, Layout, cells_of, echoed
from importer.results.files import Files
from importer.results.form import PLAIN, Form
from importer.results.formulas import ESCAPED, WORD, escaped

MARKED = ("utf-8-sig", "utf-16", "utf-32")
"""Encodings of inputs that began with a byte-order mark; their results begin with one too."""
LINE_END = "\r\n"
"""RFC 4180; and with it the standard library quotes every cell that has a line end of any kind inside."""


def write_text(
    path: Path,
    shape: Shape,
    lines: Iterable[tuple[Row, RowResult]],
    files: Files,
    form: Form = PLAIN,
    layout: Layout = RESULTS_LAYOUT,
) -> None:
    """Write a new file at ``path``, one record per line. Raises OSError.

    Cells are quoted when they need it. Formulas are left as they are, unless ``form`` asks for marks.
    """
    kept = echoed(shape.columns)
    encoding = "utf-8-sig" if shape.encoding in MARKED else "utf-8"
    with files.open(path, encoding) as stream:
        writer = csv.writer(stream, delimiter=shape.delimiter or ",", lineterminator=LINE_END)
        writer.writerow(header_of(shape, kept, form, layout))
        writer.writerows(line_of(cells_of(row, kept, ""), row, result, form, layout) for row, result in lines)


def header_of(shape: Shape, kept: Sequence[int], form: Form, layout: Layout = RESULTS_LAYOUT) -> list[str]:
    """Return the names of the columns of text results; ``kept`` are the indices of the input's own."""
    own, written = [shape.columns[index] for index in kept], layout.written(shape)
    if not form.escape_formulas:
        return [*own, *written]
    return [*map(escaped, own), *written[:-1], ESCAPED, written[-1]]


def line_of(
    own: Sequence[Cell], row: Row, result: RowResult, form: Form, layout: Layout = RESULTS_LAYOUT
) -> list[Cell]:
    """Return a line of text results: the input's ``own`` cells, and what became of the row."""
    cells: list[Cell] = [*own, *layout.values(row, result)]
    if not form.escape_formulas:
        return cells
    safe: list[Cell] = [escaped(cell) if isinstance(cell, str) else cell for cell in cells]
    return [*safe[:-1], WORD if safe != cells else "", safe[-1]]
