"""Workbooks (.xlsx, .xlsm) → rows of typed cells, by openpyxl's read-only mode."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer.model.errors import SourceError
from importer.model.problem import Problem, problem
from importer.model.row import Cell, ReadOptions, Row, Shape
from importer.readers.binary import Stamp, open_binary, reading, sha256, stamp_of
from importer.readers.blanks import BlankRuns
from importer.readers.cells import column_name, read_cell
from importer.readers.package import choose_sheet, in_plain_words, opened, sheet_rows
from importer.readers.places import place
from importer.readers.prescan import SheetFacts, prescan

if TYPE_CHECKING:
    from openpyxl.cell.read_only import ReadOnlyCell

HEAD_ROWS = 50
"""How many rows are looked at when the header may be a title."""


@dataclass(frozen=True, slots=True)
class WorkbookSource:
    """One sheet of a workbook, as ``open_workbook`` has understood it."""

    path: Path
    shape: Shape
    stamp: Stamp
    facts: SheetFacts
    first_row: int

    def check_unchanged(self) -> None:
        """Raise SourceError ``SOURCE_CHANGED`` when the file is not the one that was opened."""
        self.stamp.check(self.path)

    def rows(self) -> Iterator[Row]:
        """Read the rows in the sheet's order; blank rows after the last one with data are not given.

        Memory: the workbook's shared strings, and one batch of rows. Raises SourceError.
        """
        blanks = BlankRuns((None,) * len(self.shape.columns))
        with opened(self.path, self.stamp) as book:
            epoch: dt.datetime = book.epoch
            for number, cells in sheet_rows(book[self.shape.sheet or ""], self.path):
                if number < self.first_row:
                    continue
                row = self._row(number, cells, epoch)
                if row is None:
                    blanks.add(number)
                else:
                    if blanks:
                        yield from blanks.release()
                    yield row

    def _row(self, number: int, cells: Sequence[ReadOnlyCell], epoch: dt.datetime) -> Row | None:
        """Make the row of a sheet's row; None for a blank one."""
        columns = self.shape.columns
        values: list[Cell] = [None] * len(columns)
        found: list[Problem] = []
        gaps = self.facts.columns_without_value(number)
        blank = not gaps
        for index, cell in enumerate(cells):
            value, fault = ("", None) if index in gaps else read_cell(cell, epoch)
            if value is None:
                continue
            blank = blank and isinstance(value, str) and not value.strip()
            values += [None] * (index + 1 - len(values))
            values[index] = value
            if index in gaps:
                values[index] = None
                found.append(self._problem("NO_CACHED_VALUE", number, index))
            elif fault:
                found.append(self._problem(fault.code, number, index, **fault.names))
        if blank:
            return None
        if len(values) > len(columns):
            cell_name = place(number, len(columns), self.shape)
            wide = problem("TOO_MANY_CELLS", cell=cell_name, found=len(values), expected=len(columns))
            found.insert(0, wide)
        return Row(number, tuple(values), tuple(found))

    def _problem(self, code: str, number: int, index: int, **names: object) -> Problem:
        column = self.shape.columns[index] if index < len(self.shape.columns) else None
        return problem(code, column=column, cell=place(number, index, self.shape), **names)


def open_workbook(path: Path, options: ReadOptions) -> WorkbookSource:
    """Choose the sheet of the workbook at ``path`` and find its header. Raises SourceError."""
    with reading(path), open_binary(path) as stream:
        stamp = stamp_of(stream)
        digest = sha256(stream)
    with opened(path, stamp) as book:
        sheet, notes = choose_sheet(book, options.sheet, path)
        with in_plain_words(path), sheet._get_source() as source:
            facts = prescan(source)
        columns, header_row = _header(sheet, options, path)
    if header_row > 1 and options.header_row is None:
        notes.append(f"header found in row {header_row}")
    if facts.hidden_rows:
        notes.append(f"{facts.hidden_rows} hidden rows are read like the others")
    shape = Shape(
        kind="workbook",
        columns=columns,
        header_row=header_row,
        digest=digest,
        size=stamp.size,
        sheet=sheet.title,
        notes=tuple(notes),
    )
    return WorkbookSource(path, shape, stamp, facts, header_row + 1)


def _header(sheet: Any, options: ReadOptions, path: Path) -> tuple[tuple[str, ...], int]:
    """Return the column names and the header's row: the declared one, or the first that is not empty."""
    if options.names is not None and options.header_row is None:
        return options.names, 0
    rows = sheet_rows(sheet, path)
    for number, cells in rows:
        if number < (options.header_row or 1):
            continue
        if names := _texts(cells, sheet):
            if len(names) == 1 and options.header_row is None:
                _refuse_title(sheet, islice(rows, HEAD_ROWS), path)
            return options.names if options.names is not None else names, number
        if options.header_row is not None:
            break
    where = f"in row {options.header_row}" if options.header_row else "because it is empty"
    raise SourceError(
        "NO_HEADER",
        f"Sheet {sheet.title!r} of {path} has no header {where}.",
        "Say read: sheet or read: header_row in the mapping.",
    )


def _refuse_title(sheet: Any, rows: Iterable[tuple[int, Sequence[ReadOnlyCell]]], path: Path) -> None:
    """Raise SourceError when the first row has one cell and most of those after it agree on more."""
    head = {number: texts for number, cells in rows if (texts := _texts(cells, sheet))}
    width, count = Counter(map(len, head.values())).most_common(1)[0] if head else (1, 0)
    if width > 1 and count > 1 and count > len(head) / 2:
        wide = [number for number, texts in head.items() if len(texts) == width]
        row = next((number for number in wide if all(map(str.strip, head[number]))), wide[0])
        raise SourceError(
            "HEADER_UNCLEAR",
            f"The first row of sheet {sheet.title!r} of {path} has one cell, most others have {width}.",
            f"If the header is in row {row}, say read: header_row: {row}.",
        )


def _texts(cells: Sequence[ReadOnlyCell], sheet: Any) -> tuple[str, ...]:
    """Return the texts of a row's cells up to the last one that is not blank."""
    texts = [column_name(read_cell(cell, sheet.parent.epoch)[0]) for cell in cells]
    while texts and not texts[-1].strip():
        texts.pop()
    return tuple(texts)
