"""What leaves for the rows of each path, and what comes of the answers: records named by an external id, switches."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from importer.model.draft import Draft, Named
from importer.model.errors import Exit, TargetError
from importer.model.outcome import Created, Rejected, RowOutcome
from importer.model.target import Ticket
from importer.settings import Reserve
from importer.targets.salesforce.bulk.path import BulkPath
from importer.targets.salesforce.codes import TAUGHT_NOTHING
from importer.targets.salesforce.collections import CollectionsPath
from importer.targets.salesforce.limits import Budget
from importer.targets.salesforce.single import SinglePath
from tests.transport.scripted import Script, answered

ID = "5003000000D8cuIAAR"
NOT_THERE = "Foreign key external ID: ACME-1 not found for field Ext__c in entity Account"
TWO = "Ext__c: more than one record found for external id field: ACME-1"


async def _ignore(_ticket: Ticket) -> None: ...


def path(name: str, sender: Script, options: Mapping[str, object] | None = None) -> Any:
    what = (sender, "Case", "67.0", "Legacy_Id__c", options or {}, Budget(Reserve()))
    return SinglePath(*what) if name == "single" else CollectionsPath(*what)


async def deliver(name: str, draft: Draft, answer: Any, **more: Any) -> tuple[Script, RowOutcome]:
    sender = Script([answer])
    [(row, outcome)] = list((await path(name, sender, **more).deliver([draft], _ignore)).items())
    assert row == draft.row
    return sender, outcome


def refused(name: str, code: str, text: str) -> Any:
    if name == "single":
        return answered(400, [{"errorCode": code, "message": text, "fields": []}])
    return answered(
        200, [{"success": False, "errors": [{"statusCode": code, "message": text, "fields": []}]}]
    )


def made(name: str) -> Any:
    one = {"id": ID, "success": True, "errors": []}
    return answered(201, one) if name == "single" else answered(200, [one])


PATHS = pytest.mark.parametrize("name", ["single", "collections"])
NAMING = Draft(
    7, {"Subject": "S", "AccountId": Named("ACME-1", "Account.Ext__c")}, columns={"AccountId": "Customer"}
)


@PATHS
async def test_a_row_names_its_record_by_an_external_id(name: str) -> None:
    """The relationship with the one key instead of the id (facts §6); the answer is the create's."""
    sender, outcome = await deliver(name, NAMING, made(name))
    body = json.loads(sender.requests[0].body)
    record = body if name == "single" else body["records"][0]
    assert (
        record["Account"] == {"Ext__c": "ACME-1"} and "AccountId" not in record and record["Subject"] == "S"
    )
    assert outcome == Created(ID)


@PATHS
@pytest.mark.parametrize(
    ("code", "text", "said"),
    [
        ("INVALID_FIELD", NOT_THERE, "No record has the Ext__c by which the row names its Account."),
        (
            "DUPLICATE_EXTERNAL_ID",
            TWO,
            "More than one record has the Ext__c by which the row names its Account.",
        ),
    ],
)
async def test_a_record_that_is_named_and_not_to_be_had(name: str, code: str, text: str, said: str) -> None:
    """None or several: a problem of the row's own cell, in plain words, with the server's."""
    _sender, outcome = await deliver(name, NAMING, refused(name, code, text))
    assert isinstance(outcome, Rejected)
    [refusal] = outcome.refusals
    assert (refusal.code, refusal.text, refusal.properties) == (code, text, ("AccountId",))
    assert refusal.message.startswith(said)


@PATHS
async def test_a_refusal_for_something_else_is_left_as_it_is(name: str) -> None:
    """The value stands in no text of it: nobody says that the record is to blame."""
    text = "Foreign key external ID: OTHER not found for field Ext__c in entity Contact"
    _sender, outcome = await deliver(name, NAMING, refused(name, "INVALID_FIELD", text))
    assert isinstance(outcome, Rejected) and outcome.refusals[0].properties == ()


SWITCHES = [
    ({}, {"Sforce-Auto-Assign": "FALSE"}),
    ({"assignment_rule": "on"}, {"Sforce-Auto-Assign": "TRUE"}),
    ({"assignment_rule": "01Q300000000001AAA"}, {"Sforce-Auto-Assign": "01Q300000000001AAA"}),
    ({"duplicates": "allow"}, {"Sforce-Duplicate-Rule-Header": "allowSave=true"}),
]


@PATHS
@pytest.mark.parametrize("changes", [False, True], ids=["create", "change"])
@pytest.mark.parametrize(("options", "headers"), SWITCHES)
async def test_the_switches_of_a_request(
    name: str, changes: bool, options: dict[str, object], headers: dict[str, str]
) -> None:
    """Assignment rule, duplicate rules, no recently used items, who we are: on creates and on changes."""
    draft = Draft(2, {"Subject": "S"}, record_id=ID if changes else None)
    sender, _outcome = await deliver(name, draft, made(name), options=options)
    sent = sender.requests[0].headers
    assert {key: sent[key] for key in headers} == headers
    assert sent["Sforce-Mru"] == "updateMru=false" and sent["Sforce-Call-Options"] == "client=case-importer"
    if "duplicates" not in options:
        assert "Sforce-Duplicate-Rule-Header" not in sent


@pytest.mark.parametrize(
    ("options", "rule"), [({}, None), ({"assignment_rule": "01Q300000000001AAA"}, "01Q300000000001AAA")]
)
async def test_the_switches_of_a_job(options: dict[str, object], rule: str | None) -> None:
    """A job takes a rule by its id, and the client's name; what it has no word for is an objection."""
    sender = Script([answered(200, {"id": "750300000000001AAA", "state": "Open"}), answered(201)])
    jobs = BulkPath(sender, "/services/data/v67.0", "org", "Case", None, options, TAUGHT_NOTHING)
    load = jobs.load(("Subject",), {}, changes=False)
    try:
        load.add(Draft(2, {"Subject": "S"}), frozenset())
        assert await jobs.open(load) == Ticket("750300000000001AAA")
    finally:
        load.close()
    created, _upload = sender.requests
    body = json.loads(created.body)
    assert (
        body.get("assignmentRuleId") == rule
        and created.headers["Sforce-Call-Options"] == "client=case-importer"
    )
    assert (body["operation"], body["lineEnding"], body["contentType"]) == ("insert", "LF", "CSV")
    assert not jobs.objection


async def test_no_job_begins_with_calls_that_are_kept_for_others() -> None:
    """The reserve of the day stays untouched: nothing leaves, and the same command goes on later."""
    budget = Budget(Reserve(percent=20))
    budget.heard({"Sforce-Limit-Info": "api-usage=80/100"})
    what = (Script([]), "/services/data/v67.0", "org", "Case", None, {}, TAUGHT_NOTHING)
    jobs = BulkPath(*what, budget=budget)
    load = jobs.load(("Subject",), {}, changes=False)
    try:
        with pytest.raises(TargetError, match="20 daily API requests") as caught:
            await jobs.open(load)
        assert (caught.value.code, caught.value.exit) == ("RESERVED", Exit.LATER)
    finally:
        load.close()


async def test_a_job_that_cannot_be_made_is_no_job_that_was_purged() -> None:
    """404 to the create of a job: the org has no Bulk API for this user, and nothing is uploaded."""
    sender = Script([answered(404, [{"errorCode": "NOT_FOUND", "message": "…"}])])
    jobs = BulkPath(sender, "/services/data/v67.0", "org", "Case", None, {}, TAUGHT_NOTHING)
    load = jobs.load(("Subject",), {}, changes=False)
    try:
        with pytest.raises(Exception, match="refused to create a job") as caught:
            await jobs.open(load)
        assert getattr(caught.value, "code", "") == "BULK_REFUSED" and len(sender.requests) == 1
    finally:
        load.close()
