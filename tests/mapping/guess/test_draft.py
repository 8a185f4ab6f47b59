"""What a draft says and what it leaves open, and that it is always a mapping that loads."""

import datetime as dt
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.mapping import MappingFaultsError, parse_mapping
from importer.mapping.document import read_document
from importer.mapping.faults import Faults
from importer.mapping.guess import guess
from importer.mapping.guess.choices import value_map
from importer.mapping.guess.matching import likeness
from importer.mapping.guess.phrases import phrase
from importer.mapping.guess.profile import profile
from importer.mapping.yaml_text import can_be_key, comment, fixed, scalar, value
from importer.model.schema import Choice, Property, Schema
from tests.mapping.guess.samples import case_schema, claim_schema, guessed_rows, heading, numbered, shape

PHRASES = [
    ("Ticket No.", "ticket number"), ("ticket_no", "ticket number"), ("Ticket #", "ticket number"),
    ("TicketNo", "ticket number"), ("AUTO_ClaimNumber", "auto claim number"), ("Legacy_Id__c", "legacy id"),
    ("E-Mail", "email"), ("Date of Loss", "date loss"), ("open_dt", "open date"), ("SLADue", "sla due"),
    ("Ticketnummer", "ticket number"), ("Numéro", "number"), ("Priorität", "prioritat"), ("  Due   Date ", "due date"), ("Effort (hours)", "effort hours"), ("", ""),
]  # fmt: skip


@pytest.mark.parametrize(("name", "expected"), PHRASES)
def test_phrases(name, expected):
    """Names that mean the same are the same phrase."""
    assert phrase(name) == expected


ALIKE = [
    ("subject", "Subject", 100), ("Case Subject", "Subject", 92), ("Summary", "Subject", 90),
    ("Short description", "Subject", 90), ("Beschreibung", "Description", 80), ("Priorty", "Priority", 80),
    ("Legacy ID", "Legacy_Id__c", 97), ("Ticket name", "Subject", 80), ("Erstellt am", "Reported_At__c", 80),
    ("Date/Time Opened", "Reported_At__c", 80), ("Create date", "Reported_At__c", 80),
]  # fmt: skip
UNLIKE = [
    ("escalation", "IsEscalated"), ("Region", "Reason"), ("Closed Date", "CreatedDate"),
    ("Resolution Description", "Description"), ("updated_at", "Reported_At__c"), ("parent_link", "ParentId"),
    ("Subject Area", "Subject"), ("Name", "Subject"), ("Product", "Project__c"), ("priority_score", "Priority"),
]  # fmt: skip


@pytest.mark.parametrize(("column", "name", "least"), ALIKE)
def test_names_that_are_alike(column, name, least):
    """Same name, same label, a usual name, a slip of spelling: in that order of confidence."""
    [found] = profile([column], numbered([["x y"]])).columns
    assert likeness(found, case_schema().properties[name])[0] >= least


@pytest.mark.parametrize(("column", "name"), UNLIKE)
def test_names_that_only_look_alike(column, name):
    """Words in common, or letters, are not enough for a rule."""
    [found] = profile([column], numbered([["x y"]])).columns
    target = case_schema().properties.get(name) or Property(name, "text")
    assert likeness(found, target)[0] < 80


CHOICES = tuple(Choice(text, text) for text in ("New", "Working", "Escalated", "Closed"))
VALUES = [
    ("Closed", ("Closed", True)), ("CLOSED", ("Closed", True)), ("solved", ("Closed", False)),
    ("in_progress", ("Working", False)), ("Escaleted", ("Escalated", False)), ("deleted", None), ("3", None),
    ("???", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), VALUES)
def test_value_maps(text, expected):
    """The same word is sure, a usual word or a slip is for review, all others stay open."""
    drafted = value_map([(text, 2)], CHOICES)
    assert drafted.known == ((text, *expected),) if expected else drafted.unknown == ((text, 2),)


def test_contents_of_rows_are_not_in_the_draft():
    """Only distinct values of columns for lists of choices are; no subject, name, address, key or date."""
    header = ["Ticket No", "Summary", "Details", "Customer", "E-mail", "Opened", "Status", "Secret", "Type"]
    rows = [
        [f"K{n}9917", f"sbjct{n}x", f"dtls{n}x", "Ann Urban", f"m{n}@example.com", f"0{n}/0{n + 1}/2024",
         "solved", f"secret{n}x", f"kind {n}"]
        for n in range(1, 9)
    ]  # fmt: skip
    text = guessed_rows(header, rows).text
    for word in ("9917", "sbjct", "dtls", "Urban", "example.com", "secret1x", "01/02", "2024"):
        assert word not in text, word
    assert "solved: Closed" in text and "kind 1: ?" in text


def test_dates_with_two_readings_are_not_chosen():
    """Both formats stand there as comments, the rule has none: no row is sent by a guess."""
    text = guessed_rows(["No", "Opened"], [["1", "02/03/2024"], ["2", "04/05/2024"]]).text
    [rule] = [rule for rule in parse_mapping(text, "m").rules if rule.column == "Opened"]
    assert rule.formats == () and rule.timezone is None
    assert '# format: "%d/%m/%Y"  # dd/mm/yyyy' in text and '# format: "%m/%d/%Y"  # mm/dd/yyyy' in text
    assert "# timezone:" in text


def test_numbers_with_two_readings_are_not_chosen():
    """``1.234`` is said to be a thousand or a little more than one, and no sign is set."""
    text = guessed_rows(["No", "Amount"], [["1", "1.234"], ["2", "5.678"]]).text
    [rule] = [rule for rule in parse_mapping(text, "m").rules if rule.column == "Amount"]
    assert (rule.decimal, rule.thousands) == (None, None) and "can be read in two ways" in text


def test_typed_cells_need_no_format():
    """Dates of a workbook are dates as they are."""
    rows = [[1, dt.datetime(2024, 2, 3, 10, 30)], [2, dt.datetime(2024, 5, 6)]]
    text = guessed_rows(["No", "Opened"], rows, zone="Europe/Zurich").text
    [rule] = [rule for rule in parse_mapping(text, "m").rules if rule.column == "Opened"]
    assert (rule.type, rule.formats, rule.timezone) == ("datetime", (), "Europe/Zurich")


KEYS = [
    (["Ticket No", "Summary"], [["1", "a"], ["2", "b"]], "Ticket No"),
    (["Ticket No", "Summary"], [["1", "a"], ["1", "b"]], None),
    (["Ticket No", "Summary"], [["k", "a"], ["K", "b"]], None),
    (["Ticket No", "Summary"], [["1", "a"], ["", "b"]], None),
    (["id", "Legacy ID"], [["1", "a"], ["2", "b"]], "Legacy ID"),
    (["id", "Issue key"], [["1", "a"], ["2", "b"]], "Issue key"),
    (["Colour", "Subject"], [["red", "a"], ["blue", "b"]], None),
]


@pytest.mark.parametrize(("header", "rows", "key"), KEYS)
def test_the_key(header, rows, key):
    """A column with the name of a key, without repeats (letter case apart) and without blanks."""
    mapping = parse_mapping(guessed_rows(header, rows).text, "m")
    assert mapping.key == ((key,) if key else ())
    assert mapping.match == ("Legacy_Id__c" if key else None)


def test_columns_that_cannot_be_named():
    """Columns of one name, without a name, or with one that YAML takes not, are left with the reason."""
    header = ["No", "Subject", "subject", "", "x" * 2000]
    drafted = guessed_rows(header, [["1", "a", "b", "c", "d"]])
    why = [left.why for left in drafted.draft.left]
    assert len(why) == 4 and "several columns" in why[0] and "no name" in why[2] and "shorten" in why[3]
    assert [rule.column.name for rule in drafted.draft.rules] == ["No"]


def test_texts_that_are_too_long():
    """A truncation is offered as a comment, never set."""
    text = guessed_rows(["No", "Subject"], [["1", "x" * 300]]).text
    assert "# truncate: 255" in text and "300 characters" in text
    assert all(rule.truncate is None for rule in parse_mapping(text, "m").rules)


def test_a_required_property_that_nothing_feeds():
    """It is named, with what to do; no value is invented."""
    rows = list(numbered([["1", "P1"]]))
    drafted = guess(
        shape(["Claim", "Policy"]), rows, claim_schema(), heading(target="ibm-case-manager", record="AUTO_X")
    )
    assert [each.name for each in drafted.draft.required] == ["AUTO_ClaimDate"]
    assert "Required, and no column is like it: AUTO_ClaimDate" in drafted.text


def test_a_header_without_rows():
    """Names alone give rules; nothing is said of values, and no key is named."""
    drafted = guessed_rows(["Ticket No", "Summary", "Status", "Opened"], [])
    rules = {rule.column: rule for rule in parse_mapping(drafted.text, "m").rules}
    assert {rule.to for rule in rules.values()} == {"Subject", "Status", "Reported_At__c"}
    assert rules["Status"].values is None and rules["Opened"].formats == () and drafted.draft.key is None


def test_a_table_without_a_likeness():
    """There is no rule to write: the draft says so, and so does the loader."""
    drafted = guessed_rows(["qqq"], [["1"]])
    assert drafted.draft.rules == () and "columns: {}" in drafted.text
    with pytest.raises(MappingFaultsError, match="no column is mapped"):
        parse_mapping(drafted.text, "m")


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NAMES = st.one_of(
    TEXTS, st.sampled_from(["Subject", "Status", "Opened", "Amount", "No", "Tags", "VIP", "Due"])
)
CELLS = st.one_of(
    TEXTS,
    st.sampled_from(
        ["", " ", "open", "/x/", "~", "null", "error", "{$a}", "1,5", "01/02/2024", "ja", "a|b", "# x"]
    ),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.datetimes(),
    st.dates(),
    st.times(),
    st.none(),
)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_any_table_gives_a_mapping_that_loads(data):
    """Whatever names and cells a table has: the draft loads, unless it has no rule, and is the same again."""
    header = data.draw(st.lists(NAMES, min_size=1, max_size=4))
    rows = data.draw(st.lists(st.lists(CELLS, min_size=len(header), max_size=len(header)), max_size=6))
    choices = tuple(Choice(text, text) for text in data.draw(st.lists(TEXTS, max_size=4, unique=True)))
    kept = ("Subject", "Status", "Legacy_Id__c", "Reported_At__c", "Amount__c", "Is_Vip__c", "Tags__c")
    properties = {name: case_schema().properties[name] for name in kept}
    properties["Status"] = replace(properties["Status"], choices=choices, restricted=True)
    schema = Schema("Case", properties, "")
    found, again = (guess(shape(header), list(numbered(rows)), schema, heading()) for _ in range(2))
    assert found.text == again.text
    if found.draft.rules:
        mapping = parse_mapping(found.text, "m")
        assert {rule.to for rule in mapping.rules} == {rule.property.name for rule in found.draft.rules}


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_texts_of_a_mapping_are_read_back(text):
    """A scalar is the same text again on one line; a comment ends with its line."""
    line = f"{scalar(text)}: {scalar(text)}\n"
    if not can_be_key(text):
        return
    faults = Faults("m")
    root = read_document(line, faults)
    faults.stop()
    assert root.plain() == {text: text}
    assert all(re.fullmatch(r"# .*", each) and len(each.splitlines()) == 1 for each in comment(text))


@pytest.mark.parametrize("text", ["~", "null", "omit", "error", "keep", "{$x}", "{a}", "no", "x"])
def test_values_that_look_like_keywords(text):
    """Values and constants are meant as texts, whatever word they are."""
    mapping = parse_mapping(
        f"version: 1\ntarget: salesforce\ncolumns:\n  A:\n    to: Subject\n    values:\n      k: {value(text)}\n"
        f"constants:\n  Reason: {fixed(text)}\n",
        "m",
    )
    assert dict(mapping.rules[0].values or {}) == {"k": text}
    assert mapping.constants[0].parts == (text,)
