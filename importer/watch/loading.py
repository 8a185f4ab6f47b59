"""How a file in work is imported: what the watcher asks for, and how the journal and a system answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from importer.api.approval import Ask
from importer.api.history import open_journal
from importer.api.importing import FileResult, Opened, opened, try_one
from importer.api.opening import find_place, settings_for, target_for
from importer.api.options import ImportOptions
from importer.api.stand_in import StandIn
from importer.mapping import load_mapping
from importer.model.events import Sink
from importer.pipeline.control import Control
from importer.pipeline.tally import Tally
from importer.settings import SIMULATOR


class Loaded(Protocol):
    """A mapping with its connection, signed in."""

    async def load(self, path: Path, control: Control) -> FileResult:
        """Import one file as ``run`` would; its results lie beside it."""
        ...


class Loader(Protocol):
    """Imports files. A test may hand in one that behaves and needs no system."""

    async def check(self, mappings: Sequence[Path]) -> None:
        """Look for what would keep every file of a mapping from being imported. Raises ImporterError."""
        ...

    def open(self, mapping: Path) -> AbstractAsyncContextManager[Loaded]:
        """Sign in for ``mapping``. Raises ImporterError."""
        ...

    def moved(self, run: str, old: Path, new: Path, results: tuple[Path, Path] | None) -> None:
        """Say that the file of ``run``, and its results (from, to), are given another place."""
        ...


class RunLoader:
    """Imports as ``run`` does. ``sink`` takes the events; ``ask`` answers what a person must say yes to."""

    def __init__(self, options: ImportOptions, sink: Sink, ask: Ask) -> None:
        self._options = options
        self._sink = sink
        self._ask = ask
        self._opened: Opened | None = None

    async def check(self, mappings: Sequence[Path]) -> None:
        """Find the connection, whether it fits the mappings, and its secrets; nothing is sent.

        Raises ImporterError: better now than when the first file comes.
        """
        place = find_place(self._options.where)
        if place.name == SIMULATOR:
            return
        with StandIn(place.state) as none:
            for mapping in map(load_mapping, mappings):
                settings = settings_for(place, mapping.target, none, lambda _text: None)
                await target_for(settings, mapping).close()

    @asynccontextmanager
    async def open(self, mapping: Path) -> AsyncIterator[Loaded]:
        """Sign in for ``mapping``. Raises ImporterError."""
        options = replace(self._options, mapping=mapping)
        async with opened(options, self._sink) as ready:
            self._opened = ready
            try:
                yield _Ready(ready, options, self._sink, self._ask)
            finally:
                self._opened = None

    def moved(self, run: str, old: Path, new: Path, results: tuple[Path, Path] | None) -> None:
        """Say that the file of ``run``, and its results (from, to), are given another place."""
        if self._opened is not None:
            self._opened.journal.moved(run, old, new, results)
            return
        with open_journal(self._options.where) as journal:
            journal.moved(run, old, new, results)


class _Ready:
    def __init__(self, ready: Opened, options: ImportOptions, sink: Sink, ask: Ask) -> None:
        self._ready = ready
        self._options = options
        self._sink = sink
        self._ask = ask

    async def load(self, path: Path, control: Control) -> FileResult:
        """Import one file."""
        return await try_one(self._ready, path, self._options, control, Tally(), self._sink, self._ask)
