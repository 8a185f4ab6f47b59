"""Lost answers settled by asking: 0 duplicates, 0 created rows called failed, 0 rows lost (promise P2)."""

import pytest

from importer.model.errors import Exit
from importer.model.outcome import Status
from tests.pipeline.conftest import Open
from tests.stage import CASE, COLLECTIONS, CONTACT, Kind, Stage

SOON = 'rate = "5000/s"\nconcurrency = 5\nsettle_after = "1500ms"\nrequest_timeout = "1s"\n'
FAULTS = [
    "lose_after_commit",
    "lose_before_commit",
    "http_500_after",
    "http_500_before",
    "http_503_after",
    "http_503_before",
    "http_504_after",
    "html_200_after",
    "html_200_before",
    "cut_json",
    "cut_gzip",
    "late_commit",
    "hang",
    "endless",
    "flood",
]
ALL_FAULTS = ",".join(f"{fault}=at:{4 + 4 * place}" for place, fault in enumerate(FAULTS))
"""Each fault once, far enough apart that the server never counts as away."""
ENOUGH_ROWS = 4 * len(FAULTS) + 4


def accounted(stage: Stage, lines: list[dict[str, str]], rows: int) -> None:
    """Every row has a line, nothing was made twice, and what is called created is there and nowhere else."""
    assert len(lines) == rows
    texts = stage.texts()
    assert len(set(texts)) == len(texts), "a record was made twice"
    by_id = {record["id"]: record[stage.kind.text] for record in stage.records()}
    for line in lines:
        status = line["import_status"]
        if status in ("created", "exists"):
            assert by_id[line["import_id"]] == line["Text"]
        else:
            assert status == "in_doubt" or line["Text"] not in texts, "a created row is called failed"


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize(
    ("kind", "keyed"),
    [(CASE, True), (CASE, False), (CONTACT, True), (COLLECTIONS, True), (COLLECTIONS, False)],
    ids=["match", "content", "contact", "collections-match", "collections-content"],
)
async def test_salesforce_settles_every_lost_answer(
    open_kind: Open, kind: Kind, keyed: bool, fault: str
) -> None:
    """By key or by content: the run ends with 0, each row is created once."""
    at = "at:2" if kind is COLLECTIONS else "at:3+7"  # one request of five rows, or two of one
    stage = await open_kind(kind, f"{fault}={at},late_by=400ms", keyed=keyed)
    stage.extra = SOON
    ended = await stage.run(stage.write(stage.kind.rows(10)))
    accounted(stage, stage.lines(ended), 10)
    assert ended.counts == {"created": 10} and ended.exit == Exit.DONE, (ended.counts, stage.notices())


@pytest.mark.parametrize("keyed", [True, False])
async def test_every_twentieth_answer_is_lost(open_kind: Open, keyed: bool) -> None:
    """The measure of the issue, at a tenth of its size: no duplicate, no false failure."""
    stage = await open_kind(CASE, "lose_after_commit=every:20,http_503_after=every:33", keyed=keyed)
    stage.extra = SOON.replace("concurrency = 5", "concurrency = 20")
    ended = await stage.run(stage.write(stage.kind.rows(200)))
    accounted(stage, stage.lines(ended), 200)
    assert ended.counts == {"created": 200} and len(stage.records()) == 200


async def test_equal_rows_that_were_lost_are_shared_out(open_kind: Open) -> None:
    """Two equal rows without a key, one created and one not: one is found, the other sent once more."""
    stage = await open_kind(CASE, "lose_after_commit=at:1,lose_before_commit=at:2", keyed=False)
    stage.extra = SOON
    ended = await stage.run(stage.write(stage.kind.rows(1) * 2))
    assert ended.counts == {"created": 2} and len(stage.records()) == 2
    assert len({line["import_id"] for line in stage.lines(ended)}) == 2


async def test_the_servers_own_normalisation_is_not_a_difference(open_kind: Open) -> None:
    """Trimmed texts, a number rounded to its scale, line ends: still the row's record."""
    stage = await open_kind(CASE, "trim=on,lose_after_commit=at:1", keyed=False)
    stage.extra = SOON
    ended = await stage.run(stage.write([["K-1", "  text with blanks  ", "12.5", "a@example.com"]]))
    assert ended.counts == {"created": 1} and stage.creates() == 1


async def test_a_record_that_a_trigger_changed_stays_in_doubt_with_its_id(open_kind: Open) -> None:
    """Content can prove presence, not absence by difference."""
    stage = await open_kind(CASE, "trigger=on,lose_after_commit=at:2", keyed=False)
    stage.extra = SOON
    ended = await stage.run(stage.write(stage.kind.rows(3)))
    assert ended.counts == {"created": 2, "in_doubt": 1} and stage.creates() == 3
    [doubt] = [line for line in stage.lines(ended) if line["import_status"] == "in_doubt"]
    ids = {record.id for record in stage.running.world.store.select("type = 'Case'", (), "")}
    assert any(record_id in doubt["import_message"] for record_id in ids)


async def test_hidden_records_are_not_taken_for_absent(open_kind: Open) -> None:
    """The answer lacks records that the journal knows to be there: it is not believed."""
    stage = await open_kind(CASE, "hide=on,lose_after_commit=at:2", keyed=False)
    stage.extra = SOON
    ended = await stage.run(stage.write(stage.kind.rows(3)))
    assert ended.counts == {"created": 2, "in_doubt": 1} and stage.creates() == 3


async def test_hidden_records_with_a_unique_key_are_in_doubt(open_kind: Open) -> None:
    """The repeat is refused because the key is there, and nobody shows the record: in doubt, not failed."""
    stage = await open_kind(CASE, "hide=on,lose_after_commit=at:2")
    stage.extra = SOON
    ended = await stage.run(stage.write(stage.kind.rows(3)))
    assert ended.counts == {"created": 2, "in_doubt": 1}
    assert len(stage.running.world.store.select("type = 'Case'", (), "")) == 3


@pytest.mark.parametrize("keyed", [True, False])
async def test_index_lag_is_waited_out(open_kind: Open, keyed: bool) -> None:
    """Queries that do not show young records yet: the question is asked again until they do."""
    stage = await open_kind(CASE, "index_lag=700ms,lose_after_commit=at:2", keyed=keyed)
    stage.extra = SOON
    ended = await stage.run(stage.write(stage.kind.rows(3)))
    assert ended.counts == {"created": 3} and len(stage.records()) == 3


async def test_a_foreign_record_with_the_key_of_a_lost_row_is_not_ours(open_kind: Open) -> None:
    """Somebody else's record has the key: exists, not created, so that undo cannot delete it."""
    stage = await open_kind(CASE, "second_writer_key=at:2,lose_before_commit=at:2")
    stage.extra = SOON.replace("concurrency = 5", "concurrency = 1")
    stage.fault("lose_before_commit=at:2")
    path = stage.write(stage.kind.rows(3))
    stage.fault("lose_before_commit=at:2,second_writer_key=at:4")
    ended = await stage.run(path)
    statuses = [line["import_status"] for line in stage.lines(ended)]
    assert statuses == ["created", "exists", "created"], stage.notices()
    assert stage.texts() == ["text 1", "text 3"]


async def test_the_clock_of_the_server_may_be_wrong(open_kind: Open) -> None:
    """Windows are reckoned on the server's clock, measured when signing in."""
    for clock in ("-90s", "+3600s"):
        stage = await open_kind(CASE, f"clock={clock},lose_after_commit=at:2", keyed=False)
        stage.folder = stage.folder / clock
        stage.folder.mkdir()
        stage.extra = SOON
        ended = await stage.run(stage.write([["x", f"text {clock} {n}", "1", "a@b.cc"] for n in range(3)]))
        assert ended.counts == {"created": 3} and stage.creates() == 3
        await stage.running.stop()


async def test_doubts_of_a_killed_run_are_settled_by_another_file(open_kind: Open) -> None:
    """The file was renamed and grown after its run left a doubt: the doubt is asked about there."""
    stage = await open_kind(CASE, "lose_before_commit=at:2")
    stage.extra = SOON.replace("concurrency = 5", "concurrency = 1") + "settle_by_content = false\n"
    rows = stage.kind.rows(3)
    stage.fault("lose_before_commit=at:2,http_503_before=on@query")
    first = await stage.run(stage.write(rows))
    assert first.counts == {"created": 2, "in_doubt": 1} and "could not be asked" in stage.notices()
    stage.fault("")
    second = await stage.run(stage.write([*rows, *stage.kind.rows(1, 50)], "renamed.csv"))
    assert second.exit == Exit.DONE and second.counts == {"exists": 2, "created": 2}
    assert stage.texts() == ["text 1", "text 2", "text 3", "text 50"]
    last = await stage.run(stage.folder / "in.csv")
    assert last.exit == Exit.DONE and set(last.counts) <= {"created", "exists"}


async def test_doubts_are_settled_at_the_next_start(open_kind: Open) -> None:
    """The server could not be asked at the end of the run; the same command asks it first."""
    for keyed in (True, False):
        stage = await open_kind(CASE, "", keyed=keyed)
        stage.folder = stage.folder / str(keyed)
        stage.folder.mkdir()
        stage.extra = SOON
        stage.fault("lose_after_commit=at:2,http_503_before=on@query")
        path = stage.write(
            [
                ["x", f"text {keyed} {n}", "1", "a@b.cc"]
                if not keyed
                else [f"{keyed}{n}", f"text {keyed} {n}", "1", "a@b.cc"]
                for n in range(3)
            ]
        )
        first = await stage.run(path)
        assert first.counts == {"created": 2, "in_doubt": 1}
        stage.fault("")
        second = await stage.run(path)
        assert second.counts == {"created": 3} and second.exit == Exit.DONE and stage.creates() == 0
        settled = [event for event in stage.settled() if event.status is Status.CREATED]
        assert len(settled) == 3
        await stage.running.stop()


async def test_the_key_may_be_spelt_otherwise_than_the_schema_does(open_kind: Open) -> None:
    """Property names are compared without regard to case, in settling too: nothing is sent a second time."""
    stage = await open_kind(CASE, "lose_after_commit=at:2")
    stage.extra = SOON
    spelt = stage.mapping().read_text("utf-8").replace("match: Legacy_Id__c", "match: legacy_id__C")
    ended = await stage.run(stage.write(stage.kind.rows(3)), mapping=stage.mapping(spelt))
    assert ended.counts == {"created": 3} and stage.creates() == 3


async def test_a_record_that_a_trigger_changed_is_found_by_its_key(open_kind: Open) -> None:
    """By key the values do not matter: it is the row's record."""
    stage = await open_kind(CASE, "trigger=on,lose_after_commit=at:2")
    stage.extra = SOON
    ended = await stage.run(stage.write(stage.kind.rows(3)))
    assert ended.counts == {"created": 3} and stage.creates() == 3
