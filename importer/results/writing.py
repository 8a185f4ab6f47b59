"""Writing a results file: under a temporary name, safe on disk, then renamed in one step."""

from __future__ import annotations

import glob
import secrets
import shutil
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path

from importer.model.errors import ImporterError
from importer.model.result import RowResult
from importer.model.row import Row, Shape
from importer.results.files import FILES, Files
from importer.results.naming import may_write, siblings
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
) -> Path:
    """Write one line per (row, result) of ``run`` to ``path`` and return where the file is.

    ``lines`` may be of any length and is read once. Text for a text input, a workbook for a workbook; only
    the latter has a summary: of ``counts``, read when the lines are through, and of further ``facts`` (label,
    text). A sibling name is used when ``path`` belongs to another run by now, or cannot be replaced because
    it is open in another program. What a process that was killed while it wrote the same results has left
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
            write_text(temporary, shape, lines, files)
        files.sync_file(temporary)
        return _publish(temporary, path, run, files)
    except OSError as error:
        raise ImporterError(
            "RESULTS_NOT_WRITTEN",
            f"The results cannot be written to {path}: {error.strerror or type(error).__name__}.",
            f"Nothing is lost. Make room, then run case-importer results {run} -o FILE.",
        ) from None
    finally:
        temporary.unlink(missing_ok=True)


def _remove_leftovers(folder: Path, stem: str) -> None:
    for leftover in folder.glob(f"{glob.escape(stem)}*"):
        if leftover.is_dir():
            shutil.rmtree(leftover, ignore_errors=True)  # where XlsxWriter kept its rows
        else:
            leftover.unlink(missing_ok=True)


def _publish(temporary: Path, path: Path, run: str, files: Files) -> Path:
    """Give the written file its name; a file that is open elsewhere (Windows) makes way to a sibling name."""
    refusal = PermissionError()
    for sibling in islice(siblings(path), NAMES_TRIED):
        if not may_write(sibling, run):
            continue
        try:
            files.replace(temporary, sibling)
        except PermissionError as error:
            refusal = error
            continue
        files.sync_folder(sibling.parent)
        return sibling
    raise refusal
