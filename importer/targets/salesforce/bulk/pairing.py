"""Which row a line of a job's results belongs to: results come in no order (facts: salesforce.md §4.2).

They echo the uploaded columns and nothing else, and a column of row numbers would fail the job. So a line
belongs to the row with its external id, where one is sent; else to a row with equal cells. Rows that are
equal in every cell are the same to the server: their lines are shared out, each once.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

from importer.targets.salesforce.bulk.lines import line


class Pairing:
    """The rows of one upload by what their lines show. ``key`` is the place of the external id's cell.

    A key counts as long as one row alone has it; rows with a blank or repeated key are told by all their
    cells. Memory: about 200 bytes a row.
    """

    def __init__(self, key: int | None) -> None:
        self._key = key
        self._by_key: dict[str | bytes, bytes | None] = {}
        self._by_cells: dict[bytes, list[int]] = {}

    def add(self, cells: Sequence[str], row: int, text: bytes) -> None:
        """Remember the line of ``row``: its cells, and the bytes that say them in the upload."""
        mark = _mark(text)
        key = self._key_of(cells)
        if key is None:
            self._by_cells.setdefault(mark, []).append(row)
        elif key not in self._by_key:
            self._by_key[key] = mark + row.to_bytes(8, "big")
        else:
            first = self._by_key[key]
            if first is not None:
                self._by_cells.setdefault(first[:MARK], []).append(_row(first))
                self._by_key[key] = None
            self._by_cells.setdefault(mark, []).append(row)

    def take(self, cells: Sequence[str]) -> int | None:
        """Return the row of a line and forget it; None for a line that belongs to no row that is left."""
        key = self._key_of(cells)
        alone = self._by_key.get(key) if key is not None else None
        if key is not None and alone is not None:
            del self._by_key[key]
            return _row(alone)
        mark = _mark(line(cells).encode())
        rows = self._by_cells.get(mark)
        if rows is None:
            return None
        row = rows.pop(0)
        if not rows:
            del self._by_cells[mark]
        return row

    def rest(self) -> list[int]:
        """Return the rows that no line was found for."""
        alone = [_row(each) for each in self._by_key.values() if each is not None]
        return sorted([*alone, *(row for rows in self._by_cells.values() for row in rows)])

    def _key_of(self, cells: Sequence[str]) -> str | bytes | None:
        key = cells[self._key] if self._key is not None else ""
        return (key if len(key) <= LONGEST_KEY else _mark(key.encode())) if key else None


LONGEST_KEY = 40
"""Characters of a key that is remembered as it is: a mark takes no less room."""
MARK = 16
"""Bytes of a mark: among millions of rows no two different ones share it."""


def _mark(text: bytes) -> bytes:
    return blake2b(text, digest_size=MARK).digest()


def _row(entry: bytes) -> int:
    return int.from_bytes(entry[MARK:], "big")
