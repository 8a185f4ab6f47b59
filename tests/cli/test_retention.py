"""Looking back while a run is at work, pruning, forgetting: by the command line."""

import json

from tests.cli.conftest import Desk, Here, last_json
from tests.cli.test_journeys import RUN_CASE, wait_for


def test_looking_back_while_a_run_is_at_work(desk: Desk, here: Here) -> None:
    """runs, show and results answer while rows are in flight, and the run is none the worse."""
    desk.rows(900)
    process = desk.start(*RUN_CASE, "--rate", "30/s", "--quiet")
    try:
        wait_for(lambda: desk.server.created() > 5, process)
        [run] = last_json(here.run("runs", "--json").stdout)
        assert run["exit"] is None and run["counts"]["not_sent"] > 0
        shown = json.loads(here.run("show", run["run"], "--json").stdout)
        assert shown["run"] == run["run"] and shown["counts"]["created"] > 0
        part = json.loads(here.run("results", run["run"], "-o", "part.csv", "--json").stdout)
        assert part["rows"] == 900
        statuses = {line["import_status"] for line in desk.lines("part.csv")}
        assert process.poll() is None and "not_sent" in statuses
    finally:
        process.terminate()
        process.communicate(timeout=60)
    assert process.returncode == 143
    created = sum(line["import_status"] == "created" for line in desk.lines())
    assert created == desk.server.created()


def test_pruning_and_forgetting(desk: Desk, here: Here) -> None:
    """A pruned run is still known; forgotten rows are new; both say what they did, forgetting asks."""
    desk.rows(5)
    here.run(*RUN_CASE)
    [run] = last_json(here.run("runs", "--json").stdout)
    [pruned] = last_json(here.run("runs", "--prune", "0s", "--json").stdout)
    assert pruned["runs"] == 1 and pruned["attempts"] == 4 and pruned["bytes_after"] <= pruned["bytes_before"]
    assert "RUN" not in here.run("results", run["run"], exit=1).stdout
    desk.write("more.csv", (desk.folder / "in.csv").read_text("utf-8") + "K-6,text 6,1,m@example.com\n")
    [ended] = last_json(here.run("run", "more.csv", *RUN_CASE[2:], "--json").stdout)
    assert ended["counts"] == {"created": 1, "exists": 5}
    [known] = last_json(here.run("ledger", "list", "--json").stdout)
    assert known["source"] == "stage" and known["records"] == 6
    refused = here.run("ledger", "forget", "stage", exit=1)
    assert "all 6 records" in refused.stderr and "--yes" in refused.stderr
    done = here.run("ledger", "forget", "stage", "--key", "k-2", "--yes")
    assert "1 forgotten" in done.stdout
    desk.write("more.csv", (desk.folder / "more.csv").read_text("utf-8") + "K-7,text 7,1,m@example.com\n")
    [ended] = last_json(here.run("run", "more.csv", *RUN_CASE[2:], "--json").stdout)
    assert ended["counts"] == {"created": 1, "exists": 6}, "the server's unique key still refuses K-2"
    assert "no such source" in here.run("ledger", "forget", "other", "--yes", exit=1).stderr
