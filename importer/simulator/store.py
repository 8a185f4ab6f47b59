"""The records of both systems in one SQLite file: fields as JSON, key fields in an index of their own.

Everything here is synchronous and runs in the event loop's thread: a request is handled in one go, so what
it checks still holds when it saves. Writes reach the operating system before the answer leaves, which keeps
them through a kill of the process (not of the machine: this is a stand-in).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from importer.simulator.lock import StoreLock
from importer.simulator.options import SimulatorError

Fields = dict[str, Any]
Keys = Mapping[str, str]
"""Key fields of a record: field name → value folded as the server compares it."""

VERSION = 1
SCHEMA = """
CREATE TABLE record (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    system TEXT NOT NULL,
    type TEXT NOT NULL,
    id TEXT NOT NULL UNIQUE,
    committed REAL NOT NULL,
    modified TEXT NOT NULL,
    hidden INTEGER NOT NULL DEFAULT 0,
    deleted INTEGER NOT NULL DEFAULT 0,
    fields TEXT NOT NULL
);
CREATE INDEX record_modified ON record (type, modified);
CREATE INDEX record_created ON record (type, json_extract(fields, '$.CreatedDate'));
CREATE TABLE keyed (
    type TEXT NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL, id TEXT NOT NULL,
    PRIMARY KEY (type, field, value, id)
) WITHOUT ROWID;
CREATE INDEX keyed_id ON keyed (id);
CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
"""
_text = json.JSONEncoder(ensure_ascii=False).encode
_INSERT = """
INSERT INTO record (system, type, id, committed, modified, hidden, fields) VALUES (?, ?, ?, ?, ?, ?, ?)
"""
_COLUMNS = "seq, system, type, id, committed, hidden, deleted, fields"


@dataclass(slots=True)
class Record:
    """One stored record. ``fields`` holds the values that are not null; ``committed`` is epoch seconds."""

    seq: int
    system: str
    type: str
    id: str
    committed: float
    hidden: bool
    deleted: bool
    fields: Fields


def _fold(text: Any) -> Any:
    return text.casefold() if isinstance(text, str) else text


def _record(row: tuple[Any, ...]) -> Record:
    seq, system, type_, id_, committed, hidden, deleted, fields = row
    return Record(seq, system, type_, id_, committed, bool(hidden), bool(deleted), json.loads(fields))


class Store:
    """The records, locked to this process. Raises SimulatorError when another simulator has them."""

    def __init__(self, path: Path | None) -> None:
        self._lock = None
        if path:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                self._lock = StoreLock(path)
            except OSError as error:
                raise SimulatorError(f"The store {path} cannot be opened: {error.strerror}.") from None
        self._depth = 0
        self._counters: dict[str, int] = {}
        self._changed_counters: set[str] = set()
        self.db = sqlite3.connect(path or ":memory:", isolation_level=None)
        self.fresh = self._open(path)

    def publish(self, url: str) -> None:
        """Tell a second simulator on this store where this one listens."""
        if self._lock:
            self._lock.publish(url)

    def _open(self, path: Path | None) -> bool:
        try:
            version = self.db.execute("PRAGMA user_version").fetchone()[0]
            if version not in (0, VERSION):
                raise SimulatorError(
                    f"{path} was made by another version of the simulator; give another --store."
                )
            self.db.execute("PRAGMA journal_mode = WAL")
            self.db.execute("PRAGMA synchronous = OFF")
            self.db.execute("PRAGMA cache_size = -32768")
            self.db.create_function("fold", 1, _fold, deterministic=True)
            if not version:
                with self.saving():
                    for statement in filter(str.strip, SCHEMA.split(";")):
                        self.db.execute(statement)
                    self.db.execute(f"PRAGMA user_version = {VERSION}")
            self._counters = dict(self.db.execute("SELECT name, value FROM counter"))
        except BaseException as error:
            self.close()
            if isinstance(error, sqlite3.DatabaseError):
                raise SimulatorError(
                    f"{path} is no store of a simulator ({error}); give another --store."
                ) from None
            raise
        return not version

    def close(self) -> None:
        """Write what is pending and let go of the file."""
        self.db.close()
        if self._lock:
            self._lock.release()

    @contextmanager
    def saving(self) -> Iterator[None]:
        """One transaction; inner ones join the outer. An exception undoes all of it."""
        if self._depth:
            yield
            return
        self.db.execute("BEGIN IMMEDIATE")
        self._depth = 1
        try:
            yield
            self._write_counters()
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        else:
            self.db.execute("COMMIT")
        finally:
            self._depth = 0

    @contextmanager
    def undoable(self) -> Iterator[None]:
        """Like :meth:`saving`, but an exception undoes what is inside even within an outer transaction."""
        if not self._depth:
            with self.saving():
                yield
            return
        self.db.execute("SAVEPOINT inner")
        try:
            yield
        except BaseException:
            self.db.execute("ROLLBACK TO inner")
            raise
        finally:
            self.db.execute("RELEASE inner")

    def take(self, counter: str) -> int:
        """Return the next number of a counter. A number taken for a record that fails leaves a gap."""
        self._counters[counter] = number = self._counters.get(counter, 0) + 1
        self._changed_counters.add(counter)
        return number

    def _write_counters(self) -> None:
        for name in self._changed_counters:
            self.db.execute("INSERT OR REPLACE INTO counter VALUES (?, ?)", (name, self._counters[name]))
        self._changed_counters.clear()

    def insert(
        self,
        system: str,
        type_: str,
        id_: str,
        fields: Fields,
        keys: Keys,
        *,
        committed: float,
        modified: str,
        hidden: bool = False,
    ) -> None:
        """Save a new record and its keys; nulls in ``fields`` are left out."""
        kept = {name: value for name, value in fields.items() if value is not None}
        with self.saving():
            self.db.execute(
                _INSERT,
                (system, type_, id_, committed, modified, hidden, _text(kept)),
            )
            self._put_keys(type_, id_, keys)

    def _put_keys(self, type_: str, id_: str, keys: Keys) -> None:
        for name, value in keys.items():
            self.db.execute("INSERT INTO keyed VALUES (?, ?, ?, ?)", (type_, name, value, id_))

    def update(self, record: Record, fields: Fields, keys: Keys, *, modified: str) -> None:
        """Replace the fields and keys of a record."""
        kept = {name: value for name, value in fields.items() if value is not None}
        with self.saving():
            self.db.execute(
                "UPDATE record SET fields = ?, modified = ?, hidden = ? WHERE seq = ?",
                (_text(kept), modified, record.hidden, record.seq),
            )
            self.db.execute("DELETE FROM keyed WHERE id = ?", (record.id,))
            self._put_keys(record.type, record.id, keys)

    def delete(self, record: Record, *, modified: str) -> None:
        """Move a record to the recycle bin; its keys are free again."""
        with self.saving():
            self.db.execute(
                "UPDATE record SET deleted = 1, modified = ? WHERE seq = ?", (modified, record.seq)
            )
            self.db.execute("DELETE FROM keyed WHERE id = ?", (record.id,))

    def clear(self) -> None:
        """Forget all records; counters go on, so that no id is given twice."""
        with self.saving():
            self.db.execute("DELETE FROM record")
            self.db.execute("DELETE FROM keyed")

    def get(self, id_: str) -> Record | None:
        """Return the record with that id, deleted ones included."""
        row = self.db.execute(f"SELECT {_COLUMNS} FROM record WHERE id = ?", (id_,)).fetchone()
        return _record(row) if row else None

    def find(self, type_: str, field: str, value: str) -> list[str]:
        """Return the ids of the records whose key ``field`` has that folded value."""
        rows = self.db.execute(
            "SELECT id FROM keyed WHERE type = ? AND field = ? AND value = ? ORDER BY id",
            (type_, field, value),
        )
        return [id_ for (id_,) in rows]

    def select(
        self, where: str, parameters: tuple[Any, ...] = (), tail: str = "ORDER BY seq"
    ) -> list[Record]:
        """Return the records for which the SQL condition ``where`` holds."""
        rows = self.db.execute(f"SELECT {_COLUMNS} FROM record WHERE {where} {tail}", parameters)
        return [_record(row) for row in rows]

    def count(self, where: str = "1", parameters: tuple[Any, ...] = ()) -> int:
        """Return how many records the SQL condition holds for."""
        found = self.db.execute(f"SELECT count(*) FROM record WHERE {where}", parameters).fetchone()
        return int(found[0])
