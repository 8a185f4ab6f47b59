"""The tables that are imported: tickets with 15 columns, each row different, the same every time."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

MAPPING = Path(__file__).with_name("tickets.yaml")
COLUMNS = (
    "Ticket No", "Opened", "State", "Prio", "Channel", "Customer", "Company", "E-mail", "Phone", "Summary",
    "Details", "Tags", "Due", "Effort", "VIP",
)  # fmt: skip
STATES = ("open", "in progress", "waiting", "done")
PRIORITIES = ("P1", "P2", "P3", "")
CHANNELS = ("web", "mail", "phone")
TAGS = ("hardware|printing", "training", "login", "")


def rows(count: int) -> Iterator[tuple[str, ...]]:
    """Give ``count`` rows of about 330 characters."""
    for n in range(count):
        day, month = 1 + n % 28, 1 + n % 12
        yield (
            f"TCK-{n:07d}",
            f"{day:02d}.{month:02d}.2025 {n % 24:02d}:{n % 60:02d}",
            STATES[n % 4],
            PRIORITIES[n % 4],
            CHANNELS[n % 3],
            f"Mara Urban {n % 977}",
            "Northwind Traders, Inc.",
            f"mara.urban{n % 977}@example.com",
            f"+41 44 619 {n % 100:02d} 14",
            f"Question about training {n % 41}",
            f'When is the next course for new employees? We would be {n % 90} people. The last answer was "soon".'
            f" See note {n} for what was agreed with them.",
            TAGS[n % 4],
            f"{day:02d}.{month:02d}.2026",
            f"{n % 40}.5",
            ("no", "yes")[n % 2],
        )


def write_csv(path: Path, count: int) -> Path:
    """Write ``count`` rows as comma-separated UTF-8 text and return ``path``."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows(count))
    return path


def write_workbook(path: Path, count: int) -> Path:
    """Write ``count`` rows as a workbook of text cells and numbers, and return ``path``."""
    import xlsxwriter  # only the child that reads it back needs it: see children.py on memory

    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet("Tickets")
        sheet.write_row(0, 0, COLUMNS)
        for number, cells in enumerate(rows(count), start=1):
            for index, cell in enumerate(cells):
                if COLUMNS[index] == "Effort":
                    sheet.write_number(number, index, float(cell))
                else:
                    sheet.write_string(number, index, cell)
    return path
