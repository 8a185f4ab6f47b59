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
    attempts = {(line["import_status"], line["import_attempts"]) for line in stage.lines(ended)}
    assert attempts <= {("in_doubt", "1"), ("not_sent", "0"), ("not_sent", "")}, (
        "what did not leave is no attempt"
    )


async def test_a_cell_that_is_part_of_a_code_does_not_hide_it(open_kind: Open) -> None:
    """A row with the value "FN" is answered with FNRPA9500E: the reason says the whole code."""
    stage = await open_kind(CLAIM, "http_500_before=on")
    rows = [[f"K-{n}", "FN", "1", "m@example.com"] for n in range(9)]
    ended = await stage.run(stage.write(rows))
    assert ended.exit == Exit.GUARD and ended.reason.count("FNRPA9500E") >= 2 and "⟦" not in ended.reason


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
