"""A workbook file, opened by openpyxl: its sheets, their rows, and what the library leaves out unsaid."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import openpyxl
from openpyxl.cell.text import Text

from importer.model.errors import ImporterError, SourceError
from importer.model.schema import nearest
from importer.readers.binary import Stamp, contains, open_binary
from importer.readers.prescan import SheetError

if TYPE_CHECKING:
    from openpyxl.cell.read_only import ReadOnlyCell

BATCH_ROWS = 200


@contextmanager
def opened(path: Path, stamp: Stamp) -> Iterator[Any]:
    """Open the workbook at ``path`` with openpyxl for reading; all file handles are closed at the end."""
    with ExitStack() as stack:
        stream = stack.enter_context(open_binary(path, stamp))
        with in_plain_words(path):
            book: Any = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
            stack.callback(book.close)
            with zipfile.ZipFile(stream) as archive:
                _check_sheets(book, archive, path)
                _mend_strings(book, archive)
            book._date_formats = book._timedelta_formats = frozenset()  # numbers come raw: see cells.py
        yield book


@contextmanager
def in_plain_words(path: Path) -> Iterator[None]:
    """Turn whatever the libraries raise over a damaged workbook into one SourceError.

    Their texts are left out: they may hold the contents of cells. Their warnings are about looks.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except ImporterError:
        raise
    except Exception as error:
        reason = str(error) if isinstance(error, SheetError) else f"it is damaged ({type(error).__name__})"
        raise SourceError(
            "WORKBOOK_UNREADABLE",
            f"{path} cannot be read as a workbook: {reason}.",
            "If it opens in Excel or LibreOffice, save it there as .xlsx under a new name.",
        ) from None


def sheet_rows(sheet: Any, path: Path) -> Iterator[tuple[int, Sequence[ReadOnlyCell]]]:
    """Give each row of a sheet with its number; the size that the file declares is not believed."""
    sheet.reset_dimensions()
    rows = enumerate(sheet.iter_rows(), 1)
    while True:
        with in_plain_words(path):
            batch = list(islice(rows, BATCH_ROWS))
        if not batch:
            return
        yield from batch


def choose_sheet(book: Any, wanted: str | None, path: Path) -> tuple[Any, list[str]]:
    """Return the sheet called ``wanted``, or the first visible one, and what to tell about the choice."""
    visible = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    hidden = [sheet.title for sheet in book.worksheets if sheet.sheet_state != "visible"]
    if wanted is not None:
        folded = {sheet.title.casefold(): sheet for sheet in book.worksheets}
        if sheet := folded.get(wanted.strip().casefold()):
            return sheet, []
        near = nearest(wanted, (sheet.title for sheet in book.worksheets))
        raise SourceError(
            "SHEET_MISSING",
            f"{path} has no sheet {wanted!r}; its sheets are: {', '.join(s.title for s in book.worksheets)}.",
            f"Did you mean {near!r}?" if near else "Correct read: sheet in the mapping.",
        )
    if not visible:
        raise SourceError("SHEET_MISSING", f"{path} has no visible sheet.", "Say read: sheet in the mapping.")
    notes = []
    if len(visible) > 1:
        notes.append(f"sheet found: {visible[0].title!r}, the first of {len(visible)}")
    if hidden:
        notes.append(f"hidden sheets are not read: {', '.join(map(repr, hidden))}")
    return visible[0], notes


def _check_sheets(book: Any, archive: zipfile.ZipFile, path: Path) -> None:
    """Raise SourceError when the library has silently left out a sheet (strict Open XML, odd paths)."""
    found = {sheet.title for sheet in book.worksheets} | {sheet.title for sheet in book.chartsheets}
    for name in archive.namelist():
        if name.lower().endswith("workbook.xml"):
            root = ElementTree.fromstring(archive.read(name))
            declared = [element.get("name", "") for element in root.iter() if _local(element) == "sheet"]
            if missing := [sheet for sheet in declared if sheet not in found]:
                raise SourceError(
                    "WORKBOOK_UNREADABLE",
                    f"{path} is in a variant of .xlsx that is not read (sheet {missing[0]!r} was not found).",
                    "Open it in Excel and save it as “Excel Workbook (*.xlsx)”.",
                )


def _mend_strings(book: Any, archive: zipfile.ZipFile) -> None:
    """Read the shared strings again when they have escaped escapes, which openpyxl removes too early."""
    text_type: Any = Text
    for name in archive.namelist():
        if not name.lower().endswith("sharedstrings.xml"):
            continue
        with archive.open(name) as stream:
            if not contains(stream, b"x005F_"):
                continue
        items = ElementTree.fromstring(archive.read(name))
        strings = [text_type.from_tree(item).content for item in items if _local(item) == "si"]
        for sheet in book.worksheets:
            sheet._shared_strings = strings


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]
