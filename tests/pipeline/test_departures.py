"""The rate as the server sees it (promise P5): whole runs, sign-in, look-ups and repeats counted."""

import itertools

import pytest

from importer.model.errors import Exit
from tests.pipeline.conftest import KINDS, Open
from tests.stage import Stage

STALL = 0.1
"""Seconds by which arrivals may bunch here: server and run share a process, and a busy machine stalls both."""


def arrivals(stage: Stage) -> list[float]:
    """When requests arrived, in seconds, whatever they were."""
    return [seen.time for seen in stage.running.world.log]


def most_in_a_window(times: list[float], seconds: float) -> int:
    """The largest number of arrivals in any window of ``seconds``."""
    first = most = 0
    for last, time in enumerate(times):
        while times[first] <= time - seconds:
            first += 1
        most = max(most, last - first + 1)
    return most


@pytest.mark.parametrize(
    ("kind", "rate", "count", "seconds"), [("salesforce", "20/s", 20, 1.0), ("ibm", "30/3s", 30, 3.0)]
)
async def test_no_window_holds_more_than_the_rate(
    open_kind: Open, kind: str, rate: str, count: int, seconds: float
) -> None:
    """Also after the session ended and many rows that were in flight are sent again at once."""
    stage = await open_kind(KINDS[kind], "latency=400ms,expire_session=at:25-29,http_429=at:40,retry_after=1")
    stage.extra = f'rate = "{rate}"\nconcurrency = 20\n'
    ended = await stage.run(stage.write(stage.kind.rows(45)))
    assert ended.exit == Exit.DONE and ended.counts == {"created": 45}
    world = stage.running.world
    refused = [seen for seen in world.log if seen.status == 401]
    assert len(refused) >= 4, "the end of the session held several rows back"
    kinds = {seen.kind for seen in world.log}
    assert kinds >= ({"signin", "read", "create"} if kind == "salesforce" else {"describe", "create"})
    times = arrivals(stage)
    assert ended.calls == len(times) >= 45 + len(refused) + 1
    assert most_in_a_window(times, seconds - STALL) <= count + max(1, int(0.03 * count))


async def test_the_windowed_limiter_of_ibm_refuses_nothing(open_kind: Open) -> None:
    """facts §9: 30 in any 3 s at the server, ``rate = "30/3s"`` and 20 in flight: not one is refused."""
    stage = await open_kind(KINDS["ibm"], "latency=1s,limiter=30/3s,limiter_window=sliding")
    stage.extra = 'rate = "30/3s"\nconcurrency = 20\n'
    ended = await stage.run(stage.write(stage.kind.rows(40)))
    assert ended.counts == {"created": 40}
    assert {seen.status for seen in stage.running.world.log} <= {200, 201}
    gaps = [late - early for early, late in itertools.pairwise(arrivals(stage))]
    assert max(gaps[3:]) < 1.0, "no pause was needed"
