"""A file and the options of a command → a job that the pipeline can run."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from itertools import islice
from pathlib import Path

from importer.api.approval import Ask, approval
from importer.api.options import ImportOptions
from importer.api.planning import tempo_of
from importer.journal.identity import WITH_CASE, Keys
from importer.journal.journal import Journal
from importer.journal.records import RunIdentity
from importer.mapping import compile_mapping, parse_mapping
from importer.mapping.compiled import Compiled
from importer.mapping.included import from_texts
from importer.mapping.spec import MappingFile
from importer.model.draft import Draft
from importer.model.errors import MappingError, SourceError
from importer.model.row import ReadOptions
from importer.model.schema import Schema
from importer.model.target import System, Target
from importer.pipeline.job import Job
from importer.pipeline.options import RunOptions
from importer.preflight.advising import as_findings, intent_of
from importer.preflight.against_schema import against_schema
from importer.preflight.finding import Finding
from importer.readers import Source, open_source, place
from importer.results.as_input import all_sheets, is_results_file, lines_of, returned
from importer.results.form import Form
from importer.settings import ConnectionSettings
from importer.targets.json_body import encode

HEADER_ROWS = 50
"""Rows among which the header is looked for when the mapping's columns are not in the one that was found."""
Results = Callable[[str], Path] | None
"""Gives the path of the results file for a run's id; None where no file is wanted."""


def tool_version() -> str:
    """Return the version of this tool, as installed."""
    try:
        return version("case-importer")
    except PackageNotFoundError:
        return "0"


@dataclass(frozen=True, slots=True)
class Fitted:
    """A source with the mapping fitted to it, and what is to be said about the fit."""

    source: Source
    compiled: Compiled
    findings: tuple[Finding, ...]


def open_input(path: Path, mapping: MappingFile, *, head: int | None = None) -> Source:
    """Open ``path`` as the mapping's ``read`` says; for a results file of ours that is ignored (design §8).

    Of results of several sheets all are read. ``head``: only so many rows are wanted. Raises SourceError.
    """
    plain = ReadOptions(blank_cells=mapping.read.blank_cells)
    if mapping.read != plain and (source := _opened_as_results(path, mapping.read, plain, head)) is not None:
        return returned(source)
    source = open_source(path, mapping.read, head=head)
    return returned(all_sheets(source, mapping.read, head=head))


def _opened_as_results(
    path: Path, declared: ReadOptions, plain: ReadOptions, head: int | None
) -> Source | None:
    """Open a results file as what it is, whatever is declared for the file that it was made of.

    A spreadsheet may have saved it in another encoding: then the declared one is tried. None for others.
    """
    tried = [plain]
    if declared.encoding is not None:
        tried.append(replace(plain, encoding=declared.encoding))
    for options in tried:
        try:
            source = open_source(path, options, head=1)  # a workbook is parsed once more below
        except SourceError:
            continue
        if is_results_file(source.shape):
            if source.shape.kind == "workbook":
                source = open_source(path, options, head=head)
            return all_sheets(source, options, head=head)
    return None


def fit(source: Source, mapping: MappingFile, schema: Schema | None, variables: dict[str, str]) -> Fitted:
    """Fit ``mapping`` to the header of ``source`` and to ``schema``. Raises MappingError.

    Without a schema nothing is checked against it.
    """
    shape = source.shape
    try:
        compiled = compile_mapping(
            mapping, shape.columns, schema, variables, place=lambda row, column: place(row, column, shape)
        )
    except MappingError as error:
        # A column that is not there may be a delimiter or a header that was found wrongly.
        hints = [f"How {source.path.name} was read: {'; '.join(shape.notes)}."] if shape.notes else []
        if (row := _row_of_names(source, mapping)) is not None:
            hints.insert(
                0, f"{place(row, None, shape).capitalize()} holds these names: say read: header_row: {row}."
            )
        error.remedy = "\n".join((error.remedy, *hints))
        raise
    findings = against_schema(mapping, schema, compiled.constants) if schema is not None else []
    return Fitted(source, compiled, (*findings, *_notes(compiled)))


def _row_of_names(source: Source, mapping: MappingFile) -> int | None:
    """Return the number of the row, among the first ones, that holds all column names of ``mapping``."""
    wanted = {rule.column.strip().casefold() for rule in mapping.rules if rule.column}
    try:
        for row in islice(source.rows(), HEADER_ROWS):
            if wanted and wanted <= {str(cell).strip().casefold() for cell in row.cells}:
                return source.shape.row_of(row.number)
    except SourceError:
        return None
    return None


def _notes(compiled: Compiled) -> list[Finding]:
    notes = [Finding("COLUMN_NAME", "note", note) for note in compiled.notes]
    unused = [name for name in compiled.unused_columns if not name.startswith("import_")]
    for name in unused:
        notes.append(Finding("UNUSED_COLUMN", "note", f"No rule uses the column {name}.", "", name))
    return notes


def stop_at(findings: tuple[Finding, ...], mapping: MappingFile) -> None:
    """Raise MappingError with every finding that must stop a run, if there is one."""
    stops = [finding for finding in findings if finding.severity == "stop"]
    if stops:
        remedies = dict.fromkeys(finding.remedy for finding in stops if finding.remedy)
        raise MappingError(
            stops[0].code if len(stops) == 1 else "MAPPING_DOES_NOT_FIT",
            "\n".join(finding.message for finding in stops),
            "\n".join(remedies) or f"Correct {mapping.name}.",
        )


def keys_of(mapping: MappingFile, compiled: Compiled, schema: Schema | None) -> Keys:
    """Return how the rows are recognised, and on which columns that rests, in words."""
    matched = schema.find(mapping.match) if mapping.match and schema is not None else None
    fold = matched is None or not matched.case_sensitive
    if mapping.key_none:
        return Keys(mapping.source, "file and contents", by_file=True)
    if mapping.key:
        named = json.dumps([name.casefold() for name in mapping.key], ensure_ascii=False)
        basis = f"key {named}{'' if fold else WITH_CASE}"
        return Keys(mapping.source, basis, fold, column=mapping.key[0])
    used = sorted(compiled.columns[index].strip().casefold() for index in compiled.used)
    return Keys(mapping.source, f"contents of {json.dumps(used, ensure_ascii=False)}")


async def schema_for(
    journal: Journal, target: Target, system: System, source: Source, mapping: MappingFile, *, fresh: bool
) -> Schema:
    """Return the schema that an unfinished run of the file has frozen, else the target's now."""
    shape = source.shape
    identity = RunIdentity(shape.digest, shape.sheet or "", shape.header_row, system.id, mapping.record_type)
    run = journal.find_run(identity)
    if run is not None and not run.finished and not fresh:
        body = journal.document(run.schema)
        if body is not None:
            return Schema.from_json(body)
    return await target.schema()


async def prepare(
    path: Path,
    mapping: MappingFile,
    settings: ConnectionSettings,
    target: Target,
    system: System,
    journal: Journal,
    options: ImportOptions,
    results: Results,
    ask: Ask,
) -> tuple[Job, Fitted]:
    """Make the job for one file. Raises SourceError, MappingError, TargetError."""
    source = await asyncio.to_thread(open_input, path, mapping)
    text = mapping.path.read_text(encoding="utf-8-sig") if mapping.path is not None else ""
    return await prepare_source(
        source, mapping, text, settings, target, system, journal, options, results, ask
    )


async def prepare_source(
    source: Source,
    mapping: MappingFile,
    text: str,
    settings: ConnectionSettings,
    target: Target,
    system: System,
    journal: Journal,
    options: ImportOptions,
    results: Results,
    ask: Ask,
) -> tuple[Job, Fitted]:
    """Make the job for rows that are open already; ``text`` is what ``mapping`` was read from.

    Raises MappingError, TargetError.
    """
    fresh = options.again or options.retry_failed
    schema = await schema_for(journal, target, system, source, mapping, fresh=fresh)
    fitted = fit(source, mapping, schema, dict(settings.variables))
    stop_at(fitted.findings, mapping)
    advised = await _advised(target, fitted)
    stop_at(advised, mapping)
    fitted = replace(fitted, findings=(*fitted.findings, *advised))
    job = Job(
        path=source.path,
        source=fitted.source,
        compiled=fitted.compiled,
        keys=keys_of(mapping, fitted.compiled, schema),
        mapping=mapping_digest(mapping, settings),
        mapping_body=mapping_body(mapping, text, settings),
        record_type=mapping.record_type,
        schema=schema,
        via=options.via,
        tempo=tempo_of(settings),
        on_match=mapping.on_match,
        match_repeats=_match_repeats(mapping, schema),
        body=partial(_body, target),
        lines=lines_of(fitted.source, as_new=options.as_new),
        approve=approval(system, settings, options, ask),
        results=results,
        form=Form(escape_formulas=options.escape_formulas, annotate=options.annotate),
        version=tool_version(),
        arguments=options.arguments,
        options=RunOptions(
            first=options.first,
            retry_failed=options.retry_failed,
            again=options.again,
            max_errors=options.max_errors,
            tolerate=options.tolerate,
            concurrency=settings.concurrency,
            patience=options.patience,
        ),
        rate=settings.rate,
    )
    return job, fitted


def _match_repeats(mapping: MappingFile, schema: Schema) -> bool:
    found = schema.find(mapping.match) if mapping.match else None
    return found is not None and found.unique is False


async def _advised(target: Target, fitted: Fitted) -> tuple[Finding, ...]:
    """Return what the system says about the values that all rows share. Raises TargetError."""
    intent = intent_of(fitted.compiled, 0)
    advice = as_findings(await target.advise(intent), intent, fitted.compiled.feeds)
    return tuple(finding for finding in advice if finding.severity != "note")


def _body(target: Target, draft: Draft) -> bytes:
    """Return what of a draft its digest is made of: all its values, whether it makes a record or changes one,
    and the records it names, not yet found.
    """
    if draft.update_only or draft.record_id is not None:
        draft = replace(draft, update_only=frozenset(), record_id=None)
    body = target.body(draft)
    if not draft.references:
        return body
    named = {
        name: [reference.lookup.object, reference.lookup.by, reference.lookup.value]
        for name, reference in draft.references.items()
    }
    return body + encode({"references": named})


def mapping_digest(mapping: MappingFile, settings: ConnectionSettings) -> str:
    """Return the digest of what rows are mapped by: the mapping, and the variables of the connection."""
    return hashlib.sha256(f"{mapping.digest}{dict(settings.variables)}".encode()).hexdigest()


def mapping_body(mapping: MappingFile, text: str, settings: ConnectionSettings) -> str:
    """Return what rows are mapped by as JSON text: the mapping file ``text``, the files that it includes, and
    the variables of the connection.
    """
    document = {
        "name": mapping.name,
        "text": text,
        "included": dict(mapping.included),
        "variables": dict(settings.variables),
    }
    return json.dumps(document, ensure_ascii=False)


def stored_mapping(body: str) -> MappingFile:
    """Return the mapping in a ``body`` that ``mapping_body`` made; its variables are those of the file."""
    stored = json.loads(body)
    return parse_mapping(stored["text"], stored["name"], from_texts(stored.get("included", {})))
