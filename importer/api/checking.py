"""``check``: everything that can be known before sending; it sends nothing."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from importer.api.belonging import families_of
from importer.api.looked_up import Refused, look_up, reference_findings
from importer.api.peeking import Peek
from importer.api.planning import plan_for
from importer.api.prepare import Fitted, fit, keys_of, mapping_digest, open_input
from importer.journal.identity import Identities
from importer.journal.journal import Journal
from importer.journal.records import RunIdentity
from importer.mapping.spec import MappingFile, Rule
from importer.model.advice import Asks, Intent
from importer.model.outcome import Status
from importer.model.problem import Problem
from importer.model.result import RowResult
from importer.model.row import Row, Shape
from importer.model.target import System
from importer.pipeline.begin import objection
from importer.pipeline.lines import check_lines
from importer.preflight.advising import as_findings, existing_findings, intent_of
from importer.preflight.against_schema import memory
from importer.preflight.families import Families
from importer.preflight.finding import Finding
from importer.preflight.plan import Plan, sentence
from importer.preflight.room import storage_findings
from importer.preflight.rows import Judge, RowsChecked, check_rows, grouped
from importer.preflight.schema_file import SavedSchema
from importer.preflight.watching import Place, Watch
from importer.readers import place as place_of
from importer.results.as_input import lines_of
from importer.results.checked import checked_path, write_checked


@dataclass(frozen=True, slots=True)
class Checked:
    """What ``check`` found out about one file.

    ``system`` is None unless somebody was asked, ``saved`` the schema file that was used. ``copy`` is where
    the annotated copy lies.
    """

    path: Path
    shape: Shape
    rows: int
    to_send: int
    findings: tuple[Finding, ...]
    plan: Plan
    system: System | None
    saved: SavedSchema | None = None
    copy: Path | None = None

    @property
    def stops(self) -> bool:
        """Whether a run would not begin."""
        return any(finding.severity == "stop" for finding in self.findings)

    @property
    def holds_back(self) -> bool:
        """Whether rows would stay behind."""
        return any(finding.severity == "rows" for finding in self.findings)

    @property
    def plan_text(self) -> str:
        """The plan in one line."""
        return sentence(self.plan, self.to_send)


async def check(peeked: Peek, path: Path, *, output: Path | None = None, via: str = "auto") -> Checked:
    """Map every row of ``path`` and say what a run would meet; with ``output``, write a copy that says it.

    Raises SourceError, MappingError, TargetError, and ImporterError where the copy cannot be written.
    """
    source = await asyncio.to_thread(open_input, path, peeked.mapping)
    if output is not None:
        checked_path(path, output)
    fitted = fit(source, peeked.mapping, peeked.schema, dict(peeked.settings.variables))
    with Journal(peeked.state) as journal:
        looking = _Looking(peeked, fitted, journal)
        with looking.judge() as judge:
            rows = await asyncio.to_thread(looking.rows, judge)
            intent = intent_of(fitted.compiled, rows.to_send, judge.watch)
        with looking.families() as families:
            waiting = await asyncio.to_thread(looking.waiting, families) if families is not None else []
            asked, refused = await _ask(peeked, fitted, rows, intent, judge.watch)
            objections = [*looking.objections(rows.sample), *_past(peeked.system, journal)]
            if output is not None:
                await asyncio.to_thread(looking.write, output, refused, families)
    asked += waiting
    source.check_unchanged()
    on_hold = sum(f.count for f in asked if f.severity == "rows")
    cost = _plan(peeked, fitted, rows, rows.to_send - on_hold, via)
    findings = [*objections, *fitted.findings, *rows.findings, *asked]
    if peeked.schema is not None:
        findings += memory(peeked.mapping, peeked.schema)
    findings = _memory(peeked, findings)
    return Checked(
        path,
        source.shape,
        rows.rows,
        rows.to_send - on_hold,
        tuple(grouped(findings)),
        cost,
        peeked.system,
        peeked.saved,
        output,
    )


def _plan(peeked: Peek, fitted: Fitted, rows: RowsChecked, to_send: int, via: str) -> Plan:
    """Return the plan; the bytes are those of the file, by the share of its rows that are sent."""
    shape = fitted.source.shape
    size = shape.size * to_send // rows.rows if rows.rows and shape.kind == "text" else 0
    return plan_for(to_send, peeked.target, peeked.settings, peeked.mapping, fitted.compiled, via, size=size)


async def _ask(
    peeked: Peek, fitted: Fitted, rows: RowsChecked, intent: Intent, watch: Watch
) -> tuple[list[Finding], Refused]:
    """Ask the system, where there is one, about keys, records that rows refer to, owners and its rules."""
    if peeked.system is None or not rows.to_send:
        return [], Refused({}, {}, {})
    there = await peeked.target.existing(tuple(rows.keys)) if rows.keys else {}
    if there is None:
        there = {}
    match = peeked.mapping.match or ""
    found = existing_findings(
        rows.keys,
        there,
        rows.more_keys,
        str(peeked.mapping.on_match),
        fitted.compiled.feeds.get(match),
        fitted.source.shape.row_name,
    )
    seen, feeds = watch.references, fitted.compiled.feeds
    looked = await look_up(peeked.target, seen, feeds)
    found += reference_findings(looked, seen, watch.more_references)
    intent = looked.asking(intent, peeked.target.asks().values, seen)
    advice = await peeked.target.advise(intent)
    found += as_findings(looked.named(advice), intent, feeds)
    found += storage_findings(rows.to_send - len(there), peeked.system.storage, exact=not rows.more_keys)
    refused = {
        (each.property, value): Problem(
            each.code,
            f"{value}{each.message[each.message.find(': ') :]} {each.remedy}",
            feeds.get(each.property),
        )
        for each in advice
        if each.severity == "rows" and each.property is not None
        for value in each.values
    }
    return found, Refused(there, refused, looked.refused(advice, feeds))


class _Looking:
    """One file under a mapping, beside the journal; each pass over it begins anew."""

    def __init__(self, peeked: Peek, fitted: Fitted, journal: Journal) -> None:
        self._peeked, self._fitted, self._journal = peeked, fitted, journal
        self._shape = fitted.source.shape
        self._keys = keys_of(peeked.mapping, fitted.compiled, peeked.schema)
        self._asks = peeked.target.asks() if peeked.schema is not None else Asks()
        system, record_type = peeked.system_id, peeked.mapping.record_type
        found = journal.find_scope(system, record_type, self._keys.source) if system is not None else None
        self._scope = found if found is None or not journal.ledger_is_empty(found) else None
        columns = {name: index for index, name in reversed(list(enumerate(self._shape.columns)))}
        shape = self._shape

        def place(row: int, column: str | None) -> str:
            return place_of(row, columns.get(column) if column is not None else None, shape)

        self._place: Place = place

    @contextmanager
    def judge(self) -> Iterator[Judge]:
        """Give what judges the rows of one pass."""
        peeked, compiled = self._peeked, self._fitted.compiled
        name = self._shape.row_name
        identities = Identities(compiled, self._journal.digest, self._keys, self._shape.digest, name)
        watch = Watch(
            compiled.feeds,
            peeked.schema,
            self._asks,
            self._place,
            match=self._match,
            key_is_sent=_key_is_sent(peeked.mapping),
            now=dt.datetime.now(dt.UTC),
            row_name=name,
        )
        try:
            yield Judge(compiled, identities, self._known, watch)
        finally:
            watch.close()
            identities.close()

    @property
    def _match(self) -> str | None:
        """The match property as the drafts spell it."""
        match, schema = self._peeked.mapping.match, self._peeked.schema
        found = schema.find(match) if match and schema is not None else None
        return found.name if found is not None else match

    def _known(self, key: bytes) -> bool:
        line = self._journal.ledger_line(self._scope, key) if self._scope is not None else None
        return line is not None and line.record_id is not None

    def rows(self, judge: Judge) -> RowsChecked:
        """Judge every row. Blocks."""
        most = self._asks.keys if self._peeked.system is not None else 0
        return check_rows(judge, self._fitted.source.rows(), self._shape, self._place, self._match, most)

    def families(self) -> AbstractContextManager[Families | None]:
        """Give what the rows belong to, where they belong to imported ones."""
        system = self._peeked.system
        return families_of(self._fitted.compiled, self._keys, self._shape, self._journal, system)

    def waiting(self, families: Families) -> list[Finding]:
        """Return which rows would wait in vain; goes through the file twice more. Blocks."""
        with self.judge() as judge:
            families.read(judge.judged(self._fitted.source.rows()))
        with self.judge() as judge:
            judged = judge.judged(self._fitted.source.rows())
            drafts = (each.draft for each in judged if each.draft is not None)
            return families.findings(drafts, self._place)

    def write(self, path: Path, refused: Refused, families: Families | None) -> None:
        """Write the annotated copy. Blocks. Raises ImporterError."""
        with self.judge() as judge:
            write_checked(path, self._shape, self._lines(judge, refused, families))

    def _lines(
        self, judge: Judge, refused: Refused, families: Families | None
    ) -> Iterator[tuple[Row, RowResult]]:
        unique = (self._match or "") if self._peeked.mapping.on_match == "error" else ""
        for judged in judge.judged(self._fitted.source.rows()):
            row, problems, draft = judged.row, judged.problems, judged.draft
            if draft is not None:
                problems += tuple(refused.problems(draft, unique))
                problems += tuple(families.problems(draft)) if families is not None else ()
            # As results files say it: the place first.
            problems = tuple(replace(found, message=found.sentence) for found in problems)
            number, sheet = self._shape.row_of(row.number), self._shape.sheet_of(row.number)
            result = RowResult(number, Status.NOT_SENT, "", "", problems=problems, sheet=sheet)
            yield row, result

    def objections(self, sample: tuple[bytes, ...]) -> list[Finding]:
        """Return why a run of this file would not begin, as the journal knows it."""
        peeked, shape = self._peeked, self._shape
        if peeked.system is None:
            return []
        record_type = peeked.mapping.record_type
        identity = RunIdentity(
            shape.digest, shape.sheet or "", shape.header_row, peeked.system.id, record_type
        )
        digest = mapping_digest(peeked.mapping, peeked.settings)
        source = self._fitted.source
        found = check_lines(source, lines_of(source), self._journal, peeked.system.id, record_type)
        found = found or objection(identity, self._keys, str(source.path), digest, self._journal, sample)
        return [] if found is None else [Finding(found.code, "stop", found.message, found.remedy)]


def _key_is_sent(mapping: MappingFile) -> bool:
    """Say whether the match property carries the key column as it stands: equal values are equal keys."""
    rules = [part for part in mapping.parts() if part.writes == mapping.match]
    rule = rules[0] if len(rules) == 1 else None
    if not isinstance(rule, Rule) or mapping.key != (rule.column,):
        return False
    changed = rule.do or rule.values or rule.split or rule.truncate or rule.default or rule.when
    return not changed and rule.type in (None, "text")


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
