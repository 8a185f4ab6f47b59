"""What can be named as input: patterns, standard input, compressed files, several files."""

from __future__ import annotations

import gzip
import json
import os
import stat
import subprocess
from pathlib import Path

from importer.api.importing import FileResult
from importer.api.inputs import Spooled
from importer.cli.run import _of_standard_input
from importer.model.errors import ImporterError
from tests.cli.conftest import Desk, last_json

RUN = ("--mapping", "case.yaml", "--connection", "sf")


def piped(
    desk: Desk, content: bytes, *arguments: object, exit: int = 0
) -> subprocess.CompletedProcess[bytes]:
    """Run a command with ``content`` on standard input."""
    done = subprocess.run(
        desk.command(*arguments),
        cwd=desk.folder,
        env=desk.env,
        input=content,
        capture_output=True,
        timeout=60,
    )
    assert b"Traceback" not in done.stderr, done.stderr
    assert done.returncode == exit, done.stderr
    return done


def left_over(desk: Desk) -> list[Path]:
    """Return the files that standard input was spooled to."""
    return list(desk.folder.glob(".*stdin*"))


def test_standard_input(desk: Desk) -> None:
    """What comes through a pipe is imported, the results go where -o says, and nothing else stays."""
    content = desk.rows(5).read_bytes()
    done = piped(desk, content, "run", "-", *RUN, "-o", "out.csv", "--json")
    assert json.loads(done.stdout)["file"] == "-"
    assert desk.server.created() == 5
    assert [line["import_status"] for line in desk.lines("out.csv")] == ["created"] * 5
    assert not left_over(desk)
    again = piped(desk, gzip.compress(content), "run", "-", *RUN, "-o", "out.csv")
    assert b"Nothing to do" in again.stderr
    assert desk.server.created() == 5


def test_standard_input_needs_a_place_for_the_results(desk: Desk) -> None:
    """Without -o there is nothing to lie beside: wrong usage. A folder that is not there is said."""
    assert b"-o" in piped(desk, b"", "run", "-", *RUN, exit=2).stderr
    assert b"does not exist" in piped(desk, b"", "run", "-", *RUN, "-o", "no/out.csv", exit=1).stderr
    assert (
        b"standard input has no header" in piped(desk, b"", "run", "-", *RUN, "-o", "out.csv", exit=1).stderr
    )
    assert not left_over(desk)


def test_standard_input_stays_while_rows_are_left(desk: Desk) -> None:
    """Rows in doubt keep the input, for its owner alone: looking back needs it. What is settled needs it not."""
    content, mapping = desk.rows(3).read_bytes(), ("--mapping", "claim.yaml", "--connection", "icm")
    desk.server.fault("lose_after_commit=1")
    done = piped(desk, content, "run", "-", *mapping, "-o", "out.csv", exit=4)
    [kept] = left_over(desk)
    assert kept.name in done.stderr.decode()
    if os.name == "posix":
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    run = desk.lines("out.csv")[0]["import_run"]
    desk.run("results", run, "--status", "in_doubt", "-o", "doubts.csv")
    assert len(desk.lines("doubts.csv")) == 3
    for line in desk.lines("doubts.csv"):
        desk.run("resolve", run, "--row", line["import_row"], "--absent")
    desk.server.fault("")
    piped(desk, content, "run", "-", *mapping, "-o", "out.csv")
    assert not left_over(desk)


def test_standard_input_stays_while_its_results_are_not_written(tmp_path: Path) -> None:
    """Rows that were sent from a pipe are looked back at from the file that it was spooled to."""
    spool = Spooled(tmp_path / ".out.csv.stdin")
    error = ImporterError("RESULTS_NOT_WRITTEN", f"The results of {spool.path} cannot be written.")
    shown = _of_standard_input(FileResult(spool.path, None, error), spool)
    assert spool.kept
    assert (str(shown.path), shown.error and shown.error.message) == (
        "-",
        "The results of standard input cannot be written.",
    )
    _of_standard_input(FileResult(spool.path, None, ImporterError("NO_HEADER", "")), spool)
    assert not spool.kept


def test_check_takes_standard_input(desk: Desk) -> None:
    """``check -`` looks at what comes through a pipe."""
    done = piped(desk, desk.rows(4).read_bytes(), "check", "-", "--mapping", "case.yaml", "--json")
    found = json.loads(done.stdout)
    assert (found["file"], found["rows"]) == ("-", 4)
    done = piped(desk, desk.rows(2).read_bytes(), "preview", "-", "--mapping", "case.yaml", "--json")
    assert len(done.stdout.splitlines()) == 2


def test_patterns(desk: Desk) -> None:
    """A pattern that the shell has left alone names the files that match, without results files."""
    for number in (1, 2):
        path = desk.folder / f"part {number}.csv"
        text = desk.rows(2).read_text("utf-8")
        path.write_text(text.replace("text", f"part {number} "), "utf-8")
    desk.write("part 0.results.csv", "not,to\nbe,read\n")
    done = desk.run("run", "part*.csv", "part 1.csv", *RUN, "--json")
    assert [line["file"] for line in map(json.loads, done.stdout.splitlines())] == [
        "part 1.csv",
        "part 2.csv",
    ]
    assert "FILE_MISSING" in desk.run("run", "none*.csv", *RUN, "--json", exit=1).stdout


def test_a_name_like_a_pattern(desk: Desk) -> None:
    """A file that exists under the name is that file."""
    desk.rows(2, "in[1].csv")
    assert last_json(desk.run("run", "in[1].csv", *RUN, "--json").stdout)[0]["rows"] == 2


def test_compressed(desk: Desk) -> None:
    """A compressed file is imported, and its results are named after the table."""
    content = desk.rows(2).read_bytes()
    (desk.folder / "day.csv.gz").write_bytes(gzip.compress(content))
    done = desk.run("run", "day.csv.gz", *RUN)
    assert "Results: day.results.csv" in done.stdout
    assert len(desk.lines("day.results.csv")) == 2


def test_how_it_was_read_is_said_when_a_column_is_missing(desk: Desk) -> None:
    """A header below a title is not guessed; the refusal says what was read and where the header seems to be."""
    table = desk.rows(4).read_text("utf-8").split("\n", 1)
    desk.write("in.csv", "\n".join(["Report,of,May,2024", *table]))
    done = desk.run("run", "in.csv", *RUN, exit=1)
    assert "delimiter found: ','" in done.stderr
    assert "header_row: 2" in done.stderr
