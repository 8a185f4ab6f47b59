"""A person's verdicts on rows in doubt: each is a record, or is absent."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from importer.api.prepare import stored_mapping
from importer.journal.journal import Journal
from importer.journal.records import RunRecord, Verdict
from importer.model.errors import JournalError, SourceError
from importer.model.outcome import Status
from importer.model.record_id import guid, salesforce_id
from importer.model.row import ROWS_PER_SHEET, row_name, row_number, sheets_of
from importer.pipeline.begin import os_user
from importer.settings.keys import SALESFORCE


def resolve_row(journal: Journal, run_id: str, row: int | str, record_id: str | None) -> None:
    """Settle one row in doubt: it ``is`` a record, or is absent (None).

    ``row`` as in ``import_row``, ``Sheet!N`` with several sheets. Raises JournalError when it is not in
    doubt, or the id is none, or is that of another row; SystemHeldError while a run loads into the system.
    """
    run = _imported(journal, run_id)
    _resolve(journal, run, [_verdict(_row_number(run, str(row)), record_id)])


def resolve_file(journal: Journal, run_id: str, path: Path) -> int:
    """Settle the rows of a work list whose ``import_id`` a person has filled in; returns their number.

    Lines without an id stay in doubt. Raises SourceError for a file that is no work list of this run,
    JournalError as ``resolve_row`` does, SystemHeldError while a run loads into the system; nothing is
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
    spell = _speller(journal, run)
    spelt = [replace(each, record_id=spell(each)) for each in verdicts]
    with journal.lock(run.system, run.system_name):
        journal.recover(run.system)
        journal.give_up(run.system)
        journal.resolve(run, spelt)


def _speller(journal: Journal, run: RunRecord) -> Callable[[Verdict], str | None]:
    """Return what gives the id of a verdict as the system writes it. It raises JournalError for no id."""
    legs = journal.legs(run.n)
    stored = journal.document(legs[-1].mapping) if legs else None
    if stored is None:  # the mapping names the target, and is pruned
        return lambda verdict: verdict.record_id
    target = stored_mapping(stored).target
    read, shape = (salesforce_id, "15 or 18 characters") if target == SALESFORCE else (guid, "a GUID")

    def spell(verdict: Verdict) -> str | None:
        found = None if verdict.record_id is None else read(verdict.record_id.strip())
        if found is None and verdict.record_id is not None:
            raise JournalError(
                "NO_RECORD_ID",
                f"Row {row_name(verdict.row, sheets_of(run.sheet))}: {verdict.record_id!r} is no id of a "
                f"record, which is {shape}; nothing was changed.",
                "Copy the id from the record in the system; a record that is not there is absent.",
            )
        return found

    return spell


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
