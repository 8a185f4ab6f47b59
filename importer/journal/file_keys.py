"""Keys of one file, to find equal rows in it without holding them in memory (promise P6)."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from importer.model.errors import JournalError


@dataclass(frozen=True, slots=True)
class Seen:
    """An earlier row of the file with the same key: its number and the digest of its used cells."""

    row: int
    digest: bytes


class FileKeys:
    """Remembers the keys of a file in a private temporary database that grows on disk, not in memory.

    Raises JournalError when the disk for temporary files does not take them.
    """

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        for statement in _SET_UP:
            self._do(statement)

    def first_with(self, key: bytes, row: int, digest: bytes) -> Seen | None:
        """Return the earlier row with ``key``, or None after noting that ``row`` is the first."""
        if self._do("INSERT OR IGNORE INTO seen VALUES (?, ?, ?, 1)", key, row, digest).rowcount:
            return None
        found = self._do("SELECT row, digest FROM seen WHERE key = ?", key).fetchone()
        return Seen(found[0], found[1])

    def first_with_each(self, entries: Sequence[tuple[bytes, int, bytes]]) -> list[Seen | None]:
        """Return what ``first_with`` returns for each key, row and digest, in their order."""
        query = "INSERT OR IGNORE INTO seen VALUES (?, ?, ?, 1)"
        try:
            if self._db.executemany(query, entries).rowcount == len(entries):
                return [None] * len(entries)
        except sqlite3.Error as error:
            raise _no_room(error) from error
        kept = [self._do("SELECT row, digest FROM seen WHERE key = ?", key).fetchone() for key, *_ in entries]
        return [
            None if first == own else Seen(first, digest)
            for (first, digest), (_, own, _) in zip(kept, entries, strict=True)
        ]

    def seen(self, key: bytes) -> Seen | None:
        """Return the first row with ``key``, None when there is none."""
        found = self._do("SELECT row, digest FROM seen WHERE key = ?", key).fetchone()
        return None if found is None else Seen(found[0], found[1])

    def row_of(self, key: bytes) -> int | None:
        """Return the number of the first row with ``key``, None when there is none."""
        found = self.seen(key)
        return None if found is None else found.row

    def ordinal(self, content: bytes) -> int:
        """Return how many rows with equal ``content`` came before this one (0 for the first)."""
        if self._do("INSERT OR IGNORE INTO seen VALUES (?, 0, x'', 1)", content).rowcount:
            return 0
        query = "UPDATE seen SET count = count + 1 WHERE key = ? RETURNING count"
        return int(self._do(query, content).fetchone()[0]) - 1

    def has(self, key: bytes) -> bool:
        """Return whether ``key`` was noted."""
        return self._do("SELECT 1 FROM seen WHERE key = ?", key).fetchone() is not None

    def count(self, content: bytes) -> int:
        """Return how often ``ordinal`` was asked for ``content``."""
        found = self._do("SELECT count FROM seen WHERE key = ?", content).fetchone()
        return 0 if found is None else int(found[0])

    def close(self) -> None:
        """Drop the temporary database."""
        self._db.close()

    def _do(self, query: str, *values: object) -> sqlite3.Cursor:
        try:
            return self._db.execute(query, values)
        except sqlite3.Error as error:
            raise _no_room(error) from error


def _no_room(error: sqlite3.Error) -> JournalError:
    return JournalError(
        "NO_ROOM_FOR_KEYS",
        f"The keys of the file cannot be kept in the folder for temporary files: {error}.",
        "Make room there, or name another folder with the environment variable SQLITE_TMPDIR "
        "(Windows: TMP); the same command then continues.",
    )


_SET_UP = (
    "PRAGMA journal_mode = OFF",
    "PRAGMA synchronous = OFF",
    "PRAGMA cache_size = -2000",
    "CREATE TABLE seen (key BLOB PRIMARY KEY, row INTEGER, digest BLOB, count INTEGER) WITHOUT ROWID",
    "BEGIN",
)
