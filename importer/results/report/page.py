"""The page of a report: what a manager reads, from the outcome down to the legs of the run."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from pathlib import PurePath

from importer.model.errors import Exit
from importer.model.outcome import Status
from importer.results.naming import REPORT_MARK
from importer.results.report import charts
from importer.results.report.causes import causes, doubts
from importer.results.report.facts import Facts
from importer.results.report.html import Html, key, pairs, section, table
from importer.results.report.over_time import hurdles, plan, requests, rows_over_time
from importer.results.report.style import STYLE
from importer.results.report.tables import GROUPS, axis_of
from importer.results.report.words import ENDS, MEANS, groups, number, rows, share, span, when, zone


def page(facts: Facts) -> str:
    """Return the whole page. No address in it leads outside."""
    run = facts.run
    name = PurePath(run.path).name
    title = f"Import of {name}" if facts.undone is None else f"Undo of the import of {name}"
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
        + doubts(facts)
        + causes(facts)
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
    counts, whole, noun = facts.counts, facts.run.rows, facts.noun
    there = sum(counts.get(name, 0) for name in ("created", "updated", "exists"))
    undone = sum(counts.get(status, 0) for status in GROUPS["undone"])
    if not whole:
        return "The file has no rows." if facts.undone is None else "There was no record to undo."
    need = whole - counts.get("skipped", 0)
    came, done = (there, "in") if facts.undone is None else (undone, "gone")
    if came == need and came:
        return f"All {rows(came, noun)} are {done}." if came > 1 else f"The one {noun} is {done}."
    said = [f"{number(came)} of {rows(need, noun)} {_is(came)} {done}"]
    if facts.undone is None and undone:
        said.append(f"{number(undone)} {_was(undone)} undone")
    failed = sum(counts.get(status, 0) for status in GROUPS["failed"])
    if failed:
        said.append(f"{number(failed)} failed")
    if kept := counts.get("kept", 0):
        said.append(f"{number(kept)} {_was(kept)} kept")
    if doubt := counts.get("in_doubt", 0):
        said.append(f"{number(doubt)} {_is(doubt)} in doubt")
    if left := counts.get("not_sent", 0) + counts.get("in_flight", 0):
        said.append(f"{number(left)} {_is(left)} left")
    return "; ".join(said) + "."


def _is(count: int) -> str:
    return "is" if count == 1 else "are"


def _was(count: int) -> str:
    return "was" if count == 1 else "were"


def standing(facts: Facts) -> str:
    """Return whether the run has ended, and how."""
    run = facts.run
    if run.ended is None:
        return "not ended: it is running, or was killed and continues with the same command"
    return ended_as(facts, run.exit or 0)


def ended_as(facts: Facts, code: int) -> str:
    """Return how a run or a leg of it ended, in words."""
    if facts.undone is not None and code == Exit.ROWS_FAILED:
        return "finished, some records were kept"
    return ENDS.get(code, f"exit {code}")


def _header(facts: Facts, title: str, worked: float) -> str:
    run, legs = facts.run, facts.legs
    calls = sum(calls_of(facts).values())
    about = pairs(
        [
            ("File", run.path),
            *([] if facts.undone is None else [("Undoes", f"run {facts.undone.id}")]),
            *([("Undone by", f"run {', '.join(facts.undone_by)}")] if facts.undone_by else []),
            ("Into" if facts.undone is None else "In", f"{run.system_name}, {run.record_type}"),
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
    counts, whole, words = facts.counts, facts.run.rows, groups(facts)
    title = f"{facts.noun.capitalize()}s"
    drawn = [(name, sum(counts.get(s, 0) for s in statuses)) for name, statuses in GROUPS.items()]
    left = counts.get("not_sent", 0) + counts.get("in_flight", 0)
    said = ", ".join(f"{name.replace('_', ' ')} {number(count)}" for name, count in counts.items())
    chart = charts.svg("counts", f"{title} by status", said, charts.stacked_bar([*drawn, ("none", left)]), 22)
    entries = [(name, words[name]) for name, count in drawn if count]
    order = [*Status, "in_flight"]
    lines = [
        (name.replace("_", " "), number(counts[name]), share(counts[name], whole), MEANS[name])
        for name in order
        if counts.get(name)
    ]
    body = table(f"{rows(whole, facts.noun)} by status", ("Status", title, "Share", "Means"), lines, (1, 2))
    legend = key([*entries, *([("none", words["none"])] if left else [])])
    return section("rows", title, "", chart, legend, body)


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
            "not ended" if leg.exit is None else ended_as(facts, leg.exit),
            number(calls[leg.leg]),
            f"{leg.os_user} on {leg.host}, as {leg.api_user}",
            f"{leg.path}: {leg.reason}",
        )
        for leg in facts.legs
    ]
    head = ("Leg", "Began", "Ended", "How", "Requests", "By", "Way of sending")
    lead = "Each time the command was given for this file. Later legs send only what is missing."
    if facts.undone is not None:
        lead = "Each time the undo was given. Later legs delete only what is left."
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
    yield f"SHA-256 of the file: {(facts.undone or facts.run).digest}"
