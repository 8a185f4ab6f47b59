"""Leaving an import in the middle: break, exception, cancellation, a connection that ends."""

from __future__ import annotations

import asyncio

import pytest

from importer import (
    Exit,
    ImporterError,
    RowResult,
    SettingsError,
    Status,
)
from importer.journal.journal import Journal
from importer.journal.records import RunRecord
from tests.api.conftest import Begin, Library
from tests.stage import CASE, CLAIM


def settled(journal: Journal, run: RunRecord) -> dict[str, int]:
    """How many rows stand where; rows that certainly never left are left out."""
    return {state.value: count for state, count in journal.counts(run.n).items() if state != "pending"}


SOON = 20.0
"""Seconds after which a test does not wait any longer for what should happen at once."""


async def sent(library: Library, count: int) -> None:
    """Wait until the simulator has seen ``count`` creates; it has no event for it."""
    async with asyncio.timeout(SOON):
        while library.stage.creates() < count:  # noqa: ASYNC110
            await asyncio.sleep(0)


async def test_leaving_the_loop_drains_and_the_same_call_goes_on(library: Library) -> None:
    """After a break nothing new is sent, what was in flight is in the journal, and nothing is made twice."""
    path = library.file(60)
    taken: list[RowResult] = []
    async with library.connection() as connection:
        async for outcome in library.outcomes(path, connection):
            taken.append(outcome)
            if len(taken) == 3:
                break
        found = [outcome async for outcome in library.outcomes(path, connection)]
    assert len(taken) == 3
    assert sorted(outcome.row for outcome in found) == list(range(2, 62)), "the earlier ones are told again"
    assert {outcome.status for outcome in found} == {Status.CREATED}
    assert {outcome.row: outcome.id for outcome in found}.items() >= {o.row: o.id for o in taken}.items()
    assert len(library.stage.records()) == 60 == library.stage.creates()
    with library.stage.journal() as journal:
        [run] = journal.runs()
        first, second = journal.legs(run.n)
    assert (first.exit, second.exit) == (Exit.INTERRUPTED, Exit.DONE)


async def test_after_a_break_and_the_end_of_the_connection_nothing_is_in_doubt(library: Library) -> None:
    """The connection's end waits for what is in flight; far less than the file was sent."""
    path = library.file(300)
    async with library.connection() as connection:
        async for _ in library.outcomes(path, connection):
            break
    made = len(library.stage.records())
    assert 1 <= made == library.stage.creates() < 200
    with library.stage.journal() as journal:
        [run] = journal.runs()
        assert settled(journal, run) == {"created": made}
        with journal.lock(run.system, run.system_name):
            pass


async def test_an_exception_in_the_body_reaches_the_caller_and_ends_the_sending(library: Library) -> None:
    """The caller's own exception goes on as it is; the import is drained before the connection ends."""
    path = library.file(200)
    with pytest.raises(ZeroDivisionError):
        async with library.connection() as connection:
            async for outcome in library.outcomes(path, connection):
                outcome.row / 0
    assert 1 <= len(library.stage.records()) == library.stage.creates() < 150
    async with library.connection() as connection:
        assert [o.status async for o in library.outcomes(path, connection)] == [Status.CREATED] * 200
    assert len(library.stage.records()) == 200


@pytest.mark.parametrize("where", ["waiting", "body"])
async def test_cancelling_drains_before_it_is_over(begin: Begin, where: str) -> None:
    """A cancelled task ends when what was in flight is journalled, wherever it was cancelled."""
    library = await begin(CLAIM, "latency=50ms")
    path = library.file(200)
    some = asyncio.Event()

    async def load() -> None:
        async with library.connection() as connection:
            async for _ in library.outcomes(path, connection):
                some.set()
                if where == "body":
                    await asyncio.Event().wait()

    task = asyncio.create_task(load())
    async with asyncio.timeout(SOON):
        await some.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    made = len(library.stage.records())
    assert 1 <= made == library.stage.creates() < 150
    with library.stage.journal() as journal:
        [run] = journal.runs()
        assert settled(journal, run) == {"created": made}


async def test_who_is_cancelled_while_waiting_has_drained_already(begin: Begin) -> None:
    """asyncio.timeout around the loop: when it ends nothing is in flight, though the connection stays open."""
    library = await begin(CLAIM, "latency=50ms")
    async with library.connection() as connection:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                async for _ in library.outcomes(library.file(300), connection):
                    pass
        made = len(library.stage.records())
        with library.stage.journal() as journal:
            [run] = journal.runs()
            assert settled(journal, run) == {"created": made} and 1 <= made == library.stage.creates() < 300
            with journal.lock(run.system, run.system_name):
                pass


async def test_cancelling_before_anything_is_sent_leaves_no_run(begin: Begin) -> None:
    """A server that does not answer the sign-in is not waited for."""
    library = await begin(CLAIM, "hang=on@any")
    async with library.connection() as connection:
        outcomes = library.outcomes(library.file(3), connection)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(outcomes), 0.3)
    with library.stage.journal() as journal:
        assert journal.runs() == []


async def test_two_more_cancellations_give_up_on_what_hangs(begin: Begin) -> None:
    """Who cannot wait for the server gets out, and the rows in flight are in doubt."""
    library = await begin(CASE, "hang=on")
    library.stage.extra += 'request_timeout = "60s"\n'
    path = library.file(20)

    async def load() -> None:
        async with library.connection() as connection:
            async for _ in library.outcomes(path, connection):
                raise AssertionError("no row can be settled")

    task = asyncio.create_task(load())
    await sent(library, 5)
    for _ in range(3):
        task.cancel()
        await asyncio.sleep(0.05)
    with pytest.raises(asyncio.CancelledError):
        await task
    with library.stage.journal() as journal:
        [run] = journal.runs()
        assert settled(journal, run) == {"in_doubt": 5}


async def test_a_caller_who_only_looks_away_is_not_run_away_from(begin: Begin) -> None:
    """Without a step of the caller, about a hundred rows go out and no more; then it goes on to the end."""
    library = await begin(CASE)
    path = library.file(400)
    async with library.connection() as connection:
        outcomes = library.outcomes(path, connection)
        found = [await anext(outcomes)]
        before = -1
        while before != library.stage.creates():
            before = library.stage.creates()
            await asyncio.sleep(0.2)
        assert 100 <= before <= 120
        found += [outcome async for outcome in outcomes]
    assert len(found) == 400 == len(library.stage.records())


async def test_aclose_ends_an_import_that_has_a_name(library: Library) -> None:
    """What a held iterator needs: after aclose the system is free, and the iterator gives nothing more."""
    path = library.file(150)
    async with library.connection() as connection:
        outcomes = library.outcomes(path, connection)
        async for _ in outcomes:
            break
        await outcomes.aclose()
        assert [outcome async for outcome in outcomes] == []
        assert outcomes.summary is not None and outcomes.summary.exit_code == Exit.INTERRUPTED
        assert outcomes.summary.counts["not_sent"] > 0
        assert len([o async for o in library.outcomes(path, connection)]) == 150
    assert len(library.stage.records()) == 150


async def test_a_connection_that_ends_tells_an_import_that_is_still_read(begin: Begin) -> None:
    """Nobody takes a file for imported because somebody else has closed the connection."""
    library = await begin(CASE)
    path = library.file(300)
    connection = await library.connection().__aenter__()
    outcomes = library.outcomes(path, connection)
    await anext(outcomes)
    await connection.__aexit__(None, None, None)
    with pytest.raises(ImporterError, match="The connection was closed") as caught:
        await anext(outcomes)
    assert caught.value.code == "CONNECTION_CLOSED"
    with pytest.raises(SettingsError, match="is not open"):
        await anext(library.outcomes(path, connection))
