"""What the cells of a row looked like: to tell, when it comes back in a results file, whether they differ.

Looser than a row's identity. A program that saves the results file again may turn texts into numbers and
dates; that is no change by a person: 12.50 and the number 12.5, ``2026-01-02`` and that day are alike. A zero
in front is a change: 00123 is not 123.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Sequence

from importer.mapping.cells import any_text
from importer.mapping.compiled import CELL_PROBLEMS, Compiled
from importer.model.problem import Problem
from importer.model.row import Cell, Row

Digest = Callable[[bytes], bytes]
SIZE = 16
"""Bytes of a digest."""
NUMBER = re.compile(r"[+-]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.]+)?")


def look(cell: Cell) -> str:
    """Return what a person sees in ``cell``, alike for a text and for the value that a program made of it."""
    text = unicodedata.normalize("NFC", any_text(cell)).replace("\r\n", "\n").replace("\r", "\n").strip()
    if NUMBER.fullmatch(text):
        plain = text.removeprefix("+")
        return plain.rstrip("0").rstrip(".") if "." in plain else plain
    if MOMENT.fullmatch(text):
        try:
            return dt.datetime.fromisoformat(text).isoformat().removesuffix("T00:00:00")
        except ValueError:
            return text
    return text.casefold() if text.casefold() in ("true", "false") else text


def seen(compiled: Compiled, row: Row, problems: Sequence[Problem], digest: Digest) -> bytes:
    """Return the digest of how the used cells of ``row`` look.

    Behind it, for each of ``problems`` that reading has found in one cell, the digest of that cell: a row
    with such a fault is mended only when this very cell is another one.
    """
    looks = _looks(compiled, row)
    used = sorted((compiled.columns[index], looks[index]) for index in compiled.used)
    body = b"".join(_sized(name) + _sized(text) for name, text in used if text)
    cells = [digest(looks[at].encode("utf-8", "surrogatepass")) for at in _faulty(compiled, problems)]
    return b"".join((digest(body), *cells))


def differs(compiled: Compiled, row: Row, before: bytes, digest: Digest) -> bool:
    """Return whether a used cell of ``row`` looks otherwise than when ``before`` was ``seen``."""
    return seen(compiled, row, (), digest) != before[:SIZE]


def unmended(
    compiled: Compiled, row: Row, problems: Sequence[Problem], before: bytes, digest: Digest
) -> tuple[Problem, ...]:
    """Return those of the row's former ``problems`` whose cell looks as when ``before`` was ``seen``."""
    looks = _looks(compiled, row)
    faulty = [found for found in problems if found.code in CELL_PROBLEMS and found.column in compiled.columns]
    parts = [before[at : at + SIZE] for at in range(SIZE, len(before), SIZE)]
    return tuple(
        found
        for found, at, part in zip(faulty, _faulty(compiled, problems), parts, strict=False)
        if digest(looks[at].encode("utf-8", "surrogatepass")) == part
    )


def _faulty(compiled: Compiled, problems: Sequence[Problem]) -> list[int]:
    return [
        compiled.columns.index(found.column)
        for found in problems
        if found.code in CELL_PROBLEMS and found.column in compiled.columns
    ]


def _looks(compiled: Compiled, row: Row) -> list[str]:
    looks = [look(cell) for cell in row.cells[: len(compiled.columns)]]
    return looks + [""] * (len(compiled.columns) - len(looks))


def _sized(text: str) -> bytes:
    data = text.encode("utf-8", "surrogatepass")
    return len(data).to_bytes(5, "big") + data
