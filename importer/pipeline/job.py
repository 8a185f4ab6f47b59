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
from importer.model.schema import Schema
from importer.model.target import System
from importer.pipeline.options import RunOptions
from importer.preflight.plan import Tempo
from importer.readers import Source
from importer.results.as_input import Lines
from importer.results.files import FILES, Files
from importer.results.form import PLAIN, Form
from importer.settings import Rate


@dataclass(frozen=True, slots=True)
class Job:
    """A file with its compiled mapping, and where it goes.

    ``mapping`` is the digest of what rows are mapped by, ``mapping_body`` its text; ``via`` is the path that
    was asked for, ``tempo`` how fast requests may leave; ``match_repeats`` says
    that the server takes a second record with the same value of ``match``. ``approve`` is called with the
    file's rows before the first send, and raises ImporterError where a person must say yes.
    ``body`` gives the bytes of a draft whose digest the ledger keeps; ``lines`` knows the lines of a results
    file that comes back; ``results`` gives the path of the results file for a run's id, or is None where no
    file is wanted, ``files`` writes it as ``form`` says. ``arguments`` are recorded and hold no secret;
    ``rate`` is the connection's, for the plan.
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
    tempo: Tempo
    on_match: str
    match_repeats: bool
    body: Callable[[Draft], bytes]
    lines: Lines
    approve: Callable[[int], None]
    results: Callable[[str], Path] | None
    version: str
    arguments: tuple[str, ...]
    options: RunOptions
    rate: Rate | None = None
    files: Files = FILES
    form: Form = PLAIN

    def identity(self, system: System) -> RunIdentity:
        """Return what makes a run of this job the same run."""
        shape = self.source.shape
        return RunIdentity(shape.digest, shape.sheet or "", shape.header_row, system.id, self.record_type)


@dataclass(frozen=True, slots=True)
class Ended:
    """How the run of one file ended. ``elapsed`` and ``total`` in seconds, as Totals has them.

    ``reason`` and ``remedy`` are sentences for a run that did not come to its end; ``sent`` is False when
    there was nothing to do, and ``earlier`` says then what has imported the file; ``answered`` counts the
    rows that this leg got an answer for.
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
    answered: int = 0
    earlier: str = ""

    @property
    def rows_per_second(self) -> float:
        """Rows of this leg that were answered, by the time between the first and the last request."""
        return round(self.answered / self.elapsed, 1) if self.elapsed > 0 else 0.0
