"""Headers of sheets: titles above them, the same header once more, and another table below."""

from __future__ import annotations

from pathlib import Path

import pytest

from importer.model.errors import SourceError
from importer.model.row import ReadOptions
from importer.readers.sheet_header import find_header, lower_header
from tests.readers.reading import codes, refusal
from tests.readers.workbooks import workbook

Sheet = dict[int, list[object]]
TABLE: Sheet = {3: ["No", "Subject", "Status"], 4: [1, "x", "New"], 5: [2, None, "New"], 6: [3, "z", "New"]}


def forms(sheet: Sheet) -> list[list[object]]:
    """Return the rows of a sheet as the parser sends them."""
    return [[number, cells] for number, cells in sheet.items()]


def header_of(sheet: Sheet) -> tuple[tuple[str, ...], int]:
    """Find the header of a sheet."""
    return find_header(iter(forms(sheet)), "Data", ReadOptions(), Path("t.xlsx"))


@pytest.mark.parametrize(
    "title", [["Open tickets"], [None, "Open tickets"], ["Open tickets", "2024"]], ids=["A", "B", "AB"]
)
def test_title_above_the_header(title: list[object]) -> None:
    """A title is refused with the row that seems to be the header: its rows would all be faulty."""
    with pytest.raises(SourceError) as caught:
        header_of({1: title, **TABLE})
    assert caught.value.code == "HEADER_UNCLEAR"
    assert "header_row: 3;" in caught.value.remedy


@pytest.mark.parametrize(
    "sheet",
    [
        {1: ["Subject"], 2: ["x"], 3: ["y"]},
        {1: [None, None, "Subject"], 2: [None, None, "x"], 3: [None, None, "y"]},
        {1: ["No", "Subject"], 2: [1, "x", "note"], 3: [2, "y"]},
        {1: ["No", "Subject", "Status"], 2: [1], 3: [2]},
    ],
)
def test_headers_that_are_no_titles(sheet: Sheet) -> None:
    """A header of one column, one with a note beside a row, and one with cells left blank stay headers."""
    assert header_of(sheet)[1] == 1


def test_a_title_as_wide_as_the_table_is_told() -> None:
    """A title whose cells are spread over the width of the table is not refused; the likely header is told."""
    sheet: Sheet = {1: ["Open tickets", None, None, None, "2024"], 3: list("abcde"), 4: [1, 2, 3, 4, 5]}
    columns, row = header_of(sheet)
    (note,) = lower_header(iter(forms(sheet)), columns, row)
    assert "is the header in row 3?" in note
    assert not list(lower_header(iter(forms(sheet)), tuple("abcde"), 3))
    sheet = {1: ["Open", "tickets"], **TABLE, 9: [9, "last"]}
    assert header_of(sheet)[1] == 1
    (note,) = lower_header(iter(forms(sheet)), ("Open", "tickets"), 1)
    assert "is the header in row 3?" in note


def test_header_once_more(tmp_path: Path) -> None:
    """Sheets that were put together have their header again among the rows: a problem, no case."""
    path = workbook(tmp_path, [["a", "b"], [1, 2], ["a", "b"], [3, 4], ["a", 5]])
    assert codes(path) == {3: ["HEADER_REPEATED"]}


def test_second_table(tmp_path: Path) -> None:
    """A header after a blank row, under rows with numbers, begins another table; a sum does not."""
    table = [["no", "name"], [1, "Ann"], [], ["Town", "Street"], ["Bern", "Ring"]]
    error = refusal(workbook(tmp_path, table))
    assert error.code == "SECOND_TABLE"
    assert "row 4, after a blank one" in error.message
    assert not codes(workbook(tmp_path, [["no", "name"], [1, "Ann"], [], ["Total", 1]]))
