"""Lost answers on IBM settled by search: 0 duplicates, 0 created rows called failed, 0 rows lost (P2)."""

from dataclasses import replace

import pytest

from importer.model.errors import Exit
from tests.pipeline.conftest import Open
from tests.pipeline.test_settling import FAULTS, SOON, accounted
from tests.stage import CLAIM, CLAIM_V2, Kind, Stage

SEARCHED = replace(CLAIM, keyed="key: No\nmatch: AUTO_ClaimNumber\n")
SEARCHED_V2 = replace(CLAIM_V2, keyed=SEARCHED.keyed)
ALL_FAULTS = ",".join(f"{fault}=at:{4 + 4 * place}" for place, fault in enumerate(FAULTS))
"""Each fault once, far enough apart that the server never counts as away."""
WAYS = {
    "v2": 'search = "v2"\n',
    "graphql": 'search = "graphql"\nsearch_url = "{url}/content-services-graphql/graphql"\n',
}


async def opened(open_kind: Open, way: str, faults: str, kind: Kind = SEARCHED) -> Stage:
    stage = await open_kind(kind, faults)
    stage.extra = SOON + WAYS[way].format(url=stage.running.url)
    return stage


@pytest.mark.parametrize(
    ("way", "fault"),
    [
        *(("v2", fault) for fault in FAULTS),
        *(("graphql", fault) for fault in ("lose_after_commit", "lose_before_commit", "late_commit")),
    ],
)
async def test_every_lost_answer_is_settled_by_search(open_kind: Open, way: str, fault: str) -> None:
    """By the key, through either channel: the run ends with 0, each row is created once."""
    stage = await opened(open_kind, way, f"{fault}=at:3+7,late_by=400ms")
    ended = await stage.run(stage.write(stage.kind.rows(10)))
    accounted(stage, stage.lines(ended), 10)
    assert ended.counts == {"created": 10} and ended.exit == Exit.DONE, (ended.counts, stage.notices())


@pytest.mark.parametrize("way", WAYS)
async def test_hidden_cases_stay_in_doubt(open_kind: Open, way: str) -> None:
    """The search does not show what the journal knows to be there: exit 4, nothing is sent again."""
    stage = await opened(open_kind, way, "hide=on,lose_after_commit=at:2")
    ended = await stage.run(stage.write(stage.kind.rows(3)))
    assert ended.exit == Exit.IN_DOUBT and ended.counts == {"created": 2, "in_doubt": 1}
    assert stage.creates() == 3
    [doubt] = [line for line in stage.lines(ended) if line["import_status"] == "in_doubt"]
    assert "does not show" in doubt["import_message"] and "SELECT [Id]" in doubt["import_message"]


@pytest.mark.parametrize("way", WAYS)
async def test_index_lag_is_waited_out(open_kind: Open, way: str) -> None:
    """The search shows young cases late: it is asked again until it shows them."""
    stage = await opened(open_kind, way, "index_lag=700ms,lose_after_commit=at:2")
    ended = await stage.run(stage.write(stage.kind.rows(3)))
    assert ended.counts == {"created": 3} and len(stage.records()) == 3


async def test_cases_of_v2_are_settled_under_every_fault(open_kind: Open) -> None:
    """Creates of v2 meet the same faults as those of v1: each row is created once, exit 0."""
    stage = await opened(open_kind, "v2", f"{ALL_FAULTS},late_by=400ms", SEARCHED_V2)
    ended = await stage.run(stage.write(stage.kind.rows(70)))
    accounted(stage, stage.lines(ended), 70)
    fired = stage.running.world.faults.fired
    assert set(FAULTS) <= set(fired), "a fault did not strike"
    assert ended.counts == {"created": 70} and ended.exit == Exit.DONE, (ended.counts, stage.notices())


async def test_cases_of_v2_without_search_are_in_doubt_under_every_fault(open_kind: Open) -> None:
    """Nobody can be asked: as many doubts as faults, and nothing is sent again."""
    stage = await open_kind(CLAIM_V2, f"{ALL_FAULTS},late_by=100ms")
    stage.extra = SOON
    path = stage.write(stage.kind.rows(70))
    ended = await stage.run(path)
    accounted(stage, stage.lines(ended), 70)
    doubts = len(FAULTS)
    assert ended.exit == Exit.IN_DOUBT and ended.counts == {"created": 70 - doubts, "in_doubt": doubts}
    await stage.run(path)
    assert stage.creates() == 70
