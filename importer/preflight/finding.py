"""What a check finds."""

from __future__ import annotations

from dataclasses import dataclass

from importer.model.advice import Severity
from importer.model.problem import CATALOGUE

NOTES = frozenset({"BLANK_ROW", "FILTERED", "SAME_ROW", "KNOWN"})
"""Rows that stay behind for good reasons: nothing to mend."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a person should know before a run, as ``check`` shows it.

    ``count`` is the number of rows concerned, 0 where it concerns the mapping; ``cells`` are the first
    places as a person sees them, ``values`` the distinct values with their counts, most frequent first.
    """

    code: str
    severity: Severity
    message: str
    remedy: str = ""
    column: str | None = None
    count: int = 0
    cells: tuple[str, ...] = ()
    values: tuple[tuple[str, int], ...] = ()

    def as_json(self) -> dict[str, object]:
        """Return the finding as ``check --json`` prints it (design §7)."""
        message, remedy = self._parted()
        return {
            "code": self.code,
            "severity": self.severity,
            "column": self.column,
            "count": self.count,
            "cells": list(self.cells),
            "values": [list(pair) for pair in self.values],
            "message": message,
            "remedy": remedy,
        }

    def _parted(self) -> tuple[str, str]:
        """Return what was found and what to do, which stand in one text where it is a problem of rows."""
        kind = CATALOGUE.get(self.code)
        begin = kind.remedy.partition("{")[0] if kind is not None and not self.remedy else ""
        before, found, after = self.message.rpartition(begin) if begin else ("", "", "")
        return (before.rstrip(), found + after) if before.strip() else (self.message, self.remedy)
