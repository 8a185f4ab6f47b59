"""Open XML workbooks (.xlsx, .xlsm; transitional and strict): their sheets, and where their parts are."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from itertools import islice
from typing import IO

from importer.readers.books.limits import (
    ENTRIES,
    TABLES,
    DamagedError,
    Facts,
    Sheet,
    Totals,
    too_large,
    unreadable,
)
from importer.readers.books.markup import Element, feed, local, parser, tree
from importer.readers.books.rows import RowForm
from importer.readers.books.styles import formats_of, number
from importer.readers.books.xlsx_sheet import TRIMMED, SheetWalk, column_index
from importer.readers.books.zipped import Package, beside
from importer.readers.cells import MAC_EPOCH, WINDOWS_EPOCH, plain_text

MAX_STRINGS = 20_000_000
AREA = re.compile(r"\$?([A-Za-z]+)\$?([0-9]+):\$?([A-Za-z]+)\$?([0-9]+)")


class XlsxBook:
    """An open workbook. Raises DamagedError and RefusedError."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._package = Package(stream)
        self._main = main_part(self._package, "xl/workbook.xml")
        book = tree(self._package.small(self._main))
        self._related = relations(self._package, self._main)
        self._epoch = _epoch(book)
        self._parts: list[str] = []
        self._strings: list[str] | None = None
        self.sheets: list[Sheet] = []
        for sheet in book.all("sheet"):
            kind, part = self._related.get(sheet.attributes.get("id", ""), ("", ""))
            if kind == "worksheet":
                self.sheets.append(Sheet(sheet.attributes.get("name", ""), _visible(sheet)))
                self._parts.append(part)
            elif kind not in ("chartsheet", "dialogsheet", "xlMacrosheet", "xlIntlMacrosheet"):
                raise unreadable("a sheet of it is missing")

    def rows(self, index: int, facts: Facts) -> Iterator[RowForm | None]:
        """Give the rows of a sheet that hold something; None now and then."""
        if self._strings is None:
            strings: list[str] = []
            part = self._part("sharedStrings")
            if part is not None:
                for text in shared_strings(self._package.open(part)):
                    if text is None:
                        yield None
                    else:
                        strings.append(text)
                        if len(strings) > MAX_STRINGS:
                            raise too_large(f"has more than {MAX_STRINGS:,} texts")
            self._strings = strings
        styles = self._part("styles")
        formats = formats_of(tree(self._package.small(styles)) if styles else None)
        walk = SheetWalk(self._strings, formats, self._epoch, facts)
        with self._package.open(self._parts[index]) as stream:
            yield from walk.rows(stream)
        facts.totals = list(islice(self._totals(self._parts[index]), TABLES))

    def _totals(self, sheet: str) -> Iterator[Totals]:
        """Give the totals rows of the tables on a sheet (ECMA-376 part 1, 18.5.1.2)."""
        for kind, part in islice(relations(self._package, sheet).values(), ENTRIES):
            if kind != "table" or part not in self._package:
                continue
            table = tree(self._package.small(part)).first("table")
            given = table.attributes if table is not None else {}
            count, area = number(given.get("totalsRowCount")), AREA.fullmatch(given.get("ref", ""))
            if count > 0 and area is not None:
                left, right = column_index(area[1]), column_index(area[3])
                last = number(area[4])
                yield Totals(
                    given.get("displayName", "")[:255], number(area[2]), left, right, last - count + 1, last
                )

    def _part(self, kind: str) -> str | None:
        """Return the part of this kind that the workbook names; None when there is none."""
        for found, part in self._related.values():
            if found == kind and part in self._package:
                return part
        return None


def main_part(package: Package, default: str) -> str:
    """Return the part that the package names as its document."""
    if "_rels/.rels" in package:
        for kind, part in relations(package, "").values():
            if kind == "officeDocument" and part in package:
                return part
    if default not in package:
        raise DamagedError("its list of sheets is missing")
    return default


def relations(package: Package, part: str) -> dict[str, tuple[str, str]]:
    """Return the parts to which ``part`` refers: id → (kind, name of the part)."""
    folder, _, name = part.rpartition("/")
    path = f"{folder}/_rels/{name}.rels".lstrip("/")
    if path not in package:
        return {}
    return {
        one.attributes.get("Id", ""): (
            one.attributes.get("Type", "").rpartition("/")[2],
            beside(part, one.attributes.get("Target", "")),
        )
        for one in tree(package.small(path)).all("Relationship")
        if one.attributes.get("TargetMode") != "External"
    }


def shared_strings(stream: IO[bytes]) -> Iterator[str | None]:
    """Give the texts of the table of shared strings, in order; None after each block."""
    done: list[str | None] = []
    texts: list[str] = []
    state = {"phonetic": False, "keep": False}

    def start(name: str, attributes: dict[str, str]) -> None:
        name = local(name)
        if name == "t" and not state["phonetic"]:
            state["keep"] = attributes.get("xml:space") == "preserve"
            piece.clear()
            made.CharacterDataHandler = piece.append
        elif name == "rPh":
            state["phonetic"] = True
        elif name == "si":
            texts.clear()

    def end(name: str) -> None:
        name = local(name)
        if name == "t":
            made.CharacterDataHandler = None
            if not state["phonetic"]:
                text = "".join(piece)
                texts.append(text if state["keep"] else text.strip(TRIMMED))
                piece.clear()
        elif name == "rPh":
            state["phonetic"] = False
        elif name == "si":
            done.append(plain_text("".join(texts)))

    piece: list[str] = []
    made = parser(start, end)
    with stream:
        for _ in feed(made, stream):
            yield from done
            done.clear()
            yield None


def _epoch(book: Element) -> dt.datetime:
    properties = book.first("workbookPr")
    system = properties.attributes.get("date1904", "") if properties is not None else ""
    return MAC_EPOCH if system.lower() in ("1", "true", "on") else WINDOWS_EPOCH


def _visible(sheet: Element) -> bool:
    return sheet.attributes.get("state", "visible") not in ("hidden", "veryHidden")
