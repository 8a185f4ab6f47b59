"""Collections: few calls for many rows; requests refused for their size or for one row go again smaller."""

import asyncio
from dataclasses import replace
from typing import cast

import pytest

from importer.model.errors import Exit
from importer.model.events import Event
from importer.model.outcome import Rejected, RowOutcome, Smaller, Unknown
from importer.pipeline.answers import _learn
from importer.pipeline.batches import BatchSize
from importer.pipeline.consider import Ready
from importer.pipeline.control import Control
from tests.pipeline.conftest import Open
from tests.stage import CASE, COLLECTIONS

WHOLE = replace(CASE, name="whole", via="collections")


async def test_two_thousand_rows_take_ten_requests(open_kind: Open) -> None:
    """200 rows a request; before them sign-in, and one request for the org, its limits and the schema."""
    stage = await open_kind(WHOLE)
    ended = await stage.run(stage.write(stage.kind.rows(2000)))
    assert ended.counts == {"created": 2000} and ended.exit == Exit.DONE
    kinds = [seen.kind for seen in stage.running.world.log]
    assert kinds == ["signin", "read", *["create"] * 10, "read"], "the last one asks for the case numbers"
    assert ended.calls == len(kinds)


@pytest.mark.slow
async def test_twenty_thousand_rows_take_a_hundred_and_two_requests(open_kind: Open) -> None:
    """Everything that leaves is counted, at the server; the numbers of so many cases are not asked for."""
    stage = await open_kind(WHOLE)
    ended = await stage.run(stage.write(stage.kind.rows(20_000)))
    assert ended.counts == {"created": 20_000}
    assert len(stage.running.world.log) == ended.calls == 102


@pytest.mark.parametrize("switch", ["apex_limit=3", "batch_retries=3,row_lock=at:1,fault_rows=at:2"])
@pytest.mark.parametrize("keyed", [True, False], ids=["match", "content"])
async def test_what_is_too_much_at_once_goes_in_smaller_parts(
    open_kind: Open, switch: str, keyed: bool
) -> None:
    """Limits of Apex hold for a request: its rows go in halves, nothing twice, nothing called failed."""
    stage = await open_kind(WHOLE, switch, keyed=keyed)
    ended = await stage.run(stage.write(stage.kind.rows(40)))
    assert ended.counts == {"created": 40} and len(stage.records()) == 40, stage.notices()


@pytest.mark.parametrize("fault", ["lose_after_commit", "lose_before_commit"])
@pytest.mark.parametrize("keyed", [True, False], ids=["match", "content"])
async def test_a_lost_answer_to_two_hundred_rows_settles_each(
    open_kind: Open, keyed: bool, fault: str
) -> None:
    """Each is found by its key or its content, or was never made: one record for each row."""
    stage = await open_kind(WHOLE, f"{fault}=at:1", keyed=keyed)
    stage.extra += 'settle_after = "1s"\n'
    ended = await stage.run(stage.write(stage.kind.rows(200)))
    assert ended.counts == {"created": 200} and ended.exit == Exit.DONE, stage.notices()
    assert len(stage.records()) == len(set(stage.texts())) == 200


@pytest.mark.parametrize(
    ("outcome", "now"),
    [
        (Unknown("took too long", busy=True), 10),
        (Unknown("lost"), 20),
        (Smaller("C", "r", Rejected(()), lasting=True), 10),
        (Smaller("C", "r", Rejected(())), 20),
        (Rejected(()), 40),
    ],
)
def test_what_the_size_of_a_send_learns(outcome: RowOutcome, now: int) -> None:
    """What was too much, or kept the server too long, is halved for the sends that follow."""
    size = BatchSize(200)
    size.now = 20
    _learn([(cast(Ready, None), outcome)] * 20, size)
    assert size.now == now


async def test_locked_rows_go_again_and_the_others_do_not(open_kind: Open) -> None:
    """A lock is told record by record: the rest of the request stands."""
    stage = await open_kind(COLLECTIONS, "row_lock=at:1,fault_rows=at:2+4")
    ended = await stage.run(stage.write(stage.kind.rows(5)))
    lines = stage.lines(ended)
    assert ended.counts == {"created": 5} and len(stage.records()) == 5
    assert [line["import_attempts"] for line in lines] == ["1", "2", "1", "2", "1"]


async def test_a_second_interrupt_while_rows_are_still_read(open_kind: Open) -> None:
    """Requests that get no answer are given up, and the rest of the file is not waited for: the run ends."""
    stage = await open_kind(WHOLE, "hang=at:1-100")

    def interrupt(_event: Event, control: Control) -> None:
        for seconds in (0.5, 0.7):
            asyncio.get_running_loop().call_later(seconds, control.interrupt, Exit.INTERRUPTED)

    rows = 20 * 200  # more than the requests that are in flight or wait
    ended = await asyncio.wait_for(stage.run(stage.write(stage.kind.rows(rows)), during=interrupt), 30)
    assert ended.exit == Exit.INTERRUPTED
    assert ended.counts["in_doubt"] + ended.counts["not_sent"] == rows and ended.counts["not_sent"]
    assert len(stage.records()) <= ended.counts["in_doubt"]
