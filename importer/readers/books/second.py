"""The second opinion: another library reads a workbook that the first reader could not finish.

openpyxl for Open XML, calamine for the other formats. Both are checked against what the first has read.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import IO, Any

from importer.model.row import Cell
from importer.readers.binary import contains
from importer.readers.books.limits import DamagedError, Facts, Sheet, password_protected, unreadable
from importer.readers.books.markup import tree
from importer.readers.books.rows import RowBuilder, RowForm
from importer.readers.books.xlsb import ERROR, FORMULA_ERROR, records, whole
from importer.readers.books.zipped import Package
from importer.readers.cells import Fault, number_fault, plain_text, read_number

NO_VALUE = Fault("NO_CACHED_VALUE", {})
TICK = 256


def second_book(stream: IO[bytes], head: bytes) -> OpenpyxlBook | CalamineBook:
    """Open a workbook with the second library for its format. Raises DamagedError and RefusedError."""
    if head.startswith(b"PK"):
        names = Package(stream).names()
        stream.seek(0)
        if any(name.endswith("workbook.xml") for name in names):
            return OpenpyxlBook(stream)
        if may_hold_errors(stream):
            raise DamagedError("it may hold error cells, which the second library would give as blanks")
        stream.seek(0)
    return CalamineBook(stream)


class OpenpyxlBook:
    """A workbook, read by openpyxl: once for values, once to know which cells are formulas."""

    def __init__(self, stream: IO[bytes]) -> None:
        import openpyxl

        values: Any = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
        stream.seek(0)
        formulas: Any = openpyxl.load_workbook(stream, read_only=True, keep_links=False)
        for book in (values, formulas):
            book._date_formats = book._timedelta_formats = frozenset()  # numbers come raw: see cells.py
        if declared_sheets(stream) != len(values.worksheets) + len(values.chartsheets):
            raise unreadable("one of its sheets cannot be found")
        self._epoch: dt.datetime = values.epoch
        self._pairs = list(zip(values.worksheets, formulas.worksheets, strict=True))
        self.sheets = [Sheet(sheet.title, sheet.sheet_state == "visible") for sheet, _ in self._pairs]

    def rows(self, index: int, facts: Facts) -> Iterator[RowForm | None]:
        """Give the rows of a sheet that hold something; None now and then."""
        builder = RowBuilder()
        for sheet in self._pairs[index]:
            sheet.reset_dimensions()
        values, formulas = (sheet.iter_rows() for sheet in self._pairs[index])
        for number, (cells, sources) in enumerate(zip(values, formulas, strict=True), 1):
            if number % TICK == 0:
                yield None
            for column, (cell, source) in enumerate(zip(cells, sources, strict=True)):
                builder.add(column, *self._cell(cell, source))
            row = builder.take(number)
            if row is not None:
                yield row

    def _cell(self, cell: Any, source: Any) -> tuple[Cell, Fault | None]:
        value = cell.value
        if value is None or value == "":
            return None, NO_VALUE if source.data_type == "f" else None
        if cell.data_type == "e":
            return str(value), Fault("ERROR_CELL", {"value": str(value)})
        if isinstance(value, str):
            return plain_text(value), None
        if isinstance(value, int | float) and not isinstance(value, bool):
            return read_number(value, cell.number_format, self._epoch)
        if isinstance(value, bool | dt.date | dt.time | dt.timedelta):
            return value, None
        raise DamagedError(f"a cell holds {type(value).__name__}")


def declared_sheets(stream: IO[bytes]) -> int:
    """Return how many sheets a workbook lists: openpyxl leaves out what it cannot find."""
    package = Package(stream)
    part = next(name for name in package.names() if name.endswith("workbook.xml"))
    return len(list(tree(package.small(part)).all("sheet")))


class CalamineBook:
    """A workbook without error cells, read by calamine; it does not tell formats that pad with zeros."""

    def __init__(self, stream: IO[bytes]) -> None:
        import python_calamine as calamine

        try:
            self._book = calamine.CalamineWorkbook.from_filelike(stream)
        except calamine.PasswordError:
            raise password_protected() from None
        visible = calamine.SheetVisibleEnum.Visible
        worksheet = calamine.SheetTypeEnum.WorkSheet
        found = [sheet for sheet in self._book.sheets_metadata if sheet.typ == worksheet]
        self.sheets = [Sheet(sheet.name, sheet.visible == visible) for sheet in found]

    def rows(self, index: int, facts: Facts) -> Iterator[RowForm | None]:
        """Give the rows of a sheet that hold something; None now and then."""
        sheet = self._book.get_sheet_by_name(self.sheets[index].name)
        builder = RowBuilder()
        for number, cells in enumerate(sheet.to_python(skip_empty_area=False), 1):
            if number % TICK == 0:
                yield None
            for column, value in enumerate(cells):
                if value != "":
                    builder.add(column, *_plain(value))
            row = builder.take(number)
            if row is not None:
                yield row


def _plain(value: Cell) -> tuple[Cell, Fault | None]:
    if type(value) is float:
        number = whole(value)
        return number, number_fault(number, "General")
    return value, None


def may_hold_errors(stream: IO[bytes]) -> bool:
    """Say whether a workbook may have error cells: calamine gives them as blanks.

    Looks at the raw bytes; what cannot be looked at may hold them.
    """
    stream.seek(0)
    try:
        package = Package(stream)
        if "content.xml" in package:
            with package.open("content.xml") as part:
                return contains(part, b'value-type="error"') or _shown_errors(package)
        for name in package.names():
            if "worksheets/" in name and name.endswith(".bin"):
                with package.open(name) as part:
                    if any(kind in (ERROR, FORMULA_ERROR) for kind, _ in records(part)):
                        return True
    except Exception:
        return True
    return False


def _shown_errors(package: Package) -> bool:
    shown = (
        b">#N/A<",
        b">#REF!<",
        b">#VALUE!<",
        b">#NAME?<",
        b">#DIV/0!<",
        b">#NUM!<",
        b">#NULL!<",
        b">Err:",
    )
    for error in shown:
        with package.open("content.xml") as part:
            if contains(part, error):
                return True
    return False
