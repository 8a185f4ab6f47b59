"""``undo`` as a person at a shell lives through it: plan, kill -9, the same command again, JSON, refusals."""

import random
from collections import Counter

import pytest

from tests.cli.conftest import Desk, Here, last_json
from tests.cli.test_journeys import RUN_CASE, RUN_CLAIM, wait_for


def run_of(here: Here) -> str:
    found = last_json(here.run("runs", "--json").stdout)
    return next(each["run"] for each in found if each["undoes"] is None)


@pytest.mark.parametrize("command", [RUN_CASE, RUN_CLAIM], ids=["salesforce", "ibm"])
def test_kill_9_in_the_middle_of_an_undo_and_the_same_command_again(
    desk: Desk, here: Here, command: tuple[str, ...]
) -> None:
    """Killed at a seeded point: all of it is gone in the end, said once each, and the file makes it anew."""
    seed = random.randrange(1 << 30)
    print(f"seed {seed}")
    record_type, name = ("Case", "sf") if command is RUN_CASE else ("AUTO_CollisionClaim", "icm")
    text = desk.folder.joinpath("connections.toml").read_text("utf-8")
    text = text.replace("concurrency = 5\n", "concurrency = 5\ncollection_rows = 4\nallow_delete = true\n")
    desk.connections(f"{text}allow_delete = true\n")
    desk.rows(80)
    here.run(*command)
    run = run_of(here)
    desk.server.fault("latency=15ms")
    stop_at = random.Random(seed).randrange(5, 60)
    process = desk.start("undo", run, "--yes", "--connection", name)
    wait_for(lambda: desk.server.created(record_type) <= 80 - stop_at, process)
    process.kill()
    process.communicate()
    done = here.run("undo", run, "--yes", "--connection", name, "--json")
    [ended] = last_json(done.stdout)
    assert set(ended["counts"]) == {"deleted"} and ended["counts"]["deleted"] == ended["rows"] == 80, (
        done.stderr
    )
    assert desk.server.created(record_type) == 0 and ended["exit"] == 0
    lines = desk.lines("in.undo.csv")
    assert Counter(line["import_status"] for line in lines) == {"deleted": 80}
    assert [line["No"] for line in lines] == [f"K-{n}" for n in range(1, 81)]
    desk.server.fault("")
    here.run(*command)
    assert desk.server.created(record_type) == 80


def test_what_a_person_sees(desk: Desk, here: Here) -> None:
    """Refused without leave; a question that nobody can answer is a no; the plan; runs and show tell of it."""
    desk.rows(3)
    here.run(*RUN_CASE)
    run = run_of(here)
    refused = here.run("undo", run, "--connection", "sf", exit=1).stderr
    assert "allow_delete = true under [sf]" in refused
    text = desk.folder.joinpath("connections.toml").read_text("utf-8")
    desk.connections(text.replace("concurrency = 5\n", "concurrency = 5\nallow_delete = true\n"))
    asked = here.run("undo", run, "--connection", "sf", exit=1).stderr
    assert "recycle bin" in asked and "Nothing was deleted" in asked and desk.server.created() == 3
    assert "to delete" in here.run("undo", run, "--connection", "sf", "--plan").stdout
    planned = last_json(here.run("undo", run, "--connection", "sf", "--plan", "--json").stdout)
    assert planned[0]["plan"] == {"delete": 3, "kept": 0, "gone": 0} and desk.server.created() == 3
    assert "leave -o out" in here.run("undo", run, "--plan", "-o", "x.csv", exit=2).stderr
    wrong = here.run("undo", run, "--connection", "icm", "--yes", exit=1).stderr
    assert "is for ibm-case-manager" in wrong
    assert "has no run" in here.run("undo", "20200101-abcdef", "--connection", "sf", exit=1).stderr
    done = here.run("undo", run, "--connection", "sf", "--yes").stdout
    assert "deleted" in done and "in.undo.csv" in done and "free again" in done
    listed = last_json(here.run("runs", "--json").stdout)
    undo = next(each for each in listed if each["undoes"] == run)
    assert undo["counts"] == {"deleted": 3} and f"undo of {run}" in here.run("runs").stdout
    assert f"Undone by run {undo['run']}" in here.run("show", run).stdout
    assert f"Undoes run {run}" in here.run("show", undo["run"]).stdout
    assert "Nothing to do" in here.run("undo", run, "--connection", "sf", "--yes").stdout
    here.run("results", undo["run"], "--status", "deleted", "-o", "again.csv")
    assert [line["import_status"] for line in desk.lines("again.csv")] == ["deleted"] * 3
