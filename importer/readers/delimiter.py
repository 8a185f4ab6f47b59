"""Which character separates the cells: decided by parsing the head of the file with each candidate.

Not csv.Sniffer: it counts characters, takes letters for delimiters, and makes wrong rows of polluted files.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from importer.model.errors import SourceError
from importer.readers.dialect import Dialect, csv_reader

CANDIDATES = (",", ";", "\t", "|", "^", "`")
SEP_LINE = re.compile(r'"?sep=(.)"?\r?\n?', re.IGNORECASE)
BLANKS_NOTE = "blanks before a cell are not part of it"
RIVAL = 0.4
"""A candidate that reaches this share of the best one's score makes the delimiter unclear."""


@dataclass(frozen=True, slots=True)
class Head:
    """The first physical lines of a table, header first.

    ``before`` is the number of lines above it, ``cut`` says that the text goes on after ``lines``, ``names``
    is the number of columns when there is no header, ``declared`` says that the header's line was declared.
    """

    lines: tuple[str, ...]
    before: int = 0
    cut: bool = False
    names: int | None = None
    declared: bool = False


@dataclass(frozen=True, slots=True)
class Trial:
    """The head of the file, parsed with one dialect.

    ``records`` are (line within the head counted from 1, cells) of the records after the header that are not
    blank; cells is None for a record whose quotes do not fit. ``expected`` is the width of the header.
    """

    dialect: Dialect
    records: tuple[tuple[int, list[str] | None], ...]
    expected: int

    @property
    def share(self) -> float:
        """The share of the records that are as wide as the header; 1 when there are none."""
        if not self.records:
            return 1.0
        fits = sum(cells is not None and len(cells) == self.expected for _, cells in self.records)
        return fits / len(self.records)

    @property
    def score(self) -> float:
        """How well the dialect explains the head: consistent rows, and many cells in them.

        A delimiter that a blank follows more often than not is taken for punctuation.
        """
        cells = [cell for _, row in self.records if row for cell in row[1:]]
        punctuation = sum(cell.startswith(" ") for cell in cells) > len(cells) / 2
        return (self.share + 0.01) * (self.expected - 1) * (0.2 if punctuation else 1.0)


def find_delimiter(head: Head, path: Path) -> Dialect:
    """Find the dialect of the text at ``path`` that begins with ``head``.

    Raises SourceError when two delimiters explain the head alike, or when the first line is narrower than
    most of the others.
    """
    trials = [trial for delimiter in CANDIDATES if (trial := try_dialect(head, Dialect(delimiter)))]
    wide = sorted((trial for trial in trials if trial.expected > 1), key=lambda trial: -trial.score)
    tabbed = path.suffix.lower() in (".tsv", ".tab")
    if tabbed:
        wide = [trial for trial in wide if trial.dialect.delimiter == "\t"] or wide
    if not wide:
        if not head.declared:
            _refuse_title(trials, head.before, path)
        return Dialect("\t" if tabbed else ",", note="no delimiter found: one column")
    if len(wide) > 1 and wide[0].records and wide[1].score > RIVAL * wide[0].score:
        first, second = (show(trial.dialect.delimiter) for trial in wide[:2])
        raise SourceError(
            "DELIMITER_UNCLEAR",
            f"{path} could be separated by {first} or by {second}.",
            "Say read: delimiter in the mapping.",
        )
    return _with_blanks(head, wide[0], f"delimiter found: {show(wide[0].dialect.delimiter)}")


def with_delimiter(head: Head, delimiter: str, note: str | None) -> Dialect:
    """Return the dialect of a text whose ``delimiter`` is known; ``note`` tells from where."""
    trial = try_dialect(head, Dialect(delimiter))
    return _with_blanks(head, trial, note) if trial else Dialect(delimiter, note=note)


def try_dialect(head: Head, dialect: Dialect) -> Trial | None:
    """Parse the head with ``dialect``; None without a record, or when the header's quotes do not fit."""
    reader = csv_reader(head.lines, dialect, strict=True)
    records: list[tuple[int, list[str] | None]] = []
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error:
            if not (head.cut and reader.line_num == len(head.lines)):
                records.append((line, None))
            continue
        if any(map(str.strip, cells)):
            records.append((line, cells))
    if head.names is not None:
        return Trial(dialect, tuple(records), head.names)
    header = records[0][1] if records else None
    return Trial(dialect, tuple(records[1:]), len(header)) if header else None


def show(delimiter: str) -> str:
    """Write a delimiter so that a person can see it."""
    return "tab" if delimiter == "\t" else f"'{delimiter}'"


def _with_blanks(head: Head, plain: Trial, note: str | None) -> Dialect:
    """Choose between ``plain`` and the same delimiter with the blanks before quoted cells left out.

    The latter only where it makes a difference to quotes, and leaves no faulty record.
    """
    delimiter = plain.dialect.delimiter
    cells = (cell for _, row in plain.records if row for cell in row)
    if any(cell[:1] == " " and cell.lstrip(" ")[:1] == '"' for cell in cells):
        skipping = try_dialect(head, Dialect(delimiter, skip_blanks=True))
        if skipping and skipping.share == 1.0 and _trimmed(skipping) != _trimmed(plain):
            return Dialect(delimiter, True, f"{note}; {BLANKS_NOTE}" if note else BLANKS_NOTE)
    return Dialect(delimiter, False, note)


def _trimmed(trial: Trial) -> list[list[str]]:
    return [[cell.lstrip(" ") for cell in row or ()] for _, row in trial.records]


def _refuse_title(trials: Sequence[Trial], before: int, path: Path) -> None:
    """Raise SourceError when the first line has one cell and most of the others agree on more."""
    for trial in trials:
        widths = Counter(len(cells) for _, cells in trial.records if cells)
        width, count = widths.most_common(1)[0] if widths else (1, 0)
        if width > 1 and count > 1 and count > len(trial.records) / 2:
            wide = [(line, cells) for line, cells in trial.records if cells and len(cells) == width]
            full = (line for line, cells in wide if all(map(str.strip, cells)))
            line = before + next(full, wide[0][0])
            raise SourceError(
                "HEADER_UNCLEAR",
                f"The first line of {path} has one cell, most of the others have {width}"
                f" (separated by {show(trial.dialect.delimiter)}).",
                f"If the header is in line {line}, say read: header_row: {line}; if the first line is the"
                " header of a single column, say read: header_row: 1 and quote the cells.",
            )
