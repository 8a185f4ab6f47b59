"""Starting the stand-in servers (``--connection simulator``) in a process of their own."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from importer.model.errors import ImporterError

STORE = "simulator.db"
START_TIMEOUT = 20.0
"""Seconds that the stand-in server may take to start."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where the stand-in servers listen, the page that shows their records, the seed of their faults.

    ``running``: they were started by somebody else, and stay when we end.
    """

    url: str
    page: str | None
    seed: int | None = None
    running: bool = False


class StandIn:
    """The stand-in servers, running for as long as this object is open (context manager).

    ``state`` is the folder that keeps their records. When a simulator is running on that store already,
    that one is used and left running. ``arguments`` are those of ``python -m importer.simulator``.
    """

    def __init__(self, state: Path, arguments: Sequence[str] = ()) -> None:
        self._state = state
        self._arguments = arguments
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> Address:
        """Start the servers, or find those that run. Raises ImporterError when they do not come up."""
        self._state.mkdir(parents=True, exist_ok=True, mode=0o700)
        store = self._state / STORE
        command = [sys.executable, "-m", "importer.simulator", "--store", str(store), "--end-with-parent"]
        command += self._arguments
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            # Ctrl-C in a terminal reaches the whole group: the run must be able to drain first.
            start_new_session=sys.platform != "win32",
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if line:
            started = json.loads(line)
            return Address(started["url"], started["page"], started["seed"])
        error = self._last_words()
        running = _running(store)
        if running is not None:
            return running
        raise ImporterError("NO_SIMULATOR", f"The simulator did not start: {error}", "See the message above.")

    def wait(self) -> int:
        """Wait until the servers end by themselves and return their exit code."""
        assert self._process is not None
        return self._process.wait()

    def close(self) -> None:
        """End the servers: they see that their parent has closed their standard input."""
        process, self._process = self._process, None
        if process is None:
            return
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()
        try:
            process.wait(START_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _last_words(self) -> str:
        process = self._process
        assert process is not None and process.stderr is not None
        words = process.stderr.read().strip()
        self.close()
        return words.splitlines()[-1] if words else "it said nothing."


def _running(store: Path) -> Address | None:
    """Return the address that a running simulator has written beside ``store``."""
    lock = store.with_name(store.name + ".lock")
    for _ in range(20):
        try:
            content = json.loads(lock.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        if "url" in content:
            return Address(str(content["url"]), None, running=True)
        time.sleep(0.1)  # it is just starting
    return None
