"""Several sheets as one run: results by sheet, doubts settled by `Sheet!N`, the same command goes on."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from importer.api.history import write_again
from importer.api.verdicts import resolve_file, resolve_row
from importer.model.errors import Exit, JournalError
from importer.model.outcome import Status
from importer.pipeline.job import Ended
from tests.pipeline.conftest import Open
from tests.stage import CLAIM, HEADER, Stage

SHEETS = 'read: {sheet: "*"}\n'


def workbook(stage: Stage) -> Path:
    """Write two rows into sheet North and three, one of them blank, into sheet South."""
    book = openpyxl.Workbook()
    north, south = book.worksheets[0], book.create_sheet("South")
    north.title = "North"
    for row in (HEADER, *stage.kind.rows(2)):
        north.append(row)
    rows = stage.kind.rows(2, 3)
    for line in (HEADER, rows[0], [], rows[1]):
        south.append(line)
    path = stage.folder / "in.xlsx"
    book.save(path)
    book.close()
    return path


def lines(ended: Ended) -> list[dict[str, object]]:
    """Read the data sheets of a results workbook, one after the other."""
    assert ended.results is not None
    book = openpyxl.load_workbook(ended.results, read_only=True)
    found = []
    for sheet in book.worksheets[:2]:
        header, *rows = sheet.iter_rows(values_only=True)
        found += [dict(zip(map(str, header), row, strict=True)) for row in rows]
    book.close()
    return found


async def test_one_run_over_two_sheets(open_kind: Open) -> None:
    """Every row of both sheets has a line, with its sheet and its number there; again there is nothing to do."""
    stage = await open_kind(CLAIM)
    path = workbook(stage)
    first = await stage.run(path, mapping=stage.mapping(more=SHEETS))
    assert first.exit == Exit.DONE and first.counts == {"created": 4, "skipped": 1}
    places = [(line["import_sheet"], line["import_row"], line["import_status"]) for line in lines(first)]
    assert places == [
        ("North", 2, "created"),
        ("North", 3, "created"),
        ("South", 2, "created"),
        ("South", 3, "skipped"),
        ("South", 4, "created"),
    ]
    again = await stage.run(path, mapping=stage.mapping(more=SHEETS))
    assert again.run == first.run and stage.creates() == 4


async def test_a_doubt_on_the_second_sheet(open_kind: Open) -> None:
    """The message names the row as `resolve --row` takes it, and a number alone is refused."""
    stage = await open_kind(CLAIM, "lose_after_commit=at:3,lose_before_commit=at:4")
    stage.extra = 'rate = "5000/s"\nconcurrency = 1\n'
    path = workbook(stage)
    first = await stage.run(path, mapping=stage.mapping(more=SHEETS))
    assert first.counts == {"created": 2, "in_doubt": 2, "skipped": 1}
    doubts = [line for line in lines(first) if line["import_status"] == "in_doubt"]
    assert f"resolve {first.run} --row South!2" in str(doubts[0]["import_message"])
    found = next(record for record in stage.records() if record[stage.kind.text] == "text 3")
    with stage.journal() as journal:
        for name in ("2", "West!2", "South!x"):
            with pytest.raises(JournalError, match="has no row"):
                resolve_row(journal, first.run, name, None)
        resolve_row(journal, first.run, "South!2", found["id"])
        work = stage.folder / "work.xlsx"
        write_again(journal, first.run, frozenset({Status.IN_DOUBT}), work)
        book = openpyxl.load_workbook(work)
        column = [cell.value for cell in book["South"][1]].index("import_id") + 1
        book["South"].cell(2, column).value = "absent"
        book.save(work)
        assert resolve_file(journal, first.run, work) == 1
    second = await stage.run(path, mapping=stage.mapping(more=SHEETS))
    assert second.exit == Exit.DONE and second.counts == {"created": 4, "skipped": 1}
    assert stage.texts() == ["text 1", "text 2", "text 3", "text 4"]
