"""What an org says of itself when it is opened: one request, or one by one where that is refused (facts §3.2)."""

import json
from typing import Any

import pytest

from importer.model.errors import Exit, TargetError
from importer.targets.salesforce.described import schema_of
from importer.targets.salesforce.opening import Opener, Part, read_batch
from importer.transport import Answered, Delivery, MaybeDelivered, Request

ORG = {"records": [{"Id": "00D000000000001AAA", "Name": "Acme", "IsSandbox": True}]}
LIMITS = {"DailyApiRequests": {"Max": 100, "Remaining": 60}}
DESCRIBE = {"name": "Case", "fields": []}


def answered(status: int, content: Any) -> Answered:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Answered(status, {}, body)


def batch(*parts: tuple[int, Any]) -> Answered:
    results = [{"statusCode": status, "result": result} for status, result in parts]
    return answered(200, {"hasErrors": False, "results": results})


class Org:
    """Answers a batch with ``whole``, and questions that come one by one as an org does."""

    def __init__(self, whole: Delivery) -> None:
        self.whole = whole
        self.asked: list[str] = []

    async def send(self, request: Request) -> Delivery:
        self.asked.append(request.path.removeprefix("/services/data/v67.0/").partition("?")[0])
        if request.path.endswith("/composite/batch"):
            assert not request.creates and request.body is not None
            parts = json.loads(request.body)["batchRequests"]
            assert all(part["method"] == "GET" and part["url"].startswith("v67.0/") for part in parts)
            return self.whole
        return answered(200, ORG if "query" in request.path else LIMITS)


async def opened(org: Org) -> Any:
    return await Opener(org, "67.0", "https://acme.example", "Case").ask()


async def test_three_questions_leave_as_one_request() -> None:
    """Org, limits and schema come with one answer."""
    org = Org(batch((200, ORG), (200, LIMITS), (200, DESCRIBE)))
    found = await opened(org)
    assert org.asked == ["composite/batch"]
    assert (found.org()["Name"], found.limits.good, found.describe.good) == ("Acme", LIMITS, DESCRIBE)


async def test_what_one_part_refuses_the_others_still_tell() -> None:
    """No right to Organization or limits is no reason to ask anew; a describe that failed is asked for later."""
    errors = [{"errorCode": "INVALID_TYPE", "message": "x"}]
    found = await opened(Org(batch((400, errors), (403, errors), (404, errors))))
    assert (found.org(), found.limits.good) == ({}, None)
    assert found.describe is not None and found.describe.status == 404
    assert (await opened(Org(batch((200, ORG), (200, LIMITS), (503, None))))).describe is None


@pytest.mark.parametrize(
    "whole",
    [
        answered(404, [{"errorCode": "NOT_FOUND", "message": "x"}]),
        answered(403, [{"errorCode": "API_DISABLED_FOR_ORG", "message": "x"}]),
        answered(503, b"<html>"),
        answered(200, b"<html>sign in"),
        answered(200, {"results": [{"statusCode": 200, "result": ORG}]}),
        answered(200, {"results": [{"statusCode": "200"}, {}, None]}),
        answered(200, ["?"]),
    ],
)
async def test_without_a_batch_each_is_asked_for_itself(whole: Answered) -> None:
    """Refused, not served, or not understood: single requests, and the schema when it is needed."""
    org = Org(whole)
    found = await opened(org)
    assert org.asked == ["composite/batch", "query/", "limits"]
    assert (found.org()["Name"], found.limits.good, found.describe) == ("Acme", LIMITS, None)
    assert read_batch(whole, 3) is None


async def test_nobody_answers_or_the_session_is_refused() -> None:
    """A lost answer is a reason to try later; a session that is not accepted ends it with what to do."""
    with pytest.raises(TargetError) as lost:
        await opened(Org(MaybeDelivered("the connection broke")))
    assert lost.value.exit is Exit.LATER
    refused = answered(401, [{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}])
    with pytest.raises(TargetError, match="does not accept the session"):
        await opened(Org(refused))


@pytest.mark.parametrize(
    ("status", "code", "text", "expected", "exit"),
    [
        (404, "NOT_FOUND", "x", "NO_SUCH_OBJECT", Exit.CANNOT_RUN),
        (403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", "DESCRIBE_LATER", Exit.LATER),
        (403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests Limit exceeded.", "DESCRIBE_LATER", Exit.LATER),
        (503, "", "", "DESCRIBE_LATER", Exit.LATER),
        (403, "API_DISABLED_FOR_ORG", "x", "DESCRIBE_REFUSED", Exit.CANNOT_RUN),
        (403, "SOMETHING_NEW", "x", "NO_SUCH_OBJECT", Exit.CANNOT_RUN),
    ],
)
def test_a_describe_that_is_refused(status: int, code: str, text: str, expected: str, exit: Exit) -> None:
    """A spent allowance passes and is called so; what the user may not do is not blamed on the object."""
    errors = [{"errorCode": code, "message": text}] if code else None
    with pytest.raises(TargetError) as caught:
        schema_of("Case", Part(status, errors))
    assert (caught.value.code, caught.value.exit) == (expected, exit)
    assert code in caught.value.message
