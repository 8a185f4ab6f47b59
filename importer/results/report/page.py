"""The page of a report: what a manager reads, from the outcome down to the legs of the run."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from pathlib import PurePath

from importer.journal.figures import Cause
from importer.journal.states import SHOWN
from importer.model.outcome import Status
from importer.model.problem import CATALOGUE, SEVERAL
from importer.results.naming import REPORT_MARK
from importer.results.report import charts
from importer.results.report.facts import Facts
from importer.results.report.html import Html, html, key, pairs, section, table
from importer.results.report.over_time import hurdles, plan, requests, rows_over_time
from importer.results.report.style import STYLE
from importer.results.report.tables import GROUPS, axis_of
from importer.results.report.words import ENDS, MEANS, number, rows, share, span, when, zone

WORDS = {
    "created": "created",
    "exists": "exists",
    "skipped": "skipped",
    "doubt": "in doubt",
    "failed": "failed",
}


def page(facts: Facts) -> str:
    """Return the whole page. No address in it leads outside."""
    run = facts.run
    title = f"Import of {PurePath(run.path).name}"
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="referrer" content="no-referrer"><meta name="robots" content="noindex">'
        f'<meta name="{REPORT_MARK}" content="{escape(run.id)}">'
        f"<title>{escape(title)}, run {escape(run.id)}</title><style>{STYLE}</style>"
    )
    axis = axis_of(facts.figures)
    body = (
        _header(facts, title, axis.end)
        + _counts(facts)
        + _doubts(facts)
        + _causes(facts)
        + rows_over_time(facts, axis)
        + requests(facts, axis)
        + hurdles(facts)
        + plan(facts)
        + _legs(facts)
        + _footer(facts)
    )
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head>\n<body><main>\n{body}</main></body></html>\n'
    )


def headline(facts: Facts) -> str:
    """Return the outcome in one sentence."""
    counts, whole = facts.counts, facts.run.rows
    there = sum(counts.get(name, 0) for name in ("created", "updated", "exists"))
    failed = sum(counts.get(status, 0) for status in GROUPS["failed"])
    left = counts.get("not_sent", 0) + counts.get("in_flight", 0)
    doubt = counts.get("in_doubt", 0)
    if not whole:
        return "The file has no rows."
    need = whole - counts.get("skipped", 0)
    if there == need and there:
        return f"All {rows(there)} are in." if there > 1 else "The one row is in."
    said = [f"{number(there)} of {rows(need)} {'is' if there == 1 else 'are'} in"]
    if failed:
        said.append(f"{number(failed)} failed")
    if doubt:
        said.append(f"{number(doubt)} {'is' if doubt == 1 else 'are'} in doubt")
    if left:
        said.append(f"{number(left)} {'is' if left == 1 else 'are'} left")
    return "; ".join(said) + "."


def standing(facts: Facts) -> str:
    """Return whether the run has ended, and how."""
    run = facts.run
    if run.ended is None:
        return "not ended: it is running, or was killed and continues with the same command"
    return ENDS.get(run.exit or 0, f"exit {run.exit}")


def _header(facts: Facts, title: str, worked: float) -> str:
    run, legs = facts.run, facts.legs
    calls = sum(calls_of(facts).values())
    about = pairs(
        [
            ("File", run.path),
            ("Into", f"{run.system_name}, {run.record_type}"),
            ("Began", f"{when(run.started)} ({zone(run.started)})"),
            ("Ended", when(run.ended)),
            ("At work", f"{span(worked)}{f', in {len(legs)} legs' if len(legs) > 1 else ''}"),
            ("Requests", number(calls)),
        ]
    )
    state = f'<span class="state">{escape(standing(facts))}</span>'
    return (
        f'<header><p class="kicker">{escape(title)} · run {escape(run.id)}</p>'
        f"<h1>{escape(headline(facts))}</h1>{state}</header>\n"
        f'<section aria-label="About the run">{about}</section>\n'
    )


def _counts(facts: Facts) -> str:
    counts, whole = facts.counts, facts.run.rows
    drawn = [(name, sum(counts.get(s, 0) for s in statuses)) for name, statuses in GROUPS.items()]
    left = counts.get("not_sent", 0) + counts.get("in_flight", 0)
    said = ", ".join(f"{name.replace('_', ' ')} {number(count)}" for name, count in counts.items())
    chart = charts.svg("counts", "Rows by status", said, charts.stacked_bar([*drawn, ("none", left)]), 22)
    entries = [(name, WORDS[name]) for name, count in drawn if count]
    order = [*Status, "in_flight"]
    lines = [
        (name.replace("_", " "), number(counts[name]), share(counts[name], whole), MEANS[name])
        for name in order
        if counts.get(name)
    ]
    body = table(f"{rows(whole)} by status", ("Status", "Rows", "Share", "Means"), lines, (1, 2))
    legend = key([*entries, *([("none", "not sent")] if left else [])])
    return section("rows", "Rows", "", chart, legend, body)


def _doubts(facts: Facts) -> str:
    count = facts.counts.get("in_doubt", 0)
    if not count:
        return ""
    run, shown = facts.run, facts.figures.doubts
    named = ", ".join(str(row) for row in shown) + (
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
    place = f"<p>Row{'s' if count > 1 else ''} {escape(named)}.</p>"
    return section("doubts", f"{rows(count)} in doubt", lead, place, todo)


def _causes(facts: Facts) -> str:
    found = facts.figures.causes
    if not found:
        return ""
    failed = sum(facts.counts.get(status, 0) for status in GROUPS["failed"])
    lead = (
        f"{rows(failed)} failed. A row with several problems counts for each of them. Row numbers are those "
        "of the file as a person sees it."
    )
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
    body = table("Failed rows by cause and column, most first", head, lines, (3,))
    left = facts.figures.all_causes - len(found)
    more = f'<p class="small">{number(left)} rarer causes are not shown.</p>' if left > 0 else ""
    return section("causes", "Why rows failed", lead, body, more)


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
    if not facts.values:
        named = ", ".join(str(row) for row in cause.examples)
        return html(f"row{'s' if len(cause.examples) > 1 else ''} {named} {more}".strip())
    items = "".join(f"<li>{_with_values(facts, cause, row)}</li>" for row in cause.examples)
    return f'<ul class="rows">{items}</ul>{html(more)}'


def _with_values(facts: Facts, cause: Cause, row: int) -> str:
    """Return a row with its cells at fault, or where no column is named, with what was said of it."""
    example = facts.examples.get(row)
    cells = example.cells if example is not None else {}
    shown = [cells[name] for name in cause.column.split(SEVERAL) if name in cells] if cause.column else []
    told = ", ".join(f"<q>{escape(value)}</q>" for value in shown)
    return f"row {row}: {told or escape(' '.join(_told(facts, cause, row)[:1]))}"


def _told(facts: Facts, cause: Cause, row: int) -> list[str]:
    example = facts.examples.get(row)
    problems = example.problems if example is not None else ()
    fitting = [p for p in problems if (p.code, p.column or "") == (cause.code, cause.column)]
    return [problem.message for problem in fitting]


def calls_of(facts: Facts) -> dict[int, int]:
    """Return the requests of each leg; of one that has not ended, what was measured so far."""
    measured: dict[int, int] = {}
    for each in facts.figures.stretches:
        measured[each.leg] = measured.get(each.leg, 0) + each.calls
    return {leg.leg: max(leg.calls, measured.get(leg.leg, 0)) for leg in facts.legs}


def _legs(facts: Facts) -> str:
    calls = calls_of(facts)
    lines = [
        (
            leg.leg,
            _moment(leg.started),
            _moment(leg.ended),
            "not ended" if leg.exit is None else ENDS.get(leg.exit, f"exit {leg.exit}"),
            number(calls[leg.leg]),
            f"{leg.os_user} on {leg.host}, as {leg.api_user}",
            f"{leg.path}: {leg.reason}",
        )
        for leg in facts.legs
    ]
    head = ("Leg", "Began", "Ended", "How", "Requests", "By", "Way of sending")
    lead = "Each time the command was given for this file. Later legs send only what is missing."
    return section("legs", "Legs of the run", lead, table("Legs, first to last", head, lines, (0, 4)))


def _moment(milliseconds: int | None) -> Html:
    return Html(" ".join(f'<span class="w">{part}</span>' for part in when(milliseconds).split()))


def _footer(facts: Facts) -> str:
    return f"<footer>{''.join(f'<p>{escape(text)}</p>' for text in _small_print(facts))}</footer>\n"


def _small_print(facts: Facts) -> Iterable[str]:
    yield f"Made {when(facts.made)} ({zone(facts.made)}) by case-importer {facts.version} from its journal."
    if facts.values:
        yield "This page shows values of the rows that are named as examples: keep it as you keep the file."
    else:
        yield "This page holds no contents of rows: row numbers, names of columns, counts and times only."
    yield f"SHA-256 of the file: {facts.run.digest}"
