"""The report of a run: its numbers from the journal, and values from its source when they are asked for."""

from __future__ import annotations

from itertools import takewhile
from pathlib import Path

from importer.api.history import past_job, summary
from importer.api.prepare import tool_version
from importer.journal.figures import Figures
from importer.journal.journal import Journal
from importer.journal.records import RunRecord
from importer.journal.sending import now_ms
from importer.mapping.cells import cell_texts
from importer.model.errors import ImporterError
from importer.pipeline.explain import Explain
from importer.results.naming import report_path
from importer.results.report.facts import Example, Facts
from importer.results.view import View
from importer.results.writing import write_report


def report(journal: Journal, run_id: str, output: Path | None, *, with_values: bool) -> tuple[Path, str]:
    """Write the report of a run; return where it is, and why it shows no values although they were asked for.

    Works while the run runs, and when its source is gone. Raises JournalError for an unknown run,
    ImporterError when the page cannot be written where it is wanted.
    """
    from importer.results.report.page import page  # pandas takes half a second

    run = journal.run(run_id)
    path = report_path(Path(run.path), run.id, output)
    facts = gathered(journal, run, with_values=with_values)
    return write_report(path, page(facts), run.id), facts.no_values


def gathered(journal: Journal, run: RunRecord, *, with_values: bool) -> Facts:
    """Return what a report of ``run`` tells. Raises JournalError for a damaged journal."""
    found, figures = summary(journal, run), journal.figures(run)
    examples, no_values = _kept(journal, run, figures), ""
    undone = None if run.undoes is None else journal.run_numbered(run.undoes)
    if with_values and undone is not None:
        no_values = "No values are shown: an undo is about records, not about cells."
    elif with_values:
        try:
            examples = _reread(journal, run, figures)
        except ImporterError as error:
            no_values = f"No values are shown: {error.message}"
    return Facts(
        run=run,
        legs=found.legs,
        counts=found.counts,
        figures=figures,
        examples=examples,
        values=with_values and not no_values and bool(examples),
        no_values=no_values,
        made=now_ms(),
        version=tool_version(),
        undone=undone,
        undone_by=found.undone_by,
    )


def _named(figures: Figures) -> list[int]:
    return sorted({row for cause in figures.causes for row in cause.examples})


def _kept(journal: Journal, run: RunRecord, figures: Figures) -> dict[int, Example]:
    entries = ((row, journal.entry(run.n, row)) for row in _named(figures))
    return {row: Example(entry.problems) for row, entry in entries if entry is not None}


def _reread(journal: Journal, run: RunRecord, figures: Figures) -> dict[int, Example]:
    """Return the examples with their rows' values. Raises ImporterError when the source is not as it was."""
    named = frozenset(_named(figures))
    if not named:
        return {}
    job = past_job(journal, run)
    last = max(named)
    rows = takewhile(lambda row: row.number <= last, job.source.rows())
    view = View(journal, run, job.source.shape, lambda _row: None, Explain(job.compiled))
    return {
        row.number: Example(result.problems, cell_texts(job.compiled.columns, row))
        for row, result in view.lines(row for row in rows if row.number in named)
    }
