"""Undoing a run over several sheets: its lines stand where the rows stood, with and without the file."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from importer.api.history import write_again
from tests.pipeline.conftest import KINDS, Open
from tests.pipeline.test_sheets_returned import pages
from tests.pipeline.test_undo import by_text, touch
from tests.stage import HEADER, Stage

SHEETS = 'read: {sheet: "*"}\n'
NORTH = [(2, "North", "deleted"), (3, "North", "deleted")]
SOUTH = [(2, "South", "kept"), (3, "South", "deleted")]


def workbook(stage: Stage) -> Path:
    """Two sheets of two good rows each, and an empty one between them."""
    book = openpyxl.Workbook()
    book.worksheets[0].title = "North"
    for place, name in enumerate(("North", "None", "South")):
        sheet = book.worksheets[0] if place == 0 else book.create_sheet(name)
        sheet.append(HEADER)
        for row in stage.kind.rows(2, start=1 + 10 * place) if name != "None" else ():
            sheet.append(row)
    path = stage.folder / "in.xlsx"
    book.save(path)
    return path


@pytest.mark.parametrize("kind", ["bulk", "ibm"])
async def test_lines_stand_on_the_sheet_of_their_rows(open_kind: Open, kind: str) -> None:
    """Sheet and row of the input, in the results, in results written again, and as input once more."""
    stage = await open_kind(KINDS[kind])
    path, mapping = workbook(stage), stage.mapping(more=SHEETS)
    first = await stage.run(path, mapping=mapping)
    assert first.counts == {"created": 4}
    touch(stage, by_text(stage)["text 21"])
    ended = await stage.undone(first.run)
    assert ended.counts == {"deleted": 3, "kept": 1} and list(by_text(stage)) == ["text 21"]
    assert ended.results is not None and ended.undo is not None
    with stage.journal() as journal:
        again, count = write_again(journal, ended.undo, frozenset(), stage.folder / "again.xlsx")
    assert count == 4
    for results in (ended.results, again):
        found = pages(results)
        lines = [(line["import_row"], line["import_sheet"], line["import_status"]) for line in found["North"]]
        assert lines == NORTH and found["None"] == []
        lines = [(line["import_row"], line["import_sheet"], line["import_status"]) for line in found["South"]]
        assert lines == SOUTH and found["South"][0]["Text"] == "text 21"
    back = await stage.run(ended.results, mapping=mapping)
    assert back.counts == {"created": 3, "exists": 1} and len(stage.records()) == 4


async def test_without_the_file_lines_name_sheet_and_row(open_kind: Open) -> None:
    """The file is gone: text results with the sheet behind the row, from the journal alone."""
    stage = await open_kind(KINDS["salesforce"])
    path = workbook(stage)
    first = await stage.run(path, mapping=stage.mapping(more=SHEETS))
    touch(stage, by_text(stage)["text 21"])
    path.unlink()
    ended = await stage.undone(first.run)
    told = [
        (int(line["import_row"]), line["import_sheet"], line["import_status"]) for line in stage.lines(ended)
    ]
    assert told == [*NORTH, *SOUTH]
