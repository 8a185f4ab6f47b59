"""In which way a file quotes, when there are signs of more than one: decided by all of its records.

A backslash before a quote may end a cell (``"C:\\dir\\"``) or be an escape (``"5\\" disk"``); an apostrophe
may quote a cell or be one. One record proves nothing, a million do.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from importer.model.row import ReadOptions
from importer.readers.delimiter import APOSTROPHES_NOTE, ESCAPES_NOTE
from importer.readers.dialect import Dialect, csv_reader
from importer.readers.encoding import Survey

Lines = Callable[[], Iterable[str]]
"""Gives the physical lines of the data rows, each time from the first one."""


def rivals_of(dialect: Dialect, options: ReadOptions, found: Survey) -> tuple[Dialect, ...]:
    """Return the other ways in which the quotes of a file with these signs may be meant; none if declared."""
    if options.quote is not None or options.escape is not None or dialect.quote is None:
        return ()
    usual = replace(dialect, quote='"', escape=None, note=None)
    ways = [usual]
    if found.escapes:
        ways.append(replace(usual, escape="\\", note=ESCAPES_NOTE))
    if found.apostrophes:
        ways.append(replace(usual, quote="'", note=APOSTROPHES_NOTE))
    return tuple(
        way
        for way in ways
        if not _same_quoting(way, dialect) and dialect.delimiter not in (way.quote, way.escape)
    )


def decide(
    dialect: Dialect, rivals: Sequence[Dialect], lines: Lines, width: int
) -> tuple[Dialect, tuple[Dialect, ...]]:
    """Return the dialect that leaves the fewest records misshapen, and those that cannot be told from it.

    Reads the whole file once for each of them.
    """
    counts = [(_count(way, lines(), width), way) for way in (dialect, *rivals)]
    (fits, misfits), best = counts[0]
    for (more, less), way in counts[1:]:
        if 0 < more >= fits and less < misfits:
            fits, misfits, best = more, less, way
    if best is not dialect:
        best = replace(best, note="; ".join(note for note in (dialect.note, best.note) if note))
    as_good = (way for (more, less), way in counts if 2 * more >= fits and less <= 2 * misfits)
    return best, tuple(way for way in as_good if not _same_quoting(way, best))


def _same_quoting(one: Dialect, other: Dialect) -> bool:
    return (one.quote, one.escape) == (other.quote, other.escape)


def _count(dialect: Dialect, lines: Iterable[str], width: int) -> tuple[int, int]:
    """Count the records that are right by ``dialect``, and those whose quotes or width do not fit."""
    reader = csv_reader(lines, dialect, strict=True)
    fits = misfits = 0
    while True:
        try:
            for cells in reader:
                if dialect.fits(cells, width):
                    fits += 1
                elif any(map(str.strip, cells)):
                    misfits += 1
        except csv.Error:
            misfits += 1
        else:
            return fits, misfits
