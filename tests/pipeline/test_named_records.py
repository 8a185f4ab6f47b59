"""Rows that name records by an external id, which the org finds itself: no question for each 400 of them."""

from dataclasses import replace
from typing import Any

import pytest

from importer.model.draft import Draft, Lookup, Named, Reference
from importer.model.errors import Exit
from importer.pipeline.ahead import WINDOW, naming
from importer.pipeline.jobs import heads_in, label
from importer.simulator.salesforce.org import find_object
from importer.simulator.salesforce.records import Terms, insert
from tests.pipeline.conftest import Open
from tests.pipeline.test_jobs import interrupted
from tests.stage import BULK, CASE, COLLECTIONS, Kind, Stage, as_csv

MAPPING = """version: 1
target: salesforce
source: stage
key: No
%scolumns:
  No: %s
  Text: Subject
  Customer: {to: AccountId, lookup: {object: Account, by: %s%s}}
"""
ROWS = WINDOW + 20
KINDS = pytest.mark.parametrize(
    "kind",
    [replace(COLLECTIONS, connection=CASE.connection), replace(BULK, name="named bulk")],
    ids=["collections", "bulk"],
)


def mapping(by: str = "Legacy_Id__c", more: str = "", *, keyed: bool = True) -> str:
    """Return a mapping whose accounts are named by ``by``."""
    match, to = ("match: Legacy_Id__c\n", "Legacy_Id__c") if keyed else ("", "Legacy_State__c")
    return MAPPING % (match, to, by, more)


def accounts(stage: Stage, count: int) -> dict[str, str]:
    """Save accounts in the org; give their ids by external id."""
    world = stage.running.world
    found = {}
    with world.store.saving():
        for n in range(count):
            body = {"Name": f"account {n}", "AccountNumber": f"N-{n}", "Legacy_Id__c": f"X-{n}"}
            terms = Terms(user="005", assign="FALSE", allow_duplicates=True, faults=frozenset())
            found[f"X-{n}"] = insert(world, find_object(world, "Account"), body, "", terms)
    return found


def table(count: int, start: str = "X") -> str:
    rows = [[f"K-{n}", f"text {n}", f"{start}-{n}"] for n in range(count)]
    return as_csv(rows, ("No", "Text", "Customer"))


def asked(stage: Stage) -> list[str]:
    """The kinds of requests that look something up."""
    return [seen.kind for seen in stage.running.world.log if seen.kind in ("query", "describe")]


async def load(stage: Stage, text: str, mapped: str, **options: Any) -> Any:
    stage.running.world.log.clear()
    return await stage.run(stage.write(text), mapping=stage.mapping(mapped), **options)


@KINDS
@pytest.mark.parametrize("keyed", [True, False], ids=["match", "content"])
async def test_many_accounts_cost_one_describe(open_kind: Open, kind: Kind, keyed: bool) -> None:
    """One answer about the fields of Account instead of a question for each window; a lost answer settles too."""
    stage = await open_kind(kind, "lose_after_commit=at:2" if kind.via == "collections" else "")
    ids = accounts(stage, ROWS)
    ended = await load(stage, table(ROWS), mapping(keyed=keyed))
    assert ended.counts == {"created": ROWS} and ended.exit == Exit.DONE
    settled = ["query"] if kind.via == "collections" else []
    assert asked(stage)[0] == "describe" and set(asked(stage)[1:]) == set(settled)
    records = stage.records()
    assert [record["AccountId"] for record in records] == [
        ids[f"X-{str(record['Subject']).split()[1]}"] for record in records
    ]
    assert len(records) == ROWS


@KINDS
async def test_what_the_org_does_not_find_is_a_problem_of_its_row(open_kind: Open, kind: Kind) -> None:
    """None and two: refused, with the column and plain words; the value stands in no journal; the others go."""
    stage = await open_kind(kind)
    accounts(stage, ROWS)
    text = table(ROWS).replace(",X-3\n", ",Y-nobody\n").replace(",X-11\n", ",Y-other\n")
    ended = await load(stage, text, mapping())
    assert ended.counts == {"created": ROWS - 2, "rejected": 2} and ended.exit == Exit.ROWS_FAILED
    lines = [line for line in stage.lines(ended) if line["import_status"] == "rejected"]
    assert {line["import_column"] for line in lines} == {"Customer"}
    assert all(
        "No record has the Legacy_Id__c by which the row names" in line["import_message"] for line in lines
    )
    assert "Y-nobody" in lines[0]["import_message"], "results put the cell back"
    kept = b"".join(path.read_bytes() for path in stage.state.rglob("*") if path.is_file())
    assert b"Y-nobody" not in kept


@pytest.mark.parametrize(
    ("mapped", "extra", "count"),
    [
        (mapping("AccountNumber"), "", ROWS),  # no external id
        (mapping(more=", none: omit"), "", ROWS),  # the org would refuse what is to be left out
        (mapping(), "name_by_external_id = false\n", ROWS),
        (mapping(), "", WINDOW // 2),  # one question does
    ],
    ids=["no external id", "none: omit", "off", "few"],
)
async def test_elsewhere_records_are_looked_up(open_kind: Open, mapped: str, extra: str, count: int) -> None:
    """What the org cannot find, or must not decide, is asked for ahead."""
    stage = await open_kind(COLLECTIONS)
    stage.extra += extra
    accounts(stage, count)
    ended = await load(stage, table(count, "N" if "AccountNumber" in mapped else "X"), mapped)
    assert ended.counts == {"created": count}
    assert asked(stage).count("query") == -(-count // WINDOW)
    assert all(record["AccountId"] for record in stage.records())


async def test_a_job_that_is_taken_up_pairs_its_lines(open_kind: Open) -> None:
    """Interrupted while its job is at work, without match: the upload's columns are made again from its label."""
    stage = await open_kind(replace(BULK, name="taken up"), "bulk_queue=700ms")
    stage.extra += "settle_by_content = false\n"
    accounts(stage, ROWS)
    path, text = stage.write(table(ROWS)), stage.mapping(mapping(keyed=False))
    first = await interrupted(stage, path, mapping=text)
    assert first.counts == {"in_doubt": ROWS}
    ended = await stage.run(path, mapping=text)
    assert ended.counts == {"created": ROWS} and len(stage.records()) == ROWS


def test_what_a_send_is_called() -> None:
    """The label of a send keeps which records its rows name, and how."""
    heads = {"Account.Ext__c": "AccountId", "Rel__r.Key__c": "Rel__c"}
    assert heads_in(label("bulk", heads)) == heads
    assert label("bulk", {}) == "bulk" and heads_in("bulk") == heads_in("bulk changes") == {}


def test_naming() -> None:
    """The reference becomes a value that knows how it names; others stay."""
    lookup = Lookup("Account", "Ext__c", " A-1 ")
    draft = Draft(2, {"S": "x"}, references={"AccountId": Reference(lookup), "B": Reference(lookup)})
    named = naming(draft, {"AccountId": "Account.Ext__c"})
    value = named.values["AccountId"]
    assert isinstance(value, Named) and (value, value.head) == ("A-1", "Account.Ext__c")
    assert set(named.references) == {"B"} and naming(draft, {}) is draft
