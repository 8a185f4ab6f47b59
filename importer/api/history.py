"""Looking back: runs, what they did, their results again, and a person's verdicts."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from importer.api.opening import find_place
from importer.api.options import Where
from importer.api.prepare import fit, keys_of, open_input
from importer.journal.identity import Keys
from importer.journal.journal import Journal
from importer.journal.records import LegRecord, RunRecord, Verdict
from importer.journal.states import SHOWN, State
from importer.mapping import parse_mapping
from importer.mapping.compiled import Compiled
from importer.mapping.included import from_texts
from importer.model.errors import ImporterError, JournalError, SourceError
from importer.model.outcome import Status
from importer.model.row import ROWS_PER_SHEET, row_number, sheets_of
from importer.model.schema import Schema
from importer.pipeline.begin import os_user
from importer.pipeline.explain import Explain
from importer.pipeline.undo_write import write_undo
from importer.pipeline.write import Counting, LedgerOf
from importer.readers import Source
from importer.results import results_path, write_results
from importer.results.form import PLAIN, Form
from importer.results.naming import lone_path
from importer.results.view import View


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A run for lists: its record, legs, counts by status (of rows with an entry), problem codes.

    ``undoes`` is the id of the run that it takes back, ``undone_by`` those of the runs that took it back.
    """

    run: RunRecord
    legs: tuple[LegRecord, ...]
    counts: dict[str, int]
    codes: tuple[tuple[str, int], ...]
    undoes: str | None = None
    undone_by: tuple[str, ...] = ()


def open_journal(where: Where) -> Journal:
    """Open the journal that a command works with. Raises SettingsError, JournalError."""
    return Journal(find_place(where).state)


def summary(journal: Journal, run: RunRecord) -> RunSummary:
    """Return what the journal knows of ``run``, also while it runs."""
    counts: dict[str, int] = {}
    for state, count in journal.counts(run.n).items():
        if state is State.SENT and run.ended is None:
            counts["in_flight"] = count
            continue
        counts[SHOWN[state].value] = counts.get(SHOWN[state].value, 0) + count
    rest = run.rows - sum(counts.values())
    if rest > 0:
        name = "exists" if run.finished and run.undoes is None else Status.NOT_SENT.value
        counts[name] = counts.get(name, 0) + rest
    undone = None if run.undoes is None else journal.run_numbered(run.undoes)
    return RunSummary(
        run,
        tuple(journal.legs(run.n)),
        counts,
        tuple(journal.codes(run.n)),
        None if undone is None else undone.id,
        tuple(journal.undoing(run).ids()),
    )


def resolve_row(journal: Journal, run_id: str, row: int | str, record_id: str | None) -> None:
    """Settle one row in doubt: it ``is`` a record, or is absent (None).

    ``row`` as in ``import_row``, ``Sheet!N`` with several sheets. Raises JournalError when it is not in
    doubt, SystemHeldError while a run loads into the system.
    """
    run = _imported(journal, run_id)
    _resolve(journal, run, [_verdict(_row_number(run, str(row)), record_id)])


def resolve_file(journal: Journal, run_id: str, path: Path) -> int:
    """Settle the rows of a work list whose ``import_id`` a person has filled in; returns their number.

    Lines without an id stay in doubt. Raises SourceError for a file that is no work list of this run,
    JournalError when a row is not in doubt, SystemHeldError while a run loads into the system; nothing is
    written then.
    """
    run = _imported(journal, run_id)
    verdicts = list(_verdicts(path, run))
    _resolve(journal, run, verdicts)
    return len(verdicts)


def _imported(journal: Journal, run_id: str) -> RunRecord:
    run = journal.run(run_id)
    if run.undoes is not None:
        raise JournalError(
            "NOT_AN_IMPORT",
            f"{run.id} is the undo of a run: a person has nothing to settle there.",
            "Give the undo once more: it asks the server about deletes without an answer.",
        )
    return run


def _resolve(journal: Journal, run: RunRecord, verdicts: Sequence[Verdict]) -> None:
    """Write verdicts while no run asks about the same rows; what a dead process left sent is in doubt too."""
    with journal.lock(run.system, run.system_name):
        journal.recover(run.system)
        journal.give_up(run.system)
        journal.resolve(run, verdicts)


def _row_number(run: RunRecord, name: str) -> int:
    """Return the number in the journal of the row that a person calls ``name``. Raises JournalError."""
    sheets = sheets_of(run.sheet)
    number = row_number(name, sheets or (run.sheet,))
    if number is None or (sheets and "!" not in name and number < ROWS_PER_SHEET):
        named = f"Its sheets are {', '.join(sheets)}: say {sheets[0]}!{name}." if sheets else ""
        raise JournalError("NO_SUCH_ROW", f"Run {run.id} has no row {name}.", named or "Say its import_row.")
    return number


def _verdict(row: int, record_id: str | None) -> Verdict:
    return Verdict(row, record_id, os_user(), platform.node())


def _verdicts(path: Path, run: RunRecord) -> Iterator[Verdict]:
    from importer.mapping.cells import cell_texts
    from importer.model.row import ReadOptions
    from importer.readers import open_source
    from importer.results.as_input import all_sheets, is_results_file

    source = all_sheets(open_source(path, ReadOptions()), ReadOptions())
    if not is_results_file(source.shape):
        raise SourceError(
            "NO_WORK_LIST",
            f"{path} has no columns import_row, import_id and import_run.",
            f"Make the list with case-importer results {run.id} --status in_doubt -o FILE.",
        )
    for row in source.rows():
        texts = cell_texts(source.shape.columns, row)
        answer = texts["import_id"].strip()
        if row.blank or not answer or texts["import_status"].strip() != Status.IN_DOUBT:
            continue
        if texts["import_run"].strip() != run.id or not texts["import_row"].strip().isdigit():
            raise SourceError(
                "OTHER_WORK_LIST",
                f"Line {source.shape.row_name(row.number)} of {path} is not of run {run.id}.",
                "Name that run.",
            )
        name = "!".join(filter(None, (texts.get("import_sheet", "").strip(), texts["import_row"].strip())))
        yield _verdict(_row_number(run, name), None if answer.casefold() == "absent" else answer)


def write_again(
    journal: Journal,
    run_id: str,
    statuses: frozenset[Status],
    output: Path | None,
    form: Form = PLAIN,
) -> tuple[Path, int]:
    """Write the results of a run once more, only rows with one of ``statuses`` unless that is empty.

    Returns the path and the number of lines. Raises SourceError when the run's file is gone or has changed.
    """
    run = journal.run(run_id)
    if statuses and output is not None and run.results and output.absolute() == Path(run.results).absolute():
        raise ImporterError(
            "RESULTS_TAKEN", f"{output} has the results of the whole run.", "Give another name after -o."
        )
    if run.undoes is not None:
        return _write_undo_again(journal, run, statuses, output, form)
    job = past_job(journal, run)
    ledger = LedgerOf(job.source, job.compiled, journal, run, job.keys)
    view = View(journal, run, job.source.shape, ledger.find, Explain(job.compiled))
    counting = Counting()
    lines = (pair for pair in view.lines(job.source.rows()) if not statuses or pair[1].status in statuses)
    try:
        path = write_results(
            results_path(Path(run.path), run.id, output),
            job.source.shape,
            counting.through(lines),
            counting,
            run.id,
            form=form,
        )
    finally:
        ledger.close()
    if not statuses and output is None:
        journal.set_results(run.n, path.absolute())
    return path, counting.rows


def _write_undo_again(
    journal: Journal, undo: RunRecord, statuses: frozenset[Status], output: Path | None, form: Form
) -> tuple[Path, int]:
    undone = journal.run_numbered(undo.undoes or 0)
    assert undone is not None
    source = source_of(journal, undone)
    written = write_undo(
        source, journal, undo, undone, undo_path(undone, source, output), "", form, statuses,
        keep=not statuses and output is None,
    )  # fmt: skip
    return written.path, written.rows


def source_of(journal: Journal, run: RunRecord) -> Source | None:
    """Return the file of ``run``, None where it is gone or has changed."""
    try:
        return past_job(journal, run).source
    except ImporterError:
        return None


def undo_path(run: RunRecord, source: Source | None, output: Path | None) -> Callable[[str], Path]:
    """Return what gives the path of the results of an undo of ``run``, by the undo's id."""
    path = Path(run.path)
    if source is None:
        return lambda undo: lone_path(path, undo, output, "undo")
    return lambda undo: results_path(path, undo, output, "undo")


@dataclass(frozen=True, slots=True)
class Past:
    """The source of a run, read and mapped as it was then."""

    source: Source
    compiled: Compiled
    keys: Keys


def past_job(journal: Journal, run: RunRecord) -> Past:
    """Open the source of ``run`` with the mapping and schema of its last leg.

    Raises SourceError when the file is gone or has changed since.
    """
    legs = journal.legs(run.n)
    if not legs:
        raise JournalError(
            "RUN_NOT_BEGUN",
            f"Run {run.id} was ended before it began: nothing of it was sent.",
            "Run the import again.",
        )
    leg = legs[-1]
    document, schema_text = journal.document(leg.mapping), journal.document(leg.schema)
    if document is None or schema_text is None:
        raise JournalError(
            "RUN_PRUNED",
            f"The texts of run {run.id} were pruned: its results cannot be written again.",
            "The results file that the run wrote has them.",
        )
    stored = json.loads(document)
    mapping = parse_mapping(stored["text"], stored["name"], from_texts(stored.get("included", {})))
    schema = Schema.from_json(schema_text)
    source = open_input(Path(run.path), mapping)
    if source.shape.digest != run.digest:
        raise SourceError(
            "SOURCE_CHANGED",
            f"{run.path} is not the file that run {run.id} imported: its contents have changed.",
            "Put the file back as it was; its rows are not kept in the journal.",
        )
    fitted = fit(source, mapping, schema, stored["variables"])
    return Past(source, fitted.compiled, keys_of(mapping, fitted.compiled, schema))
