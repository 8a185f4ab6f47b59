"""Lines ``peers…``: single creates by the importer beside clients that people use for them."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from tests.benchmarks.contest import BARE, SIMPLE, TUNED, Contest, beside, missing, rounds_of
from tests.benchmarks.report import Result, compared, interleaved, median


def peers(folder: Path, rounds: int, rows: int = 10_000) -> list[Result]:
    """Return throughput, wall time and CPU at 50 ms latency with 50 in flight, beside each peer there is."""
    return _lines(
        "peers, single creates, 50 ms, 50 in flight", Contest(folder, rows, 50, 0.05), rounds, must=1.5
    )


def peers_light(folder: Path, rounds: int, rows: int = 10_000) -> list[Result]:
    """Return the same against a server that costs next to nothing: a slow client shows."""
    contest = Contest(folder, rows, 50, 0.05, light=True)
    return _lines("peers, single creates, 50 ms, 50 in flight, light server", contest, rounds)


def _lines(name: str, contest: Contest, rounds: int, *, must: float | None = None) -> list[Result]:
    contestants = contest.contestants()
    del contestants[BARE]  # the line `single` has it
    if len(contestants) == 1:
        return missing(name)
    as_they_come = len(contestants)
    if SIMPLE in contestants:
        contestants[TUNED] = partial(contest.peer, TUNED)
    done, warning = interleaved(rounds, list(contestants.values()), lambda load: load.cpu)
    found = rounds_of(contestants, done)
    fastest = [
        (ours.whole, max(their.whole for their in others))
        for ours, *others in (each[:as_they_come] for each in done)
    ]
    return [
        compared(
            f"{name}: creates/s, first to last request, × the fastest as it comes",
            fastest,
            f"{median(a for a, _ in fastest):.0f} beside {median(b for _, b in fastest):.0f} creates/s{warning}",
            must=must,
            at_least=True,
        ),
        *beside(f"{name}: creates/s, first to last request", "creates/s", found, lambda load: load.whole),
        *beside(f"{name}: wall time of the whole command", "s", found, lambda load: load.client.wall),
        *beside(f"{name}: CPU per create, all in", "µs", found, lambda load: load.each),
        *missing(name),
    ]
