"""The org's daily requests: read from answers, and the reserve that creates leave to others (facts §8)."""

import json
from collections.abc import Mapping

import pytest

from importer.model.draft import Draft
from importer.model.outcome import Created, RowOutcome, Stop
from importer.settings import Reserve
from importer.targets.salesforce.limits import Budget, Usage, read_limit_info, read_limits
from importer.targets.salesforce.single import SinglePath
from importer.transport import Answered, Delivery, Request


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("api-usage=10018/100000", {"api-usage": Usage(10018, 100000)}),
        (
            "api-usage=18/5000; per-app-api-usage=17/250(appName=sample-connected-app)",
            {"api-usage": Usage(18, 5000), "per-app-api-usage": Usage(17, 250)},
        ),
        (
            "api-usage=18/5000;api-bursts=1/750",
            {"api-usage": Usage(18, 5000), "api-bursts": Usage(1, 750)},
        ),
        ("something new; api-usage=1/2; x=y/z;", {"api-usage": Usage(1, 2)}),
        ("", {}),
    ],
)
def test_limit_info(text: str, limits: dict[str, Usage]) -> None:
    """Pairs of name and used/max; what is not understood is left out."""
    assert read_limit_info(text) == limits


@pytest.mark.parametrize(
    ("document", "usage"),
    [
        ({"DailyApiRequests": {"Max": 15000, "Remaining": 14998}}, Usage(2, 15000)),
        ({"DailyApiRequests": {"Max": 15000}}, None),
        ({"DailyApiRequests": 5}, None),
        ({}, None),
        ([{"errorCode": "FUNCTIONALITY_NOT_ENABLED"}], None),
        (None, None),
    ],
)
def test_limits_resource(document: object, usage: Usage | None) -> None:
    """What is used is the most minus what remains; anything unexpected is as if it were not there."""
    assert read_limits(document, "DailyApiRequests") == usage


def info(used: int, most: int) -> Mapping[str, str]:
    return {"Sforce-Limit-Info": f"api-usage={used}/{most}"}


@pytest.mark.parametrize(
    ("reserve", "used", "enters"),
    [
        (Reserve(), 100, 9),
        (Reserve(percent=20), 70, 9),
        (Reserve(percent=20), 77, 3),
        (Reserve(percent=20), 80, 0),
        (Reserve(percent=20), 95, 0),
        (Reserve(count=95), 3, 2),
        (Reserve(count=1000), 0, 0),
    ],
)
def test_creates_leave_the_reserve_alone(reserve: Reserve, used: int, enters: int) -> None:
    """Of 100 a day, those on their way counted; without a reserve the server alone says when it is over."""
    budget = Budget(reserve)
    budget.heard(info(used, 100))
    assert [budget.enter() for _ in range(9)].count(True) == enters
    if enters:
        budget.leave()
        assert budget.enter(), "one has its answer, and the figure is as before"


def test_without_a_figure_nothing_is_known() -> None:
    """An org that tells nothing is not guessed about, and a person who reserved something learns that."""
    budget = Budget(Reserve(percent=20))
    budget.heard({})
    assert budget.enter() and "cannot be kept" in budget.notes(None)[0]
    assert Budget(Reserve()).notes(None) == ()


def test_the_person_learns_how_the_org_stands() -> None:
    """Used, most and reserve; storage only where it gets scarce; the header wins over /limits, which lags."""
    budget = Budget(Reserve(percent=20))
    budget.heard(info(1203, 15000))
    limits = {
        "DailyApiRequests": {"Max": 15000, "Remaining": 14998},
        "DataStorageMB": {"Max": 1000, "Remaining": 99},
    }
    assert budget.notes(limits) == (
        "Daily API requests: 1,203 of 15,000 are used. 3,000 are kept for others.",
        "Data storage: 99 of 1,000 MB are left.",
    )
    assert Budget(Reserve()).notes({**limits, "DataStorageMB": {"Max": 1000, "Remaining": 100}}) == (
        "Daily API requests: 2 of 15,000 are used.",
    )


async def test_a_create_beyond_the_budget_does_not_leave() -> None:
    """The path says stop (exit 5) with the numbers and the remedy, and sends nothing."""
    budget = Budget(Reserve(percent=20))
    budget.heard(info(79, 100))

    class Org:
        sent = 0

        async def send(self, request: Request) -> Delivery:
            self.sent += 1
            budget.heard(info(79 + self.sent, 100))
            return Answered(201, {}, json.dumps({"id": "5003000000D8cuIAAR", "success": True}).encode())

    async def no_note(_ticket: object) -> None: ...

    org = Org()
    path = SinglePath(org, "Case", "67.0", None, {}, budget)
    outcomes: list[RowOutcome] = []
    for row in (2, 3):
        outcomes += list((await path.deliver([Draft(row, {})], no_note)).values())
    assert isinstance(outcomes[0], Created) and isinstance(outcomes[1], Stop) and org.sent == 1
    assert outcomes[1].exit == 5 and "80 of 100 are used" in outcomes[1].reason
    assert "the 20 daily API requests that are kept for others" in outcomes[1].reason
    assert "reserve_daily_calls" in outcomes[1].remedy
