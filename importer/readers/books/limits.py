"""What a workbook may cost: limits of the process that parses it, and of what it unpacks."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import NamedTuple

MEMORY_BYTES = 2 << 30
"""Address space of the process that parses, in bytes (Linux; other systems do not enforce it)."""
FREE_FILE_BYTES = 8 << 20
CPU_SECONDS = 25
CPU_SECONDS_PER_MB = 3
"""Processor time: ``CPU_SECONDS`` up to ``FREE_FILE_BYTES``, then some for each MiB. 100,000 rows of 15 cells
are 4 to 10 MiB and take 4 to 14 s; each MiB of a larger honest file takes a second at most."""
WALL_SECONDS = 28
WALL_FACTOR = 2
"""After ``WALL_SECONDS`` (for larger files more, ``WALL_FACTOR`` times the processor time) the parent ends a
process of which no rows arrive any more, and after ``WALL_FACTOR`` times as long any."""
QUIET_SECONDS = 3
"""Rows arrive no more when none has come for so long."""
TOKEN_BYTES = 8 << 20
"""One tag or comment of XML."""
ENTRIES = 10_000
"""Members of a zip archive."""
DIRECTORY_BYTES = 4 << 20
SMALL_PART_BYTES = 32 << 20
"""Parts that are held in memory: lists of sheets, relationships, styles."""
FREE_BYTES = 64 << 20
RATIO = 150
"""A part may unpack to ``FREE_BYTES``; beyond that to ``RATIO`` times its packed size, and ``PART_BYTES``."""
PART_BYTES = 8 << 30
ROWS = 1 << 20
COLUMNS = 1 << 14
REPEATED_CELLS = 5_000_000
"""Cells that an OpenDocument sheet may fill by repeating others."""
CELL_CHARACTERS = 1_000_000
"""A workbook keeps 32,767; beyond this a cell is refused."""
TABLES = 100
"""Tables of a sheet of which the totals rows are told."""
FRAME_BYTES = 64 << 20
"""One message from the process that parses: a batch of rows."""
FREE_ROWS_BYTES = 1 << 30
ROWS_RATIO = 1000
ROWS_BYTES = 16 << 30
"""All rows together, as they are kept in the temporary file: ``FREE_ROWS_BYTES``; beyond that ``ROWS_RATIO``
times the file, and ``ROWS_BYTES``. One long text that a million cells share makes a small file large here."""


def cpu_seconds(size: int) -> int:
    """Return the processor time for a file of ``size`` bytes, in seconds."""
    return CPU_SECONDS + _more_seconds(size)


def wall_seconds(size: int) -> int:
    """Return the time for a file of ``size`` bytes after which rows must be arriving, in seconds."""
    return WALL_SECONDS + WALL_FACTOR * _more_seconds(size)


def _more_seconds(size: int) -> int:
    return CPU_SECONDS_PER_MB * (max(0, size - FREE_FILE_BYTES) >> 20)


def rows_bytes(size: int) -> int:
    """Return what the rows of a file of ``size`` bytes may take, in bytes."""
    return min(max(FREE_ROWS_BYTES, ROWS_RATIO * size), ROWS_BYTES)


def limit_process(seconds: int) -> None:
    """Limit this process: memory, ``seconds`` of processor time, no files written, no core dump.

    Where the system has no such limits (Windows), or refuses one, the parent's limit on time remains.
    """
    try:
        import resource
    except ImportError:
        return
    limits = [
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_CPU, seconds, seconds + 1),
        (resource.RLIMIT_AS, MEMORY_BYTES, MEMORY_BYTES),
    ]
    for limit, soft, hard in limits:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(limit, (soft, hard))


class DamagedError(Exception):
    """The file is not what its format says; the text says why, in plain words, without cells' contents."""


class RefusedError(Exception):
    """The file must not be read, whoever reads it: ``code``, what happened, and what to do."""

    def __init__(self, code: str, message: str, remedy: str) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.remedy = remedy


def too_large(what: str) -> RefusedError:
    """Return the refusal of a workbook that would cost too much to read; ``what`` completes the sentence."""
    return RefusedError(
        "WORKBOOK_TOO_LARGE",
        f"{{file}} {what}; that is refused, because such files are made to exhaust a machine.",
        "If the file is honest, save it as CSV, or as a new workbook without empty formatted cells.",
    )


def unreadable(what: str) -> RefusedError:
    """Return the refusal of a file that no reader may take for whole, however lenient it is."""
    return RefusedError(
        "WORKBOOK_UNREADABLE",
        f"{{file}} cannot be read as a workbook: {what}.",
        "If it opens in Excel or LibreOffice, save it there as .xlsx under a new name.",
    )


def password_protected() -> RefusedError:
    """Return the refusal of an encrypted workbook."""
    return RefusedError(
        "PASSWORD_PROTECTED",
        "{file} is password-protected.",
        "Open it, remove the password (Excel: File, Info, Protect Workbook), and save it.",
    )


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook; ``visible`` as a person sees it."""

    name: str
    visible: bool


class Totals(NamedTuple):
    """The totals of a table that is marked as one: rows ``first`` to ``last``, counted from 1.

    ``header`` is the table's first row, ``left`` and ``right`` its outer columns, counted from 0.
    """

    table: str
    header: int
    left: int
    right: int
    first: int
    last: int


@dataclass(slots=True)
class Facts:
    """What is told about a sheet beside its rows: hidden rows and columns, merged ranges, totals.

    ``hidden`` are ranges of hidden columns, counted from 0, both ends included; ``totals`` the totals rows of
    the tables on the sheet: name of the table, its first row and columns, and the rows.
    """

    hidden_rows: int = 0
    merged: int = 0
    hidden: list[tuple[int, int]] = field(default_factory=list)
    totals: list[Totals] = field(default_factory=list)
