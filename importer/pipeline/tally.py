"""The running counts of a leg, for progress and for guards."""

from __future__ import annotations

from dataclasses import dataclass, field

from importer.model.outcome import Status


@dataclass(slots=True)
class Tally:
    """Counts of one leg: ``rows`` of the file, ``counts`` by status, earlier legs' rows included."""

    rows: int = 0
    counts: dict[Status, int] = field(default_factory=dict)

    def add(self, status: Status, number: int = 1) -> None:
        """Count ``number`` rows as ``status``."""
        self.counts[status] = self.counts.get(status, 0) + number

    @property
    def done(self) -> int:
        """Rows that need nothing more."""
        return sum(self.counts.values())
