"""The command line as a subprocess, against a simulator in a process of its own."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from importer.cli.app import run_app
from tests.stage import CASE, CLAIM, as_csv

ROOT = Path(__file__).parents[2]
TOKEN = "page-token-of-the-tests"


@dataclass
class Server:
    """A simulator process, seen through its admin resources."""

    url: str

    def _call(self, method: str, path: str, content: object = None) -> Any:
        request = urllib.request.Request(
            f"{self.url}/__simulator__/{path}",
            data=None if content is None else json.dumps(content).encode(),
            headers={"X-Simulator-Token": TOKEN, "Content-Type": "application/json"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def reset(self, faults: str = "") -> None:
        self._call("POST", "reset", {})
        self.fault(faults)

    def fault(self, spec: str) -> None:
        self._call("POST", "faults", {"spec": spec, "seed": 7})

    def write(self, record_type: str, fields: dict[str, Any]) -> None:
        """Let somebody else make a record."""
        self._call("POST", "records", {"object": record_type, "fields": fields})

    def requests(self, kind: str) -> int:
        """How many requests of a kind have arrived since the last reset."""
        found = self._call("GET", "requests")
        at = found["columns"].index("kind")
        return sum(1 for request in found["requests"] if request[at] == kind)

    def by_id(self, record_type: str) -> dict[str, dict[str, Any]]:
        found = self._call("GET", f"records?object={record_type}&deleted=no")
        return {record["id"]: record["fields"] for record in found["records"]}

    def records(self, record_type: str) -> list[dict[str, Any]]:
        found = self._call("GET", f"records?object={record_type}&deleted=no")
        return [record["fields"] for record in found["records"]]

    def created(self, record_type: str = "Case") -> int:
        return len(self.records(record_type))


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One simulator process for all tests of this folder."""
    store = tmp_path_factory.mktemp("simulator") / "sim.db"
    command = [sys.executable, "-m", "importer.simulator", "--store", str(store), "--end-with-parent"]
    with subprocess.Popen(
        [*command, "--page-token", TOKEN, "--seed", "7"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        assert process.stdout is not None and process.stdin is not None
        started = json.loads(process.stdout.readline())
        yield Server(started["url"])
        process.stdin.close()
        process.wait(20)


@dataclass
class Desk:
    """A folder with a connections file, a journal and mappings, and the command line to use there."""

    folder: Path
    server: Server

    def __post_init__(self) -> None:
        salesforce = CASE.connection.format(url=self.server.url)
        ibm = CLAIM.connection.format(url=self.server.url)
        self.connections(f'[sf]{salesforce}rate = "2000/s"\nconcurrency = 5\n[icm]{ibm}rate = "2000/s"\n')
        keyed = CASE.mapping.replace("columns:", f"{CASE.keyed}columns:").replace(
            "  No: Legacy_State__c\n", ""
        )
        self.write("case.yaml", keyed)
        self.write("claim.yaml", CLAIM.mapping.replace("columns:", f"{CLAIM.keyed}columns:"))

    def connections(self, text: str) -> None:
        self.write("connections.toml", text)

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def rows(self, count: int, name: str = "in.csv") -> Path:
        return self.write(name, as_csv(CASE.rows(count)))

    @property
    def env(self) -> dict[str, str]:
        return {
            **os.environ,
            "CASE_IMPORTER_CONNECTIONS": str(self.folder / "connections.toml"),
            "CASE_IMPORTER_STATE": str(self.folder / "state"),
            "STAGE_SECRET": "s3cret-of-the-desk",
            "PYTHONPATH": str(ROOT),
        }

    def command(self, *arguments: object) -> list[str]:
        return [sys.executable, "-m", "importer", *map(str, arguments)]

    def run(self, *arguments: object, exit: int | None = 0) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; its exit code must be ``exit`` (None: any), and no traceback is shown."""
        done = subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env=self.env,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=100,
        )
        assert "Traceback" not in done.stderr, done.stderr
        assert exit is None or done.returncode == exit, (done.returncode, done.stdout, done.stderr)
        return done

    def start(self, *arguments: object) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.folder,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def lines(self, name: str = "in.results.csv") -> list[dict[str, str]]:
        with (self.folder / name).open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))


@pytest.fixture
def desk(tmp_path: Path, server: Server) -> Desk:
    server.reset()
    return Desk(tmp_path, server)


@dataclass(frozen=True, slots=True)
class Said:
    """What a command printed on each stream."""

    stdout: str
    stderr: str


@dataclass
class Here:
    """The desk with the command line in this process: for commands whose end as a process is not in question."""

    desk: Desk
    capsys: pytest.CaptureFixture[str]

    def any(self, *arguments: object) -> tuple[int, Said]:
        """Give a command and return how it ended, whatever that is, and what it said."""
        self.capsys.readouterr()
        code = run_app([str(argument) for argument in arguments])
        printed = self.capsys.readouterr()
        return code, Said(printed.out, printed.err)

    def run(self, *arguments: object, exit: int = 0) -> Said:
        """Give a command that must end with ``exit``."""
        code, said = self.any(*arguments)
        assert code == exit, (code, said)
        return said


@pytest.fixture
def here(desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    monkeypatch.chdir(desk.folder)
    for name, value in desk.env.items():
        monkeypatch.setenv(name, value)
    return Here(desk, capsys)


def last_json(text: str) -> Sequence[Any]:
    return [json.loads(line) for line in text.splitlines()]
