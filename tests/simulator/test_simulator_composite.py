"""Requests inside a request: composite, batch and tree."""

from __future__ import annotations

from typing import Any

import pytest
from simulator_client import DATA, Client, Start

CASE = DATA + "/sobjects/Case"


def part(reference: str, content: Any = None, url: str = CASE, method: str = "POST") -> dict[str, Any]:
    return {"referenceId": reference, "method": method, "url": url, "body": content}


async def composite(client: Client, *parts: dict[str, Any], all_or_none: bool = False) -> list[Any]:
    content = {"allOrNone": all_or_none, "compositeRequest": list(parts)}
    status, answer = await client.salesforce("POST", "/composite", content)
    assert status == 200, answer
    return list(answer["compositeResponse"])


async def subjects(client: Client) -> list[str]:
    return [str(case.get("Subject")) for case in await client.records("Case")]


async def test_later_parts_refer_to_earlier_ones(client: Client) -> None:
    """@{r.id} is filled in bodies and addresses; each part has its status, body and Location."""
    query = DATA + "/query?q=SELECT+Subject+FROM+Case+WHERE+ParentId+=+'@{mother.id}'"
    mother, child, found, read = await composite(
        client,
        part("mother", {"Subject": "mother"}),
        part("child", {"Subject": "child", "ParentId": "@{mother.id}"}),
        part("found", url=query, method="GET"),
        part("read", url=CASE + "/@{child.id}?fields=Subject", method="GET"),
    )
    assert [each["httpStatusCode"] for each in (mother, child, found, read)] == [201, 201, 200, 200]
    assert mother["httpHeaders"]["Location"] == f"{CASE}/{mother['body']['id']}"
    assert found["body"]["records"][0]["Subject"] == read["body"]["Subject"] == "child"


@pytest.mark.parametrize("all_or_none", [False, True])
async def test_a_failed_part_halts_what_depends_on_it(client: Client, all_or_none: bool) -> None:
    """Dependants say PROCESSING_HALTED; with allOrNone everybody does and nothing is saved."""
    first, bad, dependant = await composite(
        client,
        part("a", {"Subject": "a"}),
        part("b", {"SuppliedEmail": "x"}),
        part("c", {"ParentId": "@{b.id}"}),
        all_or_none=all_or_none,
    )
    assert bad["body"][0]["errorCode"] == "INVALID_EMAIL_ADDRESS"
    assert (dependant["httpStatusCode"], dependant["body"][0]["errorCode"]) == (400, "PROCESSING_HALTED")
    assert first["httpStatusCode"] == (400 if all_or_none else 201)
    assert await subjects(client) == ([] if all_or_none else ["a"])


async def test_a_collection_inside_a_composite_is_undone_alone(client: Client) -> None:
    """allOrNone of the inner request does not undo the outer one's other parts."""
    records = [
        {"attributes": {"type": "Case"}} | fields for fields in ({"Subject": "in"}, {"AccountId": "x"})
    ]
    inner = {"allOrNone": True, "records": records}
    _, many = await composite(
        client, part("a", {"Subject": "out"}), part("b", inner, DATA + "/composite/sobjects")
    )
    assert [each["success"] for each in many["body"]] == [False, False]
    assert await subjects(client) == ["out"]


async def test_the_recorded_answer_to_an_unknown_object(client: Client) -> None:
    """As recorded: 404 inside, no headers, and the list with NOT_FOUND."""
    [answer] = await composite(client, part("CCI__RefId__0__", url=DATA + "/sobjects/Foo", method="GET"))
    not_found = {"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}
    assert answer == {
        "body": [not_found],
        "httpHeaders": {},
        "httpStatusCode": 404,
        "referenceId": "CCI__RefId__0__",
    }


@pytest.mark.parametrize(
    ("path", "content", "code"),
    [
        ("/composite", {"compositeRequest": [part(str(n), {}) for n in range(26)]}, "LIMIT_EXCEEDED"),
        ("/composite", {"compositeRequest": [part("a", {}), part("a", {})]}, "INVALID_INPUT"),
        ("/composite", {"compositeRequest": [{"referenceId": "a"}]}, "JSON_PARSER_ERROR"),
        ("/composite/batch", {}, "JSON_PARSER_ERROR"),
        ("/composite/tree/Case", {"records": [{"Subject": "no reference"}]}, "INVALID_INPUT"),
    ],
)
async def test_what_is_refused_as_a_whole(client: Client, path: str, content: Any, code: str) -> None:
    """400 with a list; nothing is saved."""
    status, answer = await client.salesforce("POST", path, content)
    assert (status, answer[0]["errorCode"], await subjects(client)) == (400, code, [])


@pytest.mark.parametrize("halt", [False, True])
async def test_a_batch_goes_on_or_halts(client: Client, halt: bool) -> None:
    """Each part counts as a call; behind an error the rest runs, or is 412 when it was asked to halt."""
    url = "v67.0/sobjects/Case"
    parts = [
        {"method": "POST", "url": url, "richInput": fields}
        for fields in ({"Subject": "a"}, {"SuppliedEmail": "x"}, {"Subject": "c"})
    ]
    _, answer = await client.salesforce(
        "POST", "/composite/batch", {"batchRequests": parts, "haltOnError": halt}
    )
    assert answer["hasErrors"] is True
    assert [each["statusCode"] for each in answer["results"]] == [201, 400, 412 if halt else 201]
    assert await subjects(client) == (["a"] if halt else ["a", "c"])
    _, limits = await client.salesforce("GET", "/limits")
    assert limits["DailyApiRequests"]["Max"] - limits["DailyApiRequests"]["Remaining"] == 4


def node(reference: str, type_: str, **fields: Any) -> dict[str, Any]:
    return {"attributes": {"type": type_, "referenceId": reference}} | fields


async def test_a_tree_is_saved_with_its_children(client: Client) -> None:
    """201 with an id for each reference; children refer to their parents."""
    comment = node("r2", "CaseComment", CommentBody="Called.")
    top = node("r1", "Case", Subject="top", CaseComments={"records": [comment]})
    status, answer = await client.salesforce("POST", "/composite/tree/Case", {"records": [top]})
    assert (status, answer["hasErrors"]) == (201, False)
    ids = {each["referenceId"]: each["id"] for each in answer["results"]}
    (stored,) = await client.records("CaseComment")
    assert (stored["ParentId"], stored["Id"]) == (ids["r1"], ids["r2"])


async def test_a_tree_with_one_fault_saves_nothing_and_names_the_guilty_only(client: Client) -> None:
    """400 with the offending reference; neither its neighbours nor its children are listed."""
    bad = node("r2", "Case", SuppliedEmail="x", Cases={"records": [node("r3", "Case", Subject="below")]})
    records = {"records": [node("r1", "Case", Subject="good"), bad]}
    status, answer = await client.salesforce("POST", "/composite/tree/Case", records)
    assert (status, answer["hasErrors"], await subjects(client)) == (400, True, [])
    assert [each["referenceId"] for each in answer["results"]] == ["r2"]
    assert answer["results"][0]["errors"][0]["statusCode"] == "INVALID_EMAIL_ADDRESS"


async def test_what_only_reads_is_a_read(start: Start) -> None:
    """A batch of questions alone counts as a read, so that faults of creates pass it by; any write makes a create."""
    client = await start("http_500_before=on")
    url = "v67.0/query/?q=SELECT+Id+FROM+Organization"
    parts = [{"method": "GET", "url": url}, {"method": "GET", "url": "v67.0/limits"}]
    status, answer = await client.salesforce("POST", "/composite/batch", {"batchRequests": parts})
    assert status == 200 and [each["statusCode"] for each in answer["results"]] == [200, 200]
    write = {"method": "POST", "url": "v67.0/sobjects/Case", "richInput": {"Subject": "a"}}
    status, _ = await client.salesforce("POST", "/composite/batch", {"batchRequests": [*parts, write]})
    assert status == 500 and await subjects(client) == []
    kinds = [seen.kind for seen in client.running.world.log]
    assert kinds == ["signin", "read", "create"]
