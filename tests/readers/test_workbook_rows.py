"""Rows of workbooks: numbers, blank and phantom ones, headers; and sheets that cannot be read as rows."""

from __future__ import annotations

import gc
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.table import Table

from importer.model.errors import SourceError
from importer.readers import place
from importer.readers.places import column_letters
from tests.readers.reading import codes, opened, refusal, rows
from tests.readers.workbooks import header, raw_workbook, text_cell, workbook


def test_rows_have_the_sheets_numbers(tmp_path: Path) -> None:
    """Blank rows between rows are given, missing ones too; those after the last are not."""
    path = raw_workbook(
        tmp_path,
        f'<row r="3">{text_cell("A3", "a")}{text_cell("B3", "b")}</row>'
        f'<row r="5">{text_cell("A5", "x")}</row><row r="6"><c r="A6" s="0"/></row>'
        f'<row r="7">{text_cell("A7", " ")}</row><row r="9">{text_cell("B9", "y")}</row>'
        '<row r="10"><c r="A10"/></row><row r="1048576" ht="15"/>',
    )
    source = opened(path)
    assert source.shape.header_row == 3
    assert "header found in row 3" in source.shape.notes
    found = list(source.rows())
    assert [(row.number, row.blank) for row in found] == [
        (4, True),
        (5, False),
        (6, True),
        (7, True),
        (8, True),
        (9, False),
    ]
    assert found[1].cells == ("x", None)
    assert found[0].cells == (None, None)


def test_cells_beyond_the_header(tmp_path: Path) -> None:
    """Empty cells beyond the header are nothing; a filled one is a problem of the row, with its place."""
    path = raw_workbook(
        tmp_path,
        header("a", "b")
        + f'<row r="2">{text_cell("A2", "x")}<c r="C2"/><c r="XFD2" t="str"><f>A1</f><v></v></c></row>'
        f'<row r="3">{text_cell("A3", "x")}{text_cell("D3", "y")}</row>',
    )
    found = rows(path)
    assert found[0].cells == ("x", None)
    assert not found[0].problems
    assert found[1].cells == ("x", None, None, "y")
    assert [(p.code, p.column, p.cell) for p in found[1].problems] == [("TOO_MANY_CELLS", None, "D3")]


def test_header_texts(tmp_path: Path) -> None:
    """Typed cells of a header become names; blank ones between others stay, those at the end go."""
    path = raw_workbook(
        tmp_path,
        '<row r="1"><c r="A1"><v>2020</v></c><c r="B1"><v>5.0</v></c>'
        f'{text_cell("D1", " d ")}<c r="E1" t="b"><v>1</v></c>{text_cell("F1", " ")}</row>'
        f'<row r="2">{text_cell("A2", "x")}</row>',
    )
    assert opened(path).shape.columns == ("2020", "5", "", " d ", "True")


def test_declared_header_and_names(tmp_path: Path) -> None:
    """A declared row is the header, names replace it, and a blank row is none."""
    path = workbook(tmp_path, [["Title"], [], ["a", "b"], [1, 2]])
    assert opened(path, header_row=3).shape.columns == ("a", "b")
    assert [row.number for row in rows(path, header_row=3)] == [4]
    assert refusal(path, header_row=2).code == "NO_HEADER"
    assert refusal(path, header_row=99).code == "NO_HEADER"
    source = opened(path, names=("x", "y"))
    assert (source.shape.columns, source.shape.header_row) == (("x", "y"), 0)
    assert [row.number for row in source.rows()] == [1, 2, 3, 4]


def test_empty_sheet(tmp_path: Path) -> None:
    """A sheet without cells has no header; one with a header alone has no rows."""
    assert refusal(workbook(tmp_path, [])).code == "NO_HEADER"
    assert rows(workbook(tmp_path, [["a", "b"]])) == []


def test_hidden_rows_are_told(tmp_path: Path) -> None:
    """Hidden rows are read, and told."""
    path = raw_workbook(
        tmp_path, header("a", "b") + f'<row r="2" hidden="1">{text_cell("A2", "x")}</row><row r="3"/>'
    )
    assert [row.number for row in rows(path)] == [2]
    assert "1 hidden row is read like the others" in opened(path).shape.notes


@pytest.mark.parametrize(
    ("sheet", "reason"),
    [
        (f'<row r="3">{text_cell("A3", "x")}</row><row r="2">{text_cell("A2", "y")}</row>', "not in order"),
        (f'<row r="2">{text_cell("A2", "x")}</row><row r="2">{text_cell("B2", "y")}</row>', "not in order"),
        (f'<row r="2">{text_cell("B2", "x")}{text_cell("A2", "y")}</row>', "not in order"),
        ('<row r="2"><c r="A2"><v>1.2.3</v></c></row>', "damaged"),
        ('<row r="2"><c r="A2" t="s"><v>77</v></c></row>', "damaged"),
        ('<row r="2"><c r="A2" t="d"><v>no date</v></c></row>', "damaged"),
        ('<row r="2"><c r="A2">', "damaged"),
    ],
)
def test_damaged_sheets(tmp_path: Path, sheet: str, reason: str) -> None:
    """Rows or cells that openpyxl would leave out, and XML that is no sheet, refuse the file."""
    error = refusal(raw_workbook(tmp_path, header("a", "b") + sheet))
    assert error.code == "WORKBOOK_UNREADABLE"
    assert reason in error.message


def test_document_type_is_refused(tmp_path: Path) -> None:
    """A sheet with a document type definition, the door for XML bombs, is refused."""
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    path = raw_workbook(tmp_path, header("a") + f'<row r="2">{text_cell("A2", "&b;")}</row>', before=bomb)
    assert refusal(path).code == "WORKBOOK_UNREADABLE"


def test_no_contents_in_errors(tmp_path: Path) -> None:
    """What a damaged cell holds is not told: messages may reach logs."""
    path = raw_workbook(tmp_path, header("a") + '<row r="2"><c r="A2"><v>secret</v></c></row>')
    error = refusal(path)
    assert "secret" not in f"{error.message}{error.remedy}{error.__cause__}"


def test_cut_workbook(tmp_path: Path) -> None:
    """A workbook that was not copied whole is refused."""
    path = workbook(tmp_path, [["a"], [1]])
    path.write_bytes(path.read_bytes()[:-200])
    assert refusal(path).code == "WORKBOOK_UNREADABLE"


def test_changed_between_passes(tmp_path: Path) -> None:
    """A workbook that changed since it was opened is refused by the next pass."""
    source = opened(workbook(tmp_path, [["a"], [1]]))
    assert len(list(source.rows())) == 1
    workbook(tmp_path, [["a"], [1], [2]])
    with pytest.raises(SourceError) as caught:
        list(source.rows())
    assert caught.value.code == "SOURCE_CHANGED"


def test_no_handle_is_left_open(tmp_path: Path) -> None:
    """A pass that is given up midway leaves no file open (a ResourceWarning is an error here)."""
    source = opened(workbook(tmp_path, [["a"], [1], [2], [3]]))
    some = source.rows()
    next(some)
    some.close()  # type: ignore[attr-defined]
    gc.collect()


def test_many_formulas_without_values(tmp_path: Path) -> None:
    """Cells without a stored value are found in every row, whatever stands between."""
    cells = "".join(
        f'<row r="{n}">{text_cell(f"A{n}", "x")}<c r="B{n}"><f>A1</f></c></row>' for n in range(2, 900, 3)
    )
    path = raw_workbook(tmp_path, header("a", "b") + cells)
    assert codes(path) == {n: ["NO_CACHED_VALUE"] for n in range(2, 900, 3)}


@pytest.mark.parametrize(("area", "found"), [("A1:B4", {4: ["TOTALS_ROW"]}), ("B1:B4", {}), ("A1:A4", {})])
def test_totals_of_a_table(tmp_path: Path, area: str, found: dict[int, list[str]]) -> None:
    """The totals row of the table that is read is no record; one of a table beside or inside it says nothing."""
    path = workbook(tmp_path, [["a", "b"], ["x", 1], ["y", 2], ["Total", 3]])
    book = openpyxl.load_workbook(path)
    book["Data"].add_table(Table(displayName="Cases", ref=area, totalsRowCount=1))
    book.save(path)
    book.close()
    assert codes(path) == found
    assert len(rows(path)) == 3


def test_extensions(tmp_path: Path) -> None:
    """What an extension holds is no cell and no value, whatever its elements are called."""
    more = '<extLst><ext uri="x"><v>9</v><c r="B2"><v>8</v></c></ext></extLst>'
    path = raw_workbook(
        tmp_path, f'{header("a", "b")}<row r="2"><c r="A2"><v>1</v>{more}</c>{text_cell("B2", "y")}</row>'
    )
    assert [row.cells for row in rows(path)] == [(1, "y")]


@pytest.mark.parametrize(
    ("index", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA"), (16383, "XFD")]
)
def test_column_letters(index: int, letters: str) -> None:
    """Columns are called as in Excel."""
    assert column_letters(index) == letters


def test_place(tmp_path: Path) -> None:
    """A cell is called by column and row, a row by its number."""
    shape = opened(workbook(tmp_path, [["a"], [1]])).shape
    assert place(7, 1, shape) == "B7"
    assert place(7, None, shape) == "row 7"
