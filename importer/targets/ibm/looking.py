"""Whether somebody has worked on a case since it was made: its state and its last change (facts §4.3, §6)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from urllib.parse import quote

from importer.model.errors import Exit, TargetError
from importer.model.undoing import Missing, RecordRef, Sight, Touched, Untouched
from importer.targets.delivering import read
from importer.targets.ibm.answers import folded
from importer.targets.json_body import decode
from importer.transport.delivery import Sender

COMPLETE = frozenset({"3", "complete"})
"""The state of a case that somebody has brought to its end: ``CmAcmCaseState`` 3 (facts §6)."""
SLACK = 3.0
"""Seconds by which clocks may differ beyond the measured offset; the server's times have whole seconds."""

UNPROVEN = "a person has named it, and its creation does not show that the run made it"


async def look(
    sender: Sender, ref: RecordRef, object_store: str, where: str, offset: float, within: float
) -> Sight:
    """Read the case ``ref`` and say how it stands. Raises TargetError when nobody answers.

    ``within`` are the seconds that a case may take to set itself up, ``offset`` is the server's clock minus
    ours.
    """
    plain, store = quote(ref.id.strip("{}"), safe=""), quote(object_store, safe="")
    answer = await read(sender, f"/v1/case/{plain}?TargetObjectStore={store}", "read case", where)
    if answer.status == 404:
        return Missing()
    if answer.status != 200:
        raise TargetError(
            "LOOK_FAILED", f"A case could not be read (HTTP status {answer.status}).", "", exit=Exit.LATER
        )
    values = read_values(decode(answer.body))
    if not values.keys() & {"cmacmcasestate", "lastmodifier", "datelastmodified"}:
        # What a case shows of itself depends on its type; the status resource is documented to show these.
        answer = await read(
            sender, f"/v1/case/{plain}/status?TargetObjectStore={store}", "read case status", where
        )
        values |= folded(decode(answer.body)) if answer.status == 200 else {}
    return sight(ref, values, offset, within)


def read_values(document: object) -> dict[str, object]:
    """Return the values of a case by property, names in lower case; shapes as IBM documents them (D:120)."""
    found: dict[str, object] = {}
    members = folded(document).get("properties")
    for member in members if isinstance(members, list) else []:
        entry = folded(member)
        name = entry.get("symbolicname")
        if isinstance(name, str):
            found[name.casefold()] = entry.get("value")
    return found


def sight(ref: RecordRef, values: Mapping[str, object], offset: float, within: float) -> Sight:
    """Return what the values of a case say of it. Pure.

    Who has changed it last decides, where that is shown: the server shows its maker and its last modifier in
    the same spelling. Else the time: a change later than the case may take to set itself up is somebody's.
    """
    state = str(values.get("cmacmcasestate", values.get("status", ""))).strip().casefold()
    if state in COMPLETE:
        return Touched("TOUCHED", "its state is Complete: somebody has worked on it")
    made = _moment(values.get("datecreated"))
    sent = ref.since + offset - SLACK
    if ref.vouched and (made is None or made < sent):
        return Touched(
            "NOT_PROVEN", "a person has named it, and its creation does not show that the run made it"
        )
    creator, modifier = _name(values.get("creator")), _name(values.get("lastmodifier"))
    if creator and modifier:
        if creator == modifier:
            return Untouched()
        when = str(values.get("datelastmodified") or "").strip()
        return Touched("TOUCHED", f"user {values['lastmodifier']} changed it{f' on {when}' if when else ''}")
    changed = _moment(values.get("datelastmodified"))
    if changed is None:
        return Touched("NOT_PROVEN", "the server does not say who has changed it, or when")
    if changed > max(made or sent, sent) + within + SLACK:
        moment = dt.datetime.fromtimestamp(changed, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return Touched("TOUCHED", f"it was changed on {moment}, after the import")
    return Untouched()


def _name(value: object) -> str:
    return value.strip().casefold() if isinstance(value, str) else ""


def _moment(value: object) -> float | None:
    """Return a time of an answer in seconds since 1970; a documented sample has a blank before it."""
    if not isinstance(value, str):
        return None
    try:
        moment = dt.datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=dt.UTC)).timestamp()
