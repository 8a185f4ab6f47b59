"""Looking after a journal: is it whole, and a copy of it."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from importer.journal.database import connect, refuse_missing
from importer.journal.salvage import Part, readable
from importer.model.errors import JournalError


@dataclass(frozen=True, slots=True)
class Condition:
    """What ``journal check`` found: ``faults`` in SQLite's words (none = whole), and what is in it.

    For a damaged journal ``parts`` says what of each table can be read, and the counts are of that.
    """

    path: Path
    faults: tuple[str, ...]
    format: int
    size: int
    runs: int
    rows: int
    records: int
    parts: tuple[Part, ...] = ()


def check(path: Path) -> Condition:
    """Read the whole journal at ``path`` and say whether it is whole.

    Raises JournalError when there is none, or when nothing of it can be read.
    """
    refuse_missing(path)
    size, version = path.stat().st_size, 0
    try:
        with closing(connect(path, read_only=True)) as db:
            version = int(db.execute("PRAGMA user_version").fetchone()[0])
            faults = tuple(str(line[0]) for line in db.execute("PRAGMA integrity_check"))
            if faults == ("ok",):
                runs, rows, records = (
                    int(db.execute(f"SELECT count(*) FROM {name}").fetchone()[0])
                    for name in ("run", "row", "ledger")
                )
                return Condition(path, (), version, size, runs, rows, records)
    except sqlite3.Error as error:
        faults = (str(error),)
    except JournalError as error:
        if error.code != "JOURNAL_DAMAGED":
            raise
        faults = (error.message,)
    parts = readable(path)
    lines = {part.table: part.lines for part in parts}
    return Condition(path, faults, version, size, lines["run"], lines["row"], lines["ledger"], parts)


def backup(path: Path, target: Path) -> None:
    """Copy the journal, also while a run writes it, to the new file ``target`` (mode 0600).

    Raises JournalError when the journal is damaged, or ``target`` exists or cannot be written.
    """
    refuse_missing(path)
    if target.exists():
        raise JournalError("BACKUP_EXISTS", f"{target} exists.", "Name a new file.")
    source = connect(path, read_only=True)
    try:
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        with closing(sqlite3.connect(target)) as copy:
            source.backup(copy)
            [fault] = copy.execute("PRAGMA integrity_check(1)").fetchone()
        if fault != "ok":
            raise sqlite3.DatabaseError(str(fault).splitlines()[-1])
    except (sqlite3.Error, OSError) as error:
        target.unlink(missing_ok=True)
        raise JournalError(
            "BACKUP_FAILED",
            f"The journal {path} cannot be copied to {target}: {error}.",
            "Name another place. If the journal is damaged, case-importer journal check says what is left.",
        ) from error
    finally:
        source.close()
