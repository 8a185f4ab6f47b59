"""Asking the simulated IBM server about cases: v2 with its CSRF token, and GraphQL with its XSRF pair."""

from __future__ import annotations

from typing import Any

import pytest
from simulator_client import BASIC, Client, Start

V2 = "/CaseManager/CASEREST/v2"
GRAPHQL = "/content-services-graphql/graphql"
FIND = """query find($store: String!, $where: String!, $names: [String!]) {
  repositoryObjects(repositoryIdentifier: $store, from: "AUTO_CollisionClaim", where: $where, pageSize: 2) {
    independentObjects { className properties(includes: $names) { id label value } }
    pageInfo { token }
  }
}"""


async def post(client: Client, path: str, content: Any, **headers: str) -> tuple[int, Any]:
    url = client.url(path)
    async with client.session.post(url, json=content, headers={"Authorization": BASIC, **headers}) as answer:
        return answer.status, await answer.json(content_type=None)


async def login(client: Client, **more: Any) -> str:
    status, content = await post(client, f"{V2}/system/login", {"refresh_groups": False, **more})
    assert status == 201, content
    return str(content["csrf_token"])


async def find(client: Client, *conditions: dict[str, str], **more: Any) -> tuple[int, Any]:
    """Search claims by conditions and give status and the answer's body."""
    token = await login(client)
    content = {
        "caseTypeList": ["AUTO_CollisionClaim"],
        "fields": ["CmAcmCaseIdentifier", "AUTO_ClaimNumber"],
        "conditions": list(conditions),
    }
    path = f"{V2}/instances?TargetObjectStore=ATOSME"
    return await post(client, path, content | more, BPMCSRFToken=token)


def by(name: str, value: str, operator: str = "EQUAL") -> dict[str, str]:
    return {"name": name, "operator": operator, "value": value}


async def graph(client: Client, where: str, query: str = FIND, token: str = "t-1") -> tuple[int, Any]:
    names = ["Id", "AUTO_ClaimNumber", "DateCreated"]
    content = {"query": query, "variables": {"store": "ATOSME", "where": where, "names": names}}
    headers = {"ECM-CS-XSRF-Token": "t-1", "Cookie": f"ECM-CS-XSRF-Token={token}"}
    return await post(client, GRAPHQL, content, **headers)


HOSTILE = ["O'Brien", "' OR 1=1 --", 'a"b', "a\\'b", "a]b", "ü€😀", "a\nb", "%", "_", "{x}", "--"]


@pytest.mark.parametrize("number", HOSTILE)
async def test_both_doors_find_a_case_by_its_key_and_no_other(client: Client, number: str) -> None:
    """Quotes, comment signs, wildcards and what looks like SQL are just characters of a key."""
    await client.claim({"AUTO_ClaimNumber": "other"})
    _, made = await client.claim({"AUTO_ClaimNumber": number})
    status, content = await find(client, by("AUTO_ClaimNumber", number))
    assert status == 200 and content["totalCount"] == 1, content
    [case] = content["data"]["cases"]
    assert case["CaseFolderId"] == made["CaseFolderId"].strip("{}")
    assert case["AUTO_ClaimNumber"] == number
    quoted = number.replace("'", "''")
    status, content = await graph(client, f"[AUTO_ClaimNumber] = '{quoted}'")
    [found] = content["data"]["repositoryObjects"]["independentObjects"]
    values = {each["id"]: each["value"] for each in found["properties"]}
    assert (values["Id"], values["AUTO_ClaimNumber"]) == (made["CaseFolderId"], number)
    assert values["DateCreated"].endswith(".000Z") and found["className"] == "AUTO_CollisionClaim"


@pytest.mark.parametrize(
    ("where", "count"),
    [
        ("AUTO_ClaimNumber = 'N-1' OR [AUTO_ClaimNumber] = 'N-2'", 2),
        ("AUTO_ClaimNumber IS NOT NULL AND NOT AUTO_VehicleYear >= 2012", 2),
        ("(AUTO_VehicleYear > 2010 and AUTO_VehicleYear < 2012) or AUTO_VehicleYear = 2012", 2),
        ("AUTO_ClaimDate = 20240502T080000Z AND AUTO_ClaimNumber <> 'N-1'", 2),
        ("AUTO_ClaimDate > 2024-05-02T08:00:00Z", 0),
        ("AUTO_InjuriesReported = TRUE", 1),
        ("AUTO_ClaimNumber IS NULL", 0),
        ("AUTO_ClaimNumber = 'n-1'", 0),
    ],
)
async def test_conditions_of_content_engine_sql(client: Client, where: str, count: int) -> None:
    """The operators and literals that the README lists do what they say."""
    for number in (1, 2, 3):
        injured = {"AUTO_InjuriesReported": True} if number == 3 else {}
        year = {"AUTO_VehicleYear": 2009 + number}
        await client.claim({"AUTO_ClaimNumber": f"N-{number}"} | year | injured)
    _, content = await graph(client, where)
    assert len(content["data"]["repositoryObjects"]["independentObjects"]) == count


async def test_graphql_says_when_there_is_more(client: Client) -> None:
    """A page of two, of three: the token says that the answer is not all."""
    for _ in range(3):
        await client.claim({"AUTO_ClaimNumber": "N-1"})
    _, content = await graph(client, "AUTO_ClaimNumber = 'N-1'")
    found = content["data"]["repositoryObjects"]
    assert len(found["independentObjects"]) == 2 and found["pageInfo"]["token"]


@pytest.mark.parametrize(
    ("query", "where"),
    [
        (FIND, "AUTO_ClaimNumber = 'it's'"),
        (FIND, "AUTO_ClaimNumber = 5"),
        (FIND, "AUTO_Nothing = 'x'"),
        (FIND, "AUTO_Witnesses = 'x'"),
        (FIND, "(AUTO_ClaimNumber = 'x'"),
        (FIND, "Id = 'A42BE8EB-848F-4CBD-B2F7-64FAF2CE7081'"),
        (FIND.replace("value }", "valu }"), "Id IS NULL"),
        (FIND.replace("AUTO_CollisionClaim", "AUTO_Foo"), "Id IS NULL"),
        ("{ nothing }", ""),
        ("{ repositoryObjects(", ""),
    ],
)
async def test_a_search_that_cannot_be_run_is_told(client: Client, query: str, where: str) -> None:
    """200 with errors and without data, as GraphQL servers answer."""
    status, content = await graph(client, where, query)
    assert status == 200 and content["data"] is None and content["errors"][0]["message"]


async def test_graphql_wants_the_same_token_twice(client: Client) -> None:
    """A header alone is what a forged page could not send, a cookie alone what it could."""
    assert (await graph(client, "Id IS NULL", token="other"))[0] == 403
    content = {"query": FIND, "variables": {}}
    assert (await post(client, GRAPHQL, content))[0] == 403


async def test_v2_wants_a_token_of_this_user(client: Client) -> None:
    """Missing, wrong, expired and somebody else's tokens are 403 CWTBG0651E; a login needs none."""
    path = f"{V2}/instances?TargetObjectStore=ATOSME"
    for headers in ({}, {"BPMCSRFToken": "wrong"}):
        status, content = await post(client, path, {}, **headers)
        assert (status, content["error_number"]) == (403, "CWTBG0651E")
    token = await login(client)
    client.session.cookie_jar.clear()
    other = "Basic b3RoZXI6c2VjcmV0"
    assert (await post(client, path, {}, BPMCSRFToken=token, Authorization=other))[0] == 403
    client.session.cookie_jar.clear()
    assert (await post(client, path, {}, BPMCSRFToken=token))[0] == 400
    await client.admin("POST", "expire", {})
    client.session.cookie_jar.clear()
    assert (await post(client, path, {}, BPMCSRFToken=token))[0] == 403


async def test_a_login_that_says_nothing_is_refused(start: Start) -> None:
    """refresh_groups is required, a life is at most 7200 s; without a user it is 401 in the shape of v2."""
    client = await start(credentials=("icm", "secret"))
    path = f"{V2}/system/login"
    for body in ({}, {"refresh_groups": False, "requested_lifetime": 7201}, []):
        assert (await post(client, path, body))[0] == 400
    client.session.cookie_jar.clear()
    status, content = await post(client, path, {}, Authorization="Basic b3RoZXI6c2VjcmV0")
    assert status == 401 and set(content) == {"code", "message"}


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"caseTypeList": ["AUTO_Foo"]}, 404),
        ({"caseTypeList": []}, 400),
        ({"fields": None}, 400),
        ({"fields": ["AUTO_Foo"]}, 400),
        ({"conditions": [by("AUTO_Foo", "x")]}, 400),
        ({"conditions": [by("AUTO_ClaimNumber", "x", "EQUALS")]}, 400),
        ({"conditions": [by("AUTO_ClaimNumber", 5)]}, 400),  # type: ignore[arg-type]
        ({"size": 0}, 400),
    ],
)
async def test_refused_searches(client: Client, given: dict[str, Any], status: int) -> None:
    """What the request must say is checked; an unknown operator is not taken for "finds nothing"."""
    assert (await find(client, **given))[0] == status


async def test_operators_and_pages_of_v2(client: Client) -> None:
    """andSearch, sort, size and continueFrom; conditions may be left out."""
    for number in (1, 2, 3):
        await client.claim({"AUTO_ClaimNumber": f"N-{number}", "AUTO_VehicleYear": 2009 + number})
    one, two = by("AUTO_ClaimNumber", "N-1"), by("AUTO_VehicleYear", "2011")
    assert (await find(client, one, two))[1]["totalCount"] == 0
    assert (await find(client, one, two, andSearch=False))[1]["totalCount"] == 2
    assert (await find(client, by("AUTO_ClaimNumber", "N-", "STARTSWITH")))[1]["totalCount"] == 3
    newest = {"sort": [{"field": "AUTO_ClaimNumber", "order": "DESC"}], "size": 2}
    _, content = await find(client, **newest)
    shown = [case["AUTO_ClaimNumber"] for case in content["data"]["cases"]]
    assert (shown, content["totalCount"]) == (["N-3", "N-2"], 3)
    _, rest = await find(client, **newest, continueFrom=content["continuationToken"]["continueFrom"])
    assert [case["AUTO_ClaimNumber"] for case in rest["data"]["cases"]] == ["N-1"]
    assert rest["continuationToken"] == {}


async def test_switches_of_v2(start: Start) -> None:
    """The word for equality and the shape of a case can be others, because nobody knows them."""
    client = await start("search_operator=EQUALS,search_items=data")
    await client.claim({"AUTO_ClaimNumber": "N-1"})
    assert (await find(client, by("AUTO_ClaimNumber", "N-1")))[0] == 400
    _, content = await find(client, by("AUTO_ClaimNumber", "N-1", "EQUALS"))
    [case] = content["data"]["cases"]
    assert {"SymbolicName": "AUTO_ClaimNumber", "Data": {"Value": "N-1"}} in case["CaseProperties"]


@pytest.mark.parametrize("faults", ["hide=on", "index_lag=1h"])
async def test_hidden_and_young_cases_are_not_found(start: Start, faults: str) -> None:
    """The case exists, both searches are silent about it."""
    client = await start(faults)
    status, _ = await client.claim({"AUTO_ClaimNumber": "N-1"})
    _, content = await find(client, by("AUTO_ClaimNumber", "N-1"))
    assert status == 201 and content["totalCount"] == 0
    _, content = await graph(client, "AUTO_ClaimNumber = 'N-1'")
    assert content["data"]["repositoryObjects"]["independentObjects"] == []


async def test_faults_strike_searches_and_logins(start: Start) -> None:
    """They are of the kinds query and signin."""
    client = await start("http_503_before=at:1@query,http_500_before=at:2@signin")
    assert (await graph_status(client), await graph_status(client)) == (503, 200)
    assert await login(client)
    url = client.url(f"{V2}/system/login")
    async with client.session.post(url, json={}, headers={"Authorization": BASIC}) as answer:
        assert answer.status == 500


async def graph_status(client: Client) -> int:
    headers = {"Authorization": BASIC, "ECM-CS-XSRF-Token": "t", "Cookie": "ECM-CS-XSRF-Token=t"}
    content = {"query": FIND, "variables": {"store": "ATOSME", "where": "Id IS NULL", "names": []}}
    async with client.session.post(client.url(GRAPHQL), json=content, headers=headers) as answer:
        return answer.status
