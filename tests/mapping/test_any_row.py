"""Mapping never raises, whatever a row holds, and never lets a blank or wrong value through."""

import datetime as dt
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from importer.model.draft import Draft
from importer.model.problem import SEVERAL
from importer.model.row import Row
from importer.model.schema import Choice, Property
from tests.mapping.fitting import IBM_HEAD, fit, schema_of
from tests.mapping.test_identity import CELLS

TEXT = """read: {blank_cells: ["-"]}
key: [A, B]
when: {column: L, is_not: [leave, out]}
columns:
  A: {to: Text, do: [trim, {pad: 4}], blank: error}
  B: {to: Number, type: number, decimal: ",", thousands: "."}
  C: {to: Integer, values: {a: 1, b: 2}, otherwise: keep}
  D: {to: Date, format: ["%d/%m/%Y", "%m/%d/%y", "%d %b %Y"]}
  E: {to: Moment, type: datetime, timezone: America/New_York}
  F: [{to: Flag, default: no}, {to: Email, do: [collapse, title]}, {to: Phone, blank: null}]
  G: {to: Id, do: [digits]}
  H: {to: Many, split: "|", do: [{replace: {from: a, to: b}}]}
  I: {to: Cut, truncate: 3}
  J:
    - {to: Chosen, values: {"/^[ab]/": x, "/[0-9]$/": y}, otherwise: keep, when: {column: A, do: [trim], matches: "/./"}}
    - {to: Chosen, type: integer, when: [{column: J, is_not: a}, {column: B, blank: false}]}
  K: {to: Other, do: [trim], lookup: {imported: accounts, none: omit}}
constants: {Fixed: x}
templates: {Template: "{A|trim|pad:3} {B|upper} {I|digits}"}
options: {client_context: {ref: "{A|digits}", who: me}}
"""

SCHEMA = schema_of(
    Property("Text", "text", length=5),
    Property("Number", "number", precision=10, scale=2, minimum=Decimal(-5)),
    Property("Integer", "integer", maximum=Decimal(100), required=True),
    Property("Date", "date"),
    Property("Moment", "datetime"),
    Property("Flag", "boolean"),
    Property("Email", "email", length=10),
    Property("Phone", "phone"),
    Property("Id", "id"),
    Property("Many", "text", multiple=True, restricted=True, choices=(Choice("b", "B"), Choice("c", "C"))),
    Property("Cut", "text", length=3),
    Property("Chosen", "text", length=3),
    Property("Other", "id", references=("Account",)),
    Property("Template", "text", length=20, required=True),
    Property("Fixed", "text"),
)
COLUMNS = "ABCDEFGHIJKL"
WITH = fit(TEXT, COLUMNS, SCHEMA, head=IBM_HEAD)
WITHOUT = fit(TEXT, COLUMNS, head=IBM_HEAD)

TYPICAL = st.sampled_from(
    [
        "",
        "-",
        " ",
        "a",
        "b|a|c",
        "12",
        "1.234,5",
        "31/05/2024",
        "05/06/24",
        "2024-03-10 02:30",
        "yes",
        "a@b.cd",
        "x" * 300,
        "leave",
    ]
)
ROWS = st.lists(st.one_of(TYPICAL, CELLS), max_size=14)


@settings(deadline=None)
@given(ROWS)
def test_any_row_is_a_draft_or_problems(cells):
    """Each row gives a draft with right values, or problems with words; the same row gives the same."""
    for compiled in (WITH, WITHOUT):
        row = Row(2, tuple(cells))
        drafted = compiled.draft(row)
        assert compiled.draft(row) == drafted
        assert (compiled.filtered(row) is None) is (drafted != (compiled._left_out,))
        if isinstance(drafted, Draft):
            check_values(drafted)
            continue
        assert drafted
        columns = [COLUMNS.index(found.column.split(SEVERAL)[0]) if found.column else 99 for found in drafted]
        assert columns == sorted(columns)
        for found in drafted:
            assert found.message.endswith((".", "?"))
            assert len(found.message) < 500


EXACT = st.lists(st.one_of(TYPICAL, CELLS), min_size=12, max_size=12).map(tuple)
BLOCKS = st.lists(EXACT, min_size=1, max_size=6).flatmap(
    lambda some: st.lists(st.sampled_from(some), min_size=1)
)
"""Rows of which some are equal."""
TEXT_ONLY = st.lists(st.lists(TYPICAL, min_size=12, max_size=12).map(tuple), min_size=1)


@settings(deadline=None)
@given(st.one_of(BLOCKS, TEXT_ONLY))
def test_rows_mapped_together_are_mapped_as_one_by_one(lines):
    """A block has the drafts of its rows, to the types of their values; the others are those with problems."""
    for compiled in (WITH, WITHOUT):
        rows = [Row(number, cells) for number, cells in enumerate(lines, start=2)]
        taken = [row for row in rows if compiled.takes(row)]
        if not taken:
            continue
        block = compiled.block(taken)
        assert block is not None
        expected = [compiled.draft(row) for row in taken]
        drafts = [found if isinstance(found, Draft) else None for found in expected]
        assert repr(list(block.drafts())) == repr(drafts)
        places = [at for at, found in enumerate(drafts) if found is not None]
        assert repr([block.draft(at) for at in places]) == repr([drafts[at] for at in places])
        for name, values in block.given(places).items():
            both = [{**drafts[at].values, **drafts[at].references} for at in places]
            assert repr(list(values)) == repr([each.get(name) for each in both])
        assert compiled.keys(taken) == [compiled.key(row) for row in taken]
    assert WITH.block([Row(2, ("x",))]) is None


@settings(deadline=None)
@given(BLOCKS)
def test_marks_tell_rows_apart_as_contents_do(lines):
    """Two rows of a file have the same mark where they say the same in every used cell."""
    rows = [Row(number, cells) for number, cells in enumerate(lines, start=2)]
    evened = [Row(9, tuple(str(c).replace("\r\n", "\n") if isinstance(c, str) else c for c in lines[0]))]
    spaced = [Row(9, tuple(" \t" if c in ("", None) else c for c in lines[0]))]
    rows += evened + spaced
    for one in rows:
        for other in rows:
            assert (WITH.mark(one) == WITH.mark(other)) is (WITH.content(one) == WITH.content(other))


def check_values(draft: Draft) -> None:
    """Assert that no value is blank or of a type that targets do not know."""
    for value in draft.values.values():
        for scalar in value if isinstance(value, tuple) else (value,):
            assert scalar is None or type(scalar) in (str, int, Decimal, bool, dt.date, dt.datetime)
            assert scalar != ""
            if isinstance(scalar, dt.datetime):
                assert scalar.tzinfo is dt.UTC
    assert set(draft.references) <= {"Other"}
    assert not set(draft.references) & set(draft.values)
    assert set(draft.options["client_context"]) <= {"ref", "who"}
