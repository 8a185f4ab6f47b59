"""One loading process per system: a lock file in the state folder that dies with its process."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import time
from pathlib import Path

from importer.model.errors import Exit, ImporterError


class SystemHeldError(ImporterError):
    """Another run holds the system; ``exit`` is LATER: the same command later continues."""

    exit = Exit.LATER


class SystemLock:
    """Held while a run loads into a system; the operating system frees it when the process dies.

    Use as a context manager. Raises SystemHeldError with pid, host and start of the holder.
    """

    def __init__(self, state: Path, system: str, system_name: str) -> None:
        folder = state / "locks"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path = folder / (hashlib.sha256(system.encode()).hexdigest()[:24] + ".lock")
        self._name = system_name
        self._handle: int | None = None

    def __enter__(self) -> SystemLock:
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        if not _try_lock(handle):
            holder = _read_holder(self._path)
            os.close(handle)
            raise SystemHeldError(
                "SYSTEM_HELD",
                f"Another run loads into {self._name}: {holder}.",
                "Wait for it to end, then run the same command again.",
            )
        text = json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "start": _now()})
        os.ftruncate(handle, 0)
        os.lseek(handle, _TEXT_AT, os.SEEK_SET)
        os.write(handle, text.encode("utf-8"))
        self._handle = handle
        return self

    def __exit__(self, *_: object) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


_TEXT_AT = 1
"""The holder's text begins behind the one byte that is locked: on Windows a locked byte cannot be read."""


def _try_lock(handle: int) -> bool:
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _read_holder(path: Path) -> str:
    try:
        with path.open("rb") as file:
            file.seek(_TEXT_AT)
            holder = json.loads(file.read().decode("utf-8"))
        return f"process {holder['pid']} on {holder['host']}, started {holder['start']}"
    except (OSError, ValueError, KeyError):
        return "its holder could not be read"


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
