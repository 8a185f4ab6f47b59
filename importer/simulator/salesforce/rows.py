"""Many records in one go: each saved or refused for itself, or all undone together.

What collections, trees and bulk jobs share. A :class:`Row` is one record with what to do to it; the outcomes
come in the order of the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from importer.simulator.salesforce.errors import Failure, RefusalError, UnreadableError
from importer.simulator.salesforce.records import Terms
from importer.simulator.world import World

ROLLED_BACK = Failure(
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "Record rolled back because not all records were valid and the request was using AllOrNone header",
)
TOO_MANY_RETRIES = Failure(
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
    "Too many batch retries in the presence of Apex triggers and partial failures.",
)
APEX_LIMIT = Failure(
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
    "CaseTrigger: execution of BeforeInsert caused by: System.LimitException: Apex CPU time limit exceeded",
)
LOCKING = ("AccountId", "ContactId", "ParentId")
"""Parents that a create holds until it is committed (facts §4.4)."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one record: saved when there are no failures. A rolled-back one may have an id."""

    id: str | None = None
    created: bool | None = None
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One record: its parents' ids in 15 characters, and what saves it under given terms.

    ``created`` is what a refusal says about it: a failed row of an upsert can claim to be created (§3.1).
    """

    parents: frozenset[str]
    save: Callable[[Terms], Outcome]
    created: bool | None = None


class UndoneError(Exception):
    """All rows are to be undone; ``outcomes`` is what is answered for them."""

    def __init__(self, outcomes: list[Outcome]) -> None:
        super().__init__("undone")
        self.outcomes = outcomes


def parents_of(fields: dict[str, object]) -> frozenset[str]:
    """Return the parents that a record's JSON object names, in 15 characters."""
    return frozenset(str(fields[name])[:15] for name in LOCKING if fields.get(name))


def save_rows(
    world: World,
    rows: Sequence[Row],
    terms: Terms,
    locked: frozenset[str],
    *,
    all_or_none: bool = False,
    before: int = 0,
) -> list[Outcome]:
    """Save the rows in one transaction; give an outcome for each, in order. ``before`` so many have gone.

    Partial save is a loop of retries whose third failure, and a trigger's limits whose excess, fail all rows
    (facts §3.1, §7). Raises UnreadableError for the whole request under the switch ``poison``.
    """
    behaviour = world.behaviour
    if behaviour.apex_limit and len(rows) > behaviour.apex_limit:
        return [Outcome(failures=(APEX_LIMIT,))] * len(rows)
    struck = [place in behaviour.fault_rows for place in range(before + 1, before + len(rows) + 1)]
    harmless = replace(terms, faults=frozenset())
    refused = _locked(world, rows, locked, struck if "row_lock" in terms.faults else [False] * len(rows))
    try:
        with world.store.undoable():
            outcomes = [
                refused.get(place) or _save(world, row, terms if struck[place] else harmless)
                for place, row in enumerate(rows)
            ]
            if any(outcome.failures for outcome in outcomes):
                if behaviour.batch_retries and len(rows) > behaviour.batch_retries:
                    raise UndoneError([Outcome(failures=(TOO_MANY_RETRIES,))] * len(rows))
                if all_or_none:
                    raise UndoneError([_rolled_back(world, outcome) for outcome in outcomes])
            return outcomes
    except UndoneError as undone:
        return undone.outcomes


def _locked(
    world: World, rows: Sequence[Row], locked: frozenset[str], struck: Sequence[bool]
) -> dict[int, Outcome]:
    """Find the rows that another request locks, or that the fault ``row_lock`` has ``struck``, by place."""
    found = {place for place, row in enumerate(rows) if struck[place] or row.parents & locked}
    if found and world.behaviour.lock_scope == "chunk":
        found = set(range(len(rows)))
    return {place: _lock_failure(rows[place].parents & locked) for place in found}


def _lock_failure(ids: Iterable[str]) -> Outcome:
    named = ", ".join(sorted(ids))
    message = "unable to obtain exclusive access to this record or 1 records"
    return Outcome(failures=(Failure("UNABLE_TO_LOCK_ROW", f"{message}: {named}" if named else message),))


def _save(world: World, row: Row, terms: Terms) -> Outcome:
    try:
        return row.save(terms)
    except UnreadableError as refusal:
        if world.behaviour.poison:
            raise
        return Outcome(None, row.created, tuple(refusal.failures))
    except RefusalError as refusal:
        return Outcome(None, row.created, tuple(map(_for_a_row, refusal.failures)))


def _for_a_row(failure: Failure) -> Failure:
    """What is 404 for an address is a bad reference for one record among many (a decision)."""
    if failure.code == "NOT_FOUND":
        return Failure("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
    return failure


def _rolled_back(world: World, outcome: Outcome) -> Outcome:
    if outcome.failures:
        return outcome
    return replace(outcome, id=outcome.id if world.behaviour.stray_ids else None, failures=(ROLLED_BACK,))
