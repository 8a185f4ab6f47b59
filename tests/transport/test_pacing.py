"""The rate gate: never more than N departures in any window of T, and hardly fewer (promise P5)."""

import asyncio
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.settings import Rate
from importer.transport import Pacer

from .virtual import run

WIRE_DELAY = 0.004
"""Seconds by which bytes may follow their departure: the gate allows for a little more."""
RATES = [Rate(1, 1), Rate(7, 1), Rate(30, 3), Rate(50, 1), Rate(100, 1), Rate(20, 60)]


async def depart(pacer, count, workers=20, connecting=lambda: 0.0, thinking=lambda: 0.0):
    """Let ``workers`` make ``count`` departures; give the time of each."""
    loop = asyncio.get_running_loop()
    times = []
    left = iter(range(count))

    async def work():
        for _ in left:
            await asyncio.sleep(thinking())
            await pacer.turn()
            await asyncio.sleep(connecting())
            await pacer.window_open()
            pacer.departed()
            times.append(loop.time())

    await asyncio.gather(*(work() for _ in range(workers)))
    return times


def assert_window(times, rate):
    """Fail when any window holds more than the rate allows, even if bytes leave up to WIRE_DELAY late."""
    for early, late in zip(times, times[rate.count :], strict=False):
        assert late - (early + WIRE_DELAY) > rate.seconds, (early, late)


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_mean_and_window_under_full_load(rate):
    """With more to send than the rate allows, the mean reaches 0.97 of it and no window has too many."""
    count = rate.count * 5 + 20

    async def scenario():
        pacer = Pacer(rate)
        times = await depart(pacer, count)
        assert pacer.departures == count
        assert (pacer.first_departure, pacer.last_departure) == (times[0], times[-1])
        return times

    times = run(scenario(), late=0.001, seed=1)
    assert_window(times, rate)
    mean = (count - 1) / (times[-1] - times[0])
    assert mean >= 0.97 * rate.per_second
    assert mean <= 1.001 * rate.per_second + 1


@settings(max_examples=60, deadline=None)
@given(
    rate=st.builds(Rate, st.integers(1, 40), st.sampled_from([1.0, 3.0, 10.0])),
    workers=st.integers(1, 60),
    connecting=st.sampled_from([0.0, 0.05, 2.0]),
    thinking=st.sampled_from([0.0, 0.1, 5.0]),
    late=st.sampled_from([0.0, 0.002, 0.1]),
    pauses=st.lists(st.tuples(st.floats(0, 20), st.floats(0, 10)), max_size=3),
    seed=st.integers(0, 2**16),
)
def test_never_more_than_the_rate_in_any_window(rate, workers, connecting, thinking, late, pauses, seed):
    """However slow connecting is, however idle or busy the run, late the timers and long the pauses."""
    rng = random.Random(seed)

    async def scenario():
        pacer = Pacer(rate)
        loop = asyncio.get_running_loop()
        for after, seconds in pauses:
            loop.call_later(after, pacer.pause, seconds, "test")
        return await depart(
            pacer,
            rate.count * 3 + 5,
            workers,
            lambda: rng.uniform(0, connecting),
            lambda: rng.uniform(0, thinking),
        )

    assert_window(run(scenario(), late=late, seed=seed), rate)


def test_departures_are_spread():
    """At 100/s no tenth of a second sees more than two bunches of ten, at the start and after idle time."""

    async def scenario():
        pacer = Pacer(Rate(100, 1))
        first = await depart(pacer, 150)
        await asyncio.sleep(20)
        return first + await depart(pacer, 150)

    times = run(scenario())
    for index, start in enumerate(times):
        assert sum(1 for time in times[index:] if time < start + 0.1) <= 21
    assert sum(1 for time in times if time < times[0] + 1) <= 100


def test_turns_are_first_come_first_served():
    """Who asked first goes first, also when newcomers arrive while others wait."""

    async def scenario():
        pacer = Pacer(Rate(10, 1))
        order = []

        async def take(number):
            await asyncio.sleep(number * 0.03)
            await pacer.turn()
            order.append(number)

        await asyncio.gather(*(take(number) for number in range(50)))
        return order

    assert run(scenario()) == list(range(50))


def test_pause_holds_everybody():
    """During a pause nothing departs, connected or not; a shorter one does not cut a longer one."""

    async def scenario():
        pacer = Pacer(Rate(50, 1))
        loop = asyncio.get_running_loop()
        began = loop.time()
        loop.call_later(2.5, pacer.pause, 30, "the server asked for it")
        loop.call_later(2.6, pacer.pause, 1, "a second signal")
        times = await depart(pacer, 200, connecting=lambda: 0.2)
        assert pacer.pause_reason == "the server asked for it"
        assert pacer.paused_for == 0
        return [time - began for time in times]

    times = run(scenario())
    assert [time for time in times if 2.5 < time < 32.5] == []
    assert sum(time < 2.5 for time in times) > 90 and len(times) == 200


def test_giving_up_a_turn_blocks_nobody():
    """A request that is cancelled while it waits leaves the queue in order."""

    async def scenario():
        pacer = Pacer(Rate(5, 1))
        tasks = [asyncio.create_task(pacer.turn()) for _ in range(20)]
        await asyncio.sleep(0.1)
        for task in tasks[::2]:
            task.cancel()
        done = await asyncio.gather(*tasks, return_exceptions=True)
        return [result for result in done if result is None]

    assert len(run(scenario())) == 10


def test_pauses_that_overlap_count_once():
    """Three signals, two of which share time and one of which is shorter: what was waited is the union."""

    async def scenario():
        pacer = Pacer(Rate(100, 1))
        pacer.pause(2.0, "busy")
        await asyncio.sleep(1.0)
        assert pacer.paused == pytest.approx(1.0, abs=0.01)
        pacer.pause(3.0, "busy")
        pacer.pause(0.5, "busy")
        await asyncio.sleep(10.0)
        pacer.pause(1.0, "busy")
        await asyncio.sleep(5.0)
        return pacer.pauses, pacer.paused

    pauses, paused = run(scenario())
    assert pauses == 3 and paused == pytest.approx(5.0, abs=0.01)
