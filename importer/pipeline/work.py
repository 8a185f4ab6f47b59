"""What one leg of a run works with: the values and doors that its steps share."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from importer.journal.identity import Keys
from importer.journal.journal import Journal
from importer.journal.leg import Leg
from importer.journal.records import RunRecord
from importer.mapping.compiled import Compiled
from importer.model.draft import Draft
from importer.model.events import RowSettled, Sink
from importer.model.outcome import Status
from importer.model.row import Row
from importer.model.target import JobPath, Path, Target
from importer.pipeline.control import Control
from importer.pipeline.explain import Explain
from importer.pipeline.guard import Guard
from importer.pipeline.options import RunOptions
from importer.pipeline.pace import Pace
from importer.pipeline.standing import Setting
from importer.pipeline.tally import Tally
from importer.readers import Source
from importer.results.as_input import Lines

FIRST_MADE = 3
"""Records of a trial that the target looks at, to say what the rest will start."""


@dataclass(slots=True)
class Work:
    """One leg at work. ``body`` gives the bytes of a draft whose digest the ledger keeps, ``lines`` knows the
    lines of a results file that comes back, ``same_mapping``: the leg before used the same mapping,
    ``round`` counts the sending passes of the leg, ``taken`` are rows that were sent before and whose key the
    server now calls taken. With ``look_ahead`` the server is asked for keys before rows are sent;
    ``existing`` counts the refusals because a record exists. With ``jobs`` rows go by jobs first, and by
    ``path`` what these leave. ``made`` are the ids of the first records that were created,
    ``cleared`` counts the rows whose fate the server told when it was asked.
    """

    source: Source
    compiled: Compiled
    journal: Journal
    run: RunRecord
    leg: Leg
    target: Target
    path: Path
    options: RunOptions
    control: Control
    guard: Guard
    tally: Tally
    sink: Sink
    keys: Keys
    body: Callable[[Draft], bytes]
    lines: Lines
    same_mapping: bool
    pace: Pace
    jobs: JobPath[Any] | None = None
    on_match: str = "skip"
    look_ahead: bool = False
    existing: int = 0
    random: random.Random = field(default_factory=random.Random)
    round: int = 0
    taken: set[int] = field(default_factory=set)
    made: list[str] = field(default_factory=list)
    cleared: int = 0

    @property
    def setting(self) -> Setting:
        """What the standing of rows is decided by."""
        return Setting(
            self.source,
            self.lines,
            self.compiled,
            self.keys,
            self.journal,
            self.run,
            self.digest,
            self.options.retry_failed,
            self.options.again,
        )

    def digest(self, draft: Draft) -> bytes:
        """Return the digest of what is sent of ``draft``, as the ledger keeps it."""
        return self.journal.digest(self.body(draft))

    def texts(self, row: Row) -> dict[str, str]:
        """Return the row's values by name, to keep them out of stored messages."""
        return Explain(self.compiled).texts(row)

    def settled(self, row: int, status: Status, record_id: str | None) -> None:
        """Count and tell an outcome that is durable."""
        if status is Status.CREATED and record_id is not None and len(self.made) < FIRST_MADE:
            self.made.append(record_id)
        self.tally.add(status)
        self.sink(RowSettled(row, status, record_id))
