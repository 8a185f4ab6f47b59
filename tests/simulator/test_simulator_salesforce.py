"""The simulated org: what it saves and what it refuses."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from simulator_client import DATA, Client, Start

from importer.simulator.ids import long_id

RECORDED = Path(__file__).parents[1] / "data/contracts/cumulusci/describe/GET_sobjects_Case_describe.yaml"
TRIAGE = "Triage"


async def test_the_origin_documents_request_creates_a_case(client: Client) -> None:
    """A subject alone makes a case: 201 with id, success and an empty list of errors."""
    status, content = await client.create({"Subject": "subject goes here"})
    assert status == 201
    assert content == {"id": content["id"], "success": True, "errors": []}
    assert long_id(content["id"]) == content["id"]
    assert content["id"].startswith("500")


async def test_defaults_and_derived_fields_are_filled(client: Client) -> None:
    """Status, Priority, number, audit fields and what a contact brings are there after a create."""
    await client.create({"Subject": "x", "Contact": {"Email": "ada@acme.example"}, "Status": "Closed"})
    (case,) = await client.records("Case")
    assert (case["Priority"], case["IsClosed"], case["CaseNumber"]) == ("Medium", True, "00001001")
    assert case["ContactEmail"] == "ada@acme.example"
    assert case["AccountId"].startswith("001")
    assert case["ClosedDate"] == case["CreatedDate"] == case["SystemModstamp"]


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ({"Amount__c": 12.345}, {"Amount__c": 12.35}),
        ({"Amount__c": "12.5"}, {"Amount__c": 12.5}),
        (
            {"Reported_At__c": "2024-05-02T09:10:11.5+02:00"},
            {"Reported_At__c": "2024-05-02T07:10:11.000+0000"},
        ),
        ({"Due_Date__c": "2024-02-29"}, {"Due_Date__c": "2024-02-29"}),
        ({"Is_Vip__c": "TRUE"}, {"Is_Vip__c": True}),
        ({"Tags__c": "billing;own"}, {"Tags__c": "billing;own"}),
        ({"Status": "Banana"}, {"Status": "Banana"}),
        ({"Severity__c": "High"}, {"Severity__c": "High"}),
        ({"Status": None}, {"Status": None}),
        ({"Is_Vip__c": None}, {"Is_Vip__c": False}),
        ({"Description": ""}, {"Description": None}),
        ({"Subject": "  padded "}, {"Subject": "  padded "}),
        ({"subject": "any case"}, {"Subject": "any case"}),
        ({"attributes": {"type": "Case"}, "Subject": "y"}, {"Subject": "y"}),
    ],
)
async def test_values_are_stored_as_the_org_normalises_them(
    client: Client, given: dict[str, Any], stored: dict[str, Any]
) -> None:
    """Numbers are rounded to their scale, datetimes become UTC, empty text is null, null stops a default."""
    status, _ = await client.create({"Subject": "x"} | given)
    assert status == 201
    (case,) = await client.records("Case")
    assert {name: case.get(name) for name in stored} == stored


REFUSALS = [
    ({"Foo": 1}, "INVALID_FIELD", None),
    ({"Id": "500000000000001"}, "INVALID_FIELD", ["Id"]),
    ({"CreatedDate": "2024-01-01T00:00:00Z"}, "INVALID_FIELD_FOR_INSERT_UPDATE", ["CreatedDate"]),
    ({"CaseNumber": "1", "IsClosed": True}, "INVALID_FIELD_FOR_INSERT_UPDATE", ["CaseNumber", "IsClosed"]),
    ({"Subject": "x" * 256}, "STRING_TOO_LONG", ["Subject"]),
    ({"Comments": "ä" * 2001}, "STRING_TOO_LONG", ["Comments"]),
    ({"Severity__c": "Extreme"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", ["Severity__c"]),
    ({"SuppliedEmail": "123"}, "INVALID_EMAIL_ADDRESS", ["SuppliedEmail"]),
    ({"Amount__c": 10**14}, "NUMBER_OUTSIDE_VALID_RANGE", ["Amount__c"]),
    ({"Amount__c": "12,5"}, "JSON_PARSER_ERROR", None),
    ({"Amount__c": True}, "JSON_PARSER_ERROR", None),
    ({"Subject": 12}, "JSON_PARSER_ERROR", None),
    ({"Subject": ["a"]}, "JSON_PARSER_ERROR", None),
    ({"Is_Vip__c": "yes"}, "JSON_PARSER_ERROR", None),
    ({"Due_Date__c": "2024-02-30"}, "JSON_PARSER_ERROR", None),
    ({"Due_Date__c": "2024-02-03T00:00:00Z"}, "JSON_PARSER_ERROR", None),
    ({"Reported_At__c": "2017-10-17 00:00:00"}, "JSON_PARSER_ERROR", None),
    ({"AccountId": "l-1"}, "MALFORMED_ID", ["AccountId"]),
    ({"AccountId": "500Hs00001ABCdeIAH"}, "MALFORMED_ID", ["AccountId"]),
    ({"AccountId": "001RM000003oLnnYAE"}, "INVALID_CROSS_REFERENCE_KEY", ["AccountId"]),
    ({"Account": {"Legacy_Id__c": "NOBODY"}}, "INVALID_FIELD", None),
    ({"Account": {"Name": "Acme Corporation"}}, "INVALID_FIELD", ["Account"]),
    ({"Due_Date__c": "1999-12-31"}, "FIELD_CUSTOM_VALIDATION_EXCEPTION", ["Due_Date__c"]),
]


@pytest.mark.parametrize(("fields", "code", "named"), REFUSALS)
async def test_what_the_org_refuses(
    client: Client, fields: dict[str, Any], code: str, named: list[str] | None
) -> None:
    """400 with a list that has code, message and perhaps fields; nothing is saved."""
    status, content = await client.create({"Origin": "Web"} | fields)
    assert status == 400
    assert (content[0]["errorCode"], content[0].get("fields")) == (code, named)
    assert content[0]["message"]
    assert await client.records("Case") == []


async def test_several_reasons_come_at_once(client: Client) -> None:
    """One body lists every field that is wrong in the same stage."""
    _, content = await client.create({"SuppliedEmail": "x", "AccountId": "y", "Subject": "z" * 300})
    assert {each["errorCode"] for each in content} == {
        *("INVALID_EMAIL_ADDRESS", "MALFORMED_ID", "STRING_TOO_LONG"),
    }


async def test_the_place_of_an_unreadable_value_is_told(client: Client) -> None:
    """The message has the recorded wording with line and column of the value."""
    _, content = await client.create({"Subject": "x", "Reported_At__c": "soon"})
    assert content[0]["message"] == (
        "Cannot deserialize instance of datetime from VALUE_STRING value soon "
        "or request may be missing a required field at [line:1, column:36]"
    )


@pytest.mark.parametrize("body", ["{", '{"Subject": NaN}', "[1]", '{"Subject": "\\ud800"}', "", "\xff"])
async def test_a_malformed_body_is_a_parser_error(client: Client, body: str) -> None:
    """400 JSON_PARSER_ERROR for what is no JSON object in UTF-8."""
    await client.sign_in()
    headers = {"Authorization": f"Bearer {client.token}", "Content-Type": "application/json"}
    url, data = client.url(DATA + "/sobjects/Case"), body.encode("latin-1")
    async with client.session.post(url, data=data, headers=headers) as answer:
        assert answer.status == 400
        assert (await answer.json())[0]["errorCode"] == "JSON_PARSER_ERROR"


async def test_media_types_and_gzip_bodies(client: Client) -> None:
    """A body that is not declared as JSON is 415; a gzip body is read, a broken one refused."""
    await client.sign_in()
    url, body = client.url(DATA + "/sobjects/Case"), json.dumps({"Subject": "packed"}).encode()
    for data, headers, status in (
        (body, {"Content-Type": "text/plain"}, 415),
        (gzip.compress(body), {"Content-Type": "application/json", "Content-Encoding": "gzip"}, 201),
        (b"no gzip", {"Content-Type": "application/json", "Content-Encoding": "gzip"}, 400),
    ):
        headers["Authorization"] = f"Bearer {client.token}"
        async with client.session.post(url, data=data, headers=headers) as answer:
            assert answer.status == status
    assert [case["Subject"] for case in await client.records("Case")] == ["packed"]


async def test_a_unique_field_takes_each_value_once_without_regard_to_case(client: Client) -> None:
    """The message has the id of the record that has it, in its 15-character form."""
    _, first = await client.create({"Legacy_Id__c": "L-1"})
    status, content = await client.create({"Legacy_Id__c": "l-1"})
    assert (status, content[0]["errorCode"]) == (400, "DUPLICATE_VALUE")
    message = "duplicate value found: Legacy_Id__c duplicates value on record with id: "
    assert content[0]["message"] == message + first["id"][:15]


async def test_a_case_sensitive_key_takes_both_spellings(client: Client) -> None:
    """Serial_No__c compares letter case, Partner_Ref__c is not unique at all."""
    for fields in ({"Serial_No__c": "a"}, {"Serial_No__c": "A"}, *[{"Partner_Ref__c": "p"}] * 2):
        assert (await client.create(fields))[0] == 201
    assert (await client.create({"Serial_No__c": "A"}))[0] == 400


async def test_case_numbers_have_gaps_where_creates_failed(client: Client) -> None:
    """A refused create uses up a number."""
    await client.create({"Subject": "1"})
    await client.create({"Foo": "2"})
    await client.create({"Subject": "3"})
    assert [case["CaseNumber"] for case in await client.records("Case")] == ["00001001", "00001003"]


@pytest.mark.parametrize(
    ("header", "switch", "owner"),
    [
        (None, "on", "Triage"),
        ("TRUE", "on", "Triage"),
        ("01QSm0000004C93MAE", "on", "Triage"),
        ("FALSE", "on", "Avery Agent"),
        ("TRUE", "off", "Avery Agent"),
    ],
)
async def test_the_assignment_rule_runs_unless_it_is_told_not_to(
    start: Start, header: str | None, switch: str, owner: str
) -> None:
    """Without Sforce-Auto-Assign: FALSE the rule overwrites the owner that was sent."""
    client = await start(f"assignment_rule={switch}")
    _, users = await client.soql("SELECT Id FROM User WHERE Username = 'agent@example.com'")
    headers = {"Sforce-Auto-Assign": header} if header else {}
    await client.create({"OwnerId": users["records"][0]["Id"]}, **headers)
    _, found = await client.soql("SELECT Owner.Name FROM Case")
    assert found["records"][0]["Owner"]["Name"] == owner


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ("SELECT Id FROM User WHERE IsActive = false", "OwnerId", "INACTIVE_OWNER_OR_USER"),
        ("SELECT Id FROM RecordType WHERE IsActive = false", "RecordTypeId", "INVALID_CROSS_REFERENCE_KEY"),
    ],
)
async def test_records_that_cannot_be_referred_to(client: Client, query: str, field: str, code: str) -> None:
    """An inactive owner and a record type that is not available are refused."""
    _, found = await client.soql(query)
    status, content = await client.create({field: found["records"][0]["Id"]})
    assert (status, content[0]["errorCode"]) == (400, code)


async def test_the_switches_of_fields(start: Start) -> None:
    """With their switches on, audit fields can be set and Region__c must be."""
    client = await start("audit_fields=on,required_field=on")
    status, content = await client.create({"Subject": "x"})
    assert (status, content[0]["errorCode"], content[0]["fields"]) == (
        *(400, "REQUIRED_FIELD_MISSING", ["Region__c"]),
    )
    await client.create({"Region__c": "EMEA", "CreatedDate": "2001-02-03T04:05:06Z"})
    (case,) = await client.records("Case")
    assert case["CreatedDate"] == "2001-02-03T04:05:06.000+0000"
    assert case["SystemModstamp"] > case["CreatedDate"]
    _, described = await client.salesforce("GET", "/sobjects/Case/describe")
    fields = {field["name"]: field for field in described["fields"]}
    assert fields["CreatedDate"]["createable"]
    assert not fields["Region__c"]["nillable"]


async def test_a_contact_needs_a_last_name_and_has_no_number(client: Client) -> None:
    """The second object has its own required field and no assignment rule."""
    _, content = await client.create({"FirstName": "Zoe"}, "Contact")
    assert (content[0]["errorCode"], content[0]["fields"]) == ("REQUIRED_FIELD_MISSING", ["LastName"])
    assert (await client.create({"FirstName": "Zoe", "LastName": "Zulu"}, "Contact"))[0] == 201
    contact = (await client.records("Contact"))[-1]
    assert contact["Name"] == "Zoe Zulu"
    assert contact["OwnerId"] == contact["CreatedById"]


async def test_the_duplicate_rule_can_be_passed_by_its_header(start: Start) -> None:
    """DUPLICATES_DETECTED with the misspelt key; allowSave lets the record through."""
    client = await start("duplicate_rule=on")
    fields = {"LastName": "Acme", "Email": "ADA@acme.example"}
    status, content = await client.create(fields, "Contact")
    assert (status, content[0]["errorCode"]) == (400, "DUPLICATES_DETECTED")
    assert content[0]["duplicateResut"]["allowSave"] is True
    header = {"Sforce-Duplicate-Rule-Header": "allowSave=true; includeRecordDetails=false"}
    assert (await client.create(fields, "Contact", **header))[0] == 201


async def test_comments_become_a_case_comment(client: Client) -> None:
    """Comments cannot be read back from the case."""
    _, content = await client.create({"Subject": "x", "Comments": "Called twice."})
    (comment,) = await client.records("CaseComment")
    assert (comment["ParentId"], comment["CommentBody"]) == (content["id"], "Called twice.")
    assert "Comments" not in (await client.records("Case"))[0]


async def test_single_records_are_read_changed_and_deleted(client: Client) -> None:
    """200 with attributes, 204 for a change and a delete, 404 afterwards and for strangers."""
    _, made = await client.create({"Subject": "old"})
    path = f"/sobjects/Case/{made['id'][:15]}"
    assert await client.salesforce("PATCH", path, {"Subject": "new", "Status": "Closed"}) == (204, None)
    status, case = await client.salesforce("GET", path + "?fields=Id,Subject,IsClosed")
    assert status == 200
    assert case.pop("attributes")["type"] == "Case"
    assert case == {"Id": made["id"], "Subject": "new", "IsClosed": True}
    assert await client.salesforce("DELETE", path) == (204, None)
    for method in ("GET", "DELETE"):
        status, content = await client.salesforce(method, path)
        assert (status, content[0]["errorCode"]) == (404, "ENTITY_IS_DELETED")
    for path in ("/sobjects/Case/500Hs00001ABCdeIAH", "/sobjects/Csae/describe", "/nonsense"):
        status, content = await client.salesforce("GET", path)
        assert (status, content[0]["errorCode"]) == (404, "NOT_FOUND")


async def test_upsert_by_external_id(client: Client) -> None:
    """201 created, 200 updated, 300 several, 404 for a field that is none, 400 with the field in the body."""
    path = "/sobjects/Case/Legacy_Id__c/L%2F1"
    status, made = await client.salesforce("PATCH", path, {"Subject": "a"})
    assert (status, made["created"]) == (201, True)
    status, again = await client.salesforce("PATCH", path, {"Subject": "b"})
    assert (status, again) == (200, {"id": made["id"], "success": True, "errors": [], "created": False})
    assert [case["Legacy_Id__c"] for case in await client.records("Case")] == ["L/1"]
    for _ in range(2):
        await client.create({"Partner_Ref__c": "p"})
    status, urls = await client.salesforce("PATCH", "/sobjects/Case/Partner_Ref__c/P", {"Subject": "c"})
    assert (status, len(urls)) == (300, 2)
    assert (await client.salesforce("PATCH", "/sobjects/Case/Namez/1", {}))[0] == 404
    assert (await client.salesforce("PATCH", path, {"Legacy_Id__c": "L/1"}))[0] == 400
    assert (await client.salesforce("PATCH", path + "2?updateOnly=true", {"Subject": "d"}))[0] == 404


async def test_describe_has_the_recorded_shape(client: Client) -> None:
    """Each field has every key of the recorded answer, standard fields their types and lengths."""
    recorded = json.loads(yaml.safe_load(RECORDED.read_text(encoding="utf-8"))["response"]["body"]["string"])
    status, ours = await client.salesforce("GET", "/sobjects/case/describe")
    assert status == 200
    assert set(recorded) == set(ours)
    fields = {field["name"]: field for field in ours["fields"]}
    compared = (
        *("type", "length", "byteLength", "createable", "updateable", "nillable", "defaultedOnCreate"),
        *("label", "referenceTo", "relationshipName", "soapType", "extraTypeInfo", "idLookup", "autoNumber"),
        *("polymorphicForeignKey", "nameField", "picklistValues", "defaultValue", "restrictedPicklist"),
        *("filterable", "groupable", "namePointing", "unique", "caseSensitive", "externalId", "precision"),
    )
    for field in recorded["fields"]:
        mine = fields[field["name"]]
        assert set(field) == set(mine)
        assert {name: mine[name] for name in compared} == {name: field[name] for name in compared}


async def test_limits_are_counted(start: Start) -> None:
    """The header counts calls; beyond the day's limit every call is 403 TotalRequests."""
    client = await start("daily_limit=2")
    await client.sign_in()
    headers = {"Authorization": f"Bearer {client.token}"}
    async with client.session.get(client.url(DATA + "/limits"), headers=headers) as answer:
        assert answer.headers["Sforce-Limit-Info"] == "api-usage=1/2"
        assert (await answer.json())["DailyApiRequests"] == {"Max": 2, "Remaining": 1}
    assert (await client.create({"Subject": "x"}))[0] == 201
    status, content = await client.create({"Subject": "y"})
    assert (status, content[0]["errorCode"]) == (403, "REQUEST_LIMIT_EXCEEDED")
    assert content[0]["message"] == "TotalRequests Limit exceeded."


async def test_an_address_that_is_too_long_is_414(client: Client) -> None:
    """Beyond 16,384 bytes the edge answers with a page, not JSON."""
    await client.sign_in()
    headers = {"Authorization": f"Bearer {client.token}"}
    url = client.url(DATA + "/query?q=" + "x" * 17_000)
    async with client.session.get(url, headers=headers) as answer:
        assert (answer.status, answer.content_type) == (414, "text/html")


async def test_an_address_with_headers_that_are_too_long_is_431(client: Client) -> None:
    """Address and headers share 16,384 bytes; a short address does not help long headers."""
    await client.sign_in()
    headers = {"Authorization": f"Bearer {client.token}", "X-Long": "x" * 9_000}
    for length, status in ((8_000, 431), (100, 400)):
        url = client.url(DATA + "/query?q=" + "x" * length)
        async with client.session.get(url, headers=headers) as answer:
            assert answer.status == status


async def test_a_describe_that_has_not_changed_is_304(client: Client) -> None:
    """If-Modified-Since is honoured; a change of the switches makes a new describe."""
    await client.sign_in()
    headers = {"Authorization": f"Bearer {client.token}"}
    url = client.url(DATA + "/sobjects/Case/describe")
    async with client.session.get(url, headers=headers) as answer:
        headers["If-Modified-Since"] = answer.headers["Last-Modified"]
    async with client.session.get(url, headers=headers) as answer:
        assert (answer.status, await answer.read()) == (304, b"")
    headers["If-Modified-Since"] = "Tue, 03 Jan 2023 00:00:00 GMT"
    async with client.session.get(url, headers=headers) as answer:
        assert answer.status == 200


async def test_what_lookups_and_plans_ask_of_a_describe(client: Client) -> None:
    """Targets and relationship names of references, write rights, and the record types of this user."""
    _, described = await client.salesforce("GET", "/sobjects/Case/describe")
    fields = {field["name"]: field for field in described["fields"]}
    owner, parent = fields["OwnerId"], fields["ParentId"]
    assert (owner["referenceTo"], owner["relationshipName"], owner["polymorphicForeignKey"]) == (
        *(["Group", "User"], "Owner", True),
    )
    assert (parent["referenceTo"], parent["relationshipName"]) == (["Case"], "Parent")
    assert [fields[name]["updateable"] for name in ("Subject", "CreatedDate", "IsClosed")] == [
        True,
        False,
        False,
    ]
    types = {each["developerName"]: each["available"] for each in described["recordTypeInfos"]}
    assert types == {"Support": True, "Complaint": True, "Internal": False, "Master": True}


async def test_limits_tell_storage_and_batches(start: Start) -> None:
    """Free storage is what the setting gives less 2 KB a record; bulk batches have their own allocation."""
    client = await start("storage_mb=5,bulk_daily_batches=7")
    _, limits = await client.salesforce("GET", "/limits")
    assert limits["DataStorageMB"] == {"Max": 5, "Remaining": 5}
    assert limits["DailyBulkApiBatches"] == {"Max": 7, "Remaining": 7}
    for _ in range(3):
        await client.salesforce(
            "POST", "/composite/sobjects", {"records": [{"attributes": {"type": "Case"}}] * 200}
        )
    assert (await client.salesforce("GET", "/limits"))[1]["DataStorageMB"]["Remaining"] == 4


async def test_a_record_is_deleted_by_its_external_id(client: Client) -> None:
    """204 and it is in the recycle bin; several with one key are 300, none is 404."""
    for fields in ({"Legacy_Id__c": "L-1"}, {"Partner_Ref__c": "p"}, {"Partner_Ref__c": "p"}):
        await client.create(fields)
    path = "/sobjects/Case/Legacy_Id__c/L-1"
    assert (await client.salesforce("DELETE", path))[0] == 204
    assert (await client.salesforce("DELETE", path))[0] == 404
    status, addresses = await client.salesforce("DELETE", "/sobjects/Case/Partner_Ref__c/p")
    assert (status, len(addresses)) == (300, 2)
    assert (await client.soql("SELECT COUNT() FROM Case"))[1]["totalSize"] == 2


async def test_an_account_is_made_and_referred_to(client: Client) -> None:
    """Other objects are created like cases."""
    status, made = await client.create({"Name": "New Ltd", "Legacy_Id__c": "NEW-1"}, "Account")
    assert (status, made["id"][:3]) == (201, "001")
    assert (await client.create({"Account": {"Legacy_Id__c": "NEW-1"}}))[0] == 201
    _, found = await client.soql("SELECT Account.Name FROM Case")
    assert found["records"][0]["Account"]["Name"] == "New Ltd"


async def test_a_method_that_is_not_served_is_405(client: Client) -> None:
    """The body says which methods are."""
    status, content = await client.salesforce("PUT", "/sobjects/Case", {})
    assert (status, content[0]["errorCode"]) == (405, "METHOD_NOT_ALLOWED")
