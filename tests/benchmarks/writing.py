"""Line ``results``: writing results files of both kinds beside csv and XlsxWriter alone, and their memory."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from tests.benchmarks.children import PYTHON, Spent, run
from tests.benchmarks.report import Result, compared, cpu_of, interleaved, median

SMALL = 5_000


def results(folder: Path, rounds: int, rows: int = 100_000) -> list[Result]:
    """Return time and memory of results files of ``rows`` rows of 15 cells, text and workbook."""
    found: list[Result] = []
    for kind, bare in (("csv", "bare-csv"), ("xlsx", "bare-xlsx")):
        pairs, noise = interleaved(
            max(1, rounds // (1 if kind == "csv" else 2)),
            [partial(_write, way, kind, folder, rows) for way in ("ours", bare)],
            cpu_of,
        )
        ours, theirs = (rows / median(float(each.said) for each in side) for side in zip(*pairs, strict=True))
        peak = median(own.peak for own, _bare in pairs) / 2**20
        small = _write("ours", kind, folder, SMALL).peak / 2**20
        detail = f"{ours:,.0f} beside {theirs:,.0f} rows/s of CPU{noise}"
        name = f"results of {rows:,} rows as {kind.upper()}"
        found.append(compared(f"{name}, time × the bare library", _times(pairs), detail))
        text = f"peak {peak:.1f} against {small:.1f} MB for {SMALL:,} rows"
        found.append(compared(f"{name}, memory × {SMALL:,} rows", [(peak, small)], text))
    return found


def _write(way: str, kind: str, folder: Path, rows: int) -> Spent:
    command = [*PYTHON, "-m", "tests.benchmarks.writers", way, str(folder / f"results.{kind}"), str(rows)]
    return run(command, folder=folder)


def _times(pairs: list[tuple[Spent, ...]]) -> list[tuple[float, float]]:
    return [(float(ours.said), float(bare.said)) for ours, bare in pairs]
