"""Looking back: runs, what they did, their results again."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from importer.api.opening import find_place
from importer.api.options import Where
from importer.api.prepare import fit, keys_of, open_input, stored_mapping
from importer.journal.identity import Keys
from importer.journal.journal import Journal
from importer.journal.records import LegRecord, RunRecord
from importer.journal.states import SHOWN, State
from importer.mapping.compiled import Compiled
from importer.model.errors import ImporterError, JournalError, SourceError
from importer.model.outcome import Status
from importer.model.schema import Schema
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
    mapping = stored_mapping(document)
    schema = Schema.from_json(schema_text)
    source = open_input(Path(run.path), mapping)
    if source.shape.digest != run.digest:
        raise SourceError(
            "SOURCE_CHANGED",
            f"{run.path} is not the file that run {run.id} imported: its contents have changed.",
            "Put the file back as it was; its rows are not kept in the journal.",
        )
    fitted = fit(source, mapping, schema, json.loads(document)["variables"])
    return Past(source, fitted.compiled, keys_of(mapping, fitted.compiled, schema))
