"""Asking the server about rows whose answer was lost, at the start of a run and at its end (design §4)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from importer.journal.identity import Known
from importer.journal.records import Sent, Settlement
from importer.journal.states import SHOWN, State
from importer.model import settling
from importer.model.draft import Draft
from importer.model.errors import ImporterError
from importer.model.events import Notice
from importer.model.row import Row
from importer.model.settling import Absent, Doubt, Finding, Flawed, Found, Settling, Undecided
from importer.pipeline.lines import Returned
from importer.pipeline.settlement import lost_problem, made_problem
from importer.pipeline.work import Work

FIRST_PAUSE = 2.0
LONGEST_PAUSE = 60.0
"""Seconds between two questions while something is waited for; doubled from the first to the longest."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose send is in doubt: a row of this run, or of another one that a row of this run waits for."""

    run: int
    row: int
    scope: int


@dataclass(frozen=True, slots=True)
class Case:
    """A doubt with the row as read, the owner of the send, and how the server is asked about it."""

    doubt: Doubt
    source: Row
    owner: Owner
    how: Settling

    @property
    def due(self) -> float:
        """When what the server does not show is believed, in seconds since 1970."""
        return self.doubt.sent + self.how.after


Decided = tuple[Case, Settlement]
"""A case, and what is written for the row of its owner."""


def verdict(
    finding: Finding, how: Settling, sent: float, now: float, *, update: bool = False
) -> State | None:
    """Return the state that a finding leads to, None when it is too early to believe it.

    "Not there" and "cannot tell" are believed only ``after`` the send: the server may still be at work, and
    what it shows may lag. Where it refuses a repeat with the key, nothing needs to be waited for. With
    ``update`` a record that was there before is changed: the row goes again, twice the same values are once.
    """
    if isinstance(finding, Found):
        return State.CREATED if finding.ours else (State.PENDING if update else State.EXISTS)
    if isinstance(finding, Flawed) and finding.final:
        return State.IN_DOUBT
    due = how.repeat_refused or now >= sent + how.after
    if not due:
        return None
    return State.PENDING if isinstance(finding, Absent) else State.IN_DOUBT


async def settle(work: Work, *, wait: bool) -> bool:
    """Ask about every row of the run that has no answer; return whether rows are pending again.

    Nothing may be in flight. With ``wait`` it goes on until each is settled or in doubt; else it asks once.
    """
    how = work.target.settling()
    if not _any(work, how):
        return False
    again = False
    pause = FIRST_PAUSE
    cases = await asyncio.to_thread(collect, work, how)
    while cases and not work.control.stopped:
        try:
            question = partial(work.target.settle, [case.doubt for case in cases], _known(work))
            findings = await work.control.unless_abandoned(work.pace.ask(question))
        except ImporterError as error:
            work.sink(Notice(f"{len(cases)} rows in doubt could not be asked about: {error.message}"))
            return again
        if findings is None:
            return again
        cases, pending = await _apply(work, cases, findings)
        again = again or pending
        if not cases or not wait:
            break
        due = min(case.due for case in cases)
        if pause == FIRST_PAUSE:
            work.sink(Notice(_waiting(cases)))
        await work.control.sleep(max(0.05, min(pause, due - time.time())))
        pause = min(pause * 2, LONGEST_PAUSE)
    return again


def _any(work: Work, how: Settling) -> bool:
    """Tell whether rows have to be asked about; where only named records can be, whether there are some."""
    run = work.run.n
    if how.how == "none":
        if how.named is None or not work.journal.named_anywhere(work.run.system):
            return False
        return bool(work.journal.named_doubts(run) or work.journal.waiting(run))
    counts = work.journal.counts(run)
    return bool(counts.get(State.UNKNOWN, 0) or counts.get(State.IN_DOUBT, 0))


def _waiting(cases: Sequence[Case]) -> str:
    """Say what is waited for: answers that are lost, or records that are there and get ready."""
    clock = time.strftime("%H:%M:%S", time.localtime(max(case.due for case in cases)))
    named = sum(case.doubt.record_id is not None for case in cases)
    rows = (
        f"{len(cases)} rows have no answer; the server is asked until {clock} whether it has their records."
    )
    ready = f"The records of {named} rows are not ready; the server is asked about them until {clock}."
    return rows if not named else ready if named == len(cases) else f"{rows} {ready}"


def _known(work: Work) -> settling.Known:
    journal, run = work.journal, work.run
    return settling.Known(
        lambda since, until: journal.created_between(run, since, until),
        lambda since: journal.ours_since(run, since),
    )


def collect(work: Work, how: Settling) -> list[Case]:
    """Walk the source for the rows in doubt; blocks. What the mapping now refuses cannot be asked about.

    ``how`` is that of the target: where it can ask for named records only, the other rows are left out.

    Rows of a job that may still be at work are not asked about: what is not there yet may come.
    """
    own = work.journal.doubts(work.run.n)
    waiting = work.journal.waiting(work.run.n)
    returned = Returned(work.setting)
    cases = []
    try:
        for row in work.source.rows():
            if not work.compiled.takes(row):
                continue
            named = returned.named(row) if waiting else None
            if row.number not in own and named is not None:
                if (found := _of_line(work, row, returned)) is not None:
                    cases.append((row, *found))
                continue
            identity = returned.identities.of(row) if waiting else None
            if row.number in own and not own[row.number].by_job:
                owner = Owner(work.run.n, row.number, work.run.scope)
                cases.append((row, owner, own[row.number]))
            elif isinstance(identity, Known) and (found := _elsewhere(work, row, identity.key)) is not None:
                cases.append((row, *found))
    finally:
        returned.close()
    can = ((how.about(sent.record_id), row, owner, sent) for row, owner, sent in cases)
    drafted = (
        (work.compiled.draft(row), row, owner, sent, asked) for asked, row, owner, sent in can if asked
    )
    return [
        Case(Doubt(row.number, draft, sent.last, sent.first, sent.began, sent.record_id), row, owner, asked)
        for draft, row, owner, sent, asked in drafted
        if isinstance(draft, Draft)
    ]


def _of_line(work: Work, row: Row, returned: Returned) -> tuple[Owner, Sent] | None:
    """Return the send that a line of a results file waits for, when the line still shows what was sent."""
    draft = work.compiled.draft(row)
    at = returned.doubt(row, draft) if isinstance(draft, Draft) else None
    run = None if at is None else work.journal.run_numbered(at.run)
    if at is None or run is None or (sent := work.journal.sent(at.run, at.row)) is None or sent.by_job:
        return None
    return Owner(at.run, at.row, run.scope), sent


def _elsewhere(work: Work, row: Row, key: bytes) -> tuple[Owner, Sent] | None:
    """Return the send of another run that this row waits for."""
    entry = work.journal.entry(work.run.n, row.number)
    line = work.journal.ledger_line(work.run.scope, key)
    if entry is None or not entry.waits or line is None:
        return None
    sent = work.journal.sent(line.run_n, line.row)
    return None if sent is None or sent.by_job else (Owner(line.run_n, line.row, work.run.scope), sent)


async def _apply(work: Work, cases: list[Case], findings: Mapping[int, Finding]) -> tuple[list[Case], bool]:
    """Write what was found out; return the cases that are left, and whether rows are pending again."""
    left: list[Case] = []
    decided: list[Decided] = []
    for case in cases:
        row = case.doubt.row
        finding = findings.get(row, Undecided("the server gave no answer for this row"))
        taken = row in work.taken
        if taken and isinstance(finding, Absent):
            finding = Undecided("the server has a record with this key and does not show it")
        rule = replace(case.how, repeat_refused=False) if taken else case.how
        state = verdict(finding, rule, case.doubt.sent, time.time(), update=work.on_match == "update")
        if state is None:
            left.append(case)
        else:
            decided.append((case, _settlement(work, case, finding, state)))
    work.cleared += sum(settled.state is not State.IN_DOUBT for _case, settled in decided)
    own = [(case, settled) for case, settled in decided if case.owner.run == work.run.n]
    others = [(case, settled) for case, settled in decided if case.owner.run != work.run.n]
    await _write_own(work, [settled for _case, settled in own])
    await _write_others(work, others)
    return left, bool(others) or any(settled.state is State.PENDING for _case, settled in own)


def _settlement(work: Work, case: Case, finding: Finding, state: State) -> Settlement:
    """Return what to write for the row whose send is in doubt."""
    row = case.owner.row
    if isinstance(finding, Found) and state is not State.PENDING:
        return Settlement(row, state, finding.id, finding.number)
    if isinstance(finding, Undecided) and state is State.IN_DOUBT and case.owner.run == work.run.n:
        ids = f": {', '.join(finding.ids)}" if finding.ids else ""
        texts = work.texts(case.source)
        found = lost_problem(f"{finding.reason}{ids}", case.doubt.draft, work, texts)
        return Settlement(row, state, problems=(found,))
    if isinstance(finding, Flawed) and case.owner.run == work.run.n:
        texts = work.texts(case.source)
        found = made_problem(finding.reason, finding.id, case.doubt.draft, work, texts)
        return Settlement(row, state, finding.id, problems=(found,))
    return Settlement(row, state)


async def _write_own(work: Work, settled: Sequence[Settlement]) -> None:
    """Write what became of rows of this run, all at once: there may be thousands."""
    if not settled:
        return
    await work.leg.settle(settled)
    for each in settled:
        if each.state not in (State.PENDING, State.IN_DOUBT):  # doubts are told when the run ends
            work.settled(each.row, SHOWN[each.state], each.record_id)


async def _write_others(work: Work, decided: Sequence[Decided]) -> None:
    """Write what became of rows of other runs; the rows of this one that waited for them go on.

    What is still in doubt stays as it is, there and here.
    """
    known = [(case, settled) for case, settled in decided if settled.state is not State.IN_DOUBT]
    runs: dict[tuple[int, int], list[Settlement]] = {}
    for case, settled in known:
        runs.setdefault((case.owner.run, case.owner.scope), []).append(settled)
    for (run, scope), found in runs.items():
        await work.journal.leg_of(run, scope).settle(found)
        if any(settled.state is State.PENDING for settled in found):
            work.journal.unfinish(run)
    if known:
        await work.leg.settle([Settlement(case.doubt.row, State.PENDING) for case, _settled in known])
