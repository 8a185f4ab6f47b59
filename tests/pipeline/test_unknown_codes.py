"""A server whose error nobody knows: three doubts with one code, and the run ends (design §7, exit 6)."""

import logging

import pytest

from importer.model.errors import Exit
from tests.pipeline.conftest import Open
from tests.stage import CLAIM


async def test_the_same_unknown_id_three_times_in_a_row_stops_the_run(open_kind: Open) -> None:
    """Instead of a doubt for each of 60 rows: exit 6, with the server's words and what to do."""
    stage = await open_kind(CLAIM, "http_500_before=on")
    stage.extra = 'rate = "5000/s"\nconcurrency = 2\n'
    ended = await stage.run(stage.write(stage.kind.rows(60)))
    assert ended.exit == Exit.GUARD and stage.creates() <= 6
    assert "FNRPA9500E" in ended.reason and "unexpected error" in ended.reason
    assert "verdicts" in ended.remedy
    assert 3 <= ended.counts["in_doubt"] <= 6 and ended.counts["not_sent"] >= 54


async def test_what_the_connection_teaches_does_not_stop_the_run(open_kind: Open) -> None:
    """Taught as a refusal it is one row's own matter: all of them are tried."""
    stage = await open_kind(CLAIM, "http_500_before=on")
    stage.extra += '[stage.verdicts]\nFNRPA9500E = "rejected"\n'
    ended = await stage.run(stage.write(stage.kind.rows(12)))
    assert ended.exit == Exit.ROWS_FAILED and ended.counts == {"rejected": 12}


async def test_successes_in_between_let_the_run_go_on(open_kind: Open) -> None:
    """Every third row fails in an unknown way: each is in doubt, and all others are created."""
    stage = await open_kind(CLAIM, "http_500_before=every:3")
    stage.extra = 'rate = "5000/s"\nconcurrency = 1\n'
    ended = await stage.run(stage.write(stage.kind.rows(12)))
    assert ended.exit == Exit.IN_DOUBT and ended.counts == {"created": 8, "in_doubt": 4}


async def test_the_whole_refusal_is_in_the_debug_log_without_values_and_nowhere_else(
    open_kind: Open, caplog: pytest.LogCaptureFixture
) -> None:
    """Causes with class and host names help who runs the server; results are for who has the table."""
    caplog.set_level(logging.DEBUG, "importer.targets.ibm")
    stage = await open_kind(CLAIM, "http_500_before=at:1")
    ended = await stage.run(stage.write(stage.kind.rows(2)))
    assert "host01" in caplog.text and "host01" not in str(stage.lines(ended))
