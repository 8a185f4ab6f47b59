"""Physical lines → rows: strict width, physical line numbers, nothing padded, nothing guessed."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

from importer.model.errors import SourceError
from importer.model.problem import Problem, problem
from importer.model.row import Row, Shape
from importer.readers.blanks import BlankRuns
from importer.readers.blocks import clean_records
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
from importer.readers.lines import Lines
from importer.readers.places import place
from importer.readers.quoting import (
    End,
    end_of_record,
    has_bare_quote,
    has_none_bare,
    lenient_cells,
    opening_line,
)

MOST_BLOCKS = 64
"""The most blocks in which no second clean one is looked for, after one that was not clean."""


@dataclass(slots=True)
class Pass:
    """One pass over the records of a text, from the line after the header on.

    ``number`` is the line on which the next record starts, ``last`` the cells of the one before. ``doubtful``
    is the line of a faulty record that may have gone on in the next lines; 0 when there is none.
    """

    lines: Lines
    shape: Shape
    layout: Layout
    number: int = 0
    last: Sequence[str] = ()
    doubtful: int = 0
    _blanks: BlankRuns = field(init=False)
    _unclean: int = 0

    def __post_init__(self) -> None:
        self.number = self.layout.skip + 1
        self._blanks = BlankRuns(("",) * len(self.shape.columns))

    @property
    def _plain(self) -> bool:
        """Whether a record that has its cells on one line needs no second look for what the file is like."""
        layout = self.layout
        return not (layout.suspect or layout.rivals or layout.dialect.escape or self.doubtful)

    @property
    def _trusted(self) -> bool:
        """Whether there is no quote in the file that may be meant otherwise."""
        return not (self.layout.quoted or self.layout.spaced_quote)

    def rows(self) -> Iterator[Row]:
        """Give the rows. Raises SourceError where what follows can no longer be told apart."""
        while self._plain and (text := self.lines.block()):
            records = self._clean(text)
            if not records:
                self.lines.give_back(text)
                yield from self._line_by_line()
                continue
            if self._blanks:
                self._check_same_table(self.number, records[0])
                yield from self._blanks.release()
            yield from map(Row, count(self.number), map(tuple, records))
            self.number += len(records)
            self.last = records[-1]
        if not self._plain:
            yield from self._line_by_line()

    def _clean(self, text: str) -> list[list[str]]:
        """Return the records of a block in which none needs a second look, else nothing.

        Where blocks are not clean they are often so one after the other (cells with line ends): then not each
        of them is tried.
        """
        if self._unclean & (self._unclean - 1) and self._unclean % MOST_BLOCKS:
            self._unclean += 1
            return []
        found = clean_records(text, self.layout.dialect, self.shape.columns, trusted=self._trusted)
        self._unclean = 0 if found else self._unclean + 1
        return found

    def _line_by_line(self) -> Iterator[Row]:
        """Give the rows of a block that was given back, to the end of its last record; else all there are."""
        plain, trusted, dialect = self._plain, self._trusted, self.layout.dialect
        lines, record, blanks = self.lines, self.lines.record, self._blanks
        width, name, before = len(self.shape.columns), self.shape.columns[0], self.number
        reader = csv_reader(lines, dialect, strict=True)
        while True:
            try:
                for cells in reader:
                    if not any(map(str.strip, cells)):
                        blanks.add(self.number)
                    else:
                        if blanks:
                            self._check_same_table(self.number, cells)
                            yield from blanks.release()
                        if (
                            len(cells) == width
                            and plain
                            and len(record) == 1
                            and cells[0] != name
                            and (trusted or has_none_bare(record[0], cells, dialect))
                        ):
                            yield Row(self.number, tuple(cells))
                        else:
                            yield self._examined(self.number, cells)
                        self.last = cells
                    record.clear()
                    self.number = before + reader.line_num
                    if plain and lines.left <= 0:
                        return
            except csv.Error as fault:
                row = self._faulty(self.number, str(fault))
                plain = plain and not self.doubtful
                yield from blanks.release()
                yield row
                record.clear()
                self.number = before + reader.line_num
                if plain and lines.left <= 0:
                    return
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
        elif layout.suspect and record[0].startswith(BYTE_ORDER_MARK):
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

    def _check_same_table(self, number: int, cells: list[str]) -> None:
        """Raise SourceError when a record after a blank one looks like the header of another table."""
        if len(cells) == len(self.shape.columns) == len(self.last) and begins_table(cells, self.last):
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
