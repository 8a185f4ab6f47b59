"""Keys of one file, to find equal rows in it without holding them in memory (promise P6)."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Seen:
    """An earlier row of the file with the same key: its number and the digest of its used cells."""

    row: int
    digest: bytes


class FileKeys:
    """Remembers the keys of a file in a private temporary database that grows on disk, not in memory."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode = OFF")
        self._db.execute("PRAGMA synchronous = OFF")
        self._db.execute("PRAGMA cache_size = -8000")
        self._db.execute(
            "CREATE TABLE seen (key BLOB PRIMARY KEY, row INTEGER, digest BLOB, count INTEGER) WITHOUT ROWID"
        )
        self._db.execute("BEGIN")

    def first_with(self, key: bytes, row: int, digest: bytes) -> Seen | None:
        """Return the earlier row with ``key``, or None after noting that ``row`` is the first."""
        cursor = self._db.execute("INSERT OR IGNORE INTO seen VALUES (?, ?, ?, 1)", (key, row, digest))
        if cursor.rowcount:
            return None
        found = self._db.execute("SELECT row, digest FROM seen WHERE key = ?", (key,)).fetchone()
        return Seen(found[0], found[1])

    def ordinal(self, content: bytes) -> int:
        """Return how many rows with equal ``content`` came before this one (0 for the first)."""
        cursor = self._db.execute("INSERT OR IGNORE INTO seen VALUES (?, 0, x'', 1)", (content,))
        if cursor.rowcount:
            return 0
        found = self._db.execute(
            "UPDATE seen SET count = count + 1 WHERE key = ? RETURNING count", (content,)
        ).fetchone()
        return int(found[0]) - 1

    def close(self) -> None:
        """Drop the temporary database."""
        self._db.close()
