"""Lines ``bulk…``: Bulk API 2.0 by the importer, a bare client and the peers."""

from __future__ import annotations

from pathlib import Path

from tests.benchmarks.contest import BARE, NODE, SIMPLE, Contest, Load, beside, missing, rounds_of
from tests.benchmarks.report import Result, interleaved, measured


def bulk(folder: Path, rounds: int, rows: int = 200_000) -> list[Result]:
    """Return CPU, memory and wall time. A round takes minutes: three for five rounds, none of them again."""
    name = f"bulk, {rows:,} rows"
    contestants = Contest(folder, rows, 5, 0.0, via="bulk").contestants()
    few = (rounds + 1) // 2
    done, warning = interleaved(few, list(contestants.values()), lambda load: load.cpu, most=few)
    found = rounds_of(contestants, done)
    ours = [first for first, *_others in done]
    calls = f"{sum(ours[0].kinds.values())} calls in all"
    return [
        measured(f"{name}: µs of CPU per row, all in", (load.each for load in ours), calls, aim=50),
        measured(f"{name}: peak memory in MB", map(_peak, ours), "results written", must=150, aim=120),
        *beside(
            f"{name}: wall time of the whole command", "s", found, lambda load: load.client.wall,
            limits={BARE: (6, None), SIMPLE: (3, 1)}, warning=warning,
        ),
        *beside(f"{name}: CPU per row, all in", "µs", found, lambda load: load.each),
        *beside(f"{name}: peak memory", "MB", found, _peak),
        *missing(name),
    ]  # fmt: skip


def bulk_slow(folder: Path, rounds: int, rows: int = 50_000) -> list[Result]:
    """Return wall time with a server that takes 1 ms a row; two rounds for five, none of them again."""
    name = f"bulk, {rows:,} rows, 1 ms a row at the server"
    contestants = Contest(folder, rows, 5, 0.0, via="bulk", settings="bulk_row_time=1ms").contestants()
    contestants.pop(NODE, None)  # it waits as the others do
    few = max(1, rounds // 2)
    done, warning = interleaved(few, list(contestants.values()), lambda load: load.cpu, most=few)
    return [
        *beside(
            f"{name}: wall time of the whole command", "s", rounds_of(contestants, done),
            lambda load: load.client.wall, limits={BARE: (1.05, None)}, warning=warning,
        ),
        *(found for found in missing(name) if SIMPLE in found.name),
    ]  # fmt: skip


def _peak(load: Load) -> float:
    return load.client.peak / 2**20
