"""``check`` and ``preview``: everything that can be known before sending; they send nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from importer.api.opening import find_place, settings_for, target_for
from importer.api.options import Where
from importer.api.prepare import Fitted, fit, keys_of, mapping_digest, open_input
from importer.api.stand_in import StandIn
from importer.journal.identity import Identities
from importer.journal.journal import Journal
from importer.journal.records import RunIdentity
from importer.mapping import load_mapping
from importer.mapping.spec import MappingFile
from importer.model.draft import Draft
from importer.model.problem import Problem
from importer.model.row import Row, Shape
from importer.model.schema import Schema
from importer.model.target import System, Target
from importer.pipeline.begin import objection
from importer.pipeline.lines import check_lines
from importer.pipeline.scan import scan
from importer.preflight.finding import Finding
from importer.preflight.plan import Plan, plan
from importer.preflight.rows import RowsChecked, check_rows
from importer.readers import place as place_of
from importer.results.as_input import lines_of
from importer.settings import ConnectionSettings, simulator_connection


@dataclass(frozen=True, slots=True)
class Checked:
    """What ``check`` found out about one file. ``system`` is None without a connection."""

    path: Path
    shape: Shape
    rows: int
    findings: tuple[Finding, ...]
    plan: Plan
    system: System | None

    @property
    def stops(self) -> bool:
        """Whether a run would not begin."""
        return any(finding.severity == "stop" for finding in self.findings)

    @property
    def holds_back(self) -> bool:
        """Whether rows would stay behind."""
        return any(finding.severity == "rows" for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Previewed:
    """One row as it would be sent: its payload, or its problems."""

    row: int
    status: str
    payload: dict[str, object]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Peek:
    """A mapping and, where a connection is named, the system and schema it is for."""

    mapping: MappingFile
    settings: ConnectionSettings
    target: Target
    system: System | None
    schema: Schema | None
    state: Path


@asynccontextmanager
async def peek(mapping_path: Path, where: Where) -> AsyncIterator[Peek]:
    """Load the mapping and, where a connection is named or the default, its schema. Raises ImporterError."""
    mapping = load_mapping(mapping_path)
    place = find_place(where)
    with StandIn(place.state) as stand_in:
        if place.name is None:
            # Nobody is asked: the payload of a target needs its settings only for the object store.
            settings = simulator_connection(mapping.target, "http://localhost")
            target = target_for(settings, mapping)
            yield Peek(mapping, settings, target, None, None, place.state)
            return
        settings = settings_for(place, mapping.target, stand_in, lambda _text: None)
        target = target_for(settings, mapping)
        try:
            system = await target.open()
            yield Peek(mapping, settings, target, system, await target.schema(), place.state)
        finally:
            await target.close()


def check(peeked: Peek, path: Path) -> Checked:
    """Map every row of ``path`` and say what a run would meet. Blocks. Raises SourceError, MappingError."""
    source = open_input(path, peeked.mapping)
    fitted = fit(source, peeked.mapping, peeked.schema, dict(peeked.settings.variables))
    with Journal(peeked.state) as journal:
        checked = _check_rows(peeked, fitted, journal)
        objections = [*_objections(peeked, fitted, journal), *_past(peeked.system, journal)]
    source.check_unchanged()
    cost = plan(checked.to_send, "auto", peeked.settings.rate)
    findings = (*objections, *_memory(peeked, fitted.findings), *checked.findings)
    return Checked(path, source.shape, checked.rows, findings, cost, peeked.system)


def _check_rows(peeked: Peek, fitted: Fitted, journal: Journal) -> RowsChecked:
    shape = fitted.source.shape
    keys = keys_of(peeked.mapping, fitted.compiled, peeked.schema)
    identities = Identities(fitted.compiled, journal.digest, keys, shape.digest)
    scope = None
    if peeked.system is not None:
        scope = journal.find_scope(peeked.system.id, peeked.mapping.record_type, keys.source)

    def known(key: bytes) -> bool:
        line = journal.ledger_line(scope, key) if scope is not None else None
        return line is not None and line.record_id is not None

    def where(row: int, column: str | None) -> str:
        index = shape.columns.index(column) if column in shape.columns else None
        return place_of(row, index, shape)

    try:
        return check_rows(fitted.source.rows(), shape, fitted.compiled, identities, known, where)
    finally:
        identities.close()


def _memory(peeked: Peek, findings: Sequence[Finding]) -> list[Finding]:
    """Say of a system that cannot be asked about its records what it means for the journal (promise P2)."""
    how = peeked.target.settling()
    if peeked.system is None or how.how != "none":
        return list(findings)
    only = Finding(
        "JOURNAL_IS_MEMORY",
        "warning",
        f"Nobody can be asked whether a row is there already ({how.why}): the journal in {peeked.state} is "
        "the only memory of what was imported, and rows whose answer is lost stay in doubt.",
        "Keep that folder, and back it up after each load: case-importer journal backup FILE.",
    )
    return [only, *(each for each in findings if each.code != only.code)]


def _past(system: System | None, journal: Journal) -> list[Finding]:
    """Return a warning when the journal is not the one that was used for this system before."""
    lost = journal.lost_past(system.id, system.name) if system is not None else None
    if lost is None:
        return []
    remedy = "Put the old journal back, or compare with the system before importing its files again."
    return [Finding("OTHER_JOURNAL", "warning", lost, remedy)]


def _objections(peeked: Peek, fitted: Fitted, journal: Journal) -> list[Finding]:
    """Return why a run of this file would not begin, as the journal knows it."""
    if peeked.system is None:
        return []
    shape = fitted.source.shape
    keys = keys_of(peeked.mapping, fitted.compiled, peeked.schema)
    sample = scan(
        fitted.source, fitted.compiled, journal.digest, lambda: False, fold_case=keys.fold_case
    ).keys
    record_type = peeked.mapping.record_type
    identity = RunIdentity(shape.digest, shape.sheet or "", shape.header_row, peeked.system.id, record_type)
    digest = mapping_digest(peeked.mapping, peeked.settings)
    found = check_lines(fitted.source, lines_of(fitted.source), journal, peeked.system.id, record_type)
    found = found or objection(identity, keys, str(fitted.source.path), digest, journal, sample)
    return [] if found is None else [Finding(found.code, "stop", found.message, found.remedy)]


def preview(peeked: Peek, path: Path, count: int, number: int | None) -> Iterator[Previewed]:
    """Give the first ``count`` rows, or row ``number``, as they would be sent.

    Raises SourceError, MappingError.
    """
    source = open_input(path, peeked.mapping)
    fitted = fit(source, peeked.mapping, peeked.schema, dict(peeked.settings.variables))
    shown = 0
    for row in source.rows():
        if number is not None and row.number != number:
            continue
        yield _previewed(peeked, fitted, row)
        shown += 1
        if shown >= count or number is not None:
            return


def _previewed(peeked: Peek, fitted: Fitted, row: Row) -> Previewed:
    if row.blank:
        return Previewed(row.number, "blank", {}, ())
    if left_out := fitted.compiled.filtered(row):
        return Previewed(row.number, "skipped", {}, (left_out,))
    drafted = fitted.compiled.draft(row)
    if isinstance(drafted, Draft):
        return Previewed(row.number, "ok", peeked.target.payload(drafted), ())
    return Previewed(row.number, "invalid", {}, drafted)
