"""Any order of intents, answers, crashes, settlements and verdicts leaves every row in one legal state.

The machine drives a real journal on disk and keeps a server beside it that takes whatever arrives, also twice:
only the journal keeps a row from being sent again. Late answers, lost ones and crashes come at any point.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from importer.journal.journal import Journal
from importer.journal.leg import Leg
from importer.journal.records import Intent, LegEnd, RowEntry, RunRecord, Settlement, Verdict
from importer.journal.states import ALIVE, HAS_RECORD, MOVES, State
from importer.model.errors import JournalError
from importer.model.problem import problem
from importer.pipeline.decide import AlreadyKnown, Leave, by_ledger
from tests.journal.conftest import SYSTEM, add_run, begin

T = TypeVar("T")
FILES = {"old": {2: b"ka", 3: b"kb", 4: b"kc"}, "new": {2: b"kc", 3: b"kd", 4: b"ka"}}
"""Two files of one source: their rows with their keys, two of which stand in both."""
ROWS = st.sampled_from([2, 3, 4])
NAMES = st.sampled_from(sorted(FILES))
Place = tuple[str, int]


@dataclass
class Flight:
    """A request that left: what it makes, whether it was made, and whether it may still be made."""

    key: bytes
    made: str | None = None
    over: bool = False


class AnyOrder(RuleBasedStateMachine):
    """A system, two files that are loaded into it, one process at a time."""

    @initialize()
    def open(self) -> None:
        """A new journal, and a server without records."""
        self.loop = asyncio.new_event_loop()
        self.base = Path(tempfile.mkdtemp(prefix="any-order-"))
        self.number = 0
        self.journal = Journal(self.base / "0")
        self.runs: dict[str, RunRecord] = {}
        self.active: tuple[str, Leg] | None = None
        self.flights: dict[Place, Flight] = {}
        self.server: dict[bytes, list[str]] = {}
        self.before: dict[Place, State] = {}

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def teardown(self) -> None:
        """Whatever has happened: asked truly and sent again, every row ends, and no record is there twice."""
        if not hasattr(self, "journal"):
            return
        try:
            for name in FILES:
                self.end()
                self.start(name, retry=True)
                self.check()  # each move is looked at by itself
                for _ in range(2):
                    for row in FILES[name]:
                        self.ask(row, decided=True)
                        self.send(row)
                        self.arrive(name, row)
                        self.answer(row, "created")
                        self.check()
                entries = [self.entry(name, row) for row in FILES[name]]
                assert all(entry is not None and entry.state in HAS_RECORD for entry in entries), entries
            assert {key: len(made) for key, made in self.server.items()} == dict.fromkeys(self.server, 1)
        finally:
            self.journal.close()
            self.loop.close()
            shutil.rmtree(self.base)

    def entry(self, name: str, row: int) -> RowEntry | None:
        return self.journal.entry(self.runs[name].n, row) if name in self.runs else None

    def state(self, name: str, row: int) -> State:
        found = self.entry(name, row)
        return State.PENDING if found is None else found.state

    # a process

    @precondition(lambda self: self.active is None)
    @rule(name=NAMES, retry=st.booleans())
    def start(self, name: str, retry: bool = False) -> None:
        """A process begins a leg as a run does: under the lock, after what a dead one has left."""
        with self.journal.lock(SYSTEM.id, SYSTEM.name):
            self.journal.recover(SYSTEM.id)
            self.journal.give_up(SYSTEM.id)
            if name not in self.runs:
                self.runs[name] = add_run(self.journal, name)
            if retry:
                self.journal.reopen(self.runs[name].n, (State.REJECTED, State.INVALID))
            self.journal.remap(self.runs[name].n, "mapping1")
            self.active = (name, begin(self.journal, self.runs[name]))

    @precondition(lambda self: self.active is not None)
    @rule()
    def end(self) -> None:
        """The leg ends in order; what has no answer is in doubt."""
        if self.active is None:
            return
        self.journal.recover(SYSTEM.id)
        self.journal.give_up(SYSTEM.id)
        self.do(self._end(self.active[1]))
        self.active = None

    async def _end(self, leg: Leg) -> None:
        await leg.end(LegEnd(0, True, 0, None, None))

    @rule()
    def crash(self) -> None:
        """The process dies: what is on the disk at this moment is all that is left."""
        self.number += 1
        image = self.base / str(self.number)
        shutil.copytree(self.journal.state, image, ignore=shutil.ignore_patterns("*-shm"))
        self.journal.close()
        self.journal = Journal(image)
        self.active = None

    # rows

    @precondition(lambda self: self.active is not None)
    @rule(row=ROWS)
    def send(self, row: int) -> None:
        """A pending row goes out, if the ledger lets it."""
        assert self.active is not None
        name, leg = self.active
        if self.state(name, row) is not State.PENDING:
            return
        key = FILES[name][row]
        line = self.journal.ledger_line(self.runs[name].scope, key)
        decision = by_ledger(line, self.runs[name].n, row, again=False)
        if isinstance(decision, Leave):
            self.do(self._record(leg, row, decision.state, None))
        elif isinstance(decision, AlreadyKnown):
            self.do(self._record(leg, row, State.EXISTS, decision.line.record_id))
        else:
            self.do(self._intend(leg, row, key))
            self.flights[name, row] = Flight(key)

    async def _record(self, leg: Leg, row: int, state: State, record_id: str | None) -> None:
        found = problem("DOUBT_ELSEWHERE", row=0, run="") if state is State.IN_DOUBT else None
        await leg.record(row, state, () if found is None else (found,), record_id=record_id)

    async def _intend(self, leg: Leg, row: int, key: bytes) -> None:
        await leg.intend("single", [Intent(row, key, b"digest")])

    @rule(name=NAMES, row=ROWS)
    def arrive(self, name: str, row: int) -> None:
        """A request reaches the server, perhaps long after its process has died; it makes a record."""
        flight = self.flights.get((name, row))
        if flight is None or flight.over or flight.made is not None:
            return
        made = self.server.setdefault(flight.key, [])
        flight.made = f"id-{flight.key.decode()}-{len(made)}"
        made.append(flight.made)

    @precondition(lambda self: self.active is not None)
    @rule(row=ROWS, word=st.sampled_from(["created", "rejected", "again", "lost"]))
    def answer(self, row: int, word: str) -> None:
        """The answer to a row that is out; the server does not lie."""
        assert self.active is not None
        name, leg = self.active
        flight = self.flights.get((name, row))
        if flight is None or self.state(name, row) is not State.SENT:
            return
        if (word == "created") != (flight.made is not None) and word != "lost":
            return
        state = {"created": State.CREATED, "rejected": State.REJECTED, "again": State.PENDING}.get(word)
        flight.over = flight.over or state is not None
        record_id = flight.made if state is State.CREATED else None
        self.do(self._settle(leg, row, state or State.UNKNOWN, record_id))

    async def _settle(self, leg: Leg, row: int, state: State, record_id: str | None) -> None:
        await leg.settle([Settlement(row, state, record_id)])

    # doubts

    @precondition(lambda self: self.active is not None)
    @rule(row=ROWS, decided=st.booleans())
    def ask(self, row: int, decided: bool) -> None:
        """The server is asked about a row in doubt, or about the row of the other file that it waits for."""
        assert self.active is not None
        name, leg = self.active
        entry = self.entry(name, row)
        if entry is None or entry.state not in (State.UNKNOWN, State.IN_DOUBT):
            return
        if not entry.waits:
            self.do(self._settle(leg, row, *self._finding((name, row), decided)))
            return
        line = self.journal.ledger_line(self.runs[name].scope, FILES[name][row])
        if line is not None and line.state in (State.UNKNOWN, State.IN_DOUBT):
            owner = next(each for each, run in self.runs.items() if run.n == line.run_n)
            state, record_id = self._finding((owner, line.row), decided)
            if state is State.IN_DOUBT:
                return
            other = self.journal.leg_of(line.run_n, self.runs[owner].scope)
            self.do(self._settle(other, line.row, state, record_id))
        self.do(self._settle(leg, row, State.PENDING, None))

    def _finding(self, place: Place, decided: bool) -> tuple[State, str | None]:
        flight = self.flights[place]
        if flight.made is not None:
            return State.CREATED, flight.made
        if not decided:
            return State.IN_DOUBT, None
        flight.over = True  # "not there" is believed when it is too late for the request to arrive
        return State.PENDING, None

    @precondition(lambda self: self.active is None)
    @rule(name=NAMES, row=ROWS)
    def resolve(self, name: str, row: int) -> None:
        """A person looks and says what is there; for any other row than one in doubt nothing changes."""
        if name not in self.runs:
            return
        flight = self.flights.get((name, row))
        entry = self.entry(name, row)
        verdict = Verdict(row, flight.made if flight is not None else None, "ann", "here")
        open_ = (State.UNKNOWN, State.IN_DOUBT)
        if entry is None or entry.state not in open_ or entry.waits or flight is None:
            with pytest.raises(JournalError):
                self.journal.resolve(self.runs[name], [verdict])
            self.crash()
            return
        flight.over = True
        self.journal.resolve(self.runs[name], [verdict])

    @precondition(lambda self: self.active is not None)
    @rule(row=ROWS)
    def send_in_spite(self, row: int) -> None:
        """A row that is not pending is intended once more: the journal refuses, and writes nothing after that."""
        assert self.active is not None
        name, leg = self.active
        if self.state(name, row) is State.PENDING:
            return
        with pytest.raises(JournalError, match="cannot become sent"):
            self.do(self._intend(leg, row, FILES[name][row]))
        with pytest.raises(JournalError, match="cannot become sent"):
            self.do(self._intend(leg, 99, b"kz"))
        self.crash()

    # what always holds

    @invariant()
    def check(self) -> None:
        """Rows, ledger and server agree."""
        if not hasattr(self, "journal"):
            return
        entries = {
            (name, entry.row): entry
            for name, run in self.runs.items()
            for entry in self.journal.entries(run.n)
        }
        for place, entry in entries.items():
            self._moved(place, entry.state)
            assert (entry.record_id is not None) == (entry.state in HAS_RECORD), entry
        for key in {key for rows in FILES.values() for key in rows.values()}:
            of_key = {place: entry for place, entry in entries.items() if FILES[place[0]][place[1]] == key}
            self._ledger(key, of_key)
            assert len(self.server.get(key, ())) <= 1, f"{key!r} was made twice"
        for place, entry in entries.items():
            if entry.state is State.CREATED:
                assert entry.record_id == self.flights[place].made, "created, and not there"
        self.before = {place: entry.state for place, entry in entries.items()}

    def _moved(self, place: Place, now: State) -> None:
        """From one look to the next a row has moved along the table: at most two moves, or none."""
        was = self.before.get(place, State.PENDING)
        once = MOVES[was] | {was}
        twice = once | {after for state in once if state is not State.PENDING for after in MOVES[state]}
        assert now in twice, (place, was, now)

    def _ledger(self, key: bytes, entries: dict[Place, RowEntry]) -> None:
        if not self.runs:
            return
        line = self.journal.ledger_line(next(iter(self.runs.values())).scope, key)
        open_ = {place for place, entry in entries.items() if entry.state in ALIVE and not entry.waits}
        ids = {entry.record_id for entry in entries.values() if entry.record_id is not None}
        if line is None:
            assert not open_ and not ids, (key, "may exist, and the ledger does not know", entries)
            return
        owner = next(
            place for place in entries if self.runs[place[0]].n == line.run_n and place[1] == line.row
        )
        if line.record_id is not None:
            assert line.state in HAS_RECORD and ids == {line.record_id}, (line, entries)
        else:
            assert line.state in ALIVE and entries[owner].state is line.state, (line, entries)
            assert entries[owner].state is not State.REJECTED


def sized(examples: int, steps: int) -> settings:
    unhurried = [HealthCheck.too_slow, HealthCheck.filter_too_much]
    return settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=unhurried
    )


@pytest.mark.timeout(600)  # a few seconds; but a failure is made as short as possible before it is shown
def test_any_order() -> None:
    """Some dozens of orders."""
    run_state_machine_as_test(AnyOrder, settings=sized(30, 30))


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_many_orders() -> None:
    """Many more of them, and longer ones, on demand."""
    run_state_machine_as_test(AnyOrder, settings=sized(400, 60))
