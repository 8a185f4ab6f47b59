"""The program as a process: start line, end, store, and that it imports nothing of ours."""

from __future__ import annotations

import ast
import json
import os
import signal
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from importer.simulator import Options, SimulatorError, serve

ROOT = Path(__file__).parents[2]
ROOM = ROOT / "importer" / "simulator"


class Program:
    """One simulator process; ``line`` is what it printed."""

    def __init__(self, store: Path, *arguments: str) -> None:
        command = [sys.executable, "-m", "importer.simulator", "--store", str(store), *arguments]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, cwd=ROOT)
        assert self.process.stdout
        text = self.process.stdout.readline()
        self.line: dict[str, Any] = json.loads(text) if text else {}

    def wait(self) -> tuple[int, str, str]:
        """Give exit code, the rest of standard output, and standard error."""
        out, err = self.process.communicate(timeout=20)
        return self.process.returncode, out, err

    def claim(self) -> int:
        """Create an IBM case; give the status."""
        items = [{"SymbolicName": "AUTO_ClaimDate", "Value": "2024-05-02T08:00:00Z"}]
        content = {"CaseType": "AUTO_CollisionClaim", "TargetObjectStore": "ATOSME", "Properties": items}
        url = self.line["url"] + "/CaseManager/CASEREST/v1/cases"
        request = urllib.request.Request(url, json.dumps(content).encode())
        request.add_header("Authorization", "Basic aWNtOnM=")
        with urllib.request.urlopen(request) as answer:
            return int(answer.status)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "with blank" / "store.db"


@pytest.fixture
def programs() -> Iterator[list[Program]]:
    """Processes to be killed at the end, in case a test fails before."""
    started: list[Program] = []
    yield started
    for program in started:
        program.process.kill()
        program.process.communicate()


def test_one_line_says_where_it_listens_and_the_end_of_its_parent_ends_it(
    store: Path, programs: list[Program]
) -> None:
    """url, page, pid and seed in one line of JSON; the end of standard input is a clean end."""
    program = Program(store, "--end-with-parent", "--seed", "42", "--page-token", "t")
    programs.append(program)
    assert set(program.line) == {"url", "page", "pid", "seed"}
    assert (program.line["seed"], program.line["pid"]) == (42, program.process.pid)
    assert program.line["page"] == program.line["url"] + "/?token=t"
    assert program.claim() == 201
    assert program.wait() == (0, "", "")


def test_a_second_process_on_the_store_names_the_first(store: Path, programs: list[Program]) -> None:
    """Exit 1 with one line; when the first has ended, the store is free and holds its records."""
    first = Program(store, "--end-with-parent")
    programs.append(first)
    assert first.claim() == 201
    second = Program(store, "--end-with-parent")
    programs.append(second)
    code, out, err = second.wait()
    assert (code, out, second.line) == (1, "", {})
    assert first.line["url"] in err
    assert str(first.process.pid) in err
    assert err.count("\n") == 1
    assert first.wait()[0] == 0
    third = Program(store, "--end-with-parent")
    programs.append(third)
    assert third.claim() == 201
    third.wait()
    assert _identifiers(store) == [1, 2]


def _identifiers(store: Path) -> list[int]:
    database = sqlite3.connect(store)
    rows = database.execute(
        "SELECT fields FROM record WHERE type = 'AUTO_CollisionClaim' ORDER BY seq"
    ).fetchall()
    database.close()
    return [int(json.loads(fields)["CmAcmCaseIdentifier"][-12:]) for (fields,) in rows]


def test_a_killed_simulator_keeps_what_it_answered(store: Path, programs: list[Program]) -> None:
    """Records outlive kill -9, numbers go on, and the lock is free."""
    for _ in range(2):
        program = Program(store)
        programs.append(program)
        assert program.claim() == 201
        program.process.kill()
        program.wait()
    assert _identifiers(store) == [1, 2]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM that a process can handle")
def test_signals_end_it_cleanly_but_ctrl_c_is_the_parents(store: Path, programs: list[Program]) -> None:
    """SIGTERM and SIGINT are exit 0; under --end-with-parent SIGINT is ignored."""
    for number in (signal.SIGTERM, signal.SIGINT):
        program = Program(store)
        programs.append(program)
        program.process.send_signal(number)
        assert program.wait() == (0, "", "")
    program = Program(store, "--end-with-parent")
    programs.append(program)
    program.process.send_signal(signal.SIGINT)
    assert program.claim() == 201
    assert program.wait()[0] == 0


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["--faults", "lose_after_comit=on"], 2, "lose_after_commit"),
        (["--latency", "fast"], 2, "duration"),
        (["--credentials", "nobody"], 2, "USER:PASSWORD"),
        (["--port", "99999999"], 1, "Port"),
    ],
)
def test_wrong_options_are_told_without_a_traceback(
    store: Path, programs: list[Program], arguments: list[str], code: int, told: str
) -> None:
    """Wrong usage is exit 2, a port that cannot be used exit 1."""
    program = Program(store, *arguments)
    programs.append(program)
    ended, _, err = program.wait()
    assert (ended, told in err, "Traceback" in err) == (code, True, False)


async def test_a_file_that_is_no_store_is_refused(tmp_path: Path) -> None:
    """A text file, a database of somebody else's version and a folder: one line each, and no lock is kept."""
    text = tmp_path / "text.db"
    text.write_text("Dear diary, this is no database at all." * 20, encoding="utf-8")
    newer = tmp_path / "newer.db"
    database = sqlite3.connect(newer)
    database.execute("PRAGMA user_version = 99")
    database.close()
    for path in (text, newer, text / "below"):
        for _ in range(2):
            with pytest.raises(SimulatorError, match=path.name) as error:
                await serve(Options(store=path))
            assert "in use" not in str(error.value)


async def test_stores_are_separate_and_keep_their_org(tmp_path: Path) -> None:
    """The org is the same for all stores unless asked otherwise; a store keeps the one it was made for."""
    orgs = []
    for name, spec in (("a.db", ""), ("b.db", ""), ("c.db", "org=2"), ("c.db", "")):
        running = await serve(Options(store=tmp_path / name, faults=spec))
        orgs.append(running.world.store.select("type = 'Organization'")[0].id)
        await running.stop()
    assert orgs[0] == orgs[1] != orgs[2] == orgs[3]


def test_it_imports_nothing_of_ours() -> None:
    """Every import in the room is the standard library, aiohttp or the room itself."""
    allowed = set(sys.stdlib_module_names) | {"aiohttp"}
    for path in ROOM.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                assert not node.level
                names = [str(node.module)]
            for name in names:
                assert name.startswith("importer.simulator") or name.split(".")[0] in allowed, (path, name)


def test_nothing_heavy_is_loaded_when_it_starts() -> None:
    """The program starts without any other room and without the libraries of the importer."""
    code = "import sys, importer.simulator.__main__; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    modules = set(loaded.stdout.split())
    ours = {
        name for name in modules if name.startswith("importer.") and not name.startswith("importer.simulator")
    }
    assert ours == set()
    assert not modules & {"pandas", "numpy", "openpyxl", "pydantic", "yaml", "click", "tqdm"}
