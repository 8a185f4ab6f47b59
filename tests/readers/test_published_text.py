"""Text files that other projects publish with the rows they expect."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.readers.reading import DATA, cells, codes, opened, refusal, rows

SPECTRUM = sorted((DATA / "csv/csv-spectrum/csvs").glob("*.csv"))
PREMIERE = sorted((DATA / "csv/phpspreadsheet").glob("premiere.*"))


@pytest.mark.parametrize("path", SPECTRUM, ids=lambda path: path.stem)
def test_csv_spectrum(path: Path) -> None:
    """Each file of the standard parser set gives the rows of its JSON file."""
    expected = json.loads((DATA / f"csv/csv-spectrum/json/{path.stem}.json").read_text("utf-8"))
    source = opened(path)
    found = [dict(zip(source.shape.columns, row.cells, strict=True)) for row in source.rows()]
    if path.stem == "location_coordinates":  # one object, and its phone number is not the one of the CSV
        expected = [expected | {"Contact Phone Number": "2095257564"}]
    assert found == expected
    assert not any(row.problems for row in source.rows())


def test_csv_spectrum_is_complete() -> None:
    """All twelve files are there."""
    assert len(SPECTRUM) == 12


@pytest.mark.parametrize("name", ["", "_BOM_UTF8", "_BOM_UTF16BE", "_BOM_UTF16LE"])
def test_data_loader_encodings(name: str) -> None:
    """The Data Loader's encodings give the same two rows."""
    source = opened(f"csv/dataloader/csvtext{name}.csv")
    assert source.shape.columns == ("column1", "column2", "column3")
    assert [row.cells for row in source.rows()] == [
        ("row1-1", "row1-2", "row1-3"),
        ("row2-1", "row2-2", "row2-3"),
    ]


@pytest.mark.parametrize("name", ["UTF32BE", "UTF32LE"])
def test_data_loader_mislabelled(name: str) -> None:
    """A UTF-16 mark before a UTF-32 body is refused, never read as NULs."""
    assert refusal(f"csv/dataloader/csvtext_BOM_{name}.csv").code == "MISLABELLED_BOM"


@pytest.mark.parametrize("path", PREMIERE, ids=lambda path: path.name)
def test_one_text_in_many_encodings(path: Path) -> None:
    """Each encoding gives the same text; one that cannot be known is refused with the one that fits."""
    if "1252" in path.name:
        error = refusal(path)
        assert error.code == "NOT_DECODABLE"
        assert "cp1252" in error.remedy
        source = opened(path, encoding="cp1252")
    else:
        source = opened(path)
    assert source.shape.columns == ("première", "second", "troisième")
    assert next(source.rows()).cells == ("Quatrième", "cinquième", "sixième")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("csvkit/bad.csv", {2: ["TOO_MANY_CELLS"], 3: ["TOO_FEW_CELLS"]}),
        ("csvkit/null_byte.csv", {2: ["NUL_CHARACTER"]}),
        ("csvkit/test_empty_columns_long_row.csv", {}),
        ("papaparse/verylong-sample.csv", {line: ["TOO_FEW_CELLS"] for line in (500, 1000, 1500, 2000)}),
        ("csvlint/invalid_many_rows.csv", {4: ["BAD_QUOTING"]}),
        ("tabulator/special/escaping.csv", {line: ["BAD_QUOTING"] for line in (2, 3, 4)}),
        ("commons-csv/CSVFileParser/test.csv", {7: ["BAD_QUOTING"]}),
    ],
)
def test_row_problems(name: str, expected: dict[int, list[str]]) -> None:
    """Faulty rows are reported under their physical line, the others are read."""
    found = codes(f"csv/{name}")
    if name.startswith("commons"):  # its comment lines are rows of one cell
        found = {line: found[line] for line in expected}
    assert found == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("csvkit/mac_newlines.csv", [("1", "2", "3"), ("Once upon\ra time", "5", "6")]),
        ("csvkit/blanks.csv", [("", "NA", "N/A", "NONE", "NULL", ".")]),
        ("csvkit/test_no_leading_zeroes.csv", None),
        ("csvkit/test_skip_lines.csv", [("1", "2", "3")]),
        ("csvkit/test_header_newline.csv", [("d", "e", "f")]),
        ("phpspreadsheet/sep.csv", [("2", "3")]),
        ("dataloader/csvEscapedQuotes.csv", [('"The Best" Account', "bla"), ('The "Best" Account', "bla")]),
        ("tabulator/table.csv", [("1", "english"), ("2", "中国人")]),
        ("csvlint/cr-line-endings.csv", [("Biff", "Baff", "Boff"), ("Qux", "Teaspoon", "Doge")]),
        ("csvlint/crlf-line-endings.csv", [("Biff", "Baff", "Boff"), ("Qux", "Teaspoon", "Doge")]),
        ("csvlint/lf-line-endings.csv", [("Biff", "Baff", "Boff"), ("Qux", "Teaspoon", "Doge")]),
        ("csvlint/inconsistent-line-endings.csv", [("Biff", "Baff", "Boff"), ("Qux", "Teaspoon", "Doge")]),
        (
            "csvlint/inconsistent-line-endings-unquoted.csv",
            [("Biff", "Baff", "Boff"), ("Qux", "Teaspoon", "Doge")],
        ),
        ("csvlint/white space in filename.csv", [("1", "2", "3"), ("3", "2", "1")]),
    ],
)
def test_rows_as_published(name: str, expected: list[tuple[str, ...]] | None) -> None:
    """Clean files give exactly their rows."""
    found = cells(f"csv/{name}")
    if expected is None:
        assert found[0][0] == "01"
    else:
        assert found == expected
    assert not codes(f"csv/{name}")


@pytest.mark.parametrize("name", ["test_utf16_big", "test_utf16_little"])
def test_utf16_by_its_mark(name: str) -> None:
    """UTF-16 is read by its byte-order mark."""
    assert cells(f"csv/csvkit/{name}.csv") == [("1", "2", "3"), ("4", "5", "ʤ")]


def test_unclosed_quote_names_its_line() -> None:
    """A quote that opens in line 3 and never closes refuses the file with that line, not one giant cell."""
    error = refusal("csv/commons-csv/CSV-141/csv-141.csv")
    assert error.code == "UNCLOSED_QUOTE"
    assert "line 3 " in error.message


def test_backquotes_and_other_separators() -> None:
    """A backquote can separate; a separator inside header words is no delimiter."""
    source = opened("csv/jsforce/Account_bulk2_test_backquote.csv")
    assert source.shape.delimiter == "`"
    assert len(source.shape.columns) == 5
    assert opened("csv/dataloader/csvSeparator.csv").shape.columns == ("column1", "column2!some", "column3")


@pytest.mark.parametrize(
    ("name", "line"),
    [("commons-csv/csv-167/sample1.csv", 2), ("tabulator/special/skip-rows-before-headers.csv", 2)],
)
def test_title_above_the_header(name: str, line: int) -> None:
    """A first line that is no header is refused with the line that is; declared, the file is read."""
    error = refusal(f"csv/{name}")
    assert error.code == "HEADER_UNCLEAR"
    assert f"header_row: {line}" in error.remedy
    assert len(opened(f"csv/{name}", header_row=line).shape.columns) in (2, 3)


@pytest.mark.parametrize(
    ("name", "line"),
    [("csvlint/title-row.csv", 2), ("csvkit/realdata/Datagov_FY10_EDU_recp_by_State.csv", 3)],
)
def test_title_of_full_width(name: str, line: int) -> None:
    """A title row as wide as the table is read as the header, and the likely one is told."""
    assert any(f"line {line}?" in note for note in opened(f"csv/{name}").shape.notes)
    assert opened(f"csv/{name}", header_row=line).shape.header_row == line


@pytest.mark.parametrize("name", ["csvkit/dummy.csv.bz2", "tabulator/2-files.zip", "tabulator/table.ndjson"])
def test_formats_that_are_not_read(name: str) -> None:
    """Archives of several files, compressions that are not read, and JSON are refused in plain words."""
    assert refusal(f"csv/{name}").code == "FORMAT_NOT_READ"


@pytest.mark.parametrize("name", ["table.csv.gz", "table.csv.zip", "special/table.csv.zip"])
def test_compressed(name: str) -> None:
    """A compressed file gives the rows of the file inside, and says so."""
    source = opened(f"csv/tabulator/{name}")
    assert [row.cells for row in source.rows()] == [("1", "english"), ("2", "中国人")]
    assert "unpacked while reading" in source.shape.notes[0]


def test_latin1_is_refused_until_declared() -> None:
    """A file that is not UTF-8 is never read as something near; declared, it is right."""
    error = refusal("csv/csvkit/test_latin1.csv")
    assert "line 3 " in error.message
    assert "0xA9" in error.message
    assert rows("csv/csvkit/test_latin1.csv", encoding="latin-1")[1].cells == ("4", "5", "©")
