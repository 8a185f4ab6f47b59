"""Batches between the feed and the workers: none is lost, nobody waits for ever."""

from __future__ import annotations

import asyncio

from importer.pipeline.supply import Supply


async def settled() -> None:
    """Let everything run that can."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_batches_come_in_their_order_to_whoever_asks() -> None:
    """Several workers share one supply; each batch goes to one of them, and all end when it ends."""
    supply, taken = Supply(4), []

    async def work() -> None:
        while (batch := await supply.take()) is not None:
            taken.append(batch)
            await asyncio.sleep(0)

    workers = [asyncio.create_task(work()) for _ in range(3)]
    for number in range(50):
        await supply.put(number)
    supply.end()
    await asyncio.wait_for(asyncio.gather(*workers), 5)
    assert taken == list(range(50))


async def test_the_feed_waits_until_half_is_taken() -> None:
    """No more wait than there may; the feed is woken when half of them are taken, not for each."""
    supply, given = Supply(4), []

    async def feed() -> None:
        for number in range(9):
            await supply.put(number)
            given.append(number)

    feeding = asyncio.create_task(feed())
    await settled()
    assert given == [0, 1, 2, 3]
    await supply.take()
    await settled()
    assert given == [0, 1, 2, 3]
    await supply.take()
    await settled()
    assert given == [0, 1, 2, 3, 4, 5]
    feeding.cancel()


async def test_one_at_a_time() -> None:
    """Of large batches one waits: the next comes when it is taken."""
    supply = Supply(1)
    await supply.put("a")
    second = asyncio.create_task(supply.put("b"))
    await settled()
    assert not second.done()
    assert await supply.take() == "a"
    await asyncio.wait_for(second, 5)
    assert await supply.take() == "b"


async def test_a_worker_that_is_cancelled_takes_nothing_along() -> None:
    """A batch for which a worker was woken that ends in the same moment goes to another one."""
    supply = Supply(4)
    first, second = (asyncio.create_task(supply.take()) for _ in range(2))
    await settled()
    await supply.put("a")
    first.cancel()
    assert await asyncio.wait_for(second, 5) == "a"


async def test_what_nobody_takes_any_more() -> None:
    """When no workers are left the feed is not held up, whatever waits and whatever still comes."""
    supply = Supply(1)
    await supply.put("a")
    waiting = asyncio.create_task(supply.put("b"))
    await settled()
    supply.throw_away()
    await asyncio.wait_for(waiting, 5)
    for number in range(5):
        await asyncio.wait_for(supply.put(number), 5)
    assert await supply.take() is None
