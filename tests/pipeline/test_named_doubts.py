"""A case whose id is durable is asked for by it: after a death, without any search, in the same file or another."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import replace

import pytest

from importer.model.errors import Exit
from importer.model.events import Event
from importer.pipeline.control import Control
from tests.pipeline.conftest import Open
from tests.pipeline.test_ibm_options import INQUIRY
from tests.stage import CLAIM, CLAIM_V2, Kind, Stage

READY = "options: {wait_ready: true}\n"
VERSIONS = pytest.mark.parametrize("kind", [CLAIM, CLAIM_V2], ids=["v1", "v2"])


async def dies_when(stage: Stage, reads: int, more: str = "") -> None:
    """Let a run die once the server has seen that many reads of cases: what it had on the disk is what is left."""
    controls: list[Control] = []

    def during(_event: Event, control: Control) -> None:
        controls.append(control)

    path, mapping = stage.write(stage.kind.rows(1)), stage.mapping(more=more)
    run = asyncio.create_task(stage.run(path, mapping=mapping, during=during))
    while stage.running.world.faults.ordinals.get("read", 0) < reads:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    image = stage.folder / "image"
    shutil.copytree(stage.state, image, ignore=shutil.ignore_patterns("*-shm"))
    for _ in range(2):
        controls[0].interrupt(Exit.INTERRUPTED)
    await run
    shutil.rmtree(stage.state)
    image.rename(stage.state)
    stage.events.clear()


def behave(stage: Stage, **how: float) -> None:
    stage.running.world.behaviour = replace(stage.running.world.behaviour, **how)


@VERSIONS
async def test_a_case_that_was_waited_for_is_asked_for_by_its_id(open_kind: Open, kind: Kind) -> None:
    """The process died while its case was Initializing; no search, no match: created, with id and number."""
    stage = await open_kind(kind, "working_after=1h")
    await dies_when(stage, 2, READY)
    behave(stage, working_after=0)
    ended = await stage.run(stage.folder / "in.csv", mapping=stage.mapping(more=READY))
    assert ended.exit == Exit.DONE and ended.counts == {"created": 1} and stage.creates() == 1
    [line], [record] = stage.lines(ended), stage.records()
    assert line["import_id"] == record["id"] and line["import_number"] == record["CmAcmCaseIdentifier"]


@VERSIONS
async def test_a_case_that_failed_meanwhile_is_told_as_such(open_kind: Open, kind: Kind) -> None:
    """Failed, with the folder's id and what to do, at once and as in a run that nobody has killed."""
    stage = await open_kind(kind, "working_after=1h,case_failed=on")
    await dies_when(stage, 2, READY)
    behave(stage, working_after=0)
    path, mapping = stage.folder / "in.csv", stage.mapping(more=READY)
    for _ in range(2):
        ended = await stage.run(path, mapping=mapping)
        assert ended.exit == Exit.IN_DOUBT and stage.creates() == 1
        [line] = stage.lines(ended)
        assert line["import_code"] == "MADE_NOT_READY" and "its status is Failed" in line["import_message"]
        assert stage.records()[0]["id"] in line["import_message"] and not line["import_id"]
    relaxed = await stage.run(path, mapping=stage.mapping(), retry_failed=True)
    assert relaxed.counts == {"in_doubt": 1} and stage.creates() == 1, "no option makes a failed case created"


async def test_a_case_that_is_still_not_ready_is_waited_for_and_asked_again_later(open_kind: Open) -> None:
    """In doubt with its folder after ready_within; the same command finds it Working, no search needed."""
    stage = await open_kind(CLAIM, "working_after=1h")
    stage.extra += 'ready_within = "300ms"\n'
    path, mapping = stage.write(stage.kind.rows(2)), stage.mapping(more=READY)
    ended = await stage.run(path, mapping=mapping)
    assert ended.counts == {"in_doubt": 2}
    assert all("it is still Initializing" in line["import_message"] for line in stage.lines(ended))
    assert (await stage.run(path, mapping=mapping)).counts == {"in_doubt": 2}
    behave(stage, working_after=0)
    later = await stage.run(path, mapping=mapping)
    assert later.exit == Exit.DONE and later.counts == {"created": 2} and stage.creates() == 2


async def test_another_file_with_the_row_asks_too(open_kind: Open) -> None:
    """A re-saved file settles the doubt of the run before it, and goes on with its own rows."""
    stage = await open_kind(CLAIM, "working_after=1h")
    await dies_when(stage, 2, READY)
    behave(stage, working_after=0)
    grown = stage.write([*stage.kind.rows(1), *stage.kind.rows(1, 50)], "grown.csv")
    ended = await stage.run(grown, mapping=stage.mapping(more=READY))
    assert ended.exit == Exit.DONE and ended.counts == {"exists": 1, "created": 1}
    assert len(stage.records()) == 2
    first = await stage.run(stage.folder / "in.csv", mapping=stage.mapping(more=READY))
    assert first.exit == Exit.DONE and first.counts == {"created": 1} and stage.creates() == 2


@pytest.mark.parametrize("ignored", [False, True], ids=["saved", "ignored"])
async def test_the_first_case_of_v2_is_looked_at_after_a_death(open_kind: Open, ignored: bool) -> None:
    """It died while it read the case back: created when the values are there, else in doubt, and said so."""
    switches = "v2_properties=Properties,v2_other_key=ignored," if ignored else ""
    key = 'properties_key = "CaseProperties"\n'
    stage = await open_kind(INQUIRY if ignored else CLAIM_V2, f"{switches}hang=at:1@read")
    stage.extra += key
    await dies_when(stage, 1)
    ended = await stage.run(stage.folder / "in.csv", mapping=stage.mapping())
    assert stage.creates() == 1
    if not ignored:
        assert ended.exit == Exit.DONE and ended.counts == {"created": 1}
        return
    assert ended.counts == {"in_doubt": 1}
    assert "saved none of its values" in stage.lines(ended)[0]["import_message"]


@VERSIONS
async def test_a_case_that_is_not_shown_any_more_stays_in_doubt(open_kind: Open, kind: Kind) -> None:
    """Somebody has deleted it, or may not be seen: nothing is concluded, and nothing is sent."""
    stage = await open_kind(kind, "working_after=1h")
    stage.extra += 'ready_within = "300ms"\n'
    await dies_when(stage, 2, READY)
    record = stage.running.world.store.get(stage.records()[0]["id"])
    assert record is not None
    stage.running.world.store.delete(record, modified="2026-01-01T00:00:00.000+0000")
    ended = await stage.run(stage.folder / "in.csv", mapping=stage.mapping(more=READY))
    assert ended.counts == {"in_doubt": 1} and stage.creates() == 1
    assert "cannot be read" in stage.lines(ended)[0]["import_message"]


async def test_an_undo_asks_first(open_kind: Open) -> None:
    """The run died while it waited for its case: the undo finds it Working, and deletes it."""
    stage = await open_kind(CLAIM, "working_after=1h")
    await dies_when(stage, 2, READY)
    behave(stage, working_after=0)
    with stage.journal() as journal:
        [run] = journal.runs()
    ended = await stage.undone(run.id)
    assert ended.counts == {"deleted": 1} and not stage.records()
