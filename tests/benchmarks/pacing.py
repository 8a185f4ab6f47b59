"""Line ``rate``: how much of the rate is used, and whether more than it allows ever arrives within a second."""

from __future__ import annotations

from pathlib import Path

from tests.benchmarks.children import IMPORTER, Server, connections_file, fresh_state, run
from tests.benchmarks.report import Result, median
from tests.benchmarks.tables import MAPPING, write_csv

RATES = {10: 100, 100: 1_500, 1_000: 8_000}
"""Departures a second, and the rows that are sent at it."""
BUNCHED = 0.03
"""Share by which more may arrive within a second than left (promise P5)."""


def rate(folder: Path, rounds: int) -> list[Result]:
    """Return the mean rate of creates as a share of what was allowed, and the most within a second, likewise."""
    results = []
    for allowed, rows in RATES.items():
        found = [_sent(folder, allowed, rows) for _ in range(rounds)]
        mean = sorted(rate / allowed for rate, _most in found)
        most = sorted(most / allowed for _rate, most in found)
        name, judged = f"rate, {allowed:,} a second, {rows:,} rows", allowed == 100
        results += [
            Result(
                f"{name}: mean of the creates", median(mean), (mean[0], mean[-1]), f"{allowed} allowed",
                must=0.97 if judged else None, aim=0.99 if judged else None, at_least=True,
            ),
            Result(
                f"{name}: the most that arrive within a second", median(most), (most[0], most[-1]),
                "what leaves is bounded exactly (tests/transport/test_pacing.py); networks bunch",
                must=max(1 + BUNCHED, 1 + 1 / allowed) if judged else None,
            ),
        ]  # fmt: skip
    return results


def _sent(folder: Path, allowed: int, rows: int) -> tuple[float, int]:
    table = write_csv(folder / f"{rows}.csv", rows)
    with Server(folder, 0.02, light=True) as server:
        file = connections_file(folder, server.url, rate=f"{allowed}/s", concurrency=50)
        there = ["--connection", "bench", "--connections", str(file), *fresh_state(folder)]
        what = [str(table), "--mapping", str(MAPPING), "--via", "single", *there, "--json", "--yes"]
        said = run([*IMPORTER, "run", *what], folder=folder).said
        creates, seconds, most = server.window()
    assert said["counts"]["created"] == creates == rows, said
    return (creates - 1) / seconds, most
