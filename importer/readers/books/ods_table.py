"""One table of an OpenDocument spreadsheet → rows (OpenDocument 1.3 part 3, 9.1 and 19.385)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from importer.model.row import Cell
from importer.readers.books.limits import (
    COLUMNS,
    REPEATED_CELLS,
    ROWS,
    Facts,
    too_large,
    unreadable,
)
from importer.readers.books.ods_styles import Styles, name_of
from importer.readers.books.rows import RowBuilder, RowForm
from importer.readers.cells import Fault, number_fault, number_of

BLANKS = re.compile(r"[ \t\r\n]+")
DURATION = re.compile(r"(-?)P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:[.,]\d*)?)S)?)?")
ERROR = re.compile(r"#(?:NULL!|DIV/0!|VALUE!|REF!|NAME\?|NUM!|N/A)|Err:\d+")
NUMERIC = ("float", "percentage", "currency")
TYPES = (*NUMERIC, "boolean", "date", "time", "")
"""The types whose value is an attribute; every other cell is the text that it shows."""
NO_VALUE = Fault("NO_CACHED_VALUE", {})


class TableWalk:
    """One walk through the elements of ``content.xml``: the rows of the table with this index."""

    def __init__(self, index: int, styles: Styles, facts: Facts) -> None:
        self._left = index
        self._styles = styles
        self._facts = facts
        self._done: list[RowForm] = []
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
        self._paragraph: str | None = None
        self._soft = False

    def take(self) -> Iterator[RowForm]:
        """Give the rows that are complete."""
        done, self._done = self._done, []
        yield from done

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the start of an element."""
        short = name_of(name)
        parent = self._path[-1] if self._path else ""
        self._path.append(short)
        if self._skipped:
            self._skipped += 1
        elif not self._active:
            if short == "table:table" and parent == "office:spreadsheet":
                self._active = self._left == 0
                self._left -= 1
        elif self._cell is None:
            self._start_in_table(short, {name_of(key): value for key, value in attributes.items()})
        else:
            self._start_in_cell(short, attributes)

    def _start_in_table(self, name: str, given: dict[str, str]) -> None:
        if name in ("table:table-cell", "table:covered-table-cell"):
            self._cell = given
            self._paragraphs = []
        elif name == "table:table-row":
            self._row = given
            self._column = 0
        elif name == "table:table-column":
            repeat = _repeat(given.get("table:number-columns-repeated"))
            first = self._columns[-1][0] if self._columns else 0
            self._columns.append((first + repeat, given.get("table:default-cell-style-name", "")))
            if given.get("table:visibility", "visible") != "visible" and first < COLUMNS:
                self._facts.hidden.append((first, min(first + repeat, COLUMNS) - 1))
        elif name in ("table:table", "table:shapes", "office:forms") or name.startswith("draw:"):
            self._skipped = 1

    def _start_in_cell(self, name: str, attributes: dict[str, str]) -> None:
        if name == "text:p" and self._paragraph is None:
            self._paragraph, self._soft = "", False
        elif self._paragraph is None:
            self._skipped = 1
        elif name == "text:s":
            given = {name_of(key): value for key, value in attributes.items()}
            self._paragraph += " " * _repeat(given.get("text:c"))
            self._soft = False
        elif name in ("text:tab", "text:line-break"):
            self._paragraph += "\t" if name == "text:tab" else "\n"
            self._soft = False
        elif name not in ("text:span", "text:a") and not name.startswith("text:"):
            self._skipped = 1

    def text(self, data: str) -> None:
        """Take text; white space counts once (OpenDocument 1.3 part 3, 6.1.2)."""
        if self._skipped or self._paragraph is None:
            return
        data = BLANKS.sub(" ", data)
        if self._soft or not self._paragraph:
            data = data.lstrip(" ")
        if data:
            self._paragraph += data
            self._soft = data.endswith(" ")

    def end(self, name: str) -> None:
        """Take the end of an element."""
        short = self._path.pop()
        if self._skipped:
            self._skipped -= 1
        elif not self._active:
            return
        elif short == "text:p" and self._paragraph is not None:
            self._paragraphs.append(self._paragraph)  # LibreOffice keeps a blank at the end as it stands
            self._paragraph = None
        elif short in ("table:table-cell", "table:covered-table-cell"):
            self._end_cell(short)
        elif short == "table:table-row":
            self._end_row()
        elif short == "table:table":
            self._active = False

    def _end_cell(self, name: str) -> None:
        given = self._cell or {}
        self._cell = None
        repeat = _repeat(given.get("table:number-columns-repeated"))
        spans = (
            _repeat(given.get("table:number-columns-spanned")),
            _repeat(given.get("table:number-rows-spanned")),
        )
        self._facts.merged += spans != (1, 1)
        if name == "table:table-cell" and (given or self._paragraphs):
            value, fault = self._value(given)
            if value is not None or fault is not None:
                self._count(repeat - 1)
                if self._column + repeat > COLUMNS:
                    raise unreadable(f"it has a cell beyond column {COLUMNS:,}")
                for column in range(self._column, self._column + repeat):
                    self._builder.add(column, value, fault)
        self._column += repeat

    def _end_row(self) -> None:
        repeat = _repeat(self._row.get("table:number-rows-repeated"))
        first = self._number + 1
        self._number += repeat
        row = self._builder.take(min(first, ROWS))
        if row is None:
            return
        if self._number > ROWS:
            raise unreadable(f"it has data beyond row {ROWS:,}")
        self._count((repeat - 1) * self._column)
        if self._row.get("table:visibility", "visible") != "visible":
            self._facts.hidden_rows += repeat
        self._done += [[number, *row[1:]] for number in range(first, first + repeat)]

    def _count(self, cells: int) -> None:
        self._repeated += cells
        if self._repeated > REPEATED_CELLS:
            raise too_large(f"fills more than {REPEATED_CELLS:,} cells by repeating others")

    def _value(self, given: dict[str, str]) -> tuple[Cell, Fault | None]:
        kind = given.get("office:value-type", "")
        shown = "\n".join(self._paragraphs)
        formula = "table:formula" in given
        if given.get("calcext:value-type") == "error" or (formula and ERROR.fullmatch(shown)):
            return shown or "#N/A", Fault("ERROR_CELL", {"value": shown or "an error"})
        if kind not in TYPES and (kind or shown):
            return given.get("office:string-value", shown) or None, None
        if not kind:
            return None, NO_VALUE if formula else None
        try:
            return self._typed(kind, given)
        except (KeyError, ValueError, OverflowError):
            raise unreadable(f"a cell of row {self._number + 1} has a value that is none") from None

    def _typed(self, kind: str, given: dict[str, str]) -> tuple[Cell, Fault | None]:
        if kind in NUMERIC:
            number = number_of(given["office:value"])
            if isinstance(number, float) and number.is_integer() and abs(number) < 1e15:
                number = int(number)
            return number, number_fault(number, self._styles.number_format(self._style(given)))
        if kind == "boolean":
            return {"true": True, "false": False}[given["office:boolean-value"]], None
        if kind == "date":
            return date_of(given["office:date-value"])
        return time_of(given["office:time-value"], self._styles.elapsed(self._style(given))), None

    def _style(self, given: dict[str, str]) -> str:
        """Return the style of a cell: its own, its row's, or its column's."""
        style = given.get("table:style-name") or self._row.get("table:default-cell-style-name")
        if style:
            return style
        return next((style for end, style in self._columns if self._column < end), "")


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
