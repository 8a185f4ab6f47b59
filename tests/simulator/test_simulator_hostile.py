"""Requests that make no sense: each resource says so, none breaks."""

from __future__ import annotations

import io
from typing import Any

import pytest
from simulator_client import DATA, Client


def of_case(**fields: Any) -> dict[str, Any]:
    return {"records": [{"attributes": {"type": "Case", "referenceId": "r"}} | fields]}


def part(**fields: Any) -> dict[str, Any]:
    return {"compositeRequest": [{"method": "GET", "url": DATA + "/limits", "referenceId": "a"} | fields]}


BODIES: list[Any] = [
    *(None, 1, "x", [], {}, [None], {"records": None}, {"records": [1]}, {"records": [{"attributes": 1}]}),
    {"records": [{"attributes": {"type": 1}}]},
    *(of_case(Id=value) for value in (5, {"a": 1}, [1])),
    *(of_case(Legacy_Id__c=value) for value in (5, {"a": 1}, [1], True)),
    *(of_case(AccountId=value) for value in (5, {"Legacy_Id__c": "ACME-1"})),
    *(of_case(Account=value) for value in (5, {}, {"Legacy_Id__c": {"x": 1}}, {"a": 1, "b": 2})),
    *(of_case(x={"records": value}) for value in ([1], [{"attributes": 3}], [], [{}])),
    {"records": [{"attributes": {"type": "Case", "referenceId": ["r"]}}]},
    *({"ids": value, "fields": ["Id"]} for value in (1, [1], [{}], [None])),
    *(part(url=value) for value in ("", "/", "http://[", DATA + "/query?q=@{a.b[9]}", DATA + "/composite")),
    part(method="POST", url=DATA + "/composite/sobjects", body=[1]),
    part(method="PUT", url=DATA + "/jobs/ingest/x/batches", body={}),
    *({"batchRequests": [value]} for value in (1, {}, {"method": "POST", "url": "x", "richInput": [1]})),
    *({"object": "Case", "operation": value} for value in ([], {}, 1)),
    *(
        {"object": "Case", "operation": "insert", name: value}
        for name in ("lineEnding", "columnDelimiter", "assignmentRuleId", "contentType")
        for value in ({"a": 1}, [1])
    ),
    *({"state": value} for value in ([], {}, None)),
]
PATHS = [
    *("/composite/sobjects", "/composite/sobjects/Case/Legacy_Id__c", "/composite/sobjects/Case/Id"),
    *("/composite/sobjects/Case", "/composite", "/composite/batch", "/composite/tree/Case"),
    *("/jobs/ingest", "/jobs/ingest/{job}", "/sobjects/Case", "/sobjects/Case/Legacy_Id__c/x"),
]


@pytest.mark.parametrize("path", PATHS)
async def test_no_body_breaks_a_resource(client: Client, path: str) -> None:
    """Whatever JSON comes, the answer is JSON (or empty) below 500."""
    job = (await client.salesforce("POST", "/jobs/ingest", {"object": "Case", "operation": "insert"}))[1]
    for body in BODIES:
        for method in ("POST", "PATCH"):
            status, _ = await client.salesforce(method, path.format(job=job["id"]), body)
            assert status < 500, (method, body)


@pytest.mark.parametrize("query", ["?ids=,,&fields=,", "?ids=%00&fields=Id", "?ids=a", "?queryLocator=-1"])
async def test_no_query_breaks_a_resource(client: Client, query: str) -> None:
    """The same for what stands in the address."""
    for path in PATHS:
        for method in ("GET", "DELETE"):
            assert (await client.salesforce(method, path.format(job="750") + query))[0] < 500


UPLOADS = [
    *(
        b'"',
        b'""',
        b'"Subject\n',
        b"\n\n",
        b",\n",
        b"Subject,\nx,\n",
        b"Subject,subject\na,b\n",
        b"\xff\xfeS\n",
    ),
    b'Subject\n"' + b"x\n" * 900_000,
]


@pytest.mark.parametrize("content", UPLOADS, ids=lambda content: repr(content[:12]))
async def test_no_upload_breaks_a_job(client: Client, content: bytes) -> None:
    """The job fails with a reason; nothing is saved."""
    _, job = await client.salesforce("POST", "/jobs/ingest", {"object": "Case", "operation": "insert"})
    path = f"/jobs/ingest/{job['id']}"
    headers = {"Authorization": f"Bearer {client.token}", "Content-Type": "text/csv"}
    async with client.session.put(
        client.url(DATA + path) + "/batches", data=io.BytesIO(content), headers=headers
    ) as put:
        assert put.status == 201
    await client.salesforce("PATCH", path, {"state": "UploadComplete"})
    info: dict[str, Any] = {"state": "UploadComplete"}
    while info["state"] in {"UploadComplete", "InProgress"}:
        _, info = await client.salesforce("GET", path)
    assert (info["state"], bool(info["errorMessage"])) == ("Failed", True)
    assert await client.records("Case") == []
