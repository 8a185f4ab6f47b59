"""The org's daily API requests: what is used, and what is left to others (facts: salesforce.md §8)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from importer.model.errors import Exit
from importer.model.outcome import Stop
from importer.settings import Reserve

HEADER = "Sforce-Limit-Info"
DAILY = "api-usage"
SCARCE = 0.1
"""Share of the data storage below which what is left is told."""

_PAIR = re.compile(r"([\w-]+)=(\d+)/(\d+)")


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of a limit is used."""

    used: int
    most: int


def read_limit_info(text: str) -> dict[str, Usage]:
    """Return the limits in a ``Sforce-Limit-Info`` header by name; what is not understood is left out."""
    pairs = (_PAIR.match(part.strip()) for part in text.split(";"))
    return {found[1]: Usage(int(found[2]), int(found[3])) for found in pairs if found}


def read_limits(document: object, name: str) -> Usage | None:
    """Return one limit of ``GET /limits`` (figures lag by up to five minutes), None when it is not there."""
    entry = document.get(name) if isinstance(document, Mapping) else None
    if not isinstance(entry, Mapping):
        return None
    most, left = entry.get("Max"), entry.get("Remaining")
    if not isinstance(most, int) or not isinstance(left, int):
        return None
    return Usage(most - left, most)


class Budget:
    """Watches the daily requests, so that the reserve stays untouched by creates.

    The figure in an answer does not count the requests that are still on their way: those are counted here.
    """

    def __init__(self, reserve: Reserve) -> None:
        self.reserve = reserve
        self._usage: Usage | None = None
        self._told = ""
        self._on_their_way = 0

    def heard(self, headers: Mapping[str, str]) -> None:
        """Take the figure of an answer, where it has one."""
        self._told = headers.get(HEADER) or self._told

    @property
    def usage(self) -> Usage | None:
        """The newest figure, None while there is none."""
        if self._told:  # read when it is asked for: every answer brings one
            self._usage, self._told = read_limit_info(self._told).get(DAILY, self._usage), ""
        return self._usage

    def enter(self) -> bool:
        """Return whether one more create may leave; then ``leave`` follows when it has its answer."""
        if self.is_spent:
            return False
        self._on_their_way += 1
        return True

    @property
    def is_spent(self) -> bool:
        """Whether what is left of the day's requests is kept for others."""
        usage = self.usage if self.reserve else None
        if usage is None or not self.kept:
            return False
        return usage.used + self._on_their_way >= usage.most - self.kept

    def leave(self) -> None:
        """One of those that entered has its answer."""
        self._on_their_way -= 1

    @property
    def kept(self) -> int:
        """How many requests of the day are kept for others."""
        return 0 if self.usage is None else self.reserve.of(self.usage.most)

    def stop(self) -> Stop:
        """Return why no create may leave any more."""
        return Stop(
            "RESERVED",
            f"going on would eat into the {self.kept:,} daily API requests that are kept for others; "
            f"{self._stand()}",
            "Run the same command again when the 24 hours have moved on, or lower reserve_daily_calls.",
            Exit.LATER,
        )

    def notes(self, limits: object) -> tuple[str, ...]:
        """Return how the org stands, in sentences; ``limits`` is the body of ``GET /limits``, or None."""
        if self.usage is None:
            self._usage = read_limits(limits, "DailyApiRequests")
        if self.usage is not None:
            kept = f" {self.kept:,} are kept for others." if self.kept else ""
            notes = [f"Daily API requests: {self._stand()}.{kept}"]
        elif self.reserve:
            notes = ["The org does not tell its daily API requests: reserve_daily_calls cannot be kept."]
        else:
            notes = []
        storage = read_limits(limits, "DataStorageMB")
        if storage is not None and storage.most - storage.used < SCARCE * storage.most:
            notes.append(f"Data storage: {storage.most - storage.used:,} of {storage.most:,} MB are left.")
        return tuple(notes)

    def _stand(self) -> str:
        return "" if self.usage is None else f"{self.usage.used:,} of {self.usage.most:,} are used"
