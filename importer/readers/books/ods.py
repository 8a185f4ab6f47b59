"""OpenDocument spreadsheets (.ods): which tables there are, and their rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from importer.readers.books.limits import Facts, RefusedError, Sheet, password_protected
from importer.readers.books.markup import feed, parser, tree
from importer.readers.books.ods_styles import Styles, full, name_of
from importer.readers.books.ods_table import TableWalk
from importer.readers.books.rows import RowForm
from importer.readers.books.zipped import Package

CONTENT = "content.xml"
MIMETYPE = "mimetype"
TABLE = full("table:table")
SPREADSHEET = b"application/vnd.oasis.opendocument.spreadsheet"


class OdsBook:
    """An open workbook. Raises DamagedError and RefusedError."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._package = Package(stream)
        self._check_kind()
        self._styles = Styles()
        self.sheets: list[Sheet] = []
        if "styles.xml" in self._package:
            self._read_styles("styles.xml")
        self._read_styles(CONTENT)

    def _check_kind(self) -> None:
        if MIMETYPE in self._package and not self._package.small(MIMETYPE).read().startswith(SPREADSHEET):
            raise RefusedError(
                "FORMAT_NOT_READ",
                "{file} is an OpenDocument file, but no spreadsheet; that is not read.",
                "Save the table as .ods, .xlsx or .csv.",
            )
        manifest = "META-INF/manifest.xml"
        if manifest in self._package and tree(self._package.small(manifest)).first("encryption-data"):
            raise password_protected()

    def _read_styles(self, part: str) -> None:
        """Read the styles of a part, and the names of its tables."""
        depth = 0

        def start(name: str, attributes: dict[str, str]) -> None:
            nonlocal depth
            short = name_of(name)
            if short == "table:table":
                if path[-1] == "office:spreadsheet":
                    plain = {name_of(key): value for key, value in attributes.items()}
                    visible = self._styles.shown(plain.get("table:style-name", ""))
                    self.sheets.append(Sheet(plain.get("table:name", ""), visible))
                depth = 1
                made.StartElementHandler, made.EndElementHandler = start_inside, end_inside
            else:
                self._styles.start(short, attributes)
                path.append(short)

        def end(_name: str) -> None:
            path.pop()

        def start_inside(name: str, _attributes: dict[str, str]) -> None:
            nonlocal depth
            if name == TABLE:
                depth += 1

        def end_inside(name: str) -> None:
            nonlocal depth
            if name == TABLE:
                depth -= 1
                if not depth:
                    made.StartElementHandler, made.EndElementHandler = start, end

        path = [""]
        made = parser(start, end, namespaces=True)
        with self._package.open(part) as stream:
            for _ in feed(made, stream):
                pass

    def rows(self, index: int, facts: Facts) -> Iterator[RowForm | None]:
        """Give the rows of a sheet that hold something; None now and then."""
        walk = TableWalk(index, self._styles, facts)
        made = parser(walk.start, walk.end, namespaces=True)
        made.CharacterDataHandler = walk.text
        with self._package.open(CONTENT) as stream:
            for _ in feed(made, stream):
                yield from walk.take()
                yield None
