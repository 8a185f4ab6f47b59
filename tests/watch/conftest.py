"""A drop folder on disk, a clock that is moved, and an importer that behaves and needs no system."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from importer.api.importing import FileResult
from importer.api.options import ImportOptions
from importer.api.prepare import open_input
from importer.mapping import load_mapping
from importer.model.errors import Exit, ImporterError
from importer.model.events import Event, Notice
from importer.pipeline.control import Control
from importer.pipeline.job import Ended
from importer.watch.landing import Handled
from importer.watch.options import Names, Timing, WatchOptions
from importer.watch.watching import Watch

MAPPING = """version: 1
target: salesforce
source: drop
key: No
columns:
  No: Legacy_Id__c
  Text: Subject
"""
TIMING = Timing(every=1, quiet=5, whole=60, retry=30)


def table(*numbers: int) -> str:
    return "No,Text\n" + "".join(f"K-{n},text {n}\n" for n in numbers)


class MovedClock:
    """Time passes only when somebody waits. ``plan``: what happens when a time has come."""

    def __init__(self) -> None:
        self.time = 1_800_000_000.0
        self.began = self.time
        self.plan: list[tuple[float, Callable[[], object]]] = []

    def now(self) -> float:
        return self.time

    def at(self, seconds: float, do: Callable[[], object]) -> None:
        self.plan.append((self.began + seconds, do))

    async def sleep(self, seconds: float, control: Control) -> None:
        self.time += seconds
        due = sorted((each for each in self.plan if each[0] <= self.time), key=lambda each: each[0])
        self.plan = [each for each in self.plan if each[0] > self.time]
        for _when, do in due:
            do()
        await asyncio.sleep(0)


@dataclass
class FakeLoader:
    """Reads the file as the program does, makes records by key, writes results beside it."""

    records: Counter[str] = field(default_factory=Counter)
    loads: list[tuple[str, str, bytes]] = field(default_factory=list)
    runs: dict[str, str] = field(default_factory=dict)
    moves: list[tuple[str, Path, Path]] = field(default_factory=list)
    down: ImporterError | None = None
    during: Callable[[Path], Awaitable[object]] | None = None

    async def check(self, mappings: Sequence[Path]) -> None:
        for mapping in mappings:
            load_mapping(mapping)

    @asynccontextmanager
    async def open(self, mapping: Path) -> AsyncIterator[FakeLoader]:
        if self.down is not None:
            raise self.down
        self.mapping = load_mapping(mapping)
        yield self

    async def load(self, path: Path, control: Control) -> FileResult:
        data = path.read_bytes()
        self.loads.append((self.mapping.source, path.name, data))
        try:
            source = open_input(path, self.mapping)
            if self.during is not None:
                await self.during(path)
            rows = list(source.rows())
            source.check_unchanged()
        except ImporterError as error:
            return FileResult(path, None, error)
        counts: Counter[str] = Counter()
        for row in rows:
            key = str(row.cells[0])
            counts["invalid" if key == "bad" else "exists" if self.records[key] else "created"] += 1
            if key != "bad":
                self.records[key] = 1
        digest = hashlib.sha256(data).hexdigest()
        known = digest in self.runs
        run = self.runs.setdefault(digest, f"20270101-{len(self.runs):06x}")
        results = path.with_name(f"{path.stem}.results{path.suffix}")
        results.write_text(f"import_run\n{run}\n", encoding="utf-8")
        code = Exit.ROWS_FAILED if counts["invalid"] else Exit.DONE
        earlier = "Nothing to do: imported before." if known else ""
        return FileResult(path, Ended(run, len(rows), counts, 1, 1, 1, results, code, earlier=earlier))

    def moved(self, run: str, old: Path, new: Path, results: tuple[Path, Path] | None) -> None:
        self.moves.append((run, old, new))


@dataclass
class Drop:
    """A drop folder and what watches it."""

    folder: Path
    mappings: Path
    clock: MovedClock = field(default_factory=MovedClock)
    loader: FakeLoader = field(default_factory=FakeLoader)
    control: Control = field(default_factory=Control)
    events: list[Event] = field(default_factory=list)
    handled: list[Handled] = field(default_factory=list)
    names: Names = field(default_factory=Names)
    timing: Timing = TIMING

    @property
    def inbox(self) -> Path:
        return self.folder / self.names.inbox

    def put(self, name: str, text: str | bytes = "") -> Path:
        path = self.inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else (text or table(1)).encode())
        return path

    async def watch(self, *, once: bool = True, seconds: float = 0) -> int:
        """Watch once, or until so much time has passed."""
        loading = ImportOptions(self.mappings)
        options = WatchOptions(self.folder, self.mappings, loading, self.names, self.timing, once)
        if not once:
            self.clock.at(seconds, lambda: self.control.interrupt(Exit.INTERRUPTED))

        async def tell(handled: Handled) -> None:
            self.handled.append(handled)

        watch = Watch(options, self.loader, self.control, self.events.append, tell, self.clock)
        return int(await watch.run())

    def places(self) -> dict[str, str]:
        """Return where each file came back, by its name in the inbox."""
        return {each.name: each.landing.place for each in self.handled}

    def add(self, name: str, text: str) -> None:
        with (self.inbox / name).open("a", encoding="utf-8") as stream:
            stream.write(text)

    def note(self, name: str) -> str:
        return (self.inbox / f"{name}.waiting.txt").read_text(encoding="utf-8")

    def left(self) -> list[str]:
        return sorted(path.name for path in self.inbox.rglob("*") if path.is_file())

    def tickets(self) -> list[Path]:
        return list((self.folder / self.names.working).iterdir())

    def said(self) -> str:
        return "\n".join(event.text for event in self.events if isinstance(event, Notice))

    def history(self) -> list[dict[str, object]]:
        path = self.folder / ".watch" / "history.jsonl"
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
async def drop(tmp_path: Path) -> Drop:
    mapping = tmp_path / "drop.yaml"
    mapping.write_text(MAPPING, encoding="utf-8")
    return Drop(tmp_path / "drop", mapping)
