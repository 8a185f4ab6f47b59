"""Tables that a program hands over: spooled once to a private file, then read like any other source.

The file is one line of JSON for each row, and a last one with the table's name and columns: what it holds
decides which run it is, as the bytes of a file do.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from importer.model.errors import SourceError
from importer.model.problem import Problem, problem
from importer.model.row import Cell, Row, Shape
from importer.readers.binary import Stamp, open_binary, stamp_of
from importer.readers.places import place
from importer.readers.spool import written
from importer.readers.table_cells import Form, cell_of, form_of

FIRST_LINE = b"case-importer table 1\n"
_NO_COLUMNS: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class TableSource:
    """A table that was spooled to ``file``. ``path`` is its name; rows are counted from 1.

    Every row that was handed over is given, blank ones at the end too. ``ignored`` are the indices of columns
    whose faults are not told.
    """

    path: Path
    shape: Shape
    file: Path
    stamp: Stamp
    count: int
    ignored: frozenset[int] = _NO_COLUMNS

    def check_unchanged(self) -> None:
        """Raise SourceError ``SOURCE_CHANGED`` when the spooled file is not as it was written."""
        self.stamp.check(self.file)

    def limited_to(self, used: Sequence[int]) -> TableSource:
        """Return the same table without the faults of cells that are not in the columns ``used``."""
        return replace(self, ignored=frozenset(range(len(self.shape.columns))) - frozenset(used))

    def rows(self) -> Iterator[Row]:
        """Read the rows in their order, in constant memory. Raises SourceError."""
        with open_binary(self.file, self.stamp) as stream:
            stream.readline()
            for number in range(1, self.count + 1):
                yield self._row(number, json.loads(stream.readline()))

    def _row(self, number: int, forms: list[Form]) -> Row:
        cells: list[Cell] = []
        problems: list[Problem] = []
        for index, form in enumerate(forms):
            cell, fault = cell_of(form)
            cells.append(cell)
            if fault is not None and index not in self.ignored:
                code, names = fault
                column = self.shape.columns[index]
                problems.append(problem(code, column=column, cell=place(number, index, self.shape), **names))
        cells += [None] * (len(self.shape.columns) - len(cells))
        blank = not problems and all(_is_blank(cell) for cell in cells)
        return Row(number, tuple(cells), tuple(problems), blank)


def _is_blank(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


class Spool:
    """Takes the rows of a table called ``name`` into a private temporary file (0600 where there are modes).

    ``columns`` are the columns of rows without names (``add_cells``); rows with names (``add``) bring theirs:
    the columns are those of all rows, in the order in which they first appear. Raises SourceError when the
    file cannot be written. ``close`` removes the file: it holds the rows.
    """

    def __init__(self, name: str, columns: Sequence[object] = ()) -> None:
        self._name = name
        self._columns = [_column_name(column) for column in columns]
        self._places: dict[object, int] = {}
        self._digest = hashlib.sha256()
        self._count = 0
        with written("The table"):
            handle, path = tempfile.mkstemp(prefix="case-importer-", suffix=".table")
            self.file = Path(path)
            self._stream = os.fdopen(handle, "wb")
            self._write(FIRST_LINE)

    def add(self, row: object) -> None:
        """Take a row, a mapping from column name to value; columns that it lacks are blank.

        Raises SourceError for anything else.
        """
        if not isinstance(row, Mapping):
            kind = type(row).__name__
            raise SourceError(
                "NOT_A_ROW",
                f"Row {self._count + 1} of the table {self._name} is a value of type {kind}, not a dict.",
                "Hand over one dict a row, from column name to value, or a pandas DataFrame.",
            )
        forms: list[Form] = [None] * len(self._columns)
        for column, value in row.items():
            index = self._places.get(column)
            if index is None:
                index = self._places[column] = len(self._columns)
                self._columns.append(_column_name(column))
                forms.append(None)
            forms[index] = form_of(value)
        self._add(forms)

    def add_cells(self, cells: Sequence[object]) -> None:
        """Take a row as its cells, one for each of the columns."""
        self._add([form_of(cell) for cell in cells])

    def source(self, columns: Sequence[str] = ()) -> TableSource:
        """Return what was spooled; ``columns`` are those of a table without rows. Raises SourceError."""
        self._columns = self._columns or list(columns)
        facts = {"name": self._name, "columns": self._columns}
        with written("The table"):
            self._write(_line(facts))
            self._stream.close()
        with open_binary(self.file) as stream:
            stamp = stamp_of(stream)
        shape = Shape(
            kind="table",
            columns=tuple(self._columns),
            header_row=0,
            digest=self._digest.hexdigest(),
            size=stamp.size,
        )
        return TableSource(Path(self._name), shape, self.file, stamp, self._count)

    def close(self) -> None:
        """Remove the file."""
        with contextlib.suppress(OSError):  # a full disk is told by the write that failed
            self._stream.close()
        self.file.unlink(missing_ok=True)

    def _add(self, forms: list[Form]) -> None:
        self._count += 1
        with written("The table"):
            self._write(_line(forms))

    def _write(self, line: bytes) -> None:
        self._stream.write(line)
        self._digest.update(line)


def _line(document: object) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode("ascii") + b"\n"


def _column_name(column: object) -> str:
    """Return the name of a column; pandas counts columns without names. Raises SourceError."""
    if isinstance(column, str):
        return str.__str__(column)
    if isinstance(column, int):
        return str(int(column))
    raise SourceError(
        "BAD_COLUMN",
        f"A column of the table is called by a value of type {type(column).__name__}, not by a text.",
        "Give every column a text for a name.",
    )
