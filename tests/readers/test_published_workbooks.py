"""Workbooks that other projects publish, with what is known of their cells."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.readers.reading import cells, codes, opened, refusal, rows


def test_dates_agree_with_their_texts() -> None:
    """Dates and times are what the text beside them says, in both date systems and around 1900."""
    for name in ("datetime-rounding", "dates-leap-year-1900-xlsx"):
        for row in rows(f"excel/readxl/sheets/{name}.xlsx"):
            if row.problems:
                assert row.cells[1:] == ("1900-02-29 08:00:00", False)
                assert row.problems[0].code == "NO_SUCH_DATE"
            else:
                assert str(row.cells[0]) == row.cells[1]
    assert cells("excel/calamine/date.xlsx") == cells("excel/calamine/date_1904.xlsx")
    assert cells("excel/calamine/date.xlsx")[0][0] == dt.date(2021, 1, 2)
    assert cells("excel/exceljs/dateIssue.xlsx") == [(dt.date(2020, 11, 20),)]
    assert set(opened("excel/readxl/sheets/dates-1900-LibreOffice.xlsx").shape.columns[:4]) == {"2000-01-01"}


def test_numbers_agree_with_their_texts() -> None:
    """Big whole numbers are exact."""
    for number, text, _ in cells("excel/readxl/sheets/big-texty-numbers-xlsx.xlsx")[1:]:
        assert str(number) == text


def test_error_cells() -> None:
    """Each error of a workbook is a problem of its cell, never a blank and never a text."""
    assert codes("excel/calamine/errors.xlsx") == {row: ["ERROR_CELL"] for row in range(2, 8)}
    assert codes("excel/tablib/errors.xls") == {2: ["ERROR_CELL"] * 4}


@pytest.mark.parametrize("ending", ["xls", "xlsb", "ods"])
def test_formats_agree(ending: str) -> None:
    """The same table saved in other formats has the same cells: texts, numbers, dates of both systems."""
    if ending != "ods":  # its table of dates is another one
        assert cells(f"excel/calamine/date.{ending}") == cells("excel/calamine/date.xlsx")
        assert cells(f"excel/calamine/date_1904.{ending}") == cells("excel/calamine/date.xlsx")
    assert cells(f"excel/calamine/any_sheets.{ending}") == cells("excel/calamine/any_sheets.xlsx")
    shape = opened(f"excel/calamine/any_sheets.{ending}").shape
    assert shape.sheet == "Visible"
    assert "hidden sheets are not read: 'Hidden', 'VeryHidden'" in shape.notes


def test_old_workbooks() -> None:
    """Old workbooks have their dates, also around 1900, their numbers, and the text of every alphabet."""
    for row in rows("excel/readxl/sheets/dates-leap-year-1900-xls.xls"):
        assert row.problems or str(row.cells[0]) == row.cells[1]
    for number, text, _ in cells("excel/readxl/sheets/big-texty-numbers-xls.xls")[1:]:
        assert str(number) == text
    assert set(map(str, opened("excel/readxl/sheets/dates-1904.xls").shape.columns[:4])) == {"2000-01-01"}
    assert opened("excel/calamine/sheet_name_parsing.xls").shape.columns[3] == "Regissör"
    assert [row.number for row in rows("excel/readxl/sheets/65536-rows-xls.xls")] == [65536]


def test_open_document_texts() -> None:
    """White space counts as LibreOffice counts it; lines, repeated and covered cells are as a person sees them."""
    assert opened("excel/calamine/special_cells.ods").shape.columns == ("Split\nLine",)
    assert cells("excel/calamine/special_cells.ods")[2] == (" Value   With spaces before and after ",)
    assert [row.blank for row in rows("excel/calamine/number_rows_repeated.ods")].count(True) == 3
    assert cells("excel/calamine/covered.ods")[-1] != ("a3",)
    shape = opened("excel/tablib/book.ods").shape
    assert shape.columns == ("2023-03-12", "2023-03-14T13:43:00", "124", "16:45:00", "09:55:33")
    assert opened("excel/tablib/unknown_value_type.ods").shape.columns == ("abcd",)


def test_white_space_in_the_xml() -> None:
    """White space around a text counts only where the file says so; a rich text's value is its text."""
    source = opened("excel/calamine/whitespace_trim.xlsx")
    assert source.shape.columns == ("trimmed value", "value with tabs", " \t\n", "clean text")
    assert next(source.rows()).cells[:2] == ("line1\nline2", "  line1\nline2  ")
    assert cells("excel/calamine/inlineStr_with_value.xlsx")[0][3] == "1."


def test_formula_without_a_stored_value() -> None:
    """A formula whose value is not stored is a problem of its cell."""
    (row,) = rows("excel/readxl/sheets/missing-v-node-xlsx.xlsx")
    assert [(p.code, p.column, p.cell) for p in row.problems] == [("NO_CACHED_VALUE", "A + B", "C2")]


@pytest.mark.parametrize(("name", "count"), [("tablib/bad_dimensions", 3), ("calamine/issue_174", 1)])
def test_declared_dimensions_are_not_believed(name: str, count: int) -> None:
    """A sheet that declares hundreds of thousands of rows has those that are there."""
    assert len(rows(f"excel/{name}.xlsx")) == count


def test_odd_packages() -> None:
    """Strict Open XML, a workbook without shared strings, and cells without addresses are read."""
    assert len(rows("excel/calamine/strict_iso_paths.xlsx")) == 75
    assert opened("excel/calamine/issue_419.xlsx").shape.columns == ("Hello",)
    assert len(rows("excel/exceljs/test-row-styles.xlsx")) == 37


def test_preamble_and_notes() -> None:
    """Notes above a table are not taken for its header; declared, the table is read."""
    error = refusal("excel/readxl/extdata/deaths.xlsx")
    assert error.code == "HEADER_UNCLEAR"
    assert "header_row: 5" in error.remedy
    source = opened("excel/readxl/extdata/deaths.xlsx", header_row=5)
    assert source.shape.columns == ("Name", "Profession", "Age", "Has kids", "Date of birth", "Date of death")
    first = next(source.rows())
    assert (first.number, first.cells[0], first.cells[2]) == (6, "David Bowie", 69)


def test_only_visible_sheets_are_read_unasked() -> None:
    """The first visible sheet is read; hidden ones are told, and read by name."""
    shape = opened("excel/calamine/any_sheets.xlsx").shape
    assert shape.sheet == "Visible"
    assert "'Hidden', 'VeryHidden'" in shape.notes[0]
    assert "'Hidden'" in refusal("excel/calamine/any_sheets.xlsx", sheet="Hidden").message  # it is empty
    assert "'Sheet2'" in opened("excel/exceljs/test-pr-728.xlsx").shape.notes[1]


def test_sheet_names() -> None:
    """A sheet is found without regard to case; a wrong name lists the sheets and the nearest one."""
    name = "excel/calamine/any_sheets.xlsx"
    assert opened(name, sheet="visible").shape.sheet == "Visible"
    error = refusal(name, sheet="Visibel")
    assert error.code == "SHEET_MISSING"
    assert "Visible, Hidden" in error.message
    assert "'Visible'" in error.remedy


def test_merged_cells() -> None:
    """Of merged cells only the top left one has a value; a merged row is not taken for a blank header."""
    found = rows("excel/calamine/merged_range.xlsx")
    assert found[0].blank
    assert found[1].cells == ("A3", "B3", "C3", None, "E3", "F3", "G3", "H3")


def test_texts_are_exact() -> None:
    """Blanks around texts are kept, escaped characters are decoded, escaped escapes are not."""
    assert opened("excel/exceljs/test-pr-567.xlsx").shape.columns == (" leading", "trailing ", " both ")
    assert cells("excel/readxl/sheets/whitespace-xlsx.xlsx")[-1] == ("tab->\t",)
    assert opened("excel/calamine/has_x000D_.xlsx").shape.columns == ("ABC\r\nDEF",)
    assert opened("excel/exceljs/shared_string_with_escape.xlsx").shape.columns == ("_x000D_",)


def test_other_spellings_of_the_format() -> None:
    """Prefixed namespaces, sheet names beyond ASCII, blank and repeated column names are read."""
    assert len(rows("excel/readxl/sheets/nonstandard-xml-ns-prefix.xlsx")) == 2
    assert opened("excel/readxl/sheets/utf8-sheet-names.xlsx").shape.sheet == "µ"
    columns = opened("excel/readxl/sheets/unnamed-duplicated-columns.xlsx").shape.columns
    assert len(columns) == 4
    assert len(set(columns)) < 4


def test_ragged_sheet() -> None:
    """A workbook does not store empty cells at the end of a row: the row is complete without them."""
    assert cells("excel/tablib/ragged.xlsx") == [(1.0, None)]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("calamine/pass_protected.xlsx", "PASSWORD_PROTECTED"),
        ("calamine/issue252.xlsx", "WORKBOOK_UNREADABLE"),
        ("exceljs/invalid-xml.xlsx", "WORKBOOK_UNREADABLE"),
        ("exceljs/missing-bits.xlsx", "WORKBOOK_UNREADABLE"),
        ("calamine/pass_protected.xlsb", "PASSWORD_PROTECTED"),
        ("calamine/pass_protected.ods", "PASSWORD_PROTECTED"),
        ("calamine/issue_385.xls", "PASSWORD_PROTECTED"),
        ("calamine/issue_594_dos.ods", "WORKBOOK_TOO_LARGE"),
        ("calamine/issue_666_panic.xlsb", "NO_HEADER"),
    ],
)
def test_refused(name: str, code: str) -> None:
    """Encrypted, damaged and other workbooks are refused with one plain line."""
    error = refusal(f"excel/{name}")
    assert error.code == code
    assert "\n" not in error.message
