"""Runs beside each other: the same file into two systems; a second run of one system while the first waits."""

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from importer.api.importing import Disk
from importer.model.errors import Exit, ImporterError
from importer.model.events import Event, Notice, RowSettled
from importer.pipeline.control import Control
from importer.results.files import Files, open_new
from importer.simulator import Options, serve
from tests.pipeline.conftest import Open
from tests.stage import CASE, Stage


@dataclass
class Beside(Stage):
    """A stage on another system, with the journal of the first."""

    shared: Path = Path()

    @property
    def state(self) -> Path:
        return self.shared


async def beside(stage: Stage, tmp_path: Path) -> Stage:
    running = await serve(Options(store=tmp_path / "org2.db", faults="org=2", seed=7))
    folder = stage.folder / "org2"
    folder.mkdir()
    return Beside(folder, stage.kind, running, stage.keyed, extra=stage.extra, shared=stage.state)


async def test_the_same_file_into_two_systems_at_once(open_kind: Open, tmp_path: Path) -> None:
    """Two orgs, one journal: both runs complete, each org has every row once, and knows nothing of the other."""
    stage = await open_kind(CASE)
    stage.extra = 'rate = "5000/s"\nconcurrency = 3\n'
    other = await beside(stage, tmp_path)
    path = stage.write(stage.kind.rows(60))
    first, second = await asyncio.gather(stage.run(path), other.run(path, output=other.folder / "out.csv"))
    assert first.run != second.run
    for each, ended in ((stage, first), (other, second)):
        assert ended.exit is Exit.DONE and ended.counts == {"created": 60}
        assert each.texts() == sorted(f"text {n}" for n in range(1, 61)) and each.creates() == 60
    again = await other.run(path, output=other.folder / "out.csv")
    assert not again.sent and other.creates() == 60
    await other.running.stop()


async def test_one_of_two_systems_is_interrupted(open_kind: Open, tmp_path: Path) -> None:
    """A run that is stopped at half in one system goes on there, while the other has completed."""
    stage = await open_kind(CASE)
    stage.extra = 'rate = "5000/s"\nconcurrency = 3\n'
    other = await beside(stage, tmp_path)
    path = stage.write(stage.kind.rows(60))

    def at_half(event: Event, control: Control) -> None:
        if isinstance(event, RowSettled) and event.row > 30 and not control.stopped:
            control.interrupt(Exit.INTERRUPTED)

    stopped, whole = await asyncio.gather(
        stage.run(path, during=at_half), other.run(path, output=other.folder / "out.csv")
    )
    assert stopped.exit is Exit.INTERRUPTED and whole.counts == {"created": 60}
    assert (await stage.run(path)).counts == {"created": 60}
    assert len(stage.records()) == 60 == len(other.records())
    await other.running.stop()


async def held(stage: Stage, path: Path) -> ImporterError:
    """Try a second run of the system while the first is at work."""
    second = Stage(stage.folder, stage.kind, stage.running, stage.keyed, extra=stage.extra)
    return await second.refused(path)


def names_the_first(error: ImporterError) -> None:
    assert error.exit is Exit.LATER and error.code == "SYSTEM_HELD"
    assert f"process {os.getpid()} on " in error.message and ", started 20" in error.message
    assert "run the same command again" in error.remedy


async def test_the_settling_wait_holds_the_system(open_kind: Open) -> None:
    """While the first run waits to be sure about a lost row, a second one ends with 5 and names it."""
    stage = await open_kind(CASE, "lose_before_commit=at:2", keyed=False)
    stage.extra = 'rate = "5000/s"\nconcurrency = 2\nsettle_after = "1200ms"\n'
    path = stage.write(stage.kind.rows(4))
    other = stage.write(stage.kind.rows(2, 50), "other.csv")
    tries: list[asyncio.Task[ImporterError]] = []

    def during(event: Event, _control: Control) -> None:
        if isinstance(event, Notice) and "have no answer; the server is asked until" in event.text:
            tries.append(asyncio.get_running_loop().create_task(held(stage, other)))

    ended = await stage.run(path, during=during)
    assert ended.counts == {"created": 4}
    names_the_first(await tries[0])
    assert stage.texts() == [f"text {n}" for n in range(1, 5)], "the second run has sent nothing"
    assert (await stage.run(other)).counts == {"created": 2}


async def test_writing_the_results_holds_the_system(open_kind: Open) -> None:
    """Until the results are written and the run has ended, a second one ends with 5 and names it."""
    stage = await open_kind(CASE)
    path = stage.write(stage.kind.rows(4))
    other = stage.write(stage.kind.rows(2, 50), "other.csv")
    loop = asyncio.get_running_loop()
    found: list[ImporterError] = []

    def open_meanwhile(results: Path, encoding: str) -> TextIO:
        found.append(asyncio.run_coroutine_threadsafe(held(stage, other), loop).result(30))
        return open_new(results, encoding)

    ended = await stage.run(path, disk=Disk(files=Files(open=open_meanwhile)))
    assert ended.counts == {"created": 4} and ended.exit is Exit.DONE
    names_the_first(found[0])
    assert len(stage.records()) == 4
