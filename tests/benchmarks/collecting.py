"""Line ``collections``: 200 records a request, by the importer, a bare client and the peers."""

from __future__ import annotations

from collections import Counter
from math import ceil
from pathlib import Path

from tests.benchmarks.contest import BARE, Contest, Load, beside, missing, rounds_of
from tests.benchmarks.report import Result, interleaved, measured

BATCH = 200
IN_FLIGHT = 5


def collections(folder: Path, rounds: int, rows: int = 20_000) -> list[Result]:
    """Return calls, throughput, wall time and CPU at 50 ms latency with 5 in flight."""
    if rows < (fewest := 2 * IN_FLIGHT * BATCH):
        raise SystemExit(f"collections takes {fewest:,} rows or more: what is in flight at once has no pace")
    name = f"collections, 50 ms, {IN_FLIGHT} in flight"
    contestants = Contest(folder, rows, IN_FLIGHT, 0.05, via="collections").contestants()
    done, warning = interleaved(rounds, list(contestants.values()), lambda load: load.cpu)
    found = rounds_of(contestants, done)
    return [
        _calls(name, [ours for ours, *_others in done], rows),
        *beside(
            f"{name}: rows/s, first to last create", "rows/s", found, lambda load: load.sent,
            limits={BARE: (0.75, 0.95)}, at_least=True, warning=warning,
        ),
        *beside(f"{name}: wall time of the whole command", "s", found, lambda load: load.client.wall),
        *beside(f"{name}: CPU per row, all in", "µs", found, lambda load: load.each),
        *missing(name),
    ]  # fmt: skip


def _calls(name: str, ours: list[Load], rows: int) -> Result:
    """Return the requests that left, of every kind: the rows', and two before them."""
    kinds = Counter(ours[0].kinds)
    return measured(
        f"{name}: calls for {rows:,} rows",
        (sum(load.kinds.values()) for load in ours),
        ", ".join(f"{count} {kind}" for kind, count in kinds.most_common()),
        must=ceil(rows / BATCH) + 2,
    )
