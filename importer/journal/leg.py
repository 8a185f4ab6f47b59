"""What one leg of a run writes: intents before requests leave, settlements after, facts on the way."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence

from importer.journal import sql
from importer.journal.records import Intent, LegEnd, Settlement, Stretch
from importer.journal.states import HAS_RECORD, MOVES, State
from importer.journal.stored import problems_to_text
from importer.journal.writer import Writer
from importer.model.errors import JournalError
from importer.model.problem import Problem

_BEFORE = {
    after: ",".join(
        f"'{before.value}'" for before in State if before is not State.PENDING and after in MOVES[before]
    )
    for after in State
}
_SETTLE = {after: sql.SETTLE_ROW.format(before=before or "''") for after, before in _BEFORE.items()}


Note = Callable[[int], None]


class Leg:
    """Writes the rows of one leg. The futures it returns resolve when the write is durable.

    ``note`` is told the number of the newest send that is durable, before whoever waits for it goes on; it is
    called in the journal's thread.
    """

    def __init__(self, writer: Writer, run: int, number: int, scope: int, note: Note | None = None) -> None:
        self._writer = writer
        self._run = run
        self._scope = scope
        self._note = note
        self.number = number

    def intend(self, path: str, intents: Sequence[Intent]) -> asyncio.Future[int]:
        """Write that the rows of ``intents`` are about to leave together; resolves to the send's number."""
        return self._writer.submit(lambda db: self._intend(db, path, intents), self._note)

    def _intend(self, db: sqlite3.Connection, path: str, intents: Sequence[Intent]) -> int:
        now = _now_ms()
        send = db.execute(sql.ADD_SEND, (self._run, self.number, path, now)).lastrowid or 0
        for intent in intents:
            place = (self._run, intent.row, 0, self.number, send, intent.key, intent.digest, now)
            if db.execute(sql.INTEND_ROW, place).rowcount != 1:
                raise _illegal(intent.row, State.SENT)
            if intent.key is not None:
                db.execute(sql.LEDGER_INTEND, self._line(intent.row, intent.key, intent.digest))
        return send

    def begin_job(self, path: str) -> asyncio.Future[int]:
        """Write that rows are collected for a job that does not exist yet; resolves to the send's number."""

        def work(db: sqlite3.Connection) -> int:
            send = db.execute(sql.ADD_SEND, (self._run, self.number, path, _now_ms())).lastrowid or 0
            db.execute(sql.SET_TICKET, ("", send))
            return send

        return self._writer.submit(work, self._note)

    def intend_more(self, send: int, intents: Sequence[Intent]) -> asyncio.Future[None]:
        """Write that the rows of ``intents`` are about to leave with the job of ``send``."""

        def work(db: sqlite3.Connection) -> None:
            now = _now_ms()
            places = [(self._run, i.row, 0, self.number, send, i.key, i.digest, now) for i in intents]
            if db.executemany(sql.INTEND_ROW, places).rowcount != len(places):
                raise _illegal(intents[0].row, State.SENT)
            lines = [self._line(i.row, i.key, i.digest) for i in intents if i.key is not None]
            db.executemany(sql.LEDGER_INTEND, lines)

        return self._writer.submit(work)

    def drop_job(self, send: int) -> asyncio.Future[None]:
        """Write that the job of ``send`` made nothing and never will: its rows are pending again."""

        def work(db: sqlite3.Connection) -> None:
            db.execute(sql.DROP_KEYS, (self._scope, self._run, send))
            db.execute(sql.DROP_ROWS, (self._run, send))
            db.execute(sql.END_JOB, (send,))

        return self._writer.submit(work)

    def end_job(self, send: int) -> asyncio.Future[None]:
        """Write that the job of ``send`` makes no more records; what it left open is asked about by rows."""

        def work(db: sqlite3.Connection) -> None:
            db.execute(sql.END_JOB, (send,))

        return self._writer.submit(work)

    def ticket(self, send: int, text: str) -> asyncio.Future[None]:
        """Write what is needed to take up ``send`` after a crash."""

        def work(db: sqlite3.Connection) -> None:
            db.execute(sql.SET_TICKET, (text, send))

        return self._writer.submit(work)

    def settle(self, settlements: Sequence[Settlement]) -> asyncio.Future[None]:
        """Write what became of rows that were sent, are unknown, or in doubt."""

        def work(db: sqlite3.Connection) -> None:
            groups: dict[State, list[Settlement]] = {}
            for settlement in settlements:
                groups.setdefault(settlement.state, []).append(settlement)
            for state, group in groups.items():
                self._settle(db, state, group)

        return self._writer.submit(work)

    def _settle(self, db: sqlite3.Connection, state: State, group: Sequence[Settlement]) -> None:
        now = _now_ms()
        places = [
            (state, each.record_id, each.number, problems_to_text(each.problems), now, self._run, each.row, 0)
            for each in group
        ]
        if db.executemany(_SETTLE[state], places).rowcount != len(places):
            raise _illegal(group[0].row, state)
        held = [(self._run, each.row) for each in group if not each.left]
        if held:
            db.executemany(sql.NOT_AN_ATTEMPT, held)
        if state in HAS_RECORD:
            query = sql.LEDGER_RECORD_OF_ROW
        elif state in (State.UNKNOWN, State.IN_DOUBT):
            query = sql.LEDGER_DOUBT_OF_ROW
        else:
            query = sql.LEDGER_FREE_OF_ROW
        db.executemany(query, [(self._scope, self._run, each.row) for each in group])

    def record(
        self,
        row: int,
        state: State,
        problems: tuple[Problem, ...] = (),
        *,
        record_id: str | None = None,
        found: Intent | None = None,
        seen: bytes | None = None,
    ) -> asyncio.Future[None]:
        """Write a row that never left: invalid, skipped, exists, blocked, or in doubt elsewhere.

        So does the line of a results file whose row was rejected, and which is as it was. ``found`` is what
        would have been sent, for a row whose record was found on the server; ``seen`` the digest of how the
        row's cells look.
        """

        def work(db: sqlite3.Connection) -> None:
            text = problems_to_text(problems)
            place = (self._run, row, 0, state, self.number, None, seen, record_id, text, _now_ms())
            if db.execute(sql.RECORD_ROW, place).rowcount != 1:
                raise _illegal(row, state)
            if found is not None and found.key is not None and record_id is not None:
                line = self._line(row, found.key, found.digest)
                db.execute(sql.LEDGER_RECORD, {**line, "state": state, "record_id": record_id})

        return self._writer.submit(work)

    def set_numbers(self, numbers: Mapping[int, str]) -> asyncio.Future[None]:
        """Write the numbers by which people call the records of rows."""

        def work(db: sqlite3.Connection) -> None:
            db.executemany(sql.SET_NUMBER, [(number, self._run, row) for row, number in numbers.items()])

        return self._writer.submit(work)

    def known(self, first: int, last: int) -> asyncio.Future[None]:
        """Write that the rows from ``first`` to ``last`` without an entry are known to the ledger."""

        def work(db: sqlite3.Connection) -> None:
            db.execute(sql.ADD_KNOWN, (self._run, first, last))

        return self._writer.submit(work)

    def stretches(self, stretches: Sequence[Stretch]) -> asyncio.Future[None]:
        """Write how requests fared in stretches of time that are over."""

        def work(db: sqlite3.Connection) -> None:
            for one in stretches:
                counts = (one.calls, one.lost, one.repeats, one.pauses, one.paused, one.away, one.cleared)
                latencies = json.dumps(sorted(one.latencies.items()), separators=(",", ":"))
                place = (self._run, self.number, one.at, one.until)
                db.execute(sql.ADD_STRETCH, (*place, *counts, one.at_once, latencies))

        return self._writer.submit(work)

    def end(self, end: LegEnd) -> asyncio.Future[None]:
        """Write how the leg, and with it the run, ended."""

        def work(db: sqlite3.Connection) -> None:
            now = _now_ms()
            calls = (end.calls, end.first_call, end.last_call)
            db.execute(sql.END_LEG, (now, end.exit, *calls, self._run, self.number))
            db.execute(sql.END_RUN, (now, end.finished, end.exit, self._run))

        return self._writer.submit(work)

    def _line(self, row: int, key: bytes, digest: bytes | None) -> dict[str, object]:
        return {"scope": self._scope, "key": key, "digest": digest, "run": self._run, "row": row}


def _illegal(row: int, state: State) -> JournalError:
    return JournalError(
        "ILLEGAL_MOVE",
        f"Row {row} cannot become {state} from where it stands in the journal; nothing was written.",
        "This is a fault of case-importer: keep the journal and report it.",
    )


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
