"""How many requests may be in flight: the rule as tables, and against servers of virtual time."""

import asyncio
import random

import pytest

from importer.settings import Rate
from importer.transport import Answered, Congestion, MaybeDelivered, NotSent, Sign, sign_of_status
from importer.transport.congestion import IN_NUMBER, LEAST_WINDOW

from .test_transport import CREATE, READ, Network, Tokens, transport
from .virtual import run

CLEAR, TROUBLED, BUSY = Sign.CLEAR, Sign.TROUBLED, Sign.BUSY


class Answers:
    """Feeds a rule with answers that come one after the other, each ``latency`` seconds after it left."""

    def __init__(self, ceiling, limit=None):
        self.rule = Congestion(ceiling)
        self.now = 1000.0
        if limit is not None:
            self.rule.begin_again(self.now)
            while self.rule.limit < limit:
                self.windows(1)

    def take(self, sign=CLEAR, latency=0.1, in_flight=None):
        self.now += 10.0
        self.rule.heard(
            sign, self.now - latency, self.now, self.rule.limit if in_flight is None else in_flight
        )
        return self.rule.limit

    def windows(self, count, latency=0.1):
        """Full windows of clear answers; give the limit after each."""
        limits = []
        for _ in range(count):
            for _ in range(max(self.rule.limit, LEAST_WINDOW)):
                limit = self.take(latency=latency)
            limits.append(limit)
        return limits


@pytest.mark.parametrize(
    ("status", "sign"),
    [
        (200, CLEAR),
        (201, CLEAR),
        (400, CLEAR),
        (404, CLEAR),
        (429, BUSY),
        (503, BUSY),
        (500, TROUBLED),
        (504, TROUBLED),
    ],
)
def test_what_a_status_says(status, sign):
    """Refusals of a row say nothing about the server; 429 and 503 do, other failures may."""
    assert sign_of_status(status) is sign


@pytest.mark.parametrize(
    ("limit", "in_flight", "after"),
    [(50, 50, 25), (50, 60, 25), (50, 8, 4), (50, 1, 1), (3, 3, 1), (1, 1, 1)],
)
def test_busy_halves_what_is_in_flight(limit, in_flight, after):
    """A refusal halves at once what was really in flight, never below one."""
    answers = Answers(limit)
    assert answers.take(BUSY, in_flight=in_flight) == after


def test_a_burst_of_refusals_halves_once():
    """Fifty requests that left together and are all refused are one signal; one that leaves later is another."""
    rule = Congestion(50)
    for number in range(50):
        rule.heard(BUSY, departed=100.0 + number / 1000, now=101.0 + number / 1000, in_flight=50 - number)
    assert rule.limit == 25
    rule.heard(BUSY, departed=101.5, now=101.6, in_flight=25)
    assert rule.limit == 12


def test_clear_windows_allow_one_more_up_to_the_ceiling():
    """Additive increase: one more for each window, and never more than the connection allows."""
    answers = Answers(8)
    answers.take(BUSY)
    assert answers.windows(6) == [5, 6, 7, 8, 8, 8]


@pytest.mark.parametrize(
    ("ceiling", "troubles", "after"), [(10, 2, 10), (10, 3, 5), (50, 4, 50), (50, 5, 25)]
)
def test_locks_count_in_number(ceiling, troubles, after):
    """One row lock is bad luck; three in a window of ten, or a tenth of a larger one, is too much at once."""
    answers = Answers(ceiling)
    for _ in range(troubles):
        limit = answers.take(TROUBLED)
    assert limit == after


def test_troubles_of_other_windows_do_not_add_up():
    """Two locks in every window, for ever, take nothing away; they only keep the limit from growing."""
    answers = Answers(20)
    answers.take(BUSY)
    for _ in range(20):
        for number in range(10):
            answers.take(TROUBLED if number < IN_NUMBER - 1 else CLEAR)
    assert answers.rule.limit == 10


@pytest.mark.parametrize(
    ("usual", "risen", "after"),
    [
        (0.1, 0.29, 20),  # nearly three times, but not noticeably longer
        (0.1, 0.35, 10),
        (1.0, 1.9, 20),  # noticeably longer, but not twice
        (1.0, 2.1, 10),
        (0.005, 0.15, 20),
    ],
)
def test_rising_latency_halves(usual, risen, after):
    """More than twice the usual, and by a fifth of a second."""
    answers = Answers(20)
    assert answers.windows(2, usual) == [20, 20]
    assert answers.windows(1, risen) == [after]


def test_a_few_slow_rows_mean_nothing():
    """Four rows of ten that take a minute each, window after window, change nothing."""
    answers = Answers(10)
    answers.windows(1)
    for _ in range(30):
        for number in range(10):
            answers.take(latency=60.0 if number < 4 else 0.1)
    assert answers.rule.limit == 10


def test_latency_that_is_not_ours_is_accepted():
    """A server that got slower by itself costs two halvings; then its pace is the usual, and the limit grows."""
    answers = Answers(20)
    answers.windows(2, 0.1)
    assert answers.windows(5, 0.9) == [10, 5, 6, 7, 8]
    assert answers.windows(14, 0.9)[-1] == 20


def test_latency_that_helps_to_cut_is_cut_again():
    """As long as halving makes the server quicker, and it is still too slow, it goes on."""
    answers = Answers(40)
    answers.windows(1, 0.1)
    assert answers.windows(1, 4.0) == [20]
    assert answers.windows(1, 2.0) == [10]
    assert answers.windows(1, 1.0) == [5]
    assert answers.windows(2, 0.1) == [6, 7]


def test_after_an_absence_it_begins_with_one():
    """A server that has just come back is not run over."""
    answers = Answers(50)
    answers.rule.begin_again(answers.now)
    assert answers.rule.limit == 1 and repr(answers.rule) == "<Congestion 1 of 50>"
    assert answers.windows(3) == [2, 3, 4]


class Loaded(Network):
    """A server with ``capacity`` hands: beyond it requests queue, or are refused when it ``refuses``."""

    def __init__(self, pacer, capacity, *, refuses, slow_rows, seed=1):
        super().__init__(pacer, lambda *_: Answered(201, {}, b"{}"))
        self.capacity = capacity
        self.refuses = refuses
        self.slow_rows = slow_rows
        self.rng = random.Random(seed)
        self.in_flight = self.most = self.refused = self.served = 0

    async def exchange(self, base_url, headers, request, leaves):
        if request is not CREATE:
            return await super().exchange(base_url, headers, request, leaves)
        await self.pacer.window_open()
        leaves(self.pacer.departed())
        self.in_flight += 1
        self.most = max(self.most, self.in_flight)
        try:
            if self.refuses and self.in_flight > self.capacity:
                self.refused += 1
                await asyncio.sleep(0.01)
                return Answered(429, {}, b"")
            slow = 30.0 if self.rng.random() < self.slow_rows else 0.2 * self.rng.uniform(0.8, 1.2)
            await asyncio.sleep(slow * max(1.0, self.in_flight / self.capacity))
            self.served += 1
            return Answered(201, {}, b"{}")
        finally:
            self.in_flight -= 1


async def load(network, made, count):
    """Have ``count`` rows created; a refused one is sent again."""
    rows = iter(range(count))

    async def work():
        for _ in rows:
            while (await made.send(CREATE)).status != 201:
                pass

    await asyncio.gather(*(work() for _ in range(60)))


def loaded(capacity, *, refuses=False, slow_rows=0.0, ceiling=50):
    made, network = transport(lambda *_: None, rate=Rate(5000, 1), concurrency=ceiling)
    network = Loaded(made.pacer, capacity, refuses=refuses, slow_rows=slow_rows)
    made._exchange = network  # the stand-in for the network is this test's own
    return made, network


def test_a_server_that_refuses_beyond_ten_is_used_by_about_ten():
    """The limit settles about what the server takes: few refusals, and hardly less done than it could."""

    async def scenario():
        made, network = loaded(10, refuses=True)
        await made.sign_in()
        began = asyncio.get_running_loop().time()
        await load(network, made, 5000)
        took = asyncio.get_running_loop().time() - began
        assert network.served == 5000 and network.refused < 250
        assert 5000 / took > 0.7 * 10 / 0.2, "rows per second, of what ten at a time could"
        assert 4 <= made.slots.limit <= 12

    run(scenario())


def test_a_healthy_server_is_used_in_full():
    """Jitter, and one row of 500 that takes half a minute, do not take anything away."""

    async def scenario():
        made, network = loaded(1000, slow_rows=0.002)
        await load(network, made, 5000)
        assert made.slots.limit == 50 and network.most == 50

    run(scenario())


def test_a_server_that_gets_overloaded_by_us_is_relieved():
    """When its hands become few, latency rises with what is in flight, and the limit goes down; not to one."""

    async def scenario():
        made, network = loaded(100)
        await load(network, made, 1000)
        assert made.slots.limit == 50
        network.capacity = 8
        await load(network, made, 1000)
        assert 4 <= made.slots.limit <= 25
        network.capacity = 100
        await load(network, made, 6000)
        assert made.slots.limit == 50

    run(scenario())


def test_reads_and_lost_answers_in_the_transport():
    """A slow describe is not a slow server, a lost answer is trouble, an absence begins again with one."""

    async def scenario():
        create = [Answered(201, {}, b"")]
        made, network = transport(
            lambda _headers, request: Answered(200, {}, b"") if request is READ else create[0],
            concurrency=8,
            patience=1.0,
        )
        for _ in range(12):
            await made.send(CREATE)
        network.latency = 30.0
        for _ in range(30):
            await made.send(READ)
        assert made.slots.limit == 8
        network.latency = 0.05
        create[0] = MaybeDelivered("lost")
        await asyncio.gather(*(made.send(CREATE) for _ in range(8)))
        assert made.slots.limit == 3, "six of the eight were still in flight when the third was lost"
        create[0] = NotSent("refused")
        await made.send(CREATE)
        assert made.slots.limit == 1
        create[0] = Answered(201, {}, b"")
        for _ in range(20):
            await made.send(CREATE)
        assert made.slots.limit == 3

    run(scenario())


def test_what_the_target_hears_decides():
    """A target may know better than the status what an answer says; it hears reads as well."""
    heard = []

    def hear(answer):
        heard.append(answer.status)
        return BUSY if answer.body == b"limit" else CLEAR

    async def scenario():
        made, _ = transport(
            lambda _headers, request: (
                Answered(403, {}, b"limit") if request is CREATE else Answered(200, {}, b"")
            ),
            concurrency=8,
            sign_in=Tokens(),
            hear=hear,
        )
        await made.send(READ)
        await made.send(CREATE)
        assert heard == [200, 403] and made.slots.limit == 1

    run(scenario())
