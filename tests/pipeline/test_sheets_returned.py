"""Results of several sheets come back: every line is the row of its sheet, and copies mark every sheet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from importer.pipeline.job import Ended
from tests.pipeline.conftest import Open
from tests.stage import CASE, HEADER, Stage, as_csv

SHEETS = 'read: {sheet: "*"}\n'
Line = dict[str, Any]


def workbook(stage: Stage) -> Path:
    """Sheet North has rows 2 and 3 (its mail is bad), South a title row, then 3 (amount) and 4 like North's 2."""
    book = openpyxl.Workbook()
    north, south = book.worksheets[0], book.create_sheet("South")
    north.title = "North"
    rows = stage.kind.rows(3)
    rows[1][3], rows[2][2] = "bad", "much"
    for row in (HEADER, rows[0], rows[1]):
        north.append(row)
    for row in ([], HEADER, rows[2], rows[0]):
        south.append(row)
    path = stage.folder / "in.xlsx"
    book.save(path)
    return path


def pages(path: Path | None) -> dict[str, list[Line]]:
    """Read the data sheets of a results workbook, by sheet."""
    assert path is not None
    book = openpyxl.load_workbook(path)
    found = {}
    for sheet in book.worksheets:
        header, *rows = sheet.iter_rows(values_only=True)
        if "import_run" in header:
            found[sheet.title] = [dict(zip(map(str, header), row, strict=True)) for row in rows]
    book.close()
    return found


def told(ended: Ended) -> dict[str, list[tuple[int, str]]]:
    """Row and status of each line of the results, by sheet."""
    return {
        name: [(line["import_row"], line["import_status"]) for line in lines]
        for name, lines in pages(ended.results).items()
    }


def changed(source: Path, name: str, **cells: object) -> Path:
    """Save a results workbook under another name, with other values in cells (``North__D3``)."""
    book = openpyxl.load_workbook(source)
    for place, value in cells.items():
        sheet, _, cell = place.partition("__")
        book[sheet][cell] = value
    path = source.with_name(name)
    book.save(path)
    return path


async def first_run(open_kind: Open, **options: Any) -> tuple[Stage, Path, Ended]:
    stage = await open_kind(CASE, keyed=False)
    source = workbook(stage)
    ended = await stage.run(source, mapping=stage.mapping(more=SHEETS), **options)
    assert ended.counts == {"created": 2, "invalid": 2}
    return stage, source, ended


async def test_a_data_sheet_for_each_sheet(open_kind: Open) -> None:
    """The results have one data sheet per sheet of the input, each line with its sheet and row."""
    _stage, _source, ended = await first_run(open_kind)
    assert told(ended) == {
        "North": [(2, "created"), (3, "invalid")],
        "South": [(3, "invalid"), (4, "created")],
    }
    for name, lines in pages(ended.results).items():
        assert {line["import_sheet"] for line in lines} == {name}


async def test_results_of_several_sheets_come_back(open_kind: Open) -> None:
    """Corrected rows of both sheets go, created ones are known by sheet and row, and the same file does nothing."""
    stage, _source, ended = await first_run(open_kind)
    assert ended.results is not None
    back = changed(ended.results, "back.xlsx", North__D3="good@example.com", South__C2="7")
    again = await stage.run(back, mapping=stage.mapping(more=SHEETS))
    assert again.counts == {"exists": 2, "created": 2} and stage.creates() == 4
    assert told(again) == {"North": [(2, "exists"), (3, "created")], "South": [(2, "created"), (3, "exists")]}
    before, after = pages(ended.results), pages(again.results)
    assert after["North"][0]["import_id"] == before["North"][0]["import_id"]
    assert after["South"][1]["import_id"] == before["South"][1]["import_id"]
    third = await stage.run(again.results, mapping=stage.mapping())
    assert third.counts == {"exists": 4} and stage.creates() == 4


async def test_lines_that_were_moved_to_another_sheet_or_file(open_kind: Open) -> None:
    """`import_sheet` says whose row a line is: in one sheet, in the wrong one, and in text; without it nobody knows."""
    stage, _source, ended = await first_run(open_kind)
    lines = [line for page in pages(ended.results).values() for line in page][::-1]
    table = [[str(cell or "") for cell in line.values()] for line in lines]
    header = ",".join(lines[0]) + "\n"
    path = stage.write(header + as_csv(table).partition("\n")[2], "moved.csv")
    moved = await stage.run(path)
    assert moved.counts == {"exists": 2, "invalid": 2} and stage.creates() == 2
    ids = [line["import_id"] or "" for line in stage.lines(moved)]
    assert ids == [line["import_id"] or "" for line in lines]
    assert "import_sheet" not in stage.lines(moved)[0]
    for sheet in ("", "West"):
        place = list(lines[0]).index("import_sheet")
        unclear = [[*row[:place], sheet, *row[place + 1 :]] for row in table]
        path = stage.write(header + as_csv(unclear).partition("\n")[2], f"unclear{sheet}.csv")
        ended = await stage.run(path)
        assert [line["import_code"] for line in stage.lines(ended)] == ["LINE_UNCLEAR"] * 4
        assert stage.creates() == 2


async def test_other_sheets_beside_the_results(open_kind: Open) -> None:
    """A sheet that somebody has added is no data, one whose line was copied is told, with the sheet of the first."""
    stage, _source, ended = await first_run(open_kind)
    assert ended.results is not None
    book = openpyxl.load_workbook(ended.results)
    book.create_sheet("Pivot").append(["only one cell"])
    copied = [cell.value for cell in book["South"][3]]
    book["South"].append(copied)
    path = stage.folder / "added.xlsx"
    book.save(path)
    again = await stage.run(path, mapping=stage.mapping(more=SHEETS))
    assert again.counts == {"exists": 2, "invalid": 3} and stage.creates() == 2
    last = pages(again.results)["South"][-1]
    assert last["import_code"] == "LINE_TWICE"
    assert "Line South!3 of the file is row South!4 of run" in last["import_message"]


async def test_results_of_another_run_are_kept(open_kind: Open) -> None:
    """Results of which the first sheet has no line are another run's all the same, and are not overwritten."""
    stage, source, ended = await first_run(open_kind)
    assert ended.results is not None
    book = openpyxl.load_workbook(ended.results)
    book["North"].delete_rows(2, 2)
    book.save(ended.results)
    book = openpyxl.load_workbook(source)
    book["North"]["A2"] = "K-9"
    book.save(source)
    other = await stage.run(source, mapping=stage.mapping(more=SHEETS))
    assert other.run != ended.run
    assert other.results is not None and other.results.name == "in.results-2.xlsx"


@pytest.mark.parametrize("sheets", [SHEETS, "read: {sheet: [South, North]}\n"])
async def test_the_annotated_copy_marks_every_sheet(open_kind: Open, sheets: str) -> None:
    """Each row is marked in its own sheet, under headers in different rows; the copy comes back as results."""
    stage = await open_kind(CASE, keyed=False)
    source = workbook(stage)
    book = openpyxl.load_workbook(source)
    book["South"]["H4"] = "beyond"
    book.create_sheet("Notes")["A1"] = "for me"
    book["Notes"].sheet_state = "hidden"
    book.save(source)
    mapping = stage.mapping(more=sheets)
    ended = await stage.run(source, mapping=mapping, annotate=True)
    copy = stage.folder / "in.annotated.xlsx"
    book = openpyxl.load_workbook(copy)
    assert book.sheetnames == ["North", "South", "Notes"]
    north, south = book["North"], book["South"]
    columns = [[cell.value for cell in row] for row in (north[1], south[2])]
    assert columns[0] == columns[1] and columns[0][8:11] == ["import_row", "import_sheet", "import_status"]
    assert [north.cell(n, 11).value for n in (2, 3)] == ["created", "invalid"]
    assert [south.cell(n, 11).value for n in (3, 4)] == ["invalid", "invalid"]
    assert [south.cell(n, 9).value for n in (3, 4)] == [3, 4]
    assert north["D3"].fill.fgColor.rgb == south["C3"].fill.fgColor.rgb == "FFFFC7CE"
    assert "e-mail" in north["D3"].comment.text and south["D3"].comment is None
    assert south["C1"].value is None and book["Notes"]["A1"].value == "for me"
    again = await stage.run(source, mapping=mapping, annotate=True)
    assert again.run == ended.run and not (stage.folder / "in.annotated-2.xlsx").exists()
    back = changed(copy, "back.xlsx", North__D3="good@example.com", South__H4=None, South__K4=None)
    third = await stage.run(back, mapping=mapping)
    assert third.counts == {"exists": 1, "created": 2, "invalid": 1} and stage.creates() == 3
