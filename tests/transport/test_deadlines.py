"""Deadlines that share a timer: each comes at its time, none that was cancelled."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from importer.transport.deadlines import Deadlines

from .virtual import run


def test_each_comes_at_its_time():
    """Those of one length and of others come when they are due, in order; cancelled ones never."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        deadlines, came = Deadlines(), []
        began = loop.time()

        def note(name: str) -> None:
            came.append((name, pytest.approx(loop.time() - began, abs=0.01)))

        deadlines.after(10.0, lambda: note("first"))
        gone = deadlines.after(10.0, lambda: note("gone"))
        deadlines.after(3.0, lambda: note("short"))
        await asyncio.sleep(4)
        deadlines.after(10.0, lambda: note("later"))
        gone.cancel()
        gone.cancel()
        await asyncio.sleep(20)
        assert came == [("short", 3.0), ("first", 10.0), ("later", 14.0)]

    run(main())


def test_one_that_is_set_while_others_come_due_comes_too():
    """A deadline may set the next of its length; when all are cancelled, none is waited for."""

    async def main() -> None:
        deadlines, came = Deadlines(), []

        def again() -> None:
            came.append(asyncio.get_running_loop().time())
            if len(came) < 3:
                deadlines.after(1.0, again)

        deadlines.after(1.0, again)
        await asyncio.sleep(5)
        assert [b - a for a, b in itertools.pairwise(came)] == pytest.approx([1.0, 1.0])
        deadlines.after(1.0, again).cancel()
        await asyncio.sleep(5)
        assert len(came) == 3

    run(main())
