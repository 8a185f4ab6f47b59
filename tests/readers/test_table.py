"""Tables that a program hands over: what becomes of values, of odd rows, and of the file that keeps them."""

from __future__ import annotations

import datetime as dt
import enum
import json
import os
import stat
import tempfile
import uuid
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy
import pandas
import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.model.errors import SourceError
from importer.model.row import Row
from importer.readers.table import Spool, TableSource
from importer.readers.table_cells import cell_of, form_of

Spooled = Callable[..., TableSource]


@pytest.fixture
def spooled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Spooled]:
    """Spool rows into a folder that is empty again when the test has ended."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    spools: list[Spool] = []

    def spool(rows: Any, name: str = "table", columns: tuple[str, ...] = ()) -> TableSource:
        spools.append(Spool(name))
        for row in rows:
            spools[-1].add(row)
        return spools[-1].source(columns)

    yield spool
    for each in spools:
        each.close()
    assert list(tmp_path.iterdir()) == []


class Colour(str, enum.Enum):  # noqa: UP042 - the older way, whose str() is another text
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


ZURICH = dt.timezone(dt.timedelta(hours=2))
MOMENT = dt.datetime(2026, 5, 31, 14, 30, 15, 123456)
CELLS: list[tuple[object, object]] = [
    ("text", "text"),
    ("", ""),
    (" ünï 🙂 ", " ünï 🙂 "),
    ("a\nb\r\n", "a\nb\r\n"),
    ("007", "007"),
    (None, None),
    (True, True),
    (7, 7),
    (10**40, 10**40),
    (5.0, 5),
    (-0.0, 0),
    (2.5, 2.5),
    (0.1 + 0.2, 0.1 + 0.2),
    (1e15, 1e15),
    (float("inf"), float("inf")),
    (float("nan"), None),
    (Decimal("12.50"), 12.5),
    (Decimal("3E+2"), 300),
    (Decimal("12345678901234567.89"), "12345678901234567.89"),
    (Decimal("NaN"), None),
    (MOMENT, MOMENT),
    (MOMENT.replace(tzinfo=dt.UTC), MOMENT.replace(tzinfo=dt.UTC)),
    (MOMENT.replace(tzinfo=ZoneInfo("Europe/Zurich")), MOMENT.replace(tzinfo=ZURICH)),
    (dt.date(2026, 5, 31), dt.date(2026, 5, 31)),
    (dt.time(8, 5), dt.time(8, 5)),
    (dt.timedelta(days=-1, microseconds=3), dt.timedelta(days=-1, microseconds=3)),
    (Colour.RED, "red"),
    (Level.HIGH, 3),
    (uuid.UUID(int=5), "00000000-0000-0000-0000-000000000005"),
    (numpy.int64(4), 4),
    (numpy.float32(0.5), 0.5),
    (numpy.float64(6.0), 6),
    (numpy.bool_(True), True),
    (numpy.str_("n"), "n"),
    (numpy.datetime64("2026-05-31T14:30:15.123456"), MOMENT),
    (numpy.datetime64("NaT"), None),
    (pandas.NaT, None),
    (pandas.NA, None),
    (pandas.Timestamp("2026-05-31 14:30:15.123456789"), MOMENT),
    (pandas.Timestamp("2026-05-31 14:30:15.123456", tz="Europe/Zurich"), MOMENT.replace(tzinfo=ZURICH)),
    (pandas.Timedelta("90min"), dt.timedelta(minutes=90)),
]


@pytest.mark.parametrize(
    ("value", "expected"), CELLS, ids=lambda value: f"{type(value).__name__} {value!r}"[:40]
)
def test_values_become_cells(value: object, expected: object) -> None:
    """Through the file and back: the same type and value, blanks for what is missing, integers for 5.0."""
    form = json.loads(json.dumps(form_of(value)))
    cell, fault = cell_of(form)
    assert (cell, type(cell), fault) == (expected, type(expected), None)


@pytest.mark.parametrize(
    "value",
    [["a"], {"a": 1}, b"x", object(), {1}, 2j, pandas.Period("2026-05"), numpy.array([1, 2]), numpy.longdouble(1.5),
     pandas.Interval(0, 1), 10**5000, Decimal("1E+5000")],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_what_is_no_value_of_a_cell_is_a_problem(value: object, spooled: Spooled) -> None:
    """Nothing is turned into text by guess: the row is reported with its column and the type, without contents."""
    source = spooled([{"Id": 1, "Tags": value}])
    [row] = source.rows()
    [problem] = row.problems
    assert (problem.code, problem.column, problem.cell) == ("NOT_A_CELL", "Tags", "row 1")
    assert type(value).__name__ in problem.message
    assert [each.problems for each in source.limited_to([0]).rows()] == [()], "an unused column stops no row"


@pytest.mark.parametrize(("text", "code"), [("a\0b", "NUL_CHARACTER"), ("a\ud800b", "UNDECODABLE")])
def test_text_that_cannot_be_sent_is_a_problem(text: str, code: str, spooled: Spooled) -> None:
    """NUL and lone surrogates are reported as they are for files."""
    [row] = spooled([{"Id": text}]).rows()
    assert [problem.code for problem in row.problems] == [code] and not row.blank


@given(st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.none(), st.datetimes(), st.dates(), st.times(), st.timedeltas(), st.decimals()))  # fmt: skip
def test_any_value_goes_through(value: Any) -> None:
    """No value of these types breaks the spooling, and what comes back is of a cell's types."""
    cell, fault = cell_of(json.loads(json.dumps(form_of(value))))
    kinds = (str, int, float, bool, dt.date, dt.time, dt.timedelta, type(None))
    assert isinstance(cell, kinds)
    if fault is None and not isinstance(value, float | Decimal):
        assert cell == value


def test_columns_are_those_of_all_rows(spooled: Spooled) -> None:
    """In the order of their first appearance; a row without a column is blank there; every row counts."""
    source = spooled([{"a": 1}, {"b": 2, "a": 3}, {}, {"c": " ", 7: None}])
    assert source.shape.columns == ("a", "b", "c", "7")
    assert list(source.rows()) == [
        Row(1, (1, None, None, None)),
        Row(2, (3, 2, None, None)),
        Row(3, (None, None, None, None), (), True),
        Row(4, (None, None, " ", None), (), True),
    ]
    assert list(source.rows()) == list(source.rows())


def test_the_digest_is_of_the_rows_the_columns_and_the_name(spooled: Spooled) -> None:
    """The same table is the same run; another name, value, order or column is another."""
    rows = [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]
    same = spooled(rows).shape.digest
    assert spooled([{"a": 1.0, "b": "x"}, {"a": Decimal(2), "b": "y"}]).shape.digest == same
    others = [
        spooled(rows, "other"),
        spooled([*rows, {}]),
        spooled(rows[::-1]),
        spooled([{"a": 1, "c": "x"}, {"a": 2, "c": "y"}]),
        spooled([{"a": "1", "b": "x"}, {"a": 2, "b": "y"}]),
    ]
    assert len({same, *(other.shape.digest for other in others)}) == 6


def test_the_file_is_private_and_watched(spooled: Spooled) -> None:
    """Mode 0600 where there are modes; a file that somebody has written to is not read on."""
    source = spooled([{"a": 1}])
    if os.name == "posix":
        assert stat.S_IMODE(source.file.stat().st_mode) == 0o600
    source.check_unchanged()
    with source.file.open("ab") as stream:
        stream.write(b"x")
    with pytest.raises(SourceError) as caught:
        source.check_unchanged()
    assert caught.value.code == "SOURCE_CHANGED"


def test_no_rows_have_the_columns_that_were_named(spooled: Spooled) -> None:
    """An empty iterable says nothing about its columns."""
    source = spooled([], columns=("a", "b"))
    assert source.shape.columns == ("a", "b") and list(source.rows()) == []


@pytest.mark.parametrize(
    ("row", "code"), [(["a"], "NOT_A_ROW"), ("text", "NOT_A_ROW"), ({("a", 1): 2}, "BAD_COLUMN")]
)
def test_what_is_no_row_stops_the_table(row: Any, code: str, spooled: Spooled) -> None:
    """A list is no row, a tuple no column name; both are faults of the program, not of a row."""
    with pytest.raises(SourceError) as caught:
        spooled([{"a": 1}, row])
    assert caught.value.code == code and caught.value.remedy


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing can be spooled, the folder is named and what to do."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    with pytest.raises(SourceError) as caught:
        Spool("table")
    assert caught.value.code == "NOT_SPOOLED" and "TMPDIR" in caught.value.remedy
