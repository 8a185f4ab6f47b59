"""Physical lines → rows: strict width, physical line numbers, nothing padded, nothing guessed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from pathlib import Path

from importer.model.errors import SourceError
from importer.model.problem import Problem, problem
from importer.model.row import Row, Shape
from importer.readers.binary import reading
from importer.readers.blanks import BlankRuns
from importer.readers.dialect import MAX_CELL, csv_reader
from importer.readers.doubts import (
    BYTE_ORDER_MARK,
    begins_table,
    reads_otherwise,
    repeats_header,
    rival_detail,
    rows_swallowed,
    second_table,
    unknown_escape,
)
from importer.readers.encoding import MARKS
from importer.readers.layout import Layout
from importer.readers.places import place
from importer.readers.quoting import (
    End,
    end_of_record,
    has_bare_quote,
    has_none_bare,
    lenient_cells,
    opening_line,
)

MAX_LINE = 3 * MAX_CELL
"""The longest physical line, and the longest record, that is read, in characters."""
END_MARK = "\x1a"
"""Ctrl-Z, with which CP/M, DOS and some gateways of mainframes end a text."""
MAX_LINES = 1_000_000
"""The most physical lines of one record."""


@dataclass(slots=True)
class Lines:
    """The physical lines of a text, and those that the record being read is made of."""

    stream: io.TextIOWrapper
    path: Path
    record: list[str] = field(default_factory=list)
    ended: bool = False
    size: int = 0

    def __iter__(self) -> Iterator[str]:
        record = self.record
        with reading(self.path):
            for line in iter(partial(self.stream.readline, MAX_LINE), ""):
                if len(line) >= MAX_LINE:
                    raise self._too_long("a line", "Check that it is a table with line ends.")
                if line[-1] == END_MARK:  # a line end would follow, were it not the last character
                    line = line[:-1]
                    if not line:
                        break
                if record:
                    self._grown(len(line))
                record.append(line)
                yield line
            self.ended = True

    def _grown(self, size: int) -> None:
        """Bound the memory of a record of several lines, of which no single cell need be too large."""
        self.size = size + (self.size if len(self.record) > 1 else len(self.record[0]))
        if self.size >= MAX_LINE or len(self.record) >= MAX_LINES:
            raise self._too_long("a record", "Look for a quote that is not closed.")

    def _too_long(self, what: str, remedy: str) -> SourceError:
        return SourceError(
            "LINE_TOO_LONG",
            f"{self.path} has {what} of more than {MAX_LINE} characters or {MAX_LINES} lines.",
            remedy,
        )


def skip_lines(lines: Lines, count: int) -> None:
    """Pass over the next ``count`` physical lines, or as many as there are."""
    for _ in islice(lines, count):
        lines.record.clear()


@dataclass(slots=True)
class Pass:
    """One pass over the records of a text, from the line after the header on.

    ``doubtful`` is the line of a faulty record that may have gone on in the next lines; 0 when there is none.
    """

    lines: Lines
    shape: Shape
    layout: Layout
    doubtful: int = 0

    def rows(self) -> Iterator[Row]:
        """Give the rows. Raises SourceError where what follows can no longer be told apart."""
        layout, record, columns = self.layout, self.lines.record, self.shape.columns
        width, skip, name = len(columns), layout.skip, columns[0]
        plain = not (layout.suspect or layout.rivals or layout.dialect.escape)
        trusted = not (layout.quoted or layout.spaced_quote)
        blanks = BlankRuns(("",) * width)
        last: list[str] = []
        reader = csv_reader(self.lines, layout.dialect, strict=True)
        while True:
            number = skip + reader.line_num + 1
            try:
                for cells in reader:
                    if not any(map(str.strip, cells)):
                        blanks.add(number)
                    else:
                        if blanks:
                            self._check_same_table(number, last, cells)
                            yield from blanks.release()
                        if (
                            len(cells) == width
                            and plain
                            and len(record) == 1
                            and cells[0] != name
                            and (trusted or has_none_bare(record[0], cells, layout.dialect))
                        ):
                            yield Row(number, tuple(cells))
                        else:
                            yield self._examined(number, cells)
                        last = cells
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
        layout, record = self.layout, self.lines.record
        if self.doubtful and has_bare_quote(record, layout.dialect):
            raise self._unclosed(self.doubtful)
        found: list[Problem] = []
        width = len(self.shape.columns)
        if len(cells) != width:
            code = "TOO_FEW_CELLS" if len(cells) < width else "TOO_MANY_CELLS"
            found.append(self._row_problem(code, number, found=len(cells), expected=width))
        elif repeats_header(cells, self.shape.columns):
            header = place(self.shape.header_row, None, self.shape) if self.shape.header_row else "names"
            found.append(self._row_problem("HEADER_REPEATED", number, header=header))
        elif layout.suspect and cells[0].startswith(BYTE_ORDER_MARK):
            found.append(self._row_problem("MARK_INSIDE", number))
        if detail := self._doubt(number, cells):
            found.append(self._row_problem("BAD_QUOTING", number, detail=detail))
        if layout.suspect:
            for index, cell in enumerate(cells):
                if "\0" in cell:
                    found.append(self._cell_problem("NUL_CHARACTER", number, index))
                if MARKS.search(cell):
                    encoding = self.shape.encoding
                    found.append(self._cell_problem("UNDECODABLE", number, index, encoding=encoding))
                    cells[index] = _without_marks(cell)
        return Row(number, tuple(cells), tuple(found))

    def _doubt(self, number: int, cells: list[str]) -> str | None:
        """Say in how far the quotes of a record that was read strictly can be meant otherwise."""
        layout, record = self.layout, self.lines.record
        dialect = layout.dialect
        if len(record) > 1 and rows_swallowed(record, dialect, len(self.shape.columns)):
            last = number + len(record) - 1
            return f"a cell goes on to line {last}, and each line looks like a row: is a quote too many?"
        if (layout.quoted or layout.spaced_quote) and not has_none_bare("".join(record), cells, dialect):
            if layout.spaced_quote and not dialect.skip_blanks and self._has_spaced_quote(number, cells):
                return "a blank stands before an opening quote"
            if layout.quoted and has_bare_quote(record, dialect):
                return f"{dialect.quote} stands inside a cell that is not quoted"
        if dialect.escape and unknown_escape(record, dialect):
            return f"{dialect.escape} stands before a character that needs none"
        for rival in layout.rivals:
            if reads_otherwise(record, rival, cells):
                return rival_detail(rival)
        return None

    def _check_same_table(self, number: int, last: list[str], cells: list[str]) -> None:
        """Raise SourceError when a record after a blank one looks like the header of another table."""
        if len(cells) == len(self.shape.columns) == len(last) and begins_table(cells, last):
            raise second_table(self.lines.path, place(number, None, self.shape), number)

    def _has_spaced_quote(self, number: int, cells: list[str]) -> bool:
        """Say whether a cell has a quote after a blank, which was meant to quote the cell and does not."""
        dialect = self.layout.dialect
        if not any(cell[:1] == " " and cell.lstrip(" ")[:1] == dialect.quote for cell in cells):
            return False
        meant = lenient_cells(self.lines.record, replace(dialect, skip_blanks=True))
        if meant is None:
            raise self._unclosed(number)
        return [cell.lstrip(" ") for cell in cells] != [cell.lstrip(" ") for cell in meant]

    def _faulty(self, number: int, fault: str) -> Row:
        """Make the row of a record that the strict parser has refused.

        The parser's faults have no codes, so its words are looked at, for the limit alone. Raises SourceError
        when the record is not known to end where the parser stopped.
        """
        record, dialect = self.lines.record, self.layout.dialect
        if (
            "field limit" in fault
            and len(record) == 1
            and (dialect.quote or "\n") not in record[0].rstrip("\r\n")
        ):
            return Row(number, (), (self._row_problem("CELL_TOO_LARGE", number, limit=MAX_CELL),))
        cells = lenient_cells(record, dialect) if len(record) == 1 and "limit" not in fault else None
        if cells is None or self.lines.ended:
            raise self._unclosed(number + opening_line(record, dialect))
        if end_of_record(record[0], dialect, len(self.shape.columns)) is End.DOUBTFUL:
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
