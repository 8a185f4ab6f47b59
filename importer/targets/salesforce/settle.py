"""What became of rows without an answer: pure decisions, and the questions they rest on (design §4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from importer.model.settling import Absent, Doubt, Finding, Found, Known, Undecided
from importer.targets.salesforce.compare import Candidates, read_time
from importer.targets.salesforce.soql import key_text, text_literal, time_literal

SLACK = 3.0
"""Seconds by which clocks may differ beyond the measured offset; CreatedDate has whole seconds."""
MARGIN = 60.0
"""Seconds before a window in which records of ours are looked for too: its edges are not sharp."""
AUDIT = frozenset({"createddate", "createdbyid"})
MOST_IDS = 10
"""Candidate ids that a doubt names."""

Record = Mapping[str, Any]


def by_match_question(sobject: str, match: str, literals: Sequence[str]) -> str:
    """Return the query that finds records by their key."""
    keys = ", ".join(literals)
    return f"SELECT Id, {match}, CreatedDate, CreatedById FROM {sobject} WHERE {match} IN ({keys})"


def by_content_question(
    sobject: str, names: Iterable[str], user: str, since: float, until: float, *, audited: bool
) -> str:
    """Return the query for all records that could be ours; moments on the server's clock.

    Records with audit values of their own cannot be told by creator and creation date: then every record
    that was written in that time is a candidate.
    """
    fields = ", ".join(dict.fromkeys(["Id", "CreatedDate", "CreatedById", *sorted(names)]))
    stamp = "SystemModstamp" if audited else "CreatedDate"
    mine = "" if audited else f"CreatedById = {text_literal(user)} AND "
    window = f"{stamp} >= {time_literal(since)} AND {stamp} <= {time_literal(until)}"
    return f"SELECT {fields} FROM {sobject} WHERE {mine}{window}"


def by_match(
    doubts: Sequence[Doubt], match: str, records: Sequence[Record], user: str, offset: float, *, fold: bool
) -> dict[int, Finding]:
    """Return what the records with the doubts' keys say. ``offset``: the server's clock minus ours."""
    found: dict[str, list[Record]] = {}
    for record in records:
        found.setdefault(_key(record.get(match), fold), []).append(record)
    return {doubt.row: _of_key(doubt, match, found, user, offset, fold=fold) for doubt in doubts}


def _of_key(
    doubt: Doubt, match: str, found: Mapping[str, list[Record]], user: str, offset: float, *, fold: bool
) -> Finding:
    there = found.get(_key(doubt.draft.values.get(match), fold), [])
    if not there:
        return Absent()
    if len(there) > 1:
        return Undecided("several records have this key", tuple(str(r["Id"]) for r in there[:MOST_IDS]))
    return Found(str(there[0]["Id"]), ours=_made_by_send(there[0], doubt.since + offset, user))


def _key(value: object, fold: bool) -> str:
    text = key_text(value).strip()
    return text.casefold() if fold else text


def _made_by_send(record: Record, sent: float, user: str) -> bool:
    created = read_time(record.get("CreatedDate"))
    return created is not None and created.timestamp() >= sent - SLACK and record.get("CreatedById") == user


def by_content(
    doubts: Sequence[Doubt], records: Sequence[Record], known: Known, since: float, until: float
) -> dict[int, Finding]:
    """Return what all records of a window say about the doubts sent in it; moments on our clock.

    An answer that lacks a record which the journal knows to have been created then is not believed: sharing
    rules and index lag hide records. Equal candidates are shared out among equal doubts; more of them than
    doubts, or candidates that differ, leave it open.
    """
    shown = {str(record["Id"]) for record in records}
    missing = known.created(since, until) - shown
    if missing:
        reason = f"the org does not show {len(missing)} of the records created at that time"
        return {doubt.row: Undecided(reason) for doubt in doubts}
    ours = known.ours(since - MARGIN)
    free = [record for record in records if str(record["Id"]) not in ours]
    candidates = Candidates(free)
    equal = {doubt.row: candidates.equal(doubt.draft.values) for doubt in doubts}
    return _share_out(doubts, [str(record["Id"]) for record in free], equal)


def _share_out(
    doubts: Sequence[Doubt], free: Sequence[str], equal: Mapping[int, tuple[str, ...]]
) -> dict[int, Finding]:
    """Give each doubt a record of its own, of the ids in ``free``; ``equal`` are those equal to each row."""
    findings: dict[int, Finding] = {}
    taken: set[str] = set()
    rivals = Counter(equal[doubt.row] for doubt in doubts)
    left = {ids: iter(ids) for ids in rivals}
    for doubt in doubts:
        ids = equal[doubt.row]
        if len(ids) > rivals[ids]:
            findings[doubt.row] = Undecided("several equal records could be this row's", ids[:MOST_IDS])
            taken.update(ids)
            continue
        mine = next((record_id for record_id in left[ids] if record_id not in taken), None)
        if mine is not None:
            taken.add(mine)
            findings[doubt.row] = Found(mine)
    rest = tuple(record_id for record_id in free if record_id not in taken)
    for doubt in doubts:
        if doubt.row not in findings:
            findings[doubt.row] = (
                Undecided("records that differ from the row could be its", rest[:MOST_IDS])
                if rest
                else Absent()
            )
    return findings


def windows(doubts: Sequence[Doubt], after: float) -> list[tuple[float, float, list[Doubt]]]:
    """Return the doubts grouped by when their records would have been made (our clock), merged."""
    groups: list[tuple[float, float, list[Doubt]]] = []
    for doubt in sorted(doubts, key=_began):
        since, until = _began(doubt) - SLACK, doubt.sent + after
        if groups and since <= groups[-1][1]:
            first, last, members = groups[-1]
            groups[-1] = (first, max(last, until), [*members, doubt])
        else:
            groups.append((since, until, [doubt]))
    return groups


def _began(doubt: Doubt) -> float:
    return doubt.sent if doubt.began is None else doubt.began
