"""Lines ``single…``: creates by the importer beside a bare client that posts the same bytes."""

from __future__ import annotations

from pathlib import Path

from tests.benchmarks.contest import Contest, Load
from tests.benchmarks.report import Result, compared, interleaved, median


def single(folder: Path, rounds: int, rows: int = 10_000) -> list[Result]:
    """Return throughput and CPU at 50 ms latency with 50 in flight."""
    return _lines("single, 50 ms, 50 in flight", Contest(folder, rows, 50, 0.05), rounds, judged=True)


def single_0ms(folder: Path, rounds: int, rows: int = 10_000) -> list[Result]:
    """Return the same without latency: what is left when nothing is waited for."""
    return _lines("single, 0 ms, 50 in flight", Contest(folder, rows, 50, 0.0), rounds)


def single_light(folder: Path, rounds: int, rows: int = 10_000) -> list[Result]:
    """Return the same as ``single`` against a server that costs next to nothing: a slow client shows."""
    contest = Contest(folder, rows, 50, 0.05, light=True)
    return _lines("single, 50 ms, 50 in flight, light server", contest, rounds)


def _lines(name: str, contest: Contest, rounds: int, *, judged: bool = False) -> list[Result]:
    starts = [(contest.importer(1).client.cpu, contest.bare(1).client.cpu) for _ in range(3)]
    base = (median(a for a, _ in starts), median(b for _, b in starts))
    pairs, warning = interleaved(rounds, (contest.importer, contest.bare), lambda load: load.cpu)
    a, b = [first for first, _ in pairs], [second for _, second in pairs]
    return [
        compared(
            f"{name}: creates/s, first to last request",
            ((x.whole, y.whole) for x, y in pairs),
            f"{median(x.whole for x in a):.0f} beside {median(y.whole for y in b):.0f} creates/s{warning}",
            must=0.93 if judged else None,
            aim=0.97 if judged else None,
            at_least=True,
        ),
        compared(
            f"{name}: creates/s, first to last create",
            ((x.sent, y.sent) for x, y in pairs),
            f"{median(x.sent for x in a):.0f} beside {median(y.sent for y in b):.0f} creates/s; "
            "the sending pass alone",
            at_least=True,
        ),
        compared(
            f"{name}: wall time of the whole command",
            ((x.client.wall, y.client.wall) for x, y in pairs),
            f"{median(x.client.wall for x in a):.1f} beside {median(y.client.wall for y in b):.1f} s",
        ),
        compared(
            f"{name}: CPU per create, start-up taken off",
            ((_each(x, base[0]), _each(y, base[1])) for x, y in pairs),
            f"{median(_each(x, base[0]) for x in a) * 1e6:.0f} beside "
            f"{median(_each(y, base[1]) for y in b) * 1e6:.0f} µs; "
            f"start-up {base[0]:.2f} beside {base[1]:.2f} s; "
            f"the server took {median(x.server_cpu / x.rows for x in a) * 1e6:.0f} µs",
            must=1.7 if judged else None,
            aim=1.4 if judged else None,
        ),
    ]


def _each(load: Load, base: float) -> float:
    return (load.client.cpu - base) / load.rows
