"""The options of a run that the pipeline needs."""

from __future__ import annotations

from dataclasses import dataclass

PATIENCE = 1800.0
"""Seconds; the default of ``--patience``."""


@dataclass(frozen=True, slots=True)
class Ceiling:
    """``--max-errors`` and ``--tolerate``: a number of rows, or a share of the file's rows in percent."""

    count: int | None = None
    percent: float | None = None

    def reached(self, errors: int, rows: int) -> bool:
        """Return whether ``errors`` invalid and rejected rows of ``rows`` are more than allowed."""
        if self.count is not None:
            return errors > self.count
        return self.percent is not None and errors * 100 > self.percent * max(rows, 1)


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What the person asked for: ``first`` N rows only, ``retry_failed`` rows too, the file ``again``.

    ``tolerate`` says how many failed rows still count as success.
    ``concurrency`` is the number of requests in flight, ``patience`` the seconds for which an absence of the
    server, and its slow-down signals, are waited out before the run ends with exit 5.
    """

    first: int | None = None
    retry_failed: bool = False
    again: bool = False
    max_errors: Ceiling | None = None
    tolerate: Ceiling | None = None
    concurrency: int = 10
    patience: float = PATIENCE
