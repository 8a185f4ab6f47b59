"""Locks that die with their process: one loading process per system, one watcher per folder."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from importer.journal.faults import unwritable
from importer.model.errors import Exit, ImporterError

FOLDER = "locks"


class SystemHeldError(ImporterError):
    """Another run holds the system; ``exit`` is LATER: the same command later continues."""

    exit = Exit.LATER


class ProcessLock:
    """A lock file that one process holds; the operating system frees it when the process dies.

    Use as a context manager. ``held`` makes the error that is raised while another process has it, from the
    pid, host and start of that one in words. Raises JournalError when the file cannot be written.
    """

    def __init__(self, path: Path, held: Callable[[str], ImporterError]) -> None:
        self._path = path
        self._held = held
        self._handle: int | None = None

    def __enter__(self) -> ProcessLock:
        try:
            handle = _open(self._path)
        except OSError as error:
            raise unwritable(self._path, error) from error
        try:
            self._take(handle)
        except BaseException:
            os.close(handle)
            raise
        self._handle = handle
        return self

    def _take(self, handle: int) -> None:
        if not _try_lock(handle):
            raise self._held(_read_holder(self._path))
        text = json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "start": _now()})
        try:
            os.ftruncate(handle, 0)
            os.lseek(handle, _TEXT_AT, os.SEEK_SET)
            os.write(handle, text.encode("utf-8"))
        except OSError as error:
            raise unwritable(self._path, error) from error

    def __exit__(self, *_: object) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def system_lock(state: Path, system: str, system_name: str) -> ProcessLock:
    """Return the lock that is held while a run loads into ``system``; it raises SystemHeldError."""

    def held(holder: str) -> ImporterError:
        return SystemHeldError(
            "SYSTEM_HELD",
            f"Another run loads into {system_name}: {holder}.",
            "Wait for it to end, then run the same command again.",
        )

    return ProcessLock(state / FOLDER / f"{file_name(system)}.lock", held)


def file_name(system: str) -> str:
    """Return the name, without an ending, of the files that belong to ``system``."""
    return hashlib.sha256(system.encode()).hexdigest()[:24]


@contextmanager
def exclusive(state: Path, name: str) -> Iterator[None]:
    """Be the only process that does ``name`` in the folder ``state``; wait for others. Raises OSError."""
    handle = _open(state / FOLDER / f"{name}.lock")
    try:
        while not _try_lock(handle):
            time.sleep(_BETWEEN_TRIES)
        yield
    finally:
        os.close(handle)


def sync_folder(folder: Path) -> None:
    """Make a new name in ``folder`` durable where the system can (POSIX). Raises OSError."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


_TEXT_AT = 1
"""The holder's text begins behind the one byte that is locked: on Windows a locked byte cannot be read."""
_BETWEEN_TRIES = 0.02
"""Seconds; what is done exclusively takes a few milliseconds."""


def _open(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


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
