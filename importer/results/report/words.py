"""Numbers, times and codes as a report says them."""

from __future__ import annotations

import datetime as dt

from importer.model.errors import Exit
from importer.model.outcome import Status
from importer.results.report.facts import Facts

MEANS: dict[str, str] = {
    Status.CREATED: "The record exists, made by this row.",
    Status.UPDATED: "The record existed and was changed.",
    Status.EXISTS: "It was there already; nothing was changed.",
    Status.INVALID: "Never left: the row has to be corrected.",
    Status.REJECTED: "The server refused it.",
    Status.BLOCKED: "Waits for the row that it belongs to.",
    Status.IN_DOUBT: "Sent, and the answer was lost: somebody has to look.",
    Status.SKIPPED: "Blank, left out by the mapping, or equal to an earlier row.",
    Status.NOT_SENT: "The run has not come to it.",
    Status.DELETED: "The record was deleted by an undo.",
    Status.KEPT: "The record stays: the undo says why.",
    Status.GONE: "The record was not there any more when it was to be undone.",
    "in_flight": "Sent just now; the answer is awaited.",
}
"""What a status means to a reader who has never seen one."""

ENDS: dict[int, str] = {
    Exit.DONE: "finished",
    Exit.CANNOT_RUN: "could not go on",
    Exit.ROWS_FAILED: "finished, rows need correction",
    Exit.IN_DOUBT: "finished, rows in doubt",
    Exit.LATER: "ended early for a passing reason",
    Exit.GUARD: "stopped by a guard",
    Exit.INTERRUPTED: "interrupted",
    Exit.TERMINATED: "terminated",
}
"""How a leg or a run ended, by its exit code."""


def groups(facts: Facts) -> dict[str, str]:
    """Return what the groups of statuses that charts draw are called for this run."""
    imported = facts.undone is None
    return {
        "created": "created or updated" if facts.counts.get(Status.UPDATED) else "created",
        "exists": "exists",
        "skipped": "skipped",
        "undone": "undone" if imported else "deleted or gone",
        "kept": "kept",
        "doubt": "in doubt",
        "failed": "failed",
        "none": "not sent" if imported else "left",
    }


def number(value: float) -> str:
    """Return a whole number with its thousands apart."""
    return f"{value:,.0f}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def rows(count: int, noun: str = "row") -> str:
    """Return ``1 row``, ``2 rows`` …"""
    return f"1 {noun}" if count == 1 else f"{number(count)} {noun}s"


def times(count: int) -> str:
    """Return ``never``, ``once``, ``3 times`` …"""
    return {0: "never", 1: "once", 2: "twice"}.get(count, f"{number(count)} times")


def share(part: int, whole: int) -> str:
    """Return a part in percent; what is neither nothing nor all is never rounded to it."""
    percent = 100 * part / whole if whole else 0.0
    if 0 < percent < 0.1:
        return "< 0.1 %"
    if part != whole and percent > 99.9:
        return "> 99.9 %"
    return f"{percent:.1f} %" if 0 < percent < 100 else f"{percent:.0f} %"


def span(seconds: float | None) -> str:
    """Return a time in words: ``85 ms``, ``1.4 s``, ``3 min 10 s``, ``1 h 5 min``; a dash for None."""
    if seconds is None:
        return "–"
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms" if seconds else "0 s"
    if seconds < 59.5:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{number(hours)} h {minutes} min" if minutes else f"{number(hours)} h"


def rate(per_second: float) -> str:
    """Return requests per second with the digits that matter."""
    return f"{per_second:.0f}/s" if per_second >= 9.95 else f"{per_second:.1f}/s"


def when(milliseconds: int | None) -> str:
    """Return a time of the journal as a person reads it, in the zone of this machine; a dash for None."""
    if milliseconds is None:
        return "–"
    return _local(milliseconds).strftime("%Y-%m-%d %H:%M:%S")


def zone(milliseconds: int) -> str:
    """Return the offset of this machine's zone at a time: ``UTC+02:00``."""
    offset = _local(milliseconds).strftime("%z")
    return "UTC" if offset == "+0000" else f"UTC{offset[:3]}:{offset[3:5]}"


def _local(milliseconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(milliseconds / 1000, dt.UTC).astimezone()
