"""A mapping against the schema of its record type: what would fail every row."""

from __future__ import annotations

import pytest

from tests.preflight.looking import INTERNAL, SUPPORT, Desk, codes, field, found

FIELDS = (
    field("Subject"),
    field("Status", "picklist", label="Case Status", choices=("New", "Closed")),
    field("Severity", "picklist", choices=("Low", "High"), restrictedPicklist=True),
    field("ClosedDate", "datetime", createable=False, updateable=False),
    field("CreatedDate", "datetime", createable=False, updateable=False),
    field("Geo", "location"),
    field("RecordTypeId", "reference", length=18, referenceTo=["RecordType"]),
    field("Legacy", unique=True, externalId=True),
    field("Plain"),
)


@pytest.mark.parametrize(
    ("columns", "code", "says", "advises"),
    [
        ("  T: Subjekt\n", "UNKNOWN_PROPERTY", "m.yaml:6:3: Case has no property Subjekt", "API names"),
        ("  T: Subjekt\n", "UNKNOWN_PROPERTY", "Did you mean Subject?", ""),
        ("  T: Case Status\n", "UNKNOWN_PROPERTY", "no property Case Status", "is the label of Status"),
        (
            "  T: ClosedDate\n",
            "READ_ONLY_PROPERTY",
            "ClosedDate is read-only",
            "counts as closed at the moment",
        ),
        ("  T: CreatedDate\n", "READ_ONLY_PROPERTY", "read-only", "Set Audit Fields upon Record Creation"),
        ("  T: Geo\n", "UNSUPPORTED_PROPERTY", "cannot be set through this API", "Remove"),
        ("  T: {to: Subject, split: ','}\n", "NOT_MULTIPLE", "Subject takes one value", "Remove split"),
        ("  T: {to: Severity, values: {a: Lwo}}\n", "NOT_A_CHOICE", "leads to 'Lwo'", "High, Low"),
        ("  T: {to: CreatedDate, type: number}\n", "TYPE_MISMATCH", "of type datetime", "type: datetime"),
    ],
)
async def test_what_stops_a_run(desk: Desk, columns: str, code: str, says: str, advises: str):
    """Unknown, read-only and unfit properties stop the run, with the place in the mapping and what to do."""
    desk.schema(*FIELDS)
    checked = await desk.check(desk.mapping(columns, "key: none\n"), [["x"]], ["T"])
    assert checked.stops
    finding = found(checked, code)
    assert says in finding.message and advises in finding.remedy and finding.severity == "stop"


async def test_required_properties(desk: Desk):
    """A required property without a rule stops; with a rule, rows without a value stay behind."""
    desk.schema(field("LastName", nillable=False), field("Title"), sobject="Contact")
    head = "target: salesforce\nobject: Contact\n"
    assert (
        found(
            await desk.check(desk.mapping("  T: Title\n", head=head), [["x"]], ["T"]), "REQUIRED_NOT_MAPPED"
        ).severity
        == "stop"
    )
    checked = await desk.check(
        desk.mapping("  T: Title\n  L: LastName\n", head=head), [["x", ""], ["y", "z"]], ("T", "L")
    )
    assert found(checked, "REQUIRED").count == 1 and not checked.stops


@pytest.mark.parametrize(("value", "stops"), [(SUPPORT, False), (SUPPORT[:15], False), (INTERNAL, True)])
async def test_a_record_type_for_all_rows(desk: Desk, value: str, stops: bool):
    """A constant record type that the user may not choose would fail every row: it stops the run."""
    desk.schema(*FIELDS)
    mapping = desk.mapping(f"  T: Subject\nconstants:\n  RecordTypeId: {value}\n")
    checked = await desk.check(mapping, [["x"]], ["T"])
    assert checked.stops == stops
    if stops:
        assert (
            "(Internal) is not a record type that this user may choose"
            in found(checked, "NOT_AVAILABLE").message
        )


async def test_a_constant_outside_an_unrestricted_picklist(desk: Desk):
    """It is a warning, told once and not for each row."""
    desk.schema(*FIELDS)
    mapping = desk.mapping("  T: Subject\nconstants:\n  Status: Odd\n")
    finding = found(await desk.check(mapping, [["x"], ["y"]], ["T"]), "NOT_IN_LIST")
    assert (finding.severity, finding.count) == ("warning", 0) and "Odd is not in the list" in finding.message


async def test_how_to_have_a_field_for_the_key(desk: Desk):
    """A match that is not there, or not unique, is answered with how such a field is made; without match too."""
    desk.schema(*FIELDS)
    missing = await desk.check(
        desk.mapping("  T: Subject\n", "key: T\nmatch: Ticket_No__c\n"), [["x"]], ["T"]
    )
    assert "type Text" in found(missing, "UNKNOWN_PROPERTY").remedy
    plain = await desk.check(desk.mapping("  T: Plain\n", "match: Plain\n"), [["x"]], ["T"])
    assert "tick External ID and Unique" in found(plain, "MATCH_NOT_UNIQUE").remedy
    none = await desk.check(desk.mapping("  T: Subject\n", "key: T\n"), [["x"]], ["T"])
    finding = found(none, "JOURNAL_IS_MEMORY")
    assert finding.severity == "warning" and finding.remedy.endswith("as match: Legacy.")
    good = await desk.check(desk.mapping("  T: Legacy\n", "match: Legacy\n"), [["x"]], ["T"])
    assert codes(good) == []


async def test_the_gravest_finding_comes_first(desk: Desk):
    """What stops the run, then what holds rows back (most rows first), then warnings, then notes."""
    desk.schema(*FIELDS)
    mapping = desk.mapping("  T: Severity\n  S: Status\n  N: Nonsense\n  L: {to: Legacy, blank: error}\n")
    rows = [["bad", "Odd", "1", ""], ["", "", "", ""], ["worse", "New", "2", "a"]]
    checked = await desk.check(mapping, rows, ("T", "S", "N", "L"))
    assert codes(checked)[:3] == [("stop", "UNKNOWN_PROPERTY"), ("rows", "NOT_A_CHOICE"), ("rows", "BLANK")]
    assert codes(checked)[-1] == ("note", "BLANK_ROW")
