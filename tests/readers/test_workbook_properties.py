"""Any table that openpyxl writes is read back cell for cell."""

from __future__ import annotations

import datetime as dt
import math
import tempfile
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from tests.readers.reading import opened
from tests.readers.workbooks import workbook

TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff\r"), max_size=8
).filter(
    lambda text: (
        not ILLEGAL_CHARACTERS_RE.search(text)
        and not text.startswith("=")
        and "_x" not in text
        and text not in ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A")
    )
)
SECONDS = st.datetimes(dt.datetime(1900, 3, 1), dt.datetime(9999, 12, 30)).map(
    lambda at: at.replace(microsecond=0)
)
CELL = st.one_of(
    st.none(),
    TEXT,
    st.booleans(),
    st.integers(-(10**15) + 1, 10**15 - 1),
    st.floats(-1e14, 1e14).filter(lambda number: not number.is_integer()),
    st.dates(dt.date(1900, 3, 1), dt.date(9999, 12, 30)),
    SECONDS.filter(lambda at: at.time() != dt.time()),
    st.times().map(lambda at: at.replace(microsecond=0)),
)


@st.composite
def tables(draw: st.DrawFn) -> list[list[object]]:
    """Draw rows of one width."""
    width = draw(st.integers(1, 4))
    return draw(st.lists(st.lists(CELL, min_size=width, max_size=width), max_size=6))


def same(found: object, wanted: object) -> bool:
    """Compare two cells by type and value; openpyxl writes floats with 16 digits."""
    if isinstance(found, float) and isinstance(wanted, float):
        return math.isclose(found, wanted, rel_tol=1e-14)
    return type(found) is type(wanted) and found == wanted


@settings(max_examples=60, deadline=None)
@given(tables())
@example([[None, "x"], [None, None], ["y", None]])
def test_reads_back(table: list[list[object]]) -> None:
    """Texts, numbers, booleans, dates and times come back with their types, in their rows."""
    names = [f"n{index}" for index in range(len(table[0]) if table else 1)]
    with tempfile.TemporaryDirectory() as folder:
        source = opened(workbook(Path(folder), [names, *table]))
        found = list(source.rows())
    expected = [
        (number, tuple(None if cell == "" else cell for cell in row)) for number, row in enumerate(table, 2)
    ]
    blank = [
        all(cell is None or (isinstance(cell, str) and not cell.strip()) for cell in row)
        for _, row in expected
    ]
    while expected and blank[len(expected) - 1]:
        expected.pop()
    assert source.shape.columns == tuple(names)
    assert [row.number for row in found] == [number for number, _ in expected]
    for row, (_, cells), is_blank in zip(found, expected, blank, strict=False):
        assert row.blank == is_blank
        assert not row.problems
        if not is_blank:
            assert all(map(same, row.cells, cells)), (row.cells, cells)
