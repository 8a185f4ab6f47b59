"""The numbers by which people call records, asked for after the rows were sent."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

from importer.model.errors import ImporterError
from importer.model.events import Notice
from importer.pipeline.work import Work

TOGETHER = 2000
"""Records whose numbers are asked for at once."""
AT_ONCE = 5
"""Such questions on their way at a time."""


async def number(work: Work) -> None:
    """Write the numbers of the run's records into the journal, where the target has them to give.

    That costs a call for thousands of rows; where they cannot be had, the numbers stay empty.
    """
    journal, run = work.journal, work.run.n
    missing = journal.count_without_number(run)
    if not missing or work.control.stopped or not work.target.numbers_for(missing):
        return
    after = 0
    while records := journal.without_number(run, after, TOGETHER * AT_ONCE):
        parts = [records[start : start + TOGETHER] for start in range(0, len(records), TOGETHER)]
        for answer in await asyncio.gather(*(_ask(work, part) for part in parts), return_exceptions=True):
            if isinstance(answer, ImporterError):
                work.sink(Notice(f"The numbers of the records could not be asked for: {answer.message}"))
                return
            if isinstance(answer, BaseException):
                raise answer
            if not answer:
                return
        after = records[-1][0]


async def _ask(work: Work, part: Sequence[tuple[int, str]]) -> bool:
    """Ask for the numbers of ``part`` and write them; return False when the leg is told to end."""
    found = await work.pace.ask(partial(work.target.numbers, [record for _row, record in part]))
    if found is None:
        return False
    await work.leg.set_numbers({row: found[record] for row, record in part if record in found})
    return True
