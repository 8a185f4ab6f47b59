"""``python -m tests.benchmarks.writers WAY FILE ROWS``: writes a results file in one way, in a process of its own.

Prints the CPU seconds as JSON. The bare ways write the same cells with the library alone.
"""

from __future__ import annotations

import csv
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.benchmarks.tables import COLUMNS, rows

RUN = "20260101-abcdef"
STAMP = "2026-01-01T00:00:00Z"
RESULT = (
    "row",
    "status",
    "id",
    "number",
    "url",
    "message",
    "column",
    "code",
    "server_text",
    "attempts",
    "time",
    "run",
)
Cells = tuple[str | int | None, ...]


def results(count: int) -> Iterator[tuple[tuple[str, ...], Cells]]:
    """Give the rows with what became of them: created, all."""
    for n, cells in enumerate(rows(count), start=2):
        record = f"500{n:015d}"
        yield (
            cells,
            (
                *(
                    n,
                    "created",
                    record,
                    None,
                    f"https://org.example.com/{record}",
                    f"Created as Case {record}.",
                ),
                *("", "", "", 1, STAMP, RUN),
            ),
        )


def ours(path: Path, count: int) -> None:
    """Write by our own room, views of the journal left out."""
    from importer.model.outcome import Status
    from importer.model.result import RowResult
    from importer.model.row import Row, Shape
    from importer.results import write_results
    from importer.results.view import message

    class Counts:
        rows, counts = count, {"created": count}

    def lines() -> Iterator[tuple[Row, RowResult]]:
        for cells, (number, _status, record, _no, url, *_rest) in results(count):
            told = message(Status.CREATED, "Case", str(record), None, ())
            found = RowResult(
                int(number or 0), Status.CREATED, RUN, told, str(record), None, str(url), (), 1, STAMP
            )
            yield Row(int(number or 0), cells), found

    kind = "workbook" if path.suffix == ".xlsx" else "text"
    shape = Shape(kind, COLUMNS, 1, "d", 1, encoding="utf-8", delimiter=",", sheet="Tickets")
    write_results(path, shape, lines(), Counts(), RUN)


def bare_csv(path: Path, count: int) -> None:
    """Write by the standard library."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow((*COLUMNS, *RESULT))
        writer.writerows((*cells, *found) for cells, found in results(count))


def bare_xlsx(path: Path, count: int) -> None:
    """Write by XlsxWriter in constant memory, ids as links as far as ours has them."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet("Tickets")
        sheet.write_row(0, 0, (*COLUMNS, *RESULT))
        for line, (cells, found) in enumerate(results(count), start=1):
            for at, cell in enumerate((*cells, *found)):
                if isinstance(cell, int):
                    sheet.write_number(line, at, cell)
                elif cell and at == len(COLUMNS) + 2 and line <= 10_000:
                    sheet.write_url(line, at, str(found[4]), string=str(cell))
                elif cell:
                    sheet.write_string(line, at, cell)


WAYS: dict[str, Callable[[Path, int], None]] = {"ours": ours, "bare-csv": bare_csv, "bare-xlsx": bare_xlsx}


if __name__ == "__main__":
    target = Path(sys.argv[2])
    target.unlink(missing_ok=True)
    began = time.process_time()
    WAYS[sys.argv[1]](target, int(sys.argv[3]))
    print(json.dumps(time.process_time() - began))
