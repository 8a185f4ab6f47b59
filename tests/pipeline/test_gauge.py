"""How requests fared is written beside the rows: what was measured is what happened, and it stays small."""

import asyncio
import json

import pytest

from importer.journal.figures import Figures
from importer.model.errors import Exit
from importer.model.target import Traffic
from importer.pipeline.control import Control
from importer.pipeline.gauge import Mark, between, length_of
from tests.pipeline.conftest import KINDS, Open
from tests.pipeline.test_outage import Absence
from tests.stage import CASE, Stage


def figures_of(stage: Stage, run: str) -> Figures:
    with stage.journal() as journal:
        return journal.figures(journal.run(run))


@pytest.mark.parametrize(
    ("age", "seconds"), [(0, 1), (119.9, 1), (120, 10), (1199, 10), (1200, 60), (90_000, 60)]
)
def test_stretches_grow_with_the_leg(age: float, seconds: float) -> None:
    """240 lines in the first twenty minutes, then 60 an hour."""
    assert length_of(age) == seconds


def test_what_happened_between_two_marks() -> None:
    """Differences of sums; nothing at all is no stretch, time away without a request is one."""
    before = Mark(1000, Traffic(3, 0.0, 1.0, (0, 2, 1), 1, 0, 1, 0.5, 4), 0.0, 2)
    after = Mark(2000, Traffic(9, 0.0, 2.0, (0, 5, 1), 2, 1, 2, 0.75, 3), 0.25, 3)
    found = between(before, after)
    assert found is not None
    assert (found.at, found.until, found.calls, found.lost, found.repeats) == (1000, 2000, 6, 1, 1)
    assert (found.pauses, found.paused, found.away, found.cleared) == (1, 250, 250, 1)
    assert (found.at_once, found.latencies) == (3, {1: 3})
    assert between(after, Mark(3000, after.traffic, 0.25, 3)) is None
    assert between(after, Mark(3000, after.traffic, 0.5, 3)) is not None
    nothing = Mark(0, Traffic(), 0.0, 0)
    first = between(nothing, before)
    assert first is not None and first.calls == 3 and first.latencies == {1: 2, 2: 1}


async def test_a_run_is_measured(stage: Stage) -> None:
    """On every way to send: the requests of the leg are counted, each answer has its time, and no row is."""
    ended = await stage.run(stage.write(stage.kind.rows(30)))
    found = figures_of(stage, ended.run)
    calls = sum(each.calls for each in found.stretches)
    answers = sum(sum(each.latencies.values()) for each in found.stretches)
    assert 0 < calls == answers <= ended.calls
    assert len(found.stretches) <= 2 + ended.total
    with stage.journal() as journal:
        [leg] = journal.legs(journal.run(ended.run).n)
    opening = 2 if stage.kind.record_type in ("Case", "Contact") else 4
    planned = {"collections": 30 // 5 + opening, "bulk": None}.get(stage.kind.name, 30 + opening)
    assert (leg.plan_rows, leg.plan_calls) == (30, planned)
    assert (leg.plan_seconds is None) == (planned is None)


async def test_slow_downs_and_repeats_are_counted(open_kind: Open) -> None:
    """A server that refuses every fifth request and names a time: pauses as long as it asked, all told."""
    stage = await open_kind(KINDS["ibm"], "http_429=every:5,retry_after=0.05")
    ended = await stage.run(stage.write(stage.kind.rows(60)))
    assert ended.counts == {"created": 60}
    found = figures_of(stage, ended.run)
    pauses = sum(each.pauses for each in found.stretches)
    paused = sum(each.paused for each in found.stretches)
    assert pauses >= 3 and 40 * pauses * 0.2 <= paused <= ended.elapsed * 1000 + 100
    assert sum(number * rows for number, rows in found.attempts.items()) == stage.creates() >= 70


async def test_lost_answers_and_rows_that_were_asked_about(open_kind: Open) -> None:
    """Each lost answer is counted, and each row that the server cleared up."""
    stage = await open_kind(CASE, "lose_after_commit=every:4")
    ended = await stage.run(stage.write(stage.kind.rows(20)))
    found = figures_of(stage, ended.run)
    assert ended.counts.get("in_doubt", 0) == 0
    assert sum(each.lost for each in found.stretches) >= sum(each.cleared for each in found.stretches) >= 4


async def test_an_absence_of_the_server_is_measured(open_kind: Open) -> None:
    """The server goes and comes back: the time away is in the stretches, also where no request left."""
    stage = await open_kind(CASE)
    absence = Absence(stage, 20)
    ended = await stage.run(stage.write(stage.kind.rows(40)), during=absence.look)
    assert absence.over is not None
    await absence.over
    assert sum(each.away for each in figures_of(stage, ended.run).stretches) > 0


async def test_a_leg_that_is_interrupted_leaves_its_stretches(open_kind: Open) -> None:
    """Two legs, measured apart; the second plans what the first has left."""
    stage = await open_kind(CASE, "latency=5ms")
    seen = asyncio.Event()

    def stop(_event: object, control: Control) -> None:
        if len(stage.settled()) >= 10 and not seen.is_set():
            seen.set()
            control.stop(Exit.INTERRUPTED, "interrupted", "")

    path = stage.write(stage.kind.rows(40))
    first = await stage.run(path, during=stop)
    second = await stage.run(path)
    assert first.run == second.run and second.counts == {"created": 40}
    assert {each.leg for each in figures_of(stage, first.run).stretches} == {1, 2}
    with stage.journal() as journal:
        one, two = journal.legs(journal.run(first.run).n)
    assert one.plan_rows == 40 and two.plan_rows == 40 - first.counts["created"]


async def test_no_row_contents_reach_what_was_measured(open_kind: Open) -> None:
    """P7: a stretch is numbers and nothing else."""
    stage = await open_kind(CASE)
    ended = await stage.run(stage.write(stage.kind.rows(5)))
    with stage.journal() as journal:
        text = json.dumps([repr(each) for each in journal.figures(journal.run(ended.run)).stretches])
    assert "text 1" not in text and "K-1" not in text and "example.com" not in text
