"""A copy of the analyst's own text file with the result columns: its encoding, its lines above the header."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from importer.model.errors import SourceError
from importer.model.result import RowResult
from importer.model.row import Row, Shape
from importer.results.columns import cells_of, echoed
from importer.results.files import Files
from importer.results.form import Form
from importer.results.text import header_of, line_of

PACKED = (b"\x1f\x8b", b"PK\x03\x04")


def annotate_text(
    original: Path, copy: Path, shape: Shape, lines: Iterable[tuple[Row, RowResult]], form: Form, files: Files
) -> tuple[str, ...]:
    """Write to ``copy`` the text ``original`` with the result columns; return what it loses, in words.

    Raises OSError, SourceError for a packed file.
    """
    with original.open("rb") as stream:
        packed = stream.read(4).startswith(PACKED)
    if packed or shape.encoding is None:
        raise SourceError("NOT_ANNOTATED", f"{original} is packed.", "The results file has every row.")
    kept = echoed(shape.columns)
    with original.open(encoding=shape.encoding, errors="surrogateescape", newline="") as before:
        above = list(islice(before, max(shape.header_row - 1, 0)))
        first = before.readline()
    end = next((each for each in ("\r\n", "\n", "\r") if first.endswith(each)), "\r\n")
    lost = False
    with files.open(copy, shape.encoding) as stream:
        stream.writelines(above)
        writer = csv.writer(stream, delimiter=shape.delimiter or ",", lineterminator=end)
        writer.writerow(header_of(shape, kept, form))
        for row, result in lines:
            cells = line_of(cells_of(row, kept, ""), row, result, form)
            writer.writerow(cells)
            lost = lost or not _fits(cells, shape.encoding)
    return (f"characters that {shape.encoding} does not have (shown as ?)",) if lost else ()


def _fits(cells: Iterable[object], encoding: str) -> bool:
    try:
        "".join(str(cell) for cell in cells if cell is not None).encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
