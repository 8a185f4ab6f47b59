"""What to do with each row of the source, from what the journal knows of it; nothing is written here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from importer.journal.identity import Identity, Known, Repeated
from importer.journal.records import LedgerLine, RowEntry, RowPlace
from importer.journal.states import SHOWN, State
from importer.model.draft import Draft, Drafted
from importer.model.errors import SourceError
from importer.model.frozen import frozen
from importer.model.outcome import Status
from importer.model.problem import Problem, problem
from importer.model.row import Row
from importer.pipeline.decide import AlreadyKnown, Leave, by_ledger
from importer.pipeline.lines import Returned, misshapen
from importer.pipeline.standing import Stays, There
from importer.pipeline.work import Work
from importer.readers.places import place


@frozen
class Ready:
    """A row that may be sent: as read, as drafted, its ledger key and the digest of what is sent.

    ``maybe``: an earlier send may have made its record after all, and what the server then calls a duplicate
    may be its own.
    """

    row: Row
    draft: Draft
    key: bytes
    digest: bytes
    maybe: bool = False

    def changing(self, record_id: str) -> Ready:
        """Return the row as a change of a record that exists."""
        return replace(self, draft=replace(self.draft, record_id=record_id))


@dataclass(frozen=True, slots=True)
class Left:
    """A row that is not sent, and what to record of it; ``seen`` is the digest of how its cells look."""

    state: State
    problems: tuple[Problem, ...]
    record_id: str | None = None
    seen: bytes | None = None


@dataclass(frozen=True, slots=True)
class KnownRow:
    """A row whose record the ledger has, unchanged: nothing is written for it but the range it lies in."""

    record_id: str | None


@dataclass(frozen=True, slots=True)
class Settled:
    """A row that an earlier leg has settled."""

    status: Status


Considered = Ready | Left | KnownRow | Settled


class Consider:
    """Considers the rows of one pass, in the file's order."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self.returned = Returned(work.setting)
        # The system is locked: nobody but this run writes to the scope, and a file's own repeated keys are
        # found before the ledger is asked.
        self._ledger_empty = work.journal.ledger_is_empty(work.run.scope)
        self._ahead: dict[int, tuple[Identity, Draft | None]] = {}

    def close(self) -> None:
        """Drop what was remembered of the file."""
        self.returned.close()

    def row(self, row: Row, entry: RowEntry | None) -> Considered:
        """Return what to do with ``row``, whose journal entry is ``entry``."""
        ahead = self._ahead.pop(row.number, None)
        if ahead is not None:
            return self._considered(row, entry, *ahead)
        standing = None if misshapen(row) else self.returned.standing(row, entry)
        decided = isinstance(standing, There | Stays)
        faults = self._work.compiled.faults(row) if row.problems else ()
        left_out = None if row.blank or faults or decided else self._work.compiled.filtered(row)
        identity = None if row.blank or faults or decided or left_out else self.returned.identities.of(row)
        if identity is not None:
            return self._considered(row, entry, identity)
        if entry is not None and entry.key is not None and not decided:
            self._check_key(row, entry.key, identity)
        if entry is not None and entry.state is not State.PENDING:
            return Settled(SHOWN[entry.state])
        if isinstance(standing, Stays):
            return Left(standing.state, standing.problems, seen=standing.seen)
        if isinstance(standing, There):
            return self._there(standing.record_id, standing.run, standing.problems, entry)
        if faults:
            return Left(State.INVALID, faults)
        return Left(State.SKIPPED, (left_out or problem("BLANK_ROW"),))

    def ahead(self, rows: Sequence[Row]) -> None:
        """Look at ``rows``, which are considered next, together: that takes much less than one by one.

        Not those of a results file that comes back: what becomes of its lines may differ from line to line.
        """
        self._ahead.clear()
        compiled = self._work.compiled
        taken = [] if self.returned.links else list(filter(compiled.takes, rows))
        block = compiled.block(taken) if taken else None
        if block is not None:
            known = zip(self.returned.identities.of_each(taken), block.drafts(), strict=True)
            self._ahead = dict(zip((row.number for row in taken), known, strict=True))

    def _considered(
        self, row: Row, entry: RowEntry | None, identity: Identity, draft: Draft | None = None
    ) -> Considered:
        """Return what to do with a row that has an identity, and its draft where that is known."""
        if entry is not None and entry.key is not None:
            self._check_key(row, entry.key, identity)
        if entry is not None and entry.state is not State.PENDING:
            return Settled(SHOWN[entry.state])
        if isinstance(identity, Problem):
            return Left(State.INVALID, (self._placed(row, identity),))
        if isinstance(identity, Repeated):
            return Left(State.SKIPPED, (problem("SAME_ROW", first=identity.first),))
        return self._by_ledger(row, identity.key, entry, draft)

    def _placed(self, row: Row, found: Problem) -> Problem:
        """Return a problem with its cell, where it has one column and none yet."""
        shape = self._work.source.shape
        if found.cell is not None or found.column not in shape.columns:
            return found
        return replace(found, cell=place(row.number, shape.columns.index(found.column), shape))

    def _check_key(self, row: Row, key: bytes, identity: Identity | None) -> None:
        """A row that was sent must still be the same row: else its outcome would be told of another one."""
        if self._work.same_mapping and not (isinstance(identity, Known) and identity.key == key):
            shown = self._work.source.shape.row_name(row.number)
            raise SourceError(
                "ROWS_MOVED",
                f"Row {shown} of {self._work.source.path} is not the row that was sent as such.",
                "The file was read otherwise than before: go back to the version of case-importer that began "
                "this run.",
            )

    def _by_ledger(
        self, row: Row, key: bytes, entry: RowEntry | None, draft: Draft | None = None
    ) -> Considered:
        work = self._work
        line = None if self._ledger_empty else work.journal.ledger_line(work.run.scope, key)
        decision = by_ledger(line, work.run.n, row.number, again=work.options.again, name=self._name)
        if isinstance(decision, Leave):
            return Left(decision.state, decision.problems)
        drafted = draft if draft is not None else work.compiled.draft(row)
        if isinstance(decision, AlreadyKnown):
            known = self._known(row, drafted, decision.line, entry)
            if isinstance(known, KnownRow) or work.on_match != "update" or not isinstance(drafted, Draft):
                return known
            if known.problems[0].code != "KNOWN_CHANGED" or decision.line.record_id is None:
                return known
            drafted = replace(drafted, record_id=decision.line.record_id)
        if not isinstance(drafted, Draft):
            return Left(State.INVALID, drafted)
        unfit = self.returned.refuses(row)
        if unfit is not None:
            return Left(State.INVALID, (unfit,))
        maybe = entry is not None and entry.since is not None
        return Ready(row, drafted, key, self._digest(drafted), maybe)

    def _known(self, row: Row, drafted: Drafted, line: LedgerLine, entry: RowEntry | None) -> KnownRow | Left:
        same = not isinstance(drafted, Draft) or line.digest in (None, self._digest(drafted))
        changed = () if same else (problem("KNOWN_CHANGED", run=line.run),)
        problems = (*changed, *self.returned.id_problem(row, line.record_id))
        return self._there(line.record_id, line.run, problems, entry)

    def _there(
        self, record_id: str | None, run: str, problems: tuple[Problem, ...], entry: RowEntry | None
    ) -> KnownRow | Left:
        if not problems and entry is None:
            return KnownRow(record_id)
        return Left(State.EXISTS, problems or (problem("KNOWN", run=run),), record_id)

    def _name(self, line: LedgerLine) -> str:
        return self.returned.row_name(RowPlace(line.run_n, line.row))

    def _digest(self, draft: Draft) -> bytes:
        return self._work.digest(draft)
