"""Annotated copies: the analyst's own file with the result columns; the file itself is as it was."""

from __future__ import annotations

import zipfile
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from openpyxl.comments import Comment
from openpyxl.worksheet.datavalidation import DataValidation

from importer.results.annotate import annotate_workbook
from tests.pipeline.conftest import Open
from tests.results.results import WORKBOOK, line
from tests.stage import CASE, Stage

HEADER = ["No", "Text", "Amount", "Mail", "Twice"]


def workbook(folder: Path, name: str = "in.xlsx") -> Path:
    """A workbook as an analyst keeps it: a title, a formula, a comment, a drop-down list, a second sheet."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Tickets"
    sheet.append(["Tickets of May", None, None, None, None])
    sheet.append([])
    sheet.append(HEADER)
    for n, mail in enumerate(("a@example.com", "bad", "c@example.com"), start=1):
        sheet.append([f"K-{n}", f"text {n}", n, mail, f"=C{n + 3}*2"])
    sheet["D5"].comment = Comment("ask Mara", "me")
    sheet.merge_cells("A1:E1")
    lists = DataValidation("list", formula1='"a,b"')
    sheet.add_data_validation(lists)
    lists.add("B4")
    book.create_sheet("Notes")["A1"] = "=1+1"
    path = folder / name
    book.save(path)
    return path


def notes(stage: Stage) -> str:
    return next(text for text in stage.notices().splitlines() if "nnotated copy" in text)


async def test_a_copy_of_the_workbook(open_kind: Open) -> None:
    """Result columns behind its own, in its own rows; marks, comments and parts kept; the original untouched."""
    stage = await open_kind(CASE, keyed=False)
    source = workbook(stage.folder)
    before = source.read_bytes()
    mapping = stage.mapping(more="read: {header_row: 3}\n")
    ended = await stage.run(source, mapping=mapping, annotate=True)
    assert ended.counts == {"created": 2, "invalid": 1} and source.read_bytes() == before
    copy = stage.folder / "in.annotated.xlsx"
    book = openpyxl.load_workbook(copy)
    sheet = book["Tickets"]
    assert book.sheetnames == ["Tickets", "Notes"]
    assert [cell.value for cell in sheet[3]][:7] == [*HEADER, "import_row", "import_status"]
    assert [sheet.cell(n, 7).value for n in (4, 5, 6)] == ["created", "invalid", "created"]
    assert sheet["E4"].value == "=C4*2" and book["Notes"]["A1"].value == "=1+1"
    assert sheet["D5"].fill.fgColor.rgb == "FFFFC7CE"
    assert sheet["D5"].comment.text.startswith("ask Mara\n") and "e-mail" in sheet["D5"].comment.text
    assert sheet["H4"].value.startswith("500") and sheet["H4"].hyperlink.target.startswith("http")
    assert len(sheet.data_validations.dataValidation) == 1
    book.close()
    said = notes(stage)
    assert str(copy) in said and "results of formulas" in said and "in.xlsx itself is as it was" in said


async def test_the_same_run_writes_the_same_copy_and_no_other(open_kind: Open) -> None:
    """A repeated command brings its copy up to date; somebody else's file of that name is not touched."""
    stage = await open_kind(CASE, keyed=False)
    source = workbook(stage.folder)
    mapping = stage.mapping(more="read: {header_row: 3}\n")
    theirs = stage.folder / "in.annotated.xlsx"
    theirs.write_bytes(b"mine")
    for _ in range(2):
        await stage.run(source, mapping=mapping, annotate=True)
    found = sorted(path.name for path in stage.folder.glob("in*.xlsx"))
    assert found == ["in.annotated-2.xlsx", "in.annotated.xlsx", "in.results.xlsx", "in.xlsx"]
    assert theirs.read_bytes() == b"mine"


async def test_an_annotated_copy_is_a_results_file(open_kind: Open) -> None:
    """Corrected and imported: created rows are known, though the copy's formulas have no values any more."""
    stage = await open_kind(CASE, keyed=False)
    source = workbook(stage.folder)
    mapping = stage.mapping(more="read: {header_row: 3}\n")
    await stage.run(source, mapping=mapping, annotate=True)
    book = openpyxl.load_workbook(stage.folder / "in.annotated.xlsx")
    book["Tickets"]["D5"] = "good@example.com"
    book.save(stage.folder / "corrected.xlsx")
    ended = await stage.run(stage.folder / "corrected.xlsx", mapping=mapping, annotate=True)
    assert ended.counts == {"exists": 2, "created": 1} and stage.creates() == 3
    again = openpyxl.load_workbook(stage.folder / "corrected.annotated.xlsx")["Tickets"]
    assert [cell.value for cell in again[3]].count("import_status") == 1
    assert [again.cell(n, 7).value for n in (4, 5, 6)] == ["exists", "created", "exists"]


async def test_what_a_copy_loses_is_said(open_kind: Open) -> None:
    """Parts that the copy does not keep are named."""
    stage = await open_kind(CASE, keyed=False)
    source = workbook(stage.folder)
    with zipfile.ZipFile(source, "a") as package:
        package.writestr("xl/slicers/slicer1.xml", "<x/>")
        package.writestr("xl/printerSettings/printerSettings1.bin", b"x")
    await stage.run(source, mapping=stage.mapping(more="read: {header_row: 3}\n"), annotate=True)
    assert "slicers, settings of printers" in notes(stage)


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8-sig"])
async def test_a_copy_of_text(open_kind: Open, encoding: str) -> None:
    """Lines above the header, encoding and separator are those of the file."""
    stage = await open_kind(CASE, keyed=False)
    text = "Tickets;von;Mai\nnoch;etwas\nNo;Text;Amount;Mail\nK-1;text ü;1;a@example.com\nK-2;text 2;2;b@example.com\n"
    source = stage.folder / "in.csv"
    source.write_bytes(text.encode(encoding))
    more = f"read: {{header_row: 3, encoding: {encoding}, delimiter: ';'}}\n"
    ended = await stage.run(source, mapping=stage.mapping(more=more), annotate=True)
    assert ended.counts == {"created": 2}, stage.notices()
    lines = (stage.folder / "in.annotated.csv").read_bytes().decode(encoding).split("\n")
    assert lines[0].lstrip("\ufeff") == "Tickets;von;Mai" and lines[2].startswith(
        "No;Text;Amount;Mail;import_row"
    )
    assert lines[3].startswith("K-1;text ü;1;a@example.com;4;created;") and not lines[3].endswith("\r")
    assert source.read_bytes() == text.encode(encoding)


def test_shapes_beside_a_chart(tmp_path: Path) -> None:
    """What stands in a drawing that the copy keeps for its chart, or among its comments, is named too."""
    original = tmp_path / "t.xlsx"
    with xlsxwriter.Workbook(str(original)) as book:
        sheet = book.add_worksheet("Tickets")
        sheet.write_row(0, 0, ["a", "b"])
        sheet.write_row(1, 0, ["x", 1])
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "=Tickets!$B$2:$B$2"})
        sheet.insert_chart("H2", chart)
        sheet.insert_textbox("H20", "note")
        sheet.insert_button("H30", {"macro": "x"})
        sheet.write_comment("A2", "mine")
    lost = annotate_workbook(original, tmp_path / "copy.xlsx", WORKBOOK, [line(2, ["x", 1])])
    assert {"drawings (text boxes, shapes)", "form controls and buttons"} <= set(lost)
    again = annotate_workbook(tmp_path / "copy.xlsx", tmp_path / "again.xlsx", WORKBOOK, [line(2, ["x", 1])])
    assert again == ()
