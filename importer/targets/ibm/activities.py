"""What a case starts by itself: its activities, as CASEREST lists them (IBM, ``acmdv125``)."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from importer.model.errors import ImporterError
from importer.model.outcome import Created
from importer.targets.delivering import read
from importer.targets.ibm import ready
from importer.targets.ibm.answers import folded
from importer.targets.json_body import decode
from importer.transport.delivery import Sender

SET_UP = 5.0
"""Seconds for which a case may be Initializing before its activities are asked for."""

STARTED = frozenset({4, 5, 6})
"""States of an activity that has a work item: working, complete, failed. IBM's documents name 6 as failed to
launch (swg27023582) and list the states in the order ready, working, complete, failed; the other numbers are
inferred from that."""


async def started_by(
    sender: Sender, records: Sequence[str], object_store: str, where: str
) -> list[tuple[str, ...]] | None:
    """Return what each of the cases ``records`` has started, None when nobody answers. Raises nothing.

    A case whose activities cannot be read is left out.
    """
    store = quote(object_store, safe="")
    started = []
    for record_id in records:
        path = f"/v1/case/{quote(record_id.strip('{}'), safe='')}/tasks"
        # Activities start once the case is set up.
        await ready.when_ready(sender, Created(record_id), object_store, SET_UP)
        try:
            answer = await read(
                sender, f"{path}?TargetObjectStore={store}&Grouping=ROD", "read activities", where
            )
        except ImporterError:
            return None
        if answer.status == 200:
            started.append(read_started(decode(answer.body)))
    return started


def read_started(document: object) -> tuple[str, ...]:
    """Return the names of the activities of a case that have started; keys in any case.

    The answer has groups (Required, Optional, Disabled) of activities; empty ones are left out.
    """
    names = []
    for group in folded(document).values():
        for member in group if isinstance(group, list) else []:
            activity = folded(member)
            if activity.get("taskstate") in STARTED:
                names.append(str(activity.get("taskname") or activity.get("symbolicname") or "?"))
    return tuple(names)


def sentence(started: Sequence[Sequence[str]], rest: int) -> str | None:
    """Return what the cases looked at have started and what ``rest`` more will; None when it is nothing.

    ``started`` are the names of each case's activities.
    """
    total = sum(len(names) for names in started)
    if not total or not rest:
        return None
    names = ", ".join(sorted({name for each in started for name in each}))
    looked = "One case was looked at: it has" if len(started) == 1 else f"{len(started)} cases have"
    items = f"{total} work item{'' if total == 1 else 's'}"
    left = "The row that is left" if rest == 1 else f"The {rest:,} rows that are left"
    more = round(total * rest / len(started))
    return (
        f"{looked} started {items} by creation alone ({names}). {left} will start "
        f"about {more}, as far as they are new."
    )
