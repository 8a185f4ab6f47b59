"""Lost answers on IBM settled by search: 0 duplicates, 0 created rows called failed, 0 rows lost (P2)."""

from dataclasses import replace

import pytest

from importer.api.verdicts import resolve_row
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


@pytest.mark.parametrize("status", ["400", "500"])
async def test_a_case_in_the_way_may_be_the_rows_own(open_kind: Open, status: str) -> None:
    """A person was wrong to say absent: the refusal of the repeat is no proof against the row, which may exist."""
    switches = f"unique_claim_number=on,ibm_validation={status}"
    stage = await open_kind(CLAIM, f"{switches},lose_after_commit=at:2")
    path = stage.write(stage.kind.rows(3))
    first = await stage.run(path)
    [row] = [int(line["import_row"]) for line in stage.lines(first) if line["import_status"] == "in_doubt"]
    with stage.journal() as journal:
        resolve_row(journal, first.run, row, None)
    again = await stage.run(path)
    assert again.counts == {"created": 2, "in_doubt": 1} and again.exit == Exit.IN_DOUBT
    [doubt] = [line for line in stage.lines(again) if line["import_status"] == "in_doubt"]
    assert "earlier send of this row" in doubt["import_message"] and len(stage.records()) == 3


async def test_a_case_of_somebody_else_in_the_way_is_a_refusal(open_kind: Open) -> None:
    """A row that was never sent before cannot be in its own way: rejected, with the server's words."""
    stage = await open_kind(CLAIM, "unique_claim_number=on,ibm_validation=500", keyed=False)
    row = ["K-1", "text 1", "1", "a@example.com"]
    stage.extra = 'rate = "5000/s"\nconcurrency = 1\n'
    ended = await stage.run(stage.write([row, ["K-1", "text 2", "1", "a@example.com"]]))
    assert ended.counts == {"created": 1, "rejected": 1}
    assert stage.lines(ended)[1]["import_code"] == "FNRCE0043E"
