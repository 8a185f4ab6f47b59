"""The parts of a report that show time: rows, requests, what stood in the way, plan against actual."""

from __future__ import annotations

import pandas as pd

from importer.model.latency import quantile
from importer.results.report import charts
from importer.results.report.facts import Facts
from importer.results.report.html import key, numbers_of, pairs, section, table
from importer.results.report.tables import (
    GROUPS,
    Axis,
    coarser,
    latencies,
    progress,
    thinned,
    traffic,
)
from importer.results.report.words import groups, number, rate, rows, span, times, when

LINES = 20
"""Lines at most of a table that says a chart in numbers."""
NOT_MEASURED = "How requests fared is not known: nothing left, the run was pruned, or an earlier version ran."


def rows_over_time(facts: Facts, axis: Axis) -> str:
    """Return how the rows came to rest."""
    found = progress(facts.figures, axis)
    if found.empty:
        return ""
    shown = [name for name in GROUPS if found[name].iloc[-1]]
    whole = int(found.iloc[-1].sum())
    frame = charts.Frame(axis.end, whole, number, _breaks(axis), whole=True)
    parts = [*charts.ground(frame)]
    below = pd.Series(0, index=found.index)
    for name in shown:
        above = below + found[name]
        parts.append(charts.area(frame, name, _points(above), _points(below), axis.width))
        below = above
    title, words = f"{facts.noun.capitalize()}s over time", groups(facts)
    text = f"{rows(whole, facts.noun)} came to rest in {span(axis.end)} of work."
    lines = [
        (span(float(str(time))), *(number(line[name]) for name in shown), number(line.sum()))
        for time, line in thinned(found, LINES).iterrows()
    ]
    head = ("After", *(words[name] for name in shown), "All")
    body = table(f"{facts.noun.capitalize()}s at rest, summed up", head, lines, range(len(head)))
    return section(
        "progress",
        title,
        _lead(facts, axis),
        charts.svg("progress-chart", title, text, parts),
        key([(name, words[name]) for name in shown]),
        numbers_of(title, body),
    )


def requests(facts: Facts, axis: Axis) -> str:
    """Return how many requests left, how fast they were answered, and when the run had to wait."""
    found = traffic(facts.figures.stretches, axis)
    if found.empty:
        return section("requests", "Requests over time", NOT_MEASURED)
    bands = list(_bands(found, axis))
    all_of = latencies(facts.figures.stretches)
    median, late, last = (quantile(all_of, part) for part in (0.5, 0.95, 0.99))
    calls, seconds = found["calls"].sum(), found["seconds"].sum()
    tiles = pairs(
        [
            ("Mean rate", rate(calls / seconds)),
            ("Half answered within", span(median)),
            ("95 % within", span(late)),
            ("99 % within", span(last)),
        ],
        "tiles",
    )
    waits = [("slow", "the server asked to slow down")] if found["paused"].any() else []
    waits += [("away", "the server was not there")] if found["away"].any() else []
    return section(
        "requests",
        "Requests over time",
        "Rows on their way, look-ups, questions to the server, repeats: every request counts."
        if facts.undone is None
        else "Looks at records, deletes, repeats: every request counts.",
        tiles,
        "<h3>Requests per second</h3>",
        _rate_chart(facts, found, axis, bands),
        key([("rate", "requests per second"), *waits]),
        "<h3>Time to an answer</h3>",
        _latency_chart(found, axis, bands),
        key([("median", "half are answered within"), ("p95", "95 % are answered within"), *waits]),
        numbers_of("Requests over time", _in_numbers(facts, axis)),
    )


def hurdles(facts: Facts) -> str:
    """Return retries, slow-downs, absences, lost answers, and how these were settled."""
    figures = facts.figures
    sums = {
        name: sum(getattr(each, name) for each in figures.stretches)
        for name in ("pauses", "paused", "away", "lost", "repeats", "cleared")
    }
    again = sum(count for attempts, count in figures.attempts.items() if attempts > 1)
    most = max(figures.attempts, default=0)
    imported = facts.undone is None
    known = bool(figures.stretches) or not figures.attempts

    def count(name: str) -> str:
        return number(sums[name]) if known else "–"

    lines: list[tuple[object, ...]] = [
        (
            "Rows sent more than once" if imported else "Deletes sent more than once",
            number(again),
            f"{times(most)} at most" if again else "",
        ),
        (
            "Requests repeated at once",
            count("repeats"),
            "Reads, and what had surely not left." if sums["repeats"] else "",
        ),
        (
            "Slow-downs asked for by the server",
            count("pauses"),
            f"{span(sums['paused'] / 1000)} in all" if sums["pauses"] else "",
        ),
        (
            "Time without the server",
            span(sums["away"] / 1000) if known else "–",
            "The run waited; no row was charged." if sums["away"] else "",
        ),
        (
            "Requests whose answer was lost",
            count("lost"),
            "The system was asked what they had done; nothing was guessed." if sums["lost"] else "",
        ),
    ]
    if imported:
        people = len({verdict[0] for verdict in figures.verdicts})
        lines.append(("Rows settled by asking the server", count("cleared"), ""))
        lines.append(("Rows settled by a person", number(people), ""))
    doubts = number(facts.counts.get("in_doubt", 0))
    lines.append((f"{facts.noun.capitalize()}s in doubt", doubts, ""))
    parts = [table("What stood in the way", ("What", "How often", "Remark"), lines, (1,))]
    if figures.verdicts:
        said = [(facts.name(row), when(at), user, word) for row, user, at, word in figures.verdicts[:LINES]]
        parts.append(table("What people said of rows", ("Row", "When", "Who", "Verdict"), said, (0,)))
    return section("hurdles", "Retries, slow-downs and doubts", "", *parts)


def plan(facts: Facts) -> str:
    """Return what each leg set out to do, and what it did."""
    planned = [leg for leg in facts.legs if leg.plan_rows is not None]
    if not planned:
        return ""
    measured: dict[int, int] = {}
    for each in facts.figures.stretches:
        measured[each.leg] = measured.get(each.leg, 0) + each.calls
    lines = []
    for leg in planned:
        took = None
        if leg.first_call is not None and leg.last_call is not None:
            took = (leg.last_call - leg.first_call) / 1000
        lines.append(
            (
                leg.leg,
                number(leg.plan_rows or 0),
                "–" if leg.plan_calls is None else number(leg.plan_calls),
                number(max(leg.calls, measured.get(leg.leg, 0))),
                span(leg.plan_seconds),
                span(took),
            )
        )
    head = ("Leg", "Rows to send", "Requests planned", "Requests made", "Time planned", "Time taken")
    lead = (
        "Planned is what the rows that were not settled need at the rate of the connection; rows that turn "
        "out to be known, and cells that cannot be mapped, make it less, repeats and questions make it more. "
        "Where the server works by itself (bulk jobs) nobody can plan its time."
    )
    body = table("Each leg, from its first request to its last", head, lines, range(6))
    return section("plan", "Plan against actual", lead, body)


def _lead(facts: Facts, axis: Axis) -> str:
    if len(axis.spans) < 2:
        return f"From {when(facts.run.started)}."
    return (
        f"{len(axis.spans)} legs, one behind the other; the time between them is left out. "
        "Dashed lines show where one begins."
    )


def _breaks(axis: Axis) -> list[float]:
    return [begin for begin in axis.begins.values() if begin > 0]


def _points(series: pd.Series) -> list[tuple[float, float]]:
    return [(float(str(time)), float(value)) for time, value in series.items()]


def _bands(found: pd.DataFrame, axis: Axis) -> list[tuple[str, float, float]]:
    """Return where the run waited: bands as long as the waiting, within their point of time."""
    width = _width(found, axis)
    return [
        (name, float(str(time)), float(str(time)) + min(width, max(line[column], width * 0.1)))
        for column, name in (("paused", "slow"), ("away", "away"))
        for time, line in found[found[column] > 0].iterrows()
    ]


def _width(found: pd.DataFrame, axis: Axis) -> float:
    """Return the seconds from one point of ``found`` to the next."""
    gaps = pd.Series(found.index).diff().dropna()
    least = float(gaps.min()) if len(gaps) else axis.end
    return max(axis.width, min(least, axis.end or axis.width))


def _rate_chart(facts: Facts, found: pd.DataFrame, axis: Axis, bands: list[tuple[str, float, float]]) -> str:
    rates = found["calls"] / found["seconds"].clip(lower=0.05)
    allowed = [leg.plan_calls / leg.plan_seconds for leg in facts.legs if leg.plan_calls and leg.plan_seconds]
    top = float(rates.max()) * 1.12
    near = [each for each in allowed if each <= 3 * top]
    frame = charts.Frame(
        axis.end, max([top, *(each * 1.15 for each in near)]), lambda v: f"{v:g}", _breaks(axis)
    )
    width = _width(found, axis)
    parts = [charts.band(frame, *each) for each in bands] + list(charts.ground(frame))
    parts += [
        charts.column(frame, "rate", time, min(time + width, axis.end), value)
        for time, value in _points(rates)
        if value
    ]
    if near:
        parts.append(charts.level(frame, "allowed", near[-1], f"allowed: {rate(near[-1])}"))
    text = f"Up to {rate(float(rates.max()))}."
    return charts.svg("rate-chart", "Requests per second over time", text, parts)


def _latency_chart(found: pd.DataFrame, axis: Axis, bands: list[tuple[str, float, float]]) -> str:
    heard = found[found["answers"] > 0]
    if heard.empty:
        return "<p>No answer came.</p>"
    unit, scale = ("ms", 1000.0) if float(heard["p95"].max()) < 2 else ("s", 1.0)
    top = float(heard["p95"].max()) * scale * 1.12
    frame = charts.Frame(axis.end, top, lambda value: f"{value:g} {unit}", _breaks(axis))
    half = _width(found, axis) / 2
    parts = [charts.band(frame, *each) for each in bands] + list(charts.ground(frame))
    for name in ("p95", "median"):
        values = [(min(time + half, axis.end), value * scale) for time, value in _points(heard[name])]
        parts.append(charts.line(frame, name, values))
    text = f"95 % of answers came within {span(float(heard['p95'].max()))} at the slowest."
    return charts.svg("latency-chart", "Time to an answer over time", text, parts)


def _in_numbers(facts: Facts, axis: Axis) -> str:
    found = coarser(facts.figures.stretches, axis, LINES)
    lines = [
        (
            span(float(str(time))),
            number(line["calls"]),
            rate(line["calls"] / max(line["seconds"], 0.05)),
            span(None if pd.isna(line["median"]) else line["median"]),
            span(None if pd.isna(line["p95"]) else line["p95"]),
            number(line["lost"]),
            span(line["paused"] + line["away"]),
            number(line["at_once"]),
        )
        for time, line in found.iterrows()
    ]
    head = ("From", "Requests", "Rate", "Median", "95 %", "Lost", "Waited", "In flight allowed")
    return table("Requests by time of work", head, lines, range(8))
