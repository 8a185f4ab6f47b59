"""What of a journal may go: attempts and texts of old runs, and what a person wants forgotten.

The ledger outlives every run; a line of it goes only when a person names it. Works on the file, as ``check``
and ``backup`` do. The newest send of all stays, because the witness outside the database knows its number.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from importer.journal import sql
from importer.journal.database import FILE_NAME, connect, in_transaction, refuse_missing
from importer.journal.faults import damaged
from importer.journal.identity import WITH_CASE, ledger_key
from importer.journal.lock import SystemHeldError, system_lock
from importer.model.errors import JournalError


@dataclass(frozen=True, slots=True)
class Pruned:
    """What ``prune`` took away; ``kept``: older runs with rows left or in doubt, or needed for doubts."""

    runs: int
    attempts: int
    texts: int
    kept: int
    bytes_before: int
    bytes_after: int


@dataclass(frozen=True, slots=True)
class ScopeFacts:
    """A scope of the ledger and what it holds: records, and rows that may be records."""

    number: int
    system: str
    record_type: str
    source: str
    basis: str
    records: int
    doubts: int


def prune(state: Path, before: int) -> Pruned:
    """Drop attempts, measurements and texts of the runs that ended before ``before`` (ms since 1970).

    Statuses, ids and keys of rows stay, so that "again" means what it meant. Runs that are not finished, hold
    doubts, or ran beside the begin of one that does are kept whole: settling asks what else was made then.
    Raises SystemHeldError while a run loads into one of the systems, JournalError.
    """
    with _opened(state) as (db, path):
        size = _size(path)
        old = db.execute(sql.OLD_RUNS, {"before": before}).fetchall()
        kept = db.execute(sql.OLD_BUT_NEEDED, {"before": before}).fetchone()[0]
        counts = [0, 0, 0]
        with _held(state, {(system, name) for _n, system, name in old}):

            def work() -> None:
                for number, _system, _name in old:
                    documents = [str(d) for line in db.execute(sql.DOCUMENTS_OF, (number,)) for d in line]
                    sends = db.execute(sql.DROP_SENDS, (number,)).rowcount
                    db.execute(sql.FORGET_SENDS, (number,))
                    db.execute(sql.DROP_STRETCHES, (number,))
                    texts = db.execute(sql.DROP_TEXTS, (number, sql.PRUNED)).rowcount
                    gone = db.execute(sql.PRUNE_LEGS, (number,)).rowcount
                    counts[0] += gone > 0
                    counts[1] += sends
                    counts[2] += texts
                    db.executemany(sql.DROP_DOCUMENT, [(digest,) for digest in documents])

            in_transaction(db, work)
        if old:
            _give_back(db, state)
        runs, attempts, texts = counts
        return Pruned(runs, attempts, texts, kept, size, _size(path))


def scopes(state: Path) -> list[ScopeFacts]:
    """Return what the ledger knows, scope by scope. Raises JournalError."""
    with _opened(state) as (db, _path):
        return [ScopeFacts(*line) for line in db.execute(sql.SCOPE_FACTS)]


def forget(state: Path, scope: ScopeFacts, keys: Sequence[Sequence[str]] | None) -> int:
    """Remove the ledger's lines of ``keys`` (None: all), and these keys from rows of runs; return how many.

    A line in doubt stays: its record may exist, and nobody knows. Raises SystemHeldError while a run loads
    into the system, JournalError.
    """
    fold = not scope.basis.endswith(WITH_CASE)
    with _opened(state) as (db, _path):
        with _held(state, {(scope.system, scope.system)}):
            known = db.execute(sql.KNOWN_KEYS, (scope.number,))
            found: Iterable[bytes] = [bytes(line[0]) for line in known]
            if keys is not None:
                wanted = {ledger_key(tuple(key), fold_case=fold) for key in keys}
                found = [key for key in found if key in wanted]
            places = [(scope.number, key) for key in found]

            def work() -> None:
                db.executemany(sql.FORGET_KEY, places)
                if keys is None:
                    db.execute(sql.FORGET_ALL_ROW_KEYS, (scope.number,))
                else:
                    db.executemany(sql.FORGET_ROW_KEY, [(key, number) for number, key in places])

            in_transaction(db, work)
        _give_back(db, state)
        return len(places)


@contextmanager
def _opened(state: Path) -> Iterator[tuple[sqlite3.Connection, Path]]:
    path = state / FILE_NAME
    refuse_missing(path)
    with closing(connect(path)) as db:
        try:
            db.execute("PRAGMA secure_delete = ON")  # what is dropped is overwritten, not only unlinked
            yield db, path
        except sqlite3.Error as error:
            raise damaged(path, error) from error


@contextmanager
def _held(state: Path, systems: Iterable[tuple[str, str]]) -> Iterator[None]:
    with ExitStack() as stack:
        for system, name in sorted(systems):
            stack.enter_context(system_lock(state, system, name))
        yield


def _give_back(db: sqlite3.Connection, state: Path) -> None:
    """Give free pages back to the disk, unless a run is at work: it would wait, and give up at last.

    They are used again later then; what was dropped is overwritten in any case.
    """
    try:
        with _held(state, set(db.execute(sql.SYSTEMS))):
            db.execute("VACUUM")
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except SystemHeldError:
        return
    except sqlite3.OperationalError as error:
        if "locked" not in str(error) and "busy" not in str(error) and "full" not in str(error):
            raise


def _size(path: Path) -> int:
    files = (path, path.with_name(f"{path.name}-wal"))
    return sum(file.stat().st_size for file in files if file.exists())


def scope_named(found: Sequence[ScopeFacts], source: str, system: str | None, kind: str | None) -> ScopeFacts:
    """Return the one scope that is meant. Raises JournalError when there is none, or several."""
    fits = [
        each
        for each in found
        if each.source == source and system in (None, each.system) and kind in (None, each.record_type)
    ]
    if len(fits) == 1:
        return fits[0]
    if not fits:
        names = ", ".join(sorted({each.source for each in found})) or "none"
        raise JournalError("NO_SUCH_SOURCE", f"The ledger has no such source {source}.", f"It has: {names}.")
    places = "; ".join(f"--system {each.system} --record-type {each.record_type}" for each in fits)
    raise JournalError(
        "SEVERAL_SCOPES", f"The source {source} was loaded to {len(fits)} places.", f"Say which: {places}."
    )
