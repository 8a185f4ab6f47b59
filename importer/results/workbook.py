"""Results of a workbook input: a new workbook, streamed, with the faulty cells marked.

Whatever comes from cells, servers and messages is written as text or typed value, never as a formula.
"""

from __future__ import annotations

import datetime as dt
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]
from xlsxwriter.exceptions import XlsxWriterException  # type: ignore[import-untyped]

from importer.model.problem import Problem
from importer.model.result import RowResult
from importer.model.row import Cell, Row, Shape
from importer.results.columns import RESULTS_LAYOUT, Layout, cells_of, echoed
from importer.results.faults import cells_at_fault
from importer.results.summary import Counts, summary_lines

ROWS_PER_SHEET = 1_048_575
"""A sheet has 2**20 rows, the first is the header."""
MAX_TEXT = 32_767
EXACT_BELOW = 2**53
HUGE = 1e300
MAX_LINKS = 5_000
MAX_COMMENTS = 5_000
"""A workbook: XlsxWriter keeps links and comments in memory to the end, about 1 kB each. Beyond them the
address stands in import_url, the reason in import_message; the summary says so."""
NO_MORE_LINKS = f"Ids are links in the first {MAX_LINKS:,} lines that have one; import_url has every address."
NO_MORE_COMMENTS = (
    f"The first {MAX_COMMENTS:,} faulty cells have their reason as a comment; all are filled, and"
    " import_message has every reason."
)
SUMMARY_SHEET = "Import summary"
OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
    "use_zip64": True,
}
RED, YELLOW, GREEN, GREY = "#FFC7CE", "#FFEB9C", "#C6EFCE", "#E7E6E6"
STATUS_COLOURS: Mapping[str, str] = {
    "created": GREEN,
    "updated": GREEN,
    "exists": GREY,
    "skipped": GREY,
    "invalid": RED,
    "rejected": RED,
    "blocked": RED,
    "in_doubt": YELLOW,
    "not_sent": YELLOW,
    "deleted": GREEN,
    "gone": GREY,
    "kept": YELLOW,
}
WIDTHS: Mapping[str, int] = {"import_message": 60, "import_id": 21, "import_time": 21, "import_run": 16}
"""Widths of result columns in characters; the others are as wide as their names."""
DATE_FORMATS: Mapping[str, str] = {
    "datetime": "yyyy-mm-dd hh:mm:ss",
    "date": "yyyy-mm-dd",
    "time": "hh:mm:ss",
    "timedelta": "[h]:mm:ss",
}
LONE_SURROGATES = re.compile("[\ud800-\udfff]")


def write_workbook(
    path: Path,
    shape: Shape,
    lines: Iterable[tuple[Row, RowResult]],
    counts: Counts,
    run: str,
    facts: Sequence[tuple[str, str]],
    *,
    rows_per_sheet: int = ROWS_PER_SHEET,
    layout: Layout = RESULTS_LAYOUT,
) -> None:
    """Write a new workbook at ``path``, one sheet row per line; with a ``run``, a summary. Raises OSError.

    Memory is constant but for ``MAX_LINKS`` links and ``MAX_COMMENTS`` comments; XlsxWriter keeps the rows in
    a folder beside ``path`` until it closes the file.
    """
    with tempfile.TemporaryDirectory(prefix=f"{path.name}.", dir=path.parent) as scratch:
        workbook = xlsxwriter.Workbook(str(path), {**OPTIONS, "tmpdir": scratch})
        try:
            pages = _Pages(workbook, shape, rows_per_sheet, layout)
            for row, result in lines:
                pages.write(row, result)
            pages.end()
            if run:
                told = [*summary_lines(run, shape, counts, facts), *pages.left_out()]
                _write_summary(workbook, pages, told)
            workbook.close()
        except XlsxWriterException as error:
            cause = error.args[0] if error.args else None
            raise cause if isinstance(cause, OSError) else OSError(str(error)) from None
        finally:
            workbook.fileclosed = True  # else it would try to finish the file when it is collected
            for sheet in workbook.worksheets():
                sheet._opt_close()


class _Formats:
    """The cell formats of a workbook, made when first asked for."""

    def __init__(self, workbook: Any) -> None:
        self._workbook = workbook
        self._made: dict[tuple[tuple[str, object], ...], Any] = {}

    def __call__(self, **properties: object) -> Any:
        """Return the format with these properties; those that are None or False are left out."""
        key = tuple((name, value) for name, value in properties.items() if value)
        if not key:
            return None
        if key not in self._made:
            self._made[key] = self._workbook.add_format(dict(key))
        return self._made[key]


class _Exact(float):
    """A number that is written with all its digits; XlsxWriter would round it to 16."""

    def __format__(self, spec: str) -> str:
        return repr(float(self))


class _Pages:
    """The data sheets: one for each sheet of the input, with its name; a next one follows when it is full."""

    def __init__(self, workbook: Any, shape: Shape, rows_per_sheet: int, layout: Layout) -> None:
        self.formats = _Formats(workbook)
        self.names: set[str] = set()
        self._workbook, self._shape, self._rows_per_sheet = workbook, shape, rows_per_sheet
        self._kept = echoed(shape.columns)
        self._values = layout.values
        self._names = layout.written(shape)
        self._header = [*(shape.columns[index] for index in self._kept), *self._names]
        self._sheet: Any = None
        self._sheets, self._ordinal = shape.sheets or (shape.sheet or "Results",), 0
        self._line = self._links = self._comments = 0
        self._left_out: set[str] = set()
        self._begin_sheet()

    def write(self, row: Row, result: RowResult) -> None:
        """Write one line: the row's cells, faulty ones marked, and what became of it."""
        self._turn_to(self._shape.ordinal_of(row.number))
        if self._line > self._rows_per_sheet:
            self._end_sheet()
            self._begin_sheet()
        faults = self._faults(result.problems)
        for at, value in enumerate(cells_of(row, self._kept, None)):
            if value is not None or at in faults:
                self.put(at, value, colour=RED if at in faults else None)
        for at, message in faults.items():
            self._comment(at, message)
        self._write_result(row, result)
        self._line += 1

    def end(self) -> None:
        """End the last sheet, and give those a header of which no line came."""
        self._turn_to(len(self._sheets) - 1)
        self._end_sheet()

    def left_out(self) -> list[tuple[str, str]]:
        """Return what the summary tells of links and comments that there was no room for."""
        return [("Note", words) for words in (NO_MORE_COMMENTS, NO_MORE_LINKS) if words in self._left_out]

    def _turn_to(self, ordinal: int) -> None:
        while self._ordinal < ordinal:
            self._end_sheet()
            self._ordinal += 1
            self._begin_sheet()

    def _end_sheet(self) -> None:
        """Set what can only be set when the number of lines is known."""
        self._sheet.autofilter(0, 0, max(1, self._line - 1), len(self._header) - 1)

    def put(self, at: int, value: Cell, *, colour: str | None = None) -> None:
        """Write a value of any type into column ``at`` of the current line."""
        sheet, line, formats = self._sheet, self._line, self.formats
        if isinstance(value, str):
            put_text(sheet, line, at, value, formats, colour)
        elif value is None:
            sheet.write_blank(line, at, None, formats(bg_color=colour))
        elif isinstance(value, bool):
            sheet.write_boolean(line, at, value, formats(bg_color=colour))
        elif isinstance(value, int | float):
            self._put_number(at, value, formats(bg_color=colour))
        elif not isinstance(value, dt.timedelta) and _is_text(value):
            put_text(sheet, line, at, value.isoformat(), formats, colour)
        elif isinstance(value, dt.datetime):
            number_format = formats(num_format=DATE_FORMATS["datetime"], bg_color=colour)
            sheet.write_number(line, at, _Exact(serial(value)), number_format)
        else:
            number_format = formats(num_format=DATE_FORMATS[type(value).__name__], bg_color=colour)
            sheet.write_datetime(line, at, value, number_format)

    def _put_number(self, at: int, value: int | float, cell_format: Any) -> None:
        if isinstance(value, int) and abs(value) < EXACT_BELOW:
            self._sheet.write_number(self._line, at, value, cell_format)
        elif abs(value) < HUGE:
            self._sheet.write_number(self._line, at, _Exact(value), cell_format)
        else:  # nothing that a workbook can hold as a number
            self._sheet.write_string(self._line, at, str(value)[:MAX_TEXT], cell_format)

    def _write_result(self, row: Row, result: RowResult) -> None:
        first = len(self._kept)
        for at, value in enumerate(self._values(row, result)):
            if value is None or value == "":
                continue
            name = self._names[at]
            if name == "import_id" and self._write_link(first + at, str(value), result.url):
                continue
            colour = STATUS_COLOURS[str(value)] if name == "import_status" else None
            self.put(first + at, value, colour=colour)

    def _write_link(self, at: int, text: str, url: str | None) -> bool:
        """Write ``text`` as a link and say whether that was possible."""
        if not url or not url.startswith(("https://", "http://")) or len(url) > 2000:
            return False
        if self._links >= MAX_LINKS:
            self._left_out.add(NO_MORE_LINKS)
            return False
        self._links += 1
        link = self.formats(font_color="blue", underline=1)
        return bool(self._sheet.write_url(self._line, at, url, link, string=text) == 0)

    def _faults(self, problems: tuple[Problem, ...]) -> dict[int, str]:
        """Return the columns of this sheet that have problems, with the reasons."""
        faults = cells_at_fault(self._shape, problems)
        return {at: faults[index] for at, index in enumerate(self._kept) if index in faults}

    def _comment(self, at: int, message: str) -> None:
        if self._comments >= MAX_COMMENTS:
            self._left_out.add(NO_MORE_COMMENTS)
            return
        self._comments += 1
        self._sheet.write_comment(self._line, at, message[:1000], {"x_scale": 2, "font_size": 9})

    def _begin_sheet(self) -> None:
        name = free_sheet_name(self._sheets[self._ordinal], self.names)
        self._sheet = self._workbook.add_worksheet(name)
        self._sheet.freeze_panes(1, 0)
        for at, column in enumerate(self._header):
            width = WIDTHS.get(column, min(40, max(10, len(column) + 4))) if at >= len(self._kept) else 18
            self._sheet.set_column(at, at, width)
            put_text(self._sheet, 0, at, column, self.formats, GREY, bold=True)
        self._line = 1


def _is_text(value: dt.date | dt.time) -> bool:
    """Say whether a workbook has no number for it: days before 1900, and whatever has a time zone."""
    if isinstance(value, dt.date) and value.year < 1900:
        return True
    return isinstance(value, dt.datetime | dt.time) and value.tzinfo is not None


def put_text(
    sheet: Any, line: int, at: int, text: str, formats: _Formats, colour: str | None, *, bold: bool = False
) -> None:
    """Write text as text, whatever it looks like.

    XlsxWriter escapes control characters; a text that looks like its own rich-text markup is written in two
    runs, or it would be taken for that.
    """
    text = LONE_SURROGATES.sub("\N{REPLACEMENT CHARACTER}", text)
    if len(text) > MAX_TEXT:
        text = text[: MAX_TEXT - 1] + "…"
    looks_active = text.startswith(("=", "+", "-", "@", "\t", "\r"))
    cell_format = formats(bg_color=colour, bold=bold, quote_prefix=looks_active)
    if text.startswith("<r>") and text.endswith("</r>"):
        runs = ["<", formats(font_color="black"), text[1:]]
        sheet.write_rich_string(line, at, *runs, *([cell_format] if cell_format else []))
    else:
        sheet.write_string(line, at, text, cell_format)


def free_sheet_name(wanted: str, taken: set[str]) -> str:
    """Return ``wanted``, cut and numbered so that a workbook takes it, and add it to ``taken``."""
    base = re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", wanted).strip("' ") or "Results"
    name, number = base[:31], 1
    while name.casefold() in taken:
        number += 1
        name = f"{base[: 31 - len(str(number)) - 3]} ({number})"
    taken.add(name.casefold())
    return name


def serial(value: dt.datetime) -> float:
    """Return the number of days that stands for a moment; workbooks count a 29 February 1900 that never was.

    XlsxWriter takes moments of 1 January 1900 for times without a date.
    """
    days = (value - dt.datetime(1899, 12, 30)) / dt.timedelta(days=1)
    return days if days >= 61 else days - 1


def _write_summary(workbook: Any, pages: _Pages, lines: Sequence[tuple[str, str | int]]) -> None:
    sheet = workbook.add_worksheet(free_sheet_name(SUMMARY_SHEET, pages.names))
    sheet.set_column(0, 0, 36)
    sheet.set_column(1, 1, 70)
    for line, (label, value) in enumerate(lines):
        put_text(sheet, line, 0, label, pages.formats, None, bold=True)
        if isinstance(value, str):
            put_text(sheet, line, 1, value, pages.formats, None)
        else:
            sheet.write_number(line, 1, value, pages.formats(align="left"))
