"""What to do about a record whose quotes do not fit: its own problem, or the end of the file's reading.

After a fault the reader goes on with the next physical line. That is right only when the faulty record ended
on its line; otherwise the rest of a multi-line cell would be taken for rows.
"""

from __future__ import annotations

import csv
import enum
import re
from collections.abc import Sequence

from importer.readers.dialect import Dialect, csv_reader


class End(enum.Enum):
    """Whether a faulty record ends on its line."""

    SURE = "sure"
    DOUBTFUL = "doubtful"
    """It may be the beginning of a cell of several lines; then one of the next lines has a bare quote."""


def end_of_record(line: str, dialect: Dialect, width: int) -> End:
    """Say whether ``line``, refused by a strict reader but closed for a lenient one, is a record for sure.

    For sure when the programs that forget to double quotes (a quote closes only before a delimiter) would
    have closed all its cells too, and one of the two readings gives ``width`` cells.
    """
    lenient, undoubled = lenient_cells([line], dialect) or [], _undoubled_width(line.rstrip("\r\n"), dialect)
    return End.SURE if undoubled is not None and width in (len(lenient), undoubled) else End.DOUBTFUL


def has_none_bare(record: str, cells: Sequence[str], dialect: Dialect) -> bool:
    """Prove by counting that no unquoted cell of a record has a quote inside; False proves nothing.

    A record has two quotes around each quoted cell, two for each quote inside one, and one for each bare
    quote; there are at most as many quoted cells as places where one seems to begin. This is much faster than
    looking at each cell.
    """
    quote = dialect.quote
    if quote is None or quote not in record:
        return True
    if dialect.escape or dialect.skip_blanks:
        return False
    begun = record.count(dialect.delimiter + quote) + record.startswith(quote)
    return record.count(quote) == 2 * (begun + "".join(cells).count(quote))


def has_bare_quote(lines: Sequence[str], dialect: Dialect) -> bool:
    """Say whether an unquoted cell of a record that was read strictly has a quote inside."""
    if dialect.quote is None:
        return False
    record = "".join(lines).rstrip("\r\n")
    at = 0
    while at <= len(record):
        found = dialect.quoted.match(record, at)
        if found is None:
            found = dialect.unquoted.match(record, at)
            assert found is not None  # it matches nothing, too
            if dialect.quote in _without_escaped(found.group(), dialect):
                return True
        at = found.end() + 1
    return False


def _without_escaped(cell: str, dialect: Dialect) -> str:
    return re.sub(f"{re.escape(dialect.escape)}.", "", cell, flags=re.DOTALL) if dialect.escape else cell


def lenient_cells(lines: Sequence[str], dialect: Dialect) -> list[str] | None:
    """Return the cells of the record in ``lines``, read leniently; None when a cell is open at its end."""
    with_sentinel = [*lines, "\n"]  # an open cell swallows the sentinel
    reader = csv_reader(with_sentinel, dialect, strict=False)
    cells = next(reader)
    return cells if reader.line_num == len(lines) else None


def strict_cells(lines: Sequence[str], dialect: Dialect) -> list[str] | None:
    """Return the cells of the record in ``lines``, read strictly; None when its quotes do not fit."""
    reader = csv_reader(lines, dialect, strict=True)
    try:
        cells = next(reader)
    except csv.Error:
        return None
    return cells if reader.line_num == len(lines) else None


def opening_line(lines: Sequence[str], dialect: Dialect) -> int:
    """Return the index of the physical line of a record on which its last quoted cell begins."""
    ends, quote = (dialect.delimiter, "\r", "\n"), dialect.quote or ""
    signs = re.escape(quote + dialect.delimiter + (dialect.escape or "")) + "\\r\\n"
    escaped = f"{re.escape(dialect.escape)}.|" if dialect.escape else ""
    tokens = re.compile(f"{escaped}[{signs}]|[^{signs}]+", re.DOTALL)
    opened, quoted, fresh, closed = 0, False, True, (-1, -1)
    for index, line in enumerate(lines):
        for token in tokens.finditer(line):
            text = token.group()
            if text != quote:
                if closed == (index, token.start()) and text not in ends:
                    return opened  # text after the closing quote: here strict reading stopped
                fresh = not quoted and text in ends
            elif quoted:
                quoted, closed = False, (index, token.end())
            elif closed == (index, token.start()):
                quoted = True  # a doubled quote inside the cell
            elif fresh:
                opened, quoted, fresh = index, True, False
    return opened


def _undoubled_width(line: str, dialect: Dialect) -> int | None:
    """Count the cells when quotes close only before a delimiter or the line's end; None when one is open."""
    delimiter, quote = dialect.delimiter, dialect.quote
    if quote is None or dialect.escape is not None:
        return None
    if dialect.skip_blanks:
        line = re.sub(f"(^|{re.escape(delimiter)}) +", r"\1", line)
    closing = re.compile(f"{re.escape(quote)} *(?={re.escape(delimiter)}|$)")
    width, at = 1, 0
    while True:
        if line.startswith(quote, at):
            closed = closing.search(line, at + 1)
            if closed is None:
                return None
            at = closed.end()
        else:
            at = line.find(delimiter, at)
        if at in (-1, len(line)):
            return width
        width, at = width + 1, at + 1
