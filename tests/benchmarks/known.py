"""Line ``known``: what the rows of a nightly export cost that are known since the night before."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.benchmarks.children import IMPORTER, Server, connections_file, run
from tests.benchmarks.report import Result
from tests.benchmarks.tables import COLUMNS, MAPPING, write_csv

KNOWN = 400_000
RATE = "5000/s"


def known(folder: Path, rounds: int, rows: int = KNOWN) -> list[Result]:
    """Load ``rows`` by jobs, then another file with the same rows by collections; ``rounds`` is one."""
    first = write_csv(folder / "first.csv", rows)
    second = folder / "second.csv"
    shutil.copy(first, second)
    with second.open("a", encoding="utf-8") as stream:
        stream.write("\n")  # other bytes, the same rows: the file of the next night
    state = folder / "state"
    with Server(folder, 0.0) as server:
        file = connections_file(folder, server.url, rate=RATE, concurrency=10)
        there = ["--mapping", str(MAPPING), "--connection", "bench", "--connections", str(file)]
        there += ["--state", str(state), "--json", "--yes", "--quiet"]
        run([*IMPORTER, "run", str(first), *there, "--via", "bulk"], folder=folder)
        before = _journal(state, folder)
        again = run([*IMPORTER, "run", str(second), *there, "--via", "collections"], folder=folder)
    grown = (_journal(state, folder) - before) / 2**20
    assert again.said["counts"] == {"exists": rows}, again.said["counts"]
    calls = float(again.said["calls"]) - 1  # signing in is none of the daily calls of an org
    name = f"{rows:,} known rows of {len(COLUMNS)} columns"
    detail = f"{again.wall:.0f} s in all, {again.cpu:.0f} s CPU, peak {again.peak / 2**20:.0f} MB"
    return [
        Result(f"{name}: MB of journal", grown, (grown, grown), detail, must=1.0),
        Result(f"{name}: calls besides signing in", calls, (calls, calls), "by collections", must=3.0),
    ]


def _journal(state: Path, folder: Path) -> int:
    """Return the bytes of a journal whose write-ahead log is folded in."""
    copy = folder / "copy.db"
    copy.unlink(missing_ok=True)
    run([*IMPORTER, "journal", "backup", str(copy), "--state", str(state)], folder=folder)
    return copy.stat().st_size
