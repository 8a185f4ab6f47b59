"""The checked copy: the input's own table with the problems behind it."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from importer.model.errors import ImporterError
from importer.model.outcome import Status
from importer.model.problem import Problem
from importer.model.row import ROWS_PER_SHEET, Shape
from importer.results.as_input import is_results_file
from importer.results.checked import checked_path, write_checked
from importer.results.columns import CHECKED, echoed, with_sheet
from tests.results.results import TEXT, WORKBOOK, line

BAD = (Problem("BAD_NUMBER", "No number.", "b", "B3"), Problem("BLANK_KEY", "No key.", "a", "A3"))
LINES = [line(2, ["1", "x"], Status.NOT_SENT), line(3, ["2", "=y"], Status.NOT_SENT, *BAD)]


def test_text(tmp_path: Path):
    """Own cells first; the row's number always, problems joined alike where there are some."""
    write_checked(tmp_path / "c.csv", TEXT, LINES)
    with (tmp_path / "c.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    assert rows == [
        ["a", "b", *CHECKED],
        ["1", "x", "2", "", "", ""],
        ["2", "=y", "3", "No number. | No key.", "b | a", "BAD_NUMBER | BLANK_KEY"],
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c.csv"]


def test_workbook(tmp_path: Path):
    """One sheet with the name of the input's, faulty cells marked, nothing written as a formula."""
    write_checked(tmp_path / "c.xlsx", WORKBOOK, LINES)
    book = openpyxl.load_workbook(tmp_path / "c.xlsx")
    assert book.sheetnames == ["Tickets"]
    sheet = book.active
    assert [cell.value for cell in sheet[1]] == ["a", "b", *CHECKED]
    assert sheet["B3"].value == "=y" and sheet["B3"].data_type == "s"
    assert sheet["B3"].fill.fgColor.rgb != sheet["B2"].fill.fgColor.rgb
    assert sheet["F3"].value == "BAD_NUMBER | BLANK_KEY"


def test_several_sheets(tmp_path: Path):
    """A sheet for each sheet of the input, with the sheet behind the row; a copy of the copy has them once."""
    shape = replace(WORKBOOK, sheet="A/B", sheets=("A", "B"), header_rows=(1, 1))
    lines = [
        line(2, ["1", "x"], Status.NOT_SENT, sheet="A"),
        line(ROWS_PER_SHEET + 2, ["2", "y"], Status.NOT_SENT, *BAD, row=2, sheet="B"),
    ]
    path = tmp_path / "c.xlsx"
    write_checked(path, shape, lines)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["A", "B"]
    header = ["a", "b", *with_sheet(CHECKED)]
    assert [cell.value for cell in book["A"][1]] == [cell.value for cell in book["B"][1]] == header
    assert [cell.value for cell in book["B"][2]][2:4] == [2, "B"]
    source = tmp_path / "in.xlsx"
    source.write_bytes(path.read_bytes())
    assert checked_path(source, path) == path
    assert echoed(header) == (0, 1)


def test_a_copy_of_a_copy_has_the_columns_once(tmp_path: Path):
    """A corrected copy that is checked again gets new columns in place of the old ones; it is no results file."""
    again = Shape("text", ("a", "b", *CHECKED), 1, "d", 1, encoding="utf-8", delimiter=",")
    assert not is_results_file(again)
    write_checked(tmp_path / "c.csv", again, [line(2, ["1", "x", "2", "old", "b", "OLD"], Status.NOT_SENT)])
    assert (tmp_path / "c.csv").read_text(encoding="utf-8").splitlines() == [
        "a,b," + ",".join(CHECKED),
        "1,x,2,,,",
    ]


def test_what_is_never_overwritten(tmp_path: Path):
    """The input, a file that is no copy, a name that does not fit; an older copy is replaced."""
    source = tmp_path / "in.csv"
    source.write_text("a,b\n1,x\n", encoding="utf-8")
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,x\n", encoding="utf-8")
    for wanted, code in (
        (source, "RESULTS_TAKEN"), (other, "RESULTS_TAKEN"), (tmp_path / "c.xlsx", "RESULTS_FORMAT"),
        (tmp_path / "no" / "c.csv", "RESULTS_FOLDER"),
    ):  # fmt: skip
        with pytest.raises(ImporterError) as error:
            checked_path(source, wanted)
        assert error.value.code == code
    copy = tmp_path / "c.csv"
    write_checked(copy, TEXT, LINES)
    assert checked_path(source, copy) == copy


def test_nothing_is_left_of_a_copy_that_fails(tmp_path: Path):
    """What goes wrong while rows are read passes through; the older copy stays as it was."""
    write_checked(tmp_path / "c.csv", TEXT, LINES[:1])
    before = (tmp_path / "c.csv").read_bytes()

    def broken():
        yield LINES[0]
        raise RuntimeError("the file has changed")

    with pytest.raises(RuntimeError):
        write_checked(tmp_path / "c.csv", TEXT, broken())
    assert (tmp_path / "c.csv").read_bytes() == before and len(list(tmp_path.iterdir())) == 1
