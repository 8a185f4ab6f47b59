"""Workbooks (.xlsx, .xlsm, .xls, .xlsb, .ods) → rows of typed cells."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from importer.model.errors import SourceError
from importer.model.problem import Problem, problem
from importer.model.row import ROWS_PER_SHEET, Cell, ReadOptions, Row, Shape
from importer.readers.binary import Stamp, open_binary, reading, sha256, stamp_of
from importer.readers.cells import column_name
from importer.readers.parsing import Parse, Parsed, parse
from importer.readers.places import place
from importer.readers.spool import RowForm, Spool
from importer.readers.table_cells import cell_of

HEAD_ROWS = 50
"""How many rows are looked at when the header may be a title."""


@dataclass(frozen=True, slots=True)
class SheetRows:
    """Where the rows of a sheet lie in the spool, and the first one after its header."""

    name: str
    start: int
    end: int
    first_row: int


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
        for ordinal, sheet in enumerate(self.sheets):
            base = ordinal * ROWS_PER_SHEET
            expected = sheet.first_row
            for form in self.spool.rows(sheet.start, sheet.end):
                number = form[0]
                if number < sheet.first_row:
                    continue
                for missing in range(expected, number):
                    yield Row(base + missing, blank, (), True)
                expected = number + 1
                yield self._row(base + number, form)

    def _row(self, number: int, form: RowForm) -> Row:
        cells = cells_of(form)
        width = len(self.shape.columns)
        found = [self._problem(number, *fault) for fault in form[2]] if len(form) > 2 else []
        if len(cells) < width:
            cells += [None] * (width - len(cells))
        elif len(cells) > width:
            wide = _width(cells, width)
            if wide > width:
                first = next(index for index in range(width, wide) if not _is_blank(cells[index]))
                where = place(number, first, self.shape)
                found.insert(0, problem("TOO_MANY_CELLS", cell=where, found=wide, expected=width))
            del cells[wide:]
        return Row(number, tuple(cells), tuple(found))

    def _problem(self, number: int, index: int, code: str, names: dict[str, object]) -> Problem:
        column = self.shape.columns[index] if index < len(self.shape.columns) else None
        return problem(code, column=column, cell=place(number, index, self.shape), **names)


def cells_of(form: RowForm) -> list[Cell]:
    """Return the cells of a row from the spool."""
    cells: list[Any] = form[1]
    if dict not in map(type, cells):
        return cells
    found: list[Cell] = []
    for cell in cells:
        if type(cell) is not dict:
            found.append(cell)
        elif "gap" in cell:
            found += [None] * cell["gap"]
        else:
            found.append(cell_of(cell)[0])
    return found


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
        columns, header_row = _header(parsed, index, options, path, having if several else ())
        if several and not set(columns).issuperset(having):
            notes.append(f"sheet {sheet.name!r} has other columns and is not read")
            continue
        found.append((sheet, columns, header_row))
        notes += _notes(sheet, header_row, options, several)
    if not found:
        raise _no_header(parsed.sheets[0].name, path, None)
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
    sheets = tuple(SheetRows(sheet.name, sheet.start, sheet.end, header + 1) for sheet, _, header in found)
    return WorkbookSource(path, shape, stamp, parsed.spool, sheets)


def _notes(sheet: Parsed, header_row: int, options: ReadOptions, several: bool) -> list[str]:
    """Return what is told about a sheet that is read."""
    where = f" (sheet {sheet.name!r})" if several else ""
    notes = []
    if header_row > 1 and options.header_row is None:
        notes.append(f"header found in row {header_row}{where}")
    if sheet.hidden_rows:
        notes.append(f"{sheet.hidden_rows} hidden rows are read like the others{where}")
    if sheet.hidden:
        notes.append(f"hidden columns are read like the others{where}")
    if sheet.merged:
        notes.append(f"{sheet.merged} merged ranges: only the top left cell of each has a value{where}")
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


def _header(
    parsed: Parse, index: int, options: ReadOptions, path: Path, having: Collection[str] = ()
) -> tuple[tuple[str, ...], int]:
    """Return the column names and the header's row: the declared one, or the first that is not empty.

    With ``having`` a sheet need not have one; it is then no sheet that is looked for.
    """
    if options.names is not None and options.header_row is None:
        return options.names, 0
    name = parsed.sheets[index].name
    rows = parsed.rows(index)
    for form in rows:
        number = form[0]
        if number < (options.header_row or 1):
            continue
        if options.header_row is not None and number > options.header_row:
            break
        if names := _texts(form):
            if len(names) == 1 and not having and options.header_row is None:
                _refuse_title(name, islice(rows, HEAD_ROWS), path)
            return options.names if options.names is not None else names, number
    if having:
        return (), 0
    raise _no_header(name, path, options.header_row)


def _no_header(sheet: str, path: Path, row: int | None) -> SourceError:
    where = f"in row {row}" if row else "because it is empty"
    return SourceError(
        "NO_HEADER",
        f"Sheet {sheet!r} of {path} has no header {where}.",
        "Say read: sheet or read: header_row in the mapping.",
    )


def _refuse_title(sheet: str, rows: Iterator[RowForm], path: Path) -> None:
    """Raise SourceError when the first row has one cell and most of those after it agree on more."""
    head = {form[0]: texts for form in rows if (texts := _texts(form))}
    width, count = Counter(map(len, head.values())).most_common(1)[0] if head else (1, 0)
    if width > 1 and count > 1 and count > len(head) / 2:
        wide = [number for number, texts in head.items() if len(texts) == width]
        row = next((number for number in wide if all(map(str.strip, head[number]))), wide[0])
        raise SourceError(
            "HEADER_UNCLEAR",
            f"The first row of sheet {sheet!r} of {path} has one cell, most others have {width}.",
            f"If the header is in row {row}, say read: header_row: {row}.",
        )


def _texts(form: RowForm) -> tuple[str, ...]:
    """Return the texts of a row's cells up to the last one that is not blank."""
    texts = [column_name(cell) for cell in cells_of(form)]
    while texts and not texts[-1].strip():
        texts.pop()
    return tuple(texts)


def _width(cells: Sequence[Cell], width: int) -> int:
    """Return how many cells there are up to the last one that is not blank, at least ``width``."""
    found = len(cells)
    while found > width and _is_blank(cells[found - 1]):
        found -= 1
    return found


def _is_blank(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _plain(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).split()).casefold()
