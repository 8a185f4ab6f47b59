"""Between rows and the target's advice: what it is told of the load, and its advice as findings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from importer.mapping.compiled import Compiled
from importer.model.advice import Advice, Intent, KeyValue, Severity
from importer.preflight.finding import Finding
from importer.preflight.watching import Watch

CELLS = 5


def intent_of(compiled: Compiled, rows: int, watch: Watch | None = None) -> Intent:
    """Return what a run of ``rows`` rows is going to do, with what ``watch`` has counted of them."""
    same = compiled.constants
    if watch is None:
        return Intent(rows, frozenset(compiled.properties), same)
    asked = {name: dict(counter) for name, counter in watch.asked.items()}
    return Intent(rows, frozenset(compiled.properties), same, asked, dict(watch.old))


def as_findings(advice: Sequence[Advice], intent: Intent, feeds: Mapping[str, str]) -> list[Finding]:
    """Return ``advice`` as findings; what concerns a value of all rows stops the run.

    ``feeds`` tells which column feeds a property.
    """
    found = []
    for each in advice:
        counts = intent.asked.get(each.property or "", {})
        values = tuple((value, counts[value]) for value in each.values if value in counts)
        severity: Severity = each.severity
        if severity == "rows" and intent.same.get(each.property or "") in each.values:
            severity = "stop"
        found.append(
            Finding(
                each.code,
                severity,
                each.message,
                each.remedy,
                feeds.get(each.property) if each.property else None,
                sum(count for _value, count in values),
                values=values,
            )
        )
    return found


def existing_findings(
    keys: Mapping[KeyValue, int],
    there: Mapping[KeyValue, str],
    more: int,
    on_match: str,
    column: str | None,
    name: Callable[[int], str] = str,
) -> list[Finding]:
    """Return what it means that records with the keys ``there`` exist; ``keys`` has the row of each.

    ``more``: keys that nobody was asked about; ``name`` tells what a person calls a row.
    """
    found = []
    if there:
        meaning = {
            "error": "they would be refused (on_match: error).",
            "update": "they would be updated where they differ.",
        }.get(on_match, "they become exists, and nothing is changed.")
        message = f"A record with the key of the row exists on the server already: {meaning}"
        severity: Severity = "rows" if on_match == "error" else "note"
        remedy = "Remove the rows, or say on_match: skip." if on_match == "error" else ""
        rows = sorted(keys[key] for key in there)
        cells = tuple(f"row {name(row)}" for row in rows[:CELLS])
        found.append(Finding("ALREADY_EXISTS", severity, message, remedy, column, len(there), cells))
    if more:
        message = f"Only the first {len(keys):,} keys were looked up on the server; {more:,} were not."
        found.append(Finding("KEYS_NOT_ASKED", "note", message))
    return found
