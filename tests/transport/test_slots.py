"""Slots: how many requests are in flight, in which order, whatever is cancelled or resized."""

import asyncio
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.transport import Slots

from .virtual import run


async def use(slots, seen, number, seconds):
    """Hold a slot for some time and note who did, and how many were in use."""
    async with slots:
        seen.append((number, slots.in_use))
        await asyncio.sleep(seconds)


def test_first_come_first_served():
    """Those who wait get their slot in the order in which they came."""

    async def scenario():
        slots, seen = Slots(2), []
        await asyncio.gather(*(use(slots, seen, number, 1 / (number + 1)) for number in range(20)))
        return seen

    seen = run(scenario())
    assert [number for number, _ in seen] == list(range(20))
    assert max(in_use for _, in_use in seen) == 2


@settings(max_examples=80, deadline=None)
@given(st.integers(1, 5), st.lists(st.sampled_from([1, 2, 3, 8]), max_size=5), st.integers(0, 2**16))
def test_never_more_than_the_limit(limit, resizes, seed):
    """With random work, cancellations and new sizes, no newcomer enters above the limit and none is lost."""
    rng = random.Random(seed)

    async def scenario():
        slots, seen = Slots(limit), []

        async def resize(after, size):
            await asyncio.sleep(after)
            slots.resize(size)

        async def worker(number):
            await asyncio.sleep(rng.uniform(0, 3))
            async with slots:
                assert slots.in_use <= max(limit, *resizes, 1)
                seen.append(number)
                await asyncio.sleep(rng.uniform(0, 1))

        tasks = [asyncio.create_task(worker(number)) for number in range(30)]
        changes = [asyncio.create_task(resize(index + 0.5, size)) for index, size in enumerate(resizes)]
        for task in rng.sample(tasks, 8):
            asyncio.get_running_loop().call_later(rng.uniform(0, 6), task.cancel)
        results = await asyncio.gather(*tasks, *changes, return_exceptions=True)
        assert all(isinstance(result, asyncio.CancelledError | None) for result in results), results
        return slots, results

    slots, _ = run(scenario())
    assert slots.in_use == 0
    assert repr(slots) == f"<Slots 0 of {slots.limit} in use, 0 waiting>"


def test_smaller_and_larger():
    """A smaller limit lets what runs end first; a larger one lets those who wait in at once."""

    async def scenario():
        slots = Slots(3)
        gate = asyncio.Event()
        inside = []

        async def worker(number):
            async with slots:
                inside.append(number)
                await gate.wait()

        tasks = [asyncio.create_task(worker(number)) for number in range(6)]
        await asyncio.sleep(0)
        slots.resize(1)
        assert inside == [0, 1, 2] and slots.in_use == 3
        slots.resize(5)
        await asyncio.sleep(0)
        assert inside == [0, 1, 2, 3, 4]
        gate.set()
        await asyncio.gather(*tasks)
        assert slots.in_use == 0

    run(scenario())


def test_waiter_is_cancelled_in_the_moment_a_slot_gets_free():
    """A waiter that is cancelled just before a slot gets free is passed over, and ends as cancelled."""

    async def scenario():
        slots = Slots(1)
        await slots.__aenter__()
        waiters = [asyncio.create_task(use(slots, [], number, 0)) for number in range(2)]
        await asyncio.sleep(0)
        waiters[0].cancel()
        await slots.__aexit__(None, None, None)
        with pytest.raises(asyncio.CancelledError):
            await waiters[0]
        await waiters[1]
        assert slots.in_use == 0

    run(scenario())


def test_slot_handed_over_in_the_moment_of_cancellation():
    """A slot that was just given to a cancelled waiter goes on to the next."""

    async def scenario():
        slots = Slots(1)
        first = await slots.__aenter__()
        waiters = [asyncio.create_task(use(slots, [], number, 0)) for number in range(2)]
        await asyncio.sleep(0)
        await slots.__aexit__(None, None, None)
        waiters[0].cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiters[0]
        await waiters[1]
        assert slots.in_use == 0
        return first

    run(scenario())
