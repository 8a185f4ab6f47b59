"""What the journal keeps of rows that are sent: their intents and what became of them, written together."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

from importer.journal import sql
from importer.journal.many import Many
from importer.journal.records import Intent, Settlement
from importer.journal.states import HAS_RECORD, MOVES, State
from importer.journal.stored import problems_to_text
from importer.model.errors import JournalError

_BEFORE = {
    after: ",".join(
        f"'{before.value}'" for before in State if before is not State.PENDING and after in MOVES[before]
    )
    for after in State
}
_SETTLE = {
    after: Many(sql.SETTLE_ROWS.format(before=before or "''"), "(@, @, @, @)", shared=3)
    for after, before in _BEFORE.items()
}


_row = attrgetter("row")


@dataclass(frozen=True, slots=True)
class Send:
    """Rows that are about to leave together by ``path``."""

    path: str
    rows: Sequence[Intent]


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of rows that were sent."""

    rows: Sequence[Settlement]


class Sending:
    """Writes the sends of one leg. Raises JournalError for a row that cannot make the move."""

    def __init__(self, run: int, leg: int, scope: int) -> None:
        self._run = run
        self._leg = leg
        self._scope = scope

    def write(self, db: sqlite3.Connection, items: Sequence[Send | Ended]) -> Sequence[int | None]:
        """Write ``items`` in one go, or one by one where a row is in two; return the number of each Send."""
        sends: list[Send] = []
        settlements: list[Settlement] = []
        intents: list[Intent] = []
        for item in items:
            if isinstance(item, Send):
                sends.append(item)
                intents += item.rows
            else:
                settlements += item.rows
        rows = len({*map(_row, intents), *map(_row, settlements)})
        if rows < len(intents) + len(settlements) and len(items) > 1:
            return [number for item in items for number in self.write(db, [item])]
        self._settle(db, settlements)
        numbers = iter(self._intend(db, sends))
        return [next(numbers) if isinstance(item, Send) else None for item in items]

    def add_rows(self, db: sqlite3.Connection, intents: Sequence[tuple[int, Intent]]) -> None:
        """Write that rows are about to leave, each with the send whose number stands before it."""
        rows = [(intent.row, number, _blob(intent.key), _blob(intent.digest)) for number, intent in intents]
        if sql.INTEND_ROWS.run(db, (self._run, self._leg, now_ms()), rows) != len(rows):
            for number, intent in intents:
                if db.execute(sql.NOT_OF_SEND, (self._run, intent.row, number)).fetchone():
                    raise illegal(intent.row, State.SENT)
            raise illegal(intents[0][1].row, State.SENT)
        lines = [(key, digest, row) for row, _number, key, digest in rows if key is not None]
        sql.LEDGER_INTEND.run(db, (self._scope, self._run), lines)

    def _intend(self, db: sqlite3.Connection, sends: Sequence[Send]) -> list[int]:
        if not sends:
            return []
        first = int(db.execute(sql.NEWEST_SEND).fetchone()[0]) + 1
        numbers = list(range(first, first + len(sends)))
        paths = [(number, send.path) for number, send in zip(numbers, sends, strict=True)]
        sql.ADD_SENDS.run(db, (self._run, self._leg, now_ms()), paths)
        intents = [(n, intent) for n, send in zip(numbers, sends, strict=True) for intent in send.rows]
        self.add_rows(db, intents)
        return numbers

    def _settle(self, db: sqlite3.Connection, settlements: Sequence[Settlement]) -> None:
        groups: dict[State, list[Settlement]] = {}
        for settlement in settlements:
            groups.setdefault(settlement.state, []).append(settlement)
        for state, group in groups.items():
            self._settle_as(db, state, group)

    def _settle_as(self, db: sqlite3.Connection, state: State, group: Sequence[Settlement]) -> None:
        done = [(each.row, each.record_id, each.number, problems_to_text(each.problems)) for each in group]
        if _SETTLE[state].run(db, (state.value, now_ms(), self._run), done) != len(done):
            for each in group:
                if not db.execute(sql.IN_STATE, (self._run, each.row, state.value)).fetchone():
                    raise illegal(each.row, state)
            raise illegal(group[0].row, state)
        held = [(self._run, each.row) for each in group if not each.left]
        if held:
            db.executemany(sql.NOT_AN_ATTEMPT, held)
        if state in HAS_RECORD:
            sql.LEDGER_RECORD_OF_ROW.run(db, (self._scope, self._run), [(each.row,) for each in group])
            return
        doubt = state in (State.UNKNOWN, State.IN_DOUBT)
        query = sql.LEDGER_DOUBT_OF_ROW if doubt else sql.LEDGER_FREE_OF_ROW
        db.executemany(query, [(self._scope, self._run, each.row) for each in group])


def _blob(value: bytes | None) -> bytearray | None:
    """Return ``value`` as sqlite3 takes it at once: for bytes it looks for an adapter, each time anew."""
    return None if value is None else bytearray(value)


def illegal(row: int, state: State) -> JournalError:
    """Return the error for a move that a row cannot make."""
    return JournalError(
        "ILLEGAL_MOVE",
        f"Row {row} cannot become {state} from where it stands in the journal; nothing was written.",
        "This is a fault of case-importer: keep the journal and report it.",
    )


def now_ms() -> int:
    """Return the time in milliseconds since 1970 (UTC)."""
    return time.time_ns() // 1_000_000
