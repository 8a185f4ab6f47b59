"""What a person at a shell lives through: import, kill, continue, look back, settle."""

import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest

from tests.cli.conftest import Desk, last_json
from tests.report_reading import read_report
from tests.stage import CASE, as_csv

RUN_CASE = ("run", "in.csv", "--mapping", "case.yaml", "--connection", "sf", "--via", "single")
RUN_CLAIM = ("run", "in.csv", "--mapping", "claim.yaml", "--connection", "icm")


def wait_for(condition: object, process: "subprocess.Popen[str]") -> None:
    """Wait until ``condition`` holds; the process must still be alive then."""
    end = time.monotonic() + 60
    while not condition():  # type: ignore[operator]
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end, "the condition never held"


def test_a_file_becomes_cases(desk: Desk) -> None:
    """The main job on both targets, and the results beside the input."""
    desk.rows(20)
    for command, record_type in ((RUN_CASE, "Case"), (RUN_CLAIM, "AUTO_CollisionClaim")):
        done = desk.run(*command)
        assert "created" in done.stdout and "Results: in.results" in done.stdout
        assert desk.server.created(record_type) == 20
    assert {line["import_status"] for line in desk.lines()} == {"created"}
    assert {line["import_status"] for line in desk.lines("in.results-2.csv")} == {"created"}, (
        "the results of another run are not overwritten"
    )


def test_json_is_all_that_standard_output_holds(desk: Desk) -> None:
    """``run --json``: one object per file with the fields of design §7, a refused file too."""
    desk.rows(3)
    done = desk.run(
        "run", "missing.csv", "in.csv", "--mapping", "case.yaml", "--connection", "sf", "--json", exit=1
    )
    refused, ended = last_json(done.stdout)
    assert refused == {
        "file": "missing.csv",
        "run": None,
        "exit": 1,
        "error": {
            "code": "FILE_MISSING",
            "message": refused["error"]["message"],
            "remedy": refused["error"]["remedy"],
        },
    }
    assert ended["rows"] == 3 and ended["counts"] == {"created": 3} and ended["exit"] == 0
    assert set(ended) == {
        "run", "file", "rows", "counts", "calls", "elapsed_seconds", "total_seconds", "rows_per_second",
        "results", "exit",
    }  # fmt: skip
    assert ended["calls"] >= 5 and ended["elapsed_seconds"] > 0


@pytest.mark.parametrize("command", [RUN_CASE, RUN_CLAIM])
def test_kill_9_and_the_same_command_again(desk: Desk, command: tuple[str, ...]) -> None:
    """Killed at a seeded point: nothing twice, nothing lost; IBM without search leaves doubts, and tells them."""
    seed = random.randrange(1 << 30)
    print(f"seed {seed}")
    record_type = "Case" if command is RUN_CASE else "AUTO_CollisionClaim"
    text = "Subject" if command is RUN_CASE else "AUTO_LossDescription"
    desk.server.reset("latency=5ms")
    desk.rows(150)
    stop_at = random.Random(seed).randrange(5, 120)
    process = desk.start(*command)
    wait_for(lambda: desk.server.created(record_type) >= stop_at, process)
    process.kill()
    process.communicate()
    done = desk.run(*command, exit=None)
    assert done.returncode in ((0,) if command is RUN_CASE else (0, 4)), done.stderr
    counts = Counter(line["import_status"] for line in desk.lines())
    records = Counter(record[text] for record in desk.server.records(record_type))
    assert set(records.values()) == {1}, "nothing twice"
    assert counts["created"] + counts["in_doubt"] == 150 and counts["in_doubt"] <= 6
    created = {line["Text"] for line in desk.lines() if line["import_status"] == "created"}
    doubtful = {line["Text"] for line in desk.lines() if line["import_status"] == "in_doubt"}
    assert created <= set(records) <= created | doubtful, "nothing lost, nothing called created that is not"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals to send to one process")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_drain_and_report(desk: Desk, number: signal.Signals, code: int) -> None:
    """Ctrl-C and SIGTERM: no doubt is left, results are written, the same command continues."""
    desk.server.reset("latency=10ms")
    desk.rows(400)
    process = desk.start(*RUN_CASE)
    wait_for(lambda: desk.server.created() >= 20, process)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == code, (out, err)
    assert "Stopping: nothing new is sent" in err and "The same command continues" in out
    counts = Counter(line["import_status"] for line in desk.lines())
    assert set(counts) == {"created", "not_sent"} and desk.server.created() == counts["created"]
    desk.run(*RUN_CASE)
    assert desk.server.created() == 400


def test_a_second_run_into_the_system_names_the_first(desk: Desk) -> None:
    """Two loads of one system at once: the second ends with 5, pid, host and start of the first."""
    desk.server.reset("latency=100ms")
    desk.rows(400)
    desk.write("other.csv", "No,Text,Amount,Mail\nZ-1,text z,1,z@example.com\n")
    process = desk.start(*RUN_CASE)
    wait_for(lambda: desk.server.created() >= 5, process)
    done = desk.run("run", "other.csv", "--mapping", "case.yaml", "--connection", "sf", exit=5)
    assert f"process {process.pid}" in done.stderr
    process.terminate()
    process.communicate(timeout=60)


def test_looking_back(desk: Desk) -> None:
    """runs, show and results, as text and JSON."""
    desk.write("in.csv", "No,Text,Amount,Mail\nA-1,text a,1,a@example.com\nA-2,text b,x,b@example.com\n")
    desk.run(*RUN_CASE, exit=3)
    [listed] = last_json(desk.run("runs", "--json").stdout)
    run = listed["run"]
    assert listed["counts"] == {"created": 1, "invalid": 1} and listed["codes"] == {"BAD_NUMBER": 1}
    assert run in desk.run("runs").stdout
    shown = desk.run("show", run).stdout
    assert "created" in shown and "BAD_NUMBER: 1" in shown and "in.results.csv" in shown
    assert json.loads(desk.run("show", run, "--json").stdout)["legs"][0]["exit"] == 3
    desk.run("results", run, "--status", "invalid", "-o", "bad.csv")
    assert [line["No"] for line in desk.lines("bad.csv")] == ["A-2"]
    assert "has no run" in desk.run("show", "20200101-abcdef", exit=1).stderr


def test_settling_by_the_work_list(desk: Desk) -> None:
    """results --status in_doubt, filled in by a person, resolves; then the run ends with 0."""
    desk.server.reset("lose_after_commit=at:2,lose_before_commit=at:4")
    desk.rows(6)
    done = desk.run(*RUN_CLAIM, exit=4)
    run = done.stdout.split("run ")[1].split(",")[0]
    assert f"resolve {run}" in done.stdout
    desk.run("results", run, "--status", "in_doubt", "-o", "doubts.csv")
    doubts = desk.lines("doubts.csv")
    assert len(doubts) == 2
    made = {record["AUTO_LossDescription"] for record in desk.server.records("AUTO_CollisionClaim")}
    text = (desk.folder / "doubts.csv").read_text("utf-8")
    for line in doubts:
        answer = "{A42BE8EB-848F-4CBD-B2F7-64FAF2CE7081}" if line["Text"] in made else "absent"
        text = text.replace(f"{line['import_row']},in_doubt,,", f"{line['import_row']},in_doubt,{answer},")
    desk.write("doubts.csv", text)
    assert "2 rows settled" in desk.run("resolve", run, "doubts.csv").stdout
    desk.run(*RUN_CLAIM)
    assert desk.server.created("AUTO_CollisionClaim") == 6
    assert "is not in doubt" in desk.run("resolve", run, "--row", "2", "--absent", exit=1).stderr
    assert desk.run("resolve", run, exit=2).stderr and desk.run("resolve", run, "--row", "2", exit=2).stderr


def test_check_and_preview_send_nothing(desk: Desk) -> None:
    """With and without a connection; JSON as design §7 says."""
    desk.write(
        "in.csv", "No,Text,Amount,Mail,Extra\nA-1,text a,1,a@example.com,\nA-2,text b,x,b@example.com,\n"
    )
    [checked] = last_json(
        desk.run("check", "in.csv", "--mapping", "case.yaml", "--connection", "sf", "--json", exit=3).stdout
    )
    assert checked["rows"] == 2 and checked["read"]["delimiter"] == ","
    bad = next(finding for finding in checked["findings"] if finding["code"] == "BAD_NUMBER")
    assert (bad["column"], bad["count"], bad["cells"], bad["values"]) == ("Amount", 1, ["line 3"], [["x", 1]])
    assert any(
        finding["code"] == "UNUSED_COLUMN" and finding["column"] == "Extra" for finding in checked["findings"]
    )
    assert checked["plan"]["path"] == "single" and checked["plan"]["calls"] == 3
    assert (
        "rows stay behind: BAD_NUMBER" in desk.run("check", "in.csv", "--mapping", "case.yaml", exit=3).stdout
    )
    first, second = last_json(desk.run("preview", "in.csv", "--mapping", "case.yaml", "--json").stdout)
    assert first["payload"] == {
        "Subject": "text a",
        "Amount__c": 1,
        "SuppliedEmail": "a@example.com",
        "Legacy_Id__c": "A-1",
    }
    assert second["status"] == "invalid" and second["problems"][0]["column"] == "Amount"
    [only] = last_json(desk.run("preview", "in.csv", "--mapping", "case.yaml", "--row", "3", "--json").stdout)
    assert only["row"] == 3
    assert (
        "no data row 9"
        in desk.run("preview", "in.csv", "--mapping", "case.yaml", "--row", "9", exit=1).stderr
    )
    schema = ("--connection", "sf", "--save-schema", "case.json")
    assert (
        "saved in case.json" in desk.run("check", "in.csv", "--mapping", "case.yaml", *schema, exit=3).stderr
    )
    alone = ("check", "in.csv", "--mapping", "case.yaml", "--schema", "case.json")
    said = desk.run(*alone, "-o", "copy.csv", exit=3).stdout
    assert "Checked against the schema of Simulated Org" in said and "1 would stay behind" in said
    assert [line["import_code"] for line in desk.lines("copy.csv")] == ["", "BAD_NUMBER"]
    assert "one of the two" in desk.run(*alone, "--connection", "sf", exit=2).stderr
    assert desk.server.created() == 0


def test_connections_and_journal(desk: Desk) -> None:
    """connection list and test, journal where, check and backup."""
    assert "sf" in desk.run("connection", "list").stdout
    tested = json.loads(desk.run("connection", "test", "sf", "--json").stdout)
    assert tested["system"].startswith("00D") and tested["production"] is False
    assert "signed in" in desk.run("connection", "test", "icm").stdout
    desk.rows(2)
    desk.run(*RUN_CASE)
    where = desk.run("journal", "where").stdout.strip()
    assert where == str(desk.folder / "state" / "journal.db")
    assert "whole" in desk.run("journal", "check").stdout
    desk.run("journal", "backup", "copy.db")
    assert "exists" in desk.run("journal", "backup", "copy.db", exit=1).stderr
    (desk.folder / "state" / "journal.db").write_bytes(b"garbage" * 1000)
    for name in ("journal.db-wal", "journal.db-shm"):
        (desk.folder / "state" / name).unlink(missing_ok=True)
    assert "cannot be read" in desk.run("journal", "check", exit=1).stderr
    assert "Do not delete it" in desk.run(*RUN_CASE, exit=1).stderr
    assert desk.server.created() == 2


def test_mapping_commands(desk: Desk) -> None:
    """mapping check names every fault with line and column; mapping schema prints JSON."""
    assert "no faults" in desk.run("mapping", "check", "case.yaml").stdout
    desk.write(
        "bad.yaml", "version: 1\ntarget: salesforce\ncolumns:\n  A: {to: Subject, tpye: text}\n  B: Subject\n"
    )
    err = desk.run("mapping", "check", "bad.yaml", exit=1).stderr
    assert "bad.yaml:4:" in err and '"type"' in err and "bad.yaml:5:" in err
    assert "\n    A: {to: Subject, tpye: text}\n                     ^\n" in err
    told = json.loads(desk.run("mapping", "check", "bad.yaml", "--json", exit=1).stdout)["faults"]
    assert [(each["line"], each["file"]) for each in told] == [(4, "bad.yaml"), (5, "bad.yaml")]
    assert json.loads(desk.run("mapping", "schema").stdout)["type"] == "object"


def test_a_report_for_people(desk: Desk) -> None:
    """The page lies beside the file; what cannot be shown is said on standard error; a wrong run is exit 1."""
    rows = CASE.rows(3)
    rows[1][3] = "nothing"
    desk.write("in.csv", as_csv(rows))
    desk.run(*RUN_CASE, exit=3)
    [run] = [json.loads(line)["run"] for line in desk.run("runs", "--json").stdout.splitlines()]
    done = desk.run("report", run)
    page = desk.folder / "in.report.html"
    assert str(page) in done.stdout and read_report(page).headline == "2 of 3 rows are in; 1 failed."
    (desk.folder / "in.csv").unlink()
    done = desk.run("report", run, "--with-values", "--json")
    assert json.loads(done.stdout) == {"run": run, "report": str(page)}
    assert "No values are shown" in done.stderr
    assert "has no run" in desk.run("report", "20200101-aaaaaa", exit=1).stderr
    assert "does not end so" in desk.run("report", run, "-o", "page.csv", exit=1).stderr


def test_secrets_stay_in_their_place(desk: Desk) -> None:
    """P7: a password is in no output, journal, results file or lock file, not even with --debug."""
    desk.rows(2)
    done = desk.run(*RUN_CASE, "--debug")
    assert "POST create Case: 201" in done.stderr
    everything = [done.stdout.encode(), done.stderr.encode()]
    everything += [path.read_bytes() for path in desk.folder.rglob("*") if path.is_file()]
    assert not [text for text in everything if b"s3cret-of-the-desk" in text]


def test_help_of_every_command(desk: Desk) -> None:
    """Each command explains itself; a wrong option is usage, exit 2."""
    listed = desk.run("--help").stdout
    for name in (
        "run",
        "check",
        "preview",
        "runs",
        "show",
        "results",
        "report",
        "resolve",
        "simulator",
        "connection",
        "mapping",
        "journal",
    ):
        assert f"  {name} " in listed
        assert desk.run(name, "--help").stdout.startswith("Usage: case-importer")
    assert "No such option" in desk.run("run", "--nonsense", exit=2).stderr
    assert "not a rate" in desk.run(*RUN_CASE, "--rate", "fast", exit=2).stderr
    assert "percentage" in desk.run(*RUN_CASE, "--max-errors", "few", exit=2).stderr
