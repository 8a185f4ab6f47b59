"""Rows that leave together: how many go into one send, and what the server's answers change about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from importer.model.draft import Draft
from importer.model.target import PathLimits
from importer.pipeline.consider import Ready

PER_VALUE = 30
"""Bytes that a value costs besides its text: name, quotes, separators. An estimate is enough: limits of the
paths lie far below those of the servers."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one send: all of them make records, or all change records that exist."""

    rows: tuple[Ready, ...]

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def drafts(self) -> list[Draft]:
        """The drafts of the rows."""
        return [ready.draft for ready in self.rows]

    def only(self, rows: Sequence[Ready]) -> Batch:
        """Return the part of it that ``rows`` are."""
        return self if len(rows) == len(self.rows) else Batch(tuple(rows))

    def halves(self) -> list[Batch]:
        """Return its two halves; a single row has none."""
        middle = (len(self.rows) + 1) // 2
        return [Batch(part) for part in (self.rows[:middle], self.rows[middle:]) if part]


class BatchSize:
    """How many rows a send carries: halved when the server could not take so many, grown back by success."""

    def __init__(self, most: int) -> None:
        self.most = self.now = most

    def shrink(self, sent: int) -> None:
        """A send of ``sent`` rows was too much."""
        self.now = max(1, min(self.now, sent // 2))

    def succeeded(self, sent: int) -> None:
        """A send of ``sent`` rows was taken: a tenth of the most that is possible may go besides."""
        if sent >= self.now:
            self.now = min(self.most, self.now + max(1, self.most // 10))


class Gather:
    """Puts ready rows together into batches, in the order in which they come."""

    def __init__(self, limits: PathLimits, size: BatchSize) -> None:
        self._limits = limits
        self._size = size
        self._open: dict[bool, list[Ready]] = {False: [], True: []}
        self._weight: dict[bool, int] = {False: 0, True: 0}

    def add(self, ready: Ready) -> Iterator[Batch]:
        """Take a row; gives the batches that are full now (none, or one or two)."""
        if self._limits.rows == 1:
            yield Batch((ready,))
            return
        changes = ready.draft.record_id is not None
        weight = weight_of(ready.draft)
        most = self._limits.size
        if self._open[changes] and most is not None and self._weight[changes] + weight > most:
            yield self._close(changes)
        self._open[changes].append(ready)
        self._weight[changes] += weight
        if len(self._open[changes]) >= self._size.now:
            yield self._close(changes)

    def rest(self) -> Iterator[Batch]:
        """Give what is left when no more rows come."""
        for changes in (False, True):
            if self._open[changes]:
                yield self._close(changes)

    def _close(self, changes: bool) -> Batch:
        rows, self._open[changes], self._weight[changes] = self._open[changes], [], 0
        return Batch(tuple(rows))


def weight_of(draft: Draft) -> int:
    """Return about how many bytes the payload of ``draft`` has."""
    return sum(PER_VALUE + (len(value) if isinstance(value, str) else 10) for value in draft.values.values())
