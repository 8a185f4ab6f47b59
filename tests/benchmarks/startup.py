"""Line ``startup``: how long a person waits before anything happens, beside the bare interpreter."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.benchmarks.children import IMPORTER, PYTHON, Server, Spent, connections_file, fresh_state, run
from tests.benchmarks.report import Result, compared, cpu_of, interleaved, measured, median
from tests.benchmarks.tables import MAPPING, write_csv

TIMES = 10


def startup(folder: Path, rounds: int) -> list[Result]:
    """Return the wall times of ``--help``, and of ``check`` and ``run`` of one row."""
    table = write_csv(folder / "one.csv", 1)
    what = [str(table), "--mapping", str(MAPPING), "--json"]
    with Server(folder, 0.0) as server:
        file = connections_file(folder, server.url, rate="5000/s", concurrency=1)

        def importer(*arguments: str) -> Callable[[], Spent]:
            return lambda: run([*IMPORTER, *arguments], folder=folder)

        def one_row() -> Spent:
            # From the second time on the server knows the key and says so, which takes it as long.
            there = ["--connection", "bench", "--connections", str(file), "--yes", *fresh_state(folder)]
            return run([*IMPORTER, "run", *what, *there], folder=folder)

        check = importer("check", *what, "--state", str(folder / "state"))
        return [
            *_lines("--help", importer("--help"), folder, must=0.25, aim=0.15),
            *_lines("check of one row", check, folder),
            *_lines("run of one row, 0 ms", one_row, folder),
        ]


def _lines(
    name: str,
    program: Callable[[], Spent],
    folder: Path,
    *,
    must: float | None = None,
    aim: float | None = None,
) -> list[Result]:
    bare = partial(run, [*PYTHON, "-c", "pass"], folder=folder)
    pairs, warning = interleaved(TIMES, (program, bare), cpu_of)
    seconds = measured(
        f"{name}: seconds",
        (a.wall for a, _ in pairs),
        f"CPU {median(a.cpu for a, _ in pairs):.2f} s, peak {median(a.peak for a, _ in pairs) / 2**20:.0f} MB",
        must=must,
        aim=aim,
    )
    beside = f"beside {median(b.wall for _, b in pairs):.3f} s of the bare interpreter{warning}"
    return [seconds, compared(f"{name}: × the interpreter", ((a.wall, b.wall) for a, b in pairs), beside)]
