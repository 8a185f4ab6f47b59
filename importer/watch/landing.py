"""A file that was imported: what is written on its slip, and what others hear of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from importer.api.importing import FileResult
from importer.watch.fate import Fate
from importer.watch.tickets import Landing, Ticket


@dataclass(frozen=True, slots=True)
class Handled:
    """A file that has landed: its ticket's id, its name in the inbox, where it and its results lie now."""

    id: str
    name: str
    landing: Landing
    source: Path
    results: Path | None
    result: FileResult | None


def landing_of(ticket: Ticket, result: FileResult, found: Fate, now: float) -> Landing:
    """Return the landing of ``ticket``, but for the names, which are chosen when it is written."""
    ended = result.ended
    results = str(ended.results) if ended is not None and ended.results is not None else ""
    needs_note = bool(found.remedy) or found.place == "failed"
    return Landing(
        place=found.place,
        source="",
        results="",
        note="",
        note_text=_note(ticket, found, bool(results)) if needs_note else "",
        results_from=results,
        run=ended.run if ended is not None else "",
        exit=int(result.exit),
        rows=ended.rows if ended is not None else 0,
        counts=dict(ended.counts) if ended is not None else {},
        words=found.words,
        at=now,
    )


def _note(ticket: Ticket, found: Fate, has_results: bool) -> str:
    lines = [ticket.file.name, "", found.words]
    if found.remedy:
        lines += ["", found.remedy]
    if has_results:
        lines += ["", "The results lie beside this note: your table, with the reason for each row."]
    return "\n".join(lines) + "\n"
