"""The numbers by which people call records, asked for after the rows were sent."""

from __future__ import annotations

from functools import partial

from importer.model.errors import ImporterError
from importer.model.events import Notice
from importer.pipeline.work import Work

TOGETHER = 2000
"""Records whose numbers are asked for at once."""


async def number(work: Work) -> None:
    """Write the numbers of the run's records into the journal, where the target has them to give.

    That costs a call for thousands of rows; where they cannot be had, the numbers stay empty.
    """
    journal, run = work.journal, work.run.n
    missing = journal.count_without_number(run)
    if not missing or work.control.stopped or not work.target.numbers_for(missing):
        return
    after = 0
    try:
        while part := journal.without_number(run, after, TOGETHER):
            found = await work.pace.ask(partial(work.target.numbers, [record for _row, record in part]))
            if found is None:
                return
            await work.leg.set_numbers({row: found[record] for row, record in part if record in found})
            after = part[-1][0]
    except ImporterError as error:
        work.sink(Notice(f"The numbers of the records could not be asked for: {error.message}"))
