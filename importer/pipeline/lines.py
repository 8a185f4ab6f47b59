"""A results file that came back: each line *is* the row that it names, and stands as the journal says."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

from importer.journal.file_keys import FileKeys
from importer.journal.journal import Journal
from importer.journal.records import LedgerLine, RowEntry, RowPlace, RunRecord
from importer.journal.states import ALIVE, HAS_RECORD, SHOWN, State
from importer.mapping.compiled import CELL_PROBLEMS
from importer.mapping.seen import differs, unmended
from importer.model.draft import Draft
from importer.model.errors import ImporterError
from importer.model.problem import Problem, problem
from importer.model.row import Row, row_name, sheets_of
from importer.pipeline.decide import Seen, goes_again
from importer.pipeline.line_identities import LineIdentities
from importer.pipeline.standing import FRESH, Goes, Setting, Standing, Stays, There
from importer.readers import Source, place
from importer.results.as_input import MAY_EXIST, SHAPE_CODES, Line, Lines, same_id

LINKED = 1000
"""Lines that are written at once."""
AS_NEW = "With --as-new its lines are imported as new rows, whatever they say of themselves."


class Returned:
    """Says of the rows of one pass, in the file's order, how they stand, and which records they are.

    Without ``links`` no row is a line of another run's results, and all stand as rows that nobody knows.
    """

    def __init__(self, setting: Setting) -> None:
        self._at = setting
        self._journal = setting.journal
        self._runs: dict[str, RunRecord | None] = {}
        self._mappings: dict[tuple[int, int], str] = {}
        self._seen = FileKeys()
        self.links = setting.lines.columns is not None or self._journal.has_lines(setting.run.n)
        self.identities = LineIdentities(setting, self.named)

    def close(self) -> None:
        """Drop what was remembered of the file."""
        self._seen.close()
        self.identities.close()

    def named(self, row: Row) -> RowPlace | None:
        """Return the row that ``row`` says it is, as far as this journal can know it."""
        line = self._at.lines.of(row)
        return None if line is None else self._named(line)

    def origin(self, row: Row) -> RowPlace | None:
        """Return the row that ``row`` is, of the run that read it first; None for a row of its own."""
        named = self.named(row)
        return None if named is None else self._journal.origin(named)

    def standing(self, row: Row, own: RowEntry | None) -> Standing:
        """Return how ``row``, whose entry in this run is ``own``, stands; call it once for each, in order."""
        if not self.links:
            return FRESH
        line = self._at.lines.of(row)
        if line is None or line.is_new:
            return self._elsewhere(RowPlace(self._at.run.n, row.number), line) or FRESH
        named = self._named(line)
        if named is None:
            elsewhere = line.run and line.is_numbered and self._run_of(line) is None
            return FRESH if self._at.lines.as_new or elsewhere else _unclear(line)
        origin = self._journal.origin(named)
        first = self._seen.first_with(f"{origin.run}:{origin.row}".encode(), row.number, b"")
        if first is not None:
            earlier = self._at.source.shape.row_name(first.row)
            found = problem("LINE_TWICE", column="import_row", first=earlier, row=line.name, run=line.run)
            return Stays(State.INVALID, (found,))
        return self._elsewhere(origin, line, row.number) or self._of_named(row, line, named, own)

    def refuses(self, row: Row) -> Problem | None:
        """Return why a row that nobody knows is not sent after all: its line says that it may exist."""
        line = self._at.lines.of(row)
        if line is None or not line.is_new or self._at.lines.as_new:
            return None
        if line.id or line.status in MAY_EXIST:
            return problem("FOREIGN_RESULT", column="import_id", status=line.status or "created")
        return None

    def id_problem(self, row: Row, record_id: str | None) -> tuple[Problem, ...]:
        """Return the problem of a line that says another id than the journal."""
        line = self._at.lines.of(row)
        return () if line is None else _compared(line, record_id)

    def doubt(self, row: Row, draft: Draft) -> RowPlace | None:
        """Return the row in doubt that ``row`` waits for, when the draft is what was sent of it."""
        origin = self.origin(row)
        if origin is None or self._at.body is None:
            return None
        for at, entry in self._group(origin, row.number):
            if entry.state in ALIVE and not entry.waits and entry.digest == self._at.body(draft):
                return at
        return None

    def _run_of(self, line: Line) -> RunRecord | None:
        """Return the run that the line names; None when it is not one of this journal into the same place."""
        if line.run not in self._runs:
            found = self._journal.run_called(line.run)
            self._runs[line.run] = found if found and _same_place(found, self._at.run) else None
        return self._runs[line.run]

    def _named(self, line: Line) -> RowPlace | None:
        run = self._run_of(line)
        number = None if run is None else line.number(run.sheet)
        return None if run is None or number is None else RowPlace(run.undoes or run.n, number)

    def _group(self, origin: RowPlace, but: int) -> list[tuple[RowPlace, RowEntry]]:
        """Return what is known of the row ``origin`` and of all lines that are it, without this run's own."""
        own = RowPlace(self._at.run.n, but)
        places = [at for at in (origin, *self._journal.lines_of(origin)) if at != own]
        entries = ((at, self._journal.entry(at.run, at.row)) for at in places)
        return [(at, entry) for at, entry in entries if entry is not None]

    def _elsewhere(self, origin: RowPlace, line: Line | None, own: int | None = None) -> Standing | None:
        """Return how a row stands by what became of it elsewhere; None when nothing of it exists there."""
        group = self._group(origin, origin.row if own is None else own)
        for at, entry in group:
            if entry.state in HAS_RECORD and not self._at.again:
                problems = () if line is None else _compared(line, entry.record_id)
                return There(entry.record_id, self._run_id(at), problems)
        for at, entry in group:
            if entry.state in ALIVE and not entry.waits:
                found = problem("DOUBT_ELSEWHERE", row=self.row_name(at), run=self._run_id(at))
                return Stays(State.IN_DOUBT, (found,))
        return None

    def row_name(self, at: RowPlace) -> str:
        """Return what a person calls a row of any run."""
        run = self._journal.run_numbered(at.run)
        return row_name(at.row, () if run is None else sheets_of(run.sheet))

    def _run_id(self, at: RowPlace) -> str:
        run = self._journal.run_numbered(at.run)
        return "?" if run is None else run.id

    def _of_named(self, row: Row, line: Line, named: RowPlace, own: RowEntry | None) -> Standing:
        """Return how a line stands whose row has no record that was made for it."""
        if own is not None and own.key is not None:
            return Goes()  # it went already, and came back
        entry = self._journal.entry(named.run, named.row)
        if entry is None:
            return self._untouched(row, line, named)
        if row.blank:
            return FRESH
        problems = entry.problems
        if not {found.code for found in problems}.isdisjoint(SHAPE_CODES):
            if not line.status:
                return Goes()  # a person has looked at it
            fault = problem("SHAPE_FAULT", column="import_status", row=line.name, run=line.run)
            return Stays(State.INVALID, (fault,), entry.digest)
        still = self._unmended(row, entry)
        judged = Seen(
            entry.state,
            changed=self._differs(row, entry),
            remapped=self._mapping(named.run, entry.leg) != self._mapping(self._at.run.n, 0),
            mended=not still,
        )
        if goes_again(judged, retry=self._at.retry_failed):
            return Goes()
        return Stays(entry.state, self._told(row, line, still or problems, entry.state), entry.digest)

    def _untouched(self, row: Row, line: Line, named: RowPlace) -> Standing:
        """A row without an entry: known to the ledger when its run came to it, or not yet looked at."""
        if self._journal.is_known(named) and not self._at.again:
            known = self._known_by_cells(row, line)
            if known is not None:
                return There(known.record_id, known.run, _compared(line, known.record_id))
            return Stays(State.INVALID, (problem("LINE_CHANGED", row=line.name, run=line.run),))
        run = self._runs[line.run]
        if run is not None and run.finished and not self._journal.is_known(named):
            return _unclear(line)  # every row of it was looked at
        return Goes()

    def _known_by_cells(self, row: Row, line: Line) -> LedgerLine | None:
        lines = self.identities.ledger_lines(row, self._at.run.scope, self._journal)
        lines = [found for found in lines if found.state in HAS_RECORD]
        same = [found for found in lines if same_id(line.id, found.record_id or "")]
        return next(iter(same or lines), None)

    def _differs(self, row: Row, entry: RowEntry) -> bool:
        """Say whether the cells are others than those that the row's run has seen."""
        if entry.digest is None:
            return True
        if entry.state is not State.REJECTED:
            return differs(self._at.compiled, row, entry.digest, self._journal.digest)
        drafted = self._at.compiled.draft(row)
        return not isinstance(drafted, Draft) or (
            self._at.body is not None and self._at.body(drafted) != entry.digest
        )

    def _unmended(self, row: Row, entry: RowEntry) -> tuple[Problem, ...]:
        """Return the faults of cells that are as they were, and still matter to the mapping."""
        if entry.state is not State.INVALID or entry.digest is None:
            return ()
        compiled = self._at.compiled
        found = unmended(compiled, row, entry.problems, entry.digest, self._journal.digest)
        return compiled.faults(replace(row, problems=found)) if found else ()

    def _mapping(self, run: int, leg: int) -> str:
        """Return the digest of the mapping of a leg; of the last one for 0."""
        if (run, leg) not in self._mappings:
            legs = self._journal.legs(run)
            numbered = {each.leg: each.mapping for each in legs}
            self._mappings[run, leg] = numbered.get(leg or len(legs), "")
        return self._mappings[run, leg]

    def _told(self, row: Row, line: Line, problems: tuple[Problem, ...], state: State) -> tuple[Problem, ...]:
        """Return the problems of a line that is as it was: told anew where that can be, with the reason."""
        if state is State.SKIPPED:
            return problems
        fresh = self._at.compiled.draft(row) if state is State.INVALID else None
        if isinstance(fresh, tuple) and [each.code for each in fresh] == [each.code for each in problems]:
            return fresh
        columns = self._at.compiled.columns
        kept = [
            replace(each, cell=place(row.number, columns.index(each.column), self._at.source.shape))
            if each.column in columns
            else replace(each, cell=None)
            for each in problems
            if each.code != "UNCHANGED"
        ]
        why = problem("UNCHANGED", row=line.name, run=line.run, status=SHOWN[state].value)
        return (*kept, why)


def check_lines(
    source: Source, lines: Lines, journal: Journal, system: str, record_type: str
) -> ImporterError | None:
    """Return why a results file cannot be imported as it stands: it names a run that is not known here.

    Walks the file; any other file is None at once. Raises SourceError.
    """
    if lines.columns is None or lines.as_new:
        return None
    looked: set[str] = set()
    for row in source.rows():
        line = lines.of(row)
        if line is None or not line.run or line.run in looked or row.problems:
            continue
        looked.add(line.run)
        run = journal.run_called(line.run)
        where = f"{place(row.number, None, source.shape).capitalize()} of {source.path}"
        if run is None:
            return ImporterError(
                "UNKNOWN_RUN",
                f"{where} is a result of run {line.run}, which this journal does not know: what was imported "
                "then cannot be told from what was not.",
                f"Use the journal of that run (--state), or import the file that it was made of. {AS_NEW}",
            )
        if (run.system, run.record_type) != (system, record_type):
            return ImporterError(
                "OTHER_SYSTEM",
                f"{where} is a result of run {line.run}, which loaded {run.record_type} records into "
                f"{run.system_name}: not what this command loads, or not where.",
                f"Name the connection of that run, or import the file that it was made of. {AS_NEW}",
            )
    return None


def link_lines(setting: Setting) -> None:
    """Write which row each line of a results file is, before any of them is sent.

    Also of those that this leg will not come to: they stand in its results under its own name. Blocks.
    """
    if setting.lines.columns is None:
        return
    returned = Returned(setting)
    try:
        found = ((row.number, returned.origin(row)) for row in setting.source.rows() if not misshapen(row))
        links = ((row, origin) for row, origin in found if origin is not None)
        while batch := list(islice(links, LINKED)):
            setting.journal.link(setting.run.n, batch)
    finally:
        returned.close()


def misshapen(row: Row) -> bool:
    """Say whether the row's cells may not be those of their columns."""
    return any(found.code not in CELL_PROBLEMS for found in row.problems)


def _same_place(run: RunRecord, other: RunRecord) -> bool:
    return (run.system, run.record_type) == (other.system, other.record_type)


def _unclear(line: Line) -> Stays:
    found = problem(
        "LINE_UNCLEAR", column="import_row", row=line.name or "nothing", run=line.run or "nothing"
    )
    return Stays(State.INVALID, (found,))


def _compared(line: Line, record_id: str | None) -> tuple[Problem, ...]:
    if not line.id or record_id is None or same_id(line.id, record_id):
        return ()
    return (problem("ID_DIFFERS", column="import_id", said=line.id, known=record_id),)
