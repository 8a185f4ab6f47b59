"""The journal's door: what a run writes and reads."""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import astuple
from pathlib import Path

from importer.journal import sql
from importer.journal.database import Connect, connect, prepare_folder
from importer.journal.faults import damaged
from importer.journal.figures import Figures, figures
from importer.journal.identity import WITH_CASE, ledger_key
from importer.journal.leg import Leg
from importer.journal.lock import system_lock
from importer.journal.reader import Reader
from importer.journal.records import (
    LedgerLine,
    LegRecord,
    LegStart,
    OpenJob,
    RowEntry,
    RowPlace,
    RunIdentity,
    RunRecord,
    Scope,
    Sent,
    SourceFacts,
    Verdict,
)
from importer.journal.recovery import give_up, recover
from importer.journal.sending import now_ms
from importer.journal.states import HAS_RECORD, State
from importer.journal.stored import entry_from_row, line_from_row, run_from_row, sent_from_row
from importer.journal.undoing import UNDONE, Undoing, UndoRun
from importer.journal.verdicts import apply_verdict, check_records
from importer.journal.witness import Witness
from importer.journal.writer import Writer
from importer.model.errors import JournalError
from importer.model.target import System

PAGE = 1000
"""Rows read at once while a file is walked beside the journal."""


class Journal:
    """One journal database: runs, legs, sends, rows and the ledger.

    Writing goes through one thread with group commit; reading uses a connection of its own.
    Every method raises JournalError when the database cannot be opened, written or trusted. ``connect`` opens
    its connections.
    """

    def __init__(self, state: Path, *, connect: Connect = connect) -> None:
        self.state = state
        self.path = prepare_folder(state)
        writing = connect(self.path)
        try:
            self._reader = Reader(connect(self.path, read_only=True), self.path)
            self._salt = self._read_salt()
        except BaseException:
            writing.close()
            raise
        self._writer = Writer(writing, self.path)
        self._witnesses: dict[str, Witness] = {}

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Write what is queued and close the database.

        The writer goes after the reader: only it can fold the write-ahead log in when nobody else has the
        journal open. The witnesses go after the writer, which tells them what it still writes.
        """
        self._reader.close()
        self._writer.close()
        for witness in self._witnesses.values():
            witness.close()

    def digest(self, data: bytes) -> bytes:
        """Return the keyed digest (16 bytes) of ``data``; without this journal's key it tells nothing."""
        return hashlib.blake2b(data, digest_size=16, key=self._salt).digest()

    @contextmanager
    def lock(self, system: str, name: str) -> Iterator[None]:
        """Hold the lock that one run has on ``system`` at a time.

        Raises SystemHeldError while another run has it, JournalError when this journal lacks sends.
        """
        with system_lock(self.state, system, name):
            newest = self._reader.one(sql.NEWEST_SEND, make=lambda line: int(line[0]))
            self._witness(system).check(newest or 0, self.path, name)
            yield

    def lost_past(self, system: str, name: str) -> str | None:
        """Return a sentence when the last send into ``system`` from this folder is in another journal."""
        if not self._witness(system).is_of_another_journal():
            return None
        return (
            f"The journal {self.path} is not the one that was here before: what that one knew of runs into "
            f"{name} is lost, and rows that were imported then are not known."
        )

    def _witness(self, system: str) -> Witness:
        if system not in self._witnesses:
            name = self.digest(b"the name of this journal").hex()
            self._witnesses[system] = Witness(self.state, system, name)
        return self._witnesses[system]

    def _read_salt(self) -> bytes:
        try:
            salt = self._reader.one(sql.GET_SETTING, ("salt",), make=lambda line: bytes(line[0]))
            if salt is None:
                raise damaged(self.path, ValueError("its own key is missing"))
        except BaseException:
            self._reader.close()
            raise
        return salt

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
        place = (system, record_type, source)
        return self._reader.one(sql.FIND_ANY_SCOPE, place, make=lambda line: int(line[0]))

    def basis(self, scope: int) -> str:
        """Return what the keys of ``scope`` are made of."""
        return self._reader.one(sql.GET_BASIS, (scope,), make=lambda line: str(line[0])) or ""

    def change_basis(self, scope: int, basis: str) -> None:
        """From now on the keys of ``scope`` are made of ``basis``."""
        self._writer.wait(lambda db: db.execute(sql.SET_BASIS, (basis, scope)))

    def other_source_of(self, scope: Scope, number: int, keys: Sequence[bytes]) -> str | None:
        """Return the other source of the same system and record type that knows most of ``keys``."""
        place = (scope.system, scope.record_type, number)
        for other, source, basis in self._reader.all(sql.OTHER_SCOPES, place, make=tuple):
            if basis != scope.basis:
                continue
            known = sum(1 for key in keys if self._reader.has(sql.LEDGER_HAS, (other, key)))
            if keys and known * 2 > len(keys):
                return str(source)
        return None

    def ledger_is_empty(self, scope: int) -> bool:
        """Return whether nothing of ``scope`` was ever imported or in doubt."""
        return self._reader.has(sql.LEDGER_IS_EMPTY, (scope,))

    def ledger_line(self, scope: int, key: bytes) -> LedgerLine | None:
        """Return what the ledger knows of ``key``."""
        return self._reader.one(sql.LEDGER_LINE, (scope, key), make=line_from_row)

    def imported(self, system: str, source: str, value: str) -> LedgerLine | None:
        """Return what the ledger knows of the row with the one-column key ``value`` of a source.

        Of several record types of the source, the one that has the key; a record wins over a doubt.
        """
        found: LedgerLine | None = None
        for number, basis in self._reader.all(sql.SCOPES_OF, (system, source), make=tuple):
            fold = not str(basis).endswith(WITH_CASE)
            line = self.ledger_line(number, ledger_key((value,), fold_case=fold))
            if line is not None and (found is None or found.record_id is None):
                found = line
        return found

    def ledger_equals(self, scope: int, content: bytes) -> list[tuple[bytes, LedgerLine]]:
        """Return what the ledger knows of rows with the digest ``content`` of their cells, by ordinal."""
        first = b"c" + content
        place = (scope, first + bytes(4), first + b"\xff\xff\xff\xff\xff")
        return self._reader.all(
            sql.LEDGER_EQUALS, place, make=lambda line: (bytes(line[0]), line_from_row(line[1:]))
        )

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
        number = self._reader.one(sql.FIND_RUN, place, make=lambda line: int(line[0]))
        return None if number is None else self._reader.one(sql.RUN_BY_N, (number,), make=run_from_row)

    def run(self, run_id: str) -> RunRecord:
        """Return the run called ``run_id``. Raises JournalError when there is none."""
        found = self.run_called(run_id)
        if found is None:
            raise JournalError(
                "NO_SUCH_RUN",
                f"The journal {self.path} has no run {run_id}.",
                "List the runs with case-importer runs.",
            )
        return found

    def run_numbered(self, number: int) -> RunRecord | None:
        """Return the run with this number."""
        return self._reader.one(sql.RUN_BY_N, (number,), make=run_from_row)

    def run_called(self, run_id: str) -> RunRecord | None:
        """Return the run called ``run_id``, None when this journal does not know it."""
        return self._reader.one(sql.RUN_BY_ID, (run_id,), make=run_from_row)

    def runs(self) -> list[RunRecord]:
        """Return all runs, newest first."""
        return self._reader.all(sql.RUNS, make=run_from_row)

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
        found = self._reader.one(sql.RUN_BY_N, (number,), make=run_from_row)
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
            plan = (None,) * 3 if start.plan is None else astuple(start.plan)
            db.execute(sql.ADD_LEG, (run.n, number, *who, *what, start.path, start.reason, now_ms(), *plan))

        self._writer.wait(work)
        return Leg(self._writer, run.n, number, run.scope, self._witness(run.system).note)

    def undoing(self, run: RunRecord) -> Undoing:
        """Return what there is to know for undoing ``run``."""
        return Undoing(self._writer, self._reader, run)

    def begin_undo(self, undo: RunRecord, undone: RunRecord, start: LegStart) -> tuple[Leg, UndoRun]:
        """Begin an invocation of ``undo``; return what ends it, and what writes the fate of the records."""
        leg = self.begin_leg(undo, start, {})
        return leg, UndoRun(self._writer, undo, undone, leg.number, self._witness(undo.system).note)

    def is_undone(self, run: RunRecord) -> bool:
        """Return whether records of ``run``, or records that it took as known, were undone since."""
        counts = self.counts(run.n)
        if any(counts.get(state) for state in UNDONE):
            return True
        took = any(counts.get(state) for state in HAS_RECORD) or self.known_ranges(run.n)
        return bool(took) and self._reader.has(sql.FREED_SINCE, (run.n, run.scope))

    def legs(self, run: int) -> list[LegRecord]:
        """Return the legs of run number ``run``, first to last."""
        return self._reader.all(sql.LEGS, (run,), make=lambda line: LegRecord(*line))

    def document(self, digest: str) -> str | None:
        """Return the text of a mapping or schema that a run was made of."""
        return self._reader.one(sql.GET_DOCUMENT, (digest,), make=lambda line: str(line[0]))

    def unfinish(self, run: int) -> None:
        """A finished run has a row to send again."""
        self._writer.wait(lambda db: db.execute(sql.UNFINISH, (run,)))

    def set_results(self, run: int, path: Path) -> None:
        """Remember where the results of ``run`` are."""
        self._writer.wait(lambda db: db.execute(sql.SET_RESULTS, (str(path), run)))

    def moved(self, run_id: str, old: Path, new: Path, results: tuple[Path, Path] | None) -> None:
        """Remember that the file of a run, and its results (from, to), are given another place.

        What lies elsewhere, because the run was of another file with the same bytes, stays as it is noted.
        """
        run = self.run(run_id)
        if run.path == str(old) or not Path(run.path).exists():
            self._writer.wait(lambda db: db.execute(sql.SET_PATH, (str(new), run.n)))
        if results is not None and run.results == str(results[0]):
            self.set_results(run.n, results[1])

    # rows

    def entry(self, run: int, row: int) -> RowEntry | None:
        """Return what is known of a row."""
        return self._reader.one(sql.ROW, (run, row), make=entry_from_row)

    def entries(self, run: int) -> Iterator[RowEntry]:
        """Give all entries of a run in row order, read page by page so that no read stays open."""
        after = -1
        while True:
            page = self._reader.all(sql.ROWS_AFTER, (run, after, PAGE), make=entry_from_row)
            yield from page
            if len(page) < PAGE:
                return
            after = page[-1].row

    def known_ranges(self, run: int) -> list[tuple[int, int]]:
        """Return the row ranges (first, last) in which rows without an entry were known to the ledger."""
        return self._reader.all(sql.KNOWN, (run,), make=lambda line: (int(line[0]), int(line[1])))

    def link(self, run: int, lines: Sequence[tuple[int, RowPlace]]) -> None:
        """Write for good which row each line of a results file is: (row of ``run``, that row)."""
        places = [(run, row, of.run, of.row) for row, of in lines]
        self._writer.wait(lambda db: db.executemany(sql.ADD_LINE, places))

    def is_known(self, place: RowPlace) -> bool:
        """Return whether a row lies in a range of rows that the ledger knew."""
        return self._reader.has(sql.IN_KNOWN, (place.run, place.row, place.row))

    def has_lines(self, run: int) -> bool:
        """Return whether rows of ``run`` are lines of a results file, or came back in one."""
        return bool(self._reader.one(sql.HAS_LINES, (run,), make=lambda line: int(line[0])))

    def origin(self, place: RowPlace) -> RowPlace:
        """Return the row that a line of a results file is; any other row is itself."""
        found = self._reader.one(sql.LINE, (place.run, place.row), make=lambda line: RowPlace(*line))
        return place if found is None else found

    def lines_of(self, origin: RowPlace) -> list[RowPlace]:
        """Return the lines of results files that are the row ``origin``."""
        return self._reader.all(sql.LINES_OF, (origin.run, origin.row), make=lambda line: RowPlace(*line))

    def counts(self, run: int) -> dict[State, int]:
        """Return how many rows of ``run`` stand in which state; rows without an entry are not counted."""
        return dict(self._reader.all(sql.COUNTS, (run,), make=lambda line: (State(line[0]), int(line[1]))))

    def doubts(self, run: int) -> dict[int, Sent]:
        """Return the rows of ``run`` that were sent and have no answer, with the times of their sends."""
        return dict(self._reader.all(sql.OWN_DOUBTS, (run,), make=sent_from_row))

    def named_doubts(self, run: int) -> int:
        """Return how many rows of ``run`` without an answer have a record that the server has named."""
        return self._reader.one(sql.NAMED_DOUBTS, (run,), make=lambda line: int(line[0])) or 0

    def named_anywhere(self, system: str) -> bool:
        """Return whether some run into ``system`` has such rows."""
        return self._reader.has(sql.NAMED_ANYWHERE, (system,))

    def sent(self, run: int, row: int) -> Sent | None:
        """Return when a row was sent, None when it was not."""
        found = self._reader.one(sql.SENT, (run, row), make=sent_from_row)
        return None if found is None else found[1]

    def open_jobs(self, run: int) -> list[OpenJob]:
        """Return the sends of jobs that nobody has seen the end of."""
        return self._reader.all(sql.OPEN_JOBS, (run,), make=lambda line: OpenJob(*line))

    def rows_of(self, run: int, send: int) -> frozenset[int]:
        """Return the rows of ``send`` that have no answer."""
        return frozenset(self._reader.all(sql.ROWS_OF_SEND, (run, send), make=lambda line: int(line[0])))

    def without_number(self, run: int, after: int, most: int) -> list[tuple[int, str]]:
        """Return up to ``most`` rows of ``run`` behind row ``after`` whose record's number is not known, with
        the record's id, in the order of the rows."""
        place = (run, after, most)
        return self._reader.all(sql.WITHOUT_NUMBER, place, make=lambda line: (int(line[0]), str(line[1])))

    def count_without_number(self, run: int) -> int:
        """Return how many rows of ``run`` have a record whose number is not known."""
        return self._reader.one(sql.COUNT_WITHOUT_NUMBER, (run,), make=lambda line: int(line[0])) or 0

    def created_between(self, run: RunRecord, since: float, until: float) -> frozenset[str]:
        """Return the ids of records of the run's system and type that were sent and confirmed in a time."""
        first, last = int(since * 1000), int(until * 1000)
        place = (run.system, run.record_type, first, first, last)
        return frozenset(self._reader.all(sql.CREATED_BETWEEN, place, make=lambda line: str(line[0])))

    def ours_since(self, run: RunRecord, since: float) -> frozenset[str]:
        """Return the ids of all records of the run's system and type that were confirmed since a moment."""
        moment = int(since * 1000)
        place = (run.system, run.record_type, moment, moment)
        return frozenset(self._reader.all(sql.OURS_SINCE, place, make=lambda line: str(line[0])))

    def leg_of(self, run: int, scope: int) -> Leg:
        """Return what settles rows of another run, whose row in doubt was found out about."""
        return Leg(self._writer, run, 0, scope)

    def waiting(self, run: int) -> int:
        """Return how many rows are in doubt only because another run's row is."""
        return self._reader.one(sql.WAITING, (run,), make=lambda line: int(line[0])) or 0

    def codes(self, run: int) -> list[tuple[str, int]]:
        """Return the problem codes of ``run`` with their counts, most first."""
        return self._reader.all(sql.CODES, (run,), make=lambda line: (str(line[0]), int(line[1])))

    def figures(self, run: RunRecord) -> Figures:
        """Return how ``run`` went, in numbers, also while it runs."""
        return figures(self._reader, run.n)

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
        return self._writer.wait(lambda db: recover(db, system, now_ms()))

    def give_up(self, system: str) -> int:
        """Every unknown row of ``system`` becomes in doubt: nobody is left to ask. Returns their number."""
        return self._writer.wait(lambda db: give_up(db, system, now_ms()))

    def resolve(self, run: RunRecord, verdicts: Sequence[Verdict]) -> None:
        """Write a person's answers for rows in doubt, all or none, with user and time.

        Raises JournalError when a row is not in doubt, or its record is that of another row of the run.
        """

        def work(db: sqlite3.Connection) -> None:
            check_records(db, run, verdicts)
            for verdict in verdicts:
                apply_verdict(db, run, verdict, now_ms())

        self._writer.wait(work)

    async def flush(self) -> None:
        """Wait until everything queued so far is durable."""
        await self._writer.submit(lambda _db: None)
