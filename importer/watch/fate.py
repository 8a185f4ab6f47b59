"""What becomes of a file after its import: pure decisions, and the words for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from importer.api.importing import FileResult
from importer.model.errors import Exit, ImporterError, JournalError, SettingsError, SourceError
from importer.model.outcome import Status
from importer.pipeline.job import Ended

Place = Literal["done", "failed", "waits", "left"]
"""``waits``: it stays in work and is tried again; ``left``: the watcher ends, the next one goes on."""

GOOD = (Status.CREATED, Status.UPDATED, Status.EXISTS)
BAD = (Status.INVALID, Status.REJECTED, Status.BLOCKED)
STILL_ARRIVING = "SOURCE_CHANGED"


@dataclass(frozen=True, slots=True)
class Fate:
    """Where a file goes, one sentence about it, what to do, and whether the watcher must end."""

    place: Place
    words: str
    remedy: str = ""
    ends: bool = False


def fate(result: FileResult) -> Fate:
    """Return what becomes of a file."""
    if result.ended is not None:
        return _of_run(result.ended)
    assert result.error is not None
    return of_error(result.error)


def of_error(error: ImporterError) -> Fate:
    """Return what becomes of a file that could not be imported.

    Only a fault of the file itself sends it to ``failed``; whatever else is wrong, the file waits for it. A
    sign-in that is refused is not tried again, for it may lock the account; nor is a journal that fails.
    """
    if error.exit in (Exit.INTERRUPTED, Exit.TERMINATED):
        return Fate("left", error.message)
    if isinstance(error, SourceError) and error.code != STILL_ARRIVING:
        return Fate("failed", error.message, error.remedy)
    ends = isinstance(error, SettingsError | JournalError) or error.code == "SIGN_IN_REFUSED"
    if error.code == "WRONG_TARGET":  # of a mapping that was added since: the files of the others go on
        ends = False
    return Fate("waits", error.message, error.remedy, ends)


def named(found: Fate, path: Path) -> Fate:
    """Return ``found`` with the name of the file where its path in work stands: that path will be no more."""
    words, remedy = (text.replace(str(path), path.name) for text in (found.words, found.remedy))
    return replace(found, words=words, remedy=remedy)


def _of_run(ended: Ended) -> Fate:
    if ended.exit in (Exit.INTERRUPTED, Exit.TERMINATED):
        return Fate("left", ended.reason, ended.remedy)
    if ended.exit is Exit.LATER:
        return Fate("waits", f"Not all rows could be sent: {ended.reason or 'rows are left'}.", ended.remedy)
    said = in_words(ended.counts)
    if ended.exit is Exit.GUARD:
        return Fate(
            "failed",
            f"Stopped: {ended.reason}. {said}",
            "Look at the results. When the cause is mended, put the file back into the inbox: it goes on.",
        )
    bad = sum(ended.counts.get(status, 0) for status in BAD)
    good = sum(ended.counts.get(status, 0) for status in (*GOOD, Status.IN_DOUBT))
    if bad and not good:
        return Fate("failed", f"No row became a case. {said}", _CORRECT)
    return Fate("done", f"{ended.earlier} Then: {said}" if ended.earlier else said, _remedy(ended, bad))


_CORRECT = (
    "The results say why for each row. Correct the rows in your own table and drop it again; what is there "
    "already is not created twice."
)


def _remedy(ended: Ended, bad: int) -> str:
    doubts = ended.counts.get(Status.IN_DOUBT, 0)
    told = [_CORRECT] if bad else []
    if doubts:
        told.append(
            "Of rows in doubt nobody knows whether they became cases: somebody has to look for them in the "
            f"system, and say so with case-importer resolve {ended.run}."
        )
    return " ".join(told)


def in_words(counts: Mapping[str, int]) -> str:
    """Return counts by status as a sentence: ``18 created, 2 invalid.``"""
    told = [f"{counts[status]} {status.replace('_', ' ')}" for status in Status if counts.get(status)]
    return f"{', '.join(told)}." if told else "No rows."
