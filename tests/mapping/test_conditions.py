"""Conditions leave rows out, and choose which of several rules writes a property."""

import pytest

from importer.mapping import MappingFaultsError, parse_mapping
from importer.mapping.conditions import described
from importer.model.draft import Draft, Lookup
from importer.model.row import Row
from tests.mapping.fitting import HEAD, fit, problems_of, row, values_of

HOLDS = [
    # when, on column A                       cells for which it holds     cells for which it does not
    ("is: open", ["open"], ["Open", " open", "", "new"]),
    ("is: [open, new]", ["open", "new"], ["closed", ""]),
    ("is: [open, new], do: [trim, lower]", [" Open ", "NEW"], ["openly"]),
    ("is: 12", ["12", 12, 12.0], ["12.5", 13]),
    ("is: TRUE", [True, "TRUE"], [False, "true"]),
    ("is: 2024-05-31", ["2024-05-31"], ["2024-5-31"]),
    ("is_not: closed", ["open", "", "Closed"], ["closed"]),
    ("is_not: [closed, done]", ["open"], ["closed", "done"]),
    ("blank: true", ["", "  ", None, "-"], ["x", 0]),
    ("blank: false", ["x", 0], ["", None, "-"]),
    ("blank: true, do: [digits]", ["abc", ""], ["a1"]),
    ("matches: '/^P[12]/'", ["P1", "P2 x"], ["p1", "XP1", ""]),
    ("matches: /^$/", ["", None], ["x"]),
]


@pytest.mark.parametrize(("when", "holds", "others"), HOLDS, ids=[each[0] for each in HOLDS])
def test_conditions(when, holds, others):
    """Rows for which the condition does not hold are left out, with the reason."""
    text = f"read: {{blank_cells: ['-']}}\nwhen: {{column: A, {when}}}\ncolumns: {{B: P}}\n"
    compiled = fit(text, ["A", "B"])
    assert [cell for cell in holds if compiled.filtered(row(cell, "b")) is not None] == []
    assert [cell for cell in others if compiled.filtered(row(cell, "b")) is None] == []
    assert values_of(compiled, holds[0], "b") == {"P": "b"}
    assert [each[0] for each in problems_of(compiled, others[0], "b")] == ["FILTERED"]


def test_all_conditions_of_a_list_hold():
    """A list is an and; the reason names all of them."""
    text = (
        "when:\n  - {column: State, is: [open, new]}\n  - {column: Closed, blank: true}\ncolumns: {No: P}\n"
    )
    compiled = fit(text, ["No", "State", "Closed"])
    assert compiled.used == (0, 1, 2)
    assert [compiled.takes(row("1", *cells)) for cells in (("open", ""), ("new", "x"), ("done", ""))] == [
        True,
        False,
        False,
    ]
    found = compiled.filtered(row("1", "done", ""))
    assert found is not None
    assert found.message == (
        'Rows are imported when State is "open" or "new" and Closed is blank; this one is not.'
    )


def test_what_takes_part():
    """Blank rows, misshapen rows and rows that are left out have no identity."""
    compiled = fit("when: {column: A, is_not: x}\ncolumns: {B: P}\n", ["A", "B"])
    assert compiled.takes(row("a", "b"))
    assert not compiled.takes(row("x", "b"))
    assert not compiled.takes(Row(2, ("", ""), blank=True))


def test_a_cell_that_cannot_tell_is_a_problem():
    """A number with lost digits leaves no row out and lets none through: it is said."""
    compiled = fit("when: {column: A, is_not: x}\ncolumns: {B: P}\n", ["A", "B"])
    assert compiled.filtered(row(1e17, "b")) is None
    assert [each[:2] for each in problems_of(compiled, 1e17, "b")] == [("LOST_DIGITS", "A")]


CHOOSING = """columns:
  State:
    - {to: Status, values: {done: Closed}, when: {column: Kind, is: bug}}
    - {to: Status, values: {done: Resolved}, when: {column: Kind, is: wish}}
  Person: {to: OwnerId, lookup: {object: User, by: Username}, when: {column: Person, matches: /@/}}
  Team: {to: OwnerId, lookup: {object: Queue, by: DeveloperName}}
constants:
  Status: {value: New, when: {column: State, blank: true}}
templates:
  Subject: {value: "[{Kind}] {State}", when: {column: Kind, blank: false}}
"""
COLUMNS = ["State", "Kind", "Person", "Team"]
CHOICES = [
    # cells                              status, who is looked up, subject
    (("done", "bug", "a@b.c", "T"), ("Closed", "User", "[bug] done")),
    (("done", "wish", "a", "T"), ("Resolved", "Queue", "[wish] done")),
    (("done", "other", "", "T"), (None, "Queue", "[other] done")),
    (("", "", "", "T"), ("New", "Queue", None)),
]


@pytest.mark.parametrize(("cells", "expected"), CHOICES)
def test_the_first_rule_whose_condition_holds_writes(cells, expected):
    """Of several rules for a property one writes; where none holds, the property is left out."""
    draft = fit(CHOOSING, COLUMNS).draft(row(*cells))
    assert isinstance(draft, Draft)
    owner = draft.references["OwnerId"].lookup
    assert (draft.values.get("Status"), owner.object, draft.values.get("Subject")) == expected
    assert owner == Lookup("User", "Username", "a@b.c") or owner == Lookup("Queue", "DeveloperName", "T")


def test_problems_stand_at_the_rule_that_was_chosen():
    """A value that the chosen rule cannot take is shown in that rule's column."""
    text = """columns:
  A: {to: P, type: integer, when: {column: C, is: a}}
  B: {to: P, type: date}
"""
    compiled = fit(text, ["A", "B", "C"])
    assert [each[:2] for each in problems_of(compiled, "x", "y", "a")] == [("BAD_NUMBER", "A")]
    assert [each[:2] for each in problems_of(compiled, "x", "y", "b")] == [("BAD_DATE", "B")]
    assert [each[:2] for each in problems_of(compiled, "x", "y", 1e17)] == [("LOST_DIGITS", "C")]


def test_columns_of_conditions_must_be_there():
    """A condition on a column that the file does not have stops the run, at its place."""
    text = "when: {column: Sate, is: x}\ncolumns:\n  A: {to: P, when: [{column: B, is: x}]}\n"
    with pytest.raises(MappingFaultsError) as caught:
        fit(text, ["A", "State"])
    assert [(each.line, each.column, each.message) for each in caught.value.faults] == [
        (3, 7, 'the file has no column "Sate"; did you mean "State"?'),
        (5, 21, 'the file has no column "B"'),
    ]


def test_conditions_change_the_digest():
    """Another condition, or another order of the rules, makes another mapping."""
    texts = [
        "when: {column: A, is: x}\ncolumns: {A: P}",
        "when: {column: A, is_not: x}\ncolumns: {A: P}",
        "columns: {A: {to: P, when: {column: A, is: x}}}",
        "columns: {A: P}",
    ]
    assert len({parse_mapping(f"{HEAD}{text}", "m.yaml").digest for text in texts}) == 4
    moved = parse_mapping(f"{HEAD}columns: {{A: P}}\n\nwhen: [{{is: x, column: A}}]", "m.yaml")
    assert moved.digest == parse_mapping(f"{HEAD}{texts[0]}", "m.yaml").digest


def test_conditions_in_words():
    """The sentences of all kinds of conditions."""
    text = """when:
  - {column: A, is: x}
  - {column: A, is_not: [x, y]}
  - {column: A, matches: /x/}
  - {column: A, blank: false}
columns: {A: P}
"""
    said = described(parse_mapping(f"{HEAD}{text}", "m.yaml").when)
    assert said == 'A is "x" and A is not "x" or "y" and A fits /x/ and A is not blank'
