"""Which row a line of a job's results belongs to: results come in no order (facts: salesforce.md §4.2).

They echo the uploaded columns and nothing else, and a column of row numbers would fail the job. So a line
belongs to the row with its external id, where one is sent; else to a row with equal cells. Rows that are
equal in every cell are the same to the server: their lines are shared out. A row that several lines claim
is told by none of them.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from hashlib import blake2b

from importer.targets.salesforce.bulk.lines import line


class Pairing:
    """The rows of one upload by what their lines show. ``key`` is the place of the external id's cell.

    A key counts as long as one row alone has it; rows with a blank or repeated key are told by all their
    cells. Rows are known by their place in the upload. Memory: about 200 bytes a row.
    """

    def __init__(self, key: int | None) -> None:
        self._key = key
        self._rows = array("Q")
        self._claims = bytearray()
        self._by_key: dict[str | bytes, bytes | None] = {}
        self._by_cells: dict[bytes, list[int]] = {}
        self._next: dict[bytes, int] = {}

    def add(self, cells: Sequence[str], row: int, text: bytes) -> None:
        """Remember the line of ``row``: its cells, and the bytes that say them in the upload."""
        place = len(self._rows)
        self._rows.append(row)
        self._claims.append(0)
        mark = _mark(text)
        key = self._key_of(cells)
        if key is None:
            self._by_cells.setdefault(mark, []).append(place)
        elif key not in self._by_key:
            self._by_key[key] = mark + place.to_bytes(8, "big")
        else:
            first = self._by_key[key]
            if first is not None:
                self._by_cells.setdefault(first[:MARK], []).append(_place(first))
                self._by_key[key] = None
            self._by_cells.setdefault(mark, []).append(place)

    def claim(self, cells: Sequence[str]) -> int:
        """Return the place of the row that a line belongs to, and count the claim; NOWHERE for no row's."""
        key = self._key_of(cells)
        alone = self._by_key.get(key) if key is not None else None
        place = self._among_equals(cells) if alone is None else _place(alone)
        if place != NOWHERE and self._claims[place] < 2:
            self._claims[place] += 1
        return place

    def _among_equals(self, cells: Sequence[str]) -> int:
        text = line(cells)
        if "\r" in text:  # line ends inside cells were uploaded as LF
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        mark = _mark(text.encode())
        places = self._by_cells.get(mark)
        if places is None:
            return NOWHERE
        if len(places) == 1:
            return places[0]
        turn = self._next.get(mark, 0)
        self._next[mark] = (turn + 1) % len(places)
        return places[turn]

    def told(self, place: int) -> int | None:
        """Return the row at ``place`` when all lines have been claimed and one alone is its; else None."""
        return self._rows[place] if place != NOWHERE and self._claims[place] == 1 else None

    def untold(self) -> Iterator[tuple[int, bool]]:
        """Give the rows that no line tells of, and whether that is because several do."""
        for row, claims in zip(self._rows, self._claims, strict=True):
            if claims != 1:
                yield row, claims > 1

    def _key_of(self, cells: Sequence[str]) -> str | bytes | None:
        key = cells[self._key] if self._key is not None else ""
        return (key if len(key) <= LONGEST_KEY else _mark(key.encode())) if key else None


NOWHERE = -1
"""The place of a line that belongs to no row."""
LONGEST_KEY = 40
"""Characters of a key that is remembered as it is: a mark takes no less room."""
MARK = 16
"""Bytes of a mark: among millions of rows no two different ones share it."""


def _mark(text: bytes) -> bytes:
    return blake2b(text, digest_size=MARK).digest()


def _place(entry: bytes) -> int:
    return int.from_bytes(entry[MARK:], "big")
