"""What a caller of ``import_cases`` holds: an iterator that ends the import when it is left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import NoReturn

from importer.api.one_import import Asked, Import, Summary
from importer.model.errors import Exit, ImporterError
from importer.model.result import RowResult


class Outcomes(AsyncIterator[RowResult]):
    """What becomes of the rows of one import: one result for each, in the order in which they are durable.

    Rows that an earlier call has settled are among them, and those that never leave or were not sent. The
    import begins with the first step, and goes no further than some hundred rows ahead of its caller.

    Leaving the loop (``break``, an exception, a cancelled task) or ``aclose`` ends the sending; what is in
    flight is drained and journalled. Where the iterator has another name than in the ``for``, it is not
    left before ``aclose``, or the end of the connection.
    """

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._import: Import | None = None
        self._ended = False

    def __aiter__(self) -> Outcomes:
        return self

    async def __anext__(self) -> RowResult:
        if self._ended:
            raise StopAsyncIteration
        work = self._import = self._import or Import(self._asked)
        try:
            result = await work.backlog.get()
            if result is not None:
                return result
            await self._end(work)
        except asyncio.CancelledError:
            self._ended = True
            work.leave()
            await work.drained()
            raise

    async def _end(self, work: Import) -> NoReturn:
        self._ended = True
        if work.left:
            await work.drained()
            raise ImporterError(
                "CONNECTION_CLOSED",
                "The connection was closed before the import had ended; nothing is lost.",
                "The same call continues.",
                exit=Exit.INTERRUPTED,
            )
        await work.ended()
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """End the import and wait until nothing is in flight. Raises ImporterError when that fails."""
        self._ended = True
        if self._import is not None:
            self._import.leave()
            failure = await self._import.drained()
            if failure is not None:
                raise failure

    @property
    def summary(self) -> Summary | None:
        """How the import ended; None before it has."""
        return self._import.summary if self._import is not None else None

    def __del__(self) -> None:
        work = self._import
        if work is None or self._ended or work.loop.is_closed():
            return
        try:
            here = asyncio.get_running_loop() is work.loop
        except RuntimeError:
            here = False
        # The last reference may go in another thread, when the garbage collector runs there.
        work.leave() if here else work.loop.call_soon_threadsafe(work.leave)
