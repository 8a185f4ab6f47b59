"""When rows may leave: slow-downs and absences of the server, in virtual time."""

import asyncio
import math
import random
from collections.abc import Callable

import pytest

from importer.model.errors import Exit, TargetError
from importer.model.events import Event, Notice
from importer.model.outcome import Again, Created, Held, Rejected, RowOutcome, Stop, Unknown, Unreachable
from importer.pipeline.control import Control
from importer.pipeline.outage import LOST_IN_A_ROW, LOST_TRIALS, span
from importer.pipeline.pace import FIRST_PAUSE, LONGEST_ASKED, LONGEST_PAUSE, QUIET, Pace, Slowdown, Turn
from tests.transport.virtual import run

BUSY = Again("HTTP_429", "the server answered 429")
GONE = Unreachable("connection refused")
LOST = Unknown("the answer broke off")
FINE = Created("1")


class Server:
    """The part of a target that the pace sees: pauses, and probes that are answered from a moment on."""

    def __init__(self) -> None:
        self.pauses: list[float] = []
        self.probes: list[float] = []
        self.back = math.inf
        self.probing = 0

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)

    async def probe(self) -> bool:
        now = asyncio.get_running_loop().time()
        self.probing += 1
        assert self.probing == 1, "one probe at a time"
        await asyncio.sleep(0.2)
        self.probing -= 1
        self.probes.append(now)
        return now >= self.back


class Scene:
    """A pace over a server, with workers that send rows; ``reply`` says what becomes of each."""

    def __init__(self, patience: float = 1800.0, seed: int = 1) -> None:
        self.server = Server()
        self.control = Control()
        self.told: list[str] = []
        self.pace = Pace(self.server, self.control, patience, self.sink, random.Random(seed))  # type: ignore[arg-type]
        self.sent: list[float] = []

    def sink(self, event: Event) -> None:
        assert isinstance(event, Notice)
        self.told.append(event.text)

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    async def one(self, outcome: RowOutcome) -> Turn | None:
        turn = await self.pace.turn()
        if turn is not None:
            self.sent.append(self.now())
            self.pace.heard(outcome, turn)
        return turn

    async def rows(self, count: int, reply: Callable[[], RowOutcome], workers: int = 10) -> int:
        """Have ``workers`` see ``count`` rows through; give how many were settled."""
        left = iter(range(count))
        settled = 0

        async def work() -> None:
            nonlocal settled
            for _ in left:
                while (turn := await self.pace.turn()) is not None:
                    self.sent.append(self.now())
                    await asyncio.sleep(0.1)
                    outcome = reply()
                    self.pace.heard(outcome, turn)
                    if not isinstance(outcome, Again | Unreachable):
                        settled += 1
                        break

        await asyncio.gather(*(work() for _ in range(workers)))
        return settled


# Slowing down: the pure part


def test_pauses_double_with_full_jitter() -> None:
    """Without a time from the server: anything up to a cap that doubles and ends at a minute."""
    for in_a_row in range(1, 12):
        cap = min(LONGEST_PAUSE, FIRST_PAUSE * 2**in_a_row)
        draws = []
        for seed in range(300):
            slow = Slowdown(random.Random(seed))
            now = 0.0
            for _ in range(in_a_row):
                now += 1000.0
                pause = slow.signal(now, None)
            assert pause is not None
            draws.append(pause.seconds)
        assert 0 <= min(draws) < 0.1 * cap and 0.9 * cap < max(draws) <= cap


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [(2.0, 2.0), (900.0, 900.0), (901.0, LONGEST_ASKED), (31536000.0, 900.0), (math.inf, 900.0)],
)
def test_a_named_time_is_kept_and_capped(asked: float, seconds: float) -> None:
    """The server's word counts, up to a quarter of an hour."""
    pause = Slowdown(random.Random(1)).signal(100.0, asked)
    assert pause is not None and pause.seconds == seconds


def test_signals_of_one_burst_are_one_pause() -> None:
    """What left before the pause says nothing new; a longer time that is named prolongs it."""
    slow = Slowdown(random.Random(1))
    assert slow.signal(100.0, 10.0) is not None
    assert slow.signal(101.0, None) is None and slow.signal(102.0, 5.0) is None
    longer = slow.signal(103.0, 20.0)
    assert longer is not None and slow.until == 123.0 and not longer.tell
    assert slow.answered(110.0) is None, "an answer to what had left before ends nothing"
    assert slow.answered(124.0) == 24.0 and slow.answered(125.0) is None


def test_a_named_time_of_zero_is_no_time() -> None:
    """``Retry-After: 0`` with every refusal would have the run knock without end."""
    slow = Slowdown(random.Random(1))
    pauses = [slow.signal(1000.0 * turn, 0.0) for turn in range(1, 20)]
    assert max(pause.seconds for pause in pauses if pause is not None) > 10


def test_a_person_is_told_once_a_minute() -> None:
    """A server that asks every few rows is told about now and then, begin and end alike."""
    slow = Slowdown(random.Random(1))
    told = ended = 0
    for turn in range(120):
        now = 1000.0 + 2 * turn
        pause = slow.signal(now, 1.0)
        told += pause is not None and pause.tell
        ended += slow.answered(now + 1.5) is not None
    assert told == ended == math.ceil(240 / QUIET)


# Slowing down: the run


def test_the_whole_run_slows_down_and_says_so_twice() -> None:
    """One line when it waits, one when it goes on, whatever the number of rows; nobody sends meanwhile."""

    async def scenario() -> None:
        scene = Scene()
        clock = scene.now
        began = clock()
        busy = Again("REQUEST_LIMIT_EXCEEDED", "said", 7.0)
        assert await scene.rows(100, lambda: busy if clock() < began + 0.5 else FINE) == 100
        assert scene.server.pauses == [7.0]
        assert not [moment for moment in scene.sent if began + 0.2 < moment < began + 7.0]
        assert scene.told == [
            "The server asks to slow down (REQUEST_LIMIT_EXCEEDED); waiting 7.0 s.",
            "The server takes rows again; the run goes on after 7.1 s.",
        ]

    run(scenario())


def test_an_absurd_time_is_capped_and_said() -> None:
    """A year is not waited for, and the person reads both numbers."""

    async def scenario() -> None:
        scene = Scene()
        await scene.one(Again("HTTP_429", "said", 31536000.0))
        await scene.one(FINE)
        assert scene.told[0] == "The server asked to wait 8,760 h (HTTP_429); waiting 15 min."
        assert scene.sent[1] - scene.sent[0] == pytest.approx(900, abs=0.1)

    run(scenario())


def test_patience_ends_slow_downs() -> None:
    """A server that only ever asks to slow down ends the run with 5 when patience is over, not before."""

    async def scenario() -> None:
        scene = Scene(patience=600.0)
        began = scene.now()
        assert await scene.rows(50, lambda: BUSY) == 0
        assert scene.control.exit is Exit.LATER and "--patience" in scene.control.reason
        assert 500 < scene.now() - began <= 601
        assert len(scene.told) <= 11

    run(scenario())


def test_progress_renews_patience() -> None:
    """A server that takes a row now and then is slow, not gone."""

    async def scenario() -> None:
        scene = Scene(patience=60.0)
        outcomes = iter([BUSY, BUSY, FINE] * 300)
        assert await scene.rows(300, lambda: next(outcomes), workers=1) == 300
        assert not scene.control.stopped

    run(scenario())


def test_a_pause_longer_than_patience_is_not_begun() -> None:
    """With a patience of ten seconds, a server that asks for sixty ends the run at once."""

    async def scenario() -> None:
        scene = Scene(patience=10.0)
        began = scene.now()
        await scene.one(Again("HTTP_429", "said", 60.0))
        assert await scene.pace.turn() is None
        assert scene.control.exit is Exit.LATER and scene.now() - began < 1 and scene.server.pauses == []

    run(scenario())


def test_busy_without_an_answer_slows_down_too() -> None:
    """503 with a time: the row may exist, and the run waits for that time."""

    async def scenario() -> None:
        scene = Scene()
        await scene.one(Unknown("the server answered 503", True, 30.0))
        await scene.one(FINE)
        assert scene.sent[1] - scene.sent[0] == pytest.approx(30, abs=0.1) and len(scene.told) == 2

    run(scenario())


# Absences


def test_an_absence_is_waited_for_with_one_probe_at_a_time() -> None:
    """Nobody sends while the server is away; probes get rarer; it says so twice, and every row is settled."""

    async def scenario() -> None:
        scene = Scene()
        began = scene.now()
        scene.server.back = began + 120.0
        assert await scene.rows(200, lambda: GONE if scene.now() < began + 120.0 else FINE) == 200
        assert len([moment for moment in scene.sent if moment < began + 120.0]) == 10
        assert 6 <= len(scene.server.probes) <= 25
        assert len(scene.told) == 2 and "connection refused" in scene.told[0]
        assert "--patience" in scene.told[0] and "charged to no row" in scene.told[0]
        assert scene.told[1].startswith("The server answers again, 2 min ")

    run(scenario())


def test_after_an_absence_one_row_goes_first() -> None:
    """A probe that is answered proves little: one row is on trial, the others follow when it has its answer."""

    async def scenario() -> None:
        scene = Scene()
        scene.server.back = scene.now() + 20.0
        await scene.one(GONE)
        turns = [asyncio.create_task(scene.pace.turn()) for _ in range(10)]
        await asyncio.sleep(100)
        given = [turn.result() for turn in turns if turn.done()]
        assert given == [Turn(trial=True)]
        scene.pace.heard(Rejected(()), Turn(trial=True))
        assert [await turn for turn in turns].count(Turn(trial=False)) == 9

    run(scenario())


def test_patience_ends_an_absence() -> None:
    """Exit 5 when the server stays away, at the time that was said, and nothing was charged."""

    async def scenario() -> None:
        scene = Scene(patience=1800.0)
        began = scene.now()
        assert await scene.rows(50, lambda: GONE) == 0
        assert scene.now() - began == pytest.approx(1800, abs=2)
        assert scene.control.exit is Exit.LATER
        assert "the server was away for 30 min" in scene.control.reason
        assert "connection refused" in scene.control.reason and len(scene.told) == 1
        assert 55 < len(scene.server.probes) < 300

    run(scenario())


def test_patience_counts_from_the_first_absence_until_a_row_is_answered() -> None:
    """Probes that are answered while no row gets through (nobody can sign in) do not begin it anew."""

    async def scenario() -> None:
        scene = Scene(patience=300.0)
        scene.server.back = 0.0
        began = scene.now()
        assert await scene.rows(50, lambda: Unreachable("answered the sign-in with 503")) == 0
        assert scene.control.exit is Exit.LATER and 290 < scene.now() - began < 320
        assert len(scene.sent) < 80 and len(scene.told) == 1

    run(scenario())


def test_no_patience_at_all() -> None:
    """``--patience 0s`` ends at the first absence."""

    async def scenario() -> None:
        scene = Scene(patience=0.0)
        assert await scene.rows(50, lambda: GONE) == 0
        assert scene.control.exit is Exit.LATER and scene.server.probes == []

    run(scenario())


def test_lost_answers_in_a_row_are_an_absence() -> None:
    """A proxy that answers 503 for a server that is away: a handful of doubts, not one for each row."""

    async def scenario() -> None:
        scene = Scene()
        scene.server.back = scene.now() + 60.0
        down = scene.server.back
        lost = 0

        def reply() -> RowOutcome:
            nonlocal lost
            if scene.now() < down:
                lost += 1
                return LOST
            return FINE

        assert await scene.rows(300, reply, workers=4) == 300
        assert lost <= LOST_IN_A_ROW + 3, "the fifth in a row, and what was in flight with it"
        assert len(scene.told) == 2 and "5 rows in a row" in scene.told[0]

    run(scenario())


def test_lost_answers_now_and_then_are_no_absence() -> None:
    """Four in a row, and an answer in between: the run goes on without a word."""

    async def scenario() -> None:
        scene = Scene()
        outcomes = iter(([LOST] * (LOST_IN_A_ROW - 1) + [FINE]) * 20)
        assert await scene.rows(100, lambda: next(outcomes), workers=1) == 100
        assert scene.told == [] and scene.server.probes == []

    run(scenario())


def test_a_server_that_answers_probes_and_loses_rows_ends_the_run() -> None:
    """Each trial costs a doubt: after five of them the run ends with 5."""

    async def scenario() -> None:
        scene = Scene()
        scene.server.back = 0.0
        assert await scene.rows(500, lambda: LOST, workers=4) <= LOST_IN_A_ROW + 3 + LOST_TRIALS
        assert scene.control.exit is Exit.LATER and "answers probes" in scene.control.reason

    run(scenario())


def test_a_trial_that_does_not_leave_is_followed_by_another() -> None:
    """The row on trial was held back by the rate: the others do not wait for it for ever."""

    async def scenario() -> None:
        scene = Scene()
        scene.server.back = 0.0
        await scene.one(GONE)
        assert await scene.one(Held()) == Turn(trial=True)
        assert await scene.one(FINE) == Turn(trial=True)
        assert await scene.one(Held()) == Turn(trial=False)
        assert len(scene.told) == 2

    run(scenario())


def test_a_question_is_asked_again_when_the_server_is_back() -> None:
    """Settling at the end of a file waits for the server as rows do; what waiting does not cure is raised."""

    async def scenario() -> None:
        scene = Scene()
        began = scene.now()
        scene.server.back = began + 60.0

        async def question() -> str:
            if scene.now() < began + 60.0:
                raise TargetError("UNREACHABLE", "https://x cannot be reached: refused.", exit=Exit.LATER)
            return "there"

        async def refused() -> str:
            raise TargetError("QUERY_FAILED", "A query was refused (INVALID_FIELD).", exit=Exit.LATER)

        assert await scene.pace.ask(question) == "there"
        assert scene.now() - began >= 60 and len(scene.told) == 2 and scene.server.probes
        assert await scene.pace.turn() == Turn(trial=False)
        with pytest.raises(TargetError, match="refused"):
            await scene.pace.ask(refused)
        scene.control.interrupt(Exit.INTERRUPTED)
        assert await scene.pace.ask(question) is None

    run(scenario())


def test_stragglers_are_not_taken_for_the_trial() -> None:
    """Rows that had left before the absence and are lost one by one do not use up the trials."""

    async def scenario() -> None:
        scene = Scene()
        scene.server.back = 0.0
        before = [await scene.pace.turn() for _ in range(20)]
        await scene.one(GONE)
        trial = await scene.pace.turn()
        assert trial == Turn(trial=True)
        for turn in before:
            assert turn is not None
            scene.pace.heard(LOST, turn)
        assert not scene.control.stopped
        scene.pace.heard(FINE, trial)
        assert await scene.pace.turn() == Turn(trial=False)

    run(scenario())


@pytest.mark.parametrize("outcome", [GONE, Again("HTTP_429", "said", 600.0)])
def test_a_run_that_is_told_to_end_does_not_wait(outcome: RowOutcome) -> None:
    """Ctrl-C during an absence or a pause ends all workers at once."""

    async def scenario() -> None:
        scene = Scene()
        await scene.one(outcome)
        waiting = [asyncio.create_task(scene.pace.turn()) for _ in range(10)]
        await asyncio.sleep(50)
        began = scene.now()
        scene.control.interrupt(Exit.INTERRUPTED)
        assert await asyncio.gather(*waiting) == [None] * 10
        assert scene.now() - began < 1

    run(scenario())


def test_a_stop_is_no_answer() -> None:
    """What ends the run says nothing about pauses: nothing is told."""

    async def scenario() -> None:
        scene = Scene()
        await scene.one(GONE)
        scene.pace.heard(Stop("S", "r", "", 6), Turn(trial=False))
        assert len(scene.told) == 1

    run(scenario())


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.25, "0.2 s"),
        (9.94, "9.9 s"),
        (45, "45 s"),
        (59.6, "1 min"),
        (190, "3 min 10 s"),
        (1800, "30 min"),
        (3900, "1 h 5 min"),
        (7200, "2 h"),
    ],
)
def test_spans_in_words(seconds: float, words: str) -> None:
    """Times as a person reads them."""
    assert span(seconds) == words
