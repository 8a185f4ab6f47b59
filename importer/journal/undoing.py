"""What a run that undoes another reads and writes: its rows, the other's, and the ledger (design §4, §8)."""

from __future__ import annotations

import asyncio
import secrets
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from importer.journal import sql
from importer.journal.leg import Note
from importer.journal.reader import Line, Reader
from importer.journal.records import RunRecord
from importer.journal.sending import now_ms
from importer.journal.states import MOVES, State
from importer.journal.stored import problems_to_text, run_from_row
from importer.journal.writer import Writer
from importer.model.errors import JournalError
from importer.model.problem import Problem, problem

FIRST = 1 << 62
"""A row number behind all others."""
UNDONE = (State.DELETED, State.GONE)
_BEFORE = {
    after: ", ".join(f"'{before.value}'" for before in State if after in MOVES[before]) for after in State
}


@dataclass(frozen=True, slots=True)
class Made:
    """A row whose record is to go. ``since``: when it was first sent (our clock, seconds since 1970).

    ``state`` is its state in the run that undoes (PENDING: nothing was done yet), ``lost`` says that a delete
    may have arrived whose answer nobody has.
    """

    row: int
    record_id: str
    since: float
    state: State
    lost: bool


@dataclass(frozen=True, slots=True)
class Rival:
    """Another row of the journal with the record of a row: run, row there, and what became of it."""

    run: str
    row: int
    state: State


@dataclass(frozen=True, slots=True)
class Undone:
    """What became of a record; ``left`` is False when the delete did not leave after all."""

    row: int
    record_id: str
    state: State
    problems: tuple[Problem, ...] = ()
    left: bool = True


class UndoRun:
    """One run that undoes ``undone``: writes are durable when the futures that they return resolve."""

    def __init__(self, writer: Writer, run: RunRecord, undone: RunRecord, leg: int, note: Note) -> None:
        self._writer = writer
        self._note = note
        self._leg = leg
        self.run = run
        self.undone = undone

    def intend(self, rows: Sequence[Made]) -> asyncio.Future[int]:
        """Write that deletes of these records are about to leave together; resolves to the send's number."""

        def work(db: sqlite3.Connection) -> int:
            now = now_ms()
            send = db.execute(sql.ADD_SEND, (self.run.n, self._leg, "delete", now)).lastrowid or 0
            for made in rows:
                shared = (self.run.n, self._leg, now)
                if sql.INTEND_ROWS.run(db, shared, [(made.row, send, None, None)]) != 1:
                    raise _illegal(made.row, State.SENT)
            return send

        return self._writer.submit(work, self._note)

    def settle(self, done: Sequence[Undone]) -> asyncio.Future[None]:
        """Write what became of records. The keys of those that are there no longer are free again."""

        def work(db: sqlite3.Connection) -> None:
            for each in done:
                self._settle(db, each)

        return self._writer.submit(work)

    def _settle(self, db: sqlite3.Connection, done: Undone) -> None:
        now, text = now_ms(), problems_to_text(done.problems)
        if done.state is State.PENDING:
            query = sql.SETTLE_ROW.format(before=_BEFORE[State.PENDING])
            place = (done.state, done.record_id, None, text, now, self.run.n, done.row, 0)
        else:
            query = sql.UNDONE_UNDO.format(before=_BEFORE[done.state])
            place = (self.run.n, done.row, done.state, self._leg, done.record_id, text, now)  # type: ignore[assignment]
        if db.execute(query, place).rowcount != 1:
            raise _illegal(done.row, done.state)
        if not done.left:
            db.execute(sql.NOT_AN_ATTEMPT, (self.run.n, done.row))
        if done.state in UNDONE:
            self._free(db, done, now)

    def _free(self, db: sqlite3.Connection, done: Undone, now: int) -> None:
        """The row that made the record shows it, and its key is free.

        After an import with ``--again`` the record of the run before is the known one again.
        """
        of = self.undone
        found = db.execute(sql.MADE_ROW, (of.n, done.row, done.record_id)).fetchone()
        if found is None:
            raise _illegal(done.row, done.state)
        said = problem(
            "UNDONE",
            record=f"{of.record_type} {done.record_id}",
            what="deleted" if done.state is State.DELETED else "found to be gone",
            run=self.run.id,
        )
        db.execute(sql.UNDONE_ROW, (done.state, problems_to_text((said,)), now, of.n, done.row))
        [key] = found
        if key is None:
            return
        freed = db.execute(sql.LEDGER_UNDO, (of.scope, key, done.record_id)).fetchone()
        if freed is None or freed[0] == of.n:
            return
        before = db.execute(sql.MADE_BEFORE, (freed[0], of.n, of.scope, key)).fetchone()
        if before is not None:
            run, row, state, record_id, digest = before
            db.execute(sql.LEDGER_RESTORE, (of.scope, key, state, record_id, digest, run, run, row))


class Undoing:
    """What the journal knows of the records of ``run``, and of the runs that undo it."""

    def __init__(self, writer: Writer, reader: Reader, run: RunRecord) -> None:
        self._writer = writer
        self._reader = reader
        self._run = run

    def unfinished(self) -> RunRecord | None:
        """Return the run that was to undo this one and did not come to its end."""
        number = self._reader.one(sql.OPEN_UNDO, (self._run.n,), make=lambda line: int(line[0]))
        return None if number is None else self._reader.one(sql.RUN_BY_N, (number,), make=run_from_row)

    def begin(self) -> RunRecord:
        """Return the run that undoes this one: the one that did not end, else a new one.

        What it kept is looked at again: it may have changed.
        """
        found = self.unfinished()
        if found is None:
            run_id = time.strftime("%Y%m%d-", time.gmtime()) + secrets.token_hex(3)
            place = (run_id, self._run.n, now_ms())
            number = self._writer.wait(lambda db: db.execute(sql.ADD_UNDO, place).lastrowid)
        else:
            number = found.n
        reopen = sql.REOPEN.format(states="?")
        self._writer.wait(lambda db: db.execute(reopen, (number, State.KEPT)))
        self._writer.wait(lambda db: db.execute(sql.UNDO_ROWS, (self._run.n, number)))
        run = self._reader.one(sql.RUN_BY_N, (number,), make=run_from_row)
        assert run is not None
        return run

    def ids(self) -> list[str]:
        """Return the ids of the runs that undo this one, first to last."""
        return self._reader.all(sql.UNDONE_BY, (self._run.n,), make=lambda line: str(line[0]))

    def rows(self, undo: int, before: int, count: int) -> list[Made]:
        """Return the next ``count`` rows above row ``before``, last first, that ``undo`` has not done with.

        ``undo`` is the number of the run that undoes, 0 where there is none yet.
        """
        return self._reader.all(sql.TO_UNDO, (self._run.n, undo, before, count), make=_made)

    def rivals(self) -> dict[int, Rival]:
        """Return the rows whose record other rows have too: it was there before, or was changed later.

        One sort over all records of the system; what it returns is as large as what they share.
        """
        found = self._reader.all(sql.RIVALS, (self._run.n, self._run.system), make=tuple)
        rivals: dict[int, Rival] = {}
        for _record, group in groupby(found, key=itemgetter(0)):
            members = [(n, Rival(run, row, State(state))) for _id, n, run, row, state in group]
            for n, mine in members:
                if n == self._run.n and mine.state is State.CREATED:
                    other = next((rival for _n, rival in members if rival is not mine), None)
                    later = (rival for _n, rival in members if rival.state is State.UPDATED)
                    rivals[mine.row] = next(later, other or mine)
        return rivals

    def vouched(self) -> frozenset[int]:
        """Return the rows whose record a person has named."""
        return frozenset(self._reader.all(sql.VOUCHED, (self._run.n,), make=lambda line: int(line[0])))


def _made(line: Line) -> Made:
    row, record_id, since, state, lost = line
    return Made(row, record_id, since / 1000, State(state or "pending"), lost is not None)


def _illegal(row: int, state: State) -> JournalError:
    return JournalError(
        "ILLEGAL_MOVE",
        f"The record of row {row} cannot become {state} from where it stands in the journal; nothing was "
        "written.",
        "This is a fault of case-importer: keep the journal and report it.",
    )
