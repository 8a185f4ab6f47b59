"""Several sheets of a workbook as one source: which are read, their rows' names, their headers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import openpyxl
import pytest

from importer.model.errors import SourceError
from importer.model.row import ROWS_PER_SHEET, ReadOptions, row_name, row_number, sheets_of
from importer.readers import open_source, place
from tests.readers.reading import opened, refusal

Table = Sequence[Sequence[object]]
NORTH: Table = [["No", "Text"], [1, "a"], [], [2, "b"]]
SOUTH: Table = [[], ["No", "Text"], [3, "c", "beyond"]]


def book(folder: Path, sheets: Mapping[str, Table], hidden: Sequence[str] = ()) -> Path:
    """Write a workbook with these sheets."""
    made = openpyxl.Workbook()
    made.remove(made.worksheets[0])
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        sheet.sheet_state = "hidden" if name in hidden else "visible"
        for at, row in enumerate(rows, 1):
            for column, value in enumerate(row, 1):
                sheet.cell(at, column).value = value  # type: ignore[assignment]
    path = folder / "sheets.xlsx"
    made.save(path)
    return path


def test_all_visible_sheets(tmp_path: Path) -> None:
    """`*` is all visible sheets with something in them; rows grow from sheet to sheet and are named by theirs."""
    path = book(tmp_path, {"North": NORTH, "Empty": [], "South": SOUTH, "Old": NORTH}, hidden=["Old"])
    source = opened(path, sheet="*")
    shape = source.shape
    assert (shape.sheets, shape.sheet) == (("North", "South"), "North/South")
    assert "hidden sheets are not read: 'Old'" in shape.notes
    assert "sheet 'Empty' is empty" in shape.notes
    found = list(source.rows())
    assert [shape.row_name(row.number) for row in found] == ["North!2", "North!3", "North!4", "South!3"]
    assert [row.number for row in found] == sorted(row.number for row in found)
    assert [row.blank for row in found] == [False, True, False, False]
    assert [p.cell for p in found[3].problems] == ["South!C3"]
    assert place(found[3].number, 1, shape) == "South!B3"
    assert place(found[3].number, None, shape) == "row South!3"


def test_sheets_with_certain_columns(tmp_path: Path) -> None:
    """Of all sheets those that have the columns are read; others may be of any kind, and are told."""
    others: dict[str, Table] = {"Cover": [["Tickets"], [], ["a", "b"], ["c", "d"]], "Other": [["x", "y"]]}
    path = book(tmp_path, {"North": NORTH, **others, "South": SOUTH})
    source = open_source(path, ReadOptions(sheet="*"), having={"No"})
    assert (source.shape.sheets, source.shape.header_rows) == (("North", "South"), (1, 2))
    assert [note for note in source.shape.notes if "other columns" in note] == [
        f"sheet {name!r} has other columns and is not read" for name in others
    ]
    assert len(list(source.rows())) == 4
    with pytest.raises(SourceError) as caught:
        open_source(path, ReadOptions(sheet="*"), having={"Nobody"})
    assert caught.value.code == "NO_HEADER"


def test_named_sheets(tmp_path: Path) -> None:
    """Named sheets are read in the order in which they are named, hidden ones too; a missing one is refused."""
    path = book(tmp_path, {"North": NORTH, "South": SOUTH}, hidden=["South"])
    shape = opened(path, sheet=("south", "North")).shape
    assert shape.sheets == ("South", "North")
    assert refusal(path, sheet=("North", "Soth")).code == "SHEET_MISSING"
    assert opened(path, sheet="South").shape.sheets == ()


def test_headers_must_agree(tmp_path: Path) -> None:
    """Sheets with other columns, or the same in another order, are refused, with both names and the column."""
    for other, column in ([["No", "Words"]], "'Words'"), ([["Text", "No"]], "'Text'"), ([["No"]], "none"):
        error = refusal(book(tmp_path, {"North": NORTH, "South": other}), sheet="*")
        assert error.code == "SHEETS_DIFFER"
        assert "'North'" in error.message
        assert "'South'" in error.message
        assert column in error.message
    assert len(list(opened(book(tmp_path, {"A": NORTH, "B": [["no", "TEXT "]]}), sheet="*").rows())) == 3


def test_an_empty_sheet_that_was_named(tmp_path: Path) -> None:
    """A sheet that is named and has no header is a fault, not left out."""
    assert (
        refusal(book(tmp_path, {"North": NORTH, "South": []}), sheet=("North", "South")).code == "NO_HEADER"
    )
    assert refusal(book(tmp_path, {"North": [], "South": []}), sheet="*").code == "NO_HEADER"


@pytest.mark.parametrize(
    ("name", "sheets", "number"),
    [
        ("7", (), 7),
        ("7", ("North",), 7),
        ("North!7", ("North",), 7),
        ("South!7", ("North", "South"), ROWS_PER_SHEET + 7),
        ("'south'!7", ("North", "South"), ROWS_PER_SHEET + 7),
        (str(ROWS_PER_SHEET + 7), ("North", "South"), ROWS_PER_SHEET + 7),
        ("7", ("North", "South"), None),
        ("West!7", ("North", "South"), None),
        ("North!0", ("North",), None),
        (f"North!{ROWS_PER_SHEET}", ("North", "South"), None),
        ("x", (), None),
        ("", (), None),
    ],
)
def test_row_numbers(name: str, sheets: tuple[str, ...], number: int | None) -> None:
    """`Sheet!N` is the row N of that sheet; a number alone names a row where there is one sheet."""
    assert row_number(name, sheets) == number


def test_row_names() -> None:
    """A row is called as a person sees it."""
    assert row_name(7, ()) == "7"
    assert row_name(ROWS_PER_SHEET + 7, ("North", "South")) == "South!7"
    assert sheets_of("North") == ()
    assert sheets_of("North/South") == ("North", "South")
