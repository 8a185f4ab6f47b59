"""A copy of the analyst's own workbook with the result columns and marks; the workbook itself is only read.

The copy is made by openpyxl, which does not keep every part of a workbook: what it loses is found by
comparing the parts of both files, and said.
"""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter

from importer.model.errors import SourceError
from importer.model.result import RowResult
from importer.model.row import Row, Shape
from importer.results.columns import RESULTS_LAYOUT, values_of
from importer.results.faults import cells_at_fault
from importer.results.formulas import is_active
from importer.results.workbook import (
    GREY,
    LONE_SURROGATES,
    MAX_COMMENTS,
    MAX_LINKS,
    MAX_TEXT,
    RED,
    STATUS_COLOURS,
    WIDTHS,
)

AUTHOR = "case-importer"
NO_MORE_LINKS = f"links on ids after the first {MAX_LINKS:,} of a sheet (import_url has the address)"
NO_MORE_COMMENTS = (
    f"comments on faulty cells after the first {MAX_COMMENTS:,} of a sheet (import_message has them)"
)
SUFFIXES = (".xlsx", ".xlsm")
CHUNK = 1 << 20

PARTS: tuple[tuple[str, str], ...] = (
    (r"xl/media/", "pictures"),
    (r"xl/(ctrlProps|activeX)/", "form controls and buttons"),
    (r"xl/vmlDrawing|xl/drawings/vmlDrawing", "shapes of comments"),
    (r"xl/drawings/", "drawings (text boxes, shapes)"),
    (r"xl/charts?/", "styles of charts"),
    (r"xl/(pivotTables|pivotCache)/", "parts of pivot tables"),
    (r"xl/(slicers|slicerCaches|timelines|timelineCaches)/", "slicers"),
    (r"xl/(threadedComments|persons)/", "threads of comments (their text stays as a note)"),
    (r"xl/queryTables/|xl/connections\.xml", "queries and connections"),
    (r"xl/externalLinks/", "links to other workbooks"),
    (r"xl/(richData|metadata\.xml)", "data types and spilling formulas"),
    (r"xl/model/", "the data model"),
    (r"customXml/", "custom XML"),
    (r"xl/printerSettings/", "settings of printers"),
    (r"xl/vbaProject", "macros"),
)
"""Parts of a package by the beginning of their names, in words."""
INSIDE: tuple[tuple[bytes, str], ...] = (
    (rb"<f[ >/]", "the stored results of formulas (a program that calculates makes them anew)"),
    (rb"sparklineGroup", "sparklines"),
    (rb"x14:conditionalFormatting", "newer conditional formats"),
    (rb"x14:dataValidation", "drop-down lists that refer to other sheets"),
    (rb"xmlns:mc=.{0,4000}<mc:AlternateContent", "controls on the sheet"),
)
"""What a sheet may hold that a copy does not, by its XML."""
DRAWN: tuple[tuple[bytes, str], ...] = (
    (rb"<(?:\w+:)?(?:sp|cxnSp|grpSp)[ >]", "drawings (text boxes, shapes)"),
    (rb'ObjectType="(?!Note")', "form controls and buttons"),
)
"""The same of drawings: a copy keeps the part for its charts and comments, and drops what else is in it."""
SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
DRAWING = re.compile(r"xl/(?:drawings/)?[^/]*drawing[^/]*\.(?:xml|vml)", re.IGNORECASE)


def annotate_workbook(
    original: Path, copy: Path, shape: Shape, lines: Iterable[tuple[Row, RowResult]]
) -> tuple[str, ...]:
    """Write to ``copy`` the workbook ``original`` with the result columns; return what it loses, in words.

    Memory grows with the workbook (about 10 kB a row of 15 cells). Raises OSError, SourceError when openpyxl
    cannot make sense of the workbook.
    """
    pages: list[_Page] = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what it says of parts that it drops is found below
            book = openpyxl.load_workbook(original, keep_vba=_has_macros(original), rich_text=True)
        pages = _annotate(book, shape, lines)
        book.save(copy)
        book.close()
    except (KeyError, ValueError, TypeError, AttributeError, IndexError, zipfile.BadZipFile) as error:
        raise SourceError(
            "NOT_ANNOTATED",
            f"{original} cannot be copied cell by cell ({type(error).__name__}).",
            "The results workbook has every row.",
        ) from error
    marks = sorted({words for page in pages for words in page.left_out})
    return (*_lost(original, copy), *marks)


def _annotate(book: Any, shape: Shape, lines: Iterable[tuple[Row, RowResult]]) -> list[_Page]:
    """Write each line into the sheet that it was read from; the result columns stand alike in all of them."""
    sheets = [book[name] for name in shape.sheets or (shape.sheet or "",)]
    at = _places(sheets, shape)
    headers = shape.header_rows or (shape.header_row,)
    pages = [_Page(sheet, shape, at, header) for sheet, header in zip(sheets, headers, strict=True)]
    for row, result in lines:
        pages[shape.ordinal_of(row.number)].write(row, result)
    return pages


def _places(sheets: Sequence[Any], shape: Shape) -> tuple[int, ...]:
    """Return the columns (from 1) of the results: those that the sheets have, else some behind their own."""
    have = {name: at for at, name in enumerate(shape.columns, start=1)}
    rows = (row for sheet in sheets for row in sheet.iter_rows())
    filled = (cell.column for row in rows for cell in row if cell.value is not None)
    behind = iter(range(max(filled, default=0) + 1, 1 << 14))
    return tuple(have[name] if name in have else next(behind) for name in RESULTS_LAYOUT.written(shape))


class _Page:
    """A sheet that was imported, in the copy; ``at`` are the columns (from 1) of the results."""

    def __init__(self, sheet: Any, shape: Shape, at: tuple[int, ...], header_row: int) -> None:
        self._sheet = sheet
        self._shape = shape
        self._at = at
        self._names = RESULTS_LAYOUT.written(shape)
        self._links = self._comments = 0
        self.left_out: set[str] = set()
        self._fills = {
            colour: PatternFill("solid", fgColor=f"FF{colour[1:]}")
            for colour in {RED, GREY, *STATUS_COLOURS.values()}
        }
        self._write_header(header_row)

    def _write_header(self, header_row: int) -> None:
        for at, name in zip(self._at, self._names, strict=True):
            header = self._put(header_row, at, name)
            header.font, header.fill = Font(bold=True), self._fills[GREY]
            width = WIDTHS.get(name, max(10, len(name) + 4))
            self._sheet.column_dimensions[get_column_letter(at)].width = width

    def write(self, row: Row, result: RowResult) -> None:
        """Write a line in the row that it was read from."""
        line = self._shape.row_of(row.number)
        for index, message in cells_at_fault(self._shape, result.problems).items():
            self._mark(line, index + 1, message)
        for at, name, value in zip(self._at, self._names, values_of(row, result), strict=True):
            cell = self._put(line, at, value)
            if name == "import_status":
                cell.fill = self._fills[STATUS_COLOURS[str(value)]]
            elif name == "import_id" and value and _is_web(result.url):
                self._link(cell, result.url)

    def _link(self, cell: Any, url: str | None) -> None:
        if self._links >= MAX_LINKS:
            self.left_out.add(NO_MORE_LINKS)
            return
        self._links += 1
        cell.hyperlink = url
        cell.style = "Hyperlink"

    def _put(self, line: int, at: int, value: str | int | None) -> Any:
        cell = self._sheet.cell(line, at)
        if isinstance(cell, MergedCell):
            return cell
        if isinstance(value, str):
            cell.value = text = _fit(value)
            cell.data_type = "s"  # whatever it looks like
            cell.quotePrefix = is_active(text)
        else:
            cell.value = value
        return cell

    def _mark(self, line: int, at: int, message: str) -> None:
        """Fill the faulty cell and add the reason to its comment."""
        cell = self._sheet.cell(line, at)
        if isinstance(cell, MergedCell):
            return
        cell.fill = self._fills[RED]
        if self._comments >= MAX_COMMENTS:
            self.left_out.add(NO_MORE_COMMENTS)
            return
        self._comments += 1
        before = f"{cell.comment.text}\n" if cell.comment is not None else ""
        cell.comment = Comment(f"{before}{_fit(message)}"[:2000], AUTHOR, height=120, width=300)


def _fit(text: str) -> str:
    """Return ``text`` as far as a cell takes it."""
    whole = LONE_SURROGATES.sub("\N{REPLACEMENT CHARACTER}", text)
    plain: str = ILLEGAL_CHARACTERS_RE.sub("\N{REPLACEMENT CHARACTER}", whole)
    return plain[:MAX_TEXT]


def _is_web(url: str | None) -> bool:
    return url is not None and url.startswith(("https://", "http://")) and len(url) <= 2000


def _has_macros(path: Path) -> bool:
    with zipfile.ZipFile(path) as package:
        return "xl/vbaProject.bin" in package.namelist()


def _lost(original: Path, copy: Path) -> Iterator[str]:
    """Give what the original has and the copy has not, in words, each once."""
    with zipfile.ZipFile(original) as before, zipfile.ZipFile(copy) as after:
        parts = [_count(PARTS, package.namelist()) for package in (before, after)]
        inside = [_inside(package) for package in (before, after)]
    missing = [words for _, words in PARTS if parts[0].get(words, 0) > parts[1].get(words, 0)]
    yield from missing
    yield from (words for _, words in DRAWN if words in inside[0] - inside[1] - set(missing))
    for pattern, words in INSIDE:
        formulas = pattern == INSIDE[0][0]
        if words in inside[0] and (formulas or words not in inside[1]):
            yield words


def _count(kinds: Iterable[tuple[str, str]], names: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for name in names:
        words = next((words for start, words in kinds if re.match(start, name)), None)
        if words is not None:
            counts[words] = counts.get(words, 0) + 1
    return counts


def _inside(package: zipfile.ZipFile) -> set[str]:
    """Return what the XML of sheets and drawings holds of ``INSIDE`` and ``DRAWN``; read piece by piece."""
    found: set[str] = set()
    for name in package.namelist():
        kinds = INSIDE if SHEET.fullmatch(name) else DRAWN if DRAWING.fullmatch(name) else ()
        if not kinds:
            continue
        with package.open(name) as stream:
            tail = b""
            while chunk := stream.read(CHUNK):
                text = tail + chunk
                found.update(words for pattern, words in kinds if re.search(pattern, text))
                tail = text[-64:]
    return found
