"""The XML of one worksheet → rows: every cell at its address, with what is wrong with it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import IO

from importer.model.row import Cell
from importer.readers.books.limits import COLUMNS, ROWS, Facts, unreadable
from importer.readers.books.markup import feed, local, parser
from importer.readers.books.rows import RowBuilder, RowForm
from importer.readers.books.styles import number
from importer.readers.cells import Fault, kind_of, number_of, plain_text, read_number

TRIMMED = " \t\r\n"
"""White space around a text that is not marked as kept is layout of the XML: Excel does not show it."""
NO_VALUE = Fault("NO_CACHED_VALUE", {})
TRUE = {"1": True, "true": True, "0": False, "false": False}
DATA, ROW, CELL, VALUE, FORMULA, TEXT, PHONETIC, COLUMN, MERGED, EXTENSION, OTHER = range(11)
TAGS = {
    "sheetData": DATA,
    "row": ROW,
    "c": CELL,
    "v": VALUE,
    "f": FORMULA,
    "t": TEXT,
    "rPh": PHONETIC,
    "col": COLUMN,
    "mergeCell": MERGED,
    "extLst": EXTENSION,
}


class SheetWalk:
    """One walk through the elements of a sheet. ``formats`` are the number formats by style index."""

    def __init__(
        self, strings: Sequence[str], formats: Sequence[str], epoch: dt.datetime, facts: Facts
    ) -> None:
        self._strings = strings
        self._formats = formats
        self._plain = {
            str(at): kind_of(code) is None and "0" not in code for at, code in enumerate(formats)
        } | {"": True}
        self._epoch = epoch
        self._facts = facts
        self._tags: dict[str, int] = {}
        self._columns: dict[str, int] = {}
        self._done: list[RowForm] = []
        self._row = 0
        self._row_text = "0"
        self._hidden = False
        self._column = -1
        self._builder = RowBuilder()
        self._in_data = self._formula = self._phonetic = self._keep = False
        self._type = self._style = ""
        self._pieces: list[str] = []
        self._value: str | None = None
        self._inline: str | None = None
        self._parser = parser(self._start, self._end)
        self._parser.CharacterDataHandler = self._pieces.append  # setting it for each value costs more

    def rows(self, stream: IO[bytes]) -> Iterator[RowForm | None]:
        """Give the rows that hold something; None after each block."""
        for _ in feed(self._parser, stream):
            if self._done:
                yield from self._done
                self._done = []
            yield None

    def _tag(self, name: str) -> int:
        tag = self._tags[name] = TAGS.get(local(name), OTHER)
        return tag

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = self._tags.get(name)
        if tag is None:
            tag = self._tag(name)
        if tag == CELL:
            self._start_cell(attributes)
        elif tag == VALUE:
            self._pieces.clear()
        elif tag == ROW:
            self._start_row(attributes)
        elif tag == FORMULA:
            self._formula = True
        elif tag == TEXT:
            if not self._phonetic:
                self._keep = attributes.get("xml:space") == "preserve"
                self._pieces.clear()
        elif tag == PHONETIC:
            self._phonetic = True
        elif tag == DATA:
            self._in_data = True
        elif tag == COLUMN:
            self._note_column(attributes)
        elif tag == MERGED:
            self._facts.merged += 1
        elif tag == EXTENSION:
            self._pass_over()

    def _pass_over(self) -> None:
        """Take no notice of what an extension holds: its elements may be called like cells and values."""
        depth = 1

        def start(_inside: str, _attributes: dict[str, str]) -> None:
            nonlocal depth
            depth += 1

        def end(_inside: str) -> None:
            nonlocal depth
            depth -= 1
            if not depth:
                self._parser.StartElementHandler, self._parser.EndElementHandler = self._start, self._end
                self._parser.CharacterDataHandler = self._pieces.append

        self._parser.StartElementHandler, self._parser.EndElementHandler = start, end
        self._parser.CharacterDataHandler = None

    def _start_row(self, attributes: dict[str, str]) -> None:
        text = attributes.get("r")
        row = _row_number(text) if text is not None else self._row + 1
        if row <= self._row:
            raise unreadable(f"its rows are not in order: row {row} stands after row {self._row}")
        if row > ROWS:
            raise unreadable(f"it has a row beyond row {ROWS:,}")
        self._row, self._row_text, self._column = row, str(row), -1
        self._hidden = attributes.get("hidden") in ("1", "true")

    def _start_cell(self, attributes: dict[str, str]) -> None:
        if not self._in_data:
            raise unreadable("a cell stands outside of its rows")
        reference = attributes.get("r")
        column = self._column + 1 if reference is None else self._column_of(reference)
        if column <= self._column:
            raise unreadable(f"the cells of row {self._row} are not in order")
        self._column = column
        self._type = attributes.get("t", "")
        self._style = attributes.get("s", "")
        self._formula = False
        self._value = self._inline = None

    def _column_of(self, reference: str) -> int:
        row = self._row_text
        if not reference.endswith(row):
            raise unreadable(f"a cell in row {self._row} says that it is in another row")
        letters = reference[: -len(row)]
        column = self._columns.get(letters)
        if column is None:
            column = self._columns[letters] = column_index(letters)
        return column

    def _end(self, name: str) -> None:
        tag = self._tags[name]
        if tag == VALUE:
            pieces = self._pieces
            self._value = pieces[0] if len(pieces) == 1 else "".join(pieces)
        elif tag == CELL:
            self._end_cell()
        elif tag == ROW:
            self._pieces.clear()
            row = self._builder.take(self._row)
            if row is not None:
                self._done.append(row)
                self._facts.hidden_rows += self._hidden
        elif tag == TEXT:
            if not self._phonetic:
                text = "".join(self._pieces)
                self._inline = (self._inline or "") + (text if self._keep else text.strip(TRIMMED))
        elif tag == PHONETIC:
            self._phonetic = False
        elif tag == DATA:
            self._in_data = False

    def _end_cell(self) -> None:
        text = self._value if self._inline is None else self._inline
        if self._formula and (text is None or (self._type not in ("str", "inlineStr") and not text.strip())):
            self._builder.add(self._column, None, NO_VALUE)
            return
        if not text:
            return
        kind = self._type
        if kind == "s":
            self._builder.add_text(self._column, self._shared(text))
        elif kind in ("", "n"):
            self._add_number(text)
        else:
            self._builder.add(self._column, *self._other(kind, text))

    def _shared(self, text: str) -> str:
        try:
            index = int(text)
            if index < 0:
                raise IndexError
            return self._strings[index]
        except (IndexError, ValueError):
            if not text.strip():
                return ""
            raise unreadable("a cell names a text that is not in its table") from None

    def _add_number(self, text: str) -> None:
        if not text.strip():
            return
        try:
            value = number_of(text)
        except ValueError:
            raise unreadable(f"a cell of row {self._row} has a number that is none") from None
        if self._plain.get(self._style) and -1e15 < value < 1e15:
            self._builder.add_number(self._column, value)
            return
        index = number(self._style)
        code = self._formats[index] if index < len(self._formats) else "General"
        self._builder.add(self._column, *read_number(value, code, self._epoch))

    def _other(self, kind: str, text: str) -> tuple[Cell, Fault | None]:
        if kind in ("str", "inlineStr"):
            return plain_text(text), None
        if kind == "e":
            return text, Fault("ERROR_CELL", {"value": text})
        if kind == "b":
            if text.strip().lower() not in TRUE:
                raise unreadable(f"a cell of row {self._row} is neither true nor false")
            return TRUE[text.strip().lower()], None
        if kind == "d":
            return iso_date(text.strip(), self._row), None
        raise unreadable(f"a cell of row {self._row} has an unknown type")

    def _note_column(self, attributes: dict[str, str]) -> None:
        if attributes.get("hidden") in ("1", "true") and len(self._facts.hidden) < COLUMNS:
            first, last = number(attributes.get("min")), number(attributes.get("max"))
            if 0 < first <= last:
                self._facts.hidden.append((first - 1, min(last, COLUMNS) - 1))


def iso_date(text: str, row: int) -> Cell:
    """Return the date, time or both that ``text`` is in ISO 8601. Raises DamagedError."""
    try:
        if "T" in text and not text.startswith("T"):
            return dt.datetime.fromisoformat(text)
        if ":" in text:
            return dt.time.fromisoformat(text)
        return dt.date.fromisoformat(text)
    except ValueError:
        raise unreadable(f"a cell of row {row} has a date that is none") from None


def column_index(letters: str) -> int:
    """Return the column that ``letters`` name, counted from 0. Raises RefusedError."""
    index = 0
    for letter in letters.upper():
        if not "A" <= letter <= "Z" or index > COLUMNS:
            index = 0
            break
        index = index * 26 + ord(letter) - 64
    if not 0 < index <= COLUMNS:
        raise unreadable("a cell has an address that no sheet has")
    return index - 1


def _row_number(text: str) -> int:
    if not (text.isdecimal() and len(text) < 9 and int(text) > 0):
        raise unreadable("a row has a number that no sheet has")
    return int(text)
