"""Where results go: beside the input, never over a file that another run or somebody else has written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

from importer.model.errors import ImporterError, SourceError
from importer.model.row import ReadOptions, Shape
from importer.readers import Format, format_of, open_source
from importer.results.as_input import all_sheets

TEXT_SUFFIXES = (".csv", ".tsv", ".tab", ".txt")
LAST_COLUMN = "import_run"
HEAD_BYTES = 1 << 20
REPORT_MARK = "case-importer-run"
"""Name of the ``meta`` element that says which run a report is of."""
_REPORT = re.compile(rf'<meta name="{REPORT_MARK}" content="([^"]*)">')
_SPOOLED = re.compile(r"\.(?P<name>.+?)(\.results)?(\.[^.]+)?\.stdin")
REPORT_HEAD = 4096
REPORT_SUFFIXES = (".html", ".htm")


def results_path(source: Path, run: str, wanted: Path | None, word: str = "results") -> Path:
    """Return the path for the results of ``run`` over ``source``: ``wanted``, or a name beside the input.

    ``tickets.csv`` → ``tickets.results.csv``, ``tickets.csv.gz`` likewise, ``tickets.xlsx`` →
    ``tickets.results.xlsx``; another ``word`` gives another kind of results (``tickets.undo.csv``). A results
    file of the same run is replaced; one of another run is kept and ``-2``, ``-3`` … is appended. Raises
    ImporterError ``RESULTS_TAKEN`` when ``wanted`` is the input or no results file,
    ``RESULTS_FORMAT`` when its ending does not fit the input's kind, ``RESULTS_FOLDER`` when its folder does
    not exist.
    """
    suffix = _suffix(source)
    if wanted is None:
        return free_path(source.with_name(f"{_stem(source)}.{word}{suffix}"), run)
    check_wanted(source, wanted)
    if wanted.exists() and run_of(wanted) is None:
        raise ImporterError(
            "RESULTS_TAKEN",
            f"{wanted} exists and is no results file; it is not overwritten.",
            "Give another name after -o.",
        )
    return free_path(wanted, run)


def report_path(source: Path, run: str, wanted: Path | None) -> Path:
    """Return the path for the report of ``run`` over ``source``: ``wanted``, or a name beside the input.

    ``tickets.csv`` → ``tickets.report.html``. A report of the same run is replaced; one of another run is
    kept and ``-2``, ``-3`` … is appended. Raises ImporterError ``REPORT_FOLDER`` when the folder does not
    exist, ``REPORT_FORMAT`` when ``wanted`` does not end in .html, ``REPORT_TAKEN`` when it is no report.
    """
    path = wanted or source.with_name(f"{_stem(source)}.report.html")
    if not path.parent.is_dir():
        raise ImporterError(
            "REPORT_FOLDER",
            f"The folder {path.parent} does not exist.",
            "Make it, or name another file after -o.",
        )
    if path.suffix.lower() not in REPORT_SUFFIXES:
        raise ImporterError(
            "REPORT_FORMAT", f"A report is a page; {path.name} does not end so.", "Name it ….html."
        )
    if wanted is not None and wanted.exists() and report_run_of(wanted) is None:
        raise ImporterError(
            "REPORT_TAKEN", f"{wanted} exists and is no report; it is not overwritten.", "Give another name."
        )
    return next(sibling for sibling in siblings(path) if may_write(sibling, run, report_run_of))


def report_run_of(path: Path) -> str | None:
    """Return the run that the page ``path`` is the report of, None when it is none."""
    try:
        with path.open("rb") as stream:
            found = _REPORT.search(stream.read(REPORT_HEAD).decode("utf-8", "replace"))
    except OSError:
        return None
    return found and found[1]


def lone_path(source: Path, run: str, wanted: Path | None, word: str) -> Path:
    """Return the path for results of ``run`` that are written without its file ``source``: always text.

    Beside where that was, or in the working folder when its folder is gone. Raises ImporterError as
    ``results_path`` does.
    """
    if wanted is None:
        folder = source.parent if source.parent.is_dir() else Path.cwd()
        return free_path(folder / f"{_stem(source)}.{word}.csv", run)
    if not wanted.parent.is_dir():
        raise _no_folder(wanted)
    if wanted.exists() and run_of(wanted) is None:
        raise ImporterError(
            "RESULTS_TAKEN",
            f"{wanted} exists and is no results file; it is not overwritten.",
            "Give another name after -o.",
        )
    if wanted.suffix.lower() not in TEXT_SUFFIXES:
        raise ImporterError(
            "RESULTS_FORMAT",
            f"{source} is not at hand as it was, so the results are text; {wanted.name} does not end so.",
            "Name it ….csv.",
        )
    return free_path(wanted, run)


def _no_folder(wanted: Path) -> ImporterError:
    return ImporterError(
        "RESULTS_FOLDER",
        f"The folder {wanted.parent} does not exist.",
        "Make it, or name another after -o.",
    )


def free_path(path: Path, run: str) -> Path:
    """Return ``path``, or the first of its siblings ``-2``, ``-3`` … that ``run`` may write."""
    return next(sibling for sibling in siblings(path) if may_write(sibling, run))


def may_write(path: Path, run: str, owner: Callable[[Path], str | None] | None = None) -> bool:
    """Say whether ``run`` may write ``path``: it is free, or holds results of the same run, or of no rows.

    ``owner`` tells whose results a file holds; ``run_of`` when it is not said.
    """
    return not path.exists() or (owner or run_of)(path) in (run, "")


def annotated_path(results: Path, original: Path) -> Path:
    """Return where the annotated copy of ``original`` goes, beside its ``results``.

    ``tickets.results.xlsx`` → ``tickets.annotated.xlsx``, any other ``name.xlsx`` → ``name.annotated.xlsx``;
    the ending is the original's.
    """
    head, found, tail = results.stem.rpartition(".results")
    stem = f"{head}.annotated{tail}" if found else f"{results.stem}.annotated"
    return results.with_name(f"{stem}{original.suffix}")


def annotated_run_of(path: Path, shape: Shape) -> str | None:
    """Return the run that annotated ``path``, a copy of a file of this shape; None when none did."""
    options = ReadOptions(
        sheet=shape.sheets or shape.sheet,
        header_row=shape.header_row if len(set(shape.header_rows)) < 2 else None,
        encoding=None if shape.kind == "workbook" else shape.encoding,
        delimiter=shape.delimiter,
    )
    try:
        source = open_source(path, options)
        at = source.shape.columns.index(LAST_COLUMN)
        texts = (str(row.cells[at]) for row in source.rows() if len(row.cells) > at and row.cells[at])
        return next(texts, "")
    except (SourceError, ValueError):
        return None


def siblings(path: Path) -> Iterator[Path]:
    """Give ``path`` and the names to fall back on, in order."""
    yield path
    for number in count(2):
        yield path.with_name(f"{path.stem}-{number}{path.suffix}")


def run_of(path: Path) -> str | None:
    """Return the run that wrote the results file ``path``: "" when it has no rows, None when it is none."""
    try:
        workbook = format_of(path) is Format.WORKBOOK
        delimiter = None if workbook else _delimiter(path)
        options = ReadOptions(header_row=1, encoding=None, delimiter=delimiter)
        source = all_sheets(open_source(path, options, head=1), options, head=1)
        columns = source.shape.columns
        if not columns or columns[-1] != LAST_COLUMN or "import_row" not in columns:
            return None
        first = next(source.rows(), None)
    except SourceError:
        return None
    return "" if first is None else str(first.cells[len(columns) - 1])


def _delimiter(path: Path) -> str | None:
    """Return the character before the last column's name in the header, which is the delimiter."""
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES).decode("utf-8", "replace")
    before, found, _ = head.partition(LAST_COLUMN)
    return before[-1] if found and before and before[-1] != '"' else None


def _suffix(source: Path) -> str:
    if format_of(source) is Format.WORKBOOK:
        return ".xlsx"
    suffix = Path(source.stem).suffix if _is_packed(source) else source.suffix
    return suffix if suffix.lower() in TEXT_SUFFIXES else ".csv"


def _stem(source: Path) -> str:
    """Return the name of ``source`` without its endings: ``tickets`` of ``tickets.csv.gz``.

    Standard input lies in ``.tickets.results.csv.stdin`` while it is imported, and is called ``tickets`` too.
    """
    spooled = _SPOOLED.fullmatch(source.name)
    if spooled is not None:
        return spooled["name"]
    inner = Path(source.stem)
    return inner.stem if _is_packed(source) and inner.suffix.lower() in TEXT_SUFFIXES else source.stem


def _is_packed(source: Path) -> bool:
    return source.suffix.lower() in (".gz", ".zip")  # results are not compressed


def check_wanted(source: Path, wanted: Path) -> None:
    """Raise ImporterError when a table made of ``source`` cannot go to ``wanted``."""
    suffix = _suffix(source)
    if not wanted.parent.is_dir():
        raise _no_folder(wanted)
    if wanted.is_dir():
        raise ImporterError("RESULTS_TAKEN", f"{wanted} is a folder.", "Give a file name after -o.")
    if wanted.exists() and wanted.samefile(source):
        raise ImporterError(
            "RESULTS_TAKEN",
            f"{wanted} is the input itself; it is never overwritten.",
            "Give another name after -o.",
        )
    fits = {".xlsx"} if suffix == ".xlsx" else set(TEXT_SUFFIXES)
    if wanted.suffix.lower() not in fits:
        kind = "a workbook are a workbook" if suffix == ".xlsx" else "a text file are text"
        raise ImporterError(
            "RESULTS_FORMAT", f"The results of {kind}; {wanted.name} does not end so.", f"Name it …{suffix}."
        )
