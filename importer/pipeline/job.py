"""One file to import, made ready, and how its run ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from importer.journal.identity import Keys
from importer.journal.records import RunIdentity
from importer.mapping.compiled import Compiled
from importer.model.draft import Draft
from importer.model.errors import Exit
from importer.model.problem import Problem
from importer.model.row import Row
from importer.model.schema import Schema
from importer.model.target import System
from importer.pipeline.options import RunOptions
from importer.readers import Source


@dataclass(frozen=True, slots=True)
class Job:
    """A file with its compiled mapping, and where it goes.

    ``mapping`` is the digest of what rows are mapped by, ``mapping_body`` its text. ``approve`` is called
    with the file's rows before the first send, and raises ImporterError where a person must say yes.
    ``body`` gives the bytes of a draft whose digest the ledger keeps; ``refuse`` says why a row must not be
    sent although its mapping is fine; ``results`` gives the path of the results file for a run's id, or is
    None where no file is wanted. ``arguments`` are recorded and hold no secret.
    """

    path: Path
    source: Source
    compiled: Compiled
    keys: Keys
    mapping: str
    mapping_body: str
    record_type: str
    schema: Schema
    via: str
    on_match_error: bool
    body: Callable[[Draft], bytes]
    refuse: Callable[[Row], Problem | None]
    approve: Callable[[int], None]
    results: Callable[[str], Path] | None
    version: str
    arguments: tuple[str, ...]
    options: RunOptions

    def identity(self, system: System) -> RunIdentity:
        """Return what makes a run of this job the same run."""
        shape = self.source.shape
        return RunIdentity(shape.digest, shape.sheet or "", shape.header_row, system.id, self.record_type)


@dataclass(frozen=True, slots=True)
class Ended:
    """How the run of one file ended. ``elapsed`` and ``total`` in seconds, as Totals has them.

    ``reason`` and ``remedy`` are sentences for a run that did not come to its end; ``sent`` is False when
    there was nothing to do.
    """

    run: str
    rows: int
    counts: Mapping[str, int]
    calls: int
    elapsed: float
    total: float
    results: Path | None
    exit: Exit
    reason: str = ""
    remedy: str = ""
    sent: bool = True

    @property
    def rows_per_second(self) -> float:
        """Rows that became records or refusals, by the time between the first and the last request."""
        answered = sum(self.counts.get(name, 0) for name in ("created", "updated", "rejected", "in_doubt"))
        return round(answered / self.elapsed, 1) if self.elapsed > 0 else 0.0
