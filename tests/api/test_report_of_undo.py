"""Reports of runs that were undone, of undos, of updates, and of several sheets."""

from __future__ import annotations

import openpyxl
import pytest

from importer.model.errors import Exit
from importer.model.events import Event, RowSettled
from importer.pipeline.control import Control
from tests.api.test_report import WHY, by_status, line, reported
from tests.pipeline.conftest import KINDS, Open, open_kind
from tests.pipeline.test_undo import by_text, remove, touch
from tests.pipeline.test_undo_sheets import SHEETS, workbook
from tests.report_reading import column, whole
from tests.stage import CASE, CLAIM

__all__ = ["open_kind"]
KEPT = "Kept records by cause, most first"


@pytest.mark.parametrize("kind", ["bulk", "ibm"])
async def test_an_undone_run_and_its_undo(open_kind: Open, kind: str) -> None:
    """The import says what was undone; the undo what is gone, what stays and why, its requests and its legs."""
    stage = await open_kind(KINDS[kind])
    rows = stage.kind.rows(12)
    rows[11][3] = "nothing"
    first = await stage.run(stage.write(rows))
    ids = by_text(stage)
    touch(stage, ids["text 3"])
    remove(stage, ids["text 5"])
    told: list[RowSettled] = []

    def stop(event: Event, control: Control) -> None:
        told.extend([event] if isinstance(event, RowSettled) else [])
        if len(told) == 4:
            control.interrupt(Exit.INTERRUPTED)

    stage.extra += "collection_rows = 2\n" if kind == "bulk" else ""
    halfway = await stage.undone(first.run, during=stop)
    assert halfway.undo is not None
    left = halfway.counts["not_sent"]
    half = reported(stage, halfway.undo)
    assert f"{left} {'is' if left == 1 else 'are'} left." in half.headline and "interrupted" in half.text
    ended = await stage.undone(first.run)
    assert ended.counts == {"deleted": 9, "kept": 1, "gone": 1}

    imported = reported(stage, first.run)
    assert imported.headline == "1 of 12 rows is in; 10 were undone; 1 failed."
    assert by_status(imported) == {"created": 1, "invalid": 1, "deleted": 9, "gone": 1}
    assert f"Undone byrun {ended.undo}" in imported.text
    assert "undone" in imported.drawings["counts"] and "undone" in imported.drawings["progress-chart"]

    found = reported(stage, halfway.undo, with_values=True)
    assert found.headline == "10 of 11 records are gone; 1 was kept." and f"run {first.run}" in found.text
    assert by_status(found) == {"deleted": 9, "kept": 1, "gone": 1}
    assert "finished, some records were kept" in found.text and "an undo is about records" in found.text
    [cause] = found.tables[KEPT][1:]
    assert "TOUCHED" in cause[0] and cause[2:4] == ["kept", "1"] and cause[4].startswith("row 4: The record")
    assert [whole(text) for text in found.tables["Records at rest, summed up"][-1][1:]] == [10, 1, 11]
    requests = sum(map(whole, column(found.tables["Requests by time of work"], "Requests")))
    assert requests > 0 and column(found.tables["Legs, first to last"], "Leg") == ["1", "2"]
    assert line(found, "Records in doubt") == "0"


async def test_an_update_run(open_kind: Open) -> None:
    """What was changed counts as in, and the chart says so."""
    stage = await open_kind(CASE)
    rows = stage.kind.rows(4)
    await stage.run(stage.write(rows[:3]))
    rows[0][1] = "text changed"
    again = stage.write(rows, "second.csv")
    ended = await stage.run(again, mapping=stage.mapping(more="on_match: update\n"))
    found = reported(stage, ended.run)
    assert by_status(found) == ended.counts and ended.counts["updated"] and ended.counts["created"] == 1
    assert found.headline == "All 4 rows are in." and "created or updated" in found.text


async def test_rows_of_several_sheets_have_the_names_that_people_see(open_kind: Open) -> None:
    """North!3, in causes, in doubts, and with values."""
    stage = await open_kind(CLAIM, "lose_after_commit=at:1")
    path = workbook(stage)
    book = openpyxl.load_workbook(path)
    book["South"]["D3"] = "SECRET nothing"
    book.save(path)
    ended = await stage.run(path, mapping=stage.mapping(more=SHEETS))
    assert ended.counts == {"created": 2, "in_doubt": 1, "invalid": 1}
    found = reported(stage, ended.run)
    assert found.tables[WHY][1][4] == "row South!3" and "Row North!2." in found.text
    assert "SECRET" not in found.text
    shown = reported(stage, ended.run, with_values=True)
    assert shown.tables[WHY][1][4] == "row South!3: SECRET nothing"
