"""Workbooks read in this process: what the parser's process does, without starting one for each example."""

from __future__ import annotations

import io
import json
from pathlib import Path

from importer.model.row import Cell
from importer.readers.books.child import _open
from importer.readers.books.limits import Facts
from importer.readers.sheet_header import cells_of

Rows = dict[int, tuple[list[Cell], list[str]]]


def sheet_rows(path: Path, reader: int = 1) -> Rows:
    """Return the rows of the first sheet that hold something: number → cells, and the codes of their faults."""
    book = _open(io.BytesIO(path.read_bytes()), reader)
    found: Rows = {}
    for form in book.rows(0, Facts()):
        if form is not None:
            sent = json.loads(json.dumps(form, allow_nan=False))
            found[sent[0]] = (cells_of(sent), [fault[1] for fault in sent[2]] if len(sent) > 2 else [])
    return found
