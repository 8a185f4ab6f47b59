"""What to do about a record whose quotes do not fit: its own problem, or the end of the file's reading.

After a fault the reader goes on with the next physical line. That is right only when the faulty record ended
on its line; otherwise the rest of a multi-line cell would be taken for rows.
"""

from __future__ import annotations

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


def has_bare_quote(lines: Sequence[str], dialect: Dialect) -> bool:
    """Say whether an unquoted cell of a record that was read strictly has a quote inside."""
    record = "".join(lines).rstrip("\r\n")
    blanks = " *" if dialect.skip_blanks else ""
    cell = re.compile(f'{blanks}"[^"]*(?:""[^"]*)*"|[^{re.escape(dialect.delimiter)}]*')
    at = 0
    while at <= len(record):
        found = cell.match(record, at)
        if found is None or (not found.group().lstrip(" ").startswith('"') and '"' in found.group()):
            return True
        at = found.end() + 1
    return False


def lenient_cells(lines: Sequence[str], dialect: Dialect) -> list[str] | None:
    """Return the cells of the record in ``lines``, read leniently; None when a cell is open at its end."""
    with_sentinel = [*lines, "\n"]  # an open cell swallows the sentinel
    reader = csv_reader(with_sentinel, dialect, strict=False)
    cells = next(reader)
    return cells if reader.line_num == len(lines) else None


def opening_line(lines: Sequence[str], delimiter: str) -> int:
    """Return the index of the physical line of a record on which its last quoted cell begins."""
    tokens = re.compile(f'"|{re.escape(delimiter)}|[\\r\\n]|[^"{re.escape(delimiter)}\\r\\n]+')
    opened, quoted, fresh, closed = 0, False, True, (-1, -1)
    for index, line in enumerate(lines):
        for token in tokens.finditer(line):
            if token.group() != '"':
                if closed == (index, token.start()) and token.group() not in (delimiter, "\r", "\n"):
                    return opened  # text after the closing quote: here strict reading stopped
                fresh = not quoted and token.group() in (delimiter, "\r", "\n")
            elif quoted:
                quoted, closed = False, (index, token.end())
            elif closed == (index, token.start()):
                quoted = True  # a doubled quote inside the cell
            elif fresh:
                opened, quoted, fresh = index, True, False
    return opened


def _undoubled_width(line: str, dialect: Dialect) -> int | None:
    """Count the cells when quotes close only before a delimiter or the line's end; None when one is open."""
    delimiter = dialect.delimiter
    if dialect.skip_blanks:
        line = re.sub(f"(^|{re.escape(delimiter)}) +", r"\1", line)
    closing = re.compile(f'" *(?={re.escape(delimiter)}|$)')
    width, at = 1, 0
    while True:
        if line.startswith('"', at):
            closed = closing.search(line, at + 1)
            if closed is None:
                return None
            at = closed.end()
        else:
            at = line.find(delimiter, at)
        if at in (-1, len(line)):
            return width
        width, at = width + 1, at + 1
