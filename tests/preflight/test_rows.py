"""What check finds in rows, by a saved schema and without one."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from importer.model.problem import problem
from importer.preflight.finding import Finding
from importer.preflight.rows import VALUES
from tests.preflight.looking import INTERNAL, SUPPORT, Desk, codes, field, found


async def test_values_outside_an_unrestricted_picklist_are_counted(desk: Desk):
    """The server takes them, so they are a warning: each value that would be sent, with its count, most first."""
    desk.schema(field("Status", "picklist", choices=("New", "Closed")), field("Subject"))
    mapping = desk.mapping(
        "  State: {to: Status, values: {open: New, odd: Odd}, otherwise: keep}\n  T: Subject\n"
    )
    rows = [["open", "a"], ["odd", "b"], ["waiting", "c"], ["waiting", "d"], ["Closed", "e"]]
    checked = await desk.check(mapping, rows, ("State", "T"))
    finding = found(checked, "NOT_IN_LIST")
    assert (finding.severity, finding.column, finding.count) == ("warning", "State", 3)
    assert finding.values == (("waiting", 2), ("Odd", 1))
    assert finding.cells == ("line 3", "line 4", "line 5")
    assert "New, Closed" in finding.remedy
    assert checked.to_send == 5 and not checked.holds_back


async def test_restricted_picklists_hold_rows_back(desk: Desk):
    """The same values in a restricted picklist stay behind, with what a person needs to finish a value map."""
    desk.schema(field("Severity", "picklist", choices=("Low", "High"), restrictedPicklist=True))
    checked = await desk.check(desk.mapping("  S: Severity\n"), [["Low"], ["Hihg"], ["Hihg"], ["?"]], ["S"])
    finding = found(checked, "NOT_A_CHOICE")
    assert (finding.severity, finding.count, finding.values) == ("rows", 3, (("Hihg", 2), ("?", 1)))
    assert 'Did you mean "High"' in finding.message and checked.to_send == 1


async def test_record_types_of_the_user(desk: Desk):
    """An id of 15 or 18 characters of a record type that is not available, or is none, holds its row back."""
    desk.schema(field("RecordTypeId", "reference", length=18, referenceTo=["RecordType"]), field("Subject"))
    rows = [[SUPPORT, "a"], [SUPPORT[:15], "b"], [INTERNAL, "c"], ["012000000000009AAA", "d"], ["", "e"]]
    checked = await desk.check(desk.mapping("  R: RecordTypeId\n  T: Subject\n"), rows, ("R", "T"))
    finding = found(checked, "NOT_AVAILABLE")
    assert (finding.count, finding.cells, checked.to_send) == (2, ("line 4", "line 5"), 3)
    assert f"Available: Support ({SUPPORT})." in finding.message


async def test_ids_of_the_wrong_kind(desk: Desk):
    """The first characters of an id tell what it is the id of; where the kinds are not known, any id goes."""
    desk.schema(
        field("AccountId", "reference", length=18, referenceTo=["Account"]),
        field("OwnerId", "reference", length=18, referenceTo=["Group", "User"]),
        field("Thing__c", "reference", length=18, referenceTo=["Thing__c"]),
    )
    mapping = desk.mapping("  A: AccountId\n  O: OwnerId\n  T: Thing__c\n")
    account, user, thing = "0010Y00000AbCdE", "0050Y00000AbCdE", "a010Y00000AbCdE"
    rows = [
        [account, user, thing],
        [user, user, thing],
        [account, "00G0Y00000AbCdE", account],
        ["", account, ""],
    ]
    checked = await desk.check(mapping, rows, ("A", "O", "T"))
    assert [(f.column, f.count) for f in checked.findings if f.code == "WRONG_ID"] == [("A", 1), ("O", 1)]
    assert checked.to_send == 2


async def test_unique_values_that_come_twice(desk: Desk):
    """Two rows of the file with one value of a unique field: the server would take the first only."""
    desk.schema(
        field("Serial", unique=True, externalId=True),
        field("Exact", unique=True, caseSensitive=True),
        field("Legacy", unique=True, externalId=True),
    )
    mapping = desk.mapping("  No: Legacy\n  S: Serial\n  E: Exact\n", "key: No\nmatch: Legacy\n")
    rows = [["1", "a", "x"], ["2", "A", "y"], ["3", "b", "X"], ["4", "", "x"], ["5", "", ""]]
    checked = await desk.check(mapping, rows, ("No", "S", "E"))
    twice = [f for f in checked.findings if f.code == "NOT_UNIQUE"]
    assert [(f.column, f.cells) for f in twice] == [("S", ("line 3",)), ("E", ("line 5",))]
    assert "Row 2 has the same Serial" in twice[0].message and checked.to_send == 3


async def test_a_key_that_a_transform_makes_equal(desk: Desk):
    """Different keys whose match values are equal once transformed would be one record on the server."""
    desk.schema(field("Legacy", unique=True, externalId=True), field("Subject"))
    mapping = desk.mapping("  No: {to: Legacy, do: [digits]}\n  T: Subject\n", "key: No\nmatch: Legacy\n")
    checked = await desk.check(mapping, [["A-1", "a"], ["B-1", "b"]], ("No", "T"))
    assert found(checked, "NOT_UNIQUE").cells == ("line 3",)


async def test_lengths_of_joined_values_and_of_bytes(desk: Desk):
    """A multi-select picklist is one text on the wire; a field whose byteLength is its length counts bytes."""
    desk.schema(
        field("Tags", "multipicklist", length=7, byteLength=21, choices=("abc", "def", "g")),
        field("Comments", "textarea", length=6, byteLength=6),
        field("Subject"),
    )
    mapping = desk.mapping('  T: {to: Tags, split: "|"}\n  C: Comments\n  S: Subject\n')
    rows = [["abc|def", "äöü", "1"], ["abc|def|g", "", "2"], ["", "äöüx", "3"], ["", "123456", "4"]]
    checked = await desk.check(mapping, rows, ("T", "C", "S"))
    assert "has 9 characters; Tags takes 7" in found(checked, "TOO_LONG").message
    assert "has 7 bytes in UTF-8; Comments takes 6" in found(checked, "TOO_MANY_BYTES").message
    assert checked.to_send == 2


async def test_the_limits_of_a_case_type(desk: Desk):
    """IBM: moments outside MinValue and MaxValue, and a value that stands twice where each may stand once."""
    desk.case_type(
        {"SymbolicName": "When", "PropertyType": "datetime", "MinValue": "1753-01-01T00:00:00Z"},
        {
            "SymbolicName": "Parts", "PropertyType": "string", "MaxLength": 9, "Cardinality": "multi",
            "RequiresUniqueElements": True,
        },
    )  # fmt: skip
    head = "target: ibm-case-manager\ncase_type: Claim\nobject_store: OS\n"
    mapping = desk.mapping('  W: When\n  P: {to: Parts, split: "|"}\n', head=head)
    rows = [["1752-12-31T00:00:00Z", "a"], ["1753-01-01T00:00:00Z", "a|b"], ["", "a|b|a"]]
    checked = await desk.check(mapping, rows, ("W", "P"))
    assert "earlier than 1753-01-01" in found(checked, "OUT_OF_PERIOD").message
    assert '"a" stands twice' in found(checked, "NOT_DISTINCT").message
    assert checked.to_send == 1


async def test_rows_that_need_nothing_are_notes(desk: Desk):
    """Blank and repeated rows are told and do not count as held back."""
    mapping = desk.mapping("  No: Legacy\n  T: Subject\n", "key: No\n")
    rows = [["1", "a"], ["", ""], ["1", "a"], ["1", "b"], ["", "c"]]
    checked = await desk.check(mapping, rows, ("No", "T"))
    assert sorted(codes(checked)) == [
        ("note", "BLANK_ROW"), ("note", "SAME_ROW"), ("rows", "BLANK_KEY"), ("rows", "DUPLICATE_KEY"),
    ]  # fmt: skip
    assert checked.rows == 5 and checked.to_send == 1


async def test_memory_does_not_grow_with_distinct_values(desk: Desk):
    """Of very many distinct values the counts are kept of the first ones only."""
    mapping = desk.mapping("  A: {to: Amount, type: number}\n  T: Subject\n")
    rows = [[f"x{n}", "a"] for n in range(VALUES + 500)]
    finding = found(await desk.check(mapping, rows, ("A", "T")), "BAD_NUMBER")
    assert finding.count == VALUES + 500 and len(finding.values) == VALUES


@pytest.mark.parametrize("bad", ["a@b.c", "a@b,c.com", "Ada <a@b.com>", "a@b.com;c@d.com", "a@b..com"])
async def test_addresses_that_no_server_takes(desk: Desk, bad: str):
    """Several addresses, a name with its address, or a last part of one letter are no e-mail address."""
    mapping = desk.mapping("  M: {to: Mail, type: email}\n")
    checked = await desk.check(mapping, [["ada@sub.example.com"], [bad]], ["M"])
    assert found(checked, "BAD_EMAIL").count == 1 and checked.to_send == 1


async def test_old_rows_are_counted_by_state(desk: Desk):
    """What the target asks about old rows reaches it: open cases that are older than a day, by status."""
    from importer.model.advice import Asks
    from importer.model.draft import Draft
    from importer.preflight.watching import Watch

    now = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    feeds = {"CreatedDate": "Opened", "Status": "State", "OwnerId": "Owner"}
    asks = Asks(frozenset({"OwnerId", "Elsewhere"}), "CreatedDate", "Status")
    watch = Watch(feeds, None, asks, lambda row, _column: str(row), match=None, key_is_sent=False, now=now)
    for hours, state, owner in ((1, "New", "u"), (25, "New", "u"), (48, "Closed", "v"), (99, None, None)):
        values = {"CreatedDate": now - dt.timedelta(hours=hours), "Status": state, "OwnerId": owner}
        watch.count(Draft(1, values))
    watch.close()
    assert watch.old == {"New": 1, "Closed": 1, "": 1}
    assert watch.asked == {"OwnerId": {"u": 2, "v": 1}}


async def test_a_file_without_rows_is_clean(desk: Desk, tmp_path: Path):
    """A header and no rows: nothing to send, nothing found."""
    checked = await desk.check(desk.mapping("  T: Subject\n"), [], ["T"])
    assert (checked.rows, checked.to_send, checked.findings, checked.plan.calls) == (0, 0, (), 0)
    assert checked.plan_text == "Plan: nothing to send."


@pytest.mark.parametrize(
    ("code", "names", "remedy"),
    [
        ("UNKNOWN_VALUE", {"value": '"x"', "nearest": ""}, "Correct the cell. In the mapping: add it"),
        (
            "LOOKS_PADDED",
            {"shown": "007", "value": 7, "width": 3},
            "Store the column as text. In the mapping: do: [{pad: 3}]",
        ),
        ("BLANK_ROW", {}, ""),
    ],
)
def test_json_tells_what_to_do_apart(code, names, remedy):
    """A script gets what was found and what to do as two texts; together they are what a person reads."""
    message = problem(code, **names).message
    found = Finding(code, "rows", message).as_json()
    assert str(found["remedy"]).startswith(remedy) and bool(found["remedy"]) == bool(remedy)
    assert f"{found['message']} {found['remedy']}".strip() == message
    assert Finding(code, "rows", "x", "y").as_json()["remedy"] == "y"
