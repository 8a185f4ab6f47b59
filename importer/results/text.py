"""Results of a text input: delimited text, UTF-8, the input's delimiter."""

from __future__ import annotations

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
"""RFC 4180."""


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
        delimiter = shape.delimiter or ","
        stream.write(record_of(header_of(shape, kept, form, layout), delimiter))
        for row, result in lines:
            cells = line_of(cells_of(row, kept, ""), row, result, form, layout)
            stream.write(record_of(cells, delimiter))


def record_of(cells: Sequence[Cell], delimiter: str) -> str:
    """Return ``cells`` as a record with its line end, quoted where need be, as ``csv.writer`` writes it.

    That looks at each character by itself, which takes longer than reading the record took.
    """
    texts = ["" if cell is None else str(cell) for cell in cells]
    record = delimiter.join(texts)
    if '"' in record or "\n" in record or "\r" in record or record.count(delimiter) != len(texts) - 1:
        record = delimiter.join([_quoted(text) if _is_special(text, delimiter) else text for text in texts])
    return (record or '""') + LINE_END if len(texts) == 1 else record + LINE_END


def _is_special(text: str, delimiter: str) -> bool:
    return delimiter in text or '"' in text or "\n" in text or "\r" in text


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


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
