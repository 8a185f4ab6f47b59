"""What can still be read of a damaged journal, and a new whole one made of it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from importer.journal import sql
from importer.journal.database import migrate, open_file, refuse_missing
from importer.journal.faults import damaged
from importer.model.errors import JournalError

TABLES: tuple[tuple[str, tuple[str, ...], bool], ...] = (
    ("setting", ("name",), False),
    ("scope", ("id",), False),
    ("run", ("n",), False),
    ("leg", ("run", "leg"), True),
    ("send", ("n",), False),
    ("row", ("run", "row", "part"), True),
    ("known", ("run", "first"), True),
    ("line", ("run", "row"), True),
    ("stretch", ("run", "leg", "at"), True),
    ("ledger", ("scope", "key"), True),
    ("verdict", ("rowid",), False),
    ("document", ("digest",), False),
)
"""Each table with the columns of its order; True: it is read piece by piece, by the first of them, so that a
damaged page costs one run or scope at most.
"""
Line = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """What can be read of a table: lines, and whether that is all of them."""

    table: str
    lines: int
    whole: bool


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What a new journal was made of; ``mended`` are lines that one table had kept for another."""

    parts: tuple[Part, ...]
    mended: int

    @property
    def whole(self) -> bool:
        """Whether nothing was lost."""
        return all(part.whole for part in self.parts)


def readable(path: Path) -> tuple[Part, ...]:
    """Return what can be read of each table of the journal at ``path``. Raises JournalError for nothing."""
    with closing(_open_damaged(path)) as db:
        return tuple(_walk(db, *table, lambda _names, _line: None) for table in TABLES)


def salvage(path: Path, target: Path) -> Salvaged:
    """Make the new whole journal ``target`` (mode 0600) of what can be read of the one at ``path``.

    A record that only the ledger or only its run still knows is known to both again. Raises JournalError
    when ``target`` exists or cannot be written, or when the key of the digests is lost, without which no row
    would be recognised.
    """
    if target.exists():
        raise JournalError("SALVAGE_EXISTS", f"{target} exists.", "Name a new file.")
    with closing(_open_damaged(path)) as db:
        try:
            os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
            with closing(open_file(target)) as new:
                migrate(new, target)
                return _copy(db, new, path)
        except (sqlite3.Error, OSError, JournalError) as error:
            target.unlink(missing_ok=True)
            if isinstance(error, JournalError):
                raise
            raise JournalError(
                "SALVAGE_FAILED", f"{target} cannot be written: {error}.", "Name another place."
            ) from error


def _open_damaged(path: Path) -> sqlite3.Connection:
    refuse_missing(path)
    db = open_file(path, read_only=True)
    try:
        # SQLite reads nothing of a file that is shorter than it says, unless it is told that this is known.
        db.execute("PRAGMA writable_schema = ON")
        db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except sqlite3.Error as error:
        db.close()
        raise damaged(path, error) from error
    return db


def _copy(db: sqlite3.Connection, new: sqlite3.Connection, path: Path) -> Salvaged:
    new.execute("BEGIN IMMEDIATE")
    new.execute("DELETE FROM setting")
    parts = tuple(_walk(db, *table, _inserter(new, table[0])) for table in TABLES)
    if new.execute(sql.GET_SETTING, ("salt",)).fetchone() is None:
        raise JournalError(
            "SALVAGE_IMPOSSIBLE",
            f"The key of the digests in {path} cannot be read; without it no row would be recognised.",
            "Put back the newest copy made by case-importer journal backup.",
        )
    mended = sum(new.execute(query).rowcount for query in MEND)
    if not all(part.whole for part in parts if part.table in ("row", "known")):
        new.execute(LOOK_AGAIN)
    new.execute("COMMIT")
    return Salvaged(parts, mended)


def _inserter(new: sqlite3.Connection, table: str) -> Callable[[Sequence[str], Line], None]:
    def insert(names: Sequence[str], line: Line) -> None:
        marks = ", ".join("?" * len(line))
        new.execute(f"INSERT OR IGNORE INTO {table} ({', '.join(names)}) VALUES ({marks})", line)

    return insert


def _walk(
    db: sqlite3.Connection,
    table: str,
    order: tuple[str, ...],
    by_piece: bool,
    take: Callable[[Sequence[str], Line], None],
) -> Part:
    """Hand every line of a table that can be read to ``take``: from the front, then from the back."""
    lines, whole = 0, True
    for where, values in _pieces(db, table, order[0]) if by_piece else [("", ())]:
        last: Line | None = None
        for direction in ("ASC", "DESC"):
            try:
                for names, key, line in _lines(db, table, order, where, values, direction):
                    if direction == "DESC" and last is not None and key <= last:
                        break
                    last = key if direction == "ASC" else last
                    take(names, line)
                    lines += 1
                if direction == "ASC":
                    break
            except (sqlite3.DatabaseError, TypeError):
                whole = False
    return Part(table, lines, whole)


def _lines(
    db: sqlite3.Connection, table: str, order: tuple[str, ...], where: str, values: Line, direction: str
) -> Iterator[tuple[Sequence[str], Line, Line]]:
    by = ", ".join(f"{name} {direction}" for name in order)
    found = db.execute(f"SELECT {', '.join(order)}, * FROM {table} {where} ORDER BY {by}", values)
    names = [column[0] for column in found.description[len(order) :]]
    for line in found:
        yield names, line[: len(order)], line[len(order) :]


def _pieces(db: sqlite3.Connection, table: str, column: str) -> Iterator[tuple[str, Line]]:
    """Give the condition for each run or scope whose lines a table holds, also where its own line is lost."""
    parent, key = ("scope", "id") if column == "scope" else ("run", "n")
    most = 0
    for query in (f"SELECT max({key}) FROM {parent}", f"SELECT max({column}) FROM {table}"):
        try:
            most = max(most, db.execute(query).fetchone()[0] or 0)
        except sqlite3.DatabaseError:
            continue
    for number in range(1, most + 1):
        yield f"WHERE {column} = ?", (number,)


_MAY_EXIST = "('sent', 'unknown', 'in_doubt')"
_IS_THERE = "('created', 'updated', 'exists')"
MEND = (
    # What a run knows of a record, the ledger knows: first what is there, then what may be.
    *(
        f"""
        INSERT OR IGNORE INTO ledger (scope, key, state, record_id, digest, first_run, last_run, row)
        SELECT run.scope, row.key, row.state, iif(row.state IN {_IS_THERE}, row.record_id, NULL), row.digest,
            row.run, row.run, row.row
        FROM row JOIN run ON run.n = row.run
        WHERE row.part = 0 AND row.key IS NOT NULL AND row.state IN {states} ORDER BY row.run DESC"""
        for states in (_IS_THERE, _MAY_EXIST)
    ),
    # What the ledger knows of a row, its run knows; what may exist gets a send to be asked about.
    f"""
        INSERT INTO send (run, leg, path, ticket, at)
        SELECT run.n, 0, 'single', 'salvaged', run.started FROM run
        WHERE run.n IN (
            SELECT last_run FROM ledger LEFT JOIN row ON row.run = last_run AND row.row = ledger.row
            WHERE ledger.state IN {_MAY_EXIST} AND row.run IS NULL)""",
    """
        INSERT OR IGNORE INTO row
            (run, row, part, state, leg, send, key, digest, record_id, attempts, at, since)
        SELECT ledger.last_run, ledger.row, 0, ledger.state, 0,
            (SELECT max(n) FROM send WHERE run = ledger.last_run AND ticket = 'salvaged'),
            ledger.key, ledger.digest, ledger.record_id, 1, run.started, run.started
        FROM ledger JOIN run ON run.n = ledger.last_run""",
)
LOOK_AGAIN = "UPDATE run SET finished = 0"
"""A row of which a finished run says nothing may be one that was lost: the same file is walked again."""
