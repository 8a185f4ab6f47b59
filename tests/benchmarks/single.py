"""Lines ``single…``: creates by the importer beside a bare client that posts the same bytes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.children import IMPORTER, PYTHON, Server, Spent, connections_file, fresh_state, run
from tests.benchmarks.report import Result, compared, cpu_of, interleaved, median
from tests.benchmarks.tables import MAPPING, write_csv

RATE = "5000/s"
"""Far more than two cores can do: pacing is at work and does not bind."""


@dataclass(frozen=True, slots=True)
class Load:
    """One load: what the client took, and what the server saw of it.

    ``sending`` are the seconds from the first create to the last as they arrive, ``elapsed`` those from the
    first request of all to the last as they leave.
    """

    rows: int
    client: Spent
    server_cpu: float
    sending: float
    elapsed: float


class Bench:
    """The two contestants, on one table, against servers of one kind. ``folder`` is for this bench alone.

    ``latency`` in seconds; ``light`` as Server has it.
    """

    def __init__(
        self, folder: Path, rows: int, in_flight: int, latency: float, *, light: bool = False
    ) -> None:
        self._folder = folder
        self._rows = rows
        self._in_flight = in_flight
        self._latency = latency
        self._light = light
        self._tables = {count: write_csv(folder / f"{count}.csv", count) for count in (1, rows)}
        for table in self._tables.values():
            bodies = table.with_suffix(".bodies")
            run(
                [*PYTHON, "-m", "tests.benchmarks.bodies", str(table), str(MAPPING), str(bodies)],
                folder=folder,
            )

    def importer(self, rows: int | None = None) -> Load:
        """Load the table by ``case-importer run``: journal, mapping, pacing, results all on."""
        table = self._tables[rows or self._rows]
        with Server(self._folder, self._latency, light=self._light) as server:
            file = connections_file(self._folder, server.url, rate=RATE, concurrency=self._in_flight)
            there = ["--connection", "bench", "--connections", str(file), *fresh_state(self._folder)]
            what = [str(table), "--mapping", str(MAPPING), *there, "--via", "single", "--json", "--yes"]
            client = run([*IMPORTER, "run", *what], folder=self._folder)
            creates, sending = server.creates()
        assert creates == client.said["counts"]["created"] == (rows or self._rows), client.said
        return Load(creates, client, server.cpu, sending, client.said["elapsed_seconds"])

    def bare(self, rows: int | None = None) -> Load:
        """Load the prepared bodies of the same table by the bare client."""
        bodies = self._tables[rows or self._rows].with_suffix(".bodies")
        with Server(self._folder, self._latency, light=self._light) as server:
            command = [*PYTHON, "-m", "tests.benchmarks.bare_client", server.url, str(bodies)]
            client = run([*command, str(self._in_flight)], folder=self._folder)
            creates, sending = server.creates()
        assert creates == (rows or self._rows)
        return Load(creates, client, server.cpu, sending, client.said["elapsed_seconds"])


def single(folder: Path, rounds: int, rows: int = 10_000) -> list[Result]:
    """Return throughput and CPU at 50 ms latency with 50 in flight."""
    return _lines("single, 50 ms, 50 in flight", Bench(folder, rows, 50, 0.05), rounds, judged=True)


def single_0ms(folder: Path, rounds: int, rows: int = 10_000) -> list[Result]:
    """Return the same without latency: what is left when nothing is waited for."""
    return _lines("single, 0 ms, 50 in flight", Bench(folder, rows, 50, 0.0), rounds)


def single_light(folder: Path, rounds: int, rows: int = 10_000) -> list[Result]:
    """Return the same as ``single`` against a server that costs next to nothing: a slow client shows."""
    bench = Bench(folder, rows, 50, 0.05, light=True)
    return _lines("single, 50 ms, 50 in flight, light server", bench, rounds)


def _lines(name: str, bench: Bench, rounds: int, *, judged: bool = False) -> list[Result]:
    starts = [(bench.importer(1).client.cpu, bench.bare(1).client.cpu) for _ in range(3)]
    base = (median(a for a, _ in starts), median(b for _, b in starts))
    pairs, warning = interleaved(rounds, bench.importer, bench.bare, _spent)
    a, b = [first for first, _ in pairs], [second for _, second in pairs]
    return [
        compared(
            f"{name}: creates/s, first to last request",
            ((_rate(x.rows, x.elapsed), _rate(y.rows, y.elapsed)) for x, y in pairs),
            f"{_pace(a, 'elapsed')} beside {_pace(b, 'elapsed')} creates/s{warning}",
            must=0.9 if judged else None,
            aim=0.97 if judged else None,
            at_least=True,
        ),
        compared(
            f"{name}: creates/s, first to last create",
            ((_rate(x.rows, x.sending), _rate(y.rows, y.sending)) for x, y in pairs),
            f"{_pace(a, 'sending')} beside {_pace(b, 'sending')} creates/s; the sending pass alone",
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


def _spent(a: Load, b: Load) -> float:
    return cpu_of(a.client, b.client) + a.server_cpu + b.server_cpu


def _rate(rows: int, seconds: float) -> float:
    return (rows - 1) / seconds


def _each(load: Load, base: float) -> float:
    return (load.client.cpu - base) / load.rows


def _pace(loads: list[Load], span: str) -> str:
    return f"{median(_rate(load.rows, getattr(load, span)) for load in loads):.0f}"
