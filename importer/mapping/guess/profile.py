"""Columns looked at as a whole: what their cells can be, how long they are, what is blank or repeats."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas

from importer.mapping.cells import any_text
from importer.mapping.guess.readings import DateReading, NumberReading, date_reading, number_reading
from importer.model.row import Cell, Row

ROWS = 10_000
"""Rows that are looked at."""
CHARACTERS = 50_000_000
"""Characters that are looked at; memory stays bounded with the widest tables."""
SIGNS_BETWEEN = ("|", ";", ",", "/")
"""What may part several values in a cell."""
FEW = 50
"""A column with more distinct values is no list of choices."""
TRIED = 2_000
"""Distinct texts of a column that are tried as dates and numbers."""

_EMAIL = r"[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)+"
_PHONE = r"(?=(?:\D*\d){6})[+\d][\d\s().+/x-]*"
_NAME = r"[^\W\d_](?:[^\W\d_]|[ .,'’&()-]){0,79}"
_SALESFORCE_ID = r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?"
_GUID = r"\{?[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}?"
BOOLEANS = frozenset({"true", "false", "yes", "no", "y", "n", "1", "0"})


@dataclass(frozen=True, slots=True)
class Parts:
    """The cells of a column parted at ``sign``: ``values`` and ``numbers`` of the parts, as in Column."""

    sign: str
    values: tuple[tuple[str, int], ...]
    numbers: NumberReading | None


@dataclass(frozen=True, slots=True)
class Column:
    """What is known of a column of the file. Shares are of the cells that are filled, 0 to 1.

    ``values`` are the distinct texts, trimmed, with their counts, most frequent first, where there are at
    most FEW; else empty. ``padded``: cells have blanks at their ends. ``longest`` is in characters. ``parts``
    has the signs that could part several values in a cell.
    """

    index: int
    name: str
    rows: int
    filled: int
    distinct: int
    longest: int
    padded: bool
    values: tuple[tuple[str, int], ...]
    dates: DateReading | None
    numbers: NumberReading | None
    booleans: float
    emails: float
    phones: float
    names: float
    ids: float
    parts: tuple[Parts, ...]

    @property
    def blank(self) -> bool:
        """Whether no cell is filled."""
        return not self.filled

    @property
    def unique(self) -> bool:
        """Whether every cell is filled, each with a text of its own, letter case apart."""
        return bool(self.rows) and self.distinct == self.rows

    @property
    def kind(self) -> str:
        """What the cells are, in words for a person."""
        if self.blank:
            return "blank in every row looked at" if self.rows else "no rows to look at"
        if self.dates:
            return "dates and times" if self.dates.time else "dates"
        if self.numbers:
            return "whole numbers" if self.numbers.whole else "numbers"
        shares = {"yes or no": self.booleans, "e-mail addresses": self.emails, "phone numbers": self.phones}
        return next((word for word, share in shares.items() if share >= 0.9), "text")


@dataclass(frozen=True, slots=True)
class Profile:
    """The columns of a file, how many rows were looked at, and whether there are more."""

    columns: tuple[Column, ...]
    rows: int
    more: bool


def profile(header: Sequence[str], rows: Iterable[Row]) -> Profile:
    """Look at the first ROWS rows, fewer of very wide tables; blank and misshapen ones are left out."""
    taken: list[tuple[Cell, ...]] = []
    characters, more = 0, False
    for row in rows:
        if row.blank or row.problems:
            continue
        if len(taken) >= ROWS or characters > CHARACTERS:
            more = True
            break
        taken.append(row.cells)
        characters += sum(len(cell) for cell in row.cells if isinstance(cell, str))
    columns = tuple(
        _column(index, name, [cells[index] if index < len(cells) else None for cells in taken])
        for index, name in enumerate(header)
    )
    return Profile(columns, len(taken), more)


def _column(index: int, name: str, cells: list[Cell]) -> Column:
    texts = pandas.Series([any_text(cell) for cell in cells], dtype=object)
    trimmed = texts.str.strip()
    filled = trimmed[trimmed != ""]
    counts = filled.value_counts()
    distinct = list(counts.index)[:TRIED]
    classes = {type(cell) for cell in cells if cell is not None and cell != ""}
    return Column(
        index=index,
        name=name,
        rows=len(cells),
        filled=len(filled),
        distinct=int(filled.str.casefold().nunique()),
        longest=int(texts.str.len().max()) if len(texts) else 0,
        padded=bool((texts[filled.index] != filled).any()),
        values=_few(counts),
        dates=_dates(classes, distinct),
        numbers=_numbers(classes, distinct),
        booleans=float(filled.str.casefold().isin(list(BOOLEANS)).mean()) if len(filled) else 0.0,
        emails=_share(filled, _EMAIL),
        phones=_share(filled, _PHONE),
        names=_share(filled, _NAME),
        ids=max(_share(filled, _SALESFORCE_ID), _share(filled, _GUID)),
        parts=_parts(filled),
    )


def _share(filled: pandas.Series, pattern: str) -> float:
    return float(filled.str.fullmatch(pattern).mean()) if len(filled) else 0.0


def _dates(classes: set[type], distinct: list[str]) -> DateReading | None:
    if classes and classes <= {dt.date, dt.datetime}:
        return DateReading(time=dt.datetime in classes)
    if not distinct or classes & {bool, int, float}:
        return None
    return date_reading(distinct)


def _numbers(classes: set[type], distinct: list[str]) -> NumberReading | None:
    if not distinct or classes & {bool, dt.date, dt.datetime, dt.time, dt.timedelta}:
        return None
    return number_reading(distinct)


def _few(counts: pandas.Series) -> tuple[tuple[str, int], ...]:
    """Return values with their counts, the most frequent first; nothing of more than FEW."""
    if len(counts) > FEW:
        return ()
    found = sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))
    return tuple((str(text), int(count)) for text, count in found)


def _parts(filled: pandas.Series) -> tuple[Parts, ...]:
    """Return what the cells hold when they are parted, for each sign that stands in a tenth of them."""
    found = []
    for sign in SIGNS_BETWEEN:
        if not len(filled) or filled.str.contains(sign, regex=False).mean() < 0.1:
            continue
        single = filled.str.split(sign, regex=False).explode().str.strip()
        counts = single[single != ""].value_counts()
        found.append(Parts(sign, _few(counts), number_reading(list(counts.index)[:TRIED])))
    return tuple(found)
