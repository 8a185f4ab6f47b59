"""Programs under measurement: each in a process of its own, with its wall time, CPU and peak memory.

Needs ``os.wait4`` (Linux, macOS). What runs the benchmarks must stay small itself: a child begins as a copy
of it, and the system counts that in the child's peak. So nothing of the importer is imported here.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PEAK_UNIT = 1 if sys.platform == "darwin" else 1024
"""Bytes in which the system counts ``ru_maxrss``."""
PYTHON = (sys.executable,)
IMPORTER = (sys.executable, "-c", "from importer.cli import main; main()")
"""What the command ``case-importer`` does, for the tree that the benchmarks lie in."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What a program took: seconds of wall time and of CPU, bytes of memory at its peak; and what it said."""

    wall: float
    cpu: float
    peak: int
    output: str

    @property
    def said(self) -> Any:
        """The last line of the output, as JSON."""
        return json.loads(self.output.strip().splitlines()[-1])


def environment() -> dict[str, str]:
    """Return the environment of a child: this tree before an installed one, nobody's connections and proxies."""
    foreign = ("CASE_IMPORTER_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(foreign)}
    return {**kept, "PYTHONPATH": str(ROOT), "BENCH_SECRET": "bench"}


def run(command: Sequence[str], *, folder: Path, ends: Sequence[int] = (0,)) -> Spent:
    """Run ``command`` in ``folder`` to its end and return what it took.

    Raises RuntimeError with its last words when it ends otherwise than by one of the exit codes ``ends``.
    """
    with (folder / "said.txt").open("w+b") as said, (folder / "words.txt").open("w+b") as words:
        began = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=environment(), stdout=said, stderr=words)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        words.seek(0)
        if process.returncode not in ends:
            last = words.read().decode()[-2000:]
            raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}: {last}")
        peak = usage.ru_maxrss * PEAK_UNIT
        return Spent(wall, usage.ru_utime + usage.ru_stime, peak, said.read().decode())


class _Serving:
    """A server in a process of its own, which prints where it listens and ends with its standard input."""

    def __init__(self, module: str, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [*PYTHON, "-m", module, *arguments],
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        self.started = json.loads(self._process.stdout.readline())

    def end(self) -> float:
        """End it and return the CPU seconds that it took."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        _, status, usage = os.wait4(self._process.pid, 0)
        self._process.returncode = os.waitstatus_to_exitcode(status)
        self._process.stdout.close()
        return usage.ru_utime + usage.ru_stime


class Server:
    """A simulator on a fresh store, for as long as this object is open (context manager).

    ``latency`` in seconds; ``settings`` as the simulator's ``--faults`` takes them. With ``light``, creates
    are answered by a server that costs next to nothing.
    """

    def __init__(self, folder: Path, latency: float, *, light: bool = False, settings: str = "") -> None:
        self._store = folder / "server.db"
        self._latency = latency
        self._light = light
        self._settings = settings
        self.cpu = 0.0
        self.url = ""

    def __enter__(self) -> Server:
        for old in self._store.parent.glob(f"{self._store.name}*"):
            shutil.rmtree(old) if old.is_dir() else old.unlink()
        latency = f"{0 if self._light else self._latency * 1000:g}ms"
        given = (*("--latency", latency), *(("--faults", self._settings) if self._settings else ()))
        options = ("--store", str(self._store), *given, "--end-with-parent")
        self._simulator = _Serving("importer.simulator", *options)
        self._creating = self._simulator
        self.url = self._simulator.started["url"]
        if self._light:
            self._creating = _Serving("tests.benchmarks.light_server", self.url, str(self._latency))
            self.url = self._creating.started["url"]
        return self

    def __exit__(self, *_: object) -> None:
        self.cpu = self._creating.end()
        if self._light:
            self._simulator.end()

    def creates(self) -> tuple[int, float]:
        """Return how many creates have arrived, and the seconds from the first of them to the last."""
        if self._light:
            count, seconds, _most = self.window()
            return count, seconds
        arrivals = [when for when, kind in self.arrivals() if kind == "create"]
        return len(arrivals), arrivals[-1] - arrivals[0]

    def window(self) -> tuple[int, float, int]:
        """Return how many creates came to the light server, within which seconds, and the most in any second."""
        with urllib.request.urlopen(f"{self.url}/window") as answer:
            count, seconds, most = json.load(answer)
        return count, seconds, most

    def arrivals(self) -> list[tuple[float, str]]:
        """Return when each request arrived at the simulator (seconds), and its kind."""
        return [(row[0], row[2]) for row in self._ask("requests")["requests"]]

    def cases(self) -> int:
        """Return how many cases the simulator holds."""
        count: int = self._ask("records?object=Case&limit=0")["count"]
        return count

    def _ask(self, what: str) -> Any:
        token = self._simulator.started["page"].rpartition("token=")[2]
        address = f"{self._simulator.started['url']}/__simulator__/{what}"
        request = urllib.request.Request(address, headers={"X-Simulator-Token": token})
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)


def fresh_state(folder: Path) -> list[str]:
    """Return the options for a journal that knows nothing yet, and for results that lie beside it."""
    state = Path(tempfile.mkdtemp(prefix="state-", dir=folder))
    return ["--state", str(state), "-o", str(state / "results.csv")]


def connections_file(folder: Path, url: str, *, rate: str, concurrency: int) -> Path:
    """Write a connections file for the simulator at ``url`` into ``folder`` and return its path."""
    text = f"""[bench]
target = "salesforce"
login_url = "{url}"
auth = "password"
client_id = "bench"
client_secret = "env:BENCH_SECRET"
username = "loader@example.com"
password = "env:BENCH_SECRET"
rate = "{rate}"
concurrency = {concurrency}
"""
    path = folder / "connections.toml"
    path.write_text(text, encoding="utf-8")
    return path
