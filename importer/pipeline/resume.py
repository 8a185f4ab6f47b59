"""What "again" means: pure decisions from how the last run of the same file stands (design §8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from importer.journal.records import RunRecord
from importer.journal.states import HAS_RECORD, State
from importer.model.errors import ImporterError
from importer.pipeline.options import RunOptions


@dataclass(frozen=True, slots=True)
class Standing:
    """How the newest run of a file stands: its counts by state, and the mapping its last leg used."""

    run: RunRecord
    counts: Mapping[State, int]
    last_mapping: str | None
    waits: int
    """Rows that are in doubt only because another run's row is."""
    undone: bool = False
    """Whether its records, or records that it took as known, were undone since."""

    def count(self, *states: State) -> int:
        """Return how many rows stand in one of ``states``."""
        return sum(self.counts.get(state, 0) for state in states)


@dataclass(frozen=True, slots=True)
class Begin:
    """A new run."""


@dataclass(frozen=True, slots=True)
class Continue:
    """The run goes on; with ``retry`` its rejected and invalid rows are pending again."""

    run: RunRecord
    retry: bool = False


@dataclass(frozen=True, slots=True)
class NothingToDo:
    """The run is finished and nothing has changed."""

    run: RunRecord


Resume = Begin | Continue | NothingToDo


def resume(standing: Standing | None, mapping: str, options: RunOptions, *, can_ask: bool = False) -> Resume:
    """Return what the command does with a file whose newest run is ``standing``.

    ``mapping`` is the digest of the mapping in use, ``can_ask`` says that the server can be asked about
    doubts. Raises ImporterError where going on would mix two mappings.
    """
    if standing is None or standing.undone:
        return Begin()
    run = standing.run
    changed = standing.last_mapping is not None and standing.last_mapping != mapping
    if options.again and (run.finished or run.round == 1):
        return Begin()
    if not run.finished:
        if changed and standing.count(*HAS_RECORD) > 0:
            raise _mapping_changed(run, standing.count(*HAS_RECORD))
        return Continue(run, retry=options.retry_failed)
    if options.retry_failed and standing.count(State.REJECTED, State.INVALID):
        return Continue(run, retry=True)
    if can_ask and standing.count(State.IN_DOUBT, State.UNKNOWN):
        return Continue(run)
    if (changed and standing.count(State.INVALID, State.SKIPPED)) or standing.waits:
        return Continue(run)
    return NothingToDo(run)


def _mapping_changed(run: RunRecord, created: int) -> ImporterError:
    return ImporterError(
        "MAPPING_CHANGED",
        f"Run {run.id} of this file is not finished and has {created} records made by another mapping.",
        "Go on with the mapping as it was, or import the whole file anew with --again.",
    )
