"""Binary workbooks (.xlsb, [MS-XLSB]): records of type, length and bytes instead of XML."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import IO

from importer.model.row import Cell
from importer.readers.books.limits import COLUMNS, ROWS, Facts, Sheet, unreadable
from importer.readers.books.rows import RowBuilder, RowForm
from importer.readers.books.styles import codes_of
from importer.readers.books.xlsx import main_part, relations
from importer.readers.books.zipped import Package
from importer.readers.cells import MAC_EPOCH, WINDOWS_EPOCH, Fault, read_number

ROW, BLANK, RK, ERROR, BOOL, REAL, STRING, SHARED = range(8)
FORMULA_STRING, FORMULA_NUMBER, FORMULA_BOOL, FORMULA_ERROR = range(8, 12)
SHARED_ITEM, FORMAT, CELL_FORMAT, COLUMN_INFO, RICH_STRING = 19, 44, 47, 60, 62
BEGIN_DATA, END_DATA, BOOK_PROPERTIES, SHEET_ENTRY, MERGED = 145, 146, 153, 156, 176
BEGIN_CELL_FORMATS, END_CELL_FORMATS = 617, 618
ROW_HIDDEN = 0x10
"""fDyZero in the byte after the outline bits of BrtRowHdr (2.4.746)."""
ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}
MAX_RECORD = 16 << 20
TICK = 4096


class XlsbBook:
    """An open workbook. Raises DamagedError and RefusedError."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._package = Package(stream)
        main = main_part(self._package, "xl/workbook.bin")
        self._related = relations(self._package, main)
        self._epoch = WINDOWS_EPOCH
        self._parts: list[str] = []
        self._strings: list[str] | None = None
        self.sheets: list[Sheet] = []
        with self._package.small(main) as book:
            for kind, data in records(book):
                if kind == BOOK_PROPERTIES:
                    self._epoch = MAC_EPOCH if data[0] & 1 else WINDOWS_EPOCH
                elif kind == SHEET_ENTRY:
                    self._note_sheet(data)

    def _note_sheet(self, data: bytes) -> None:
        (state,) = struct.unpack_from("<I", data)
        relation, at = wide(data, 8)
        name, _ = wide(data, at)
        kind, part = self._related.get(relation, ("", ""))
        if kind == "worksheet":
            self.sheets.append(Sheet(name, state == 0))
            self._parts.append(part)
        elif not kind:
            raise unreadable("a sheet of it is missing")

    def rows(self, index: int, facts: Facts) -> Iterator[RowForm | None]:
        """Give the rows of a sheet that hold something; None now and then."""
        formats = self._formats()
        yield from self._load_strings()
        builder = RowBuilder()
        number, hidden, inside = 0, False, False
        with self._package.open(self._parts[index]) as part:
            for count, (kind, data) in enumerate(records(part)):
                if count % TICK == 0:
                    yield None
                if kind == ROW and inside:
                    row = builder.take(number)
                    if row is not None:
                        facts.hidden_rows += hidden
                        yield row
                    (found,) = struct.unpack_from("<I", data)
                    if found < number or found >= ROWS:
                        raise unreadable("its rows are not in order")
                    number, hidden = found + 1, bool(data[11] & ROW_HIDDEN)
                elif inside and (kind < 12 or kind == RICH_STRING):
                    column, style = struct.unpack_from("<II", data)
                    style &= 0xFFFFFF
                    code = formats[style] if style < len(formats) else "General"
                    builder.add(column, *self._cell(kind, data, code))
                elif kind == BEGIN_DATA:
                    inside = True
                elif kind == END_DATA:
                    inside = False
                elif kind == MERGED:
                    facts.merged += 1
                elif kind == COLUMN_INFO and struct.unpack_from("<H", data, 16)[0] & 1:
                    first, last = struct.unpack_from("<II", data)
                    facts.hidden.append((first, min(last, COLUMNS - 1)))
        row = builder.take(number)
        if row is not None:
            facts.hidden_rows += hidden
            yield row

    def _cell(self, kind: int, data: bytes, code: str) -> tuple[Cell, Fault | None]:
        if kind in (REAL, FORMULA_NUMBER):
            return read_number(whole(struct.unpack_from("<d", data, 8)[0]), code, self._epoch)
        if kind == RK:
            return read_number(whole(rk(data[8:12])), code, self._epoch)
        if kind == SHARED:
            (index,) = struct.unpack_from("<I", data, 8)
            if self._strings is None or index >= len(self._strings):
                raise unreadable("a cell names a text that is not in its table")
            return self._strings[index] or None, None
        if kind in (STRING, FORMULA_STRING, RICH_STRING):
            return wide(data, 9 if kind == RICH_STRING else 8)[0] or None, None
        if kind in (BOOL, FORMULA_BOOL):
            return bool(data[8]), None
        if kind in (ERROR, FORMULA_ERROR):
            text = ERRORS.get(data[8], "#UNKNOWN!")
            return text, Fault("ERROR_CELL", {"value": text})
        return None, None

    def _load_strings(self) -> Iterator[None]:
        if self._strings is not None:
            return
        self._strings = []
        for kind, part in self._related.values():
            if kind == "sharedStrings" and part in self._package:
                with self._package.open(part) as stream:
                    for record, data in records(stream):
                        if record == SHARED_ITEM:
                            self._strings.append(wide(data, 1)[0])
                            if len(self._strings) % TICK == 0:
                                yield None

    def _formats(self) -> list[str]:
        part = next((part for kind, part in self._related.values() if kind == "styles"), "")
        if part not in self._package:
            return []
        codes: dict[int, str] = {}
        ids: list[int] = []
        inside = False
        with self._package.small(part) as stream:
            for kind, data in records(stream):
                if kind == FORMAT:
                    codes[struct.unpack_from("<H", data)[0]] = wide(data, 2)[0]
                elif kind in (BEGIN_CELL_FORMATS, END_CELL_FORMATS):
                    inside = kind == BEGIN_CELL_FORMATS
                elif kind == CELL_FORMAT and inside:
                    ids.append(struct.unpack_from("<H", data, 2)[0])
        return codes_of(ids, codes)


def records(stream: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Give the records of a part: type and bytes. Raises DamagedError when the part ends inside one."""
    while first := stream.read(1):
        kind = first[0]
        if kind & 0x80:
            kind = kind & 0x7F | (_byte(stream) & 0x7F) << 7
        length = 0
        for shift in (0, 7, 14, 21):
            byte = _byte(stream)
            length |= (byte & 0x7F) << shift
            if not byte & 0x80:
                break
        data = stream.read(length) if length <= MAX_RECORD else b""
        if len(data) != length:
            raise unreadable("a part of it is cut")
        yield kind, data


def wide(data: bytes, at: int) -> tuple[str, int]:
    """Return the text that begins at ``at``, and where it ends; a null text is empty."""
    (length,) = struct.unpack_from("<I", data, at)
    at += 4
    if length == 0xFFFFFFFF:
        return "", at
    end = at + 2 * length
    if end > len(data):
        raise unreadable("a text of it is cut")
    return data[at:end].decode("utf-16-le", "replace"), end


def rk(data: bytes) -> float:
    """Return the number that four bytes stand for ([MS-XLSB] 2.5.122 RkNumber)."""
    (packed,) = struct.unpack("<i", data)
    if packed & 2:
        number = float(packed >> 2)
    else:
        number = struct.unpack("<d", b"\0\0\0\0" + struct.pack("<i", packed & ~3))[0]
    return number / 100 if packed & 1 else number


def whole(value: float) -> int | float:
    """Return a float without a fraction as the integer that it is. Raises DamagedError for no number."""
    if value != value or value in (float("inf"), float("-inf")):
        raise unreadable("a cell has a number that is none")
    return int(value) if value.is_integer() and abs(value) < 1e15 else value


def _byte(stream: IO[bytes]) -> int:
    byte = stream.read(1)
    if not byte:
        raise unreadable("a part of it is cut")
    return byte[0]
