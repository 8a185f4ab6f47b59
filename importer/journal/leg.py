"""What one leg of a run writes: intents before requests leave, settlements after, facts on the way."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence

from importer.journal import sql
from importer.journal.records import Intent, LegEnd, Settlement, Stretch
from importer.journal.sending import Ended, Send, Sending, illegal, now_ms
from importer.journal.states import State
from importer.journal.stored import problems_to_text
from importer.journal.writer import Writer
from importer.model.problem import Problem

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
        self._sending = Sending(run, number, scope)
        self._write = self._sending.write
        self.number = number

    def intend(self, path: str, intents: Sequence[Intent]) -> asyncio.Future[int]:
        """Write that the rows of ``intents`` are about to leave together; resolves to the send's number."""
        return self._writer.join(self._write, Send(path, intents), self._note)

    def begin_job(self, path: str) -> asyncio.Future[int]:
        """Write that rows are collected for a job that does not exist yet; resolves to the send's number."""

        def work(db: sqlite3.Connection) -> int:
            send = db.execute(sql.ADD_SEND, (self._run, self.number, path, now_ms())).lastrowid or 0
            db.execute(sql.SET_TICKET, ("", send))
            return send

        return self._writer.submit(work, self._note)

    def intend_more(self, send: int, intents: Sequence[Intent]) -> asyncio.Future[None]:
        """Write that the rows of ``intents`` are about to leave with the job of ``send``."""

        def work(db: sqlite3.Connection) -> None:
            self._sending.add_rows(db, [(send, intent) for intent in intents])

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
        return self._writer.join(self._write, Ended(settlements))

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
            place = (self._run, row, 0, state, self.number, None, seen, record_id, text, now_ms())
            if db.execute(sql.RECORD_ROW, place).rowcount != 1:
                raise illegal(row, state)
            if found is not None and found.key is not None and record_id is not None:
                line = self._line(row, found.key, found.digest)
                db.execute(sql.LEDGER_RECORD, {**line, "state": state, "record_id": record_id})

        return self._writer.submit(work)

    def set_numbers(self, numbers: Mapping[int, str]) -> asyncio.Future[None]:
        """Write the numbers by which people call the records of rows."""

        def work(db: sqlite3.Connection) -> None:
            sql.SET_NUMBERS.run(db, (self._run,), list(numbers.items()))

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
            now = now_ms()
            calls = (end.calls, end.first_call, end.last_call)
            db.execute(sql.END_LEG, (now, end.exit, *calls, self._run, self.number))
            db.execute(sql.END_RUN, (now, end.finished, end.exit, self._run))

        return self._writer.submit(work)

    def _line(self, row: int, key: bytes, digest: bytes | None) -> dict[str, object]:
        return {"scope": self._scope, "key": key, "digest": digest, "run": self._run, "row": row}
