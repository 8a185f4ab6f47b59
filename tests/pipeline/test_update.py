"""on_match: update changes what exists and makes what is new; keys that repeat are looked up ahead."""

import pytest

from importer.model.errors import Exit
from importer.simulator.ids import make_id
from importer.simulator.salesforce.org import SYSTEM, find_object, keys
from tests.pipeline.conftest import Open
from tests.stage import BULK, CASE, COLLECTIONS, Kind, Stage, as_csv

UPDATE = """version: 1
target: salesforce
source: stage
key: No
match: Legacy_Id__c
on_match: update
columns:
  No: Legacy_Id__c
  Text: Subject
  State: {to: Status, write: update}
  First: {to: Origin, write: create}
"""
HEADER = ("No", "Text", "State", "First")
KINDS = pytest.mark.parametrize("kind", [CASE, COLLECTIONS, BULK], ids=["single", "collections", "bulk"])


def foreign(stage: Stage, key: str, text: str) -> None:
    """Somebody else makes a record with a key."""
    world = stage.running.world
    fields = {"Legacy_Id__c": key, "Subject": text, "Status": "New", "Origin": "Phone"}
    sobject = find_object(world, "Case")
    number = world.store.take("Case")
    record_id = make_id(sobject.prefix, number)
    stamp = "2020-01-01T00:00:00.000+0000"
    audit = {"Id": record_id, "CreatedDate": stamp, "CreatedById": "005000000000001AAA", "IsDeleted": False}
    world.store.insert(
        SYSTEM, "Case", record_id, {**audit, **fields}, keys(sobject, fields), committed=0.0, modified=stamp
    )


def by_key(stage: Stage) -> dict[str, dict[str, object]]:
    return {record["Legacy_Id__c"]: record for record in stage.records()}


@KINDS
async def test_new_rows_are_made_and_existing_records_changed(open_kind: Open, kind: Kind) -> None:
    """What may only be set on creation stays as it is on records that exist, and the other way round."""
    stage = await open_kind(kind)
    foreign(stage, "K-1", "text of somebody")
    rows = [["K-1", "text 1", "Working", "Web"], ["K-2", "text 2", "Working", "Web"]]
    ended = await stage.run(stage.write(as_csv(rows, HEADER)), mapping=stage.mapping(UPDATE))
    assert ended.counts == {"updated": 1, "created": 1} and ended.exit == Exit.DONE
    there, made = by_key(stage)["K-1"], by_key(stage)["K-2"]
    assert (there["Subject"], there["Status"], there["Origin"]) == ("text 1", "Working", "Phone")
    assert (made["Subject"], made["Status"], made["Origin"]) == ("text 2", "New", "Web")
    updated, created = stage.lines(ended)
    assert updated["import_id"] == there["id"] and "Updated Case" in updated["import_message"]
    assert created["import_id"] == made["id"]


@KINDS
async def test_the_nightly_file_changes_only_what_differs(open_kind: Open, kind: Kind) -> None:
    """Known and unchanged rows cost no call; a changed one is changed without asking for its key."""
    stage = await open_kind(kind)
    rows = [[f"K-{n}", f"text {n}", "Working", "Web"] for n in range(1, 8)]
    await stage.run(stage.write(as_csv(rows, HEADER)), mapping=stage.mapping(UPDATE))
    queries = stage.running.world.faults.ordinals["query"]
    rows[2][1] = "text three"
    rows[3][2] = "Closed"
    rows.append(["K-8", "text 8", "Working", "Web"])
    ended = await stage.run(stage.write(as_csv(rows, HEADER), "night.csv"), mapping=stage.mapping(UPDATE))
    assert ended.counts == {"exists": 5, "updated": 2, "created": 1}
    assert by_key(stage)["K-3"]["Subject"] == "text three" and by_key(stage)["K-4"]["Status"] == "Closed"
    assert stage.running.world.faults.ordinals["query"] == queries + 1  # the new key
    rows.reverse()
    same = await stage.run(stage.write(as_csv(rows, HEADER), "again.csv"), mapping=stage.mapping(UPDATE))
    assert same.counts == {"exists": 8}


@KINDS
async def test_lost_answers_to_changes_end_well(open_kind: Open, kind: Kind) -> None:
    """A change may be made twice, a record not: every row ends updated or created, once."""
    stage = await open_kind(kind, "lose_after_commit=every:2,http_503_after=at:3")
    stage.extra = 'rate = "5000/s"\nconcurrency = 5\nsettle_after = "1s"\nrequest_timeout = "1s"\n'
    for n in range(1, 7):
        foreign(stage, f"K-{n}", "text of somebody")
    rows = [[f"K-{n}", f"text {n}", "Working", "Web"] for n in range(1, 13)]
    ended = await stage.run(stage.write(as_csv(rows, HEADER)), mapping=stage.mapping(UPDATE))
    assert ended.counts == {"updated": 6, "created": 6}, stage.notices()
    assert len(stage.records()) == 12 and {r["Subject"] for r in stage.records()} == {row[1] for row in rows}


@pytest.mark.parametrize("on_match", ["skip", "error"])
async def test_keys_that_may_repeat_are_looked_up_ahead(open_kind: Open, on_match: str) -> None:
    """The field is not unique: the org would take a second record, so it is asked before."""
    stage = await open_kind(CASE)
    mapping = UPDATE.replace("on_match: update", f"on_match: {on_match}").replace(
        "Legacy_Id__c", "Partner_Ref__c"
    )
    mapping = "\n".join(line for line in mapping.splitlines() if "write:" not in line) + "\n"
    first = await stage.run(
        stage.write(as_csv([["K-1", "text 1"]], ("No", "Text")), "first.csv"),
        mapping=stage.mapping(mapping.replace("source: stage", "source: other")),
    )
    assert first.counts == {"created": 1}
    path = stage.write(as_csv([["K-1", "text 1"], ["K-2", "text 2"]], ("No", "Text")))
    ended = await stage.run(path, mapping=stage.mapping(mapping))
    status = {"skip": "exists", "error": "rejected"}[on_match]
    assert ended.counts == {status: 1, "created": 1} and len(stage.records()) == 2
    if on_match == "skip":
        assert stage.lines(ended)[0]["import_id"] == stage.lines(first)[0]["import_id"]
    else:
        assert stage.lines(ended)[0]["import_code"] == "ALREADY_EXISTS"


async def test_when_many_rows_exist_the_others_are_looked_up_ahead(open_kind: Open) -> None:
    """Refusals because of a unique key cost a call each; after fifty answers the server is asked instead."""
    stage = await open_kind(CASE)
    for n in range(1, 1001):
        foreign(stage, f"K-{n}", "text of somebody")
    mapping = UPDATE.replace("on_match: update\n", "")
    mapping = "\n".join(line for line in mapping.splitlines() if "write:" not in line) + "\n"
    rows = [[f"K-{n}", f"text {n}"] for n in range(1, 1001)]
    ended = await stage.run(stage.write(as_csv(rows, ("No", "Text"))), mapping=stage.mapping(mapping))
    assert ended.counts == {"exists": 1000} and all(line["import_id"] for line in stage.lines(ended))
    assert stage.creates() < 500 and ended.calls < 520


async def test_a_key_may_be_a_number(open_kind: Open) -> None:
    """Asked for without quotes, and known again however the org writes it: 7, 7.0, 7.50."""
    stage = await open_kind(COLLECTIONS)
    mapping = """version: 1
target: salesforce
source: stage
key: No
match: Amount__c
on_match: update
columns: {No: Amount__c, Text: Subject}
"""
    first = [["7", "text 7"], ["7.5", "text 7.5"]]
    await stage.run(stage.write(as_csv(first, HEADER[:2]), "a.csv"), mapping=stage.mapping(mapping))
    rows = [["7.00", "text seven"], ["7.50", "text 7.5"], ["8", "text 8"]]
    other = stage.mapping(mapping.replace("source: stage", "source: other"))
    ended = await stage.run(stage.write(as_csv(rows, HEADER[:2]), "b.csv"), mapping=other)
    assert ended.counts == {"updated": 2, "created": 1}, stage.notices()
    assert stage.texts() == ["text 7.5", "text 8", "text seven"]
