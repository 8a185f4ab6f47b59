"""One table of an OpenDocument spreadsheet → rows (OpenDocument 1.3 part 3, 9.1 and 19.385)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from importer.model.row import Cell
from importer.readers.books.limits import (
    CELL_CHARACTERS,
    COLUMNS,
    REPEATED_CELLS,
    ROWS,
    Facts,
    too_large,
    unreadable,
)
from importer.readers.books.ods_styles import Styles, full, name_of
from importer.readers.books.rows import RowBuilder, RowForm
from importer.readers.cells import Fault, number_fault, number_of

BLANKS = re.compile(r"[ \t\r\n]{2,}|[\t\r\n]")
DURATION = re.compile(r"(-?)P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:[.,]\d*)?)S)?)?")
ERROR = re.compile(r"#(?:NULL!|DIV/0!|VALUE!|REF!|NAME\?|NUM!|N/A)|Err:\d+")
NUMERIC = ("float", "percentage", "currency")
TYPES = (*NUMERIC, "boolean", "date", "time", "")
"""The types whose value is an attribute; every other cell is the text that it shows."""
NO_VALUE = Fault("NO_CACHED_VALUE", {})
CELL, COVERED, PARAGRAPH, ROW, COLUMN, TABLE, SPACES, TAB, BREAK, TEXT, OTHER = range(11)
TAGS = {
    "table:table-cell": CELL,
    "table:covered-table-cell": COVERED,
    "text:p": PARAGRAPH,
    "table:table-row": ROW,
    "table:table-column": COLUMN,
    "table:table": TABLE,
    "text:s": SPACES,
    "text:tab": TAB,
    "text:line-break": BREAK,
}
COLUMNS_REPEATED = full("table:number-columns-repeated")
ROWS_REPEATED = full("table:number-rows-repeated")
COLUMNS_SPANNED = full("table:number-columns-spanned")
ROWS_SPANNED = full("table:number-rows-spanned")
VISIBILITY = full("table:visibility")
STYLE, DEFAULT_STYLE = full("table:style-name"), full("table:default-cell-style-name")
FORMULA = full("table:formula")
SPACE_COUNT = full("text:c")
VALUE_TYPE, STRING_VALUE = full("office:value-type"), full("office:string-value")
EXTENDED_TYPE = full("calcext:value-type")
VALUE, BOOLEAN_VALUE = full("office:value"), full("office:boolean-value")
PLAIN_TEXT = frozenset({VALUE_TYPE, EXTENDED_TYPE, STYLE, full("table:content-validation-name")})
"""Attributes of a cell that is what its one paragraph says."""
TEXT_TYPE = "string"
DATE_VALUE, TIME_VALUE = full("office:date-value"), full("office:time-value")


class TableWalk:
    """One walk through the elements of ``content.xml``: the rows of the table with this index."""

    def __init__(self, index: int, styles: Styles, facts: Facts) -> None:
        self._left = index
        self._styles = styles
        self._facts = facts
        self._done: list[RowForm] = []
        self._tags: dict[str, int] = {}
        self._path: list[str] = []
        self._active = False
        self._skipped = 0
        self._number = 0
        self._repeated = 0
        self._columns: list[tuple[int, str]] = []
        self._builder = RowBuilder()
        self._row: dict[str, str] = {}
        self._cell: dict[str, str] | None = None
        self._column = 0
        self._paragraphs: list[str] = []
        self._pieces: list[str] | None = None
        self._length = 0
        self._soft = False

    def take(self) -> Iterator[RowForm]:
        """Give the rows that are complete."""
        done, self._done = self._done, []
        yield from done

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the start of an element."""
        if self._skipped:
            self._skipped += 1
            return
        tag = self._tags.get(name)
        if tag is None:
            tag = self._tag(name)
        if self._cell is not None:
            self._start_in_cell(tag, attributes)
        elif not self._active:
            self._start_outside(tag, name)
        elif tag in (CELL, COVERED):
            self._cell = attributes
        elif tag == ROW:
            self._row = attributes
            self._column = 0
        elif tag == COLUMN:
            self._note_columns(attributes)
        else:
            plain = name_of(name)
            if plain in ("table:table", "table:shapes", "office:forms") or plain.startswith("draw:"):
                self._skipped = 1

    def _tag(self, name: str) -> int:
        plain = name_of(name)
        tag = self._tags[name] = TAGS.get(plain, TEXT if plain.startswith("text:") else OTHER)
        return tag

    def _start_outside(self, tag: int, name: str) -> None:
        if tag == TABLE and self._path and self._path[-1] == "office:spreadsheet":
            self._active = self._left == 0
            self._left -= 1
        if not self._active:
            self._path.append(name_of(name))

    def _note_columns(self, given: dict[str, str]) -> None:
        repeat = _repeat(given.get(COLUMNS_REPEATED))
        first = self._columns[-1][0] if self._columns else 0
        if first >= COLUMNS:
            return
        self._columns.append((first + repeat, given.get(DEFAULT_STYLE, "")))
        if given.get(VISIBILITY, "visible") != "visible":
            self._facts.hidden.append((first, min(first + repeat, COLUMNS) - 1))

    def _start_in_cell(self, tag: int, attributes: dict[str, str]) -> None:
        pieces = self._pieces
        if pieces is None:
            if tag == PARAGRAPH:
                self._pieces, self._soft = [], False
            else:
                self._skipped = 1
        elif tag == SPACES:
            self._add(pieces, " " * min(_repeat(attributes.get(SPACE_COUNT)), CELL_CHARACTERS))
            self._soft = False
        elif tag in (TAB, BREAK):
            self._add(pieces, "\t" if tag == TAB else "\n")
            self._soft = False
        elif tag not in (TEXT, PARAGRAPH):
            self._skipped = 1

    def text(self, data: str) -> None:
        """Take text; white space counts once (OpenDocument 1.3 part 3, 6.1.2)."""
        pieces = self._pieces
        if pieces is None or self._skipped:
            return
        if "  " in data or "\n" in data or "\t" in data or "\r" in data:
            data = BLANKS.sub(" ", data)
        if self._soft or not pieces:
            data = data.lstrip(" ")
        if data and self._length <= CELL_CHARACTERS:
            self._length += len(data)
            pieces.append(data)
            self._soft = data[-1] == " "

    def _add(self, pieces: list[str], text: str) -> None:
        """Add to a paragraph, up to the cell that is refused because it is too large."""
        if self._length <= CELL_CHARACTERS:
            self._length += len(text)
            pieces.append(text)

    def end(self, name: str) -> None:
        """Take the end of an element."""
        if self._skipped:
            self._skipped -= 1
            return
        if not self._active:
            self._path.pop()
            return
        tag = self._tags[name]
        if tag == PARAGRAPH:
            if self._pieces is not None:
                # LibreOffice keeps a blank at the end as it stands
                pieces = self._pieces
                self._paragraphs.append(pieces[0] if len(pieces) == 1 else "".join(pieces))
                self._pieces = None
        elif tag in (CELL, COVERED):
            self._end_cell(tag)
        elif tag == ROW:
            self._end_row()
        elif tag == TABLE:
            self._active = False

    def _end_cell(self, tag: int) -> None:
        given = self._cell or {}
        paragraphs = self._paragraphs
        self._cell = None
        if tag == CELL and len(paragraphs) == 1 and _is_plain_text(given):
            self._builder.add_text(self._column, paragraphs[0])
            self._paragraphs, self._length = [], 0
            self._column += 1
            return
        repeat = _repeat(given.get(COLUMNS_REPEATED)) if COLUMNS_REPEATED in given else 1
        if COLUMNS_SPANNED in given or ROWS_SPANNED in given:
            spans = _repeat(given.get(COLUMNS_SPANNED)), _repeat(given.get(ROWS_SPANNED))
            self._facts.merged += spans != (1, 1)
        if tag == CELL and (given or paragraphs):
            value, fault = self._value(given)
            if value is not None or fault is not None:
                self._count(repeat - 1)
                if self._column + repeat > COLUMNS:
                    raise unreadable(f"it has a cell beyond column {COLUMNS:,}")
                for column in range(self._column, self._column + repeat):
                    self._builder.add(column, value, fault)
        if paragraphs:
            self._paragraphs = []
            self._length = 0
        self._column += repeat

    def _end_row(self) -> None:
        repeat = _repeat(self._row.get(ROWS_REPEATED))
        first = self._number + 1
        self._number += repeat
        row = self._builder.take(min(first, ROWS))
        if row is None:
            return
        if self._number > ROWS:
            raise unreadable(f"it has data beyond row {ROWS:,}")
        self._count((repeat - 1) * self._column)
        if self._row.get(VISIBILITY, "visible") != "visible":
            self._facts.hidden_rows += repeat
        self._done += [[number, *row[1:]] for number in range(first, first + repeat)]

    def _count(self, cells: int) -> None:
        self._repeated += cells
        if self._repeated > REPEATED_CELLS:
            raise too_large(f"fills more than {REPEATED_CELLS:,} cells by repeating others")

    def _value(self, given: dict[str, str]) -> tuple[Cell, Fault | None]:
        kind = given.get(VALUE_TYPE, "")
        shown = "\n".join(self._paragraphs)
        formula = FORMULA in given
        if given.get(EXTENDED_TYPE) == "error" or (formula and ERROR.fullmatch(shown)):
            return shown or "#N/A", Fault("ERROR_CELL", {"value": shown or "an error"})
        if kind not in TYPES and (kind or shown):
            return given.get(STRING_VALUE, shown) or None, None
        if not kind:
            return None, NO_VALUE if formula else None
        try:
            return self._typed(kind, given)
        except (KeyError, ValueError, OverflowError):
            raise unreadable(f"a cell of row {self._number + 1} has a value that is none") from None

    def _typed(self, kind: str, given: dict[str, str]) -> tuple[Cell, Fault | None]:
        if kind in NUMERIC:
            number = number_of(given[VALUE])
            if isinstance(number, float) and number.is_integer() and abs(number) < 1e15:
                number = int(number)
            return number, number_fault(number, self._styles.number_format(self._style(given)))
        if kind == "boolean":
            return {"true": True, "false": False}[given[BOOLEAN_VALUE]], None
        if kind == "date":
            return date_of(given[DATE_VALUE])
        return time_of(given[TIME_VALUE], self._styles.elapsed(self._style(given))), None

    def _style(self, given: dict[str, str]) -> str:
        """Return the style of a cell: its own, its row's, or its column's."""
        style = given.get(STYLE) or self._row.get(DEFAULT_STYLE)
        if style:
            return style
        return next((style for end, style in self._columns if self._column < end), "")


def _is_plain_text(given: dict[str, str]) -> bool:
    """Say whether a cell, one paragraph, is just what that says: most cells are."""
    return (
        given.get(VALUE_TYPE) == TEXT_TYPE
        and given.get(EXTENDED_TYPE) != "error"
        and given.keys() <= PLAIN_TEXT
    )


def date_of(text: str) -> tuple[Cell, Fault | None]:
    """Return a date, or a date with time; what never was a day is a fault."""
    try:
        if "T" not in text:
            return dt.date.fromisoformat(text), None
        moment = dt.datetime.fromisoformat(text)
        return moment + dt.timedelta(microseconds=noise(moment.microsecond)), None
    except (ValueError, OverflowError):
        return text, Fault("NO_SUCH_DATE", {"value": text})


def noise(microseconds: int) -> int:
    """Return what to add to be on a whole millisecond, where only a float's noise is missing."""
    rest = microseconds % 1000
    return 1000 - rest if rest > 997 else -rest if rest < 3 else 0


def time_of(text: str, elapsed: bool) -> Cell:
    """Return the time of day that a duration is; a duration where it counts past a day. Raises ValueError."""
    found = DURATION.fullmatch(text)
    if found is None:
        return dt.time.fromisoformat(text)
    sign, days, hours, minutes, seconds = found.groups(default="")
    length = dt.timedelta(
        days=int(days or 0),
        hours=int(hours or 0),
        minutes=int(minutes or 0),
        seconds=float((seconds or "0").replace(",", ".")),
    )
    length += dt.timedelta(microseconds=noise(length.microseconds))
    if not sign and not elapsed and length < dt.timedelta(days=1):
        return (dt.datetime.min + length).time()
    return -length if sign else length


def _repeat(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 and text != "0" else 1
