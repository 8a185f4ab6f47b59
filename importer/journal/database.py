"""Opening the journal's database: place, safety, migrations."""

from __future__ import annotations

import os
import secrets
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from importer.journal import sql
from importer.journal.faults import damaged, unwritable
from importer.journal.lock import exclusive, sync_folder
from importer.journal.migrations import MIGRATIONS
from importer.model.errors import JournalError

FILE_NAME = "journal.db"
NETWORK_FILE_SYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "9p", "afs", "ncpfs", "fuse.glusterfs", "ceph"}
)


def default_state_folder(environ: dict[str, str] | None = None) -> Path:
    """Return the user's state folder for the journal on this platform."""
    env = os.environ if environ is None else environ
    if sys.platform == "win32":
        return Path(env.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "case-importer"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "case-importer" / "state"
    return Path(env.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "case-importer"


def prepare_folder(folder: Path) -> Path:
    """Make the state folder (0700) and return the path of the journal in it.

    Raises JournalError when it cannot be made, or lies on a network file system: SQLite's locks and
    write-ahead log do not hold there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise JournalError(
            "STATE_FOLDER",
            f"The state folder {folder} cannot be made: {error.strerror}.",
            "Name another one with --state FOLDER or CASE_IMPORTER_STATE.",
        ) from error
    kind = file_system_of(folder)
    if kind in NETWORK_FILE_SYSTEMS or str(folder.resolve()).startswith("\\\\"):
        raise JournalError(
            "NETWORK_STATE",
            f"The state folder {folder} lies on a network file system ({kind or 'UNC path'}), "
            "where the journal is not safe.",
            "Name a folder on a local disk with --state FOLDER or CASE_IMPORTER_STATE.",
        )
    return folder / FILE_NAME


def file_system_of(folder: Path, mounts: Path = Path("/proc/self/mounts")) -> str | None:
    """Return the kind of file system that ``folder`` lies on (Linux), or None where that is not known."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    target = str(folder.resolve())
    best, kind = "", None
    for line in lines:
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = fields[1].replace("\\040", " ")
        inside = target == point or target.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):
            best, kind = point, fields[2]
    return kind


class Connect(Protocol):
    """Opens the journal's database; a test may hand in one whose connections fail."""

    def __call__(self, path: Path, *, read_only: bool = False) -> sqlite3.Connection:
        """Return a connection to the journal at ``path``. Raises JournalError."""
        ...


def connect(
    path: Path, *, read_only: bool = False, factory: type[sqlite3.Connection] = sqlite3.Connection
) -> sqlite3.Connection:
    """Open the journal at ``path`` and bring its format up to date; it is made when there is none.

    Autocommit mode: transactions are begun by hand. Raises JournalError when the file is not a journal, is
    damaged, or was written by a newer version. Connections are of the class ``factory``.
    """
    if path.exists():
        _refuse_empty(path)
    elif not read_only:
        _make(path, factory)
    try:
        connection = open_file(path, factory, read_only=read_only)
    except sqlite3.Error as error:
        raise damaged(path, error) from error
    try:
        connection.execute("PRAGMA busy_timeout = 10000")
        if not read_only:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = OFF")
        if not (read_only and _is_older(connection)):
            migrate(connection, path)
    except sqlite3.Error as error:
        connection.close()
        raise damaged(path, error) from error
    except JournalError:
        connection.close()
        raise
    return connection


def open_file(
    path: Path, factory: type[sqlite3.Connection] = sqlite3.Connection, *, read_only: bool = False
) -> sqlite3.Connection:
    """Open a file that exists; SQLite would make a missing one, which is never meant here.

    Raises sqlite3.Error.
    """
    mode = "ro" if read_only else "rw"
    return sqlite3.connect(
        f"{path.resolve().as_uri()}?mode={mode}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        factory=factory,
    )


def refuse_missing(path: Path) -> None:
    """Raise JournalError when there is no journal at ``path``, or not the whole of its files."""
    if not path.exists():
        _refuse_orphan(path)
        raise JournalError("NO_JOURNAL", f"There is no journal at {path} yet.", "The first run makes it.")
    _refuse_empty(path)


def _refuse_empty(path: Path) -> None:
    """SQLite takes an empty file for a new database: then nothing would be known, and all be sent again."""
    if path.stat().st_size == 0:
        raise JournalError(
            "JOURNAL_DAMAGED",
            f"The journal {path} is empty (0 bytes): what it knew of earlier runs is lost.",
            f"Put back the newest copy made by case-importer journal backup, in place of all {path.name}* "
            "files. Only when nothing was ever imported, delete it: a new one is made.",
        )


def _make(path: Path, factory: type[sqlite3.Connection]) -> None:
    """Make the journal under another name and give it its own when it is whole, so that a process that dies
    meanwhile leaves no half one. One process at a time.
    """
    new = path.with_name(f"{path.name}.new")
    try:
        with exclusive(path.parent, "create"):
            if path.exists():
                return
            _refuse_orphan(path)
            for leftover in path.parent.glob(f"{new.name}*"):
                leftover.unlink()
            os.close(os.open(new, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
            connection = open_file(new, factory)
            try:
                migrate(connection, new)
            finally:
                connection.close()
            new.rename(path)
            sync_folder(path.parent)
    except sqlite3.Error as error:
        raise damaged(path, error) from error
    except OSError as error:
        raise unwritable(path, error) from error


def _refuse_orphan(path: Path) -> None:
    newest = path.with_name(f"{path.name}-wal")
    if newest.exists():
        raise JournalError(
            "JOURNAL_DAMAGED",
            f"The journal {path} is missing, but {newest.name}, the newest part of one, lies there.",
            f"Put {path.name} back beside it. If it is lost, put back the newest copy made by case-importer "
            f"journal backup and move {newest.name} away.",
        )


def _is_older(connection: sqlite3.Connection) -> bool:
    return int(connection.execute("PRAGMA user_version").fetchone()[0]) < len(MIGRATIONS)


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Bring the format of an open journal up to date. Raises JournalError for a newer one, sqlite3.Error."""
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > len(MIGRATIONS):
        raise JournalError(
            "NEWER_JOURNAL",
            f"The journal {path} was written by a newer version of case-importer (format {version}).",
            "Update case-importer on this machine.",
        )
    if version < len(MIGRATIONS):
        in_transaction(connection, lambda: _migrate(connection))


def _migrate(connection: sqlite3.Connection) -> None:
    current = int(connection.execute("PRAGMA user_version").fetchone()[0])
    for number, script in enumerate(MIGRATIONS[current:], start=current + 1):
        for statement in script.split(";\n"):
            if statement.strip():
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {number}")
    connection.execute(sql.PUT_SETTING, ("salt", secrets.token_bytes(32)))


def in_transaction(connection: sqlite3.Connection, work: Callable[[], None]) -> None:
    """Do ``work`` in one write transaction; nothing of it remains when it fails."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        work()
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
