"""What every target must do alike (promise P8): whole runs against the simulator, over real HTTP."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from importer.api.history import write_again
from importer.api.verdicts import resolve_row
from importer.model.errors import Exit, ImporterError, JournalError
from importer.model.events import Event, RowSettled
from importer.model.outcome import Status
from importer.pipeline.control import Control
from tests.pipeline.conftest import CONTRACT, SINGLE, Open
from tests.pipeline.sign_ins import SIGNED_IN
from tests.pipeline.test_settling import ALL_FAULTS, ENOUGH_ROWS, FAULTS, SOON, accounted
from tests.stage import CASE, Stage, as_csv

BY_REQUESTS = pytest.mark.parametrize("stage", [name for name in CONTRACT if name != "bulk"], indirect=True)
ONE_BY_ONE = pytest.mark.parametrize("stage", SINGLE, indirect=True)
IBM = pytest.mark.parametrize("stage", SIGNED_IN, indirect=True)


@pytest.fixture(params=list(CONTRACT))
async def stage(request: pytest.FixtureRequest, open_kind: Open) -> Stage:
    """A stage of each kind, without faults."""
    return await open_kind(CONTRACT[request.param])


async def test_every_row_becomes_a_record_and_a_line(stage: Stage) -> None:
    """P1: one line per row, in input order, with row number, status and the id that the server has."""
    ended = await stage.run(stage.write(stage.kind.rows(12)))
    lines = stage.lines(ended)
    assert ended.exit == Exit.DONE and ended.counts == {"created": 12}
    assert [line["import_row"] for line in lines] == [str(n) for n in range(2, 14)]
    assert {line["import_status"] for line in lines} == {"created"}
    by_id = {record["id"]: record[stage.kind.text] for record in stage.records()}
    assert {line["import_id"]: line["Text"] for line in lines} == by_id
    assert all(line["import_message"].startswith(f"Created as {stage.kind.record_type} ") for line in lines)
    assert {line["import_run"] for line in lines} == {ended.run}
    assert {line["import_attempts"] for line in lines} == {"1"}


async def test_the_same_command_again_sends_nothing(stage: Stage) -> None:
    """P4: finished and unchanged; it says so, exits as before, and the results are there."""
    path = stage.write(stage.kind.rows(5))
    first = await stage.run(path)
    again = await stage.run(path)
    assert stage.creates() == 5 and not again.sent and again.exit == Exit.DONE
    assert again.run == first.run and again.results == first.results
    assert f"Nothing to do: run {first.run}" in stage.notices()


@pytest.mark.parametrize("keyed", [True, False])
async def test_a_renamed_resorted_and_grown_file_makes_only_the_new_rows(stage: Stage, keyed: bool) -> None:
    """P2, P4: rows are recognised by key, or by contents, whatever happens to the file around them."""
    stage.keyed = keyed
    rows = stage.kind.rows(6)
    await stage.run(stage.write(rows))
    grown = await stage.run(stage.write([*reversed(rows), *stage.kind.rows(2, 100)], "renamed.csv"))
    assert grown.counts == {"exists": 6, "created": 2} and grown.exit == Exit.DONE
    assert len(stage.records()) == 8 and stage.creates() == 8
    lines = stage.lines(grown)
    assert all(line["import_id"] for line in lines)
    assert "nothing was changed" in lines[0]["import_message"]


@ONE_BY_ONE
async def test_equal_rows_without_a_key_are_records_of_their_own(stage: Stage) -> None:
    """Without a key two equal rows are two cases, and a third one in a grown file is a third case."""
    stage.keyed = False
    row = stage.kind.rows(1)
    assert (await stage.run(stage.write(row * 2))).counts == {"created": 2}
    assert (await stage.run(stage.write(row * 3, "grown.csv"))).counts == {"exists": 2, "created": 1}
    assert len(stage.records()) == 3


async def test_with_a_key_an_equal_row_is_skipped_and_another_one_invalid(stage: Stage) -> None:
    """A key twice in one file: the same row again is no record, other values are a question for a person."""
    rows = stage.kind.rows(2)
    other = ["K-1", "text other", "9.5", "x@example.com"]
    ended = await stage.run(stage.write([*rows, rows[0], other, ["", "text no key", "1", "a@b.cc"]]))
    lines = stage.lines(ended)
    assert [line["import_status"] for line in lines] == [
        "created",
        "created",
        "skipped",
        "invalid",
        "invalid",
    ]
    assert [line["import_code"] for line in lines[2:]] == ["SAME_ROW", "DUPLICATE_KEY", "BLANK_KEY"]
    assert "row 2" in lines[2]["import_message"]
    assert lines[3]["import_message"].startswith("Line 5, column No: Row 2 ")
    assert ended.exit == Exit.ROWS_FAILED and len(stage.records()) == 2


async def test_invalid_rows_stay_behind_and_go_with_a_better_mapping(stage: Stage) -> None:
    """Bad cells are reported with row, column and reason; the corrected mapping sends just those rows."""
    rows = stage.kind.rows(4)
    rows[1][3] = "not a mail address"
    path = stage.write(rows)
    first = await stage.run(path)
    bad = stage.lines(first)[1]
    assert first.exit == Exit.ROWS_FAILED and first.counts == {"created": 3, "invalid": 1}
    assert (bad["import_code"], bad["import_column"]) == ("BAD_EMAIL", "Mail")
    assert '"not a mail address" is not an e-mail address' in bad["import_message"]
    mapping = stage.mapping()
    property_name = {"Case": "SuppliedEmail", "Contact": "Email"}.get(
        stage.kind.record_type, "AUTO_InsuredEmail"
    )
    text = mapping.read_text("utf-8").replace(
        f"Mail: {{to: {property_name}, type: email}}",
        f'Mail: {{to: {property_name}, type: email, do: [{{replace: {{from: "not a mail address", to: "ok@example.com"}}}}]}}',
    )
    again = await stage.run(path, mapping=stage.mapping(text))
    assert again.run == first.run and again.counts == {"created": 4} and again.exit == Exit.DONE
    assert len(stage.records()) == 4 and stage.creates() == 4


def refused(stage: Stage) -> Path:
    """Have the server refuse every row; return the mapping."""
    stage.fault(stage.kind.refused)
    stage.extra += stage.kind.teaches
    return stage.mapping(more="" if stage.kind.refused else 'constants: {ContactId: "003000000000000AAA"}\n')


@ONE_BY_ONE
async def test_what_the_server_refuses_is_rejected_and_only_retried_when_asked(stage: Stage) -> None:
    """Rejected rows show the server's code and words; --retry-failed sends them, nothing else does."""
    mapping = refused(stage)
    path = stage.write(stage.kind.rows(3))
    first = await stage.run(path, mapping=mapping)
    assert first.exit == Exit.ROWS_FAILED and first.counts == {"rejected": 3}
    line = stage.lines(first)[0]
    assert (
        line["import_code"] and line["import_server_text"] and "The server says: " in line["import_message"]
    )
    await stage.run(path, mapping=mapping)
    assert stage.creates() == 3
    retried = await stage.run(path, mapping=mapping, retry_failed=True)
    assert stage.creates() == 6 and retried.counts == {"rejected": 3}
    assert {line["import_attempts"] for line in stage.lines(retried)} == {"2"}


@IBM
async def test_a_lost_answer_is_a_doubt_and_is_never_sent_again(stage: Stage) -> None:
    """P2, where nobody can be asked: in doubt, exit 4; running again, also with --retry-failed, resends nothing.

    The answer is lost in each way that there is: before the commit, after it, cut, late, or replaced by a page.
    """
    stage.extra = SOON.replace(
        'request_timeout = "1s"', 'request_timeout = "2s"'
    )  # no doubts of our own making
    stage.fault(f"{ALL_FAULTS},late_by=100ms")
    path = stage.write(stage.kind.rows(ENOUGH_ROWS))
    first = await stage.run(path)
    accounted(stage, stage.lines(first), ENOUGH_ROWS)
    assert set(stage.running.world.faults.fired) == set(FAULTS), "a fault did not strike"
    doubts = [line for line in stage.lines(first) if line["import_status"] == "in_doubt"]
    assert first.exit == Exit.IN_DOUBT and len(doubts) == len(FAULTS), first.counts
    assert first.counts["created"] == ENOUGH_ROWS - len(FAULTS)
    for doubt in doubts:
        assert doubt["import_code"] == "ANSWER_LOST" and not doubt["import_id"]
        assert f"resolve {first.run} --row {doubt['import_row']}" in doubt["import_message"]
    for options in ({}, {"retry_failed": True}):
        again = await stage.run(path, **options)
        assert again.exit == Exit.IN_DOUBT and again.counts == first.counts
    assert stage.creates() == ENOUGH_ROWS
    assert len(stage.records()) == ENOUGH_ROWS - sum(
        fault.endswith(("before", "before_commit")) for fault in FAULTS
    )


@IBM
async def test_every_lost_answer_is_settled_where_the_server_can_be_asked(stage: Stage) -> None:
    """P2: each row is created once, exit 0, whatever became of its answer; no duplicate, nothing called failed."""
    stage.kind = replace(stage.kind, keyed="key: No\nmatch: AUTO_ClaimNumber\n")
    stage.extra = f'{SOON}search = "v2"\n'
    stage.fault(f"{ALL_FAULTS},late_by=400ms,expire_session=at:30")
    ended = await stage.run(stage.write(stage.kind.rows(ENOUGH_ROWS)))
    accounted(stage, stage.lines(ended), ENOUGH_ROWS)
    assert set(stage.running.world.faults.fired) == {*FAULTS, "expire_session"}, "a fault did not strike"
    assert ended.counts == {"created": ENOUGH_ROWS} and ended.exit == Exit.DONE, stage.notices()
    assert len(stage.records()) == ENOUGH_ROWS


@IBM
async def test_a_doubt_holds_for_other_files_with_the_same_row(stage: Stage) -> None:
    """A row in doubt is not sent from a re-saved file either; once it is settled, that file goes on."""
    stage.fault("lose_before_commit=at:2")
    stage.extra = 'rate = "5000/s"\nconcurrency = 1\n'
    rows = stage.kind.rows(3)
    first = await stage.run(stage.write(rows))
    assert first.counts == {"created": 2, "in_doubt": 1}
    resaved = stage.write([*rows, *stage.kind.rows(1, 50)], "resaved.csv")
    second = await stage.run(resaved)
    assert second.counts == {"exists": 2, "in_doubt": 1, "created": 1} and second.exit == Exit.IN_DOUBT
    assert stage.lines(second)[1]["import_code"] == "DOUBT_ELSEWHERE"
    assert len(stage.records()) == 3
    with stage.journal() as journal:
        resolve_row(journal, first.run, 3, None)
    third = await stage.run(resaved)
    assert third.counts == {"exists": 2, "created": 2} and third.exit == Exit.DONE
    assert len(stage.records()) == 4
    last = await stage.run(stage.folder / "in.csv")
    assert last.exit == Exit.DONE and last.counts == {"created": 2, "exists": 1}
    assert len(stage.records()) == 4


@IBM
async def test_resolve_brings_a_run_to_exit_0(stage: Stage) -> None:
    """A person says where the record is, or that there is none; an absent row is sent once more."""
    stage.fault("lose_after_commit=at:1,lose_before_commit=at:2")
    stage.extra = 'rate = "5000/s"\nconcurrency = 1\n'
    path = stage.write(stage.kind.rows(4))
    first = await stage.run(path)
    assert first.counts == {"created": 2, "in_doubt": 2}
    found = next(record for record in stage.records() if record[stage.kind.text] == "text 1")
    other = next(record for record in stage.records() if record[stage.kind.text] == "text 4")
    for wrong, message in (
        ("CASE_1", "'CASE_1' is no id of a record, which is a GUID"),
        (other["id"], "that is the record of row 5; nothing was changed"),
    ):
        with stage.journal() as journal, pytest.raises(JournalError, match=message):
            resolve_row(journal, first.run, 2, wrong)
    with stage.journal() as journal:
        resolve_row(journal, first.run, 2, found["id"].lower().strip("{}"))
        resolve_row(journal, first.run, 3, None)
    second = await stage.run(path)
    assert second.exit == Exit.DONE and second.counts == {"created": 4}
    assert stage.texts() == ["text 1", "text 2", "text 3", "text 4"]
    assert stage.lines(second)[0]["import_id"] == found["id"]


@BY_REQUESTS
async def test_an_interrupted_run_drains_and_continues(stage: Stage) -> None:
    """Ctrl-C: what is in flight is finished, the rest is not_sent, exit 130; the same command continues."""

    def interrupt(event: Event, control: Control) -> None:
        if isinstance(event, RowSettled) and event.row >= 10 and not control.stopped:
            control.interrupt(Exit.INTERRUPTED)

    path = stage.write(stage.kind.rows(60))
    first = await stage.run(path, during=interrupt)
    assert first.exit == Exit.INTERRUPTED
    assert first.counts.get("in_doubt", 0) == 0
    assert 0 < first.counts["created"] < 60 and first.counts["created"] + first.counts["not_sent"] == 60
    assert len(stage.records()) == first.counts["created"]
    second = await stage.run(path)
    assert second.run == first.run and second.counts == {"created": 60} and second.exit == Exit.DONE
    assert len(stage.records()) == 60 == len(set(stage.texts()))


@ONE_BY_ONE
async def test_a_second_interrupt_gives_up_and_says_what_is_in_doubt(stage: Stage) -> None:
    """What was in flight when it was abandoned is in doubt; what had not left is not_sent."""
    stage.fault("hang=at:4-8")

    def interrupt(event: Event, control: Control) -> None:
        if isinstance(event, RowSettled):
            asyncio.get_running_loop().call_later(0.2, control.interrupt, Exit.INTERRUPTED)

    ended = await stage.run(stage.write(stage.kind.rows(20)), during=interrupt)
    assert ended.exit == Exit.INTERRUPTED
    assert 1 <= ended.counts["in_doubt"] <= 5, "no more than can be in flight"
    assert len(stage.records()) == ended.counts["created"] + ended.counts["in_doubt"]


async def test_a_trial_goes_on_with_the_rest(stage: Stage) -> None:
    """--first N ends by its N rows; without it the run continues."""
    path = stage.write(stage.kind.rows(7))
    trial = await stage.run(path, first=3)
    assert trial.exit == Exit.DONE and trial.counts == {"created": 3, "not_sent": 4}
    assert (await stage.run(path, first=3)).counts == {"created": 3, "not_sent": 4}
    rest = await stage.run(path)
    assert rest.run == trial.run and rest.counts == {"created": 7} and len(stage.records()) == 7


async def test_a_trial_with_another_mapping_stops(stage: Stage) -> None:
    """Two mappings are not mixed in one run."""
    path = stage.write(stage.kind.rows(4))
    await stage.run(path, first=2)
    changed = stage.mapping(
        stage.mapping()
        .read_text("utf-8")
        .replace("Text: ", "Text : ")
        .replace("source: stage", "source: stage\nvariables: {x: y}")
    )
    error = await stage.refused(path, mapping=changed)
    assert error.code == "MAPPING_CHANGED" and "--again" in error.remedy and len(stage.records()) == 2


@IBM
async def test_again_imports_the_file_anew_after_a_yes(stage: Stage) -> None:
    """--again asks; with a yes all rows are made once more; killed or not, it does not go on for ever."""
    path = stage.write(stage.kind.rows(3))
    await stage.run(path)
    error = await stage.refused(path, again=True)
    assert error.code == "NOT_CONFIRMED" and len(stage.records()) == 3
    ended = await stage.run(path, again=True, ask=lambda _question: True)
    assert ended.counts == {"created": 3} and len(stage.records()) == 6
    plain = await stage.run(path)
    assert not plain.sent and len(stage.records()) == 6


async def test_a_session_that_ends_is_renewed_once_for_all(stage: Stage) -> None:
    """401 in mid-run: sign in again, send again what was refused; nothing twice, nothing lost."""
    stage.fault("expire_session=every:10")
    ended = await stage.run(stage.write(stage.kind.rows(35)))
    assert ended.exit == Exit.DONE and ended.counts == {"created": 35}
    assert len(stage.records()) == 35


@ONE_BY_ONE
async def test_slow_down_signals_are_waited_out(stage: Stage) -> None:
    """A server that refuses for a passing reason is asked again later; every row arrives once."""
    stage.fault("http_429=at:3+9,retry_after=0.05,concurrent_requests=at:6,row_lock=at:8+12")
    ended = await stage.run(stage.write(stage.kind.rows(12)))
    assert ended.exit == Exit.DONE and ended.counts == {"created": 12}, stage.notices()
    assert len(stage.records()) == 12
    assert set(stage.running.world.faults.fired) == {"http_429", "concurrent_requests", "row_lock"}


async def test_the_daily_limit_ends_with_5_and_the_rest_goes_later(open_kind: Open) -> None:
    """403 TotalRequests: nothing is charged to a row; the same command continues when there is room."""
    stage = await open_kind(CASE, "daily_limit=10")
    path = stage.write(stage.kind.rows(30))
    ended = await stage.run(path)
    assert ended.exit == Exit.LATER and ended.counts["created"] + ended.counts["not_sent"] == 30
    assert ended.reason and "daily" in ended.reason
    stage.fault("daily_limit=100000")
    done = await stage.run(path)
    assert done.exit == Exit.DONE and len(stage.records()) == 30


async def test_a_server_that_is_not_there_ends_with_5(open_kind: Open) -> None:
    """Unreachable at the start: one clear line, exit 5, nothing written to the journal. All kinds at once."""

    async def refused(name: str) -> None:
        stage = await open_kind(CONTRACT[name], folder=name)
        path = stage.write(stage.kind.rows(3))
        await stage.running.stop()
        with pytest.raises(ImporterError, match="cannot be reached") as caught:
            await stage.results_of(path)
        assert caught.value.exit == Exit.LATER, name
        with stage.journal() as journal:
            assert journal.runs() == [], name

    await asyncio.gather(*(refused(name) for name in CONTRACT))


async def test_one_run_at_a_time_into_a_system(stage: Stage) -> None:
    """While another process loads, the run ends with 5 and names it."""
    path = stage.write(stage.kind.rows(3))
    first = await stage.run(path, first=1)
    with stage.journal() as journal:
        run = journal.run(first.run)
        with journal.lock(run.system, run.system_name):
            error = await stage.refused(path)
    assert (
        error.exit == Exit.LATER and "Another run loads into" in error.message and "process" in error.message
    )


@ONE_BY_ONE
async def test_too_many_errors_stop_the_run(stage: Stage) -> None:
    """The default guard: 100 refusals of one code and not one success, exit 6."""
    mapping = refused(stage)
    ended = await stage.run(stage.write(stage.kind.rows(130)), mapping=mapping)
    assert (
        ended.exit == Exit.GUARD
        and 100 <= ended.counts["rejected"] < 120
        and "first 100 answers" in ended.reason
    )


async def test_a_results_file_as_input_sends_only_what_is_missing(stage: Stage) -> None:
    """The analyst corrects the bad line in the results file and drops it again: one new record."""
    rows = stage.kind.rows(3)
    rows[1][3] = "bad"
    first = await stage.run(stage.write(rows))
    assert first.results is not None
    text = first.results.read_text("utf-8").replace(",bad,", ",good@example.com,")
    corrected = stage.folder / "in.results-corrected.csv"
    corrected.write_text(text, encoding="utf-8", newline="")
    second = await stage.run(corrected)
    assert second.counts == {"exists": 2, "created": 1} and len(stage.records()) == 3
    assert [name for name in stage.lines(second)[0] if name == "import_id"] == ["import_id"]


async def test_misshapen_rows_of_a_results_file_stay_behind_until_a_person_has_looked(stage: Stage) -> None:
    """The results file shows such rows filled up or cut: what it shows is not the row. Blank rows stay blank."""
    good = as_csv(stage.kind.rows(1))
    text = good + "K-7,text short\n,,,\n" + as_csv(stage.kind.rows(1, 2)).split("\n", 1)[1]
    first = await stage.run(stage.write(text))
    assert first.counts == {"created": 2, "invalid": 1, "skipped": 1} and first.results is not None
    again = stage.folder / "again.results.csv"
    again.write_bytes(first.results.read_bytes())
    second = await stage.run(again)
    assert second.counts == {"exists": 2, "invalid": 1, "skipped": 1} and len(stage.records()) == 2
    assert [line["import_code"] for line in stage.lines(second)][1:3] == ["SHAPE_FAULT", "BLANK_ROW"]
    mended = stage.folder / "mended.results.csv"
    lines = first.results.read_text("utf-8").splitlines()
    lines[2] = (
        lines[2].replace("K-7,text short,,", "K-7,text short,7,s@example.com").replace(",invalid,", ",,")
    )
    mended.write_text("\n".join(lines) + "\n", encoding="utf-8")
    third = await stage.run(mended)
    assert third.counts == {"exists": 2, "created": 1, "skipped": 1} and len(stage.records()) == 3


async def test_a_results_file_of_an_unknown_journal_creates_nothing_twice(stage: Stage) -> None:
    """A results file of a run that this journal does not know is refused; with --as-new it is a file like any."""
    first = await stage.run(stage.write(stage.kind.rows(2)))
    assert first.results is not None
    stage.folder = stage.folder / "elsewhere"
    stage.folder.mkdir()
    foreign = stage.folder / "in.results.csv"
    foreign.write_bytes(first.results.read_bytes())
    error = await stage.refused(foreign)
    assert error.code == "UNKNOWN_RUN" and len(stage.records()) == 2
    assert first.run in error.message and "line 2" in error.message.lower() and "--as-new" in error.remedy
    ended = await stage.run(foreign, as_new=True)
    expected = {"exists": 2} if "match:" in stage.kind.keyed else {"created": 2}
    assert ended.counts == expected, "where the server knows the keys, it still refuses them"


@pytest.mark.parametrize(("on_match", "status"), [("skip", "exists"), ("error", "rejected")])
async def test_a_foreign_record_with_the_key_is_left_alone(
    open_kind: Open, on_match: str, status: str
) -> None:
    """Somebody else's record has the key: it is not changed, its id is told, and no second one is made."""
    stage = await open_kind(CASE, "second_writer_key=at:2")
    stage.extra = 'rate = "5000/s"\nconcurrency = 1\n'
    mapping = stage.mapping(more=f"on_match: {on_match}\n")
    path = stage.write(stage.kind.rows(3))
    ended = await stage.run(path, mapping=mapping)
    assert ended.counts == {"created": 2, status: 1}
    line = stage.lines(ended)[1]
    [foreign] = stage.running.world.store.select("type = 'Case'", (), "ORDER BY seq")[1:2]
    assert foreign.fields["Legacy_Id__c"] == "K-2" and foreign.fields["Subject"] != "text 2"
    assert foreign.id in (line["import_id"] or line["import_message"])
    assert stage.texts() == ["text 1", "text 3"]
    assert line["import_code"] == ("" if status == "exists" else "ALREADY_EXISTS")


async def test_blank_rows_have_a_line_and_no_case(stage: Stage) -> None:
    """Blank between data: skipped; after the data: nothing."""
    text = (
        as_csv(stage.kind.rows(1)) + ",,,\n\n" + as_csv(stage.kind.rows(1, 2)).split("\n", 1)[1] + "\n,,,\n\n"
    )
    ended = await stage.run(stage.write(text))
    statuses = [(line["import_row"], line["import_status"]) for line in stage.lines(ended)]
    assert statuses == [("2", "created"), ("3", "skipped"), ("4", "skipped"), ("5", "created")]
    assert ended.exit == Exit.DONE


async def test_a_header_without_rows_is_nothing_to_do(stage: Stage) -> None:
    """Exit 0 and an empty results file."""
    ended = await stage.run(stage.write([]))
    assert ended.exit == Exit.DONE and ended.rows == 0 and stage.lines(ended) == []


@IBM
async def test_results_can_be_written_again_in_part(stage: Stage) -> None:
    """``results RUN --status in_doubt``: the work list, from the journal and the source alone."""
    stage.fault("lose_after_commit=at:2")
    ended = await stage.run(stage.write(stage.kind.rows(3)))
    with stage.journal() as journal:
        path, count = write_again(
            journal, ended.run, frozenset({Status.IN_DOUBT}), stage.folder / "doubts.csv"
        )
        assert count == 1 and len(path.read_text("utf-8").splitlines()) == 2
        path, count = write_again(journal, ended.run, frozenset(), stage.folder / "all.csv")
        assert count == 3


async def test_the_journal_holds_no_row_contents_and_no_secret(open_kind: Open) -> None:
    """P7: keys and ids are stored, cells are not, whatever the server echoes; secrets nowhere."""
    stage = await open_kind(CASE)
    rows = [
        ["K-1", "text Zebrafink", "1", "zebra@example.com"],
        ["K-2", "text Zebrafink", "2", "Zebra at home"],
    ]
    mapping = stage.mapping(more='constants: {Severity__c: "{$severity}"}\nvariables: {severity: Low}\n')
    rows.append(["K-3", "text Zebrafink", "12345678901234567", "ok@example.com"])
    ended = await stage.run(stage.write(rows), mapping=mapping)
    assert ended.counts == {"created": 1, "invalid": 2}, stage.lines(ended)
    assert "Zebra at home" in json.dumps(stage.lines(ended)), "results show what the journal does not keep"
    for path in stage.state.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            for word in (b"Zebra", b"zebra@", b"s3cret"):
                assert word not in content, (path, word)
    assert b"k-1" in b"".join(p.read_bytes() for p in stage.state.glob("journal.db*")), "keys are stored"


async def test_outcomes_are_told_when_they_are_durable(stage: Stage) -> None:
    """Each settled row is told once, and the journal has it by then."""
    seen: list[int] = []

    def look(event: Event, _control: Control) -> None:
        if isinstance(event, RowSettled):
            seen.append(event.row)

    ended = await stage.run(stage.write(stage.kind.rows(9)), during=look)
    assert sorted(seen) == list(range(2, 11)) and ended.rows == 9


async def test_several_files_are_all_tried(stage: Stage) -> None:
    """A missing file is 1 and does not keep the others from being imported."""
    good = stage.write(stage.kind.rows(2))
    missing = Path(stage.folder / "missing.csv")
    results = await stage.results_of(missing, good)
    assert [int(result.exit) for result in results] == [1, 0]
    assert results[0].error is not None and "missing.csv" in results[0].error.message


@BY_REQUESTS
async def test_each_file_counts_its_own_calls(stage: Stage) -> None:
    """Sign-in and schema belong to the first file; the second has its rows and its schema."""
    first, second = stage.write(stage.kind.rows(3)), stage.write(stage.kind.rows(5, 50), "second.csv")
    results = await stage.results_of(first, second)
    calls = [result.ended.calls for result in results if result.ended is not None]
    rows = 1 if stage.kind.via == "collections" else 5
    assert 3 <= calls[0] <= 10 and rows <= calls[1] <= rows + 2, calls
    assert all(result.ended.elapsed > 0 for result in results if result.ended is not None)
