"""Workbooks (.xlsx, .xlsm, .xls, .xlsb, .ods) → rows of typed cells."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from importer.model.errors import SourceError
from importer.model.problem import Problem, problem
from importer.model.row import ROWS_PER_SHEET, Cell, ReadOptions, Row, Shape
from importer.readers.binary import Stamp, open_binary, reading, sha256, stamp_of
from importer.readers.books.limits import Totals
from importer.readers.doubts import begins_table, second_table
from importer.readers.parsing import Parsed, parse, too_large
from importer.readers.places import place
from importer.readers.sheet_header import (
    HEAD_ROWS,
    cells_of,
    find_header,
    first_filled,
    is_blank,
    lower_header,
    no_header,
    texts_of,
)
from importer.readers.spool import RowForm, Spool

MAX_CELLS = 500_000_000
"""Cells of all rows that hold something, blank ones counted: a cell at the end of each row makes as many of a
small file."""


@dataclass(frozen=True, slots=True)
class SheetRows:
    """Where the rows of a sheet lie in the spool, and the first one after its header."""

    name: str
    start: int
    end: int
    first_row: int
    totals: tuple[Totals, ...] = ()


@dataclass(frozen=True, slots=True)
class WorkbookSource:
    """One or several sheets of a workbook, parsed once into ``spool``."""

    path: Path
    shape: Shape
    stamp: Stamp
    spool: Spool
    sheets: tuple[SheetRows, ...]

    def check_unchanged(self) -> None:
        """Raise SourceError ``SOURCE_CHANGED`` when the file is not the one that was opened."""
        self.stamp.check(self.path)

    def rows(self) -> Iterator[Row]:
        """Read the rows in the order of the sheets; blank ones after the last with data are not given.

        Memory: one batch of rows. Raises SourceError.
        """
        self.check_unchanged()
        blank = (None,) * len(self.shape.columns)
        given = 0
        for ordinal, sheet in enumerate(self.sheets):
            base = ordinal * ROWS_PER_SHEET
            expected, last = sheet.first_row, None
            for form in self.spool.rows(sheet.start, sheet.end):
                number = form[0]
                if number < sheet.first_row:
                    continue
                if number > expected and last is not None:
                    self._check_same_table(base + number, last, form)
                for missing in range(expected, number):
                    yield Row(base + missing, blank, (), True)
                expected, last = number + 1, form
                row = self._row(base + number, form, sheet)
                given += len(row.cells)
                if given > MAX_CELLS:
                    raise too_large(self.path, f"has more than {MAX_CELLS:,} cells, most of them blank")
                yield row

    def _check_same_table(self, number: int, last: RowForm, form: RowForm) -> None:
        """Raise SourceError when a row after blank ones looks like the header of another table."""
        cells = texts_of(form)
        if len(cells) == len(self.shape.columns) and begins_table(cells, texts_of(last)):
            raise second_table(self.path, place(number, None, self.shape), self.shape.row_of(number))

    def _row(self, number: int, form: RowForm, sheet: SheetRows) -> Row:
        cells = cells_of(form)
        columns = self.shape.columns
        width = len(columns)
        found = [self._problem(number, *fault) for fault in form[2]] if len(form) > 2 else []
        if (cells[0] or "") == columns[0] and texts_of(form) == columns:
            header = place(number - form[0] + sheet.first_row - 1, None, self.shape)
            found.insert(0, problem("HEADER_REPEATED", cell=place(number, None, self.shape), header=header))
        for total in sheet.totals:
            if total.first <= form[0] <= total.last:
                found.insert(
                    0, problem("TOTALS_ROW", cell=place(number, None, self.shape), table=total.table)
                )
        if len(cells) < width:
            cells += [None] * (width - len(cells))
        elif len(cells) > width:
            wide = _width(cells, width)
            if wide > width:
                where = place(number, first_filled(form, width), self.shape)
                found.insert(0, problem("TOO_MANY_CELLS", cell=where, found=wide, expected=width))
            del cells[wide:]
        return Row(number, tuple(cells), tuple(found))

    def _problem(self, number: int, index: int, code: str, names: dict[str, object]) -> Problem:
        column = self.shape.columns[index] if index < len(self.shape.columns) else None
        return problem(code, column=column, cell=place(number, index, self.shape), **names)


def open_workbook(
    path: Path, options: ReadOptions, head: int | None = None, having: Collection[str] = ()
) -> WorkbookSource:
    """Parse the sheets of the workbook at ``path`` that ``options`` names, and find their header.

    ``head``: only some rows at the beginning are wanted. ``having``: of several sheets only those with these
    columns. Raises SourceError.
    """
    with reading(path), open_binary(path) as stream:
        stamp = stamp_of(stream)
        digest = sha256(stream)
    if head is not None:
        head += HEAD_ROWS + (options.header_row or 1)
    parsed = parse(path, stamp, options.sheet, head)
    several = options.sheet == "*" or (options.sheet is not None and not isinstance(options.sheet, str))
    notes = list(parsed.notes)
    found: list[tuple[Parsed, tuple[str, ...], int]] = []
    for index, sheet in enumerate(parsed.sheets):
        if options.sheet == "*" and sheet.start == sheet.end and len(parsed.sheets) > 1:
            notes.append(f"sheet {sheet.name!r} is empty")
            continue
        wanted = having if several else ()
        columns, header_row = find_header(parsed.rows(index), sheet.name, options, path, wanted)
        if several and not set(columns).issuperset(having):
            notes.append(f"sheet {sheet.name!r} has other columns and is not read")
            continue
        found.append((sheet, columns, header_row))
        notes += _notes(sheet, header_row, options, several)
        if options.header_row is None and options.names is None:
            notes += lower_header(parsed.rows(index), columns, header_row)
    if not found:
        raise no_header(parsed.sheets[0].name, path, None)
    _check_headers(found, path)
    _, columns, header_row = found[0]
    shape = Shape(
        kind="workbook",
        columns=columns,
        header_row=header_row,
        digest=digest,
        size=stamp.size,
        sheet="/".join(sheet.name for sheet, _, _ in found),
        sheets=tuple(sheet.name for sheet, _, _ in found) if several else (),
        header_rows=tuple(header for _, _, header in found) if several else (),
        notes=tuple(notes),
    )
    sheets = tuple(
        SheetRows(sheet.name, sheet.start, sheet.end, header + 1, _totals(sheet, names, header))
        for sheet, names, header in found
    )
    return WorkbookSource(path, shape, stamp, parsed.spool, sheets)


def _totals(sheet: Parsed, columns: Sequence[str], header_row: int) -> tuple[Totals, ...]:
    """Return the totals rows of the table that is read: it has the header, and all columns with a name."""
    named = [at for at, name in enumerate(columns) if name.strip()]
    return tuple(
        total
        for total in sheet.totals
        if total.header == header_row and named and total.left <= named[0] and named[-1] <= total.right
    )


def _notes(sheet: Parsed, header_row: int, options: ReadOptions, several: bool) -> list[str]:
    """Return what is told about a sheet that is read."""
    where = f" (sheet {sheet.name!r})" if several else ""
    notes = []
    if header_row > 1 and options.header_row is None:
        notes.append(f"header found in row {header_row}{where}")
    if sheet.hidden_rows:
        rows = "1 hidden row is" if sheet.hidden_rows == 1 else f"{sheet.hidden_rows:,} hidden rows are"
        notes.append(f"{rows} read like the others{where}")
    if sheet.hidden:
        notes.append(f"hidden columns are read like the others{where}")
    if sheet.merged:
        ranges = "1 merged range" if sheet.merged == 1 else f"{sheet.merged:,} merged ranges"
        notes.append(f"{ranges}: only the top left cell of each has a value{where}")
    return notes


def _check_headers(found: Sequence[tuple[Parsed, tuple[str, ...], int]], path: Path) -> None:
    """Raise SourceError unless all sheets have the same columns in the same order."""
    first, columns, _ = found[0]
    for sheet, others, _ in found[1:]:
        if [_plain(name) for name in others] == [_plain(name) for name in columns]:
            continue
        at = next(
            (
                at
                for at, pair in enumerate(zip(columns, others, strict=False))
                if len(set(map(_plain, pair))) > 1
            ),
            min(len(columns), len(others)),
        )
        names = [repr(header[at]) if at < len(header) else "none" for header in (columns, others)]
        raise SourceError(
            "SHEETS_DIFFER",
            f"The sheets {first.name!r} and {sheet.name!r} of {path} have different headers: column {at + 1} "
            f"is {names[0]} in the first and {names[1]} in the second.",
            "Give them the same columns in the same order, or import them one by one (read: sheet).",
        )


def _width(cells: Sequence[Cell], width: int) -> int:
    """Return how many cells there are up to the last one that is not blank, at least ``width``."""
    found = len(cells)
    while found > width and is_blank(cells[found - 1]):
        found -= 1
    return found


def _plain(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).split()).casefold()
