"""Rows as they would be sent, beside the cells that they come from."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from importer.api.peeking import peek
from importer.api.previewing import Previewed, preview
from importer.cli.preview import _looked_up
from importer.model.draft import Lookup, Reference
from importer.model.errors import SourceError
from importer.targets.json_body import encode
from tests.preflight.looking import Desk, field
from tests.stage import as_csv

COLUMNS = """  State: {to: Status, values: {open: New}}
  Prio:
    - Priority
    - Legacy
  opened: {to: Reported, type: datetime, timezone: UTC}
constants:
  Origin: Web
templates:
  Subject: "[{No}] {Summary}"
"""
ROWS = [
    ["1", "open", "P1", "2026-01-02 03:04", "Printer"],
    ["", "", "", "", ""],
    ["2", "shut", "", "x", "Mouse"],
]


async def shown(desk: Desk, mapping: Path, path: Path, schema: Path | None = None, count: int = 9, row=None):
    async with peek(desk.look(mapping, schema)) as peeked:
        return list(preview(peeked, path, count, None if row is None else str(row)))


async def test_each_value_beside_its_cells(desk: Desk):
    """Values as they are sent; a template has all its columns, a constant none, a column may feed two."""
    mapping = desk.mapping(COLUMNS)
    path = desk.write("in.csv", as_csv(ROWS, ("No", "State", "Prio", "Opened", "Summary")))
    first, blank, bad = await shown(desk, mapping, path)
    assert first.payload == {
        "Status": "New", "Priority": "P1", "Legacy": "P1", "Reported": "2026-01-02T03:04:00Z", "Origin": "Web",
        "Subject": "[1] Printer",
    }  # fmt: skip
    assert first.sources == {
        "Status": {"State": "open"}, "Priority": {"Prio": "P1"}, "Legacy": {"Prio": "P1"},
        "Reported": {"Opened": "2026-01-02 03:04"}, "Origin": {}, "Subject": {"No": "1", "Summary": "Printer"},
    }  # fmt: skip
    assert (blank.row, blank.status, blank.payload) == (3, "blank", {})
    assert bad.status == "invalid" and [p.column for p in bad.problems] == ["State", "Opened"]


async def test_types_of_a_saved_schema(desk: Desk):
    """With --schema the types are those of the system, without a connection; --row gives one row."""
    schema = desk.schema(field("Amount", "double", precision=9, scale=2))
    path = desk.write("in.csv", as_csv([["1.50"], ["2"], ["x"]], ["A"]))
    mapping = desk.mapping("  A: amount\n")
    [only] = await shown(desk, mapping, path, schema, row=2)
    assert only.row == 2 and encode(only.as_json()["payload"]) == b'{"Amount":1.5}'
    assert only.as_json()["sources"] == {"Amount": {"A": "1.50"}}
    assert [each.status for each in await shown(desk, mapping, path, schema, count=2)] == ["ok", "ok"]


async def test_properties_of_an_ibm_case(desk: Desk):
    """On IBM the values stand in a list inside the body; they are shown by property all the same."""
    head = "target: ibm-case-manager\ncase_type: Claim\nobject_store: OS\n"
    mapping = desk.mapping('  P: {to: Parts, split: "|"}\n', head=head)
    [row] = await shown(desk, mapping, desk.write("in.csv", as_csv([["a|b"]], ["P"])))
    assert row.sent == {"Parts": ["a", "b"]} and row.sources == {"Parts": {"P": "a|b"}}
    assert row.payload["Properties"] == [{"SymbolicName": "Parts", "Value": ["a", "b"]}]


async def test_a_row_that_is_not_there(desk: Desk):
    """A row that is not there is said; with several sheets, how its rows are named."""
    book = openpyxl.Workbook()
    north, south = book.worksheets[0], book.create_sheet("South")
    north.title = "North"
    for sheet in (north, south):
        sheet.append(["A"])
        sheet.append([sheet.title])
    path = desk.folder / "in.xlsx"
    book.save(path)
    mapping = desk.mapping("  A: Subject\n", head='target: salesforce\nread: {sheet: "*"}\n')
    [only] = await shown(desk, mapping, path, row="South!2")
    assert only.payload == {"Subject": "South"}
    for wanted in ("2", "South!9", "East!2"):
        with pytest.raises(SourceError) as caught:
            await shown(desk, mapping, path, row=wanted)
        assert caught.value.code == "NO_SUCH_ROW" and f"no data row {wanted}." in caught.value.message
    with pytest.raises(SourceError) as caught:
        await shown(desk, mapping, path, row=2)
    assert "North!2 or South!2" in caught.value.remedy


def test_look_ups_are_said_by_what_they_look_for():
    """Nobody is asked for the id: the screen and --json name what a run looks for."""
    account = Reference(Lookup("Account", "AccountNumber", "AC-1001"))
    parent = Reference(Lookup("zendesk", "key", "T-1", imported=True))
    assert _looked_up(account) == "(id of the Account whose AccountNumber is AC-1001)"
    assert _looked_up(parent) == "(the record of zendesk whose key is T-1)"
    row = Previewed(2, "ok", references={"AccountId": account})
    assert row.as_json()["lookups"] == {
        "AccountId": {"object": "Account", "by": "AccountNumber", "value": "AC-1001"}
    }
