"""Writing a results file: under a temporary name, safe on disk, then renamed in one step."""

from __future__ import annotations

import glob
import secrets
import shutil
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path

from importer.model.errors import ImporterError
from importer.model.result import RowResult
from importer.model.row import Row, Shape
from importer.results.annotate_text import annotate_text
from importer.results.files import FILES, Files
from importer.results.form import PLAIN, Form
from importer.results.naming import annotated_run_of, may_write, report_run_of, run_of, siblings
from importer.results.summary import Counts
from importer.results.text import write_text

Lines = Iterable[tuple[Row, RowResult]]
NAMES_TRIED = 100


def write_results(
    path: Path,
    shape: Shape,
    lines: Lines,
    counts: Counts,
    run: str,
    *,
    facts: Sequence[tuple[str, str]] = (),
    files: Files = FILES,
    form: Form = PLAIN,
) -> Path:
    """Write one line per (row, result) of ``run`` to ``path`` and return where the file is.

    ``lines`` may be of any length and is read once; of ``form`` only the marks matter here. Text for a text
    input, a workbook for a workbook; only the latter has a summary: of ``counts``, read when the lines are
    through, and of further ``facts`` (label, text). A sibling name is used when ``path`` belongs to another
    run by now, or cannot be replaced because it is open in another program. What a process that was killed
    while it wrote the same results has left
    is removed. Raises ImporterError ``RESULTS_NOT_WRITTEN`` when disk or folder do not take the file; then
    nothing is left behind. What ``lines`` raises passes through, and leaves nothing behind either.
    """
    stem = f".{path.name}.{run}."
    temporary = path.with_name(f"{stem}{secrets.token_hex(4)}.part")
    try:
        _remove_leftovers(path.parent, stem)
        if shape.kind == "workbook":
            from importer.results.workbook import write_workbook  # XlsxWriter, for workbooks only

            write_workbook(temporary, shape, lines, counts, run, facts)
        else:
            write_text(temporary, shape, lines, files, form)
        files.sync_file(temporary)
        return _publish(temporary, path, run, files, run_of)
    except OSError as error:
        raise ImporterError(
            "RESULTS_NOT_WRITTEN",
            f"The results cannot be written to {path}: {error.strerror or type(error).__name__}.",
            f"Nothing is lost. Make room, then run case-importer results {run} -o FILE.",
        ) from None
    finally:
        temporary.unlink(missing_ok=True)


def write_annotated(
    path: Path,
    original: Path,
    shape: Shape,
    lines: Lines,
    run: str,
    *,
    files: Files = FILES,
    form: Form = PLAIN,
) -> tuple[Path, tuple[str, ...]]:
    """Write a copy of ``original`` with the result columns to ``path``; return where it is and what it loses.

    ``original`` is only read. A sibling name is used when ``path`` is not a copy that the same run has made.
    Raises OSError, SourceError ``NOT_ANNOTATED``; then nothing is left behind.
    """
    stem = f".{path.name}.{run}."
    temporary = path.with_name(f"{stem}{secrets.token_hex(4)}.part{path.suffix}")
    try:
        _remove_leftovers(path.parent, stem)
        if shape.kind == "workbook":
            from importer.results.annotate import annotate_workbook  # openpyxl takes a third of a second

            lost = annotate_workbook(original, temporary, shape, lines)
        else:
            lost = annotate_text(original, temporary, shape, lines, form, files)
        files.sync_file(temporary)
        return _publish(temporary, path, run, files, lambda there: annotated_run_of(there, shape)), lost
    finally:
        temporary.unlink(missing_ok=True)


def write_report(path: Path, page: str, run: str, *, files: Files = FILES) -> Path:
    """Write the report of ``run`` to ``path``, or a sibling as results do, and return where it is.

    Raises ImporterError ``REPORT_NOT_WRITTEN``; then nothing is left behind.
    """
    stem = f".{path.name}.{run}."
    temporary = path.with_name(f"{stem}{secrets.token_hex(4)}.part")
    try:
        _remove_leftovers(path.parent, stem)
        with files.open(temporary, "utf-8") as stream:
            stream.write(page)
        files.sync_file(temporary)
        return _publish(temporary, path, run, files, report_run_of)
    except OSError as error:
        raise ImporterError(
            "REPORT_NOT_WRITTEN",
            f"The report cannot be written to {path}: {error.strerror or type(error).__name__}.",
            "Name another file after -o.",
        ) from None
    finally:
        temporary.unlink(missing_ok=True)


def _remove_leftovers(folder: Path, stem: str) -> None:
    for leftover in folder.glob(f"{glob.escape(stem)}*"):
        if leftover.is_dir():
            shutil.rmtree(leftover, ignore_errors=True)  # where XlsxWriter kept its rows
        else:
            leftover.unlink(missing_ok=True)


def _publish(
    temporary: Path, path: Path, run: str, files: Files, owner: Callable[[Path], str | None]
) -> Path:
    """Give the written file its name; a file that is open elsewhere (Windows) makes way to a sibling name."""
    refusal = PermissionError()
    for sibling in islice(siblings(path), NAMES_TRIED):
        if not may_write(sibling, run, owner):
            continue
        try:
            files.replace(temporary, sibling)
        except PermissionError as error:
            refusal = error
            continue
        files.sync_folder(sibling.parent)
        return sibling
    raise refusal
