"""Each published file among the test data is read, every row accounted for, or refused in plain words."""

from __future__ import annotations

from pathlib import Path

from importer.model.errors import SourceError
from importer.model.row import ReadOptions
from importer.readers import Format, format_of, open_source
from importer.readers.books.limits import DamagedError, RefusedError
from tests.readers.in_process import sheet_rows
from tests.readers.reading import DATA

FILES = sorted(
    path
    for folder in ("csv", "excel", "hostile", "cases")
    for path in (DATA / folder).rglob("*")
    if path.is_file() and path.suffix not in (".json", ".toml")
)
REFUSED = {
    "csv/commons-csv/CSV-141/csv-141.csv": "UNCLOSED_QUOTE",
    "csv/commons-csv/csv-167/sample1.csv": "HEADER_UNCLEAR",
    "csv/csvkit/dummy.csv.bz2": "FORMAT_NOT_READ",
    "csv/csvkit/test_latin1.csv": "NOT_DECODABLE",
    "csv/dataloader/csvtext_BOM_UTF32BE.csv": "MISLABELLED_BOM",
    "csv/dataloader/csvtext_BOM_UTF32LE.csv": "MISLABELLED_BOM",
    "csv/phpspreadsheet/premiere.win1252.csv": "NOT_DECODABLE",
    "csv/tabulator/2-files.zip": "FORMAT_NOT_READ",
    "csv/tabulator/special/skip-rows-before-headers.csv": "HEADER_UNCLEAR",
    "csv/tabulator/table.ndjson": "FORMAT_NOT_READ",
    "excel/calamine/issue252.xlsx": "DAMAGED",
    "excel/calamine/issue_385.xls": "PASSWORD_PROTECTED",
    "excel/calamine/issue_594_dos.ods": "WORKBOOK_TOO_LARGE",
    "excel/calamine/pass_protected.ods": "PASSWORD_PROTECTED",
    "excel/calamine/pass_protected.xlsb": "PASSWORD_PROTECTED",
    "excel/calamine/pass_protected.xlsx": "PASSWORD_PROTECTED",
    "excel/exceljs/invalid-xml.xlsx": "DAMAGED",
    "excel/exceljs/missing-bits.xlsx": "DAMAGED",
}
"""What is refused, and why; every other file gives rows."""


def outcome(path: Path) -> int | str:
    """Return the number of rows, or the code of the refusal; workbooks are parsed in this process."""
    try:
        if format_of(path) is Format.WORKBOOK:
            return len(sheet_rows(path))
        source = open_source(path, ReadOptions())
        width = len(source.shape.columns)
        found = list(source.rows())
        numbers = [row.number for row in found]
        assert numbers == sorted(set(numbers))
        assert all(len(row.cells) == width or row.problems for row in found)
        return len(found)
    except SourceError as error:
        assert error.remedy
        assert "\n" not in error.message
        return error.code
    except RefusedError as error:
        return error.code
    except DamagedError:
        return "DAMAGED"


def test_every_published_file() -> None:
    """No file ends in a traceback; just those that nobody could read right are refused."""
    outcomes = {path.relative_to(DATA).as_posix(): outcome(path) for path in FILES}
    assert len(outcomes) > 100
    assert {name: found for name, found in outcomes.items() if isinstance(found, str)} == REFUSED
