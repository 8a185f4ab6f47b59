"""What a worksheet's XML says that the workbook library does not pass on.

openpyxl gives None for a formula whose result was never stored, exactly as for one whose result is empty
text, and it leaves out rows and cells that are not in order. One look at the raw XML tells.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO
from xml.parsers import expat

from openpyxl.utils.cell import column_index_from_string

BLOCK_BYTES = 1 << 18
COLUMN_BITS = 14  # a sheet has 2**14 columns
MAX_GAPS = 1_000_000
"""More formulas without a stored value than this are not listed one by one."""


class SheetError(Exception):
    """The XML is not a worksheet that can be read as rows; the text says why, in plain words."""


@dataclass(frozen=True, slots=True)
class SheetFacts:
    """``hidden_rows`` is their number; ``gaps`` are the cells whose formula has no stored value, in order."""

    hidden_rows: int
    gaps: array[int]

    def columns_without_value(self, row: int) -> tuple[int, ...]:
        """Return the columns of ``row``, counted from 0, whose formula has no stored value."""
        first = bisect_left(self.gaps, row << COLUMN_BITS)
        last = bisect_left(self.gaps, (row + 1) << COLUMN_BITS, first)
        return tuple(gap & ((1 << COLUMN_BITS) - 1) for gap in self.gaps[first:last])


def prescan(sheet: BinaryIO) -> SheetFacts:
    """Read a worksheet's XML to its end in constant memory. Raises SheetError, ExpatError, ValueError."""
    walk = _Walk()
    while block := sheet.read(BLOCK_BYTES):
        walk.parser.Parse(block, False)
    walk.parser.Parse(b"", True)
    return SheetFacts(walk.hidden, walk.gaps)


class _Walk:
    """The state of one walk through the elements of a sheet."""

    def __init__(self) -> None:
        self.hidden = 0
        self.gaps = array("Q")
        self.row = self.column = 0
        self._in_data = self._formula = self._value = False
        self._type: str | None = None
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.StartDoctypeDeclHandler = self._doctype

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        name = name.rpartition(":")[2]
        if name == "sheetData":
            self._in_data = True
        elif not self._in_data:
            return
        elif name == "c":
            self._start_cell(attributes)
        elif name == "row":
            self._start_row(attributes)
        elif name == "f":
            self._formula = True
        elif name == "v" and self._formula:
            self._value = self._type == "str"  # an empty result is a result
            self.parser.CharacterDataHandler = self._text

    def _start_row(self, attributes: Mapping[str, str]) -> None:
        row = int(float(attributes["r"])) if "r" in attributes else self.row + 1
        if row <= self.row:
            raise SheetError(f"its rows are not in order: row {row} stands after row {self.row}")
        self.row, self.column = row, 0
        self.hidden += attributes.get("hidden") in ("1", "true")

    def _start_cell(self, attributes: Mapping[str, str]) -> None:
        reference = attributes.get("r")
        column = column_index_from_string(reference.rstrip("0123456789")) if reference else self.column + 1
        if column <= self.column:
            raise SheetError(f"the cells of row {self.row} are not in order")
        self.column, self._type = column, attributes.get("t")
        self._formula = self._value = False

    def _text(self, data: str) -> None:
        self._value = self._value or bool(data.strip())

    def _end(self, name: str) -> None:
        if not self._in_data:
            return
        name = name.rpartition(":")[2]
        if name == "v":
            self.parser.CharacterDataHandler = None
        elif name == "c" and self._formula and not self._value:
            if len(self.gaps) == MAX_GAPS:
                raise SheetError(f"more than {MAX_GAPS} of its formulas have no stored value")
            self.gaps.append(self.row << COLUMN_BITS | self.column - 1)
        elif name == "sheetData":
            self._in_data = False

    def _doctype(self, *_: object) -> None:
        raise SheetError("it has a document type definition, which no workbook needs")
