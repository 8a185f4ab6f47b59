"""The page and the admin resources, and who may see them."""

from __future__ import annotations

import time

import pytest
from simulator_client import Client, Start


async def page(client: Client, path: str = "/", **headers: str) -> tuple[int, str]:
    async with client.session.get(client.url(path), headers=headers) as answer:
        return answer.status, await answer.text()


async def test_the_page_needs_its_token_once(client: Client) -> None:
    """Without it 403; the address of the start line sets a cookie and leads to the page."""
    assert (await page(client))[0] == 403
    assert (await page(client, "/?token=wrong"))[0] == 403
    address = str(client.running.start_line["page"])
    async with client.session.get(address, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/")
        assert "HttpOnly" in answer.headers["Set-Cookie"]
        assert "SameSite=Strict" in answer.headers["Set-Cookie"]
    status, text = await page(client)
    assert (status, "0 records" in text) == (200, True)


async def test_records_are_shown_newest_first_escaped_and_searchable(client: Client) -> None:
    """Values cannot become markup; the search is literal; types can be chosen."""
    await page(client, f"/?token={client.running.world.page_token}")
    for subject in ("first", "<script>alert(1)</script>", "50% off", "Zürich"):
        await client.create({"Subject": subject})
    await client.claim({"AUTO_InsuredName": "Ann 'quote'"})
    _, text = await page(client)
    assert "5 records" in text
    assert "<script" not in text
    assert text.index("Ann &#x27;quote&#x27;") < text.index("Zürich") < text.index("&lt;script&gt;")
    assert "1 record," in (await page(client, "/?q=50%25"))[1]
    assert "1 record," in (await page(client, "/?q=Z%C3%BCrich"))[1]
    assert "0 records" in (await page(client, "/?q=%25_%25"))[1]
    assert "4 records" in (await page(client, "/?type=Case"))[1]
    assert "4 records" in (await page(client, "/?type=User"))[1]


async def test_older_records_are_one_link_away(client: Client) -> None:
    """A page holds a hundred; the link leads to the rest."""
    await page(client, f"/?token={client.running.world.page_token}")
    for number in range(102):
        await client.create({"Subject": f"number {number}"})
    _, text = await page(client)
    link = text.partition("href='")[2].partition("'")[0].replace("&amp;", "&")
    assert "number 1<" not in text
    _, older = await page(client, link)
    assert "number 1<" in older
    assert "number 2<" not in older


async def test_nothing_on_the_page_comes_from_outside(client: Client) -> None:
    """No address, no script; the policy of the page forbids both; light and dark are known."""
    await page(client, f"/?token={client.running.world.page_token}")
    async with client.session.get(client.url("/")) as answer:
        text = await answer.text()
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-store"
    assert "://" not in text
    assert "<script" not in text
    assert "color-scheme: light dark" in text


async def test_the_address_of_a_record_leads_to_it(client: Client) -> None:
    """/ID and /lightning/r/Case/ID/view are what a person opens from a results file."""
    await page(client, f"/?token={client.running.world.page_token}")
    _, made = await client.create({"Subject": "wanted"})
    await client.create({"Subject": "other"})
    for path in (f"/{made['id']}", f"/{made['id'][:15]}", f"/lightning/r/Case/{made['id']}/view"):
        _, text = await page(client, path)
        assert ("wanted" in text, "other" in text) == (True, False)
    assert (await page(client, "/nothing/here"))[0] == 404


@pytest.mark.parametrize(
    "path", ["/", "/services/data", "/CaseManager/CASEREST/v1/info", "/__simulator__/records"]
)
async def test_a_foreign_host_header_is_refused_everywhere(client: Client, path: str) -> None:
    """A name that was made to resolve to loopback (DNS rebinding) gets nothing; loopback names work."""
    port = client.running.url.rpartition(":")[2]
    for host in ("evil.example", f"evil.example:{port}", "127.0.0.1", "127.0.0.1:1"):
        assert (await page(client, path, Host=host))[0] == 421
    for host in (f"localhost:{port}", f"127.0.0.1:{port}", f"[::1]:{port}"):
        assert (await page(client, path, Host=host))[0] != 421


@pytest.mark.parametrize("path", ["records", "requests", "faults"])
async def test_admin_resources_need_the_token(client: Client, path: str) -> None:
    """403 without or with a wrong one; the header and the query both work."""
    token = client.running.world.page_token
    assert (await page(client, f"/__simulator__/{path}"))[0] == 403
    assert (await page(client, f"/__simulator__/{path}?token=ä"))[0] == 403
    assert (await page(client, f"/__simulator__/{path}?token={token}"))[0] == 200
    assert (await page(client, f"/__simulator__/{path}", **{"X-Simulator-Token": token}))[0] == 200


async def test_departures_are_logged_as_the_server_saw_them(client: Client) -> None:
    """Monotonic time, kind, ordinal, faults and status, in order of arrival."""
    begun = time.monotonic()
    await client.create({"Subject": "x"})
    await client.claim({"AUTO_Foo": 1})
    content = await client.admin("GET", "requests")
    rows = [dict(zip(content["columns"], row, strict=True)) for row in content["requests"]]
    assert [(row["system"], row["kind"], row["ordinal"], row["status"]) for row in rows] == [
        ("salesforce", "signin", 1, 200),
        ("salesforce", "create", 1, 201),
        ("ibm", "create", 2, 400),
    ]
    assert begun <= rows[0]["time"] <= rows[1]["time"] <= time.monotonic()
    assert len((await client.admin("GET", "requests?after=2"))["requests"]) == 1


async def test_a_tester_writes_as_another_user(client: Client) -> None:
    """Records are created, changed, hidden and deleted from outside, on both systems."""
    foreign = await client.admin("POST", "records", {"object": "Case", "fields": {"Legacy_Id__c": "L-1"}})
    status, content = await client.create({"Legacy_Id__c": "L-1"})
    assert (status, content[0]["errorCode"]) == (400, "DUPLICATE_VALUE")
    await client.admin("POST", "records", {"id": foreign["id"], "fields": {"Subject": "touched"}})
    (case,) = await client.records("Case")
    assert (case["Subject"], case["CreatedById"]) == ("touched", case["LastModifiedById"])
    _, made = await client.create({"Subject": "mine"})
    await client.admin("POST", "records", {"id": made["id"], "fields": {"Subject": "theirs"}})
    mine = (await client.records("Case"))[1]
    assert (mine["Subject"], mine["CreatedById"] == mine["LastModifiedById"]) == ("theirs", False)
    await client.admin("POST", "records", {"id": made["id"], "hidden": True})
    assert (await client.salesforce("GET", f"/sobjects/Case/{made['id']}"))[0] == 404
    await client.admin("POST", "records", {"id": foreign["id"], "deleted": True})
    assert (await client.create({"Legacy_Id__c": "L-1"}))[0] == 201
    claim = {"object": "AUTO_CollisionClaim", "fields": {"AUTO_ClaimNumber": "C-1"}}
    await client.admin("POST", "records", claim)
    assert (await client.records("AUTO_CollisionClaim"))[0]["Creator"] == "avery.agent"


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("faults", {"spec": "nonsense=on"}),
        ("faults", {"spec": 5}),
        ("records", {"id": "nobody"}),
        ("records", []),
    ],
)
async def test_a_wrong_admin_request_says_what_is_wrong(client: Client, path: str, content: object) -> None:
    """The faults in force stay as they were."""
    await client.admin("POST", "faults", {"spec": "hide=on"})
    assert (await client.admin("POST", path, content))["error"]
    assert list((await client.admin("GET", "faults"))["rules"]) == ["hide"]


async def test_a_reset_brings_the_first_start_back(start: Start) -> None:
    """Records, departures, ordinals and limits are forgotten; faults and sign-ins stay, numbers go on."""
    client = await start("http_503_before=at:2,daily_limit=2")
    await client.create({"Subject": "x"})
    await client.admin("POST", "reset")
    assert await client.records("Case") == []
    assert len(await client.records("User")) == 4
    assert (await client.create({"Subject": "y"}))[0] == 201
    assert (await client.records("Case"))[0]["CaseNumber"] == "00001002"
    assert (await client.admin("GET", "requests"))["count"] == 1
