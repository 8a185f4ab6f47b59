"""What a person sees while a run is at work: a bar on a terminal."""

from __future__ import annotations

import asyncio
import io
import re
from pathlib import Path

import pytest

from importer.cli.progress import Progress
from importer.model.events import RunEnded, RunStarted
from importer.model.outcome import Status
from importer.pipeline.tally import Tally


class Terminal(io.StringIO):
    def __init__(self) -> None:
        super().__init__()
        self.written = asyncio.Event()

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.written.set()
        return super().write(text)


async def until(screen: Terminal, text: str) -> str:
    """Wait for the bar to show ``text``, and return the bar."""
    async with asyncio.timeout(20):
        while text not in (shown := screen.getvalue()):
            screen.written.clear()
            await screen.written.wait()
    return shown[shown.rindex("\r", 0, shown.index(text)) :]


async def test_what_was_settled_before_is_done_and_is_no_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that continues begins where it stopped; its rate, and the time left, are those of today's rows."""
    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    progress = Progress(quiet=False)
    tally = Tally(1_000_000, {Status.CREATED: 900_000})
    progress.watch(Path("in.csv"), tally)
    progress.sink(RunStarted("R", 1_000_000, 900_000))
    try:
        await until(screen, "900000/1000000")
        tally.add(Status.CREATED)
        bar = await until(screen, "900001/1000000")
        rate = re.search(r"([\d.]+) ?(rows/s|s/ rows)", bar)
        assert rate is not None and (rate[2] == "s/ rows" or float(rate[1]) < 1000), bar
    finally:
        progress.sink(RunEnded("R"))
    assert "run R, 1,000,000 rows, 900,000 of them settled before." in screen.getvalue()
