"""The journal's door: what a run writes and reads."""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from importer.journal import sql
from importer.journal.database import connect, prepare_folder
from importer.journal.leg import Leg
from importer.journal.lock import SystemLock
from importer.journal.records import (
    LedgerLine,
    LegRecord,
    LegStart,
    RowEntry,
    RunIdentity,
    RunRecord,
    Scope,
    SourceFacts,
    Verdict,
    entry_from_row,
    problems_to_text,
)
from importer.journal.states import State
from importer.journal.verdicts import apply_verdict
from importer.journal.writer import Writer
from importer.model.errors import JournalError
from importer.model.problem import problem
from importer.model.target import System

PAGE = 1000
"""Rows read at once while a file is walked beside the journal."""


class Journal:
    """One journal database: runs, legs, sends, rows and the ledger.

    Writing goes through one thread with group commit; reading uses a connection of its own.
    Raises JournalError when the database cannot be opened, written or trusted.
    """

    def __init__(self, state: Path) -> None:
        self.state = state
        self.path = prepare_folder(state)
        self._writer = Writer(connect(self.path), self.path)
        self._reader = connect(self.path, read_only=True)
        row = self._reader.execute(sql.GET_SETTING, ("salt",)).fetchone()
        self._salt: bytes = row[0]

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Write what is queued and close the database."""
        self._writer.close()
        self._reader.close()

    def digest(self, data: bytes) -> bytes:
        """Return the keyed digest (16 bytes) of ``data``; without this journal's key it tells nothing."""
        return hashlib.blake2b(data, digest_size=16, key=self._salt).digest()

    def lock(self, system: str, name: str) -> SystemLock:
        """Return the lock that one run holds on ``system`` at a time."""
        return SystemLock(self.state, system, name)

    # scopes and the ledger

    def scope(self, scope: Scope) -> int:
        """Return the number of ``scope``, added if new.

        Raises JournalError when the scope has records under another ``basis``: a changed key would not
        recognise them.
        """

        def work(db: sqlite3.Connection) -> int:
            found = db.execute(sql.FIND_SCOPE, (scope.system, scope.record_type, scope.source)).fetchone()
            if found is None:
                place = (scope.system, scope.record_type, scope.source, scope.basis)
                return int(db.execute(sql.ADD_SCOPE, place).lastrowid or 0)
            number, basis = found
            if basis != scope.basis and db.execute(sql.LEDGER_IS_EMPTY, (number,)).fetchone()[0]:
                db.execute(sql.SET_BASIS, (scope.basis, number))
            return int(number)

        return self._writer.wait(work)

    def find_scope(self, system: str, record_type: str, source: str) -> int | None:
        """Return the number of a scope, None when nothing was ever imported into it."""
        found = self._reader.execute(sql.FIND_ANY_SCOPE, (system, record_type, source)).fetchone()
        return None if found is None else int(found[0])

    def basis(self, scope: int) -> str:
        """Return what the keys of ``scope`` are made of."""
        return str(self._reader.execute("SELECT basis FROM scope WHERE id = ?", (scope,)).fetchone()[0])

    def change_basis(self, scope: int, basis: str) -> None:
        """From now on the keys of ``scope`` are made of ``basis``."""
        self._writer.wait(lambda db: db.execute(sql.SET_BASIS, (basis, scope)))

    def other_source_of(self, scope: Scope, number: int, keys: Sequence[bytes]) -> str | None:
        """Return the other source of the same system and record type that knows most of ``keys``."""
        others = self._reader.execute(sql.OTHER_SCOPES, (scope.system, scope.record_type, number)).fetchall()
        for other, source, basis in others:
            if basis != scope.basis:
                continue
            known = sum(
                1 for key in keys if self._reader.execute(sql.LEDGER_HAS, (other, key)).fetchone() is not None
            )
            if keys and known * 2 > len(keys):
                return str(source)
        return None

    def ledger_is_empty(self, scope: int) -> bool:
        """Return whether nothing of ``scope`` was ever imported or in doubt."""
        return bool(self._reader.execute(sql.LEDGER_IS_EMPTY, (scope,)).fetchone()[0])

    def ledger_line(self, scope: int, key: bytes) -> LedgerLine | None:
        """Return what the ledger knows of ``key``."""
        found = self._reader.execute(sql.LEDGER_LINE, (scope, key)).fetchone()
        if found is None:
            return None
        state, record_id, digest, row, run, run_n = found
        return LedgerLine(State(state), record_id, digest, row, run, run_n)

    # runs

    def find_run(self, identity: RunIdentity) -> RunRecord | None:
        """Return the newest run of ``identity``, or None."""
        place = (
            identity.digest,
            identity.sheet,
            identity.header_row,
            identity.system,
            identity.record_type,
        )
        found = self._reader.execute(sql.FIND_RUN, place).fetchone()
        return None if found is None else self._run_by(sql.RUN_BY_N, found[0])

    def run(self, run_id: str) -> RunRecord:
        """Return the run called ``run_id``. Raises JournalError when there is none."""
        found = self._run_by(sql.RUN_BY_ID, run_id)
        if found is None:
            raise JournalError(
                "NO_SUCH_RUN",
                f"The journal {self.path} has no run {run_id}.",
                "List the runs with case-importer runs.",
            )
        return found

    def runs(self) -> list[RunRecord]:
        """Return all runs, newest first."""
        return [_run(line) for line in self._reader.execute(sql.RUNS)]

    def _run_by(self, query: str, value: object) -> RunRecord | None:
        found = self._reader.execute(query, (value,)).fetchone()
        return None if found is None else _run(found)

    def add_run(
        self, identity: RunIdentity, scope: int, source: SourceFacts, system: System, schema: str
    ) -> RunRecord:
        """Begin a new run of ``identity`` and return it; ``schema`` is the digest of the one it freezes."""
        place = (
            identity.digest,
            identity.sheet,
            identity.header_row,
            identity.system,
            identity.record_type,
        )
        run_id = time.strftime("%Y%m%d-", time.gmtime()) + secrets.token_hex(3)
        what = (scope, source.path, source.size, source.rows)
        facts = (*what, system.name, system.record_url, schema, now_ms())
        number = self._writer.wait(
            lambda db: db.execute(sql.ADD_RUN, (run_id, *place, *place, *facts)).lastrowid
        )
        found = self._run_by(sql.RUN_BY_N, number)
        assert found is not None
        return found

    def begin_leg(self, run: RunRecord, start: LegStart, documents: Mapping[str, str]) -> Leg:
        """Begin another invocation of ``run`` and return what writes its rows.

        ``documents`` are the texts of the mapping and the schema, by their digests: what a run was made of.
        """
        number = len(self.legs(run.n)) + 1

        def work(db: sqlite3.Connection) -> None:
            db.executemany(sql.ADD_DOCUMENT, documents.items())
            db.execute(sql.OPEN_RUN, (start.schema, start.source, run.n))
            arguments = json.dumps(start.arguments, ensure_ascii=False)
            options = json.dumps(start.options, ensure_ascii=False, sort_keys=True)
            who = (start.version, start.os_user, start.host, start.pid, arguments)
            what = (start.mapping, start.schema, options, start.api_user, start.clock_offset)
            db.execute(sql.ADD_LEG, (run.n, number, *who, *what, start.path, start.reason, now_ms()))

        self._writer.wait(work)
        return Leg(self._writer, run.n, number, run.scope)

    def legs(self, run: int) -> list[LegRecord]:
        """Return the legs of run number ``run``, first to last."""
        return [LegRecord(*line) for line in self._reader.execute(sql.LEGS, (run,))]

    def document(self, digest: str) -> str | None:
        """Return the text of a mapping or schema that a run was made of."""
        found = self._reader.execute(sql.GET_DOCUMENT, (digest,)).fetchone()
        return None if found is None else str(found[0])

    def unfinish(self, run: int) -> None:
        """A finished run has a row to send again."""
        self._writer.wait(lambda db: db.execute(sql.UNFINISH, (run,)))

    def set_results(self, run: int, path: Path) -> None:
        """Remember where the results of ``run`` are."""
        self._writer.wait(lambda db: db.execute(sql.SET_RESULTS, (str(path), run)))

    # rows

    def entry(self, run: int, row: int) -> RowEntry | None:
        """Return what is known of a row."""
        found = self._reader.execute(sql.ROW, (run, row)).fetchone()
        return None if found is None else entry_from_row(found)

    def entries(self, run: int) -> Iterator[RowEntry]:
        """Give all entries of a run in row order, read page by page so that no read stays open."""
        after = -1
        while True:
            page = self._reader.execute(sql.ROWS_AFTER, (run, after, PAGE)).fetchall()
            for line in page:
                yield entry_from_row(line)
            if len(page) < PAGE:
                return
            after = page[-1][0]

    def known_ranges(self, run: int) -> list[tuple[int, int]]:
        """Return the row ranges (first, last) in which rows without an entry were known to the ledger."""
        return list(self._reader.execute(sql.KNOWN, (run,)))

    def counts(self, run: int) -> dict[State, int]:
        """Return how many rows of ``run`` stand in which state; rows without an entry are not counted."""
        return {State(state): count for state, count in self._reader.execute(sql.COUNTS, (run,))}

    def doubts(self, run: int) -> dict[int, float]:
        """Return the rows of ``run`` that were sent and have no answer, with our clock (seconds since 1970)
        at their sends.
        """
        return {row: at / 1000 for row, at in self._reader.execute(sql.OWN_DOUBTS, (run,))}

    def sent_at(self, run: int, row: int) -> float | None:
        """Return our clock (seconds since 1970) at the last send of a row, None when it was never sent."""
        found = self._reader.execute(sql.SENT_AT, (run, row)).fetchone()
        return None if found is None else float(found[0]) / 1000

    def created_between(self, run: RunRecord, since: float, until: float) -> frozenset[str]:
        """Return the ids of records of the run's system and type that were sent and confirmed in a time."""
        first, last = int(since * 1000), int(until * 1000)
        place = (run.system, run.record_type, first, first, last)
        return frozenset(line[0] for line in self._reader.execute(sql.CREATED_BETWEEN, place))

    def ours_since(self, run: RunRecord, since: float) -> frozenset[str]:
        """Return the ids of all records of the run's system and type that were confirmed since a moment."""
        moment = int(since * 1000)
        place = (run.system, run.record_type, moment, moment)
        return frozenset(line[0] for line in self._reader.execute(sql.OURS_SINCE, place))

    def leg_of(self, run: int, scope: int) -> Leg:
        """Return what settles rows of another run, whose row in doubt was found out about."""
        return Leg(self._writer, run, 0, scope)

    def waiting(self, run: int) -> int:
        """Return how many rows are in doubt only because another run's row is."""
        return int(self._reader.execute(sql.WAITING, (run,)).fetchone()[0])

    def codes(self, run: int) -> list[tuple[str, int]]:
        """Return the problem codes of ``run`` with their counts, most first."""
        return list(self._reader.execute(sql.CODES, (run,)))

    def reopen(self, run: int, states: Sequence[State]) -> None:
        """Make the rows in ``states`` pending again (``--retry-failed``)."""
        marks = ",".join("?" * len(states))
        query = sql.REOPEN.format(states=marks)
        self._writer.wait(lambda db: db.execute(query, (run, *states)))

    def remap(self, run: int, mapping: str) -> None:
        """Make rows pending again that another mapping judged, or that wait for another run."""
        self._writer.wait(lambda db: db.execute(sql.REMAP, {"run": run, "mapping": mapping}))

    def recover(self, system: str) -> int:
        """Under the system's lock: every row of a dead process that is still sent becomes unknown.

        Returns their number.
        """

        def work(db: sqlite3.Connection) -> int:
            left = db.execute(sql.LEFT_SENT, (system,)).fetchall()
            for run, scope, row, part, key, run_id, name in left:
                reason = "the process ended before the answer"
                lost = problem("ANSWER_LOST", reason=reason, system=name, run=run_id, row=row, question="")
                line = (run, scope, row, part, key, problems_to_text((lost,)))
                _doubt(db, State.SENT, State.UNKNOWN, line)
            return len(left)

        return self._writer.wait(work)

    def give_up(self, system: str) -> int:
        """Every unknown row of ``system`` becomes in doubt: nobody is left to ask. Returns their number."""

        def work(db: sqlite3.Connection) -> int:
            left = db.execute(sql.LEFT_UNKNOWN, (system,)).fetchall()
            for line in left:
                _doubt(db, State.UNKNOWN, State.IN_DOUBT, line)
            return len(left)

        return self._writer.wait(work)

    def resolve(self, run: RunRecord, verdicts: Sequence[Verdict]) -> None:
        """Write a person's answers for rows in doubt, all or none, with user and time.

        Raises JournalError when a row is not in doubt.
        """

        def work(db: sqlite3.Connection) -> None:
            for verdict in verdicts:
                apply_verdict(db, run, verdict, now_ms())

        self._writer.wait(work)

    async def flush(self) -> None:
        """Wait until everything queued so far is durable."""
        await self._writer.submit(lambda _db: None)


def _doubt(db: sqlite3.Connection, before: State, after: State, line: Sequence[Any]) -> None:
    run, scope, row, part, key, problems = line
    query = sql.SETTLE_ROW.format(before=f"'{before}'")
    db.execute(query, (after, None, None, problems, now_ms(), run, row, part))
    if key is not None:
        db.execute(sql.LEDGER_DOUBT, {"scope": scope, "key": key, "run": run, "row": row, "state": after})


def _run(line: Sequence[Any]) -> RunRecord:
    return RunRecord(*(*line[:-2], bool(line[-2]), line[-1]))


def now_ms() -> int:
    """Return the time in milliseconds since 1970 (UTC)."""
    return time.time_ns() // 1_000_000
