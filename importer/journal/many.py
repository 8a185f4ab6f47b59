"""Statements that write many rows at once.

Each step of a statement gives the interpreter's lock away and waits for it again, and what it waits for is
the loop that has the requests: one statement for eight rows costs both of them less than eight.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain, count

MOST = 128
"""Rows of one statement."""

Values = Sequence[object]


@dataclass(frozen=True, slots=True, eq=False)
class Many:
    """A statement with ``{rows}`` where its rows stand, each in the form ``row``, in which ``@`` is a value.

    ?1, ?2 … are the values that all of them share; there are ``shared`` of them.
    """

    text: str
    row: str
    shared: int

    def run(self, db: sqlite3.Connection, shared: Values, rows: Sequence[Values]) -> int:
        """Execute it for ``rows`` and return how many rows of the table it has changed."""
        return sum(
            db.execute(_statement(self, len(part)), (*shared, *chain.from_iterable(part))).rowcount
            for part in _parts(rows)
        )


def _parts(rows: Sequence[Values]) -> Iterator[Sequence[Values]]:
    """Give ``rows`` in parts of 128, 64, 32 … rows: of few lengths, so that few statements are prepared."""
    size, start = MOST, 0
    while start < len(rows):
        while size > len(rows) - start:
            size //= 2
        yield rows[start : start + size]
        start += size


@cache
def _statement(many: Many, rows: int) -> str:
    numbers = count(many.shared + 1)
    pieces = many.row.split("@")
    forms = []
    for _ in range(rows):
        form = pieces[0]
        for piece in pieces[1:]:
            form += f"?{next(numbers)}{piece}"
        forms.append(form)
    return many.text.format(rows=", ".join(forms))
