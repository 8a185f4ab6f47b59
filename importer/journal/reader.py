"""The connection that reads the journal; what it cannot read, or cannot be, is said as JournalError."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from importer.journal.faults import damaged

T = TypeVar("T")
Line = tuple[Any, ...]
DAMAGE = (sqlite3.Error, ValueError, TypeError, LookupError)
"""What reading and making sense of a line raises when the file is damaged."""


class Reader:
    """Reads lines and makes values of them. Every method raises JournalError for a damaged journal.

    No read stays open: lines are fetched at once, so that the write-ahead log can be folded in.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def all(self, query: str, values: Sequence[object] = (), *, make: Callable[[Line], T]) -> list[T]:
        """Return what ``make`` makes of each line that ``query`` finds."""
        try:
            return [make(line) for line in self._connection.execute(query, values)]
        except sqlite3.ProgrammingError:
            raise  # the journal was closed: no fault of the file
        except DAMAGE as error:
            raise damaged(self._path, error) from error

    def one(self, query: str, values: Sequence[object] = (), *, make: Callable[[Line], T]) -> T | None:
        """Return what ``make`` makes of the first line that ``query`` finds, None when there is none."""
        try:
            line = self._connection.execute(query, values).fetchone()
            return None if line is None else make(line)
        except sqlite3.ProgrammingError:
            raise  # the journal was closed: no fault of the file
        except DAMAGE as error:
            raise damaged(self._path, error) from error

    def has(self, query: str, values: Sequence[object] = ()) -> bool:
        """Return the truth that ``query`` finds in its first line, False when there is none."""
        return bool(self.one(query, values, make=lambda line: line[0]))
