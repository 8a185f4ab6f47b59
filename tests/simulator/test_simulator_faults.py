"""Faults over real HTTP: what the client sees, and what is saved."""

from __future__ import annotations

import asyncio
import gzip
import sqlite3
import time
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from simulator_client import CASES, DATA, Client, Start

from importer.simulator import Options, serve

SYSTEMS = ["salesforce", "ibm"]


async def create(client: Client, system: str, number: int = 1) -> tuple[int, str]:
    """Create one record; give status and the raw text of the answer."""
    if system == "salesforce":
        if not client.token:
            await client.sign_in()
        content: dict[str, Any] = {"Subject": str(number), "Legacy_Id__c": f"L-{number}"}
        headers = {"Authorization": f"Bearer {client.token}"}
        url = client.url(DATA + "/sobjects/Case")
    else:
        values = {"AUTO_ClaimDate": "2024-05-02T08:00:00Z", "AUTO_ClaimNumber": f"C-{number}"}
        values["AUTO_InsuredName"] = str(number)
        items = [{"SymbolicName": name, "Value": value} for name, value in values.items()]
        content = {"CaseType": "AUTO_CollisionClaim", "TargetObjectStore": "ATOSME", "Properties": items}
        headers = {"Authorization": "Basic aWNtOnM="}
        url = client.url(CASES + "/cases")
    async with client.session.post(url, json=content, headers=headers) as answer:
        return answer.status, (await answer.read()).decode("latin-1")


async def saved(client: Client, system: str) -> list[dict[str, Any]]:
    return await client.records("Case" if system == "salesforce" else "AUTO_CollisionClaim")


def test_every_fault_has_a_test_here() -> None:
    """The table of faults agrees with this module, and that of bulk jobs."""
    from importer.simulator.faults import FAULTS

    modules = (Path(__file__), Path(__file__).with_name("test_simulator_bulk.py"))
    text = "".join(module.read_text(encoding="utf-8") for module in modules)
    assert [name for name in FAULTS if name not in text] == []


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize(("fault", "count"), [("lose_before_commit", 0), ("lose_after_commit", 1)])
async def test_a_lost_answer_drops_the_connection(start: Start, system: str, fault: str, count: int) -> None:
    """The client sees its connection end; the record exists only when the loss came after the commit."""
    client = await start(f"{fault}=on")
    with pytest.raises(aiohttp.ClientError):
        await create(client, system)
    assert len(await saved(client, system)) == count


REFUSED = [
    ("http_429", "salesforce", 429, 0, "REQUEST_LIMIT_EXCEEDED"),
    ("http_429", "ibm", 429, 0, "<html>"),
    ("http_500_before", "salesforce", 500, 0, "UNKNOWN_EXCEPTION"),
    ("http_500_before", "ibm", 500, 0, "UserMessage"),
    ("http_500_after", "salesforce", 500, 1, "UNKNOWN_EXCEPTION"),
    ("http_500_after", "ibm", 500, 1, "UserMessage"),
    ("http_503_before", "salesforce", 503, 0, "<html>"),
    ("http_503_before", "ibm", 503, 0, "<html>"),
    ("http_503_after", "salesforce", 503, 1, "<html>"),
    ("http_503_after", "ibm", 503, 1, "<html>"),
    ("http_504_after", "salesforce", 504, 1, "<html>"),
    ("http_504_after", "ibm", 504, 1, "<html>"),
    ("html_200_before", "salesforce", 200, 0, "<form>"),
    ("html_200_before", "ibm", 200, 0, "<form>"),
    ("html_200_after", "salesforce", 200, 1, "<form>"),
    ("html_200_after", "ibm", 200, 1, "<form>"),
    ("concurrent_requests", "salesforce", 403, 0, "ConcurrentRequests"),
    ("concurrent_requests", "ibm", 429, 0, "<html>"),
    ("row_lock", "salesforce", 400, 0, "UNABLE_TO_LOCK_ROW"),
    ("row_lock", "ibm", 500, 0, "FNRCE0019E"),
]


@pytest.mark.parametrize(("fault", "system", "status", "count", "told"), REFUSED)
async def test_a_false_answer(
    start: Start, fault: str, system: str, status: int, count: int, told: str
) -> None:
    """The answer of the table, with the record saved only by faults that strike after the commit."""
    client = await start(f"{fault}=on")
    answered, text = await create(client, system)
    assert (answered, told in text) == (status, True)
    assert len(await saved(client, system)) == count


@pytest.mark.parametrize("system", SYSTEMS)
async def test_a_cut_body_ends_the_connection_early(start: Start, system: str) -> None:
    """Fewer bytes come than Content-Length promised."""
    client = await start("cut_json=on")
    with pytest.raises(aiohttp.ClientPayloadError):
        await create(client, system)
    assert len(await saved(client, system)) == 1


@pytest.mark.parametrize("system", SYSTEMS)
async def test_a_cut_gzip_body_is_framed_correctly(start: Start, system: str) -> None:
    """All promised bytes come, but the gzip stream inside is not complete."""
    running = (await start("cut_gzip=on")).running
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        client = Client(running, session)
        status, text = await create(client, system)
        assert status == 201
        with pytest.raises(EOFError):
            gzip.decompress(text.encode("latin-1"))
        assert len(await saved(client, system)) == 1


@pytest.mark.parametrize("fault", ["endless", "flood"])
async def test_a_body_without_end_goes_on(start: Start, fault: str) -> None:
    """Blanks keep coming after the headers of a success."""
    client = await start(f"{fault}=on")
    await client.sign_in()
    headers, url = {"Authorization": f"Bearer {client.token}"}, client.url(DATA + "/sobjects/Case")
    async with client.session.post(url, json={"Subject": "x"}, headers=headers) as answer:
        assert answer.status == 201
        for _ in range(3):
            assert set(await answer.content.readany()) == {32}
    assert len(await saved(client, "salesforce")) == 1


async def test_an_answer_that_never_comes(start: Start) -> None:
    """The record is saved, the connection stays open and silent until the client gives up."""
    client = await start("hang=on")
    await client.sign_in()
    request = asyncio.create_task(create(client, "salesforce"))
    while not await saved(client, "salesforce"):
        pass
    assert not request.done()
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request


@pytest.mark.parametrize("system", SYSTEMS)
async def test_a_client_that_gives_up_does_not_undo_its_create(start: Start, system: str) -> None:
    """The server goes on when the connection ends during its latency."""
    client = await start("latency=100ms")
    await client.sign_in()
    request = asyncio.create_task(create(client, system))
    while not (await client.admin("GET", "faults"))["ordinals"].get("create"):
        pass
    request.cancel()
    while not await saved(client, system):
        pass
    assert request.cancelled()


async def test_a_slow_answer_comes_late(start: Start) -> None:
    """The record is saved before the wait."""
    client = await start("slow=on,slow_for=100ms")
    begun = time.monotonic()
    assert (await create(client, "salesforce"))[0] == 201
    assert time.monotonic() - begun >= 0.1


@pytest.mark.parametrize("system", SYSTEMS)
async def test_a_late_commit_follows_the_drop(start: Start, system: str) -> None:
    """The client is dropped first, the record appears afterwards."""
    client = await start("late_commit=on,late_by=100ms")
    with pytest.raises(aiohttp.ClientError):
        await create(client, system)
    assert await saved(client, system) == []
    while not await saved(client, system):
        pass


async def test_an_expiring_session_refuses_its_own_request(start: Start) -> None:
    """The second create is 401 and so is the third, until somebody signs in again."""
    client = await start("expire_session=at:2")
    statuses = [(await create(client, "salesforce", number))[0] for number in (1, 2, 3)]
    await client.sign_in()
    assert [*statuses, (await create(client, "salesforce", 4))[0]] == [201, 401, 401, 201]
    assert [case["Subject"] for case in await saved(client, "salesforce")] == ["1", "4"]


@pytest.mark.parametrize(
    ("system", "fault", "texts"),
    [
        ("salesforce", "trigger", ["[checked] 1"]),
        ("salesforce", "second_writer", ["1", "1"]),
        ("salesforce", "hide", ["1"]),
        ("salesforce", "case_failed", ["1"]),
        ("ibm", "trigger", ["[checked] 1"]),
        ("ibm", "second_writer", ["1", "1"]),
        ("ibm", "hide", ["1"]),
        ("ibm", "case_failed", ["1"]),
    ],
)
async def test_what_changes_while_a_record_is_saved(
    start: Start, system: str, fault: str, texts: list[str]
) -> None:
    """The create succeeds; the store holds what the fault made of it."""
    client = await start(f"{fault}=on")
    assert (await create(client, system))[0] == 201
    cases = await saved(client, system)
    assert [case.get("Subject") or case.get("AUTO_InsuredName") for case in cases] == texts
    if fault == "second_writer":
        creators = [case.get("CreatedById") or case.get("Creator") for case in cases]
        assert creators[0] != creators[1]
        assert "Legacy_Id__c" not in cases[0]
        assert "AUTO_ClaimNumber" not in cases[0]


async def test_a_second_writer_can_take_the_key(start: Start) -> None:
    """second_writer_key: our create meets DUPLICATE_VALUE, naming the foreign record."""
    client = await start("second_writer_key=on,duplicate_id=18")
    status, text = await create(client, "salesforce")
    (foreign,) = await saved(client, "salesforce")
    assert (status, foreign["Legacy_Id__c"], foreign["Id"] in text) == (400, "L-1", True)


async def test_a_hidden_record_is_neither_queried_nor_read_nor_named(start: Start) -> None:
    """Its key is taken all the same, and the refusal does not say by whom."""
    client = await start("hide=on")
    _, made = await client.create({"Legacy_Id__c": "L-1"})
    assert (await client.soql("SELECT Id FROM Case"))[1]["totalSize"] == 0
    assert (await client.salesforce("GET", f"/sobjects/Case/{made['id']}"))[0] == 404
    _, content = await client.create({"Legacy_Id__c": "L-1"})
    assert content[0]["message"].endswith("<unknown>")


async def test_index_lag_hides_young_records_from_queries_only(start: Start) -> None:
    """A record that was just made is read by id but not found; what the org came with is found."""
    client = await start("index_lag=1h")
    _, made = await client.create({"Subject": "x"})
    assert (await client.soql("SELECT Id FROM Case"))[1]["totalSize"] == 0
    assert (await client.soql("SELECT Id FROM User"))[1]["totalSize"] == 4
    assert (await client.salesforce("GET", f"/sobjects/Case/{made['id']}"))[0] == 200


async def test_two_creates_on_one_account_lock_each_other(start: Start) -> None:
    """While one is in flight the other is refused; one on another account is not."""
    client = await start("lock_parents=on,latency=100ms")
    _, found = await client.soql("SELECT Id FROM Account ORDER BY Legacy_Id__c LIMIT 2")
    first, second = (record["Id"] for record in found["records"])
    answers = await asyncio.gather(*(client.create({"AccountId": each}) for each in (first, first, second)))
    assert sorted(status for status, _ in answers) == [201, 201, 400]
    assert len(await client.records("Case")) == 2
    assert (await client.create({"AccountId": first}))[0] == 201


@pytest.mark.parametrize(("system", "status"), [("salesforce", 403), ("ibm", 429)])
async def test_creates_beyond_the_concurrent_limit_are_refused(
    start: Start, system: str, status: int
) -> None:
    """Of three at once with a limit of two, one is refused."""
    client = await start("concurrent_limit=2,latency=100ms")
    await client.sign_in()
    answers = await asyncio.gather(*(create(client, system, number) for number in range(3)))
    assert sorted(answered for answered, _ in answers) == [201, 201, status]


@pytest.mark.parametrize(("setting", "date"), [("7s", False), ("date:7s", True), ("2min", False)])
async def test_retry_after_is_given_when_it_is_set(start: Start, setting: str, date: bool) -> None:
    """In seconds or as a date; without the setting there is none."""
    client = await start(f"http_429=on,retry_after={setting}")
    headers = {"Authorization": "Basic aWNtOnM="}
    async with client.session.post(client.url(CASES + "/cases"), json={}, headers=headers) as answer:
        text = answer.headers["Retry-After"]
    assert text.endswith("GMT") if date else text == {"7s": "7", "2min": "120"}[setting]
    await client.admin("POST", "faults", {"spec": "http_429=on"})
    async with client.session.post(client.url(CASES + "/cases"), json={}, headers=headers) as answer:
        assert "Retry-After" not in answer.headers


async def test_texts_are_trimmed_under_the_switch(start: Start) -> None:
    """Both systems store texts without the blanks at their ends."""
    client = await start("trim=on")
    await client.create({"Subject": "  x ", "Description": "   "})
    await client.claim({"AUTO_InsuredName": " y "})
    (case,), (claim,) = await saved(client, "salesforce"), await saved(client, "ibm")
    assert (case["Subject"], case.get("Description"), claim["AUTO_InsuredName"]) == ("x", None, "y")


async def test_the_servers_clock_can_differ(start: Start) -> None:
    """Date headers, audit fields and token times all follow the setting."""
    client = await start("clock=+1h")
    _, content = await client.sign_in()
    assert 3500 < int(content["issued_at"]) / 1000 - time.time() < 3700
    await client.create({"Subject": "x"})
    (case,) = await saved(client, "salesforce")
    assert case["CreatedDate"] > time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + 3000))


async def test_faults_repeat_with_their_seed(start: Start) -> None:
    """Two simulators with one seed spoil the same creates, one with another seed does not."""
    spoilt = []
    for seed in (11, 11, 12):
        client = await start("http_503_before=0.3", seed=seed)
        spoilt.append([number for number in range(40) if (await create(client, "ibm", number))[0] == 503])
    assert spoilt[0] == spoilt[1] != spoilt[2]
    assert (await client.admin("GET", "faults"))["fired"]["http_503_before"] == [n + 1 for n in spoilt[2]]


async def test_faults_of_other_kinds_of_requests(start: Start) -> None:
    """A rule for sign-ins and queries leaves creates alone."""
    client = await start("http_503_before=on@query,html_200_after=at:1@signin")
    async with client.session.post(client.url("/services/oauth2/token"), data={}) as answer:
        assert (answer.status, answer.content_type) == (200, "text/html")
    assert (await client.sign_in())[0] == 200
    assert (await create(client, "salesforce"))[0] == 201
    headers = {"Authorization": f"Bearer {client.token}"}
    async with client.session.get(client.url(DATA + "/query?q=x"), headers=headers) as answer:
        assert answer.status == 503


async def test_what_is_in_flight_is_saved_when_the_simulator_stops(tmp_path: Path) -> None:
    """A stop ends the latency of requests in hand, commits them, and commits late ones."""
    store = tmp_path / "store.db"
    running = await serve(Options(store=store))
    async with aiohttp.ClientSession() as session:
        client = Client(running, session)
        await client.sign_in()
        await client.admin("POST", "faults", {"spec": "latency=1h,late_commit=at:2"})
        tasks = [asyncio.create_task(create(client, "salesforce", number)) for number in (1, 2)]
        while (await client.admin("GET", "faults"))["ordinals"].get("create") != 2:
            pass
        await running.stop()
        await asyncio.gather(*tasks, return_exceptions=True)
    with sqlite3.connect(store) as database:
        rows = database.execute("SELECT count(*) FROM record WHERE type = 'Case'").fetchone()
    database.close()
    assert rows == (2,)
