"""Ctrl-C and SIGTERM while the server does not answer; what a killed run leaves can be resolved at once."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from tests.cli.conftest import Desk
from tests.cli.test_journeys import RUN_CASE, RUN_CLAIM, wait_for

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals to send to one process")
SOON = 10.0
"""Seconds in which a run that is told to give up must have ended; the request would hang for two minutes."""


def arrived(desk: Desk, kind: str, count: int = 1) -> Callable[[], bool]:
    """Say whether so many requests of a kind have reached the server."""
    return lambda: desk.server.requests(kind) >= count


def interrupt_twice(process: "subprocess.Popen[str]") -> tuple[str, str]:
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    told = ""
    while "Stopping" not in told:  # the first one was heard
        told = process.stderr.readline()
        assert told, "the run ended before it was told to give up"
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert time.monotonic() - began < SOON
    return out, err


@posix
def test_ctrl_c_while_the_schema_is_read(desk: Desk) -> None:
    """Nothing was sent yet: once is enough."""
    desk.server.reset("hang=on@read")
    desk.rows(3)
    process = desk.start(*RUN_CASE)
    wait_for(arrived(desk, "read"), process)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    _out, err = process.communicate(timeout=60)
    assert process.returncode == 130 and time.monotonic() - began < SOON
    assert "Interrupted before anything was sent" in err
    desk.server.fault("")
    desk.run(*RUN_CASE)
    assert desk.server.created() == 3


@posix
def test_ctrl_c_twice_while_rows_hang(desk: Desk) -> None:
    """The second one gives up on the answers: these rows are in doubt, and asked about the next time."""
    desk.server.reset("hang=at:3-6")
    desk.rows(40)
    process = desk.start(*RUN_CASE)
    wait_for(arrived(desk, "create", 6), process)
    out, _err = interrupt_twice(process)
    assert process.returncode == 130 and "in_doubt" in out
    statuses = [line["import_status"] for line in desk.lines()]
    # Five in flight, and one whose intent was durable and that waited for its turn.
    assert 1 <= statuses.count("in_doubt") <= 6 and "rejected" not in statuses
    desk.server.fault("")
    desk.run(*RUN_CASE)
    assert desk.server.created() == 40 and {line["import_status"] for line in desk.lines()} == {"created"}


@posix
def test_ctrl_c_twice_while_the_server_is_asked(desk: Desk) -> None:
    """The question about a lost row hangs: the run gives it up, the row stays in doubt and is asked about later."""
    desk.rows(1)
    desk.run(*RUN_CASE)
    signing_in = desk.server.requests("query")
    desk.server.reset(f"lose_after_commit=at:2,hang=at:{signing_in + 1}-99@query")
    desk.rows(4)
    process = desk.start(*RUN_CASE)
    wait_for(arrived(desk, "query", signing_in + 1), process)
    interrupt_twice(process)
    assert process.returncode == 130
    results = "in.results-2.csv"
    assert sorted(line["import_status"] for line in desk.lines(results)).count("in_doubt") == 1
    desk.server.fault("")
    desk.run(*RUN_CASE)
    assert desk.server.created() == 3 and "in_doubt" not in {
        line["import_status"] for line in desk.lines(results)
    }


@posix
@pytest.mark.slow
def test_a_terminated_run_waits_twenty_seconds(desk: Desk) -> None:
    """SIGTERM drains for 20 s, no longer; then the results are written and the exit code is 143."""
    desk.server.reset("hang=at:3-6")
    desk.rows(40)
    process = desk.start(*RUN_CASE)
    wait_for(arrived(desk, "create", 6), process)
    began = time.monotonic()
    process.terminate()
    process.communicate(timeout=60)
    assert process.returncode == 143 and 19 < time.monotonic() - began < 20 + SOON
    assert "in_doubt" in {line["import_status"] for line in desk.lines()}
    desk.server.fault("")
    desk.run(*RUN_CASE)
    assert desk.server.created() == 40


def test_what_a_killed_run_left_can_be_resolved_at_once(desk: Desk) -> None:
    """Nobody needs to run the import first: the rows in flight at the kill are in doubt, as results say."""
    desk.server.reset("hang=at:3")
    desk.rows(6)
    process = desk.start(*RUN_CLAIM)
    wait_for(arrived(desk, "create", 6), process)
    assert (
        "Another run loads into" in desk.run("resolve", run_of(desk), "--row", "4", "--absent", exit=5).stderr
    )
    process.kill()
    process.communicate()
    run = run_of(desk)
    desk.run("results", run, "--status", "in_doubt", "-o", "doubts.csv")
    rows = {line["import_row"] for line in desk.lines("doubts.csv")}
    assert rows, "whichever was the third to arrive"
    for row in rows:
        made = {record["AUTO_ClaimNumber"] for record in desk.server.records("AUTO_CollisionClaim")}
        [line] = [each for each in desk.lines("doubts.csv") if each["import_row"] == row]
        verdict = ("--is", "{A42BE8EB-848F-4CBD-B2F7-64FAF2CE7081}") if line["No"] in made else ("--absent",)
        desk.run("resolve", run, "--row", row, *verdict)
    desk.server.fault("")
    desk.run(*RUN_CLAIM)
    assert desk.server.created("AUTO_CollisionClaim") == 6


def run_of(desk: Desk) -> str:
    import json

    [found] = [json.loads(line) for line in desk.run("runs", "--json").stdout.splitlines()]
    return str(found["run"])
