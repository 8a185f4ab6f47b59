"""Whether the system has room for the records, by what it says of its storage."""

from __future__ import annotations

from importer.model.offer import Storage
from importer.preflight.finding import Finding

MB = 1024 * 1024
SURE = 2
"""How many times the room that is left the records must need until it is certain: the size of a record is a
rule of thumb, and the figure of the system lags by minutes."""


def storage_findings(rows: int, storage: Storage | None, *, exact: bool) -> list[Finding]:
    """Return a finding when ``rows`` new records may not fit: a warning, a stop when it is certain.

    ``exact``: so many records are made; else it is only known that there are no more.
    """
    if storage is None or not rows:
        return []
    need = rows * storage.record
    if need <= storage.left:
        return []
    fit = max(0, storage.left // storage.record)
    message = (
        f"{rows:,} records need about {megabytes(need)} of data storage; {megabytes(storage.left)} of "
        f"{megabytes(storage.most)} are free, enough for about {fit:,}."
    )
    certain = exact and (storage.left <= 0 or need > SURE * storage.left)
    remedy = "Make room in the system first, or load a part (--first N)."
    return [Finding("STORAGE", "stop" if certain else "warning", message, remedy)]


def room_sentence(rows: int, storage: Storage) -> str:
    """Return what ``rows`` new records need beside what is free."""
    need = megabytes(rows * storage.record)
    return f"Room: about {need} of data storage; {megabytes(storage.left)} are free."


def megabytes(size: int) -> str:
    """Return bytes as people read them: ``0.4 MB``, ``51,200 MB``."""
    found = max(0, size) / MB
    return f"{found:,.1f} MB" if found < 10 else f"{found:,.0f} MB"
