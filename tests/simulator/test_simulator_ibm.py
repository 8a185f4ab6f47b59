"""The simulated IBM Case Manager server: what it saves and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest
from simulator_client import CASES, Client, Start

from importer.simulator.ids import guid

STORE = "TargetObjectStore=ATOSME"
ORIGIN = {
    "CaseType": "AUTO_CollisionClaim",
    "TargetObjectStore": "ATOSME",
    "ReturnUpdates": False,
    "Properties": [
        {"SymbolicName": "AUTO_ClaimDate", "Value": "2010-07-16T21:50:36Z"},
        {"SymbolicName": "AUTO_ClaimStatus", "Value": "0"},
    ],
}


async def test_the_origin_documents_request_creates_a_case(client: Client) -> None:
    """201 with title, identifier and folder id in braces, and IBM's misprinted content type."""
    status, content = await client.ibm("POST", "/cases", ORIGIN)
    assert status == 201
    assert content["CaseIdentifier"] == content["CaseTitle"] == "AUTO_CollisionClaim_000000000001"
    assert guid(content["CaseFolderId"]) == content["CaseFolderId"]
    assert set(content) == {"CaseTitle", "CaseIdentifier", "CaseFolderId"}
    async with client.session.get(client.url(CASES + "/info")) as answer:
        assert answer.headers["Content-Type"] == "application/json;charset-UTF-8"


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ({"AUTO_EstimatedDamage": 12.5}, 12.5),
        ({"AUTO_EstimatedDamage": "12.5"}, 12.5),
        ({"AUTO_VehicleYear": 2010}, 2010),
        ({"AUTO_VehicleYear": "2010"}, 2010),
        ({"AUTO_InjuriesReported": True}, True),
        ({"AUTO_InjuriesReported": "false"}, False),
        ({"AUTO_Witnesses": ["Ann", "Ann"]}, ["Ann", "Ann"]),
        ({"AUTO_Witnesses": []}, []),
        ({"AUTO_RepairEstimates": [1, "2.5"]}, [1.0, 2.5]),
        ({"AUTO_IntakeChannel": "WEB"}, "WEB"),
        ({"AUTO_InternalScore": 7}, 7),
        ({"AUTO_LossDate": None}, None),
        ({"CmAcmCaseState": 0}, 2),
        ({"AUTO_ClaimStatus": "4"}, "4"),
        (
            {"AUTO_AdjusterReference": "a42be8eb-848f-4cbd-b2f7-64faf2ce7081"},
            "{A42BE8EB-848F-4CBD-B2F7-64FAF2CE7081}",
        ),
    ],
)
async def test_values_are_stored_in_their_type(client: Client, given: dict[str, Any], stored: Any) -> None:
    """Native JSON types and texts that parse are both taken."""
    status, content = await client.claim(given)
    assert status == 201, content
    (case,) = await client.records("AUTO_CollisionClaim")
    assert case.get(next(iter(given))) == stored


async def test_defaults_are_saved(client: Client) -> None:
    """A property that is left out gets its default; system properties are filled."""
    await client.claim({})
    (case,) = await client.records("AUTO_CollisionClaim")
    assert (case["AUTO_ClaimStatus"], case["Creator"], case["CmAcmCaseState"]) == ("0", "icm", 2)


REFUSALS = [
    ({"AUTO_Foo": 1}, "FNRPA9010E"),
    ({"AUTO_ClaimDate": None}, "FNRPA9012E"),
    ({"AUTO_ClaimDate": "2024-05-02"}, "FNRPA9011E"),
    ({"AUTO_ClaimDate": "2024-05-02T08:00:00.000Z"}, "FNRPA9011E"),
    ({"AUTO_ClaimDate": "2024-02-30T08:00:00Z"}, "FNRPA9011E"),
    ({"AUTO_ClaimDate": "1700-01-01T00:00:00Z"}, "FNRPA9014E"),
    ({"AUTO_ClaimStatus": "Open"}, "FNRPA9015E"),
    ({"AUTO_ClaimStatus": 0}, "FNRPA9011E"),
    ({"AUTO_ClaimNumber": "x" * 21}, "FNRPA9013E"),
    ({"AUTO_VehicleYear": 1899}, "FNRPA9014E"),
    ({"AUTO_VehicleYear": 2010.5}, "FNRPA9011E"),
    ({"AUTO_VehicleYear": True}, "FNRPA9011E"),
    ({"AUTO_EstimatedDamage": -0.01}, "FNRPA9014E"),
    ({"AUTO_EstimatedDamage": "1,000"}, "FNRPA9011E"),
    ({"AUTO_InjuriesReported": "yes"}, "FNRPA9011E"),
    ({"AUTO_Witnesses": "Ann"}, "FNRPA9017E"),
    ({"AUTO_PolicyNumber": ["P"]}, "FNRPA9017E"),
    ({"AUTO_Witnesses": ["x" * 65]}, "FNRPA9013E"),
    ({"AUTO_DamagedParts": ["FB", "FB"]}, "FNRPA9019E"),
    ({"AUTO_DamagedParts": ["Front bumper"]}, "FNRPA9015E"),
    ({"AUTO_AdjusterReference": "42"}, "FNRPA9011E"),
    ({"AUTO_PayoutTotal": 1}, "FNRPA9016E"),
    ({"CmAcmCaseIdentifier": "mine"}, "FNRPA9016E"),
    ({"AUTO_ClaimantContact": "x"}, "FNRPA9011E"),
]


@pytest.mark.parametrize(("properties", "unique_id"), REFUSALS)
async def test_what_the_server_refuses(client: Client, properties: dict[str, Any], unique_id: str) -> None:
    """400 with a user message whose text begins with its id; nothing is saved."""
    status, content = await client.claim(properties)
    assert status == 400
    assert content["UserMessage"]["UniqueId"] == unique_id
    assert content["UserMessage"]["Text"].startswith(unique_id + " ")
    assert content["UnderlyingDetails"]["Causes"] is not None
    assert await client.records("AUTO_CollisionClaim") == []


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"CaseType": None}, 400),
        ({"CaseType": "AUTO_Nothing"}, 404),
        ({"CaseType": "AUTO_FraudReview"}, 403),
        ({"TargetObjectStore": ""}, 400),
        ({"TargetObjectStore": "OTHER"}, 404),
        ({"ReturnUpdates": "yes"}, 400),
        ({"ClientContext": []}, 400),
        ({"ExternalDataIdentifier": 5}, 400),
        ({"Properties": {"AUTO_ClaimDate": "x"}}, 400),
        ({"Properties": [{"SymbolicName": "AUTO_ClaimDate"}]}, 400),
        ({"Properties": ORIGIN["Properties"] * 2}, 400),
    ],
)
async def test_parameters_of_a_create(client: Client, changed: dict[str, Any], status: int) -> None:
    """Missing or ill-typed parameters are 400, unknown case types and stores 404."""
    answered, content = await client.ibm("POST", "/cases", ORIGIN | changed)
    assert answered == status
    assert content["UserMessage"]["Severity"] == "ERROR"


@pytest.mark.parametrize(
    ("switch", "properties", "store", "status"),
    [
        ("ibm_validation=500", {"AUTO_Foo": 1}, "ATOSME", 500),
        ("ibm_unknown_store=500", {}, "OTHER", 500),
        ("unique_claim_number=off", {"AUTO_ClaimNumber": "C-1"}, "ATOSME", 201),
        ("unique_claim_number=on", {"AUTO_ClaimNumber": "C-1"}, "ATOSME", 400),
    ],
)
async def test_switches_of_unverified_points(
    start: Start, switch: str, properties: dict[str, Any], store: str, status: int
) -> None:
    """Each switch changes the second create as its documentation says."""
    client = await start(switch)
    await client.claim({"AUTO_ClaimNumber": "C-1"})
    assert (await client.claim(properties, TargetObjectStore=store))[0] == status


async def test_numbers_have_gaps_and_titles_follow_their_property(client: Client) -> None:
    """A refused create uses up a number; a case type can have its own prefix and title property."""
    await client.claim({})
    await client.claim({"AUTO_Foo": 1})
    _, content = await client.claim({})
    assert content["CaseIdentifier"].endswith("_000000000003")
    title = [{"SymbolicName": "AUTO_ClaimTitle", "Value": "Cracked screen"}]
    glass = {"CaseType": "AUTO_GlassClaim", "Properties": title}
    _, content = await client.ibm("POST", "/cases", ORIGIN | glass)
    assert (content["CaseTitle"], content["CaseIdentifier"]) == ("Cracked screen", "GLASS_000000000001")


@pytest.mark.parametrize(
    ("switch", "keys"),
    [
        ("full", {"CaseTitle", "CaseIdentifier", "CaseFolderId", "CaseType", "Properties"}),
        ("properties", {"CaseType", "Properties"}),
    ],
)
async def test_return_updates_brings_the_properties(start: Start, switch: str, keys: set[str]) -> None:
    """The answer holds the saved values, with or without the three fields."""
    client = await start(f"return_updates={switch}")
    status, content = await client.claim({"AUTO_PolicyNumber": "P-1"}, ReturnUpdates=True)
    assert (status, set(content)) == (201, keys)
    values = {each["SymbolicName"]: each["Value"] for each in content["Properties"]}
    assert values["AUTO_PolicyNumber"] == "P-1"


async def test_a_case_is_read_by_its_id_in_any_form(client: Client) -> None:
    """Braces and letter case are free; the store must be named; a stranger is 404."""
    _, made = await client.claim({"AUTO_PolicyNumber": "P-1"})
    plain = made["CaseFolderId"].strip("{}")
    for id_ in (plain, plain.lower(), f"%7B{plain}%7D"):
        status, content = await client.ibm("GET", f"/case/{id_}?{STORE}")
        assert (status, content["CaseType"]) == (200, "AUTO_CollisionClaim")
    assert (await client.ibm("GET", f"/case/{plain}"))[0] == 400
    assert (await client.ibm("GET", f"/case/42?{STORE}"))[0] == 400
    assert (await client.ibm("GET", f"/case/A42BE8EB-848F-4CBD-B2F7-64FAF2CE7081?{STORE}"))[0] == 404


@pytest.mark.parametrize(
    ("spec", "state"),
    [
        ("working_after=0s", "Working"),
        ("working_after=1h", "Initializing"),
        ("working_after=0s,case_failed=on", "Failed"),
    ],
)
async def test_the_state_of_a_new_case(start: Start, spec: str, state: str) -> None:
    """Initializing until its time is over, then Working, or Failed under that fault."""
    client = await start(spec)
    _, made = await client.claim({})
    status, content = await client.ibm("GET", f"/case/{made['CaseFolderId'].strip('{}')}/status?{STORE}")
    assert (status, content["Status"], content["CaseIdentifier"]) == (200, state, made["CaseIdentifier"])


async def test_a_case_is_deleted_by_its_id_only(client: Client) -> None:
    """casetype is refused loudly; after a delete the case is 404."""
    _, made = await client.claim({})
    body = {"connectionpoint": "PECP_ATOSME", "tos": "ATOSME"}
    whole_type = body | {"casetype": "AUTO_CollisionClaim", "caseid": made["CaseFolderId"]}
    status, content = await client.ibm("POST", "/deletecase", whole_type)
    assert status == 400
    assert "EVERY case" in content["UserMessage"]["Text"]
    assert (await client.ibm("POST", "/deletecase", body))[0] == 400
    status, content = await client.ibm("POST", "/deletecase", body | {"caseid": made["CaseFolderId"]})
    assert (status, list(content)) == (200, ["deletecaseresult"])
    assert (await client.ibm("POST", "/deletecase", body | {"caseid": made["CaseFolderId"]}))[0] == 404


async def test_solutions_and_case_types_are_listed(client: Client) -> None:
    """The store, the connection point and the rights to create are found there."""
    _, content = await client.ibm("GET", "/solutions")
    solution = content["Solutions"][0]
    assert (solution["TargetOS"], solution["PEConnectionPoint"]) == ("ATOSME", "PECP_ATOSME")
    _, content = await client.ibm("GET", f"/solution/Automobile%20Claims/casetypes?{STORE}")
    rights = {each["CaseType"]: each["HasInstanceCreationRights"] for each in content["CaseTypes"]}
    assert rights == {
        "AUTO_CollisionClaim": True,
        "AUTO_GlassClaim": True,
        "AUTO_Inquiry": True,
        "AUTO_FraudReview": False,
    }
    assert (await client.ibm("GET", f"/solution/Other/casetypes?{STORE}"))[0] == 404


async def test_a_case_type_shows_its_metadata(client: Client) -> None:
    """Documented keys in PascalCase; choices have ChoiceName and Value."""
    status, content = await client.ibm("GET", f"/casetype/AUTO_CollisionClaim?{STORE}")
    assert status == 200
    found = {each["SymbolicName"]: each for each in content["Properties"]}
    assert found["AUTO_ClaimStatus"]["ChoiceList"]["Choices"][1] == {
        "ChoiceName": "Under review",
        "Value": "1",
    }
    assert (found["AUTO_ClaimDate"]["Required"], found["AUTO_ClaimNumber"]["MaxLength"]) == (True, 20)
    assert (found["AUTO_Deductible"]["MinValue"], found["AUTO_Deductible"]["MaxValue"]) == (0, 10_000)
    assert found["AUTO_DamagedParts"]["RequiresUniqueElements"] is True
    assert (found["AUTO_Witnesses"]["Cardinality"], found["AUTO_InternalScore"]["Hidden"]) == ("multi", True)
    assert found["AUTO_IntakeChannel"]["Updatability"] == "oncreate"
    assert (await client.ibm("GET", f"/casetype/AUTO_Nothing?{STORE}"))[0] == 404


@pytest.mark.parametrize(("window", "answer"), [("fixed", 429), ("sliding", 503)])
async def test_the_limiter_refuses_the_request_beyond_its_number(
    start: Start, window: str, answer: int
) -> None:
    """Within an hour's window the third request of two is refused, with an HTML page."""
    client = await start(f"limiter=2/1h,limiter_window={window},limiter_answer={answer}")
    statuses = [(await client.ibm("GET", "/info"))[0] for _ in range(4)]
    assert statuses == [200, 200, answer, answer]


async def test_paths_and_methods_that_are_not_served(client: Client) -> None:
    """404 and 405 with a user message; v1 has no list of case types at /casetypes."""
    assert (await client.ibm("GET", "/casetypes"))[0] == 404
    assert (await client.ibm("PUT", "/cases"))[0] == 405


@pytest.mark.parametrize("body", ["{", "[]", '{"CaseType": NaN}', '{"CaseType": "\\udc00"}'])
async def test_a_malformed_body_is_400(client: Client, body: str) -> None:
    """IBM's own printed samples are no JSON; they are refused."""
    headers = {"Authorization": "Basic aWNtOnM=", "Content-Type": "application/json"}
    async with client.session.post(client.url(CASES + "/cases"), data=body, headers=headers) as answer:
        assert answer.status == 400
        assert (await answer.json(content_type=None))["UserMessage"]["UniqueId"] == "FNRPA9002E"
