"""Opening the journal's database: place, safety, migrations."""

from __future__ import annotations

import os
import secrets
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

from importer.journal import sql
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


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """Open the journal at ``path`` and bring its format up to date.

    Autocommit mode: transactions are begun by hand. Raises JournalError when the file is not a journal, is
    damaged, or was written by a newer version.
    """
    try:
        if read_only:
            connection = sqlite3.connect(
                f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
            )
        else:
            connection = _create(path)
    except sqlite3.Error as error:
        raise damaged(path, error) from error
    try:
        connection.execute("PRAGMA busy_timeout = 10000")
        if not read_only:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = OFF")
        _migrate(connection, path, read_only)
    except sqlite3.DatabaseError as error:
        connection.close()
        raise damaged(path, error) from error
    except JournalError:
        connection.close()
        raise
    return connection


def _create(path: Path) -> sqlite3.Connection:
    if not path.exists() and os.name == "posix":
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    return sqlite3.connect(path, isolation_level=None, check_same_thread=False)


def _migrate(connection: sqlite3.Connection, path: Path, read_only: bool) -> None:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    newest = len(sql.MIGRATIONS)
    if version > newest:
        raise JournalError(
            "NEWER_JOURNAL",
            f"The journal {path} was written by a newer version of case-importer (format {version}).",
            "Update case-importer on this machine.",
        )
    if version == newest or read_only:
        return

    def migrate() -> None:
        current = int(connection.execute("PRAGMA user_version").fetchone()[0])
        for number, script in enumerate(sql.MIGRATIONS[current:], start=current + 1):
            for statement in script.split(";\n"):
                if statement.strip():
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")
        connection.execute(sql.PUT_SETTING, ("salt", secrets.token_bytes(32)))

    in_transaction(connection, migrate)


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


def damaged(path: Path, error: sqlite3.Error) -> JournalError:
    """Return the error for a journal that SQLite cannot read or write."""
    text = str(error)
    if "locked" in text or "busy" in text:
        return JournalError(
            "JOURNAL_BUSY", f"The journal {path} is held by another program.", "Wait for it to end."
        )
    if "full" in text or "disk I/O" in text or "readonly" in text or "unable to open" in text:
        return JournalError(
            "JOURNAL_UNWRITABLE",
            f"The journal {path} cannot be written: {text}.",
            "Make room on the disk or mend its rights; the same command then continues.",
        )
    return JournalError(
        "JOURNAL_DAMAGED",
        f"The journal {path} cannot be read: {text}.",
        "Do not delete it: it is what prevents duplicates. Run case-importer journal check, "
        "and restore the newest copy made by case-importer journal backup.",
    )
