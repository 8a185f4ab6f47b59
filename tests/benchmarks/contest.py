"""The contestants: importer, bare client and peers, who load the same records into servers of one kind."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from tests.benchmarks import children
from tests.benchmarks.children import IMPORTER, PYTHON, Server, Spent, connections_file, fresh_state, run
from tests.benchmarks.report import Result, compared, left_out, median
from tests.benchmarks.tables import MAPPING, write_csv

RATE = "5000/s"
"""Far more than two cores can do: pacing is at work and does not bind."""
BARE = "a bare client"
SIMPLE = "simple-salesforce"
TUNED = "simple-salesforce that keeps a connection for each thread"
NODE = "jsforce"
JSFORCE = children.ROOT / "tests" / "simulator" / "jsforce" / "node_modules" / "jsforce" / "package.json"
MISSING = {
    SIMPLE: "not installed: pip install -e '.[bench]'",
    NODE: "not installed: npm ci --prefix tests/simulator/jsforce (and Node)",
}
"""The peers, and what is said of one that is not there."""
NOTHING_ASKED: Mapping[str, tuple[float | None, float | None]] = {}


def peer_versions() -> dict[str, str]:
    """Return the versions of the peers that are installed."""
    from importlib.metadata import version

    found = {}
    if find_spec("simple_salesforce"):
        found[SIMPLE] = version(SIMPLE)
    if JSFORCE.is_file() and shutil.which("node"):
        found[NODE] = json.loads(JSFORCE.read_text(encoding="utf-8"))["version"]
    return found


@dataclass(frozen=True, slots=True)
class Load:
    """One load: what the client took, and what the server saw of it.

    ``creates`` are the requests that made records, ``sending`` the seconds from the first of them to the last
    as they arrive, ``elapsed`` those from the first request of all to the last as they leave; all are 0 for
    jobs. ``kinds`` counts the requests that arrived, by what the simulator calls them (empty for the light
    server).
    """

    rows: int
    client: Spent
    server_cpu: float
    creates: int
    sending: float
    elapsed: float
    kinds: Mapping[str, int]

    @property
    def cpu(self) -> float:
        """CPU seconds of client and server."""
        return self.client.cpu + self.server_cpu

    @property
    def sent(self) -> float:
        """Rows a second, first to last create: what the first request brings is there at second 0."""
        return self.rows * (1 - 1 / self.creates) / self.sending

    @property
    def whole(self) -> float:
        """Rows a second, first to last request, sign-in and describe included."""
        return self.rows * (1 - 1 / self.creates) / self.elapsed

    @property
    def each(self) -> float:
        """Microseconds of the client's CPU a row, start-up included."""
        return self.client.cpu / self.rows * 1e6


class Contest:
    """Loads of one table by one way, each into a server on a fresh store. ``folder`` is for this contest alone.

    ``via`` is ``single``, ``collections`` or ``bulk``; ``latency`` in seconds; ``light`` and ``settings`` as
    Server has them.
    """

    def __init__(
        self,
        folder: Path,
        rows: int,
        in_flight: int,
        latency: float,
        *,
        via: str = "single",
        light: bool = False,
        settings: str = "",
    ) -> None:
        self._folder = folder
        self._rows = rows
        self._in_flight = in_flight
        self._via = via
        self._server = partial(Server, folder, latency, light=light, settings=settings)
        self._light = light
        self._tables: dict[int, Path] = {}
        self._files: dict[tuple[str, int], list[str]] = {}

    def contestants(self) -> dict[str, Callable[[], Load]]:
        """Return who loads the whole table: the importer first, then the bare client and the peers there are."""
        peers = {name: partial(self.peer, name) for name in peer_versions()}
        return {"the importer": self.importer, BARE: self.bare, **peers}

    def importer(self, rows: int | None = None) -> Load:
        """Load by ``case-importer run``: journal, mapping, pacing, results all on."""
        table = self._table(rows or self._rows)
        with self._server() as server:
            file = connections_file(self._folder, server.url, rate=RATE, concurrency=self._in_flight)
            there = ["--connection", "bench", "--connections", str(file), *fresh_state(self._folder)]
            what = [str(table), "--mapping", str(MAPPING), "--via", self._via, *there, "--json", "--yes"]
            client = run([*IMPORTER, "run", *what], folder=self._folder)
            seen = self._seen(server)
        assert client.said["counts"]["created"] == client.said["rows"], client.said
        return self._load(client, server, *seen)

    def bare(self, rows: int | None = None) -> Load:
        """Load by the bare client what was prepared, byte by byte the same."""
        files = self._prepared(self._via, rows or self._rows)
        module = "tests.benchmarks.bare_jobs" if self._via == "bulk" else "tests.benchmarks.bare_client"
        way, flight = ([], []) if self._via == "bulk" else ([self._via], [str(self._in_flight)])
        return self._other(lambda url: [*PYTHON, "-m", module, *way, url, *files, *flight])

    def peer(self, name: str) -> Load:
        """Load by a peer, from records in its own form."""
        files = self._prepared("bulk" if self._via == "bulk" else "single", self._rows)
        if name == NODE:
            program = ["node", str(children.ROOT / "tests" / "benchmarks" / "jsforce_client.mjs")]
            kept = []
        else:
            program = [*PYTHON, "-m", "tests.benchmarks.simple_salesforce_client"]
            kept = [str(self._in_flight if name == TUNED else 0)]
        return self._other(lambda url: [*program, self._via, url, str(self._in_flight), *kept, *files])

    def _other(self, command: Callable[[str], Sequence[str]]) -> Load:
        with self._server() as server:
            client = run(command(server.url), folder=self._folder)
            seen = self._seen(server)
        return self._load(client, server, *seen)

    def _seen(self, server: Server) -> tuple[int, int, float, Mapping[str, int]]:
        """Return how many records there are, how many requests made them, within which seconds, and all kinds."""
        if self._light:
            creates, sending = server.creates()
            return creates, creates, sending, {}
        creates, sending = (0, 0.0) if self._via == "bulk" else server.creates()
        return server.cases(), creates, sending, Counter(kind for _when, kind in server.arrivals())

    def _load(
        self, client: Spent, server: Server, made: int, creates: int, sending: float, kinds: Mapping[str, int]
    ) -> Load:
        assert made == client.said["rows"], (made, client.said)
        elapsed = client.said.get("elapsed_seconds", 0.0)
        return Load(made, client, server.cpu, creates, sending, elapsed, kinds)

    def _table(self, rows: int) -> Path:
        if rows not in self._tables:
            self._tables[rows] = write_csv(self._folder / f"{rows}.csv", rows)
        return self._tables[rows]

    def _prepared(self, way: str, rows: int) -> list[str]:
        """Return the files that ``bodies.py`` makes of the table."""
        if (way, rows) not in self._files:
            table = self._table(rows)
            file = table.with_suffix(f".{way}")
            command = [*PYTHON, "-m", "tests.benchmarks.bodies", way, str(table), str(MAPPING), str(file)]
            run(command, folder=self._folder)
            self._files[way, rows] = sorted(map(str, self._folder.glob(f"{file.name}*")))
        return self._files[way, rows]


def beside(
    name: str,
    unit: str,
    found: Mapping[str, Sequence[Load]],
    of: Callable[[Load], float],
    *,
    limits: Mapping[str, tuple[float | None, float | None]] = NOTHING_ASKED,
    at_least: bool = False,
    warning: str = "",
) -> list[Result]:
    """Compare the importer with each other contestant: a result each, of ``of`` as a ratio.

    ``found`` holds the loads by contestant, in rounds; ``limits`` the must and the aim beside a contestant.
    """
    (_us, ours), *others = found.items()
    results = []
    for other, theirs in others:
        must, aim = limits.get(other, (None, None))
        results.append(
            compared(
                f"{name}, × {other}",
                ((of(x), of(y)) for x, y in zip(ours, theirs, strict=True)),
                f"{_short(median(map(of, ours)))} beside {_short(median(map(of, theirs)))} {unit}{warning}",
                must=must,
                aim=aim,
                at_least=at_least,
            )
        )
    return results


def missing(name: str) -> list[Result]:
    """Return a line for each peer that is not installed."""
    there = peer_versions()
    return [left_out(f"{name}, × {peer}", why) for peer, why in MISSING.items() if peer not in there]


def rounds_of(
    contestants: Mapping[str, object], rounds: Sequence[tuple[Load, ...]]
) -> dict[str, Sequence[Load]]:
    """Return the loads of each contestant, in rounds."""
    return dict(zip(contestants, zip(*rounds, strict=True), strict=True))


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
