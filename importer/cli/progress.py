"""How far a run is: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from typing import Any

from importer.cli.printing import counted, say
from importer.model.events import Event, Notice, RunEnded, RunStarted
from importer.pipeline.tally import Tally

TICK = 0.2
"""Seconds between two looks at the counts."""
LINE_EVERY = 30.0
"""Seconds between two lines where there is no terminal."""


class Progress:
    """Shows notices and the counts of the run at work. ``quiet`` shows notices only."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._terminal = sys.stderr.isatty()
        self._tally = Tally()
        self._name = ""
        self._bar: Any = None
        self._started = self._spoken = 0.0
        self._before = 0
        self._ticker: asyncio.Task[None] | None = None

    def watch(self, path: Path, tally: Tally) -> None:
        """Show ``tally`` from now on."""
        self._tally, self._name = tally, path.name

    def sink(self, event: Event) -> None:
        """Take an event of a run."""
        if isinstance(event, Notice):
            self._say(event.text)
        elif isinstance(event, RunStarted):
            self._begin(event)
        elif isinstance(event, RunEnded):
            self._end()

    def _say(self, text: str) -> None:
        if self._bar is not None:
            self._bar.write(text, file=sys.stderr)
        else:
            say(text)

    def _begin(self, event: RunStarted) -> None:
        say(
            f"{self._name}: run {event.run}, {counted(event.rows)}"
            + (f", {event.settled:,} of them settled before." if event.settled else ".")
        )
        if self._quiet:
            return
        self._started = self._spoken = time.monotonic()
        self._before = event.settled
        if self._terminal:
            from tqdm import tqdm

            self._bar = tqdm(
                total=event.rows,
                initial=event.settled,  # rate and time left are those of the rows that are left
                unit=" rows",
                file=sys.stderr,
                dynamic_ncols=True,
                leave=False,
            )
        self._ticker = asyncio.get_running_loop().create_task(self._tick())

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            self._show()

    def _show(self) -> None:
        counts = "  ".join(f"{status.value} {count}" for status, count in self._tally.counts.items())
        if self._bar is not None:
            self._bar.set_postfix_str(counts, refresh=False)
            self._bar.update(self._tally.done - self._bar.n)
            self._bar.refresh()
        elif time.monotonic() - self._spoken >= LINE_EVERY:
            self._spoken = time.monotonic()
            say(f"{self._name}: {self._tally.done:,} of {self._tally.rows:,} rows, {self._pace()}; {counts}")

    def _pace(self) -> str:
        seconds = time.monotonic() - self._started
        done = self._tally.done - self._before
        if done <= 0 or seconds <= 0:
            return "no row yet"
        left = (self._tally.rows - self._tally.done) / (done / seconds)
        return f"{done / seconds:.1f} rows/s, about {left:.0f} s left"

    def _end(self) -> None:
        if self._ticker is not None:
            self._ticker.cancel()
            self._ticker = None
        if self._bar is not None:
            self._bar.close()
            self._bar = None
