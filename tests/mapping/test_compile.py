"""A mapping meets a header: columns by name, what is used, what is told, what is refused."""

import pytest

from importer.mapping import MappingFaultsError
from importer.mapping.cells import cell_texts
from importer.model.draft import Draft
from importer.model.problem import Problem
from importer.model.row import Row
from importer.model.schema import Property
from tests.mapping.fitting import fit, problems_of, row, schema_of, told, values_of


def test_columns_match_by_their_normal_name():
    """Runs of blanks, blanks at the ends and composed letters make no difference and no noise."""
    compiled = fit("columns: {Ticket  No: P, Café: Q}", ["  Ticket\u00a0No ", "Cafe\u0301", "More"])
    assert values_of(compiled, "1", "2", "3") == {"P": "1", "Q": "2"}
    assert compiled.notes == ()
    assert compiled.used == (0, 1)
    assert compiled.unused_columns == ("More",)
    assert compiled.feeds == {"P": "  Ticket\u00a0No ", "Q": "Cafe\u0301"}


def test_a_difference_in_case_alone_matches_and_is_told():
    """The person sees which column was meant; an exact match goes first."""
    compiled = fit("columns: {state: P}", ["State"])
    assert compiled.notes == ('Column "state" of the mapping is "State" in the file.',)
    exact = fit("columns: {state: P}", ["State", "state"])
    assert exact.notes == ()
    assert exact.used == (1,)


def test_missing_and_repeated_columns():
    """All columns that do not fit are told at once, with the nearest names and with places."""
    text = "key: Nummer\ncolumns:\n  Tiket No: P\n  State: Q\n  Nothing like it: R\n"
    text += 'templates:\n  T: "{Sumary}"\n'
    with pytest.raises(MappingFaultsError) as caught:
        fit(text, ["Ticket No", "State", "Summary", "State ", "Number"])
    assert told(caught.value) == [
        'm.yaml:3:6: the file has no column "Nummer"; did you mean "Number"?',
        'm.yaml:5:3: the file has no column "Tiket No"; did you mean "Ticket No"?',
        'm.yaml:6:3: the file has 2 columns called "State" (columns 2, 4); rename all but one',
        'm.yaml:7:3: the file has no column "Nothing like it"',
        'm.yaml:9:3: the file has no column "Sumary"; did you mean "Summary"?',
    ]


def test_a_wrong_file_is_told_once():
    """However many columns are missing, what the file has is told once, at the end."""
    text = "columns: {Alpha: P, Beta: Q, Gamma: R}"
    with pytest.raises(MappingFaultsError) as caught:
        fit(text, [f"x{number}" for number in range(15)])
    first = ", ".join(f'"x{number}"' for number in range(12))
    assert len(caught.value.faults) == 3
    assert caught.value.notes == (
        f"The file has the columns {first} and 3 more. Is it the right file, and is its header where the "
        "mapping says (read: header_row)?",
    )
    assert str(caught.value).endswith(caught.value.notes[0])


def test_repeated_columns_that_are_not_used_do_not_matter():
    """Duplicate and empty headers are a fault only when they are used."""
    assert values_of(fit("columns: {A: P}", ["A", "B", "B", "", ""]), "1", "2", "3", "4", "5") == {"P": "1"}


def test_columns_that_differ_in_case_only_are_not_guessed():
    """Without an exact match two candidates are a fault."""
    with pytest.raises(MappingFaultsError, match=r'the file has 2 columns called "STATE" \(columns 1, 2\)'):
        fit("columns: {STATE: P}", ["State", "state"])


def test_properties_are_spelt_as_in_the_schema():
    """Drafts, feeds and problems carry the schema's spelling."""
    compiled = fit("columns: {A: legacy_id__c}", ["A"], schema_of(Property("Legacy_Id__c", "text", length=3)))
    assert values_of(compiled, "abc") == {"Legacy_Id__c": "abc"}
    assert compiled.feeds == {"Legacy_Id__c": "A"}
    assert "Legacy_Id__c takes 3" in problems_of(compiled, "abcd")[0][2]


def test_values_stand_in_the_order_of_the_mapping():
    """The payload reads like the mapping file, sections included."""
    text = 'templates: {T: "{A}"}\nconstants: {C: x}\ncolumns: {B: Q, A: P}\n'
    drafted = fit(text, ["A", "B"]).draft(row("a", "b", number=9))
    assert isinstance(drafted, Draft)
    assert list(drafted.values) == ["T", "C", "Q", "P"]
    assert drafted.row == 9
    assert drafted.columns == {"T": "A", "Q": "B", "P": "A"}


def test_all_problems_of_a_row_are_found_in_column_order():
    """Not only the first problem, and in the order in which a person reads the row."""
    text = """columns:
  C: {to: X, type: integer}
  A: {to: Y, type: date}
  B: [{to: Z, values: {b: c}}, {to: W, type: boolean}]
"""
    compiled = fit(text, ["A", "B", "C"])
    drafted = compiled.draft(row("a", "x", "c", number=12))
    assert not isinstance(drafted, Draft)
    assert [(found.code, found.column, found.cell) for found in drafted] == [
        ("BAD_DATE", "A", "A12"),
        ("UNKNOWN_VALUE", "B", "B12"),
        ("BAD_BOOLEAN", "B", "B12"),
        ("BAD_NUMBER", "C", "C12"),
    ]


def test_no_case_is_made_of_constants_alone():
    """A row whose mapped cells are all blank is invalid, whatever constants, defaults and its key say."""
    text = "key: K\ncolumns: {A: {to: P, default: x}, B: Q}\nconstants: {C: y}\n"
    compiled = fit(text, ["K", "A", "B", "Other"])
    assert [found[0] for found in problems_of(compiled, "1", "", " ", "not mapped")] == ["NO_VALUES"]
    assert values_of(compiled, "1", "", "b", "") == {"P": "x", "Q": "b", "C": "y"}


def test_short_rows_are_blank_at_their_end():
    """A row with fewer cells than the header has blank cells there; surplus ones are not looked at."""
    compiled = fit("columns: {A: P, B: Q}", ["A", "B"])
    assert values_of(compiled, "a") == {"P": "a"}
    assert values_of(compiled, "a", "b", "c") == {"P": "a", "Q": "b"}


def found(code: str, column: str | None) -> Problem:
    """Return a problem as readers give it."""
    return Problem(code, "…", column, "A1")


FAULTS = [
    # problems of the row                                         those that stop it
    ([("TOO_FEW_CELLS", None)], ["TOO_FEW_CELLS"]),
    ([("UNDECODABLE", "Unused")], ["UNDECODABLE"]),
    ([("NUL_CHARACTER", "Unused")], ["NUL_CHARACTER"]),
    ([("ERROR_CELL", "Plain")], ["ERROR_CELL"]),
    ([("ERROR_CELL", "Unused")], []),
    ([("NO_CACHED_VALUE", "Unused"), ("LOST_DIGITS", "Plain")], ["LOST_DIGITS"]),
    ([("LOOKS_PADDED", "Plain")], ["LOOKS_PADDED"]),
    ([("LOOKS_PADDED", "Unused")], []),
    ([("LOOKS_PADDED", "Padded")], []),
    ([("LOOKS_PADDED", "Number")], []),
    ([("LOOKS_PADDED", "Twice")], ["LOOKS_PADDED"]),
    ([("LOOKS_PADDED", "Key")], ["LOOKS_PADDED"]),
    ([("LOOKS_PADDED", "Filter")], []),
]


@pytest.mark.parametrize(("given", "expected"), FAULTS)
def test_faults_of_reading(given, expected):
    """A row with faults of shape is not mapped; faults of cells that the mapping does not use stop no row."""
    text = """key: Key
columns:
  Plain: P
  Padded: {to: Q, do: [{pad: 5}]}
  Number: {to: R, type: integer}
  Twice: [{to: S, do: [{pad: 5}]}, T]
templates: {U: "{Filter|pad:5}"}
"""
    columns = ["Key", "Plain", "Padded", "Number", "Twice", "Unused", "Filter"]
    compiled = fit(text, columns)
    broken = Row(2, ("k", "p", 1, 2, 3, "u", 4), tuple(found(*each) for each in given))
    assert [each.code for each in compiled.faults(broken)] == expected
    drafted = compiled.draft(broken)
    if expected:
        assert drafted == compiled.faults(broken)
    else:
        assert isinstance(drafted, Draft)
        assert drafted.values["Q"] == "00001"


def test_cell_texts():
    """The cells of a row by column name, as texts: results and messages are made of them."""
    cells = (1.0, None, True, 1e17, 10**5000)
    texts = cell_texts(["A", "B", "C", "D", "E", "F"], Row(2, cells))
    assert texts == {
        "A": "1",
        "B": "",
        "C": "TRUE",
        "D": "1e+17",
        "E": "a number of thousands of digits",
        "F": "",
    }
