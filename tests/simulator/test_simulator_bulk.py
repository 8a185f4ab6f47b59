"""Bulk API 2.0 ingest: jobs, uploads, what becomes of their rows, and what goes wrong with them."""

from __future__ import annotations

import asyncio
import csv
import http.client
import io
import urllib.request
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from simulator_client import DATA, Client, Start

from importer.simulator import Options, serve

JOBS = "/jobs/ingest"


async def raw(client: Client, method: str, path: str, data: bytes | None = None, **headers: str) -> Any:
    """Call with a body that is not JSON; give status and text."""
    if not client.token:
        await client.sign_in()
    headers = {"Authorization": f"Bearer {client.token}", "Content-Type": "text/csv"} | headers
    async with client.session.request(method, client.url(DATA + path), data=data, headers=headers) as answer:
        return answer.status, await answer.text()


async def open_job(client: Client, content: str | bytes, **settings: Any) -> str:
    """Create a job and upload to it; give its path."""
    settings = {"object": "Case", "operation": "insert"} | settings
    status, job = await client.salesforce("POST", JOBS, settings)
    assert status == 200, job
    data = content if isinstance(content, bytes) else content.encode()
    assert await raw(client, "PUT", f"{JOBS}/{job['id']}/batches", data) == (201, "")
    return f"{JOBS}/{job['id']}"


async def close(client: Client, job: str, state: str = "UploadComplete") -> tuple[int, Any]:
    return await client.salesforce("PATCH", job, {"state": state})


async def ended(client: Client, job: str) -> dict[str, Any]:
    """Poll until the job has ended; give what is told of it."""
    while True:
        _, info = await client.salesforce("GET", job)
        if info["state"] not in {"UploadComplete", "InProgress"}:
            return dict(info)


async def run(client: Client, content: str | bytes, **settings: Any) -> tuple[str, dict[str, Any]]:
    job = await open_job(client, content, **settings)
    await close(client, job)
    return job, await ended(client, job)


async def rows(client: Client, job: str, name: str, delimiter: str = ",") -> list[dict[str, str]]:
    status, text = await raw(client, "GET", f"{job}/{name}")
    assert status == 200, text
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))


async def results(client: Client, job: str) -> tuple[list[Any], list[Any], list[Any]]:
    names = ("successfulResults", "failedResults", "unprocessedrecords")
    saved, failed, unprocessed = [await rows(client, job, name) for name in names]
    return saved, failed, unprocessed


async def test_a_job_from_open_to_results(client: Client) -> None:
    """Each step answers as documented; rows are saved, and results echo what was uploaded, quoted."""
    status, job = await client.salesforce("POST", JOBS, {"object": "case", "operation": "insert"})
    assert (status, job["state"], job["apiVersion"], job["object"]) == (200, "Open", 67.0, "Case")
    assert (job["lineEnding"], job["columnDelimiter"], job["jobType"]) == ("LF", "COMMA", "V2Ingest")
    assert job["contentUrl"] == f"services/data/v67.0/jobs/ingest/{job['id']}/batches"
    assert "numberRecordsProcessed" not in job
    path = f"{JOBS}/{job['id']}"
    content = b'Legacy_Id__c,Subject,Description\nL-1,"A ""quoted"", one","two\nlines"\nL-2,,#N/A\n'
    assert await raw(client, "PUT", path + "/batches/", content) == (201, "")
    status, closed = await close(client, path)
    assert (status, closed["state"]) == (200, "UploadComplete")
    info = await ended(client, path)
    assert (info["state"], info["numberRecordsProcessed"], info["numberRecordsFailed"]) == (
        *("JobComplete", 2, 0),
    )
    assert {"retries", "totalProcessingTime", "apiActiveProcessingTime", "apexProcessingTime"} <= set(info)
    status, text = await raw(client, "GET", path + "/successfulResults/")
    assert text.splitlines()[0] == '"sf__Id","sf__Created","Legacy_Id__c","Subject","Description"'
    first, second = await client.records("Case")
    assert f'"{first["Id"]}","true","L-1","A ""quoted"", one","two\nlines"\n' in text
    assert f'"{second["Id"]}","true","L-2","","#N/A"\n' in text
    assert (first["Subject"], first["Description"], second.get("Subject")) == (
        *('A "quoted", one', "two\nlines", None),
    )


async def test_results_come_in_another_order_and_failed_rows_say_why(client: Client) -> None:
    """500 rows: none is lost, none told twice, the order is not that of the upload."""
    lines = [f"L-{n},{'not-a-mail' if n % 5 == 0 else ''}" for n in range(1, 501)]
    job, info = await run(client, "Legacy_Id__c,SuppliedEmail\n" + "\n".join(lines) + "\n")
    assert (info["numberRecordsProcessed"], info["numberRecordsFailed"]) == (500, 100)
    saved, failed, unprocessed = await results(client, job)
    assert (len(saved), len(failed), unprocessed) == (400, 100, [])
    keys = [row["Legacy_Id__c"] for row in saved]
    assert sorted(keys + [row["Legacy_Id__c"] for row in failed]) == sorted(f"L-{n}" for n in range(1, 501))
    assert keys != sorted(keys, key=lambda key: int(key[2:]))
    message = "INVALID_EMAIL_ADDRESS:Email Address: invalid email address: not-a-mail:SuppliedEmail --"
    assert failed[0]["sf__Error"] == message
    assert failed[0]["sf__Id"] == ""


ROWS = [
    ("Subject,AccountId\nx,l-1\n", "MALFORMED_ID:Account ID: id value of incorrect type: l-1:AccountId --"),
    ("Amount__c\nmany\n", "INVALID_TYPE_ON_FIELD_IN_RECORD:"),
    ("Reported_At__c\n2017-10-17 00:00:00\n", "INVALID_TYPE_ON_FIELD_IN_RECORD:"),
    ("CaseNumber\n1\n", "INVALID_FIELD_FOR_INSERT_UPDATE:"),
    ("Id\n500Hs00001ABCdeIAH\n", "INVALID_FIELD:"),
    ("Account.Legacy_Id__c\nNOBODY\n", "INVALID_FIELD:Foreign key external ID: NOBODY not found"),
    ('Subject,Origin\n"a" ,Web\n', "INVALID_ROW:"),
    ("Subject,Origin\nonly one\n", "INVALID_ROW:"),
    (b"Subject\n\xff\n", "INVALID_ROW:"),
]


@pytest.mark.parametrize(("content", "message"), ROWS)
async def test_a_row_fails_alone(client: Client, content: str | bytes, message: str) -> None:
    """The job completes; failedResults holds the code of the row, up to the first colon."""
    job, info = await run(client, content)
    saved, [failed], _ = await results(client, job)
    assert (info["state"], info["numberRecordsFailed"], saved) == ("JobComplete", 1, [])
    assert failed["sf__Error"].startswith(message)


JOB_FAULTS = [
    (b"\xef\xbb\xbfSubject\nx\n", {}, "InvalidBatch : Field name not found : \ufeffSubject"),
    ("Subject,Foo__c\nx,y\n", {}, "InvalidBatch : Field name not found : Foo__c"),
    ("Subject,row_number\nx,1\n", {}, "InvalidBatch : Field name not found : row_number"),
    ("Owner.Username\nx\n", {}, "InvalidBatch : Field name not found : Owner.Username"),
    ("Account.Name\nx\n", {}, "InvalidBatch : Field name not found : Account.Name"),
    (
        "Case:Parent.Legacy_Id__c\nx\n",
        {},
        "InvalidBatch : type is not needed for non polymorphic foreign key references: Parent",
    ),
    ("Subject\r\nx\r\n", {}, "ClientInputError : LineEnding is invalid on user data. Current LineEnding"),
    ('Subject\n"a\r\nb"\n', {}, "ClientInputError : LineEnding is invalid"),
    ("Subject\nx\n", {"lineEnding": "CRLF"}, "ClientInputError : LineEnding is invalid"),
    ("Subject\nx\n", {"operation": "update"}, "InvalidBatch : Field name not found : Id"),
    ("", {}, "ClientInputError : "),
    ("Subject;Origin\nx;Web\n", {}, "InvalidBatch : Field name not found : Subject;Origin"),
]


@pytest.mark.parametrize(("content", "settings", "message"), JOB_FAULTS)
async def test_a_job_fails_as_a_whole(
    client: Client, content: str | bytes, settings: dict[str, str], message: str
) -> None:
    """Failed with an errorMessage; no row was looked at, and all are unprocessed."""
    job, info = await run(client, content, **settings)
    assert (info["state"], info["numberRecordsProcessed"]) == ("Failed", 0)
    assert info["errorMessage"].startswith(message)
    assert await client.records("Case") == []
    expected = content if isinstance(content, bytes) else content.encode()
    _, text = await raw(client, "GET", job + "/unprocessedrecords/")
    assert text == expected.decode("utf-8")


async def test_delimiters_line_ends_and_look_ups(client: Client) -> None:
    """Other delimiters and CRLF are read; look-ups by external id, a polymorphic owner with its type."""
    header = "Subject;Account.Legacy_Id__c;User:Owner.Username;ContactId\r\n"
    content = header + "a;ACME-1;agent@example.com;\r\n\r\nb;#N/A;;#N/A"
    settings = {"lineEnding": "CRLF", "columnDelimiter": "SEMICOLON"}
    job, info = await run(client, content, **settings)
    assert (info["state"], info["numberRecordsProcessed"], info["numberRecordsFailed"]) == (
        *("JobComplete", 2, 0),
    )
    assert len(await rows(client, job, "successfulResults", ";")) == 2
    _, found = await client.soql("SELECT Subject, Account.Name, Owner.Name FROM Case ORDER BY Subject")
    seen = [(each["Account"] and each["Account"]["Name"], each["Owner"]["Name"]) for each in found["records"]]
    assert seen == [("Acme Corporation", "Avery Agent"), (None, "Import User")]


async def test_upsert_update_and_delete(client: Client) -> None:
    """created tells them apart; #N/A clears, an empty cell is left alone; failed hits carry their id."""
    await run(client, "Legacy_Id__c,Subject,Origin\nL-1,one,Web\nL-2,two,Web\n")
    one, two = (case["Id"] for case in await client.records("Case"))
    content = "legacy_id__c,Subject,Origin\nl-1,,#N/A\nL-3,new,\nL-2,x,\nL-2,y,\n"
    job, _ = await run(client, content, operation="upsert", externalIdFieldName="Legacy_Id__c")
    saved, failed, _ = await results(client, job)
    assert {row["legacy_id__c"]: row["sf__Created"] for row in saved} == {"l-1": "false", "L-3": "true"}
    assert {(row["sf__Id"], row["sf__Error"].partition(":")[0]) for row in failed} == {
        (two, "DUPLICATE_EXTERNAL_ID")
    }
    assert len(failed) == 2
    job, _ = await run(client, f"Id,Subject\n{two},TWO\n500Hs00001ABCde,gone\n", operation="update")
    saved, [failed_row], _ = await results(client, job)
    assert (saved[0]["sf__Created"], failed_row["sf__Id"]) == ("false", "500Hs00001ABCde")
    job, _ = await run(client, f"Id\n{one}\n{one}\n", operation="delete")
    saved, [failed_row], _ = await results(client, job)
    assert (saved[0]["sf__Id"], failed_row["sf__Error"].partition(":")[0]) == (one, "ENTITY_IS_DELETED")
    _, found = await client.soql("SELECT Legacy_Id__c, Subject, Origin FROM Case ORDER BY Legacy_Id__c")
    values = [(each["Legacy_Id__c"], each["Subject"], each["Origin"]) for each in found["records"]]
    assert values == [("L-2", "TWO", "Web"), ("L-3", "new", None)]


@pytest.mark.parametrize(
    ("settings", "switch", "owner"),
    [
        ({}, "off", "Import User"),
        ({}, "on", "Triage"),
        ({"assignmentRuleId": "01QSm0000004C93MAE"}, "off", "Triage"),
    ],
)
async def test_the_assignment_rule_of_a_job(
    start: Start, settings: dict[str, str], switch: str, owner: str
) -> None:
    """It runs for a job that names it; whether it runs without is unknown, and a switch."""
    client = await start(f"bulk_assignment={switch}")
    await run(client, "Subject\nx\n", **settings)
    _, found = await client.soql("SELECT Owner.Name FROM Case")
    assert found["records"][0]["Owner"]["Name"] == owner


NO_JOBS = [
    ({"operation": "frobnicate"}, 400, "INVALIDJOB"),
    ({"operation": "hardDelete"}, 400, "FEATURENOTENABLED"),
    ({"object": "Csae"}, 404, "NOT_FOUND"),
    ({"columnDelimiter": "HASH"}, 400, "INVALIDJOB"),
    ({"lineEnding": "CR"}, 400, "INVALIDJOB"),
    ({"contentType": "JSON"}, 400, "INVALIDJOB"),
    ({"operation": "upsert"}, 400, "INVALIDJOB"),
    ({"operation": "upsert", "externalIdFieldName": "Subject"}, 400, "INVALIDJOB"),
    ({"assignmentRuleId": "01Q000000000000"}, 400, "INVALID_ASSIGNMENT_RULE"),
]


@pytest.mark.parametrize(("settings", "status", "code"), NO_JOBS)
async def test_what_is_no_job(client: Client, settings: dict[str, str], status: int, code: str) -> None:
    """A list with errorCode; no job is made."""
    content = {"object": "Case", "operation": "insert"} | settings
    answered, answer = await client.salesforce("POST", JOBS, content)
    assert (answered, answer[0]["errorCode"]) == (status, code)
    assert (await client.salesforce("GET", JOBS))[1]["records"] == []


async def test_each_state_takes_its_own_steps(client: Client) -> None:
    """One upload, one close, results when it has ended, delete when it is not open; else 400."""
    job = await open_job(client, "Subject\nx\n")
    for method, path, content in (
        ("PUT", job + "/batches", b"Subject\ny\n"),
        ("GET", job + "/successfulResults", None),
        ("DELETE", job, None),
    ):
        assert (await raw(client, method, path, content))[0] == 400
    assert (await raw(client, "PUT", job + "/batches", b"{}", **{"Content-Type": "application/json"}))[
        0
    ] == 415
    empty = (await client.salesforce("POST", JOBS, {"object": "Case", "operation": "insert"}))[1]["id"]
    assert (await close(client, f"{JOBS}/{empty}"))[0] == 400
    assert (await close(client, job, "JobComplete"))[0] == 400
    await close(client, job)
    await ended(client, job)
    for state in ("UploadComplete", "Aborted"):
        status, answer = await close(client, job, state)
        assert (status, answer[0]["errorCode"]) == (400, "INVALIDJOBSTATE")
    assert await raw(client, "DELETE", job) == (204, "")
    for path in (job, job + "/failedResults", JOBS + "/750Hs00001ABCde"):
        status, answer = await client.salesforce("GET", path)
        assert (status, answer[0]["errorCode"]) == (404, "NOT_FOUND")


async def test_an_aborted_job_leaves_the_rest_unprocessed(start: Start) -> None:
    """What was done stays done; saved and unprocessed rows together are the upload."""
    client = await start("bulk_row_time=1ms")
    job = await open_job(client, "Legacy_Id__c\n" + "".join(f"L-{n}\n" for n in range(600)))
    await close(client, job)
    while not (await client.salesforce("GET", job))[1]["numberRecordsProcessed"]:
        pass
    status, info = await close(client, job, "Aborted")
    assert (status, info["state"]) == (200, "Aborted")
    saved, failed, unprocessed = await results(client, job)
    assert 0 < len(saved) < 600
    assert failed == []
    assert {row["Legacy_Id__c"] for row in (*saved, *unprocessed)} == {f"L-{n}" for n in range(600)}
    assert len(saved) + len(unprocessed) == 600
    assert len(await client.records("Case")) == len(saved)


async def test_jobs_are_listed_in_pages(start: Start) -> None:
    """Without counters; nextRecordsUrl leads on, and is null at the end."""
    client = await start("page_size=2")
    made = [await open_job(client, "Subject\n") for _ in range(3)]
    _, first = await client.salesforce("GET", JOBS + "?jobType=V2Ingest")
    _, second = await client.salesforce("GET", first["nextRecordsUrl"].removeprefix(DATA))
    assert (first["done"], second["done"], second["nextRecordsUrl"]) == (False, True, None)
    listed = [f"{JOBS}/{each['id']}" for each in (*first["records"], *second["records"])]
    assert listed == made
    assert "numberRecordsProcessed" not in first["records"][0]
    assert (await client.salesforce("GET", JOBS + "?jobType=Classic"))[1]["records"] == []


async def test_a_small_job_in_one_request(client: Client) -> None:
    """A form with the parts job and content closes itself; one with too much content is refused."""
    await client.sign_in()
    for size, status in ((1, 200), (100_001, 400)):
        form = aiohttp.FormData()
        form.add_field("job", '{"object":"Case","operation":"insert"}', content_type="application/json")
        content = "Subject\n" + "x" * size + "\n"
        form.add_field("content", content, content_type="text/csv", filename="content")
        headers = {"Authorization": f"Bearer {client.token}"}
        async with client.session.post(client.url(DATA + JOBS + "/"), data=form, headers=headers) as answer:
            assert answer.status == status
            job = await answer.json()
        if status == 200:
            assert job["state"] == "UploadComplete"
            assert (await ended(client, f"{JOBS}/{job['id']}"))["numberRecordsProcessed"] == 1


async def test_an_upload_that_is_too_large_is_refused(start: Start) -> None:
    """The job stays open and takes a smaller one; nothing is left behind."""
    client = await start("bulk_upload_limit=1000")
    _, job = await client.salesforce("POST", JOBS, {"object": "Case", "operation": "insert"})
    path = f"{JOBS}/{job['id']}/batches"
    assert (await raw(client, "PUT", path, b"Subject\n" + b"x" * 1000))[0] == 400
    assert list(client.running.world.folder.iterdir()) == []
    assert (await raw(client, "PUT", path, b"Subject\nx\n"))[0] == 201


async def test_jobs_are_kept_for_seven_days(start: Start) -> None:
    """A week later the job is gone."""
    client = await start()
    job, _ = await run(client, "Subject\nx\n")
    await client.admin("POST", "faults", {"spec": "clock=169h"})
    await client.sign_in()
    assert (await client.salesforce("GET", job))[0] == 404


async def test_a_job_that_fails_half_way(start: Start) -> None:
    """job_fails: the first half is saved and not undone, the rest is unprocessed."""
    client = await start("job_fails=at:2")
    _, info = await run(client, "Subject\nfine\n")
    assert info["state"] == "JobComplete"
    job, info = await run(client, "Subject\n" + "".join(f"{n}\n" for n in range(1, 8)))
    assert (info["state"], info["numberRecordsProcessed"]) == ("Failed", 3)
    assert info["errorMessage"].startswith("TooManyLockFailure : ")
    saved, failed, unprocessed = await results(client, job)
    assert ({row["Subject"] for row in saved}, failed) == ({"1", "2", "3"}, [])
    assert [row["Subject"] for row in unprocessed] == ["4", "5", "6", "7"]


async def test_rows_can_be_missing_from_all_results(start: Start) -> None:
    """results_missing: saved, counted, told nowhere. Beyond the day's batches: not even saved."""
    client = await start("results_missing=on,fault_rows=at:2+4")
    job, info = await run(client, "Subject\n1\n2\n3\n4\n5\n")
    assert info["numberRecordsProcessed"] == 5
    saved, failed, unprocessed = await results(client, job)
    assert ({row["Subject"] for row in saved}, failed, unprocessed) == ({"1", "3", "5"}, [], [])
    assert len(await client.records("Case")) == 5
    await client.admin("POST", "faults", {"spec": "bulk_batch=2,bulk_daily_batches=3"})
    job, info = await run(client, "Subject\na\nb\nc\nd\ne\n")  # the first job was one batch of 10,000
    assert (info["state"], info["numberRecordsProcessed"]) == ("JobComplete", 4)
    saved, failed, unprocessed = await results(client, job)
    assert ({row["Subject"] for row in saved}, failed, unprocessed) == ({"a", "b", "c", "d"}, [], [])
    assert len(await client.records("Case")) == 9


@pytest.mark.parametrize(
    ("fault", "texts", "failed"),
    [
        ("trigger", ["1", "[checked] 2", "3"], 0),
        ("second_writer", ["1", "2", "2", "3"], 0),
        ("hide", ["1", "2", "3"], 0),
        ("row_lock", ["1", "3"], 1),
    ],
)
async def test_faults_while_saving_strike_rows_of_the_job_that_is_closed(
    start: Start, fault: str, texts: list[str], failed: int
) -> None:
    """@close chooses the job, fault_rows its rows."""
    client = await start(f"{fault}=on@close,fault_rows=at:2")
    _, info = await run(client, "Subject\n1\n2\n3\n")
    assert info["numberRecordsFailed"] == failed
    assert [case["Subject"] for case in await client.records("Case")] == texts


@pytest.mark.parametrize("kind", ["job", "upload", "close"])
@pytest.mark.parametrize("fault", ["lose_before_commit", "lose_after_commit"])
async def test_a_lost_answer_to_a_step(start: Start, kind: str, fault: str) -> None:
    """Before the commit the step did not happen; after it, it did, and cannot be taken twice."""
    client = await start(f"{fault}=at:1@{kind}")
    await client.sign_in()
    after = fault == "lose_after_commit"
    create = client.salesforce("POST", JOBS, {"object": "Case", "operation": "insert"})
    if kind == "job":
        with pytest.raises(aiohttp.ClientError):
            await create
        _, listed = await client.salesforce("GET", JOBS)
        assert len(listed["records"]) == after
        return
    path = f"{JOBS}/{(await create)[1]['id']}"
    if kind == "upload":
        with pytest.raises(http.client.RemoteDisconnected):
            await asyncio.to_thread(put_once, client, path + "/batches")
        assert (await raw(client, "PUT", path + "/batches", b"Subject\nx\n"))[0] == (400 if after else 201)
        return
    await raw(client, "PUT", path + "/batches", b"Subject\nx\n")
    with pytest.raises(aiohttp.ClientError):
        await close(client, path)
    assert (await close(client, path))[0] == (400 if after else 200)
    assert (await ended(client, path))["numberRecordsProcessed"] == 1


def put_once(client: Client, path: str) -> None:
    """Upload with a client that does not repeat a PUT by itself, as aiohttp does when its connection ends."""
    request = urllib.request.Request(client.url(DATA + path), b"Subject\nx\n", method="PUT")
    request.add_header("Authorization", f"Bearer {client.token}")
    request.add_header("Content-Type", "text/csv")
    urllib.request.urlopen(request)


async def test_a_cut_result_file_ends_the_connection_early(start: Start) -> None:
    """cut_json on results: fewer bytes than promised; asked again, all are there."""
    client = await start("cut_json=at:1@result")
    job, _ = await run(client, "Subject\nx\n")
    with pytest.raises(aiohttp.ClientPayloadError):
        await raw(client, "GET", job + "/successfulResults")
    assert len(await rows(client, job, "successfulResults")) == 1


async def test_a_job_goes_on_after_a_restart(tmp_path: Path) -> None:
    """No row is saved twice, none is lost, and the results hold each once."""
    options = Options(store=tmp_path / "store.db", faults="bulk_row_time=1ms", seed=7)
    running = await serve(options)
    lines = "".join(f"L-{n}\n" for n in range(700))
    async with aiohttp.ClientSession() as session:
        client = Client(running, session)
        job = await open_job(client, "Legacy_Id__c\n" + lines)
        await close(client, job)
        while not (await client.salesforce("GET", job))[1]["numberRecordsProcessed"]:
            pass
        await running.stop()
    running = await serve(Options(store=tmp_path / "store.db", seed=7))
    async with aiohttp.ClientSession() as session:
        client = Client(running, session)
        info = await ended(client, job)
        assert (info["state"], info["numberRecordsProcessed"], info["numberRecordsFailed"]) == (
            *("JobComplete", 700, 0),
        )
        saved, _, _ = await results(client, job)
        assert {row["sf__Id"] for row in saved} == {case["Id"] for case in await client.records("Case")}
        assert len(saved) == 700
        await client.admin("POST", "reset")
        assert (await client.salesforce("GET", job))[0] == 404
        assert list(running.world.folder.iterdir()) == []
        await running.stop()


async def test_other_requests_are_answered_while_a_job_works(start: Start) -> None:
    """A job waits its time in the queue and takes its time for each row; nobody waits for it."""
    client = await start("bulk_queue=50ms,bulk_row_time=1ms")
    job = await open_job(client, "Subject\n" + "x\n" * 250)
    await close(client, job)
    states = []
    while not states or states[-1] != "JobComplete":
        _, info = await client.salesforce("GET", job)
        if not states or states[-1] != info["state"]:
            states.append(info["state"])
        await asyncio.sleep(0.002)
    assert states == ["UploadComplete", "InProgress", "JobComplete"]


@pytest.mark.parametrize(("switch", "calls"), [("on", 4), ("off", 0)])
async def test_whether_requests_about_jobs_count(start: Start, switch: str, calls: int) -> None:
    """It is not known whether they do, so it is a switch; batches always count."""
    client = await start(f"bulk_counts={switch}")
    job = await open_job(client, "Subject\nx\n")
    await close(client, job)
    await asyncio.sleep(0)
    await client.salesforce("GET", job)
    assert client.running.world.systems[0].calls == calls  # type: ignore[attr-defined]
    await ended(client, job)
    _, limits = await client.salesforce("GET", "/limits")
    assert limits["DailyBulkApiBatches"]["Max"] - limits["DailyBulkApiBatches"]["Remaining"] == 1
