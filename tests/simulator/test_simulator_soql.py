"""The subset of SOQL: grammar, and what it finds."""

from __future__ import annotations

from typing import Any

import pytest
from simulator_client import DATA, Client, Start

from importer.simulator.salesforce.errors import RefusalError
from importer.simulator.salesforce.soql import Among, Both, Compare, Literal, Negated, parse, unquote

MALFORMED = [
    "",
    "SELECT",
    "SELECT Id",
    "SELECT Id FROM",
    "SELECT Id, FROM Case",
    "SELECT Id FROM Case WHERE",
    "SELECT Id FROM Case WHERE Subject",
    "SELECT Id FROM Case WHERE Subject = ",
    "SELECT Id FROM Case WHERE Subject = 'it's'",
    "SELECT Id FROM Case WHERE Subject = 'open",
    "SELECT Id FROM Case WHERE Subject = 'a\\q'",
    "SELECT Id FROM Case WHERE Subject IN ()",
    "SELECT Id FROM Case WHERE A = 1 AND B = 2 OR C = 3",
    "SELECT Id FROM Case LIMIT x",
    "SELECT Id FROM Case; DROP TABLE record",
    "SELECT COUNT( FROM Case",
]


@pytest.mark.parametrize("text", MALFORMED)
def test_what_is_no_query(text: str) -> None:
    """MALFORMED_QUERY for everything the grammar does not have."""
    with pytest.raises(RefusalError) as refusal:
        parse(text)
    assert refusal.value.failures[0].code == "MALFORMED_QUERY"


def test_a_query_becomes_a_tree() -> None:
    """Conditions keep their structure, literals their kinds."""
    select = parse(
        "select Id, Owner.Name from Case where (A = 'x' or B IN (1, 2.5)) and not C <> null "
        "order by CreatedDate desc nulls last, Id limit 5 offset 10"
    )
    assert (select.fields, select.source, select.limit, select.offset) == (
        ("Id", "Owner.Name"),
        "Case",
        5,
        10,
    )
    either = Both("OR", (Compare("A", "=", Literal("string", "x")), Among("B", _numbers(1, 2.5), False)))
    assert select.where == Both("AND", (either, Negated(Compare("C", "!=", Literal("null", None)))))
    assert [(each.path, each.descending, each.nulls) for each in select.order] == [
        ("CreatedDate", True, "LAST"),
        ("Id", False, "FIRST"),
    ]


def _numbers(*values: float) -> tuple[Literal, ...]:
    return tuple(Literal("number", value) for value in values)


@pytest.mark.parametrize(
    ("text", "value"),
    [(r"'it\'s'", "it's"), (r"'a\\b'", "a\\b"), (r"'x\ny'", "x\ny"), (r"'100\%'", "100%"), ("'[]'", "[]")],
)
def test_literals_are_unescaped(text: str, value: str) -> None:
    """A backslash escapes quotes, backslashes and control characters."""
    assert unquote(text) == value


TRICKY = "it's 100% \\ lost"


@pytest.fixture
async def org(client: Client) -> Client:
    """Five cases with different values."""
    for fields in (
        {"Subject": "Printer on fire", "Legacy_Id__c": "L-1", "Priority": "High", "Amount__c": 10},
        {
            "Subject": "it's 100% \\ lost",
            "Legacy_Id__c": "L-2",
            "Is_Vip__c": True,
            "Due_Date__c": "2024-02-03",
        },
        {"Subject": "printer off", "Legacy_Id__c": "ä-3", "Account": {"Legacy_Id__c": "ACME-1"}},
        {"Legacy_Id__c": "L-4", "Serial_No__c": "s", "Reported_At__c": "2024-05-02T10:00:00Z"},
        {"Subject": "x_y", "Legacy_Id__c": "L-5", "Amount__c": -2.5, "Serial_No__c": "S"},
    ):
        status, content = await client.create(fields)
        assert status == 201, content
    return client


FOUND = [
    ("Legacy_Id__c = 'l-1'", "1"),
    ("Legacy_Id__c IN ('L-1', 'Ä-3', 'none')", "13"),
    ("Legacy_Id__c NOT IN ('L-1', 'Ä-3')", "245"),
    ("Serial_No__c = 's'", "4"),
    ("Subject = 'PRINTER ON FIRE'", "1"),
    ("Subject = 'it\\'s 100% \\\\ lost'", "2"),
    ("Subject LIKE 'printer%'", "13"),
    ("Subject LIKE '%100\\%%'", "2"),
    ("Subject LIKE 'x\\_y'", "5"),
    ("Subject = null", "4"),
    ("Subject = ''", "4"),
    ("Subject != 'printer off'", "1245"),
    ("Amount__c > -3 AND Amount__c <= 10", "15"),
    ("Amount__c = 10", "1"),
    ("Is_Vip__c = true", "2"),
    ("Due_Date__c >= 2024-02-03", "2"),
    ("Reported_At__c = 2024-05-02T12:00:00%2B02:00".replace("%2B", "+"), "4"),
    ("Reported_At__c < 2024-05-02T10:00:00.001Z", "4"),
    ("Reported_At__c != null", "4"),
    ("Account.Name = 'acme corporation'", "3"),
    ("Account.Legacy_Id__c = 'ACME-1'", "3"),
    ("Account.Name != null", "3"),
    ("Owner.Name = 'Triage' AND (Priority = 'High' OR Is_Vip__c = TRUE)", "12"),
    ("NOT Subject LIKE '%i%'", "45"),
    ("CreatedDate > 2020-01-01T00:00:00Z AND SystemModstamp > 2020-01-01T00:00:00Z", "12345"),
    ("CreatedBy.Username = 'importer@example.com' LIMIT 2", "12"),
    ("AccountId IN (SELECT Id FROM Account WHERE AccountNumber = 'AC-1001')", "3"),
    ("Priority = 'High' ORDER BY CaseNumber DESC", "1"),
    ("IsClosed = false ORDER BY Legacy_Id__c DESC LIMIT 2 OFFSET 1", "54"),
    ("IsDeleted = true", ""),
]


@pytest.mark.parametrize(("condition", "numbers"), FOUND)
async def test_what_a_condition_finds(org: Client, condition: str, numbers: str) -> None:
    """Text compares without regard to case except where the field says otherwise; null is no value."""
    status, content = await org.soql(f"SELECT CaseNumber FROM Case WHERE {condition}")
    assert status == 200, content
    assert "".join(record["CaseNumber"][-1] for record in content["records"]) == numbers
    assert (content["totalSize"], content["done"]) == (len(numbers), True)


WRONG = [
    ("SELECT Foo FROM Case", "INVALID_FIELD"),
    ("SELECT Id FROM Csae", "INVALID_TYPE"),
    ("SELECT Boss.Name FROM Case", "INVALID_FIELD"),
    ("SELECT Id FROM Case WHERE Description = 'x'", "INVALID_FIELD"),
    ("SELECT Id FROM Case WHERE CreatedDate = '2024-01-01T00:00:00Z'", "INVALID_FIELD"),
    ("SELECT Id FROM Case WHERE CreatedDate = 2024-01-01", "INVALID_FIELD"),
    ("SELECT Id FROM Case WHERE Due_Date__c = 2024-01-01T00:00:00Z", "INVALID_FIELD"),
    ("SELECT Id FROM Case WHERE Amount__c = '1'", "INVALID_FIELD"),
    ("SELECT Id FROM Case WHERE Subject = 1", "INVALID_FIELD"),
    ("SELECT Id FROM Case WHERE AccountId = 'foo'", "INVALID_QUERY_FILTER_OPERATOR"),
    ("SELECT Id, id FROM Case", "MALFORMED_QUERY"),
    (f"SELECT Id FROM Case WHERE Subject = '{'x' * 4001}'", "MALFORMED_QUERY"),
]


@pytest.mark.parametrize(("text", "code"), WRONG)
async def test_what_a_query_is_refused_for(client: Client, text: str, code: str) -> None:
    """400 with a list, as for records."""
    status, content = await client.soql(text)
    assert (status, content[0]["errorCode"]) == (400, code)


async def test_the_answer_nests_parents_and_names_addresses(org: Client) -> None:
    """Fields come in the order asked; a missing parent is null."""
    _, content = await org.soql("SELECT subject, Account.Name, Owner.Name, Owner.Id FROM Case LIMIT 3")
    first, _, third = content["records"]
    assert list(first) == ["attributes", "Subject", "Account", "Owner"]
    assert first["attributes"]["url"].startswith(f"{DATA}/sobjects/Case/500")
    assert first["Account"] is None
    assert third["Account"]["Name"] == "Acme Corporation"
    assert third["Owner"]["attributes"]["type"] == "Group"
    assert third["Owner"]["Id"].startswith("00G")


@pytest.mark.parametrize(
    ("text", "total", "records"),
    [
        ("SELECT COUNT() FROM Case", 5, []),
        ("SELECT COUNT() FROM Case WHERE Subject != null LIMIT 3", 3, []),
        ("SELECT COUNT(Amount__c) FROM Case", 1, [{"attributes": {"type": "AggregateResult"}, "expr0": 2}]),
    ],
)
async def test_counts(org: Client, text: str, total: int, records: list[Any]) -> None:
    """COUNT() tells by totalSize, COUNT(field) by a record."""
    status, content = await org.soql(text)
    assert (status, content) == (200, {"totalSize": total, "done": True, "records": records})


async def test_long_answers_come_in_pages(start: Start) -> None:
    """nextRecordsUrl leads on until it is absent; an unknown locator is refused."""
    client = await start("page_size=2")
    for number in range(5):
        await client.create({"Subject": str(number)})
    _, content = await client.soql("SELECT Subject FROM Case ORDER BY Subject DESC")
    seen = [record["Subject"] for record in content["records"]]
    while "nextRecordsUrl" in content:
        assert (content["totalSize"], content["done"]) == (5, False)
        _, content = await client.salesforce("GET", content["nextRecordsUrl"].removeprefix(DATA))
        seen += [record["Subject"] for record in content["records"]]
    assert content["done"]
    assert seen == ["4", "3", "2", "1", "0"]
    status, content = await client.salesforce("GET", "/query/01gSm0000000000AAA-2000")
    assert (status, content[0]["errorCode"]) == (400, "INVALID_QUERY_LOCATOR")


async def test_deleted_records_are_found_by_query_all_only(client: Client) -> None:
    """queryAll sees the recycle bin; the key of a deleted record is free again."""
    _, made = await client.create({"Legacy_Id__c": "L-1"})
    await client.salesforce("DELETE", f"/sobjects/Case/{made['id']}")
    assert (await client.soql("SELECT Id FROM Case"))[1]["totalSize"] == 0
    _, content = await client.salesforce("GET", "/queryAll?q=SELECT+Id+FROM+Case")
    assert content["totalSize"] == 1
    assert (await client.create({"Legacy_Id__c": "L-1"}))[0] == 201


async def test_the_org_holds_what_lookups_need(client: Client) -> None:
    """Organization, queues with their objects, users, record types and an assignment rule are there."""
    _, found = await client.soql("SELECT Name, IsSandbox, OrganizationType, InstanceName FROM Organization")
    assert (found["records"][0]["IsSandbox"], found["records"][0]["Name"]) == (True, "Simulated Org")
    _, found = await client.soql(
        "SELECT DeveloperName FROM Group WHERE Type = 'Queue' "
        "AND DeveloperName IN ('Support', 'support_emea') AND Id IN "
        "(SELECT QueueId FROM QueueSobject WHERE SobjectType = 'Case')"
    )
    assert [record["DeveloperName"] for record in found["records"]] == ["Support", "Support_EMEA"]
    _, found = await client.soql("SELECT Id, Active FROM AssignmentRule WHERE SobjectType = 'Case'")
    assert found["records"][0]["Active"] is True
    _, found = await client.soql("SELECT Id FROM Account WHERE AccountNumber = 'AC-2000'")
    assert found["totalSize"] == 2
    _, found = await client.soql("SELECT ApiName FROM CaseStatus WHERE IsClosed = true")
    assert [record["ApiName"] for record in found["records"]] == ["Closed"]
    _, found = await client.soql("SELECT Account.Name FROM Asset WHERE SerialNumber = 'SN-1001'")
    assert found["records"][0]["Account"]["Name"] == "Acme Corporation"
