"""What went wrong with the journal's files, in words."""

from __future__ import annotations

from pathlib import Path

from importer.model.errors import JournalError

UNUSABLE = ("full", "disk I/O", "readonly", "unable to open")
"""What SQLite says when disk, rights or limits are in the way."""


def damaged(path: Path, error: Exception) -> JournalError:
    """Return the error for a journal that SQLite cannot read or write, or that holds what it cannot hold."""
    text = str(error)
    if "locked" in text or "busy" in text:
        return JournalError(
            "JOURNAL_BUSY", f"The journal {path} is held by another program.", "Wait for it to end."
        )
    if any(word in text for word in UNUSABLE):
        return unwritable(path, error)
    return JournalError(
        "JOURNAL_DAMAGED",
        f"The journal {path} cannot be read: {text}.",
        "Do not delete it: it is what prevents duplicates. See what is left of it with case-importer journal "
        "check; then put back the newest copy made by case-importer journal backup, or save what can be "
        "saved with case-importer journal salvage.",
    )


def unwritable(path: Path, error: Exception) -> JournalError:
    """Return the error for a file of the journal that cannot be used for want of room or rights."""
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
    return JournalError(
        "JOURNAL_UNWRITABLE",
        f"The journal {path} cannot be written: {reason}.",
        "Make room on the disk or mend its rights; the same command then continues.",
    )
