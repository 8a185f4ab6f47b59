"""Records that were read without a fault and may be meant otherwise: pure decisions, each on one record."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from importer.model.errors import SourceError
from importer.readers.dialect import Dialect
from importer.readers.quoting import strict_cells

SWALLOWED_SIGNS = 8
"""So many separators in the right places of the lines of one record are no accident."""
TITLE_LENGTH = 60
NUMBER = re.compile(r"[\s\d.,:/+%$€£()-]*\d[\s\d.,:/+%$€£()TZ-]*")
BYTE_ORDER_MARK = "\ufeff"


def repeats_header(cells: Sequence[str], columns: Sequence[str]) -> bool:
    """Say whether a record is the header once more, as in exports that were put one after the other."""
    first = cells[0].removeprefix(BYTE_ORDER_MARK)
    return first == columns[0] and list(cells[1:]) == list(columns[1:])


def rows_swallowed(record: Sequence[str], dialect: Dialect, width: int) -> bool:
    """Say whether each physical line of a record looks like a row, so that a stray quote may join them.

    A quote that opens a cell by mistake and another one that seems to close it, lines below, make one
    faultless record of all the rows between them.
    """
    if width < 2 or (width - 1) * len(record) < SWALLOWED_SIGNS:
        return False
    return all(line.count(dialect.delimiter) == width - 1 for line in record)


def unknown_escape(record: Sequence[str], dialect: Dialect) -> bool:
    """Say whether the escape character stands before one that has no other meaning."""
    if dialect.escape is None:
        return False
    known = (dialect.escape, dialect.quote, '"', dialect.delimiter, "\r", "\n")
    found = re.compile(f"{re.escape(dialect.escape)}(.?)", re.DOTALL)
    return any(sign not in known for line in record for sign in found.findall(line))


def reads_otherwise(record: Sequence[str], rival: Dialect, cells: Sequence[str]) -> bool:
    """Say whether ``rival`` reads a record without a fault too, and as other cells."""
    sign = rival.escape or (rival.quote if rival.quote != '"' else None)
    if sign is not None and not any(sign in line for line in record):
        return False
    meant = strict_cells(record, rival)
    return meant is not None and meant != list(cells) and not unknown_escape(record, rival)


def rival_detail(rival: Dialect) -> str:
    """Say how the quotes of a row may be meant otherwise, and how to end the doubt."""
    if rival.escape:
        return "a backslash may be text or make text of the next character; say read: escape in the mapping"
    return "apostrophes may be text or quote cells; say read: quote in the mapping"


def begins_table(cells: Sequence[str], last: Sequence[str]) -> bool:
    """Say whether ``cells``, after a blank record, look like a header, and ``last``, before it, like no such.

    That is: all cells are filled with different short words without a digit, where there was a number, a
    date or a time before.
    """
    if len(cells) < 2 or len(set(cells)) < len(cells):
        return False
    if not all(cell.strip() and len(cell) <= TITLE_LENGTH and cell.isprintable() for cell in cells):
        return False
    return not any(map(str.isdigit, "".join(cells))) and any(map(NUMBER.fullmatch, last))


def second_table(path: Path, where: str, row: int) -> SourceError:
    """Return the refusal of a file in which another table seems to begin at ``where``, the row ``row``.

    With as many columns its rows would go under the first header's names.
    """
    return SourceError(
        "SECOND_TABLE",
        f"{path}: {where}, after a blank one, looks like the header of a table.",
        "Put each table into a file of its own; if all above it is a title, say read: header_row:"
        f" {row} in the mapping; if it is a row like the others, remove the blank one above it.",
    )
