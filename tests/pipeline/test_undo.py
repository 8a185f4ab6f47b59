"""Undoing runs: real runs against the simulator, on both targets; what goes, what stays, and why."""

import asyncio
import random
from collections import Counter
from dataclasses import replace

import pytest

from importer.api.history import write_again
from importer.api.undo import Planned
from importer.api.verdicts import resolve_row
from importer.journal.retention import prune
from importer.model.errors import Exit, ImporterError
from importer.model.events import Event, RowSettled
from importer.pipeline.control import Control
from importer.simulator.salesforce import org, records
from tests.pipeline.conftest import KINDS, Open
from tests.stage import BULK, CASE, CLAIM, COLLECTIONS, Kind, Stage

TWO = pytest.mark.parametrize("kind", ["salesforce", "ibm"])
FAST = 'rate = "20000/s"\nconcurrency = 5\nrequest_timeout = "1s"\nsettle_after = "1s"\n'


def by_text(stage: Stage) -> dict[str, str]:
    """The id of each record of the stage by its text."""
    return {str(record[stage.kind.text]): record["id"] for record in stage.records()}


def touch(stage: Stage, record_id: str) -> None:
    """Let another user change a record."""
    world = stage.running.world
    record = world.store.get(record_id)
    assert record is not None
    if record.system == org.SYSTEM:
        sobject = org.find_object(world, record.type)
        records.change(world, sobject, record, {}, "{}", records.Terms(org.OTHER_USER))
        return
    from importer.simulator.ibm import cases

    values = record.fields | {"LastModifier": cases.OTHER_USER}
    world.store.update(record, values, cases.keys(values), modified=cases.stamp(world))


def remove(stage: Stage, record_id: str) -> None:
    """Let another user delete a record."""
    record = stage.running.world.store.get(record_id)
    assert record is not None
    stage.running.world.store.delete(record, modified="2026-01-01T00:00:00.000+0000")


def comment(stage: Stage, record_id: str, user: str) -> None:
    world = stage.running.world
    body = {"ParentId": record_id, "CommentBody": "seen"}
    records.insert(world, org.find_object(world, "CaseComment"), body, "{}", records.Terms(user))


def deletes(stage: Stage) -> int:
    return stage.running.world.faults.ordinals.get("delete", 0)


async def test_what_a_run_made_goes_and_the_same_file_makes_it_anew(stage: Stage) -> None:
    """Every kind of load: all deleted, the run shows it, its rows are free, nothing is made twice."""
    path = stage.write(stage.kind.rows(12))
    first = await stage.run(path)
    ended = await stage.undone(first.run)
    assert ended.counts == {"deleted": 12} and ended.exit == Exit.DONE and stage.records() == []
    lines = stage.lines(ended)
    assert ended.results is not None and ended.results.name == "in.undo.csv"
    assert [line["import_row"] for line in lines] == [str(n) for n in range(2, 14)]
    assert {line["import_status"] for line in lines} == {"deleted"} and lines[0]["Text"] == "text 1"
    assert {line["import_run"] for line in lines} == {ended.undo}
    with stage.journal() as journal:
        again, rows = write_again(journal, first.run, frozenset(), None)
    shown = again.read_text("utf-8")
    assert rows == 12 and f"which was deleted by undo {ended.undo}" in shown and ",created," not in shown
    third = await stage.run(path)
    assert third.counts == {"created": 12} and third.run != first.run and len(stage.records()) == 12
    fourth = await stage.run(path)
    assert not fourth.sent and fourth.run == third.run and len(stage.records()) == 12


@TWO
async def test_what_others_have_touched_stays_with_the_reason(open_kind: Open, kind: str) -> None:
    """Changed by another user: kept and still known. Deleted by somebody: gone, and free. Exit 3."""
    stage = await open_kind(KINDS[kind])
    path = stage.write(stage.kind.rows(10))
    first = await stage.run(path)
    ids = by_text(stage)
    touch(stage, ids["text 3"])
    remove(stage, ids["text 5"])
    planned = await stage.undo(first.run, plan=True)
    assert isinstance(planned, Planned) and deletes(stage) == 0 and len(stage.records()) == 9
    assert (planned.plan.delete, planned.plan.kept, planned.plan.gone) == (8, 1, 1)
    ended = await stage.undone(first.run)
    assert ended.counts == {"deleted": 8, "kept": 1, "gone": 1} and ended.exit == Exit.ROWS_FAILED
    assert list(by_text(stage)) == ["text 3"]
    kept = next(line for line in stage.lines(ended) if line["import_status"] == "kept")
    assert (
        kept["Text"] == "text 3"
        and kept["import_code"] == "TOUCHED"
        and "changed it" in kept["import_message"]
    )
    again = await stage.run(path)
    assert again.counts == {"created": 9, "exists": 1} and len(stage.records()) == 10


async def test_comments_of_others_keep_a_case_and_our_own_do_not(open_kind: Open) -> None:
    """What others have added stays with its case; objects that the org lacks are told and left out."""
    stage = await open_kind(CASE)
    first = await stage.run(stage.write(stage.kind.rows(6)))
    ids = by_text(stage)
    comment(stage, ids["text 2"], org.OTHER_USER)
    comment(stage, ids["text 4"], org.API_USER)
    ended = await stage.undone(first.run)
    assert ended.counts == {"deleted": 5, "kept": 1} and list(by_text(stage)) == ["text 2"]
    assert [line["import_code"] for line in stage.lines(ended) if line["import_code"]] == ["HOLDS_MORE"]
    assert "comments of others" in "".join(ended.reasons)
    assert stage.notices().count("no EmailMessage") == 1, "told once"


async def test_a_record_that_is_not_shown_is_not_called_gone(open_kind: Open) -> None:
    """Hidden by sharing is not deleted: its row stays known, or it would be made twice."""
    stage = await open_kind(CASE)
    path = stage.write(stage.kind.rows(4))
    first = await stage.run(path)
    world = stage.running.world
    world.store.db.execute("UPDATE record SET hidden = 1 WHERE id = ?", (by_text(stage)["text 2"],))
    ended = await stage.undone(first.run)
    assert ended.counts == {"deleted": 3, "kept": 1}
    assert [line["import_code"] for line in stage.lines(ended)] == ["", "NOT_SHOWN", "", ""]
    assert (await stage.run(path)).counts == {"created": 3, "exists": 1}


async def test_a_completed_case_of_ibm_stays(open_kind: Open) -> None:
    """By state: somebody has brought the case to its end."""
    stage = await open_kind(CLAIM, "working_after=0ms")
    first = await stage.run(stage.write(stage.kind.rows(3)))
    world = stage.running.world
    record = world.store.get(by_text(stage)["text 2"])
    assert record is not None
    world.store.update(record, record.fields | {"CmAcmCaseState": 3}, {}, modified="2026-01-01T00:00:00Z")
    ended = await stage.undone(first.run)
    assert ended.counts == {"deleted": 2, "kept": 1} and "Complete" in "".join(ended.reasons)


@TWO
async def test_only_through_a_connection_that_may_delete(open_kind: Open, kind: str) -> None:
    """Refused with what to write; a plan needs no leave; a no deletes nothing and says what deleting does."""
    stage = await open_kind(KINDS[kind])
    first = await stage.run(stage.write(stage.kind.rows(3)))
    with pytest.raises(ImporterError, match="does not allow deleting") as refused:
        await stage.undo(first.run, allowed=False)
    assert "allow_delete = true under [stage]" in refused.value.remedy
    assert isinstance(await stage.undo(first.run, allowed=False, plan=True), Planned)
    asked: list[str] = []
    with pytest.raises(ImporterError) as said_no:
        await stage.undo(first.run, ask=lambda question: bool(asked.append(question)))
    assert said_no.value.code == "NOT_CONFIRMED" and "3 " in asked[0]
    assert ("recycle bin" if kind == "salesforce" else "case folder") in asked[0]
    assert deletes(stage) == 0 and len(stage.records()) == 3
    with stage.journal() as journal:
        assert len(journal.runs()) == 1, "a no leaves no trace"


async def test_never_what_existed_before_or_a_later_run_changed(open_kind: Open) -> None:
    """`exists` and `updated` rows are no business of an undo, nor is what a later run of ours has changed."""
    stage = await open_kind(CASE)
    rows = stage.kind.rows(4)
    world = stage.running.world
    there = {"Subject": "text there", "Legacy_Id__c": "K-1"}
    old = records.insert(world, org.find_object(world, "Case"), there, "{}", records.Terms(org.OTHER_USER))
    first = await stage.run(stage.write(rows))
    assert first.counts == {"exists": 1, "created": 3}
    rows[1][1] = "text 2 changed"
    update = await stage.run(
        stage.write(rows, "second.csv"), mapping=stage.mapping(more="on_match: update\n")
    )
    assert update.counts["updated"] >= 1, update.counts
    ended = await stage.undone(first.run)
    assert old in {record["id"] for record in stage.records()}
    updated = {line["import_id"] for line in stage.lines(update) if line["import_status"] == "updated"}
    assert {record["id"] for record in stage.records()} == updated | {old}
    assert ended.counts["kept"] + ended.counts.get("deleted", 0) == 3
    assert f"run {update.run} changed it" in "".join(ended.reasons)
    nothing = await stage.undone(update.run)
    assert nothing.undo is None and "has created no record" in nothing.reason


async def test_undoing_an_import_that_was_made_again_gives_the_first_one_back(open_kind: Open) -> None:
    """After --again by mistake: the second records go, the first are known again, and a third is not made."""
    stage = await open_kind(CASE, keyed=False)
    path = stage.write(stage.kind.rows(5))
    first = await stage.run(path)
    second = await stage.run(path, again=True, ask=lambda _question: True)
    assert second.counts == {"created": 5} and len(stage.records()) == 10
    ended = await stage.undone(second.run)
    assert ended.counts == {"deleted": 5}
    assert {line["import_id"] for line in stage.lines(first)} == {record["id"] for record in stage.records()}
    third = await stage.run(path)
    assert third.counts == {"exists": 5} and len(stage.records()) == 5


async def test_a_grown_file_is_looked_at_again(open_kind: Open) -> None:
    """A later run took the rows as known; since they are undone, its file makes them too."""
    stage = await open_kind(CASE)
    rows = stage.kind.rows(4)
    first = await stage.run(stage.write(rows))
    grown = stage.write([*rows, *stage.kind.rows(1, 100)], "grown.csv")
    assert (await stage.run(grown)).counts == {"exists": 4, "created": 1}
    await stage.undone(first.run)
    assert (await stage.run(grown)).counts == {"created": 4, "exists": 1}
    assert len(stage.records()) == 5


async def test_results_of_an_undo_as_input_make_nothing_twice(open_kind: Open) -> None:
    """Each line is the row that it was: what was kept exists, what was deleted is made anew."""
    for keyed in (True, False):
        stage = await open_kind(CASE, keyed=keyed)
        first = await stage.run(stage.write(stage.kind.rows(5), f"in{keyed}.csv"))
        mine = {line["import_id"] for line in stage.lines(first)}
        touch(stage, next(iter(mine)))
        ended = await stage.undone(first.run)
        assert ended.counts == {"deleted": 4, "kept": 1} and ended.results is not None
        again = await stage.run(ended.results)
        assert again.counts == {"created": 4, "exists": 1}, stage.lines(again)
        await stage.running.stop()
        for leftover in stage.folder.glob("sim.db*"):
            leftover.unlink()
        for leftover in (stage.folder / "state").glob("journal.db*"):
            leftover.unlink()
        for leftover in (stage.folder / "state" / "locks").iterdir():
            leftover.unlink()


async def test_without_the_file_results_have_row_numbers(open_kind: Open) -> None:
    """Weeks later the file is gone: the journal alone is enough to undo."""
    stage = await open_kind(CASE)
    path = stage.write(stage.kind.rows(3))
    first = await stage.run(path)
    path.unlink()
    ended = await stage.undone(first.run)
    assert [(line["import_row"], line["import_status"]) for line in stage.lines(ended)] == [
        ("2", "deleted"), ("3", "deleted"), ("4", "deleted"),
    ]  # fmt: skip
    with stage.journal() as journal:
        assert ended.undo is not None
        copy, rows = write_again(journal, ended.undo, frozenset(), stage.folder / "copy.csv")
        assert rows == 3 and "deleted" in copy.read_text("utf-8")
        with pytest.raises(ImporterError, match="is the undo of a run"):
            resolve_row(journal, ended.undo, 2, None)
    with pytest.raises(ImporterError, match="itself the undo"):
        await stage.undo(ended.undo)


async def test_a_pruned_run_is_not_undone(open_kind: Open) -> None:
    """Its mapping is gone: that is said, with what to do, and nothing is deleted."""
    stage = await open_kind(CASE)
    first = await stage.run(stage.write(stage.kind.rows(2)))
    assert prune(stage.state, 1 << 60).runs == 1
    with pytest.raises(ImporterError, match="pruned") as refused:
        await stage.undo(first.run)
    assert refused.value.code == "RUN_PRUNED" and "delete those" in refused.value.remedy
    assert deletes(stage) == 0 and len(stage.records()) == 2


LOST = [
    "lose_after_commit",
    "lose_before_commit",
    "http_503_before",
    "http_503_after",
    "http_500_after",
    "html_200_after",
    "html_200_before",
    "cut_json",
    "row_lock",
    "http_429",
    "expire_session",
]


@pytest.mark.parametrize("fault", LOST)
@pytest.mark.parametrize("kind", [COLLECTIONS, CLAIM], ids=lambda kind: kind.name)
async def test_lost_answers_are_asked_about(open_kind: Open, kind: Kind, fault: str) -> None:
    """Whatever becomes of every third delete: all of it is gone in the end, and called deleted."""
    stage = await open_kind(kind)
    stage.extra = FAST
    first = await stage.run(stage.write(stage.kind.rows(10)))
    # A session that ends twice under one request ends the run: that is the sign-in gate's rule.
    stage.fault(f"{fault}=at:{1 if fault == 'expire_session' else '1+4'}@delete")
    ended = await stage.undone(first.run, patience=20.0)
    assert ended.counts == {"deleted": 10} and ended.exit == Exit.DONE, (ended.reason, ended.exit, ended)
    assert stage.records() == []
    assert stage.running.world.faults.fired.get(fault), "the fault did not strike"


async def test_an_open_job_is_followed_first(open_kind: Open) -> None:
    """What a bulk job makes after its run was killed belongs to the run: it is waited for, then deleted."""
    stage = await open_kind(BULK, "bulk_row_time=100ms")
    stage.extra = FAST

    path = stage.write(stage.kind.rows(15))
    running = asyncio.ensure_future(stage.run(path))
    while not stage.records():
        assert not running.done()
        await asyncio.sleep(0.02)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    with stage.journal() as journal:
        [run] = journal.runs()
    ended = await stage.undone(run.id)
    assert ended.counts == {"deleted": 15} and stage.records() == [], (ended, stage.notices())


@pytest.mark.parametrize("then", ["undo", "run"])
async def test_a_job_that_was_not_handed_over_is_given_up(open_kind: Open, then: str) -> None:
    """Killed between upload and close: nothing is made of it, whether the run is undone or goes on by another."""
    stage = await open_kind(BULK, "lose_before_commit=on@close")
    stage.extra = FAST
    path = stage.write(stage.kind.rows(15))
    running = asyncio.ensure_future(stage.run(path))
    while not stage.running.world.faults.ordinals.get("close"):
        assert not running.done()
        await asyncio.sleep(0.02)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    stage.fault("")
    with stage.journal() as journal:
        [run] = journal.runs()
    ended = await (stage.undone(run.id) if then == "undo" else stage.run(path))
    assert ended.exit == Exit.DONE
    jobs = stage.running.world.systems[0].ingest.work._jobs.all.values()
    assert [job.state for job in jobs] == (["Aborted"] if then == "undo" else ["Aborted", "JobComplete"])
    assert len(stage.records()) == (0 if then == "undo" else 15)


@pytest.mark.parametrize("kind", [COLLECTIONS, CLAIM], ids=lambda kind: kind.name)
async def test_interrupted_and_given_once_more(open_kind: Open, kind: Kind) -> None:
    """The second command continues the first, under the same id, and looks again at what was kept."""
    stage = await open_kind(kind)
    first = await stage.run(stage.write(stage.kind.rows(60)))
    touch(stage, by_text(stage)["text 60"])
    told: list[RowSettled] = []

    def stop(event: Event, control: Control) -> None:
        if isinstance(event, RowSettled):
            told.append(event)
        if len(told) == 12:
            control.interrupt(Exit.INTERRUPTED)

    ended = await stage.undone(first.run, during=stop)
    assert ended.exit == Exit.INTERRUPTED and ended.counts["not_sent"] > 0 and ended.counts["kept"] == 1
    again = await stage.undone(first.run)
    assert again.undo == ended.undo and again.counts == {"deleted": 59, "kept": 1}
    assert again.results == ended.results and list(by_text(stage)) == ["text 60"]
    more = await stage.undone(first.run)
    assert more.undo != again.undo and more.counts == {"kept": 1} and more.exit == Exit.ROWS_FAILED


FAULTS = (
    "lose_after_commit=every:7@delete,lose_before_commit=every:11@delete,http_503_after=at:20@delete,"
    "row_lock=every:9@delete,fault_rows=every:17,expire_session=at:15@delete,http_503_before=every:41@query"
)


@pytest.mark.parametrize("count", [2000])
async def test_two_thousand_cases_under_faults_exactly_what_the_rules_allow(
    open_kind: Open, count: int
) -> None:
    """The promise: lost answers, 503, row locks, the session's end, a stop in the middle; then the rest is said."""
    seed = random.randrange(1 << 30)
    print(f"seed {seed}")
    rng = random.Random(seed)
    stage = await open_kind(replace(BULK, connection=CASE.connection + "collection_rows = 50\n"))
    stage.extra = FAST
    path = stage.write(stage.kind.rows(count))
    first = await stage.run(path)
    ids = by_text(stage)
    chosen = rng.sample(sorted(ids), 120)
    touched, commented, removed = set(chosen[:50]), set(chosen[50:90]), set(chosen[90:])
    for text in touched:
        touch(stage, ids[text])
    for text in commented:
        comment(stage, ids[text], org.OTHER_USER)
    for text in removed:
        remove(stage, ids[text])
    stage.fault(FAULTS)
    told = 0

    def stop(event: Event, control: Control) -> None:
        nonlocal told
        told += isinstance(event, RowSettled)
        if told >= 700:
            control.interrupt(Exit.INTERRUPTED)

    halfway = await stage.undone(first.run, during=stop)
    assert halfway.exit == Exit.INTERRUPTED and halfway.counts["not_sent"] > 0
    ended = await stage.undone(first.run)
    fired = stage.running.world.faults.fired
    assert set(fired) >= {rule.partition("=")[0] for rule in FAULTS.split(",")} - {"fault_rows"}, fired
    assert ended.counts == {"deleted": count - 120, "kept": 90, "gone": 30}, (ended, stage.notices())
    assert set(by_text(stage)) == touched | commented
    said = {line["Text"]: (line["import_status"], line["import_code"]) for line in stage.lines(ended)}
    assert len(said) == count
    assert {text for text, (status, _) in said.items() if status == "gone"} == removed
    assert {text for text, how in said.items() if how == ("kept", "TOUCHED")} == touched
    assert {text for text, how in said.items() if how == ("kept", "HOLDS_MORE")} == commented
    stage.fault("")
    again = await stage.run(path)
    assert Counter(again.counts) == {"created": count - 90, "exists": 90} and len(stage.records()) == count
