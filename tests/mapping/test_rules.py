"""One rule: blank? · split → do → blank again? → values → otherwise → type → truncate."""

import datetime as dt
from decimal import Decimal

import pytest

from importer.mapping import MappingFaultsError, parse_mapping
from importer.model.schema import Property
from tests.mapping.fitting import HEAD, IBM_HEAD, fit, outcome, problems_of, row, values_of

BLANKS = [
    # rule                                     cell       value, "omitted", or codes
    ("", "x", "x"),
    ("", " x ", " x "),
    ("", "", "omitted"),
    ("", "  \t\n\u00a0", "omitted"),
    ("", None, "omitted"),
    ("", "-", "-"),
    ("", "N/A", "N/A"),
    ("", 0, "0"),
    ("blank: omit", "", "omitted"),
    ("blank: null", "", None),
    ("blank: error", " ", ["BLANK"]),
    ("default: Low", " ", "Low"),
    ("default: Low", None, "Low"),
    ("default: Low, values: {P1: High}", "", "Low"),
    ("default: low, do: [upper]", "", "low"),
    ("default: 5, type: integer", "", 5),
    ("default: 2.5, type: number, decimal: ','", "", Decimal("2.5")),
    ("default: 2024-05-31, type: date, format: '%d/%m/%Y'", "", dt.date(2024, 5, 31)),
    ("default: no, type: boolean", "", False),
    ("default: {value: null}", "", "null"),
    # blank again, after do
    ("do: [digits], default: none at all", "n/a", "none at all"),
    ("do: [digits], blank: error", "n/a", ["BLANK"]),
    ("do: [digits], blank: null", "n/a", None),
    ("do: [{replace: {from: x, to: ''}}]", "xx", "omitted"),
]

MAPS = "values: {P1: High, P2: Medium, no: Norway, '1': one}"
VALUES = [
    (MAPS, "P1", "High"),
    (MAPS, "p1", ["UNKNOWN_VALUE"]),
    (MAPS, "P1 ", ["UNKNOWN_VALUE"]),
    (MAPS + ", do: [trim, upper]", " p1 ", "High"),
    (MAPS, "no", "Norway"),
    (MAPS, 1, "one"),
    (MAPS, 1.0, "one"),
    (MAPS, "", "omitted"),
    (MAPS + ", otherwise: keep", "P9", "P9"),
    (MAPS + ", otherwise: Low", "P9", "Low"),
    (MAPS + ", otherwise: {value: keep}", "P9", "keep"),
    (MAPS + ", otherwise: {value: error}", "P9", "error"),
    (MAPS + ", otherwise: error", "P9", ["UNKNOWN_VALUE"]),
    ("values: {gratis: 0, two: 2.5}, type: number, otherwise: keep", "gratis", 0),
    ("values: {gratis: 0, two: 2.5}, type: number, otherwise: keep", "7.5", Decimal("7.5")),
    ("values: {gratis: 0}, type: number, otherwise: keep", 7.5, Decimal("7.5")),
    ("values: {gratis: 0}, type: number, otherwise: keep", "x", ["BAD_NUMBER"]),
    ("values: {TRUE: yes, FALSE: no}, type: boolean", True, True),
    ("values: {off: {value: omit}}", "off", "omit"),
]

SPLITS = [
    ('split: "|"', "a|b", ("a", "b")),
    ('split: "|"', "a", ("a",)),
    ('split: "|"', "a||b|", ("a", "b")),
    ('split: "|"', " | ", "omitted"),
    ('split: "|", blank: error', "||", ["BLANK"]),
    ('split: "|", default: none', "", ("none",)),
    ('split: ", "', "a, b,c", ("a", "b,c")),
    ('split: "|", do: [trim]', " a | b ", ("a", "b")),
    ('split: "|"', " a | b ", (" a ", " b ")),
    ('split: "|", values: {a: A, b: B}', "b|a", ("B", "A")),
    ('split: "|", values: {a: A}', "a|x|y", ["UNKNOWN_VALUE", "UNKNOWN_VALUE"]),
    ('split: "|", type: integer', "1|2", (1, 2)),
    ('split: "|", type: integer', "1|two|3.5", ["BAD_NUMBER", "BAD_INTEGER"]),
    ('split: "|", truncate: 2', "abc|de", ("ab", "de")),
    ('split: "."', 12.5, ("12", "5")),
]

TRUNCATES = [
    ("truncate: 3", "abcdef", "abc"),
    ("truncate: 3", "abc", "abc"),
    ("truncate: 3", "ab", "ab"),
    ("truncate: 3", "e\u0301e\u0301e\u0301", "e\u0301"),
    ("truncate: 2", "👍🏽👍🏽", "👍🏽"),
    ("truncate: 3", "👨‍👩‍👧x", "👨‍👩"[:3]),
    ("truncate: 3, type: text", 123456, "123"),
    ("truncate: 2, values: {a: abc}", "a", "ab"),
]


@pytest.mark.parametrize(("rule", "cell", "expected"), BLANKS + VALUES + SPLITS + TRUNCATES)
def test_rules(rule, cell, expected):
    """Each cell gives the value, is left out, or has these problems."""
    found = outcome(rule, cell)
    assert found == expected
    assert type(found) is type(expected)


TYPES = [
    ("type: text", 12.0, "12"),
    ("type: text", 12.5, "12.5"),
    ("type: text", 1e-7, "0.0000001"),
    ("type: text", 0.1 + 0.2, "0.3"),
    ("type: text", 1e15, ["LOST_DIGITS"]),
    ("type: text", 123456789012345678, "123456789012345678"),
    ("type: text", True, "TRUE"),
    ("type: text", dt.date(2024, 5, 31), "2024-05-31"),
    ("type: text", dt.datetime(2024, 5, 31, 14, 30), "2024-05-31T14:30:00"),
    ("type: text", dt.time(14, 30), "14:30:00"),
    ("type: text", dt.timedelta(days=1, hours=2, seconds=3), "26:00:03"),
    ("type: text", -dt.timedelta(minutes=90), "-01:30:00"),
    *(("type: boolean", text, True) for text in ("true", "TRUE", "Yes", "y", "1", True, 1, 1.0)),
    *(("type: boolean", text, False) for text in ("false", "No", "N", "0", False, 0)),
    *(("type: boolean", text, ["BAD_BOOLEAN"]) for text in ("on", "ja", "2", " yes", "x", 2)),
    ("type: email", "ann@example.com", "ann@example.com"),
    ("type: email", "ann+tag@mail.example.co.uk", "ann+tag@mail.example.co.uk"),
    *(
        ("type: email", text, ["BAD_EMAIL"])
        for text in ("ann", "ann@", "ann@host", "a b@c.d", "a@b@c.d", "a@b..c")
    ),
    ("type: phone", "+41 44 123 45 67", "+41 44 123 45 67"),
    ("type: phone", 41441234567, "41441234567"),
    ("type: phone", "n/a", ["BAD_PHONE"]),
    ("type: id", "a0D30000001n7Pi", "a0D30000001n7Pi"),
    ("type: id", "a0D30000001n7PiEAI", "a0D30000001n7PiEAI"),
    ("type: id", "001RM000003oLnnYAE", "001RM000003oLnnYAE"),
    ("type: id", "0015500001QdQWaAAN", "0015500001QdQWaAAN"),
    ("type: id", "500Hs00001ABCdeIAH", "500Hs00001ABCdeIAH"),
    ("type: id", "a0D30000001n7PiEAJ", ["BAD_ID"]),
    ("type: id", "A0D30000001N7PIEAI", ["BAD_ID"]),
    ("type: id", "a0D30000001n7P", ["BAD_ID"]),
    ("type: id", "{5E1A9D10-0000-C412-8B1C-5B9C5F0A0001}", ["BAD_ID"]),
]


@pytest.mark.parametrize(("rule", "cell", "expected"), TYPES)
def test_types(rule, cell, expected):
    """Each type reads what it should, and refuses the rest."""
    found = outcome(rule, cell)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("{5E1A9D10-0000-C412-8B1C-5B9C5F0A0001}", "{5E1A9D10-0000-C412-8B1C-5B9C5F0A0001}"),
        ("5e1a9d10-0000-c412-8b1c-5b9c5f0a0001", "5e1a9d10-0000-c412-8b1c-5b9c5f0a0001"),
        ("{5E1A9D10-0000-C412-8B1C-5B9C5F0A0001", ["BAD_ID"]),
        ("a0D30000001n7PiEAI", ["BAD_ID"]),
    ],
)
def test_ids_of_ibm(cell, expected):
    """For IBM an id is a GUID, with or without braces."""
    assert outcome("type: id", cell, head=IBM_HEAD) == expected


def test_blank_cells_of_the_mapping():
    """Texts listed under blank_cells count as blank everywhere; others do not."""
    text = 'read: {blank_cells: ["-", "0"]}\ncolumns: {A: {to: P, default: x}, B: Q}\n'
    compiled = fit(text, ["A", "B"])
    assert values_of(compiled, "-", "b") == {"P": "x", "Q": "b"}
    assert values_of(compiled, 0, "N/A") == {"P": "x", "Q": "N/A"}
    assert values_of(compiled, " -", "b") == {"P": " -", "Q": "b"}


def test_one_column_several_properties():
    """A column may feed several properties, each by its own rule, in the order of the file."""
    compiled = fit("columns: {State: [{to: Status, values: {open: New}}, Legacy__c]}", ["State"])
    assert list(values_of(compiled, "open").items()) == [("Status", "New"), ("Legacy__c", "open")]


def test_unknown_value_names_the_nearest():
    """The message of an unknown value names the text of the map that is spelt most like it."""
    compiled = fit("columns: {A: {to: P, values: {closed: Closed, open: New}}}", ["A"])
    ((code, column, message),) = problems_of(compiled, "Closd")
    assert (code, column) == ("UNKNOWN_VALUE", "A")
    assert message == (
        '"Closd" is not in the value map. Did you mean "closed"? '
        "Correct the cell. In the mapping: add it to values, or say otherwise: keep or a value."
    )


def test_suggestions_do_not_cost_a_million_times():
    """After many different wrong values the message comes without a suggestion, and fast."""
    compiled = fit("columns: {A: {to: P, values: {closed: Closed}}}", ["A"])
    texts = [problems_of(compiled, f"close{number}")[0][2] for number in range(600)]
    assert "Did you mean" in texts[0]
    assert "Did you mean" not in texts[-1]
    assert "Did you mean" in problems_of(compiled, "close0")[0][2]


@pytest.mark.parametrize(
    ("rule", "cell", "expected"),
    [
        ("format: '%d/%m/%Y'", "31/05/2024", dt.date(2024, 5, 31)),
        (
            "format: '%d/%m/%Y %H:%M', timezone: UTC",
            "31/05/2024 10:00",
            dt.datetime(2024, 5, 31, 10, tzinfo=dt.UTC),
        ),
        ("decimal: ','", "2,5", Decimal("2.5")),
        ("thousands: ','", "2,500", 2500),
    ],
)
def test_without_a_schema_the_keys_of_a_rule_tell_its_type(rule, cell, expected):
    """format, timezone, decimal and thousands are never without use."""
    assert outcome(rule, cell) == expected


def test_type_comes_from_the_schema():
    """A rule without a type reads what the property is."""
    assert outcome("", "7", Property("P", "integer")) == 7
    assert outcome("", "yes", Property("P", "boolean")) is True
    assert outcome("", "2024-05-31", Property("P", "date")) == dt.date(2024, 5, 31)
    assert outcome("", "7", Property("P", "unsupported")) == "7"
    assert outcome("type: text", "7", Property("P", "integer")) == "7"


def test_the_full_example_of_the_language_is_read():
    """Every key of the language at once gives the rules that it says."""
    mapping = parse_mapping(FULL, "mappings/tickets.yaml")
    by = {rule.to: rule for rule in mapping.rules}
    assert mapping.key == ("Ticket No",)
    assert mapping.source == "zendesk"
    assert mapping.record_type == "Case"
    assert mapping.read.header_row == 3
    assert mapping.read.delimiter == ";"
    assert mapping.read.blank_cells == ("", "-")
    assert mapping.options == {"assignment_rule": "off", "duplicates": "allow"}
    assert by["Status"].values == {"open": "New", "closed": "Closed"}
    assert by["CreatedDate"].formats == ("%d/%m/%Y %H:%M",)
    assert by["CreatedDate"].write == "create"
    assert [step.name for step in by["Description"].do] == ["trim", "pad"]
    assert mapping.variables == {"queue": "Support"}
    columns = ["Ticket No", "State", "Prio", "Opened", "Amount", "Tags", "Details", "Summary"]
    from importer.mapping import compile_mapping

    compiled = compile_mapping(mapping, columns, None, {"queue": "EMEA"}, place=lambda row, column: "")
    drafted = compiled.draft(row("T1", "open", "", "31/05/2024 10:00", "1.234,5", "a|b", "12", " hot "))
    assert drafted.values == {
        "Legacy_Id__c": "T1",
        "Status": "New",
        "Legacy_State__c": "open",
        "Priority": "Medium",
        "CreatedDate": dt.datetime(2024, 5, 31, 8, tzinfo=dt.UTC),
        "Amount__c": Decimal("1234.5"),
        "Tags__c": ("a", "b"),
        "Description": "00012",
        "Origin": "Web EMEA",
        "Subject": "[T1] hot",
    }


FULL = (
    HEAD
    + """\
object: Case
source: zendesk
key: Ticket No
match: Legacy_Id__c
on_match: skip
read:
  sheet: Tickets
  header_row: 3
  encoding: cp1252
  delimiter: ";"
  blank_cells: ["", "-"]
variables: {queue: Support}
columns:
  Ticket No: Legacy_Id__c
  State:
    - {to: Status, values: {open: New, closed: Closed}}
    - Legacy_State__c
  Prio:
    to: Priority
    values: {P1: High, P2: Medium, P3: Low}
    otherwise: error
    default: Medium
  Opened:
    to: CreatedDate
    type: datetime
    format: "%d/%m/%Y %H:%M"
    timezone: Europe/Zurich
    write: create
  Amount: {to: Amount__c, type: number, decimal: ",", thousands: "."}
  Tags: {to: Tags__c, split: "|"}
  Details: {to: Description, blank: omit, do: [trim, {pad: 5}], truncate: 32000}
constants:
  Origin: Web {$queue}
templates:
  Subject: "[{Ticket No}] {Summary|trim}"
options: {assignment_rule: off, duplicates: allow}
"""
)


def test_a_mapping_without_its_quotes_is_told():
    """The most likely mistake in templates has a message of its own."""
    with pytest.raises(MappingFaultsError, match="a text with braces is written in quotes"):
        parse_mapping(HEAD + "columns: {A: B}\ntemplates: {S: {Ticket No}}\n", "m.yaml")
