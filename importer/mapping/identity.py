"""What identifies a row: its key, or the content of the cells that the mapping uses (design §4)."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter

from importer.mapping.cells import RefusedError, blank_test, text_of
from importer.mapping.columns import normal
from importer.model.problem import Problem, problem
from importer.model.row import Cell, Row

Place = Callable[[int, int], str]
"""(row number, index of the column from 0) → the cell as a person finds it: ``B7`` or ``line 7``."""


def key_text(cell: Cell) -> str:
    """Return one part of a key: as text, NFC, trimmed, case kept, numbers as shortest exact decimal.

    Raises RefusedError for a number whose digits are lost.
    """
    return unicodedata.normalize("NFC", text_of(cell)).strip()


def key_function(
    columns: Sequence[tuple[int, str]], is_blank: Callable[[Cell], bool], place: Place
) -> Callable[[Row, Sequence[Cell]], tuple[str, ...] | Problem]:
    """Return the function from a row to its key, one text per key column, or to the problem of its key."""

    def key(row: Row, cells: Sequence[Cell]) -> tuple[str, ...] | Problem:
        parts: list[str] = []
        for index, name in columns:
            cell = cells[index]
            if is_blank(cell):
                return problem("BLANK_KEY", column=name, cell=place(row.number, index))
            try:
                parts.append(key_text(cell))
            except RefusedError as refused:
                code, names = refused.failures[0]
                return problem(code, column=name, cell=place(row.number, index), **names)
        return tuple(parts)

    return key


def keys_function(
    columns: Sequence[tuple[int, str]], listed: frozenset[str]
) -> Callable[[Sequence[Row]], Sequence[tuple[str, ...]] | None]:
    """Return the function from rows to their keys, for rows whose keys are plain texts; None for others.

    ``listed`` are the texts that count as blank.
    """
    indices = [index for index, _ in columns]

    def keys(rows: Sequence[Row]) -> Sequence[tuple[str, ...]] | None:
        parts = []
        for index in indices:
            cells = [row.cells[index] for row in rows]
            if set(map(type, cells)) != {str} or not listed.isdisjoint(cells):
                return None
            part = list(map(str.strip, cells))  # type: ignore[arg-type]
            if not all(part) or not "".join(part).isascii():
                return None
            parts.append(part)
        return list(zip(*parts, strict=True))

    return keys


SEPARATOR = "\x1f"


def mark_function(
    used: Sequence[int], content: Callable[[Sequence[Cell]], bytes]
) -> Callable[[Sequence[Cell]], bytes]:
    """Return the function from cells to bytes that tell rows of one file apart as ``content`` does, sooner.

    They are the texts one after the other, as they are or evened out; ``content`` where that cannot be.
    """

    pick = itemgetter(*used) if len(used) > 1 else lambda cells: tuple(cells[index] for index in used)

    def mark(cells: Sequence[Cell]) -> bytes:
        own = pick(cells)
        try:
            text = SEPARATOR.join(own)
            plain = text.isascii() and "\r" not in text and not any(map(str.isspace, own))
        except TypeError:  # typed cells
            plain = False
        if not plain:
            evened = [None if _is_blank(cell) else _typed(cell) for cell in own]
            if any(kind != b"t" for kind, _ in filter(None, evened)):
                return b"c" + content(cells)
            text = SEPARATOR.join(each[1] if each else "" for each in evened)
        if text.count(SEPARATOR) != max(len(own) - 1, 0):
            return b"c" + content(cells)
        return b"t" + text.encode("utf-8", "surrogatepass")

    return mark


def content_function(columns: Sequence[tuple[int, str]]) -> Callable[[Sequence[Cell]], bytes]:
    """Return the function from cells to the bytes that stand for what they say.

    Each cell that is not blank is written as its column's name, its type and its text, with their lengths, in
    the order of the names: moving columns, adding others and saving the workbook again change nothing.
    """
    fields = sorted(
        (_sized(normal(name).casefold().encode("utf-8", "surrogatepass")), index) for index, name in columns
    )
    texts = [(name + b"t", index) for name, index in fields]
    pick = itemgetter(*(index for _, index in fields)) if len(fields) > 1 else None

    def content(cells: Sequence[Cell]) -> bytes:
        if pick is not None:
            try:
                whole = "".join(pick(cells))
            except TypeError:  # typed cells, of workbooks
                return b"".join(_fields(fields, cells))
            if whole.isascii() and "\r" not in whole:
                return b"".join(_plain_fields(texts, cells))
        return b"".join(_fields(fields, cells))

    return content


def _plain_fields(texts: Sequence[tuple[bytes, int]], cells: Sequence[Cell]) -> list[bytes]:
    """``_fields`` for cells that are plain texts, most of all there are: ASCII, with nothing to even out."""
    found: list[bytes] = []
    for name, index in texts:
        cell = str(cells[index])
        if cell and not cell.isspace():
            found += (name, len(cell).to_bytes(5, "big"), cell.encode("ascii"))
    return found


def _fields(fields: Sequence[tuple[bytes, int]], cells: Sequence[Cell]) -> Iterator[bytes]:
    for name, index in fields:
        if not _is_blank(cells[index]):
            kind, text = _typed(cells[index])
            yield name + kind + _sized(text.encode("utf-8", "surrogatepass"))


_is_blank = blank_test(frozenset())


def _sized(data: bytes) -> bytes:
    return len(data).to_bytes(5, "big") + data


def _typed(cell: Cell) -> tuple[bytes, str]:
    """Return a type letter and a canonical text: equal for cells that a person would call equal."""
    if isinstance(cell, str):
        return b"t", unicodedata.normalize("NFC", cell.replace("\r\n", "\n").replace("\r", "\n"))
    if isinstance(cell, bool):
        return b"b", str(cell)
    if isinstance(cell, int | float):
        return b"n", _number(cell)
    if isinstance(cell, dt.datetime) and cell.tzinfo is not None:
        return b"z", _utc(cell)
    if isinstance(cell, dt.date):
        return b"d", text_of(cell).removesuffix("T00:00:00")
    return b"o", text_of(cell)


def _number(cell: float) -> str:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    try:
        return text_of(cell)
    except RefusedError:
        return hex(cell) if isinstance(cell, int) else repr(cell)


def _utc(cell: dt.datetime) -> str:
    try:
        return cell.astimezone(dt.UTC).isoformat()
    except OverflowError:
        return cell.isoformat()
