"""Which character separates the cells: decided by parsing the head of the file with each candidate.

Not csv.Sniffer: it counts characters, takes letters for delimiters, and makes wrong rows of polluted files.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from importer.model.errors import SourceError
from importer.model.row import ReadOptions
from importer.readers.dialect import Dialect, csv_reader

CANDIDATES = (",", ";", "\t", "|", "^", "`")
SEP_LINE = re.compile(r'"?sep=(.)\1*"?\1*\r?\n?', re.IGNORECASE)
"""The line with which Excel is told the delimiter; saved again, it has delimiters up to the table's width."""
TABBED = (".tsv", ".tab", ".tsv.gz", ".tab.gz")
BLANKS_NOTE = "blanks before a cell are not part of it"
ESCAPES_NOTE = "a backslash before a quote or separator makes it text"
APOSTROPHES_NOTE = "apostrophes quote cells"
TITLE_LINES = 20
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
    def fits(self) -> frozenset[int]:
        """The lines of the records that are as wide as the header."""
        fits, width = self.dialect.fits, self.expected
        return frozenset(line for line, cells in self.records if cells and fits(cells, width))

    @property
    def share(self) -> float:
        """The share of the records that are as wide as the header; 1 when there are none."""
        return len(self.fits) / len(self.records) if self.records else 1.0

    @property
    def score(self) -> float:
        """How well the dialect explains the head: consistent rows, and many cells in them.

        A delimiter that a blank follows more often than not is taken for punctuation.
        """
        cells = [cell for _, row in self.records if row for cell in row[1:]]
        punctuation = sum(cell.startswith(" ") for cell in cells) > len(cells) / 2
        return (self.share + 0.01) * (self.expected - 1) * (0.2 if punctuation else 1.0)

    def explains_more(self, other: Trial) -> bool:
        """Say whether this dialect explains every record that ``other`` does, and some more."""
        return self.expected > 1 and (
            self.fits > other.fits or (self.share == 1.0 > other.share and bool(self.records))
        )


def quotings(options: ReadOptions, text: str) -> tuple[Dialect, ...]:
    """Return how quotes may be written in ``text``, the usual way first; only what was declared, if it was.

    The delimiters of these dialects mean nothing yet.
    """
    quote, escape = options.quote or '"', options.escape or "none"
    escape = "none" if escape == quote else escape  # that is what doubling is
    declared = Dialect(",", quote=_sign(quote), escape=_sign(escape))
    found = [declared]
    if options.escape is None and options.quote in (None, '"') and "\\" in text:
        found.append(replace(declared, escape="\\", note=ESCAPES_NOTE))
    if options.quote is None and options.escape is None and "'" in text:
        found.append(replace(declared, quote="'", note=APOSTROPHES_NOTE))
    return tuple(found)


def find_dialect(head: Head, kinds: Sequence[Dialect], delimiter: str | None, path: Path) -> Dialect:
    """Find the dialect of the text at ``path`` that begins with ``head``, written in one of ``kinds``.

    ``delimiter`` is the one that is known already. Raises SourceError when two delimiters explain the head
    alike, or when the first line is narrower than most of the others.
    """
    candidates = CANDIDATES if delimiter is None else (delimiter,)
    tabbed = path.name.lower().endswith(TABBED)
    best: list[Trial] = []
    chosen = kinds[0]
    for kind in kinds:
        signs = [sign for sign in candidates if sign not in (kind.quote, kind.escape)]
        trials = [found for sign in signs if (found := try_dialect(head, replace(kind, delimiter=sign)))]
        wide = sorted((trial for trial in trials if trial.expected > 1), key=lambda trial: -trial.score)
        if tabbed:
            wide = [trial for trial in wide if trial.dialect.delimiter == "\t"] or wide
        if kind is kinds[0]:
            usual, best = trials, wide
        elif best and wide and wide[0].explains_more(best[0]):
            chosen, usual, best = kind, trials, wide
    if not head.declared and head.names is None:
        _refuse_title(usual, best[0] if best else None, head.before, path)
    if not best:
        if delimiter is None:
            return replace(chosen, delimiter="\t" if tabbed else ",", note="no delimiter found: one column")
        return replace(chosen, delimiter=delimiter)
    _refuse_rival(best, path)
    dialect = best[0].dialect
    told = f"delimiter found: {show(dialect.delimiter)}" if delimiter is None else None
    return _with_blanks(head, best[0], "; ".join(text for text in (told, chosen.note) if text) or None)


def _refuse_rival(best: Sequence[Trial], path: Path) -> None:
    if len(best) > 1 and best[0].records and best[1].score > RIVAL * best[0].score:
        first, second = (show(trial.dialect.delimiter) for trial in best[:2])
        raise SourceError(
            "DELIMITER_UNCLEAR",
            f"{path} could be separated by {first} or by {second}.",
            "Say read: delimiter in the mapping.",
        )


def _sign(declared: str) -> str | None:
    return None if declared == "none" else declared


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
    dialect, quote = replace(plain.dialect, note=note), plain.dialect.quote
    cells = (cell for _, row in plain.records if row for cell in row)
    if quote is None or dialect.delimiter == " ":
        return dialect
    if any(cell[:1] == " " and cell.lstrip(" ")[:1] == quote for cell in cells):
        skipping = try_dialect(head, replace(dialect, skip_blanks=True))
        if skipping and skipping.share == 1.0 and _trimmed(skipping) != _trimmed(plain):
            return replace(skipping.dialect, note=f"{note}; {BLANKS_NOTE}" if note else BLANKS_NOTE)
    return dialect


def _trimmed(trial: Trial) -> list[list[str]]:
    return [[cell.lstrip(" ") for cell in row or ()] for _, row in trial.records]


@dataclass(frozen=True, slots=True)
class Below:
    """A table that begins below the first line: where its header seems to be, and how it is separated."""

    line: int
    width: int
    delimiter: str
    share: float


def table_below(trials: Sequence[Trial], before: int = 0) -> Below | None:
    """Return the table that most records after the first line belong to, when that line is narrower.

    Trailing separators are no wider table: the rows are told to be too long then.
    """
    found: list[Below] = []
    for trial in trials:
        widths = Counter(len(cells) for _, cells in trial.records if cells)
        width, count = widths.most_common(1)[0] if widths else (1, 0)
        if width <= trial.expected or count < 2 or count <= len(trial.records) / 2:
            continue
        wide = [(line, cells) for line, cells in trial.records if cells and len(cells) == width]
        if not any(cell.strip() for _, cells in wide for cell in cells[trial.expected :]):
            continue
        full = (line for line, cells in wide if all(map(str.strip, cells)))
        line = before + next(full, wide[0][0])
        found.append(Below(line, width, trial.dialect.delimiter, count / len(trial.records)))
    return max(found, key=lambda below: below.share * (below.width - 1), default=None)


def _refuse_title(trials: Sequence[Trial], best: Trial | None, before: int, path: Path) -> None:
    """Raise SourceError when the first line is narrower than the others, and no row is of its width."""
    if best is not None and best.share > 0:
        return
    below = table_below(trials, before)
    if below is None or (best is not None and below.share * len(best.records) < 3):
        return
    width = best.expected if best is not None else 1
    cells = f"{width} cells" if width > 1 else "one cell"
    alternative = (
        "if the first line is the header of a single column, say read: header_row: 1 and quote the cells"
        if width == 1
        else "if the first line is the header, name the columns that it lacks"
    )
    raise SourceError(
        "HEADER_UNCLEAR",
        f"The first line of {path} has {cells}, most of the others have {below.width}"
        f" (separated by {show(below.delimiter)}).",
        f"If the header is in line {below.line}, say read: header_row: {below.line}; {alternative}.",
    )


def lower_header(head: Head, dialect: Dialect) -> int | None:
    """Return the line in which the header seems to be when the first one looks like a title.

    That is: few of its cells are filled and soon after there is a line with all of them, or most records
    are wider.
    """
    trial = try_dialect(head, dialect)
    if trial is None:
        return None
    reader = csv_reader(head.lines, dialect, strict=False)
    columns = next((cells for cells in reader if any(map(str.strip, cells))), [])
    if sum(bool(column.strip()) for column in columns) * 2 <= len(columns):
        for line, cells in trial.records[:TITLE_LINES]:
            if cells and len(cells) == len(columns) and all(map(str.strip, cells)):
                return head.before + line
    below = table_below([trial], head.before)
    return below.line if below is not None else None
