"""The parts of a report that say what went wrong: rows in doubt, and causes with the rows they hit."""

from __future__ import annotations

from html import escape

from importer.journal.figures import Cause
from importer.journal.states import SHOWN
from importer.model.problem import CATALOGUE, SEVERAL
from importer.results.report.facts import Facts
from importer.results.report.html import Html, html, section, table
from importer.results.report.tables import GROUPS
from importer.results.report.words import number, rows


def doubts(facts: Facts) -> str:
    """Return what is in doubt, and how it is settled."""
    count = facts.counts.get("in_doubt", 0)
    if not count:
        return ""
    run, shown = facts.run, facts.figures.doubts
    named = ", ".join(facts.name(row) for row in shown) + (
        f" and {number(count - len(shown))} more" if count > len(shown) else ""
    )
    lead = (
        "Sent, and the answer was lost; the system could not tell whether the record exists. "
        "It is not sent again until the system or a person has told."
    )
    todo = Html(
        "<p>Make the work list with <code>case-importer results "
        f"{escape(run.id)} --status in_doubt -o FILE</code>, look in the system, and settle it with "
        f"<code>case-importer resolve {escape(run.id)} FILE</code>.</p>"
    )
    if facts.undone is not None:
        lead = "A delete was sent, and its answer was lost: whether the record is gone is not known."
        again = escape(facts.undone.id)
        todo = Html(f"<p>Give <code>case-importer undo {again}</code> once more: it asks the system.</p>")
    place = f"<p>Row{'s' if count > 1 else ''} {escape(named)}.</p>"
    return section("doubts", f"{rows(count, facts.noun)} in doubt", lead, place, todo)


def causes(facts: Facts) -> str:
    """Return why rows failed, or why an undo has kept records, most frequent first."""
    found = facts.figures.causes
    if not found:
        return ""
    failed = sum(facts.counts.get(status, 0) for status in GROUPS["failed"])
    title, what = "Why rows failed", "Failed rows by cause and column, most first"
    lead = (
        f"{rows(failed)} failed. A row with several problems counts for each of them. Row numbers are those "
        "of the file as a person sees it."
    )
    if facts.undone is not None:
        title, what = "Why records were kept", "Kept records by cause, most first"
        lead = f"{rows(facts.counts.get('kept', 0), 'record')} stay. Row numbers are those of the import."
    if facts.no_values:
        lead = f"{lead} {facts.no_values}"
    lines = [
        (
            Html(_title(facts, cause)),
            cause.column or "–",
            SHOWN[cause.state].value,
            number(cause.rows),
            Html(_examples(facts, cause)),
        )
        for cause in found
    ]
    head = ("Cause", "Column", "Status", "Rows", "For example")
    body = table(what, head, lines, (3,))
    left = facts.figures.all_causes - len(found)
    more = f'<p class="small">{number(left)} rarer causes are not shown.</p>' if left > 0 else ""
    return section("causes", title, lead, body, more)


def _title(facts: Facts, cause: Cause) -> str:
    """Return a cause in words, with what to do: the catalogue's, else what was kept of its first row."""
    kind = CATALOGUE.get(cause.code)
    if kind is not None:
        title, todo = kind.title, "" if "{" in kind.remedy else kind.remedy
    else:
        messages = _told(facts, cause, cause.examples[0]) if cause.examples and not facts.values else []
        title, todo = "Refused by the server", messages[0] if messages else ""
    said = f"<br><small>{escape(todo)}</small>" if todo else ""
    return f"{escape(title)}<br><small><code>{escape(cause.code)}</code></small>{said}"


def _examples(facts: Facts, cause: Cause) -> str:
    rest = cause.rows - len(cause.examples)
    more = f"and {number(rest)} more" if rest > 0 else ""
    if not facts.values and facts.undone is None:
        named = ", ".join(facts.name(row) for row in cause.examples)
        return html(f"row{'s' if len(cause.examples) > 1 else ''} {named} {more}".strip())
    items = "".join(f"<li>{_with_values(facts, cause, row)}</li>" for row in cause.examples)
    return f'<ul class="rows">{items}</ul>{html(more)}'


def _with_values(facts: Facts, cause: Cause, row: int) -> str:
    """Return a row with its cells at fault, or where no column is named, with what was said of it."""
    example = facts.examples.get(row)
    cells = example.cells if example is not None else {}
    shown = [cells[name] for name in cause.column.split(SEVERAL) if name in cells] if cause.column else []
    told = ", ".join(f"<q>{escape(value)}</q>" for value in shown)
    return f"row {escape(facts.name(row))}: {told or escape(' '.join(_told(facts, cause, row)[:1]))}"


def _told(facts: Facts, cause: Cause, row: int) -> list[str]:
    example = facts.examples.get(row)
    problems = example.problems if example is not None else ()
    fitting = [p for p in problems if (p.code, p.column or "") == (cause.code, cause.column)]
    return [problem.message for problem in fitting]
