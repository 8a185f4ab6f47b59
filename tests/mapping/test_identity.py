"""What identifies a row: its key, or the content of the cells that the mapping uses."""

import datetime as dt
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.mapping.identity import content_function
from importer.model.problem import Problem
from tests.mapping.fitting import fit, problems_of, row

KEYS = [
    ("T-1", "T-1"),
    (" T-1\t", "T-1"),
    ("t-1", "t-1"),
    ("e\u0301", "é"),
    ("007", "007"),
    ("1.0", "1.0"),
    (7, "7"),
    (7.0, "7"),
    (7.5, "7.5"),
    (0.1 + 0.2, "0.3"),
    (1e-7, "0.0000001"),
    (999999999999999.0, "999999999999999"),
    (True, "TRUE"),
    (dt.date(2024, 5, 31), "2024-05-31"),
    (10**20, "1" + "0" * 20),
]


@pytest.mark.parametrize(("cell", "expected"), KEYS)
def test_key_texts(cell, expected):
    """A part of a key is text, NFC, trimmed, case kept, a number in its shortest exact form."""
    assert fit("key: K\ncolumns: {A: P}", ["K", "A"]).key(row(cell, "x")) == (expected,)


BLANK_KEYS = [None, "", "  ", "\u00a0", "-"]


@pytest.mark.parametrize("cell", BLANK_KEYS)
def test_a_blank_part_of_a_key_is_a_problem(cell):
    """The problem names the column and the cell; draft tells it too, once."""
    compiled = fit('read: {blank_cells: ["-"]}\nkey: [K, L]\ncolumns: {A: P}', ["A", "K", "L"])
    key = compiled.key(row("x", "k", cell, number=7))
    assert isinstance(key, Problem)
    assert (key.code, key.column, key.cell) == ("BLANK_KEY", "L", "C7")
    assert [found[:2] for found in problems_of(compiled, "x", "k", cell)] == [("BLANK_KEY", "L")]
    assert compiled.key(row("x", "k", "l")) == ("k", "l")


def test_a_key_that_has_lost_digits_is_a_problem():
    """A number from 10^15 on cannot identify a row."""
    key = fit("key: K\ncolumns: {A: P}", ["K", "A"]).key(row(1e17, "x"))
    assert isinstance(key, Problem)
    assert key.code == "LOST_DIGITS"


def test_match_makes_the_key():
    """Without key it is the column that feeds match, by a rule or by a template of one column."""
    assert fit("match: L\ncolumns: {A: P, K: L}", ["A", "K"]).key(row("x", "1")) == ("1",)
    assert fit('match: L\ncolumns: {A: P}\ntemplates: {L: "Z-{K}"}', ["A", "K"]).key(row("x", "1")) == ("1",)
    implied = fit("match: L\nkey: K\ncolumns: {A: P}", ["A", "K"])
    assert implied.key(row("x", "1")) == ("1",)
    assert implied.draft(row("x", "1")).values == {"P": "x", "L": "1"}
    assert implied.feeds == {"P": "A", "L": "K"}


def test_a_match_property_without_a_value_is_a_blank_key():
    """A transform that leaves nothing of the key must not send a record without it."""
    compiled = fit("match: L\ncolumns: {A: P, K: {to: L, do: [digits]}}", ["A", "K"])
    assert [found[:2] for found in problems_of(compiled, "x", "none")] == [("BLANK_KEY", "K")]
    assert [found[:2] for found in problems_of(compiled, "x", "")] == [("BLANK_KEY", "K")]


def test_no_key():
    """Without key and match, and with key: none, identity is by content."""
    assert fit("columns: {A: P}", ["A"]).key(row("x")) is None
    assert fit("key: none\ncolumns: {A: P}", ["A"]).key(row("x")) is None
    assert fit("key: [none]\ncolumns: {A: P}", ["A", "none"]).key(row("x", "1")) == ("1",)


SAME_CONTENT = [
    ("text", "text"),
    (7, 7.0),
    (0.3, 0.1 + 0.2),
    (None, ""),
    (None, " \n"),
    ("a\r\nb", "a\nb"),
    ("a\rb", "a\nb"),
    ("e\u0301", "é"),
    (dt.date(2024, 5, 31), dt.datetime(2024, 5, 31)),
    (
        dt.datetime(2024, 5, 31, 12, tzinfo=dt.UTC),
        dt.datetime(2024, 5, 31, 14, tzinfo=dt.timezone(dt.timedelta(hours=2))),
    ),
]


@pytest.mark.parametrize(("one", "other"), SAME_CONTENT)
def test_a_workbook_saved_again_has_the_same_content(one, other):
    """What programs change when they save does not make a new row."""
    compiled = fit("columns: {A: P, B: Q}", ["A", "B"])
    assert compiled.content(row(one, "x")) == compiled.content(row(other, "x"))


OTHER_CONTENT = [
    (("a", "b"), ("b", "a")),
    (("ab", ""), ("a", "b")),
    (("ab", "c"), ("a", "bc")),
    (("xbty", ""), ("x", "y")),
    (("7", "x"), (7, "x")),
    ((True, "x"), (1, "x")),
    ((True, "x"), ("TRUE", "x")),
    (("2024-05-31", "x"), (dt.date(2024, 5, 31), "x")),
    (("a", "x"), ("A", "x")),
    ((" a", "x"), ("a", "x")),
    ((dt.datetime(2024, 5, 31, 0, 0, 1), "x"), (dt.date(2024, 5, 31), "x")),
    ((dt.time(1), "x"), ("01:00:00", "x")),
]


@pytest.mark.parametrize(("one", "other"), OTHER_CONTENT)
def test_different_rows_have_different_content(one, other):
    """Cells cannot run into each other, and a text is no number."""
    compiled = fit("columns: {A: P, B: Q}", ["A", "B"])
    assert compiled.content(row(*one)) != compiled.content(row(*other))


def test_content_is_that_of_the_used_columns_wherever_they_stand():
    """Other columns, other places and other spellings of the header change nothing."""
    text = "columns: {Ticket  No: P, B: Q}\n"
    one = fit(text, ["Ticket No", "B"]).content(row("1", "b"))
    assert fit(text, ["New", "B", "ticket no"]).content(row("noise", "b", "1")) == one
    assert fit(text, ["Ticket No", "B"]).content(row("1", "b", "too many")) == one
    assert (
        fit("columns: {Ticket No: P, B: Q, C: R}", ["Ticket No", "B", "C"]).content(row("1", "b", "")) == one
    )


CELLS = st.one_of(
    st.none(),
    st.text(),
    st.integers(),
    st.just(10**5000),
    st.floats(),
    st.booleans(),
    st.dates(),
    st.times(),
    st.datetimes(),
    st.datetimes(timezones=st.just(dt.UTC)),
    st.timedeltas(),
)


@settings(deadline=None)
@given(CELLS, CELLS)
def test_key_and_content_never_break(one, other):
    """Any cells have a key or a problem, and content; an equal key is an equal normal text."""
    compiled = fit("key: [K, L]\ncolumns: {K: P}", ["K", "L"])
    key = compiled.key(row(one, other))
    assert isinstance(key, Problem) or all(
        part == unicodedata.normalize("NFC", part).strip() != "" for part in key
    )
    assert compiled.key(row(one, other)) == key
    assert compiled.content(row(one, other)) == compiled.content(row(one, other))


@settings(deadline=None)
@given(st.integers(-(10**14), 10**14), st.integers(0, 5))
def test_a_number_has_one_key_however_it_is_typed(number, places):
    """An integer cell, a float cell and their shortest decimal text are one key."""
    compiled = fit("key: K\ncolumns: {K: P}", ["K"])
    assert compiled.key(row(number)) == compiled.key(row(float(number))) == (str(number),)
    part = number / 10**places
    assert compiled.key(row(part)) == (compiled.draft(row(part)).values["P"],)


@given(
    st.lists(
        st.one_of(st.text(max_size=4), st.text(alphabet="ab \r\n\t-", max_size=5)), min_size=3, max_size=3
    )
)
def test_the_short_way_for_plain_texts_changes_no_byte(cells):
    """Rows of plain texts are joined at once; what the ledger remembers is the same as cell by cell."""
    content = content_function([(0, "A"), (1, "B"), (2, "Ä")])
    typed = content_function([(0, "A"), (1, "B"), (2, "Ä"), (3, "Z")])
    assert content(cells) == typed([*cells, None])
