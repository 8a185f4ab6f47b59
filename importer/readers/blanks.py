"""Blank rows: held back until a row with data follows, so that those after the last one are never given."""

from __future__ import annotations

from collections.abc import Iterator

from importer.model.row import Cell, Row


class BlankRuns:
    """The numbers of blank rows since the last row with data, kept as ranges: a million cost one pair."""

    def __init__(self, cells: tuple[Cell, ...]) -> None:
        self._cells = cells
        self._runs: list[list[int]] = []

    def __bool__(self) -> bool:
        return bool(self._runs)

    def add(self, number: int) -> None:
        """Remember that row ``number`` is blank."""
        if self._runs and self._runs[-1][1] == number - 1:
            self._runs[-1][1] = number
        else:
            self._runs.append([number, number])

    def release(self) -> Iterator[Row]:
        """Give the blank rows that were held back, because a row with data follows."""
        runs, self._runs = self._runs, []
        for first, last in runs:
            for number in range(first, last + 1):
                yield Row(number, self._cells, (), True)
