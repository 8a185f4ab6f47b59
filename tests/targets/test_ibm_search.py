"""Settling by search over real HTTP, against the simulator: v2 with its token, and GraphQL."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from importer.model.draft import Draft
from importer.model.errors import Exit, TargetError
from importer.model.outcome import Created, RowOutcome, Unknown
from importer.model.settling import Absent, Doubt, Finding, Found, Known, Undecided
from importer.settings import Rate, simulator_connection
from importer.simulator import Options, Running, serve
from importer.simulator.ibm import cases
from importer.simulator.ibm.schema import CASE_TYPES
from importer.targets import RecordKind, make_target
from importer.targets.ibm.target import IbmTarget

WAYS = ["v2", "graphql"]
HOSTILE = ["O'Brien", "' OR 1=1 --", 'a"b', "a\\'b", "a]b", "ü€😀", "a\nb", "%", "$where", "}{", "{x}"]


async def no_note(_ticket: object) -> None: ...


@dataclass
class Desk:
    """A target signed in to a simulator, and what the journal would know."""

    running: Running
    target: IbmTarget
    created: set[str] = field(default_factory=set)

    async def send(self, row: int, key: object) -> tuple[Doubt, RowOutcome]:
        """Send one claim; give it as a doubt, and what became of it."""
        values: dict[str, Any] = {"AUTO_ClaimDate": "2026-05-01T12:00:00Z", "AUTO_ClaimNumber": key}
        doubt = Doubt(row, Draft(row, values), time.time())
        [(_, outcome)] = list((await self.target.path("single").deliver([doubt.draft], no_note)).items())
        if isinstance(outcome, Created):
            self.created.add(outcome.id)
        return doubt, outcome

    async def settle(self, *doubts: Doubt) -> Sequence[Finding]:
        known = Known(lambda _since, _until: frozenset(self.created), lambda _since: frozenset(self.created))
        found = await self.target.settle(doubts, known)
        return [found[doubt.row] for doubt in doubts]

    def foreign(self, key: str) -> str:
        return cases.write_foreign(
            self.running.world, CASE_TYPES["AUTO_CollisionClaim"], {"AUTO_ClaimNumber": key}
        )

    def count(self, kind: str) -> int:
        return sum(1 for each in self.running.world.log if each.kind == kind)


OpenDesk = Callable[..., Awaitable[Desk]]


@pytest.fixture
async def open_desk() -> AsyncIterator[OpenDesk]:
    opened: list[Desk] = []

    async def begin(way: str = "v2", faults: str = "", match: str = "AUTO_ClaimNumber", **more: Any) -> Desk:
        running = await serve(Options(faults=faults, seed=7))
        address = {
            "v2": f"{running.url}/CaseManager/CASEREST/v2",
            "graphql": f"{running.url}/content-services-graphql/graphql",
        }
        settings = replace(
            simulator_connection("ibm-case-manager", running.url),
            rate=Rate(5000, 1.0),
            search=way,
            search_url=address.get(way, ""),
        )
        kind = RecordKind("AUTO_CollisionClaim", "ATOSME", match)
        target = make_target(replace(settings, **more), kind, {})
        assert isinstance(target, IbmTarget)
        opened.append(Desk(running, target))
        await target.open()
        await target.schema()
        return opened[-1]

    yield begin
    for desk in opened:
        await desk.target.close()
        await desk.running.stop()


@pytest.mark.parametrize("way", WAYS)
async def test_a_created_case_is_found_and_a_lost_request_is_absent(open_desk: OpenDesk, way: str) -> None:
    """With its id and number as a create would have answered; it is ours."""
    desk = await open_desk(way, "lose_after_commit=at:2,lose_before_commit=at:3")
    await desk.send(2, "K-1")
    made, outcome = await desk.send(3, "K-2")
    lost, _ = await desk.send(4, "K-3")
    assert isinstance(outcome, Unknown)
    found, absent = await desk.settle(made, lost)
    [record] = desk.running.world.store.select("json_extract(fields, '$.AUTO_ClaimNumber') = 'K-2'")
    assert found == Found(record.id, "AUTO_CollisionClaim_000000000002") and absent == Absent()


@pytest.mark.parametrize("number", HOSTILE)
async def test_hostile_keys_of_cases_made_by_v2_are_found(open_desk: OpenDesk, number: str) -> None:
    """Created by v2, proved by cases that v2 reads, found by v2: the whole way without v1."""
    faults = "lose_after_commit=at:2,lose_before_commit=at:3"
    desk = await open_desk("v2", faults, api_version="v2")
    await desk.send(2, "K-1")
    made, _ = await desk.send(3, number)
    lost, _ = await desk.send(4, f"{number}{number}"[:20])
    desk.running.world.behaviour = replace(desk.running.world.behaviour, caserest="v2")
    found, absent = await desk.settle(made, lost)
    assert isinstance(found, Found) and found.ours, found
    assert absent == Absent()


@pytest.mark.parametrize("number", HOSTILE)
@pytest.mark.parametrize("way", WAYS)
async def test_hostile_keys_are_found_and_find_nothing_else(
    open_desk: OpenDesk, way: str, number: str
) -> None:
    """A key is looked for as it is, and what looks like SQL neither finds other cases nor breaks the search."""
    desk = await open_desk(way, "lose_after_commit=at:2,lose_before_commit=at:3")
    await desk.send(2, "K-1")
    made, _ = await desk.send(3, number)
    lost, _ = await desk.send(4, f"{number}{number}"[:20])
    found, absent = await desk.settle(made, lost)
    assert isinstance(found, Found) and found.ours, found
    assert absent == Absent()


@pytest.mark.parametrize("way", WAYS)
async def test_hostile_keys_as_controls(open_desk: OpenDesk, way: str) -> None:
    """The search proves itself on whatever keys the journal's cases have."""
    desk = await open_desk(way, f"lose_before_commit=at:{len(HOSTILE) + 1}")
    for row, number in enumerate(HOSTILE, 2):
        await desk.send(row, number)
    lost, _ = await desk.send(50, "K-1")
    assert await desk.settle(lost) == [Absent()]


@pytest.mark.parametrize("way", WAYS)
async def test_a_foreign_case_with_the_key_is_not_ours(open_desk: OpenDesk, way: str) -> None:
    """Another user made it: it exists, and undo must not touch it. Two cases with the key leave it open."""
    desk = await open_desk(way, "lose_before_commit=at:2")
    await desk.send(2, "K-1")
    lost, _ = await desk.send(3, "K-2")
    first = desk.foreign("K-2")
    [found] = await desk.settle(lost)
    assert isinstance(found, Found) and (found.id, found.ours) == (first, False)
    second = desk.foreign("K-2")
    [several] = await desk.settle(lost)
    assert isinstance(several, Undecided) and set(several.ids) == {first, second}


@pytest.mark.parametrize("faults", ["hide=on", "index_lag=1h"])
@pytest.mark.parametrize("way", WAYS)
async def test_a_search_that_does_not_show_known_cases_is_not_believed(
    open_desk: OpenDesk, way: str, faults: str
) -> None:
    """Missing rights and a lagging index look like "not there": the row stays open."""
    desk = await open_desk(way, f"{faults},lose_after_commit=at:2")
    await desk.send(2, "K-1")
    made, _ = await desk.send(3, "K-2")
    [finding] = await desk.settle(made)
    assert isinstance(finding, Undecided) and "not show" in finding.reason


@pytest.mark.parametrize("way", WAYS)
async def test_a_search_proves_itself_on_any_case_where_the_journal_knows_none(
    open_desk: OpenDesk, way: str
) -> None:
    """With no case at all nothing is proved; somebody else's case shows that the search works."""
    desk = await open_desk(way, "lose_before_commit=at:1")
    lost, _ = await desk.send(2, "K-1")
    [finding] = await desk.settle(lost)
    assert isinstance(finding, Undecided) and "no case of this type yet" in finding.reason
    desk.foreign("F-1")
    assert await desk.settle(lost) == [Absent()]


async def test_cases_of_other_mappings_are_no_controls(open_desk: OpenDesk) -> None:
    """A case without the key property cannot be found by it: others prove the search."""
    desk = await open_desk("v2", "lose_before_commit=at:3")
    await desk.send(2, None)
    await desk.send(3, "K-1")
    lost, _ = await desk.send(4, "K-2")
    assert await desk.settle(lost) == [Absent()]


@pytest.mark.parametrize("items", ["flat", "properties", "data"])
async def test_shapes_that_a_server_may_answer_with(open_desk: OpenDesk, items: str) -> None:
    """The Swagger leaves them open; all of the simulator's are read."""
    desk = await open_desk("v2", f"search_items={items},lose_after_commit=at:2")
    await desk.send(2, "K-1")
    made, _ = await desk.send(3, "K-2")
    [finding] = await desk.settle(made)
    assert isinstance(finding, Found) and finding.ours


async def test_the_word_for_equality_is_a_setting(open_desk: OpenDesk) -> None:
    """A word that the server does not know leaves the row open with the server's reason; the right one finds."""
    desk = await open_desk("v2", "search_operator=EQUALS,lose_after_commit=at:2")
    await desk.send(2, "K-1")
    made, _ = await desk.send(3, "K-2")
    [finding] = await desk.settle(made)
    assert isinstance(finding, Undecided) and "operator" in finding.reason and "K-2" not in finding.reason
    other = await open_desk("v2", "search_operator=EQUALS,lose_after_commit=at:2", search_operator="EQUALS")
    await other.send(2, "K-1")
    made, _ = await other.send(3, "K-2")
    assert isinstance((await other.settle(made))[0], Found)


async def test_a_dead_token_is_renewed(open_desk: OpenDesk) -> None:
    """403 CWTBG0651E: a new token, and the question again; a token that is good is kept."""
    desk = await open_desk("v2", "lose_after_commit=at:2")
    await desk.send(2, "K-1")
    made, _ = await desk.send(3, "K-2")
    for _ in range(2):
        assert isinstance((await desk.settle(made))[0], Found)
    assert desk.count("signin") == 1
    for system in desk.running.world.systems:
        if hasattr(system, "csrf"):
            system.csrf.sessions.clear()
    assert isinstance((await desk.settle(made))[0], Found)
    assert desk.count("signin") == 2


@pytest.mark.parametrize("way", WAYS)
async def test_expired_cookies_do_not_matter(open_desk: OpenDesk, way: str) -> None:
    """Cookies and tokens end: both sessions sign in again."""
    desk = await open_desk(way, "lose_after_commit=at:2")
    await desk.send(2, "K-1")
    made, _ = await desk.send(3, "K-2")
    await desk.settle(made)
    desk.running.world.expire()
    assert isinstance((await desk.settle(made))[0], Found)


@pytest.mark.parametrize(
    ("way", "faults"),
    [
        ("v2", "http_503_before=on@query"),
        ("graphql", "http_429=on@query"),
        ("v2", "http_500_before=on@signin"),
    ],
)
async def test_a_search_that_is_away_is_asked_again_later(open_desk: OpenDesk, way: str, faults: str) -> None:
    """Nothing is concluded from a passing failure, not even that the row is in doubt for good."""
    desk = await open_desk(way, f"{faults},lose_before_commit=at:2")
    await desk.send(2, "K-1")
    lost, _ = await desk.send(3, "K-2")
    with pytest.raises(TargetError) as caught:
        await desk.settle(lost)
    assert caught.value.exit is Exit.LATER


@pytest.mark.parametrize(
    ("way", "faults", "more", "reason"),
    [
        ("v2", "html_200_before=on@query", {}, "without a list"),
        ("graphql", "html_200_before=on@query", {}, "without a list"),
        ("v2", "http_500_before=on@query", {}, "answered 500"),
        ("v2", "", {"search_url": "{url}/CaseManager/CASEREST/v3"}, "gives no token"),
        ("graphql", "", {"search_url": "{url}/content-services-graphql/wrong"}, "answered 404"),
        ("graphql", "", {"search_url": "{url}"}, "answered"),
    ],
)
async def test_a_search_that_is_of_no_use_leaves_the_row_open_with_the_reason(
    open_desk: OpenDesk, way: str, faults: str, more: dict[str, str], reason: str
) -> None:
    """A wrong address, a login page, a failing server: in doubt, and a person reads why."""
    desk = await open_desk(way, f"{faults},lose_before_commit=at:2")
    if more:
        desk.target._settings = replace(
            desk.target._settings, **{key: text.format(url=desk.running.url) for key, text in more.items()}
        )
    await desk.send(2, "K-1")
    lost, _ = await desk.send(3, "K-2")
    [finding] = await desk.settle(lost)
    assert isinstance(finding, Undecided) and reason in finding.reason, finding


@pytest.mark.parametrize("way", WAYS)
async def test_blanks_that_the_server_cut_off_are_no_difference(open_desk: OpenDesk, way: str) -> None:
    """The key is asked for as it was sent and as it may be stored."""
    for faults in ("trim=on", "trim=off"):
        desk = await open_desk(way, f"{faults},lose_after_commit=at:2")
        await desk.send(2, "K-1")
        made, _ = await desk.send(3, " K-2 ")
        assert isinstance((await desk.settle(made))[0], Found), faults


@pytest.mark.parametrize("clock", ["-90s", "+3600s"])
async def test_the_clock_of_the_server_may_be_wrong(open_desk: OpenDesk, clock: str) -> None:
    """The window in which a case is ours is reckoned on the server's clock."""
    desk = await open_desk("v2", f"clock={clock},lose_after_commit=at:2")
    await desk.send(2, "K-1")
    made, _ = await desk.send(3, "K-2")
    [finding] = await desk.settle(made)
    assert isinstance(finding, Found) and finding.ours


async def test_questions_count_towards_the_rate(open_desk: OpenDesk) -> None:
    """The search has a session of its own and no rate of its own: every request is counted, none too early."""
    desk = await open_desk("v2", "lose_before_commit=at:4+5+6+7", rate=Rate(8, 0.5))
    lost = [(await desk.send(row, f"K-{row}"))[0] for row in range(2, 9)][3:]
    assert await desk.settle(*lost) == [Absent()] * 4
    times = [each.time for each in desk.running.world.log]
    assert desk.target.traffic().calls == len(times)
    for place in range(len(times) - 9):
        assert times[place + 9] - times[place] > 0.45, "10 requests within one window of 8 (+1)"


async def test_what_can_be_asked_and_the_query_for_the_console(open_desk: OpenDesk) -> None:
    """The reason why nobody is asked names the key of the connection or of the mapping."""
    draft = Draft(2, {"AUTO_ClaimNumber": "O'Brien"})
    desk = await open_desk("v2", match="auto_claimnumber", settle_after=130.0)
    assert (desk.target.settling().how, desk.target.settling().after) == ("match", 130.0)
    question = desk.target.question(draft)
    assert question is not None and "[AUTO_ClaimNumber] = 'O''Brien' OPTIONS" in question
    without = await open_desk("none")
    assert without.target.settling().how == "none" and "search" in without.target.settling().why
    assert without.target.question(draft) == question
    lost = Doubt(2, draft, 0.0)
    assert isinstance((await without.settle(lost))[0], Undecided)
    keyless = await open_desk("v2", match="")
    keyless.target._match = None
    assert "match" in keyless.target.settling().why and keyless.target.question(draft) is None


async def test_nothing_is_asked_after_the_end(open_desk: OpenDesk) -> None:
    """stop_sending holds for the search too."""
    desk = await open_desk("v2", "lose_before_commit=at:2")
    await desk.send(2, "K-1")
    lost, _ = await desk.send(3, "K-2")
    await desk.settle(lost)
    before = len(desk.running.world.log)
    desk.target.stop_sending()
    with pytest.raises(TargetError, match="ending"):
        await desk.settle(lost)
    assert len(desk.running.world.log) == before


async def test_a_create_that_has_left_is_not_called_back(open_desk: OpenDesk) -> None:
    """Both sessions know which of their requests have left, also where they share the rate."""
    desk = await open_desk("v2", "lose_before_commit=at:2,slow=at:3,slow_for=300ms")
    await desk.send(2, "K-1")
    lost, _ = await desk.send(3, "K-2")
    await desk.settle(lost)
    seen = len(desk.running.world.log)
    sending = asyncio.create_task(desk.send(4, "K-3"))
    while len(desk.running.world.log) == seen:  # noqa: ASYNC110 - the simulator has no event for it
        await asyncio.sleep(0)
    desk.target.stop_sending()
    _, outcome = await sending
    assert isinstance(outcome, Created)
