"""Answers that real orgs have given, as other projects recorded them: each is read as what it says."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from importer.model.errors import TargetError
from importer.model.outcome import Created, Rejected, RowOutcome, Stop, Unknown, Updated
from importer.settings import Credentials
from importer.targets.salesforce.answers import read_collection, read_create, read_update
from importer.targets.salesforce.codes import TAUGHT_NOTHING
from importer.targets.salesforce.deleting import read_deletes
from importer.targets.salesforce.describe import read_schema
from importer.targets.salesforce.described import schema_of
from importer.targets.salesforce.opening import Opening, Part, org_of
from importer.targets.salesforce.session import session_is_over
from importer.targets.salesforce.signin import TokenSignIn
from importer.targets.salesforce.soql import QueryError, query_all
from importer.transport.delivery import Answered
from tests.transport.scripted import Script

CONTRACTS = Path(__file__).parents[1] / "data/contracts"
RESTFORCE, CUMULUSCI = CONTRACTS / "restforce", CONTRACTS / "cumulusci"
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
ID = "5003000000D8cuIAAR"


def given(name: str, status: int = 200) -> Answered:
    """Return the answer with the recorded body ``name``; ids are names there, which no org gives."""

    body = (RESTFORCE / f"{name}_response.json").read_bytes()
    return Answered(
        status, {}, body.replace(b'"some_id"', f'"{ID}"'.encode()).replace(b'"foo"', f'"{ID}"'.encode())
    )


def recorded(path: Path) -> Iterator[tuple[dict[str, Any], Answered]]:
    """Give the requests of a recorded session with their answers."""
    document = yaml.load(path.read_text("utf-8"), LOADER)
    for each in document.get("interactions", [document]):
        if "request" in each:
            response = each["response"]
            body = str(response["body"].get("string") or "").encode()
            yield each["request"], Answered(response["status"]["code"], {}, body)


@pytest.mark.parametrize(
    ("name", "status", "kind"),
    [
        ("sobject/create_success", 201, Created),
        ("sobject/upsert_created_success", 201, Created),
        ("sobject/write_error", 400, Stop),  # no such column: every row would fail
        ("sobject/upsert_error", 404, Stop),
        ("sobject/upsert_multiple_error", 300, Rejected),
        ("expired_session", 401, Stop),
        ("sobject/upsert_updated_success", 204, Unknown),  # says nothing of a create
    ],
)
def test_answers_to_one_record(name: str, status: int, kind: type[RowOutcome]) -> None:
    """Each decodes to the outcome that it means."""
    assert isinstance(read_create(given(name, status), "Legacy_Id__c"), kind)


def test_an_answer_that_names_several_records_is_the_rows_error() -> None:
    """300 with a list of addresses: the ids are told."""
    outcome = read_create(given("sobject/upsert_multiple_error", 300), None)
    assert isinstance(outcome, Rejected) and outcome.refusals[0].text.endswith("foo, bar")


def test_a_change_and_a_delete() -> None:
    """204 without a body is a change; an id that is not found may be hidden, and is asked about."""
    assert read_update(given("sobject/upsert_updated_success", 204), ID) == Updated(ID)
    [outcome] = read_deletes(given("sobject/delete_error", 404), [ID], TAUGHT_NOTHING)
    assert isinstance(outcome, Unknown)


def test_a_session_that_is_over() -> None:
    """One new sign-in cures it."""
    assert session_is_over(given("expired_session", 401))


@pytest.mark.parametrize("name", ["auth_success", "refresh_success", "reauth_success"])
async def test_tokens(name: str) -> None:
    """The base is instance_url; there is no expires_in."""
    signing = TokenSignIn("https://login.salesforce.com", "password", Credentials())
    session = await signing.sign_in(Script([given(name)]).send)
    assert session.base_url == "https://na1.salesforce.com"
    if name == "auth_success":
        assert org_of(signing.identity_url) == "00Dx0000000BV7z"


@pytest.mark.parametrize(
    ("name", "remedy"), [("auth_error", "Summer '23"), ("refresh_error", "store the new token")]
)
async def test_refused_sign_ins(name: str, remedy: str) -> None:
    """Each says what to do."""
    with pytest.raises(TargetError, match="invalid_grant") as caught:
        await TokenSignIn("https://login.salesforce.com", "password", Credentials()).sign_in(
            Script([given(name, 400)]).send
        )
    assert remedy in caught.value.remedy


async def test_queries() -> None:
    """Pages are put together, an empty one is none, a refusal has its code."""
    pages = [given(f"sobject/query_paginated_{each}_page") for each in ("first", "last")]
    records = await query_all(Script(pages), "/services/data/v67.0", "SELECT", "org")
    assert [record["Text_Label"] for record in records] == ["First Page", "Last Page"]
    assert await query_all(Script([given("sobject/query_empty")]), "/x", "SELECT", "org") == []
    with pytest.raises(QueryError) as caught:
        await query_all(Script([given("sobject/query_error", 400)]), "/x", "SELECT", "org")
    assert caught.value.refusal == "INVALID_FIELD"


def test_the_org_and_a_describe() -> None:
    """The org's id; types of fields; an object that is not there."""
    org = Part(200, json.loads(given("sobject/org_query").body))
    assert Opening(org, Part(0, None), None, {}).org_id("") == "00Dx0000000BV7z"
    schema = read_schema(json.loads(given("sobject/sobject_describe_success").body))
    assert schema.record_type == "Whizbang" and schema.properties
    with pytest.raises(TargetError) as caught:
        schema_of("Whizbang", Part(404, json.loads(given("sobject/sobject_describe_error").body)))
    assert caught.value.code == "NO_SUCH_OBJECT"


@pytest.mark.parametrize("path", sorted((CUMULUSCI / "calls").glob("*.yaml")), ids=lambda path: path.stem)
def test_recorded_collections(path: Path) -> None:
    """Every record of every answer to many records was saved, under the id that the answer gives it."""
    for request, answer in recorded(path):
        if "/composite/sobjects" in request["uri"]:
            sent = json.loads(request["body"])["records"]
            changes = request["method"] == "PATCH" and request["uri"].endswith("/sobjects")
            outcomes = read_collection(answer, len(sent), None, changes=changes)
            ids = [member["id"] for member in json.loads(answer.body)]
            assert outcomes == [Updated(each) if changes else Created(each) for each in ids] and ids
        elif "/query/" in request["uri"]:
            assert json.loads(answer.body)["done"] is True


@pytest.mark.parametrize(
    ("name", "required"), [("Case", []), ("Account", ["Name"]), ("Contact", ["LastName"])]
)
def test_recorded_describes(name: str, required: list[str]) -> None:
    """Types are known, and what a create must have (facts §5.1)."""
    [(_request, answer)] = recorded(CUMULUSCI / f"describe/GET_sobjects_{name}_describe.yaml")
    schema = read_schema(json.loads(answer.body))
    assert schema.record_type == name and len(schema.properties) > 30
    assert [found.name for found in schema.properties.values() if found.required] == required
    open_ones = {
        found.name for found in schema.properties.values() if found.type == "unsupported" and found.writable
    }
    assert not open_ones, "each field that can be set has a type that we know"


def test_the_recorded_organization() -> None:
    """Name and kind are asked of the org."""
    [(_request, answer)] = recorded(CUMULUSCI / "describe/GET_sobjects_Organization.yaml")
    org = json.loads(answer.body)
    found = Opening(Part(200, {"records": [org]}), Part(0, None), None, {})
    assert found.org()["Name"] == "CumulusCI - Dev Workspace" and isinstance(org["IsSandbox"], bool)


def test_every_recorded_answer_is_read_by_a_test() -> None:
    """A file that nobody reads proves nothing."""
    text = Path(__file__).read_text("utf-8")
    for path in RESTFORCE.rglob("*.json"):
        name = path.relative_to(RESTFORCE).as_posix().removesuffix("_response.json")
        known = name in text or (name.endswith("_page") and "query_paginated_{each}_page" in text)
        assert known, name
