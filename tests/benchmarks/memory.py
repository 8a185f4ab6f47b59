"""Lines ``memory`` and ``memory-check``: peak memory of a small table beside that of a large one."""

from __future__ import annotations

from pathlib import Path

from tests.benchmarks.children import IMPORTER, Server, Spent, connections_file, fresh_state, run
from tests.benchmarks.report import Result, compared, median
from tests.benchmarks.tables import MAPPING, write_csv

SMALL, LARGE = 20_000, 200_000
RATE = "5000/s"


def memory(folder: Path, rounds: int, rows: int = LARGE) -> list[Result]:
    """Compare ``run``. A pair takes some minutes and peaks hardly differ: one pair for five rounds."""
    with Server(folder, 0.0) as server:
        file = connections_file(folder, server.url, rate=RATE, concurrency=50)
        there = ["--connection", "bench", "--connections", str(file), "--via", "single", "--json", "--yes"]
        pairs = [(_run(folder, there, rows), _run(folder, there, SMALL)) for _ in range(max(1, rounds // 5))]
    return [_result("run", rows, pairs)]


def memory_check(folder: Path, rounds: int, rows: int = LARGE) -> list[Result]:
    """Compare ``check``: reading, mapping and finding repeated keys, without sending."""
    pairs = [(_check(folder, rows), _check(folder, SMALL)) for _ in range(rounds)]
    return [_result("check", rows, pairs)]


def _run(folder: Path, there: list[str], rows: int) -> Spent:
    what = [str(write_csv(folder / "table.csv", rows)), "--mapping", str(MAPPING)]
    return run([*IMPORTER, "run", *what, *there, *fresh_state(folder)], folder=folder)


def _check(folder: Path, rows: int) -> Spent:
    table = write_csv(folder / "table.csv", rows)
    where = ["--state", str(folder / "state"), "--json"]
    return run([*IMPORTER, "check", str(table), "--mapping", str(MAPPING), *where], folder=folder)


def _result(command: str, rows: int, pairs: list[tuple[Spent, Spent]]) -> Result:
    large, small = (median(spent.peak for spent in side) / 2**20 for side in zip(*pairs, strict=True))
    return compared(
        f"memory of {command}, {rows:,} against {SMALL:,} rows",
        ((a.peak, b.peak) for a, b in pairs),
        f"peak {large:.1f} against {small:.1f} MB",
        must=1.15,
        aim=1.05,
    )
