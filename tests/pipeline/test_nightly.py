"""Nightly loads: rows that are known cost nothing, tolerated failures, a limit of time."""

import openpyxl
import pytest

from importer.pipeline.options import Ceiling
from tests.pipeline.conftest import Open
from tests.stage import CASE, COLLECTIONS, HEADER, as_csv


async def test_known_rows_cost_no_request_and_no_room(open_kind: Open) -> None:
    """The export of the next night with the same 2,000 rows: no request for a row, one range in the journal."""
    stage = await open_kind(COLLECTIONS)
    stage.extra = 'rate = "5000/s"\nconcurrency = 5\n'
    text = as_csv(CASE.rows(2000))
    await stage.run(stage.write(text))
    with stage.journal():
        pass
    before = (stage.state / "journal.db").stat().st_size
    ended = await stage.run(stage.write(text + "\n", "night.csv"))
    assert ended.counts == {"exists": 2000}
    assert ended.calls == 2, "sign-in; organization, limits and describe in one"
    with stage.journal() as journal:
        run = journal.run(ended.run)
        assert journal.known_ranges(run.n) == [(2, 2001)] and journal.counts(run.n) == {}
    assert (stage.state / "journal.db").stat().st_size - before < 50_000


async def test_tolerated_failures(open_kind: Open) -> None:
    """--tolerate turns 3 into 0, also when there is nothing to do any more; the results say the same."""
    stage = await open_kind(CASE)
    path = stage.write([*CASE.rows(3), ["K-9", "text 9", "much", "m@example.com"]])
    assert (await stage.run(path)).exit == 3
    assert (await stage.run(path, tolerate=Ceiling(count=1))).exit == 0
    assert (await stage.run(path, tolerate=Ceiling(percent=10))).exit == 3
    [failed] = [line for line in stage.lines(await stage.run(path)) if line["import_status"] == "invalid"]
    assert failed["import_code"]


async def test_a_limit_of_time(open_kind: Open) -> None:
    """--max-duration ends with 5 what is at work, and does not begin what is left; the same command goes on."""
    stage = await open_kind(CASE)
    stage.extra = 'rate = "20/s"\nconcurrency = 5\n'
    first, second = stage.write(CASE.rows(60)), stage.write(CASE.rows(3, start=100), "second.csv")
    one, two = await stage.results_of(first, second, max_duration=0.6)
    assert one.ended is not None and one.exit == 5 and "--max-duration" in one.ended.reason
    assert 0 < one.ended.counts["created"] < 60
    assert two.error is not None and two.error.code == "MAX_DURATION" and two.exit == 5
    stage.extra = 'rate = "5000/s"\nconcurrency = 5\n'
    assert [found.exit for found in await stage.results_of(first, second)] == [0, 0]
    assert len(stage.records()) == 63


@pytest.mark.parametrize("keyed", [True, False], ids=["by key", "by content"])
async def test_a_workbook_that_was_saved_again_with_more_rows(open_kind: Open, keyed: bool) -> None:
    """Other bytes, the same rows and 20 more: 20 are made, the others exist; in any order of the rows."""
    stage = await open_kind(CASE, keyed=keyed)
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (HEADER, *stage.kind.rows(5)):
        sheet.append(row)
    book.save(stage.folder / "in.xlsx")
    assert (await stage.run(stage.folder / "in.xlsx")).counts == {"created": 5}
    sheet.insert_rows(2, 1)
    for place, value in enumerate(stage.kind.rows(1, start=100)[0], start=1):
        sheet.cell(2, place, value)
    for row in stage.kind.rows(19, start=101):
        sheet.append(row)
    book.save(stage.folder / "in.xlsx")
    again = await stage.run(stage.folder / "in.xlsx")
    assert again.counts == {"created": 20, "exists": 5} and len(stage.records()) == 25
