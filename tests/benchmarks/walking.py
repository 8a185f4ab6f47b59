"""Lines ``mapping`` and ``reading``: what a row costs before it is sent, beside the bare libraries."""

from __future__ import annotations

from pathlib import Path

from tests.benchmarks.children import PYTHON, run
from tests.benchmarks.report import Result, compared, median
from tests.benchmarks.tables import write_csv

Rounds = list[dict[str, float]]


def mapping(folder: Path, rounds: int, rows: int = 50_000) -> list[Result]:
    """Return what the compiled mapping of 15 rules costs a row, beyond reading it."""
    found = _walk("csv", write_csv(folder / "table.csv", rows), rounds, folder)
    each = median(one["mapped"] - one["read"] for one in found) / rows * 1e6
    return [
        compared(
            "mapping of 15 rules, reading included, × reading",
            ((one["mapped"], one["read"]) for one in found),
            f"{each:.1f} µs a row beyond reading",
        ),
        compared(
            "reading and mapping of CSV, × csv.DictReader",
            ((one["mapped"], one["dicts"]) for one in found),
            f"{median(one['mapped'] for one in found) / rows * 1e6:.1f} beside "
            f"{median(one['dicts'] for one in found) / rows * 1e6:.1f} µs a row",
        ),
    ]


def checking(folder: Path, rounds: int, rows: int = 100_000) -> list[Result]:
    """Return what ``check`` by a saved schema costs, beside csv.DictReader."""
    found = _walk("check", write_csv(folder / "table.csv", rows), rounds, folder)
    each, bare = (median(one[way] for one in found) / rows * 1e6 for way in ("checked", "dicts"))
    detail = f"{each:.1f} beside {bare:.1f} µs a row"
    pairs = ((one["checked"], one["dicts"]) for one in found)
    return [compared("check by a saved schema, × csv.DictReader", pairs, detail, must=6, aim=4)]


def reading(folder: Path, rounds: int, rows: int = 200_000) -> list[Result]:
    """Return how fast text and workbooks are read, beside csv, openpyxl and calamine."""
    found = _walk("csv", write_csv(folder / "table.csv", rows), rounds, folder)
    sheet = rows // 2
    write = "from tests.benchmarks.tables import *; import sys; write_workbook(Path(sys.argv[1]), int(sys.argv[2]))"
    book = folder / "table.xlsx"
    run([*PYTHON, "-c", write, str(book), str(sheet)], folder=folder)
    books = _walk("xlsx", book, min(rounds, 3), folder)
    return [
        _beside("reading CSV, time × csv.reader → tuples", found, rows),
        _beside("reading XLSX, time × openpyxl read-only", books, sheet),
        _beside("reading XLSX, time × calamine", books, sheet, bare="calamine"),
        _beside("one more pass over XLSX, time × the first", books, sheet, ours="again", bare="read"),
    ]


def _walk(what: str, table: Path, rounds: int, folder: Path) -> Rounds:
    command = [*PYTHON, "-m", "tests.benchmarks.walkers", what, str(table), str(rounds)]
    found: Rounds = run(command, folder=folder).said
    return found


def _beside(name: str, found: Rounds, rows: int, *, ours: str = "read", bare: str = "bare") -> Result:
    speeds = [rows / median(one[way] for one in found) for way in (ours, bare)]
    detail = f"{speeds[0]:,.0f} beside {speeds[1]:,.0f} rows/s of CPU"
    return compared(name, ((one[ours], one[bare]) for one in found), detail)
