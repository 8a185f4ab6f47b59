"""Physical lines → rows: strict width, physical line numbers, nothing padded, nothing guessed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path

from importer.model.errors import SourceError
from importer.model.problem import Problem, problem
from importer.model.row import Row, Shape
from importer.readers.binary import reading
from importer.readers.blanks import BlankRuns
from importer.readers.dialect import MAX_CELL, Dialect, csv_reader
from importer.readers.encoding import MARKS
from importer.readers.places import place
from importer.readers.quoting import End, end_of_record, has_bare_quote, lenient_cells, opening_line

MAX_LINE = 4 * MAX_CELL
"""The longest physical line that is read, in characters."""


@dataclass(slots=True)
class Lines:
    """The physical lines of a text, and those that the record being read is made of."""

    stream: io.TextIOWrapper
    path: Path
    record: list[str] = field(default_factory=list)
    ended: bool = False

    def __iter__(self) -> Iterator[str]:
        with reading(self.path):
            for line in iter(partial(self.stream.readline, MAX_LINE), ""):
                if len(line) >= MAX_LINE:
                    raise SourceError(
                        "LINE_TOO_LONG",
                        f"{self.path} has a line of more than {MAX_LINE} characters.",
                        "Check that it is a table with line ends.",
                    )
                self.record.append(line)
                yield line
            self.ended = True


def skip_lines(lines: Lines, count: int) -> None:
    """Pass over the next ``count`` physical lines, or as many as there are."""
    for _ in islice(lines, count):
        lines.record.clear()


@dataclass(slots=True)
class Pass:
    """One pass over the records of a text, from the line after the first ``skip`` ones.

    ``suspect`` and ``spaced_quote`` say what rows are looked at for (see Layout). ``doubtful`` is the line of
    a faulty record that may have gone on in the next lines; 0 when there is none.
    """

    lines: Lines
    shape: Shape
    dialect: Dialect
    skip: int
    suspect: bool
    spaced_quote: bool
    doubtful: int = 0

    def rows(self) -> Iterator[Row]:
        """Give the rows. Raises SourceError where what follows can no longer be told apart."""
        width, skip, record = len(self.shape.columns), self.skip, self.lines.record
        plain = not (self.suspect or self.spaced_quote)
        blanks = BlankRuns(("",) * width)
        reader = csv_reader(self.lines, self.dialect, strict=True)
        while True:
            number = skip + reader.line_num + 1
            try:
                for cells in reader:
                    if not any(map(str.strip, cells)):
                        blanks.add(number)
                    else:
                        if blanks:
                            yield from blanks.release()
                        if len(cells) == width and plain:
                            yield Row(number, tuple(cells))
                        else:
                            yield self._examined(number, cells)
                    record.clear()
                    number = skip + reader.line_num + 1
            except csv.Error as fault:
                row = self._faulty(number, str(fault))
                plain = plain and not self.doubtful
                yield from blanks.release()
                yield row
                record.clear()
            else:
                return

    def _examined(self, number: int, cells: list[str]) -> Row:
        """Make the row of a record that may have faults."""
        if self.doubtful and has_bare_quote(self.lines.record, self.dialect):
            raise self._unclosed(self.doubtful)
        found: list[Problem] = []
        width = len(self.shape.columns)
        if len(cells) != width:
            code = "TOO_FEW_CELLS" if len(cells) < width else "TOO_MANY_CELLS"
            found.append(self._row_problem(code, number, found=len(cells), expected=width))
        if self.spaced_quote and not self.dialect.skip_blanks and self._has_spaced_quote(number, cells):
            detail = "a blank stands before an opening quote"
            found.append(self._row_problem("BAD_QUOTING", number, detail=detail))
        if self.suspect:
            for index, cell in enumerate(cells):
                if "\0" in cell:
                    found.append(self._cell_problem("NUL_CHARACTER", number, index))
                if MARKS.search(cell):
                    encoding = self.shape.encoding
                    found.append(self._cell_problem("UNDECODABLE", number, index, encoding=encoding))
                    cells[index] = _without_marks(cell)
        return Row(number, tuple(cells), tuple(found))

    def _has_spaced_quote(self, number: int, cells: list[str]) -> bool:
        """Say whether a cell has a quote after a blank, which was meant to quote the cell and does not."""
        if not any(cell[:1] == " " and cell.lstrip(" ")[:1] == '"' for cell in cells):
            return False
        meant = lenient_cells(self.lines.record, Dialect(self.dialect.delimiter, skip_blanks=True))
        if meant is None:
            raise self._unclosed(number)
        return [cell.lstrip(" ") for cell in cells] != [cell.lstrip(" ") for cell in meant]

    def _faulty(self, number: int, fault: str) -> Row:
        """Make the row of a record that the strict parser has refused.

        The parser's faults have no codes, so its words are looked at, for the limit alone. Raises SourceError
        when the record is not known to end where the parser stopped.
        """
        record = self.lines.record
        if "field limit" in fault and len(record) == 1 and '"' not in record[0]:
            return Row(number, (), (self._row_problem("CELL_TOO_LARGE", number, limit=MAX_CELL),))
        cells = lenient_cells(record, self.dialect) if len(record) == 1 and "limit" not in fault else None
        if cells is None or self.lines.ended:
            raise self._unclosed(number + opening_line(record, self.dialect.delimiter))
        if end_of_record(record[0], self.dialect, len(self.shape.columns)) is End.DOUBTFUL:
            self.doubtful = self.doubtful or number
        found = self._row_problem("BAD_QUOTING", number, detail="text follows a closing quote")
        return Row(number, tuple(map(_without_marks, cells)), (found,))

    def _unclosed(self, line: int) -> SourceError:
        return SourceError(
            "UNCLOSED_QUOTE",
            f"{self.lines.path}: the quote that opens a cell in line {line} is not closed where it ends.",
            "Close it, and double each quote inside a quoted cell; no row of this file is imported before.",
        )

    def _row_problem(self, code: str, number: int, **names: object) -> Problem:
        return problem(code, column=None, cell=place(number, None, self.shape), **names)

    def _cell_problem(self, code: str, number: int, index: int, **names: object) -> Problem:
        columns = self.shape.columns
        column = columns[index] if index < len(columns) else None
        return problem(code, column=column, cell=place(number, index, self.shape), **names)


def _without_marks(cell: str) -> str:
    return MARKS.sub("\N{REPLACEMENT CHARACTER}", cell)
