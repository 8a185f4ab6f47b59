"""sObject Collections: order, refusals record by record, all or none, and faults that meet many records."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest
from simulator_client import Client, Start

MANY = "/composite/sobjects"
BY_KEY = MANY + "/Case/Legacy_Id__c"


def cases(*fields: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"attributes": {"type": "Case"}} | each for each in fields]


def body(*fields: dict[str, Any], all_or_none: bool = False) -> dict[str, Any]:
    return {"allOrNone": all_or_none, "records": cases(*fields)}


def codes(results: list[dict[str, Any]]) -> list[str | None]:
    """The first code of each record, None where it succeeded."""
    return [None if each["success"] else each["errors"][0]["statusCode"] for each in results]


async def subjects(client: Client) -> list[str]:
    return [str(case.get("Subject")) for case in await client.records("Case")]


async def test_outcomes_come_in_the_order_of_the_records(client: Client) -> None:
    """200 with success and id, or with statusCode, message and a list of fields; the good ones are saved."""
    records = body({"Subject": "a"}, {"Subject": "b", "AccountId": "not-an-id"}, {"Subject": "c"})
    status, results = await client.salesforce("POST", MANY, records)
    assert (status, codes(results)) == (200, [None, "MALFORMED_ID", None])
    assert results[0] == {"id": results[0]["id"], "success": True, "errors": []}
    message = "Account ID: id value of incorrect type: not-an-id"
    error = {"statusCode": "MALFORMED_ID", "message": message, "fields": ["AccountId"]}
    assert results[1] == {"success": False, "errors": [error]}
    assert await subjects(client) == ["a", "c"]


ONE_REFUSED = [
    ({"Severity__c": "Extreme"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
    ({"Subject": "x" * 256}, "STRING_TOO_LONG"),
    ({"CreatedDate": "2024-01-01T00:00:00Z"}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
    ({"Account": {"Legacy_Id__c": "NOBODY"}}, "INVALID_FIELD"),
    ({"AccountId": "001RM000003oLnnYAE"}, "INVALID_CROSS_REFERENCE_KEY"),
    ({"Due_Date__c": "1999-12-31"}, "FIELD_CUSTOM_VALIDATION_EXCEPTION"),
    ({"Legacy_Id__c": "TAKEN"}, "DUPLICATE_VALUE"),
]


@pytest.mark.parametrize(("fields", "code"), ONE_REFUSED)
async def test_a_record_is_refused_alone(client: Client, fields: dict[str, Any], code: str) -> None:
    """What the org refuses of one record leaves its neighbours alone, even where poison is on."""
    records = body({"Legacy_Id__c": "TAKEN"}, fields, {"Subject": "good"})
    assert codes((await client.salesforce("POST", MANY, records))[1]) == [None, code, None]


@pytest.mark.parametrize(
    ("fields", "code"),
    [({"Foo__c": 1}, "INVALID_FIELD"), ({"Reported_At__c": "2017-10-17 00:00:00"}, "JSON_PARSER_ERROR")],
)
async def test_poison_sinks_the_whole_request_or_its_record(
    start: Start, fields: dict[str, Any], code: str
) -> None:
    """With poison the answer is 400 with errorCode and nothing is saved; without it one record fails."""
    for switch in ("on", "off"):
        client = await start(f"poison={switch}")
        records = body({"Subject": "a"}, fields, {"Subject": "c"})
        status, content = await client.salesforce("POST", MANY, records)
        if switch == "on":
            assert (status, content[0]["errorCode"], await subjects(client)) == (400, code, [])
        else:
            assert (status, codes(content), await subjects(client)) == (200, [None, code, None], ["a", "c"])


@pytest.mark.parametrize(("switch", "stray"), [("on", True), ("off", False)])
async def test_all_or_none_undoes_the_innocent(start: Start, switch: str, stray: bool) -> None:
    """The guilty keep their reason; the others say rolled back and may carry an id that leads nowhere."""
    client = await start(f"stray_ids={switch}")
    records = body({"Subject": "a"}, {"SuppliedEmail": "x"}, {"Subject": "c"}, all_or_none=True)
    status, results = await client.salesforce("POST", MANY, records)
    rolled_back = "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    assert (status, codes(results)) == (200, [rolled_back, "INVALID_EMAIL_ADDRESS", rolled_back])
    assert ["id" in each for each in results] == [stray, False, stray]
    assert await subjects(client) == []
    await client.salesforce("POST", MANY, body({"Subject": "next"}))
    assert (await client.records("Case"))[0]["CaseNumber"] > "00001002"  # numbers were used up


REFUSED_WHOLE = [
    ("POST", MANY, body(*[{"Subject": "x"}] * 201), "EXCEEDED_ID_LIMIT"),
    ("POST", MANY, {"records": [{"Subject": "no type"}]}, "INVALID_TYPE"),
    ("POST", MANY, {"records": [{"attributes": {"type": "Csae"}}]}, "NOT_FOUND"),
    ("POST", MANY, {"records": "all"}, "JSON_PARSER_ERROR"),
    ("PATCH", MANY + "/Case/Foo__c", body({"Foo__c": 1}), "NOT_FOUND"),
    ("PATCH", MANY + "/Case/Subject", body({"Subject": "1"}), "NOT_FOUND"),
    ("PATCH", MANY + "/Contact/Legacy_Id__c", body({"Legacy_Id__c": "1"}), "INVALID_TYPE"),
    ("DELETE", MANY + "?ids=", None, "MISSING_ARGUMENT"),
    ("DELETE", MANY + "?ids=" + ",".join(["500Hs00001ABCde"] * 201), None, "EXCEEDED_ID_LIMIT"),
    ("GET", MANY + "/Case?ids=500Hs00001ABCde", None, "MISSING_ARGUMENT"),
    ("GET", MANY + "/Case?ids=500Hs00001ABCde&fields=Foo", None, "INVALID_FIELD"),
]


@pytest.mark.parametrize(("method", "path", "content", "code"), REFUSED_WHOLE)
async def test_a_request_is_refused_whole(
    client: Client, method: str, path: str, content: Any, code: str
) -> None:
    """Too many records, no type, an unknown object or key field: a list with errorCode, nothing saved."""
    status, answer = await client.salesforce(method, path, content)
    assert (status, answer[0]["errorCode"]) == (404 if code == "NOT_FOUND" else 400, code)
    assert await subjects(client) == []


async def test_mixed_types_make_at_most_ten_chunks(client: Client) -> None:
    """Runs of one type are chunks; ten of them pass, eleven do not."""
    case, contact = cases({"Subject": "x"})[0], {"attributes": {"type": "Contact"}, "LastName": "Y"}
    status, results = await client.salesforce("POST", MANY, {"records": [case, contact] * 5})
    assert (status, codes(results)) == (200, [None] * 10)
    assert (await client.salesforce("POST", MANY, {"records": [case, contact] * 5 + [case]}))[0] == 400


async def test_upserts_create_update_and_refuse(client: Client) -> None:
    """created tells which; a failed row claims it too, so that only success counts."""
    await client.salesforce("PATCH", BY_KEY, body({"Legacy_Id__c": "L-1", "Subject": "old"}))
    records = body(
        {"legacy_id__c": "l-1", "Subject": "new"},
        {"Legacy_Id__c": "L-2", "Subject": "made"},
        {"Legacy_Id__c": "L-3", "AccountId": "x"},
        {"Subject": "no key"},
        {"Legacy_Id__c": "L-4", "Subject": "twice"},
        {"Legacy_Id__c": "l-4", "Subject": "twice"},
    )
    status, results = await client.salesforce("PATCH", BY_KEY, records)
    twice = ["DUPLICATE_EXTERNAL_ID"] * 2
    assert (status, codes(results)) == (200, [None, None, "MALFORMED_ID", "MISSING_ARGUMENT", *twice])
    assert [each["created"] for each in results] == [False, True, True, True, True, True]
    assert await subjects(client) == ["new", "made"]
    _, results = await client.salesforce(
        "PATCH", BY_KEY + "?updateOnly=true", body({"Legacy_Id__c": "L-9"}, {"Legacy_Id__c": "L-2"})
    )
    assert codes(results) == ["INVALID_CROSS_REFERENCE_KEY", None]


async def test_upserts_by_other_keys(client: Client) -> None:
    """An idLookup field works, a key that several records have does not, Id null is a create (recorded)."""
    contact = {"attributes": {"type": "Contact"}, "Email": "ADA@acme.example", "LastName": "Byron"}
    _, results = await client.salesforce("PATCH", MANY + "/Contact/Email", {"records": [contact]})
    assert results[0]["created"] is False
    await client.salesforce("POST", MANY, body(*[{"Partner_Ref__c": "p"}] * 2))
    _, results = await client.salesforce(
        "PATCH", MANY + "/Case/Partner_Ref__c", body({"Partner_Ref__c": "p"})
    )
    assert codes(results) == ["DUPLICATE_EXTERNAL_ID"]
    _, results = await client.salesforce("PATCH", MANY + "/Case/Id", body({"Id": None, "Subject": "by Id"}))
    assert (results[0]["success"], results[0]["created"]) == (True, True)


async def test_updates_reads_and_deletes(client: Client) -> None:
    """Records carry their id, in 15 or 18 characters; what is not there is told record by record."""
    _, made = await client.salesforce(
        "POST", MANY, body({"Subject": "a"}, {"Subject": "b"}, {"Subject": "c"})
    )
    first, second, third = (each["id"] for each in made)
    unknown = "500Hs00001ABCdeIAH"
    changes = ({"Id": first[:15], "Subject": "A"}, {"id": unknown}, {"Subject": "?"}, {"Id": "x"})
    _, results = await client.salesforce("PATCH", MANY, body(*changes))
    assert codes(results) == [None, "INVALID_CROSS_REFERENCE_KEY", "MISSING_ARGUMENT", "MALFORMED_ID"]
    _, results = await client.salesforce("DELETE", f"{MANY}?ids={second},{unknown},{second}&allOrNone=false")
    assert codes(results) == [None, "INVALID_CROSS_REFERENCE_KEY", "ENTITY_IS_DELETED"]
    _, results = await client.salesforce("DELETE", f"{MANY}?ids={first},{second}&allOrNone=true")
    assert codes(results) == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "ENTITY_IS_DELETED"]
    for answer in (
        await client.salesforce("GET", f"{MANY}/Case?ids={third},{second},{first}&fields=Id,Subject"),
        await client.salesforce(
            "POST", MANY + "/Case", {"ids": [third, second, first], "fields": ["Id", "Subject"]}
        ),
    ):
        assert [each and each["Subject"] for each in answer[1]] == ["c", None, "A"]


async def test_too_many_batch_retries_and_apex_limits_fail_all(start: Start) -> None:
    """A partial failure in a larger request, and a larger chunk than a trigger bears, save nothing."""
    client = await start("batch_retries=2")
    bad = {"SuppliedEmail": "x"}
    for records, expected in (([{}, {}, {}], 0), ([{}, bad], 1), ([{}, bad, {}], 3)):
        _, results = await client.salesforce("POST", MANY, body(*records))
        assert sum(not each["success"] for each in results) == expected
    assert results[0]["errors"][0]["message"].startswith("Too many batch retries")
    assert len(await client.records("Case")) == 4
    await client.admin("POST", "faults", {"spec": "apex_limit=2"})
    _, results = await client.salesforce("POST", MANY, body({}, {}, {}))
    assert "System.LimitException" in results[2]["errors"][0]["message"]
    assert codes((await client.salesforce("POST", MANY, body({}, {})))[1]) == [None, None]


async def test_requests_that_share_a_parent_lock_each_other(start: Start) -> None:
    """While one is in flight, the other's records on that account fail, its other records do not."""
    client = await start("lock_parents=on,latency=100ms")
    _, found = await client.soql("SELECT Id FROM Account ORDER BY Legacy_Id__c LIMIT 2")
    shared, other = (record["Id"] for record in found["records"])
    pair = body({"AccountId": shared}), body({"AccountId": shared[:15]}, {"AccountId": other})
    answers = await asyncio.gather(*(client.salesforce("POST", MANY, each) for each in pair))
    assert [codes(results) for _, results in answers] == [[None], ["UNABLE_TO_LOCK_ROW", None]]
    assert shared[:15] in answers[1][1][0]["errors"][0]["message"]
    await client.admin("POST", "faults", {"spec": "lock_parents=on,latency=100ms,lock_scope=chunk"})
    answers = await asyncio.gather(*(client.salesforce("POST", MANY, each) for each in pair))
    assert codes(answers[1][1]) == ["UNABLE_TO_LOCK_ROW"] * 2


@pytest.mark.parametrize(
    ("fault", "texts"),
    [
        ("trigger", ["1", "[checked] 2", "3"]),
        ("second_writer", ["1", "2", "2", "3"]),
        ("hide", ["1", "2", "3"]),
        ("row_lock", ["1", "3"]),
        ("second_writer_key", ["1", "Of another writer", "3"]),
    ],
)
async def test_faults_while_saving_strike_the_named_records(
    start: Start, fault: str, texts: list[str]
) -> None:
    """fault_rows chooses records inside the struck request."""
    client = await start(f"{fault}=at:2,fault_rows=at:2")
    await client.salesforce("POST", MANY, body({"Subject": "0"}))
    records = ({"Subject": str(number), "Legacy_Id__c": f"L-{number}"} for number in (1, 2, 3))
    _, results = await client.salesforce("POST", MANY, body(*records))
    failed = {"row_lock": "UNABLE_TO_LOCK_ROW", "second_writer_key": "DUPLICATE_VALUE"}.get(fault)
    assert codes(results) == [None, failed, None]
    assert await subjects(client) == ["0", *texts]
    _, found = await client.soql("SELECT COUNT() FROM Case WHERE Legacy_Id__c != null")
    assert found["totalSize"] == (2 if fault in {"hide", "row_lock"} else 3)


@pytest.mark.parametrize(
    ("fault", "count"),
    [
        *(("lose_before_commit", 0), ("lose_after_commit", 2), ("http_500_before", 0), ("http_500_after", 2)),
        *(("http_503_before", 0), ("http_503_after", 2), ("http_504_after", 2), ("http_429", 0)),
        *(("html_200_before", 0), ("html_200_after", 2), ("cut_json", 2), ("cut_gzip", 2)),
        *(("expire_session", 0), ("concurrent_requests", 0), ("late_commit", 2)),
    ],
)
async def test_an_answer_that_is_lost_or_false_stands_for_all_records(
    start: Start, fault: str, count: int
) -> None:
    """All records of the request are saved, or none."""
    client = await start(f"{fault}=on,late_by=50ms")
    await client.sign_in()
    try:
        status, results = await client.salesforce("POST", MANY, body({"Subject": "1"}, {"Subject": "2"}))
    except (aiohttp.ClientError, ValueError):
        pass
    else:
        assert status >= 400, results
    while len(await client.records("Case")) != count:
        assert fault == "late_commit"


async def test_the_assignment_header_and_limits_count_for_collections(start: Start) -> None:
    """A request is one call whatever it holds; the rule runs unless it is told not to."""
    client = await start()
    await client.salesforce("POST", MANY, body(*[{}] * 200))
    await client.salesforce("POST", MANY, body({"Subject": "own"}), **{"Sforce-Auto-Assign": "FALSE"})
    _, limits = await client.salesforce("GET", "/limits")
    assert limits["DailyApiRequests"]["Max"] - limits["DailyApiRequests"]["Remaining"] == 3
    _, found = await client.soql("SELECT COUNT() FROM Case WHERE Owner.Name = 'Triage'")
    assert found["totalSize"] == 200


async def test_hidden_young_and_trimmed_records_in_a_batch(start: Start) -> None:
    """trim and index_lag act on each record of a collection."""
    client = await start("trim=on,index_lag=1h")
    await client.salesforce("POST", MANY, body({"Subject": " a "}, {"Subject": "b  "}))
    assert await subjects(client) == ["a", "b"]
    assert (await client.soql("SELECT Id FROM Case"))[1]["totalSize"] == 0
