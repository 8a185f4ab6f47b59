"""Rows that refer to other records: looked up in batches, or made of other rows, parents first."""

from dataclasses import replace

import pytest

from importer.model.errors import Exit
from tests.pipeline.conftest import Open
from tests.stage import CASE, COLLECTIONS, Kind, Stage, as_csv

LOOKED_UP = """version: 1
target: salesforce
source: stage
key: No
match: Legacy_Id__c
columns:
  No: Legacy_Id__c
  Text: Subject
  Customer: {to: AccountId, lookup: {object: Account, by: AccountNumber%s}}
constants:
  OwnerId: {value: Support_EMEA, lookup: {object: Queue, by: DeveloperName}}
  RecordTypeId: {value: Complaint, lookup: {object: RecordType, by: DeveloperName}}
"""
FAMILY = """version: 1
target: salesforce
source: stage
key: No
match: Legacy_Id__c
columns:
  No: Legacy_Id__c
  Text: Subject
  Parent: {to: ParentId, lookup: {imported: stage, by: key%s}}
"""
KINDS = pytest.mark.parametrize("kind", [CASE, COLLECTIONS], ids=["single", "collections"])


def with_mapping(stage: Stage, text: str) -> dict[str, object]:
    return {"mapping": stage.mapping(text)}


def seeded(stage: Stage, kind: str, field: str, value: str) -> str:
    """The id of a record that the org came with."""
    [found] = [r.id for r in stage.running.world.store.select(f"type = '{kind}'") if r.fields[field] == value]
    return found


@KINDS
async def test_references_are_looked_up_once_for_many_rows(open_kind: Open, kind: Kind) -> None:
    """Account by number, queue and record type by name: three queries for 30 rows, ids in the records."""
    stage = await open_kind(kind)
    numbers = ["AC-1001", "AC-1002", "ac-1003"]
    rows = [[f"K-{n}", f"text {n}", numbers[n % 3]] for n in range(30)]
    path = stage.write(as_csv(rows, ("No", "Text", "Customer")))
    ended = await stage.run(path, **with_mapping(stage, LOOKED_UP % ""))
    assert ended.counts == {"created": 30}
    [first, *_] = stage.records()
    assert first["AccountId"] == seeded(stage, "Account", "AccountNumber", "AC-1001")
    assert first["OwnerId"] == seeded(stage, "Group", "DeveloperName", "Support_EMEA")
    assert first["RecordTypeId"] == seeded(stage, "RecordType", "DeveloperName", "Complaint")
    assert stage.running.world.faults.ordinals["query"] == 3  # one each
    again = await stage.run(path, **with_mapping(stage, LOOKED_UP % ""))
    assert not again.sent


async def test_none_and_many_are_problems_of_their_rows(open_kind: Open) -> None:
    """A value that no record has, or that two have, names the column and the cell; the others go."""
    stage = await open_kind(CASE)
    rows = [["K-1", "text 1", "AC-9999"], ["K-2", "text 2", "AC-2000"], ["K-3", "text 3", "AC-1001"]]
    path = stage.write(as_csv(rows, ("No", "Text", "Customer")))
    ended = await stage.run(path, **with_mapping(stage, LOOKED_UP % ""))
    assert ended.counts == {"invalid": 2, "created": 1} and ended.exit == Exit.ROWS_FAILED
    none, many, _ = stage.lines(ended)
    assert (none["import_code"], none["import_column"]) == ("LOOKUP_NONE", "Customer")
    assert "No Account has AccountNumber AC-9999" in none["import_message"]
    assert many["import_code"] == "LOOKUP_MANY" and "001" in many["import_message"]


@pytest.mark.parametrize(
    ("policy", "account"),
    [(", none: omit, many: omit", None), (", none: 001000000000001AAA, many: omit", "001000000000001AAA")],
    ids=["omit", "value"],
)
async def test_what_none_and_many_mean_is_the_mappings_to_say(
    open_kind: Open, policy: str, account: str | None
) -> None:
    """omit leaves the property out, another word is the id to send."""
    stage = await open_kind(CASE)
    rows = [["K-1", "text 1", "AC-9999"], ["K-2", "text 2", "AC-2000"]]
    path = stage.write(as_csv(rows, ("No", "Text", "Customer")))
    ended = await stage.run(path, **with_mapping(stage, LOOKED_UP % policy))
    if account is None:
        assert ended.counts == {"created": 2}
        assert [record.get("AccountId") for record in stage.records()] == [None, None]
    else:  # the org has no such account: it was sent, and refused
        assert ended.counts == {"rejected": 1, "created": 1}


@KINDS
async def test_parents_of_the_same_file_go_first(open_kind: Open, kind: Kind) -> None:
    """Children stand before their parents, three generations deep; each gets its parent's id."""
    stage = await open_kind(kind)
    rows = [["K-3", "text 3", "K-2"], ["K-2", "text 2", "K-1"], ["K-1", "text 1", ""]]
    rows += [[f"K-{n}", f"text {n}", "K-1"] for n in range(4, 20)]
    path = stage.write(as_csv(rows, ("No", "Text", "Parent")))
    ended = await stage.run(path, **with_mapping(stage, FAMILY % ""))
    assert ended.counts == {"created": 19} and ended.exit == Exit.DONE, stage.notices()
    by_key = {record["Legacy_Id__c"]: record for record in stage.records()}
    assert len(by_key) == len(stage.records()) == 19
    assert by_key["K-3"]["ParentId"] == by_key["K-2"]["id"]
    assert by_key["K-2"]["ParentId"] == by_key["K-1"]["id"] and by_key["K-1"].get("ParentId") is None
    assert {by_key[f"K-{n}"]["ParentId"] for n in range(4, 20)} == {by_key["K-1"]["id"]}
    assert [line["import_row"] for line in stage.lines(ended)] == [str(n) for n in range(2, 21)]


async def test_children_of_a_row_that_failed_are_blocked_and_go_with_it(open_kind: Open) -> None:
    """The refused parent is named, its grandchildren wait too; mended, all go with the same command."""
    stage = await open_kind(CASE)
    rows = [["K-3", "text 3", "K-2"], ["K-2", "text 2", "K-1"], ["K-1", "t" * 300, ""], ["K-4", "text 4", ""]]
    path = stage.write(as_csv(rows, ("No", "Text", "Parent")))
    mapping = FAMILY % ""
    ended = await stage.run(path, **with_mapping(stage, mapping))
    assert ended.counts == {"blocked": 2, "invalid": 1, "created": 1} and ended.exit == Exit.ROWS_FAILED
    grandchild, child, *_ = stage.lines(ended)
    assert "Row 4, to which this row belongs, has no record (it is invalid)" in child["import_message"]
    assert "Row 3, to which this row belongs" in grandchild["import_message"]
    mended = mapping.replace("  Text: Subject", "  Text: {to: Subject, truncate: 250}")
    again = await stage.run(path, **with_mapping(stage, mended))
    assert again.run == ended.run and again.counts == {"created": 4} and stage.creates() == 4


async def test_a_ring_of_parents_is_blocked(open_kind: Open) -> None:
    """Two rows that belong to each other, and one to itself: nobody goes first, nothing hangs."""
    stage = await open_kind(CASE)
    rows = [["K-1", "text 1", "K-2"], ["K-2", "text 2", "K-1"], ["K-3", "text 3", "K-3"]]
    path = stage.write(as_csv(rows, ("No", "Text", "Parent")))
    ended = await stage.run(path, **with_mapping(stage, FAMILY % ""))
    assert ended.counts == {"blocked": 3} and stage.creates() == 0
    assert "a row cannot belong to itself" in stage.lines(ended)[2]["import_message"]


async def test_a_parent_that_no_file_brought_is_what_none_says(open_kind: Open) -> None:
    """Not in this file, not in the ledger: a problem of the row, or left out where the mapping says so."""
    stage = await open_kind(CASE)
    rows = [["K-1", "text 1", "X-1"], ["K-2", "text 2", "K-1"]]
    path = stage.write(as_csv(rows, ("No", "Text", "Parent")))
    ended = await stage.run(path, **with_mapping(stage, FAMILY % ", none: omit"))
    assert ended.counts == {"created": 2}
    by_key = {record["Legacy_Id__c"]: record for record in stage.records()}
    assert by_key["K-2"]["ParentId"] == by_key["K-1"]["id"]
    later = stage.write(as_csv([["K-3", "text 3", "X-2"]], ("No", "Text", "Parent")), "later.csv")
    refused = await stage.run(later, **with_mapping(stage, FAMILY % ""))
    assert refused.counts == {"invalid": 1}
    assert stage.lines(refused)[0]["import_code"] == "NOT_IMPORTED"


async def test_a_parent_whose_answer_was_lost_is_settled_before_its_children_go(open_kind: Open) -> None:
    """The parent was created, its answer lost: asked about in the same run, and the child follows."""
    stage = await open_kind(CASE, "lose_after_commit=at:1")
    stage.extra += 'settle_after = "1s"\n'
    rows = [["K-1", "text 1", ""], ["K-2", "text 2", "K-1"]]
    path = stage.write(as_csv(rows, ("No", "Text", "Parent")))
    ended = await stage.run(path, **with_mapping(stage, FAMILY % ""))
    assert ended.counts == {"created": 2} and len(stage.records()) == 2


async def test_accounts_of_an_earlier_file_are_referred_to_without_a_call(open_kind: Open) -> None:
    """imported: contacts takes ids from the ledger of another source of the same system."""
    stage = await open_kind(replace(CASE, name="two"))
    contacts = (
        "version: 1\ntarget: salesforce\nobject: Contact\nsource: people\nkey: No\ncolumns:\n  Text: LastName\n"
        "  No: Department\n"
    )
    people = stage.write(as_csv([["P-1", "text person"]], ("No", "Text")), "people.csv")
    assert (await stage.run(people, **with_mapping(stage, contacts))).counts == {"created": 1}
    mapping = FAMILY.replace(
        "Parent: {to: ParentId, lookup: {imported: stage", "Person: {to: ContactId, lookup: {imported: people"
    )
    path = stage.write(as_csv([["K-1", "text 1", "p-1"]], ("No", "Text", "Person")))
    ended = await stage.run(path, **with_mapping(stage, mapping % ""))
    assert ended.counts == {"created": 1}
    [person] = [r for r in stage.running.world.store.select("type = 'Contact'") if "person" in str(r.fields)]
    assert stage.records()[0]["ContactId"] == person.id
    assert "query" not in stage.running.world.faults.ordinals
