"""Old Excel workbooks (.xls), by xlrd: it keeps error cells and number formats."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from typing import IO, Any

from importer.model.row import Cell
from importer.readers.books.limits import DamagedError, Facts, Sheet, password_protected
from importer.readers.books.rows import RowBuilder, RowForm
from importer.readers.books.xlsb import whole
from importer.readers.cells import MAC_EPOCH, WINDOWS_EPOCH, Fault, read_number

TICK = 256


class XlsBook:
    """An open workbook. Raises DamagedError and RefusedError."""

    def __init__(self, stream: IO[bytes]) -> None:
        import xlrd  # type: ignore[import-untyped]

        self._xlrd = xlrd
        with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123
            try:
                self._book: Any = xlrd.open_workbook(
                    file_contents=stream.read(), formatting_info=True, logfile=nowhere
                )
            except xlrd.XLRDError as error:
                if "encrypted" in str(error).lower() or "password" in str(error).lower():
                    raise password_protected() from None
                raise DamagedError("it is damaged, or no workbook") from None
        self._epoch: dt.datetime = MAC_EPOCH if self._book.datemode else WINDOWS_EPOCH
        self.sheets = [Sheet(sheet.name, sheet.visibility == 0) for sheet in self._book.sheets()]

    def rows(self, index: int, facts: Facts) -> Iterator[RowForm | None]:
        """Give the rows of a sheet that hold something; None now and then."""
        sheet = self._book.sheet_by_index(index)
        facts.merged = len(sheet.merged_cells)
        facts.hidden += [(column, column) for column, info in sheet.colinfo_map.items() if info.hidden]
        builder = RowBuilder()
        for at in range(sheet.nrows):
            if at % TICK == 0:
                yield None
            for column in range(sheet.row_len(at)):
                kind = sheet.cell_type(at, column)
                if kind not in (self._xlrd.XL_CELL_EMPTY, self._xlrd.XL_CELL_BLANK):
                    builder.add(column, *self._cell(sheet, at, column, kind))
            row = builder.take(at + 1)
            if row is not None:
                info = sheet.rowinfo_map.get(at)
                facts.hidden_rows += bool(info and info.hidden)
                yield row

    def _cell(self, sheet: Any, row: int, column: int, kind: int) -> tuple[Cell, Fault | None]:
        value = sheet.cell_value(row, column)
        if kind == self._xlrd.XL_CELL_TEXT:
            return value or None, None
        if kind == self._xlrd.XL_CELL_BOOLEAN:
            return bool(value), None
        if kind == self._xlrd.XL_CELL_ERROR:
            text = self._xlrd.error_text_from_code.get(value, "#UNKNOWN!")
            return text, Fault("ERROR_CELL", {"value": text})
        return read_number(whole(value), self._format(sheet.cell_xf_index(row, column)), self._epoch)

    def _format(self, style: int) -> str:
        styles = self._book.xf_list
        if not 0 <= style < len(styles):
            return "General"
        found = self._book.format_map.get(styles[style].format_key)
        return found.format_str if found is not None and found.format_str else "General"
