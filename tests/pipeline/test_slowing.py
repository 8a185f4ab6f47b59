"""A busy server is given room: the whole run slows, with fewer requests in flight, and a person is told once."""

import pytest

from importer.model.errors import Exit
from tests.pipeline.conftest import KINDS, Open


@pytest.mark.parametrize("kind", ["salesforce", "ibm"])
async def test_fewer_requests_where_the_server_takes_few(open_kind: Open, kind: str) -> None:
    """20 in flight at a server that takes 4: all rows arrive, a few are refused, and one line says so."""
    stage = await open_kind(KINDS[kind], "latency=10ms,concurrent_limit=4")
    stage.extra = 'rate = "5000/s"\nconcurrency = 20\n'
    ended = await stage.run(stage.write(stage.kind.rows(80)))
    assert ended.exit == Exit.DONE and ended.counts == {"created": 80}
    refused = stage.creates() - 80
    assert 16 <= refused <= 45, "the first burst, and one now and then when it tries for more"
    notices = stage.notices()
    assert notices.count("asks to slow down") == 1 and notices.count("takes rows again") == 1


async def test_a_busy_server_is_told_about_once(open_kind: Open) -> None:
    """Every fifth request is refused with a time to wait: two lines, not one for each row."""
    stage = await open_kind(KINDS["ibm"], "http_429=every:5,retry_after=0.05")
    ended = await stage.run(stage.write(stage.kind.rows(60)))
    assert ended.counts == {"created": 60}
    told = [text for text in stage.notices().splitlines() if "slow down" in text or "goes on" in text]
    assert len(told) == 2 and "HTTP_429" in told[0]


async def test_an_absurd_retry_after_is_capped_and_said(open_kind: Open) -> None:
    """A server that asks for a year gets a quarter of an hour; with less patience than that the run ends."""
    stage = await open_kind(KINDS["salesforce"], "http_429=on,retry_after=31536000")
    ended = await stage.run(stage.write(stage.kind.rows(20)), patience=60.0)
    assert ended.exit == Exit.LATER and ended.counts == {"not_sent": 20}
    assert "for longer than --patience allows" in ended.reason
    assert stage.creates() <= 6, "what was in flight"


@pytest.mark.parametrize("clock", ["-900s", "+900s"])
async def test_a_date_to_wait_for_is_meant_by_the_servers_clock(open_kind: Open, clock: str) -> None:
    """``Retry-After`` as a date, from a server whose clock is wrong: it waits as long as was meant."""
    stage = await open_kind(KINDS["salesforce"], f"http_429=at:3,retry_after=date:2s,clock={clock}")
    ended = await stage.run(stage.write(stage.kind.rows(10)), patience=30.0)
    assert ended.exit == Exit.DONE and ended.counts == {"created": 10}
    assert 0.9 <= ended.elapsed <= 6.0


async def test_row_locks_in_number_do_not_stop_the_run(open_kind: Open) -> None:
    """Every other row finds its parent locked: it goes again by itself, the run neither pauses nor speaks."""
    stage = await open_kind(KINDS["salesforce"], "row_lock=every:2")
    ended = await stage.run(stage.write(stage.kind.rows(12)))
    assert ended.exit == Exit.DONE and ended.counts == {"created": 12}
    assert "slow down" not in stage.notices()
