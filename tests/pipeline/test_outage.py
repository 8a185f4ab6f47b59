"""The server goes away in mid-run and comes back, on the same port: nothing twice, nothing charged to a row."""

import asyncio
from urllib.parse import urlsplit

import pytest

from importer.model.errors import Exit
from importer.model.events import Event, Notice, RowSettled
from importer.pipeline.control import Control
from importer.pipeline.job import Ended
from importer.simulator import Options, serve
from tests.pipeline.conftest import KINDS, Open
from tests.stage import Stage

ROWS = 60
AT_ONCE = 5


class Absence:
    """Stops the simulator of a stage after some rows, and starts it again on its port when it is missed."""

    def __init__(self, stage: Stage, after: int) -> None:
        self._stage = stage
        self._after = after
        self._settled = 0
        self._stopping: asyncio.Task[None] | None = None
        self.over: asyncio.Task[None] | None = None
        self.comes_back = True

    def look(self, event: Event, _control: Control) -> None:
        """Take the events of the run."""
        if isinstance(event, RowSettled):
            self._settled += 1
            if self._settled == self._after and self._stopping is None:
                self._stopping = asyncio.create_task(self._stage.running.stop())
        elif isinstance(event, Notice) and "The run waits" in event.text and self.comes_back:
            self.over = self.over or asyncio.create_task(self.end())

    async def end(self) -> None:
        """Start the simulator again: the same store, the same port, nobody signed in."""
        assert self._stopping is not None
        await self._stopping
        port = urlsplit(self._stage.running.url).port or 0
        self._stage.running = await serve(Options(store=self._stage.folder / "sim.db", port=port, seed=7))


def assert_nothing_lost(stage: Stage, ended: Ended) -> None:
    """Every row has a record, or is a doubt that was in flight when the server went; none has two."""
    lines = stage.lines(ended)
    texts = stage.texts()
    assert len(texts) == len(set(texts)), "a record was made twice"
    doubts = [line for line in lines if line["import_status"] == "in_doubt"]
    created = [line for line in lines if line["import_status"] == "created"]
    assert len(created) + len(doubts) == len(lines) == ROWS
    assert len(doubts) <= AT_ONCE, "no more than were in flight"
    assert {line["Text"] for line in created} <= set(texts) <= {line["Text"] for line in lines}
    ids = {record["id"]: record[stage.kind.text] for record in stage.records()}
    assert all(ids[line["import_id"]] == line["Text"] for line in created)


@pytest.mark.parametrize("kind", ["salesforce", "ibm"])
async def test_an_outage_pauses_the_run_and_is_charged_to_no_row(open_kind: Open, kind: str) -> None:
    """The run waits and says since when and until when; it goes on when the server is back, to its end."""
    stage = await open_kind(KINDS[kind])
    absence = Absence(stage, after=20)
    ended = await stage.run(stage.write(stage.kind.rows(ROWS)), during=absence.look)
    assert absence.over is not None, "the absence was noticed"
    assert_nothing_lost(stage, ended)
    assert ended.exit in (Exit.DONE, Exit.IN_DOUBT) and "rejected" not in ended.counts
    notices = stage.notices()
    assert notices.count("The run waits") == 1 and notices.count("The server answers again") == 1
    assert "The server cannot be reached" in notices or "sent and got no answer" in notices
    assert "(--patience)" in notices and "charged to no row" in notices
    assert not stage.running.world.faults.fired, "no fault but the absence"


async def test_an_outage_at_the_end_is_waited_for_too(open_kind: Open) -> None:
    """Only doubts are left when the server goes away: it is asked when it is back, and the run ends with 0."""
    stage = await open_kind(KINDS["salesforce"], "lose_after_commit=at:12")
    stage.extra = 'rate = "5000/s"\nconcurrency = 1\n'
    absence = Absence(stage, after=11)
    ended = await stage.run(stage.write(stage.kind.rows(12)), during=absence.look)
    assert ended.exit == Exit.DONE and ended.counts == {"created": 12}
    assert absence.over is not None and len(stage.records()) == 12 == len(set(stage.texts()))


@pytest.mark.parametrize("kind", ["salesforce", "ibm"])
async def test_when_patience_ends_the_same_command_continues(open_kind: Open, kind: str) -> None:
    """Exit 5, the rest not_sent with the reason; later the same command makes the rest, and nothing twice."""
    stage = await open_kind(KINDS[kind])
    absence = Absence(stage, after=20)
    absence.comes_back = False
    path = stage.write(stage.kind.rows(ROWS))
    first = await stage.run(path, during=absence.look, patience=0.3)
    assert first.exit == Exit.LATER and "the server was away for 0.3 s" in first.reason
    lines = stage.lines(first)
    left = [line for line in lines if line["import_status"] == "not_sent"]
    assert ROWS - 20 - 4 * AT_ONCE <= len(left) == first.counts["not_sent"]
    assert all("the server was away" in line["import_message"] for line in left)
    assert set(first.counts) <= {"created", "in_doubt", "not_sent"}
    await absence.end()
    second = await stage.run(path)
    assert second.run == first.run and second.exit in (Exit.DONE, Exit.IN_DOUBT)
    assert_nothing_lost(stage, second)


async def test_a_proxy_that_answers_for_a_server_that_is_away(open_kind: Open) -> None:
    """503 from in front of the server, to rows and probes alike: a handful of doubts, and the run goes on."""
    down = "http_503_before=on,http_503_before=on@any"
    stage = await open_kind(KINDS["ibm"])
    stage.extra = 'rate = "5000/s"\nconcurrency = 4\n'
    probes = 0

    def look(event: Event, _control: Control) -> None:
        if isinstance(event, RowSettled) and len(stage.settled()) == 10:
            stage.fault(down)
        if isinstance(event, Notice) and "The run waits" in event.text:
            asyncio.get_running_loop().call_later(0.5, stage.fault, "")

    ended = await stage.run(stage.write(stage.kind.rows(30)), during=look)
    probes = sum(seen.kind == "info" for seen in stage.running.world.log)
    assert ended.exit == Exit.IN_DOUBT and ended.counts["created"] + ended.counts["in_doubt"] == 30
    assert 5 <= ended.counts["in_doubt"] <= 9 and probes >= 1
    assert "5 rows in a row were sent and got no answer" in stage.notices()


async def test_a_sign_in_that_is_not_to_be_had_is_waited_for(open_kind: Open) -> None:
    """The session ends while the token endpoint is overloaded: the run waits for it, rows are not charged."""
    stage = await open_kind(KINDS["salesforce"], "expire_session=at:10,http_503_before=at:2-4@signin")
    ended = await stage.run(stage.write(stage.kind.rows(30)))
    assert ended.exit == Exit.DONE and ended.counts == {"created": 30}
    assert len(stage.records()) == 30 == len(set(stage.texts()))
    assert "answered the sign-in with 503" in stage.notices() and "answers again" in stage.notices()
    assert {line["import_attempts"] for line in stage.lines(ended)} == {"1"}, "not to leave is no attempt"


async def test_a_sign_in_that_is_refused_in_mid_run_is_a_guard(open_kind: Open) -> None:
    """The password was changed meanwhile: exit 6 at once, the rest not_sent, one sign-in and no more."""
    stage = await open_kind(KINDS["salesforce"], "expire_session=at:10")

    def look(event: Event, _control: Control) -> None:
        if isinstance(event, RowSettled) and len(stage.settled()) == 3:
            world = stage.running.world
            world.behaviour = type(world.behaviour)(password_flow=False)

    ended = await stage.run(stage.write(stage.kind.rows(40)), during=look)
    assert ended.exit == Exit.GUARD and "refuses the sign-in" in ended.reason
    assert ended.counts["created"] + ended.counts["not_sent"] == 40 == ROWS - 20
    assert sum(seen.kind == "signin" for seen in stage.running.world.log) == 2


async def test_the_reserve_of_daily_calls_is_kept(open_kind: Open) -> None:
    """With 20 % of 100 reserved no more than 80 calls are made; exit 5, and with a new day the rest goes."""
    stage = await open_kind(KINDS["salesforce"], "daily_limit=100")
    stage.extra = 'rate = "5000/s"\nconcurrency = 5\nreserve_daily_calls = "20%"\n'
    path = stage.write(stage.kind.rows(120))
    first = await stage.run(path)
    calls = sum(seen.kind not in ("signin",) for seen in stage.running.world.log)
    assert first.exit == Exit.LATER and 80 - AT_ONCE <= calls <= 80
    assert first.counts["created"] + first.counts["not_sent"] == 120
    assert "the 20 daily API requests that are kept for others" in first.reason
    assert "of 100 are used. 20 are kept for others." in stage.notices()
    stage.fault("daily_limit=100000")
    second = await stage.run(path)
    assert second.exit == Exit.DONE and len(stage.records()) == 120
