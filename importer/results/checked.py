"""A checked copy: the input's own columns, and behind them what ``check`` found in each row."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from importer.model.errors import ImporterError, SourceError
from importer.model.result import RowResult
from importer.model.row import ReadOptions, Row, Shape
from importer.readers import open_source
from importer.results.columns import CHECKED_LAYOUT, is_checked
from importer.results.files import FILES, Files
from importer.results.naming import check_wanted
from importer.results.text import write_text


def checked_path(source: Path, wanted: Path) -> Path:
    """Return ``wanted`` when a checked copy of ``source`` may go there.

    Raises ImporterError ``RESULTS_TAKEN`` when it is the input, or a file that is no checked copy,
    ``RESULTS_FORMAT`` when its ending does not fit the input's kind, ``RESULTS_FOLDER`` without its folder.
    """
    check_wanted(source, wanted)
    if wanted.exists() and not _is_copy(wanted):
        raise ImporterError(
            "RESULTS_TAKEN",
            f"{wanted} exists and is no checked copy; it is not overwritten.",
            "Give another name after -o.",
        )
    return wanted


def write_checked(
    path: Path, shape: Shape, lines: Iterable[tuple[Row, RowResult]], files: Files = FILES
) -> None:
    """Write one line per row to ``path``: text for a text input, a workbook for a workbook.

    Raises ImporterError ``RESULTS_NOT_WRITTEN`` when disk or folder do not take the file; nothing is left
    behind then, nor when ``lines`` raises.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        if shape.kind == "workbook":
            from importer.results.workbook import write_workbook  # XlsxWriter, for workbooks only

            write_workbook(temporary, shape, lines, _NONE, "", (), layout=CHECKED_LAYOUT)
        else:
            write_text(temporary, shape, lines, files, layout=CHECKED_LAYOUT)
        files.sync_file(temporary)
        files.replace(temporary, path)
    except OSError as error:
        raise ImporterError(
            "RESULTS_NOT_WRITTEN",
            f"The checked copy cannot be written to {path}: {error.strerror or type(error).__name__}.",
            "Close the file where it is open, or name another one after -o.",
        ) from None
    finally:
        temporary.unlink(missing_ok=True)


def _is_copy(path: Path) -> bool:
    try:
        return is_checked(open_source(path, ReadOptions(header_row=1)).shape.columns)
    except SourceError:
        return False


@dataclass(frozen=True, slots=True)
class _Nothing:
    """A checked copy has no summary: the counts are on the screen."""

    rows: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)


_NONE = _Nothing()
