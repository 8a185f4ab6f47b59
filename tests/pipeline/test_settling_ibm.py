"""Lost answers on IBM settled by search: 0 duplicates, 0 created rows called failed, 0 rows lost (P2)."""

from dataclasses import replace

import pytest

from importer.model.errors import Exit
from tests.pipeline.conftest import Open
from tests.pipeline.test_settling import SOON, accounted
from tests.stage import CLAIM, Stage

SEARCHED = replace(CLAIM, keyed="key: No\nmatch: AUTO_ClaimNumber\n")
WAYS = {
    "v2": 'search = "v2"\n',
    "graphql": 'search = "graphql"\nsearch_url = "{url}/content-services-graphql/graphql"\n',
}


async def opened(open_kind: Open, way: str, faults: str) -> Stage:
    stage = await open_kind(SEARCHED, faults)
    stage.extra = SOON + WAYS[way].format(url=stage.running.url)
    return stage


@pytest.mark.parametrize("fault", ["lose_after_commit", "lose_before_commit", "late_commit"])
async def test_lost_answers_are_settled_by_graphql(open_kind: Open, fault: str) -> None:
    """By the key; what v2's search does is in the contract suite: the run ends with 0, each row is created once."""
    stage = await opened(open_kind, "graphql", f"{fault}=at:3+7,late_by=400ms")
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
