"""CASEREST v2 of the simulator: its answers have the shapes of IBM's Swagger 25.0.1 (facts §1 to §4)."""

from __future__ import annotations

from typing import Any

import pytest
from simulator_client import BASIC, Client, Start

V2 = "/CaseManager/CASEREST/v2"
STORE = "TargetObjectStore=ATOSME"
CASE = {
    "TargetObjectStore": "ATOSME",
    "CaseType": "AUTO_CollisionClaim",
    "CaseProperties": [
        {"SymbolicName": "AUTO_ClaimDate", "Data": {"Value": "2010-07-16T21:50:36Z"}},
        {"SymbolicName": "AUTO_ClaimNumber", "Data": {"Value": "K-1"}},
        {"SymbolicName": "AUTO_DamagedParts", "Data": {"Value": ["FB", "RB"]}},
    ],
}

# The definitions of the Swagger, restated: names and types of what an answer may hold.
TEXTS = dict.fromkeys
SOLUTION = TEXTS(
    ["Status", "Description", "TargetOS", "WebAppID", "SolutionPrefix", "SolutionName", "SolutionFolderId",
     "IntegrationType", "PEConnectionPoint"],
    str,
)  # fmt: skip
SHAPES: dict[str, Any] = {
    "Solutions": {"Solutions": [SOLUTION]},
    "CaseInfo": TEXTS(["CaseIdentifier", "CaseTitle", "CaseFolderId"], str),
    "CaseTypeModal": {"CaseType": str, "Properties": [{"SymbolicName": str, "Data": dict}]},
    "CaseSearchResponse": {
        "status": int,
        "data": {"cases": [dict], "overview": {"total": int}},
        "continuationToken": dict,
        "totalCount": int,
        "caseHealthEnabled": bool,
    },
    "csrf_token": {"csrf_token": str, "expiration": int},
    "Error": TEXTS(["code", "message"], str),
    "Forbidden": TEXTS(["error_number", "error_message"], str),
    "InternalServerError": {
        "UserMessage": TEXTS(["UserResponse", "UniqueId", "Explanation", "Severity", "Text"], str),
        "UnderlyingDetails": {"Causes": [str]},
    },
}
WHOLE = frozenset({"CaseInfo", "csrf_token", "Error", "Forbidden"})
"""Answers from which nothing may be missing: clients build on each of their fields."""


def misfits(value: Any, shape: Any, place: str = "$") -> list[str]:
    """Return where ``value`` has a name or a type that ``shape`` does not."""
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            return [f"{place} is no object"]
        unknown = [f"{place}.{name} is not in the Swagger" for name in value if name not in shape]
        inner = [
            misfit
            for name, found in value.items()
            if name in shape
            for misfit in misfits(found, shape[name], f"{place}.{name}")
        ]
        return unknown + inner
    if isinstance(shape, list):
        if not isinstance(value, list):
            return [f"{place} is no array"]
        return [text for at, each in enumerate(value) for text in misfits(each, shape[0], f"{place}[{at}]")]
    fits = isinstance(value, shape) and (shape is not int or not isinstance(value, bool))
    return [] if fits else [f"{place} is no {shape.__name__}"]


class V2Client:
    """A client that has signed in and carries the token."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.token = ""

    async def call(
        self, method: str, path: str, content: Any = None, *, token: bool = True
    ) -> tuple[int, Any]:
        headers = {"Authorization": BASIC} | ({"BPMCSRFToken": self.token} if token else {})
        url = self.client.url(V2 + path)
        async with self.client.session.request(method, url, json=content, headers=headers) as answer:
            return answer.status, await answer.json(content_type=None)

    async def login(self) -> tuple[int, Any]:
        found = await self.call("POST", "/system/login", {"refresh_groups": False}, token=False)
        self.token = found[1]["csrf_token"]
        return found


@pytest.fixture
async def v2(client: Client) -> V2Client:
    """A client with a token, of a simulator without faults."""
    found = V2Client(client)
    await found.login()
    return found


async def test_answers_have_the_shapes_of_the_swagger(v2: V2Client) -> None:
    """Every resource of v2 that is served, and every kind of refusal: no name and no type of our own."""
    status, made = await v2.call("POST", "/case", CASE)
    folder = made["CaseFolderId"].strip("{}")
    search = {"caseTypeList": ["AUTO_CollisionClaim"], "fields": ["AUTO_ClaimNumber"], "size": 5}
    calls: list[tuple[str, int, tuple[int, Any]]] = [
        ("CaseInfo", 201, (status, made)),
        ("csrf_token", 201, await v2.login()),
        ("Solutions", 200, await v2.call("GET", "/solutions")),
        ("CaseTypeModal", 200, await v2.call("GET", f"/casetype/AUTO_CollisionClaim/properties?{STORE}")),
        ("CaseTypeModal", 200, await v2.call("GET", f"/case/{folder}/properties?{STORE}")),
        ("CaseSearchResponse", 200, await v2.call("POST", f"/instances?{STORE}", search)),
        ("InternalServerError", 400, await v2.call("POST", "/case", CASE | {"TargetObjectStore": ""})),
        ("Error", 404, await v2.call("POST", "/case", CASE | {"CaseType": "AUTO_Nothing"})),
        ("Error", 404, await v2.call("GET", f"/casetype/AUTO_Nothing/properties?{STORE}")),
        ("Forbidden", 403, await v2.call("POST", "/case", CASE | {"CaseType": "AUTO_FraudReview"})),
        ("Forbidden", 403, await v2.call("GET", "/solutions", token=False)),
    ]
    for name, expected, (found, content) in calls:
        assert found == expected, (name, content)
        assert misfits(content, SHAPES[name]) == [], name
        if name in WHOLE:
            assert set(content) == set(SHAPES[name]), name


async def test_a_failing_server_answers_in_the_shape_of_the_swagger(start: Start) -> None:
    """500 is the user message in v2 as well."""
    v2 = V2Client(await start("http_500_before=on"))
    await v2.login()
    status, content = await v2.call("POST", "/case", CASE)
    assert status == 500 and misfits(content, SHAPES["InternalServerError"]) == []


async def test_values_are_saved_and_shown(v2: V2Client) -> None:
    """What was sent under Data is what a read shows under Data; only the solution's own properties stand there."""
    _, made = await v2.call("POST", "/case", CASE)
    _, shown = await v2.call("GET", f"/case/{made['CaseFolderId']}/properties?{STORE}")
    values = {each["SymbolicName"]: each["Data"]["Value"] for each in shown["Properties"]}
    assert values["AUTO_ClaimNumber"] == "K-1" and values["AUTO_DamagedParts"] == ["FB", "RB"]
    assert values["AUTO_ClaimDate"] == "2010-07-16T21:50:36Z" and values["AUTO_Region"] is None
    assert not any(name.startswith("CmAcm") for name in values)
    [region] = [each for each in shown["Properties"] if each["SymbolicName"] == "AUTO_ClaimDate"]
    assert region["Data"]["Required"] is True


@pytest.mark.parametrize(
    ("switches", "key", "status", "saved"),
    [
        ("", "Properties", 201, True),
        ("", "CaseProperties", 201, True),
        ("v2_properties=Properties", "CaseProperties", 400, False),
        ("v2_properties=CaseProperties", "Properties", 400, False),
        ("v2_properties=Properties", "Properties", 201, True),
        ("v2_properties=CaseProperties,v2_other_key=ignored", "Properties", 201, False),
    ],
)
async def test_the_key_of_the_values_is_a_switch(
    start: Start, switches: str, key: str, status: int, saved: bool
) -> None:
    """Both are taken by default; the other one is refused, or ignored without a word."""
    v2 = V2Client(await start(switches))
    await v2.login()
    values = [{"SymbolicName": "AUTO_InquirySubject", "Data": {"Value": "text"}}]
    wanted = {"TargetObjectStore": "ATOSME", "CaseType": "AUTO_Inquiry", key: values}
    found, _ = await v2.call("POST", "/case", wanted)
    assert found == status
    cases = await v2.client.records("AUTO_Inquiry")
    assert [case.get("AUTO_InquirySubject") for case in cases] == (
        ["text"] if saved else [None] if status == 201 else []
    )


@pytest.mark.parametrize(
    "values",
    [
        {"AUTO_ClaimDate": "x"},
        [{"SymbolicName": "AUTO_ClaimDate", "Value": "2010-07-16T21:50:36Z"}],
        [{"SymbolicName": "AUTO_ClaimDate", "Data": {}}],
        ["AUTO_ClaimDate"],
    ],
)
async def test_values_in_another_form_are_refused(v2: V2Client, values: Any) -> None:
    """The form of v1 among them: v2 has its own."""
    status, _ = await v2.call("POST", "/case", CASE | {"CaseProperties": values})
    assert status == 400 and await v2.client.records("AUTO_CollisionClaim") == []


@pytest.mark.parametrize(("served", "gone"), [("v1", "v2"), ("v2", "v1")])
async def test_a_version_can_be_switched_off(start: Start, served: str, gone: str) -> None:
    """What is not served is 404 for everybody, before any sign-in."""
    client = await start(f"caserest={served}")
    async with client.session.get(client.url(f"/CaseManager/CASEREST/{gone}/solutions")) as answer:
        assert answer.status == 404
    async with client.session.get(client.url(f"/CaseManager/CASEREST/{served}/solutions")) as answer:
        assert answer.status == 401


async def test_automatic_activities_start_with_the_case(start: Start) -> None:
    """Waiting while the case is Initializing; then the automatic ones work, and are counted as work items."""
    client = await start("working_after=1h")
    _, made = await client.claim({})
    path = f"/case/{made['CaseFolderId'].strip('{}')}/tasks?{STORE}"
    status, content = await client.ibm("GET", f"{path}&Grouping=ROD")
    assert status == 200 and set(content) == {"Required", "Optional"}
    assert {each["TaskState"] for group in content.values() for each in group} == {1}
    assert await client.admin("GET", "work-items") == {}
    await client.admin("POST", "faults", {"spec": "working_after=0"})
    _, content = await client.ibm("GET", f"{path}&Grouping=ROD")
    assert [(each["TaskName"], each["TaskState"]) for each in content["Required"]] == [("Review Claim", 4)]
    assert content["Optional"][0]["TaskState"] == 3
    assert await client.admin("GET", "work-items") == {"AUTO_ReviewClaim": 1}
    assert (await client.ibm("GET", path))[0] == 400, "Grouping is required"
