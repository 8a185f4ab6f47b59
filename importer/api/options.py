"""What a command asks for, as one object."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from importer.pipeline.options import PATIENCE, Ceiling
from importer.settings import Rate


@dataclass(frozen=True, slots=True)
class Where:
    """Which connection and which journal: names and paths as the person gave them, None for the default."""

    connection: str | None = None
    connections: Path | None = None
    state: Path | None = None


@dataclass(frozen=True, slots=True)
class UndoOptions:
    """The options of ``undo``; as those of ImportOptions. ``plan``: only say what would be done."""

    where: Where = Where()
    plan: bool = False
    output: Path | None = None
    yes: bool = False
    patience: float = PATIENCE
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """The options of ``run``. ``arguments`` are recorded in the journal and hold no secret.

    ``rate`` and ``concurrency`` win over the connection's. ``as_new``: lines of a results file whose run the
    journal does not know are new rows. ``annotate`` and ``escape_formulas`` are those of ``results.form``.
    ``max_duration`` in seconds is for all files together.
    """

    mapping: Path
    where: Where = Where()
    output: Path | None = None
    first: int | None = None
    retry_failed: bool = False
    again: bool = False
    as_new: bool = False
    annotate: bool = False
    escape_formulas: bool = False
    via: str = "auto"
    rate: Rate | None = None
    concurrency: int | None = None
    max_errors: Ceiling | None = None
    tolerate: Ceiling | None = None
    max_duration: float | None = None
    patience: float = PATIENCE
    yes: bool = False
    arguments: tuple[str, ...] = ()
