"""The statistics of a report: what the journal counted, as tables over the time that a run was at work.

Time is working time: legs stand one behind the other, and the nights between them are left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from importer.journal.figures import Figures, Worked
from importer.journal.records import Stretch
from importer.journal.states import SHOWN
from importer.model.latency import quantile
from importer.model.outcome import Status

GROUPS: Mapping[str, tuple[Status, ...]] = {
    "created": (Status.CREATED, Status.UPDATED),
    "exists": (Status.EXISTS,),
    "skipped": (Status.SKIPPED,),
    "undone": (Status.DELETED, Status.GONE),
    "kept": (Status.KEPT,),
    "doubt": (Status.IN_DOUBT,),
    "failed": (Status.INVALID, Status.REJECTED, Status.BLOCKED),
}
"""Statuses that a chart draws as one, from the bottom up."""
_GROUP_OF = {status: group for group, statuses in GROUPS.items() for status in statuses}
SUMS = ["calls", "lost", "repeats", "pauses", "paused", "away", "cleared"]


@dataclass(frozen=True, slots=True)
class Axis:
    """Working time in seconds: where each leg begins on it, and where the last ends.

    ``width`` is from one point to the next.
    """

    begins: Mapping[int, float]
    end: float
    width: float
    spans: Sequence[Worked]

    def place(self, moments: pd.Series) -> pd.Series:
        """Return where ``moments`` (milliseconds since 1970) lie; what is after a leg counts as its end."""
        spans = pd.DataFrame(
            [(span.since, span.until, self.begins[span.leg]) for span in self.spans],
            columns=["since", "until", "begin"],
        ).astype({"since": "int64", "until": "int64", "begin": "float64"})
        asked = pd.DataFrame({"at": moments.astype("int64")}).reset_index().sort_values("at")
        found = pd.merge_asof(asked, spans, left_on="at", right_on="since").set_index("index").sort_index()
        found = found.fillna({"since": found["at"], "until": found["at"], "begin": 0.0})
        inside = found["at"].clip(upper=found["until"]) - found["since"]
        return found["begin"] + inside / 1000


def axis_of(figures: Figures) -> Axis:
    """Return the working time of a run."""
    begins, end = {}, 0.0
    for span in figures.worked:
        begins[span.leg] = end
        end += (span.until - span.since) / 1000
    return Axis(begins, end, figures.width / 1000, figures.worked)


def progress(figures: Figures, axis: Axis) -> pd.DataFrame:
    """Return how many rows had come to rest, by the groups of statuses, at the end of each point of time."""
    found = pd.DataFrame(
        [(each.at, _GROUP_OF[SHOWN[each.state]], each.rows) for each in figures.progress],
        columns=["at", "group", "rows"],
    )
    if found.empty or axis.end <= 0:
        return pd.DataFrame(columns=list(GROUPS), dtype="int64")
    found["time"] = axis.place(found["at"] + figures.width - 1)
    table = found.pivot_table(index="time", columns="group", values="rows", aggfunc="sum", fill_value=0)
    table = table.reindex(columns=list(GROUPS), fill_value=0).sort_index().cumsum()
    start = pd.DataFrame(0, index=pd.Index([0.0], name="time"), columns=table.columns)
    return pd.concat([start[~start.index.isin(table.index)], table]).astype("int64")


def traffic(stretches: Sequence[Stretch], axis: Axis) -> pd.DataFrame:
    """Return how requests fared by points of time: index in seconds of working time.

    Columns: the sums of ``Stretch`` (times in seconds), ``answers``, ``seconds`` that were measured,
    ``at_once`` (the least), and in seconds the ``median``, ``p95`` and ``p99`` of times to an answer.
    """
    columns = [*SUMS, "answers", "seconds", "at_once", "median", "p95", "p99"]
    if not stretches:
        return pd.DataFrame(columns=columns, dtype="float64")
    raw = pd.DataFrame(
        [
            (
                s.at,
                s.until - s.at,
                s.calls,
                s.lost,
                s.repeats,
                s.pauses,
                s.paused,
                s.away,
                s.cleared,
                s.at_once,
            )
            for s in stretches
        ],
        columns=["at", "seconds", *SUMS, "at_once"],
    )
    raw[["seconds", "paused", "away"]] /= 1000
    width = max(axis.width, float(raw["seconds"].round().max()))
    raw["point"] = (axis.place(raw["at"]) / width).astype("int64") * width
    table = raw.groupby("point").agg({**dict.fromkeys([*SUMS, "seconds"], "sum"), "at_once": "min"})
    counted = pd.DataFrame(
        [
            (point, step, count)
            for point, each in zip(raw["point"], stretches, strict=True)
            for step, count in each.latencies.items()
        ],
        columns=["point", "step", "count"],
    )
    by_point = {
        point: dict(zip(part["step"], part["count"], strict=True))
        for point, part in counted.groupby(["point", "step"], as_index=False)["count"].sum().groupby("point")
    }
    table["answers"] = [sum(by_point.get(point, {}).values()) for point in table.index]
    for name, part in (("median", 0.5), ("p95", 0.95), ("p99", 0.99)):
        table[name] = [quantile(by_point.get(point, {}), part) for point in table.index]
    return table[columns].astype("float64")


def latencies(stretches: Sequence[Stretch]) -> dict[int, int]:
    """Return all answers of a run by the steps of their times."""
    found: dict[int, int] = {}
    for stretch in stretches:
        for step, count in stretch.latencies.items():
            found[step] = found.get(step, 0) + count
    return found


def thinned(table: pd.DataFrame, most: int) -> pd.DataFrame:
    """Return at most ``most`` lines of a running total, evenly apart and the last one always."""
    if len(table) <= most:
        return table
    picked = sorted({round(place * (len(table) - 1) / (most - 1)) for place in range(most)})
    return table.iloc[picked]


def coarser(stretches: Sequence[Stretch], axis: Axis, most: int) -> pd.DataFrame:
    """Return ``traffic`` in at most about ``most`` points."""
    wide = Axis(axis.begins, axis.end, max(axis.width, axis.end / most), axis.spans)
    return traffic(stretches, wide)
