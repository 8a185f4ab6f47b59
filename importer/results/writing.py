"""Writing a results file: under a temporary name, safe on disk, then renamed in one step."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path

from importer.model.errors import ImporterError
from importer.model.result import RowResult
from importer.model.row import Row, Shape
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
    replace: Callable[[Path, Path], None] = os.replace,
) -> Path:
    """Write one line per (row, result) of ``run`` to ``path`` and return where the file is.

    ``lines`` may be of any length and is read once. Text for a text input, a workbook for a workbook; only
    the latter has a summary: of ``counts``, read when the lines are through, and of further ``facts`` (label,
    text). A sibling name is used when ``path`` belongs to another run by now, or cannot be replaced because
    it is open in another program. ``replace`` renames over an existing file. Raises ImporterError
    ``RESULTS_NOT_WRITTEN`` when disk or folder do not take the file; then nothing is left behind.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        if shape.kind == "workbook":
            from importer.results.workbook import write_workbook  # XlsxWriter, for workbooks only

            write_workbook(temporary, shape, lines, counts, run, facts)
        else:
            write_text(temporary, shape, lines)
        return _publish(temporary, path, run, replace)
    except OSError as error:
        raise ImporterError(
            "RESULTS_NOT_WRITTEN",
            f"The results cannot be written to {path}: {error.strerror or type(error).__name__}.",
            f"Nothing is lost. Make room, then run case-importer results {run} -o FILE.",
        ) from None
    finally:
        temporary.unlink(missing_ok=True)


def _publish(temporary: Path, path: Path, run: str, replace: Callable[[Path, Path], None]) -> Path:
    """Give the written file its name; a file that is open elsewhere (Windows) makes way to a sibling name."""
    refusal = PermissionError()
    for sibling in islice(siblings(path), NAMES_TRIED):
        if not may_write(sibling, run):
            continue
        try:
            replace(temporary, sibling)
        except PermissionError as error:
            refusal = error
            continue
        _sync_folder(sibling.parent)
        return sibling
    raise refusal


def _sync_folder(folder: Path) -> None:
    """Make the rename durable where the system can (POSIX); elsewhere it may be lost with the power."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
