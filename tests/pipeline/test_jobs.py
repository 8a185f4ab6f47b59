"""Bulk jobs: lost answers, failed jobs, results with gaps, interruption; nothing twice, nothing lost."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from importer.model.errors import Exit
from importer.model.events import Notice
from importer.pipeline.control import Control
from importer.pipeline.job import Ended
from tests.pipeline.conftest import Open
from tests.pipeline.test_settling import SOON, accounted
from tests.stage import BULK, CASE, SMALL_JOBS, Stage, as_csv

KEYED = pytest.mark.parametrize("keyed", [True, False], ids=["match", "content"])
FAULTS = [
    "lose_after_commit=every:3",
    "lose_before_commit=every:3",
    "http_503_after=every:3",
    "http_500_before=every:3",
    "html_200_after=every:3",
    "cut_json=every:3",
    "cut_gzip=every:3",
    "late_commit=every:3,late_by=300ms",
    "hang=every:4",
]
EACH = "job+upload+close+poll+result"


@KEYED
@pytest.mark.parametrize("fault", FAULTS)
async def test_lost_answers_to_every_step_of_a_job(open_kind: Open, fault: str, keyed: bool) -> None:
    """Creating, uploading, closing, asking, fetching: each is asked again, and each row is created once."""
    spec, *rest = fault.split(",")
    stage = await open_kind(BULK, ",".join([f"{spec}@{EACH}", *rest]), keyed=keyed)
    stage.extra = SOON.replace('request_timeout = "1s"', 'request_timeout = "1s"\n')
    ended = await stage.run(stage.write(stage.kind.rows(40)))
    accounted(stage, stage.lines(ended), 40)
    assert ended.counts == {"created": 40} and ended.exit == Exit.DONE, stage.notices()


@KEYED
@pytest.mark.parametrize("fault", ["", f"lose_after_commit=every:3@{EACH}"])
async def test_several_jobs_are_at_work_together(open_kind: Open, fault: str, keyed: bool) -> None:
    """40 rows in jobs of seven: two at the server while the next is collected; each row once, in its place."""
    stage = await open_kind(SMALL_JOBS, ",".join(filter(None, ["bulk_row_time=20ms", fault])), keyed=keyed)
    stage.extra = SOON.replace('request_timeout = "1s"', 'request_timeout = "1s"\n')
    ended = await stage.run(stage.write(stage.kind.rows(40)))
    accounted(stage, stage.lines(ended), 40)
    assert ended.counts == {"created": 40} and ended.exit == Exit.DONE, stage.notices()


async def test_a_failed_job_stops_the_others_and_the_same_command_follows_them(open_kind: Open) -> None:
    """One fails while another is at work: that one is not forgotten, and makes nothing twice."""
    stage = await open_kind(SMALL_JOBS, "bulk_row_time=20ms,job_fails=at:2")
    path = stage.write(stage.kind.rows(40))
    ended = await stage.run(path)
    accounted(stage, stage.lines(ended), 40)
    assert ended.exit == Exit.GUARD and ended.counts["created"] < 40
    again = await stage.run(path)
    accounted(stage, stage.lines(again), 40)
    assert again.counts == {"created": 40} and len(stage.records()) == 40


@KEYED
async def test_rows_without_a_result_are_asked_about(open_kind: Open, keyed: bool) -> None:
    """The job counts them as worked on and shows no line: they exist, and are found."""
    stage = await open_kind(BULK, "results_missing=on,fault_rows=at:3+7", keyed=keyed)
    stage.extra = SOON
    ended = await stage.run(stage.write(stage.kind.rows(20)))
    accounted(stage, stage.lines(ended), 20)
    assert ended.counts == {"created": 20} and len(stage.records()) == 20


async def test_a_job_that_fails_half_way_says_so_and_the_same_command_goes_on(open_kind: Open) -> None:
    """What it made is created, the rest is not sent; exit 6 with the org's words; then all of it."""
    stage = await open_kind(BULK, "job_fails=at:1")
    path = stage.write(stage.kind.rows(20))
    ended = await stage.run(path)
    accounted(stage, stage.lines(ended), 20)
    assert ended.exit == Exit.GUARD and 0 < ended.counts["created"] < 20
    assert ended.counts["created"] + ended.counts["not_sent"] == 20
    again = await stage.run(path)
    assert again.counts == {"created": 20} and len(stage.records()) == 20


@KEYED
async def test_rows_beyond_the_daily_batches_go_by_collections(open_kind: Open, keyed: bool) -> None:
    """They are in no result file: the org is asked, and does not have them."""
    stage = await open_kind(BULK, "bulk_batch=10,bulk_daily_batches=2", keyed=keyed)
    stage.extra = SOON
    ended = await stage.run(stage.write(stage.kind.rows(35)))
    accounted(stage, stage.lines(ended), 35)
    assert ended.counts == {"created": 35} and len(stage.records()) == 35


async def test_locked_rows_of_a_job_go_by_collections(open_kind: Open) -> None:
    """The org gave up on them; they are sent once more in the same run."""
    stage = await open_kind(BULK, "row_lock=on@close,fault_rows=at:2+5")
    ended = await stage.run(stage.write(stage.kind.rows(10)))
    assert ended.counts == {"created": 10} and len(stage.records()) == 10


async def test_what_a_line_cannot_say_goes_by_collections(open_kind: Open) -> None:
    """A text that is #N/A would become null in a job; line breaks and quotes stay what they are."""
    stage = await open_kind(BULK)
    rows = stage.kind.rows(6)
    rows[1][1] = "#N/A"
    rows[2][1] = 'text "quoted", with\nline break'
    rows[3][1] = "  text with blanks around  "
    ended = await stage.run(stage.write(as_csv(rows)))
    assert ended.counts == {"created": 6}
    store = stage.running.world.store.select("type = 'Case'")
    subjects = {record.fields["Legacy_Id__c"]: record.fields["Subject"] for record in store}
    assert [subjects[f"K-{n}"] for n in range(1, 7)] == [row[1] for row in rows]


async def test_refused_rows_are_told_with_code_column_and_words(open_kind: Open) -> None:
    """Failed lines of a job read like refusals of single rows, the row's values put back."""
    mapping = "version: 1\ntarget: salesforce\ncolumns: {Text: Subject, Contact: {to: ContactId, type: id}}\n"
    rows = [["text 1", ""], ["text 2", "003000000000000AAA"], ["text 3", ""]]
    lines = {}
    for kind in (BULK, CASE):
        stage = await open_kind(kind, keyed=False)
        path = stage.write(as_csv(rows, ("Text", "Contact")))
        ended = await stage.run(path, mapping=stage.mapping(mapping), again=bool(lines), yes=True)
        assert ended.counts == {"created": 2, "rejected": 1}
        lines[kind.name] = stage.lines(ended)[1]
        await stage.running.stop()
    ours, single = lines["bulk"], lines["salesforce"]
    assert {name: ours[name] for name in ("import_code", "import_column", "import_message")} == {
        name: single[name] for name in ("import_code", "import_column", "import_message")
    }


async def test_equal_rows_without_a_key_share_their_lines(open_kind: Open) -> None:
    """Five equal rows are five records, each with its own id."""
    stage = await open_kind(BULK, keyed=False)
    ended = await stage.run(stage.write(stage.kind.rows(1) * 5))
    assert ended.counts == {"created": 5} and len(stage.records()) == 5
    assert len({line["import_id"] for line in stage.lines(ended)}) == 5


async def test_calls_that_are_kept_for_others_end_the_run_before_its_job(open_kind: Open) -> None:
    """Exit 5 with a line for each row; with another reserve the same command goes on."""
    stage = await open_kind(BULK, "daily_limit=100")
    extra, stage.extra = stage.extra, f"{stage.extra}reserve_daily_calls = 98\n"
    path = stage.write(stage.kind.rows(5))
    ended = await stage.run(path)
    assert ended.exit == Exit.LATER and ended.counts == {"not_sent": 5} and "98 daily API" in ended.reason
    assert len(stage.lines(ended)) == 5
    stage.extra = extra
    assert (await stage.run(path)).counts == {"created": 5}


async def interrupted(stage: Stage, path: Path, **options: Any) -> Ended:
    """Run until the org works on the job, and be interrupted then."""
    controls: list[Control] = []

    async def interrupt() -> None:
        while stage.running.world.faults.ordinals.get("poll", 0) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        controls[0].interrupt(Exit.INTERRUPTED)

    waiting = asyncio.create_task(interrupt())
    ended = await stage.run(path, during=lambda _event, control: controls.append(control), **options)
    await waiting
    return ended


@KEYED
async def test_an_interrupted_run_takes_its_job_up(open_kind: Open, keyed: bool) -> None:
    """Ctrl-C while the org works: the rows are in doubt meanwhile; the same command hears of them."""
    stage = await open_kind(BULK, "bulk_queue=700ms", keyed=keyed)
    path = stage.write(stage.kind.rows(30))
    first = await interrupted(stage, path)
    assert first.exit == Exit.INTERRUPTED and first.counts == {"in_doubt": 30}
    assert "goes on at the server" in stage.notices()
    again = await stage.run(path)
    assert again.run == first.run and again.counts == {"created": 30} and len(stage.records()) == 30
    assert stage.running.world.faults.ordinals["job"] == 1
    assert any("is taken up" in event.text for event in stage.events if isinstance(event, Notice))


async def test_rows_that_the_results_of_a_job_taken_up_leave_out_are_asked_about(open_kind: Open) -> None:
    """They were in doubt while the job was at work, and no result file tells of them: the org does, by their keys."""
    stage = await open_kind(BULK, "bulk_queue=700ms,results_missing=on,fault_rows=at:3+4")
    stage.extra = SOON
    path = stage.write(stage.kind.rows(10))
    first = await interrupted(stage, path)
    assert first.counts == {"in_doubt": 10}
    again = await stage.run(path)
    assert again.counts == {"created": 10} and len(stage.records()) == 10


async def test_rows_of_a_job_at_work_are_not_sent_by_another_file(open_kind: Open) -> None:
    """The same rows in a grown file wait for the run whose job has them; nothing is made twice."""
    stage = await open_kind(BULK, "bulk_queue=900ms", keyed=False)
    stage.extra = SOON
    path = stage.write(stage.kind.rows(10))
    first = await interrupted(stage, path)
    assert first.counts == {"in_doubt": 10}
    grown = await stage.run(stage.write(stage.kind.rows(12), "grown.csv"))
    assert grown.counts == {"in_doubt": 10, "created": 2}
    await stage.run(path)
    last = await stage.run(stage.write(stage.kind.rows(12), "grown.csv"))
    assert last.counts == {"exists": 10, "created": 2} and len(stage.records()) == 12


async def test_options_that_a_job_cannot_keep_are_refused(open_kind: Open) -> None:
    """assignment_rule: on and duplicates: allow have no word in a job."""
    stage = await open_kind(BULK)
    refused = await stage.refused(
        stage.write(stage.kind.rows(2)), mapping=stage.mapping(more="options: {assignment_rule: on}\n")
    )
    assert refused.code == "NO_SUCH_PATH" and "assignment_rule" in refused.message
