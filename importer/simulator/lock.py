"""One simulator per store: a lock file beside it that holds the address of the one that runs."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import BinaryIO

from importer.simulator.options import SimulatorError

if sys.platform == "win32":
    import msvcrt

    def _take(file: BinaryIO) -> None:
        # A byte far behind the text: Windows refuses reads of a locked range.
        file.seek(1 << 30)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        file.seek(0)
else:
    import fcntl

    def _take(file: BinaryIO) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


class StoreLock:
    """Holds the store for one process; the operating system lets go however the process ends."""

    def __init__(self, store: Path) -> None:
        self._path = store.with_name(store.name + ".lock")
        self._file = self._path.open("a+b")
        try:
            _take(self._file)
        except OSError:
            self._file.close()
            raise SimulatorError(
                f"{store} is in use by a simulator {self._owner()}. Use that one, or another --store."
            ) from None
        self._write({})

    def publish(self, url: str) -> None:
        """Write the address into the lock file, for whoever comes second."""
        self._write({"url": url, "pid": os.getpid()})

    def release(self) -> None:
        """Let go of the store. The file stays: removing it would race with the next owner."""
        self._file.close()

    def _write(self, content: dict[str, object]) -> None:
        self._file.seek(0)
        self._file.truncate()
        self._file.write(json.dumps(content).encode())
        self._file.flush()

    def _owner(self) -> str:
        try:
            content = json.loads(self._path.read_text(encoding="utf-8"))
            return f"at {content['url']} (pid {content['pid']})"
        except (OSError, ValueError, KeyError):
            return "that is just starting"
