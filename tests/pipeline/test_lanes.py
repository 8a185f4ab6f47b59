"""Rows of a locked parent go one at a time, others overtake, in bounded memory."""

import asyncio

from importer.model.draft import Draft
from importer.model.row import Row
from importer.pipeline.batches import Batch
from importer.pipeline.consider import Ready
from importer.pipeline.lanes import HOLD, Lanes


def of(number: int, parent: str) -> Ready:
    return Ready(Row(number, ()), Draft(number, {"AccountId": parent}), b"k", b"d")


def ready(number: int, *parents: str) -> Batch:
    return Batch(tuple(of(number, parent) for parent in parents))


def parents(each: Ready) -> frozenset[str]:
    return frozenset({str(each.draft.values["AccountId"])})


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_without_a_lock_error_everybody_goes() -> None:
    """Nothing is ordered until the server complains."""
    lanes = Lanes(parents, Clock())
    assert lanes.enter(ready(1, "A")) and lanes.enter(ready(2, "A"))


async def test_rows_of_a_contested_parent_go_one_at_a_time() -> None:
    """The second row of the parent stands aside, a row of another parent overtakes it."""
    lanes = Lanes(parents, Clock())
    lanes.contested(of(1, "A"))
    first, second, other = ready(2, "A"), ready(3, "A"), ready(4, "B")
    assert lanes.enter(first) and not lanes.enter(second)
    await lanes.stand_aside(second)
    assert lanes.enter(other) and lanes.next() is None and lanes.waiting == 1
    lanes.leave(first)
    assert lanes.next() is second and lanes.waiting == 0


def test_the_hold_ends() -> None:
    """After a while the parent's rows go together again."""
    clock = Clock()
    lanes = Lanes(parents, clock)
    lanes.contested(of(1, "A"))
    assert lanes.enter(ready(2, "A")) and not lanes.enter(ready(3, "A"))
    clock.now += HOLD
    assert lanes.enter(ready(3, "A"))


async def test_no_more_rows_stand_aside_than_there_is_room() -> None:
    """A file of one parent does not fill the memory: the feed waits."""
    lanes = Lanes(parents, Clock(), room=2)
    lanes.contested(of(1, "A"))
    first = ready(2, "A")
    assert lanes.enter(first)
    await lanes.stand_aside(ready(3, "A"))
    await lanes.stand_aside(ready(4, "A"))
    third = asyncio.create_task(lanes.stand_aside(ready(5, "A")))
    await asyncio.sleep(0)
    assert not third.done() and lanes.waiting == 2
    lanes.leave(first)
    assert lanes.next() is not None
    await third
    assert lanes.waiting == 2


async def test_draining_gives_every_row_in_order() -> None:
    """At the end those who stood aside go one after the other, and none is forgotten."""
    lanes = Lanes(parents, Clock())
    lanes.contested(of(1, "A"))
    first = ready(2, "A")
    assert lanes.enter(first)
    for row in (3, 4, 5):
        await lanes.stand_aside(ready(row, "A"))
    lanes.leave(first)
    seen = []
    while (found := await lanes.drained()) is not None:
        seen.append(found.rows[0].draft.row)
        lanes.leave(found)
    assert seen == [3, 4, 5]
