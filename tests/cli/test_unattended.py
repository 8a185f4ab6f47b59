"""What unattended loads leave: JSON log lines, metrics, notifications that fail; the watcher as a command."""

import json
import signal

from tests.cli.conftest import Desk, Here, last_json
from tests.cli.test_journeys import RUN_CASE, wait_for
from tests.stage import CASE, as_csv


def test_a_json_log_has_one_line_per_run_at_info(desk: Desk, here: Here) -> None:
    """Every line on standard error is JSON; a run is one line of level info, a refused file one of level error."""
    desk.rows(3)
    done = desk.run("run", "in.csv", "gone.csv", *RUN_CASE[2:], "--log", "json", "--debug", exit=1)
    assert done.stdout == ""
    lines = last_json(done.stderr)
    assert all({"time", "level", "event"} <= set(line) for line in lines)
    [info] = [line for line in lines if line["level"] == "info"]
    assert (info["event"], info["counts"], info["exit"]) == ("run", {"created": 3}, 0)
    [error] = [line for line in lines if line["level"] == "error"]
    assert error["file"] == "gone.csv" and error["error"]["code"] and error["error"]["remedy"]
    assert "text 1" not in done.stderr and "s3cret" not in done.stderr
    [usual] = last_json(here.run(*RUN_CASE, "--log", "json", "--json").stdout)
    assert usual["counts"] == {"created": 3}
    [line] = last_json(here.run("run", "in.csv", "--mapping", "none.yaml", "--log", "json", exit=1).stderr)
    assert line["level"] == "error" and line["error"]["code"] == "MAPPING_NOT_FOUND"


def test_a_notification_that_fails_changes_nothing(desk: Desk, here: Here) -> None:
    """The hook is away: exit 0 all the same, with a sentence; a faulty notify file is refused before anything."""
    desk.rows(2)
    desk.write(
        "notify.toml", '[webhook]\nurl = "http://127.0.0.1:9/hook"\n[command]\nrun = ["no-such-program"]\n'
    )
    done = here.run(*RUN_CASE, "--notify", "notify.toml", "--metrics", "load.prom", exit=0)
    assert done.stderr.count("The import is not touched") == 2
    assert 'last_rows{job="case",status="created"} 2' in (desk.folder / "load.prom").read_text("utf-8")
    desk.write("notify.toml", "[mail]\n")
    desk.rows(4)
    assert "[mail] server" in here.run(*RUN_CASE, "--notify", "notify.toml", exit=1).stderr
    assert desk.server.created() == 2


WATCH = ("watch", "drop", "--mapping", "case.yaml", "--connection", "sf", "--quiet-time", "100ms")


def drop(desk: Desk, name: str, start: int, count: int = 3) -> None:
    inbox = desk.folder / "drop" / "inbox"
    inbox.mkdir(parents=True, exist_ok=True)
    (inbox / name).write_text(as_csv(CASE.rows(count, start)), encoding="utf-8")


def test_the_watcher_by_the_command_line(desk: Desk, here: Here) -> None:
    """Files that come one after the other; the same bytes again; Ctrl-C; looking back at what lies in done."""
    drop(desk, "a.csv", 1)
    process = desk.start(*WATCH, "--every", "100ms", "--json")
    done = desk.folder / "drop" / "done"
    try:
        wait_for(lambda: list(done.rglob("a.csv")), process)
        drop(desk, "copy of a.csv", 1)
        drop(desk, "b.csv", 3)
        wait_for(lambda: len(list(done.rglob("*.results.csv"))) == 3, process)
        second = here.run(*WATCH, "--once", exit=5)
        assert "Another watcher" in second.stderr
        wait_for(lambda: not list((desk.folder / "drop" / "working").iterdir()), process)
    finally:
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    told = {line["file"]: line for line in last_json(out)}
    assert told["a.csv"]["counts"] == {"created": 3} and told["b.csv"]["counts"] == {
        "exists": 1,
        "created": 2,
    }
    assert told["copy of a.csv"]["message"].startswith(f"Nothing to do: run {told['a.csv']['run']} imported")
    assert desk.server.created() == 5
    again = json.loads(here.run("results", told["a.csv"]["run"], "-o", "again.csv", "--json").stdout)
    assert again["rows"] == 3, "the journal knows where the file went"
    shown = json.loads(here.run("show", told["b.csv"]["run"], "--json").stdout)
    assert shown["file"] == told["b.csv"]["source"] and shown["results"] == told["b.csv"]["results"]


def test_wrong_use_of_watch(desk: Desk, here: Here) -> None:
    """Usage is 2; a mapping with faults, names that clash, a folder that cannot be made are 1."""
    assert "--mapping FILE, or --mappings DIR" in here.run("watch", "drop", exit=2).stderr
    here.run("watch", "drop", "--mapping", "case.yaml", "--mappings", ".", exit=2)
    assert "no folder" in here.run("watch", "drop", "--mappings", "case.yaml", exit=2).stderr
    assert "no mapping file" in here.run("watch", "drop", "--mapping", "none.yaml", "--once", exit=1).stderr
    same = here.run(*WATCH, "--once", "--done", "x", "--failed", "X", exit=1)
    assert "are the same" in same.stderr
    other = desk.folder / "claim.yaml"
    assert (
        "is for salesforce"
        in here.run("watch", "drop", "--mapping", other, *WATCH[4:], "--once", exit=1).stderr
    )
    assert "no connection" in here.run(*WATCH, "--once", "--connection", "none", exit=1).stderr
    desk.write("file", "")
    assert "cannot be made" in here.run("watch", "file/drop", *WATCH[2:], "--once", exit=1).stderr
