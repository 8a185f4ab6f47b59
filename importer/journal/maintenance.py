"""Looking after a journal: is it whole, and a copy of it."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from importer.journal.database import connect, damaged
from importer.model.errors import JournalError


@dataclass(frozen=True, slots=True)
class Condition:
    """What ``journal check`` found: ``faults`` in SQLite's words (none = whole), and what is in it."""

    path: Path
    faults: tuple[str, ...]
    format: int
    size: int
    runs: int
    rows: int
    records: int


def check(path: Path) -> Condition:
    """Read the whole journal at ``path`` and say whether it is whole. Raises JournalError."""
    if not path.exists():
        raise JournalError("NO_JOURNAL", f"There is no journal at {path} yet.", "The first run makes it.")
    db = connect(path, read_only=True)
    try:
        lines = [str(line[0]) for line in db.execute("PRAGMA integrity_check")]
        faults = tuple(line for line in lines if line != "ok")
        version = int(db.execute("PRAGMA user_version").fetchone()[0])
        counts = [int(db.execute(f"SELECT count(*) FROM {name}").fetchone()[0]) for name in _COUNTED]
        return Condition(path, faults, version, path.stat().st_size, *counts)
    except sqlite3.DatabaseError as error:
        raise damaged(path, error) from error
    finally:
        db.close()


_COUNTED = ("run", "row", "ledger")


def backup(path: Path, target: Path) -> None:
    """Copy the journal, also while a run writes it, to the new file ``target`` (mode 0600).

    Raises JournalError when ``target`` exists or cannot be written.
    """
    if not path.exists():
        raise JournalError("NO_JOURNAL", f"There is no journal at {path} yet.", "The first run makes it.")
    if target.exists():
        raise JournalError("BACKUP_EXISTS", f"{target} exists.", "Name a new file.")
    source = connect(path, read_only=True)
    try:
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        copy = sqlite3.connect(target)
        try:
            source.backup(copy)
        finally:
            copy.close()
    except (sqlite3.Error, OSError) as error:
        target.unlink(missing_ok=True)
        raise JournalError(
            "BACKUP_FAILED", f"The journal cannot be copied to {target}: {error}.", "Name another place."
        ) from error
    finally:
        source.close()
