"""What became of rows without an answer: pure decisions from what a search shows (design §4).

A search by key proves presence by what it shows. That it shows nothing proves absence only where it shows,
asked in the same way, cases that are known to be there: a wrong operator, a property that is not indexed,
missing rights and a search index that lags all look like "not there".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from importer.model.settling import Absent, Doubt, Finding, Found, Known, Undecided
from importer.targets.ibm.cesql import Key
from importer.targets.ibm.hits import Hit, Hits

SLACK = 3.0
"""Seconds by which clocks may differ beyond the measured offset; DateCreated has whole seconds."""
MOST_CONTROLS = 5
"""Cases on which a search must prove itself: each costs a read and a search."""
MOST_IDS = 10
"""Ids that a doubt names."""

NO_KEY = Undecided("the row has no key that can be searched for")


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether the search showed what it must: ``doubt`` says what is missing, and is empty when nothing is.

    ``creators`` are the names under which the server shows cases that are known to be ours.
    """

    doubt: str = ""
    creators: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Clock:
    """When a row's case can have been made: ``offset`` is the server's clock minus ours, ``after`` how long
    after its send at the latest, both in seconds.
    """

    offset: float
    after: float


def controls(doubts: Sequence[Doubt], known: Known, after: float) -> tuple[str, ...]:
    """Return ids of cases that were created around the time of the latest doubt, at most MOST_CONTROLS.

    The latest, because a search that shows young cases shows older ones; spread over all of that time.
    """
    latest = max(doubt.sent for doubt in doubts)
    found = sorted(known.created(latest - after, latest + after))
    return tuple(found[:: max(1, -(-len(found) // MOST_CONTROLS))])


def proof_of(expected: Mapping[str, Key], hits: Hits) -> Proof:
    """Return what the search for the keys of ``expected`` (by id) proves."""
    shown = {hit.id for hit in hits.cases}
    missing = len(expected.keys() - shown)
    if missing:
        return Proof(f"the search does not show {missing} of {len(expected)} cases created at that time")
    creators = {hit.creator for hit in hits.cases if hit.id in expected and hit.creator}
    return Proof(creators=frozenset(creators))


def decide(
    keys: Mapping[int, Key | None], doubts: Sequence[Doubt], hits: Hits, proof: Proof, user: str, clock: Clock
) -> dict[int, Finding]:
    """Return the finding for each doubt; ``keys`` by row, ``hits`` what the search shows of all of them."""
    ours = {user.casefold(), *(creator.casefold() for creator in proof.creators)} - {""}
    findings: dict[int, Finding] = {}
    for doubt in doubts:
        key = keys[doubt.row]
        if key is None:
            findings[doubt.row] = NO_KEY
            continue
        mine = {hit.id: hit for hit in hits.cases if same_key(key, hit.key)}
        findings[doubt.row] = (
            _present(list(mine.values()), doubt, ours, clock) if mine else _absent(hits, proof)
        )
    return findings


def _present(mine: Sequence[Hit], doubt: Doubt, ours: Iterable[str], clock: Clock) -> Finding:
    if len(mine) > 1:
        return Undecided("several cases have this key", tuple(hit.id for hit in mine[:MOST_IDS]))
    [hit] = mine
    first, last = doubt.since + clock.offset, doubt.sent + clock.offset + clock.after
    made = hit.creator.casefold() in ours and _in_time(hit, first, last)
    return Found(hit.id, hit.number, ours=made)


def _in_time(hit: Hit, first: float, last: float) -> bool:
    return hit.created is not None and first - SLACK <= hit.created.timestamp() <= last + SLACK


def _absent(hits: Hits, proof: Proof) -> Finding:
    if not hits.whole:
        return Undecided("the search found more cases than it shows")
    return Undecided(proof.doubt) if proof.doubt else Absent()


def same_key(sent: Key, shown: object) -> bool:
    """Return whether a search shows ``sent``: texts without blanks at their ends, numbers by their value."""
    if isinstance(sent, str):
        return isinstance(shown, str) and shown.strip() == sent.strip()
    if isinstance(shown, bool) or shown is None:
        return False
    try:
        return Decimal(str(shown)) == Decimal(sent)
    except InvalidOperation:
        return False
