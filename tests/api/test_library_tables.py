"""Tables through the library: iterables of dicts and DataFrames, imported, left and continued."""

from __future__ import annotations

import csv
import datetime as dt
import tempfile
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas
import pytest

from importer import Exit, ImporterError, Mapping, MappingError, Problem, RowResult, SourceError, Status
from importer.api.backlog import AHEAD, KEPT, Backlog
from tests.api.conftest import Begin, Library
from tests.stage import CASE


@pytest.fixture(autouse=True)
def spool_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where tables are spooled; nothing of them is left when an import has ended."""
    folder = tmp_path_factory.mktemp("spool")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


async def test_an_iterable_of_dicts_is_imported(library: Library) -> None:
    """Rows are counted from 1; each becomes a record; no results file is written."""
    rows = library.dicts(7)
    async with library.connection() as connection:
        outcomes = library.outcomes((row for row in rows), connection, name="in")
        found = [outcome async for outcome in outcomes]
    assert sorted((o.row, o.status.value) for o in found) == [(n, "created") for n in range(1, 8)]
    assert library.stage.texts() == [row["Text"] for row in rows]
    assert outcomes.summary is not None and outcomes.summary.results is None
    assert list(library.stage.folder.rglob("*results*")) == []


async def test_a_table_is_left_and_continued(library: Library) -> None:
    """The same rows under the same name are the same run; the rest goes, nothing is made twice."""
    rows = library.dicts(50)
    async with library.connection() as connection:
        async for _ in library.outcomes(iter(rows), connection, name="nightly"):
            break
        outcomes = library.outcomes(rows, connection, name="nightly")
        assert {o.status async for o in outcomes} == {Status.CREATED}
        assert outcomes.summary is not None and outcomes.summary.counts == {"created": 50}
        again = library.outcomes(rows, connection, name="another name")
        assert {o.status async for o in again} == {Status.EXISTS}
    assert len(library.stage.records()) == 50 == library.stage.creates()
    with library.stage.journal() as journal:
        assert len(journal.runs()) == 2


async def test_a_data_frame_is_imported(library: Library) -> None:
    """Integral floats are integers, missing values are blank, whatever pandas has made of the columns."""
    frame = pandas.DataFrame(library.dicts(4)).rename(columns={"No": "Number"})
    frame["Number"] = [1.0, 2.0, 3.0, float("nan")]
    frame.loc[1, "Amount"] = float("nan")
    frame.loc[2, "Mail"] = None
    frame["Unused"] = [["a list"], {}, b"", object()]
    text = (
        library.stage.mapping()
        .read_text("utf-8")
        .replace("key: No", "key: Number")
        .replace("  No:", "  Number:")
    )
    async with library.connection() as connection:
        outcomes = library.outcomes(frame, connection, name="frame", mapping=library.mapping(text))
        found = {outcome.row: outcome async for outcome in outcomes}
    assert [found[row].status.value for row in range(1, 5)] == ["created"] * 3 + ["invalid"]
    assert [problem.code for problem in found[4].problems] == ["BLANK_KEY"]
    assert sorted(str(record[library.stage.kind.key]) for record in library.stage.records()) == [
        "1",
        "2",
        "3",
    ]


async def test_typed_values_arrive_as_what_they_are(begin: Begin) -> None:
    """Dates, timestamps and booleans need no format; a text in the same column is read as a text."""
    library = await begin(CASE)
    mapping = Mapping.parse(TYPED, "typed.yaml")
    moment = pandas.Timestamp("2026-05-31 14:30", tz="Europe/Zurich")
    frame = pandas.DataFrame(
        {
            "No": ["A", "B"],
            "Text": ["text a", "text b"],
            "Opened": [moment, pandas.NaT],
            "Due": [dt.date(2026, 6, 1), None],
            "Effort": pandas.array([3, None], dtype="Int64"),
            "VIP": [True, False],
        }
    )
    async with library.connection() as connection:
        found = [o async for o in library.outcomes(frame, connection, name="typed", mapping=mapping)]
    assert {o.status for o in found} == {Status.CREATED}, found
    first, second = sorted(library.stage.records(), key=lambda record: record["Subject"])
    assert str(first["Reported_At__c"]).startswith("2026-05-31T12:30:00")
    assert (first["Due_Date__c"], first["Effort_Hours__c"], first["Is_Vip__c"]) == ("2026-06-01", 3, True)
    assert second.get("Reported_At__c") is None and second["Is_Vip__c"] is False


TYPED = """version: 1
target: salesforce
source: typed
key: "No"
match: Legacy_Id__c
columns:
  Text: Subject
  Opened: {to: Reported_At__c, type: datetime}
  Due: {to: Due_Date__c, type: date}
  Effort: {to: Effort_Hours__c, type: number}
  VIP: {to: Is_Vip__c, type: boolean}
"""


async def test_results_of_a_table_are_written_where_it_is_said(begin: Begin) -> None:
    """A path gives CSV: the table's cells, then the result columns; a workbook's ending is refused."""
    library = await begin(CASE)
    wanted = library.stage.folder / "wanted.csv"
    rows = library.dicts(3)
    rows[1]["Mail"] = "nobody"
    async with library.connection() as connection:
        outcomes = library.outcomes(rows, connection, name="t", results=wanted)
        found = {o.row: o async for o in outcomes}
        with pytest.raises(ImporterError, match="does not end so"):
            await anext(library.outcomes(rows, connection, name="u", results=wanted.with_suffix(".xlsx")))
    assert outcomes.summary is not None and outcomes.summary.results == wanted
    with wanted.open(encoding="utf-8", newline="") as stream:
        lines = list(csv.DictReader(stream))
    assert [line["Text"] for line in lines] == ["text 1", "text 2", "text 3"]
    assert [line["import_status"] for line in lines] == ["created", "invalid", "created"]
    assert lines[1]["import_message"] == found[2].message and found[2].problems[0].cell == "row 2"


async def test_an_odd_value_stays_behind_alone(library: Library) -> None:
    """A list in a mapped column: that row is invalid, with column and type; the others go."""
    rows = library.dicts(3)
    rows[1]["Text"] = ["a", "list"]
    async with library.connection() as connection:
        found = {o.row: o async for o in library.outcomes(rows, connection, name="odd")}
    assert [found[row].status.value for row in (1, 2, 3)] == ["created", "invalid", "created"]
    assert (found[2].problems[0].code, found[2].problems[0].column) == ("NOT_A_CELL", "Text")


async def test_an_empty_table_is_nothing_to_do(library: Library) -> None:
    """No rows tonight: no outcome, exit 0."""
    async with library.connection() as connection:
        for empty in ([], pandas.DataFrame(library.dicts(1)).iloc[:0]):
            outcomes = library.outcomes(empty, connection, name="empty")
            assert [outcome async for outcome in outcomes] == []
            assert outcomes.summary is not None and outcomes.summary.exit_code == Exit.DONE


async def test_tables_need_a_name_and_a_key(begin: Begin) -> None:
    """Without them the same rows could not be known again; files need no name."""
    library = await begin(CASE)
    library.stage.keyed = False
    keyless = library.mapping()
    library.stage.keyed = True
    async with library.connection() as connection:
        with pytest.raises(SourceError) as nameless:
            await anext(library.outcomes(library.dicts(1), connection))
        with pytest.raises(MappingError) as without_key:
            await anext(library.outcomes(library.dicts(1), connection, name="t", mapping=keyless))
        for wrong in ({"a": 1}, 5, b"path"):
            with pytest.raises(TypeError, match="a source is a path, an iterable of dicts or a DataFrame"):
                await anext(library.outcomes(wrong, connection, name="t"))
        with pytest.raises(TypeError, match="name is for tables"):
            library.outcomes(library.file(1), connection, name="t")
    assert nameless.value.code == "NO_NAME" and without_key.value.code == "NO_KEY"
    assert library.stage.creates() == 0


async def test_an_iterable_that_fails_sends_nothing(begin: Begin) -> None:
    """The caller's own exception comes back to the caller, and no row of the half table was sent."""
    library = await begin(CASE)

    def rows() -> Iterator[dict[str, Any]]:
        yield from library.dicts(500)
        raise LookupError("the database has gone")

    async with library.connection() as connection:
        with pytest.raises(LookupError, match="has gone"):
            await anext(library.outcomes(rows(), connection, name="t"))
    assert library.stage.creates() == 0


def _result(row: int) -> RowResult:
    problems = (Problem("CODE", f"message {row} " + "x" * 500, "Column"),)
    return RowResult(row, Status.INVALID, "run", f"message {row}", problems=problems)


async def test_a_backlog_keeps_order_in_constant_memory(spool_folder: Path) -> None:
    """Rows that need no request may come much faster than they are taken: they wait on the disk, in order."""
    backlog: Backlog[RowResult] = Backlog()
    tracemalloc.start()
    try:
        count = 10 * KEPT
        for row in range(count):
            backlog.put(_result(row))
        assert tracemalloc.get_traced_memory()[1] < 5 * KEPT * 1000
        for row in range(count):
            if row % 3 == 0:
                backlog.put(_result(count + row // 3))
            assert await backlog.get() == _result(row)
        for row in range(count, count + (count + 2) // 3):
            assert await backlog.get() == _result(row)
    finally:
        tracemalloc.stop()
    assert len(backlog) == 0 and backlog._file is None, "an empty file is given up"
    backlog.put(_result(1))
    backlog.end()
    assert await backlog.get() == _result(1) and await backlog.get() is None
    backlog.drop()


async def test_a_backlog_has_room_until_the_caller_is_far_behind() -> None:
    """Room is there below the mark, comes back with a take, and is no question when nobody takes any more."""
    backlog: Backlog[int] = Backlog()
    for number in range(AHEAD):
        assert backlog._room.is_set()
        backlog.put(number)
    assert not backlog._room.is_set()
    await backlog.get()
    await backlog.room()
    backlog.put(1)
    backlog.drop()
    await backlog.room()
    backlog.put(2)
    assert await backlog.get() is None
