"""What an org has to say before a load: owners, assignment, old open cases, mail (facts §5.2, §6, §8)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from importer.model.advice import Advice, Asks, Intent
from importer.model.draft import Value
from importer.model.errors import TargetError
from importer.model.record_id import full_id
from importer.targets.salesforce.hints import AUDIT
from importer.targets.salesforce.soql import chunks, query_all
from importer.transport.delivery import Sender

CASE = "Case"
OWNER, STATE, MADE, RULE = "OwnerId", "Status", "CreatedDate", "assignment_rule"
USER, GROUP = "005", "00G"
CLOSED = frozenset({"Closed"})
"""The closed status of a new org: taken where the org does not tell its own."""
OLD = dt.timedelta(days=1)
"""Records that were made longer ago than this are old: rules that go by age act on them at once."""

LOOKUPS = 50_000
"""Keys that ``check`` looks up: about 125 questions (facts §6: 400 keys of 30 characters in one)."""

ASKS = Asks(values=frozenset({OWNER}), made=MADE, state=STATE, old=OLD, keys=LOOKUPS)


class Adviser:
    """Asks one org. ``base`` is the path of the API version, ``where`` the address for messages."""

    def __init__(self, sender: Sender, base: str, where: str, sobject: str) -> None:
        self._sender, self._base, self._where = sender, base, where
        self._sobject = sobject

    async def advise(
        self, intent: Intent, options: Mapping[str, object], *, production: bool
    ) -> list[Advice]:
        """Return what the org says about ``intent``; a question that it refuses is left out."""
        owners = await self._owners(_values(intent, OWNER))
        found = [*owners, *without_asking(intent, production=production)]
        if self._sobject == CASE:
            found += old_open(intent, await self._closed(intent))
            found += await self._assignment(intent, options)
        return found

    async def _owners(self, values: Sequence[str]) -> list[Advice]:
        users = [value for value in values if value.startswith(USER)]
        queues = [value for value in values if value.startswith(GROUP)]
        active = await self._ids("SELECT Id FROM User WHERE IsActive = true AND Id IN", users)
        open_to = await self._ids(
            f"SELECT QueueId FROM QueueSobject WHERE SobjectType = '{self._sobject}' AND QueueId IN",
            queues,
            "QueueId",
        )
        return [
            *_bad_owners("INACTIVE_OWNER", users, active, "no such active user", "Name an active user."),
            *_bad_owners(
                "WRONG_QUEUE",
                queues,
                open_to,
                f"no queue that takes {self._sobject} records",
                "Add the object to the queue (Setup > Queues), or name another one.",
            ),
        ]

    async def _ids(self, query: str, ids: Sequence[str], column: str = "Id") -> frozenset[str] | None:
        """Return which of ``ids`` the query finds; None where the org does not answer it."""
        found: set[str] = set()
        for literals in chunks(ids):
            records = await self._query(f"{query} ({','.join(literals)})")
            if records is None:
                return None
            found |= {full_id(str(record[column])) for record in records if record.get(column)}
        return frozenset(found)

    async def _closed(self, intent: Intent) -> frozenset[str]:
        if not intent.old:
            return CLOSED
        records = await self._query("SELECT ApiName FROM CaseStatus WHERE IsClosed = true")
        if not records:
            return CLOSED
        return frozenset(str(record.get("ApiName")) for record in records)

    async def _assignment(self, intent: Intent, options: Mapping[str, object]) -> list[Advice]:
        rule = str(options.get(RULE, "off"))
        if rule == "off":
            return [rules_off(intent)]
        if OWNER not in intent.writes:
            return []
        records = await self._query(
            f"SELECT Name, Active FROM AssignmentRule WHERE SobjectType = '{self._sobject}'"
        )
        active = [str(record.get("Name")) for record in records or () if record.get("Active")]
        if rule == "on" and records is not None and not active:
            return []
        named = f" ({active[0]})" if active and rule == "on" else ""
        message = (
            f"assignment_rule is {rule}: the org's assignment rule{named} replaces the OwnerId of the rows."
        )
        remedy = "Say assignment_rule: off, which is the default, or leave OwnerId out."
        return [Advice("OWNER_REPLACED", "warning", message, remedy, OWNER)]

    async def _query(self, query: str) -> list[dict[str, Any]] | None:
        try:
            return await query_all(self._sender, self._base, query, self._where)
        except TargetError as error:
            if error.code == "QUERY_FAILED":
                return None
            raise


def without_asking(intent: Intent, *, production: bool) -> list[Advice]:
    """Return what is known of every org."""
    found = []
    if intent.writes & AUDIT:
        names = ", ".join(sorted(intent.writes & AUDIT))
        message = f"{names}: set when a record is created, and never again; a mistake needs a new record."
        remedy = 'The permission "Set Audit Fields upon Record Creation" must stay until the run is over.'
        found.append(Advice("AUDIT_FIELDS", "note", message, remedy))
    if production and intent.rows and intent.writes & {"SuppliedEmail", "ContactId", "ContactEmail"}:
        message = (
            "Flows and workflow rules of the org run for each record, and may mail the people it names. "
            "(Auto-response and assignment mails are not sent for records made through this API.)"
        )
        remedy = "During a migration: Setup > Deliverability > Access level: System email only."
        found.append(Advice("MAY_MAIL", "warning", message, remedy))
    return found


def rules_off(intent: Intent) -> Advice:
    """Return what it means that assignment rules do not run, as they do not unless the mapping says so."""
    owner = "they keep their OwnerId" if OWNER in intent.writes else "they belong to the user who loads them"
    message = f"assignment_rule is off: no assignment rule of the org runs for these rows; {owner}."
    return Advice(
        "ASSIGNMENT_OFF", "note", message, "Say options: {assignment_rule: on}, or the id of a rule."
    )


def old_open(intent: Intent, closed: frozenset[str]) -> list[Advice]:
    """Return the warning for old cases that are not closed; ``intent.old`` counts them by status."""
    is_open = sum(count for state, count in intent.old.items() if state not in closed)
    if not is_open:
        return []
    rows = "1 row makes an open case" if is_open == 1 else f"{is_open:,} rows make open cases"
    message = (
        f"{rows} older than a day (CreatedDate): active escalation rules see the age, and may escalate "
        "and mail at once. No API tells whether there are any."
    )
    remedy = "Deactivate escalation rules (Setup > Escalation Rules) for the time of the run."
    return [Advice("OLD_OPEN_CASES", "warning", message, remedy, MADE)]


def _values(intent: Intent, name: str) -> list[str]:
    same: Value = intent.same.get(name)
    listed = list(intent.asked.get(name, ()))
    return list(dict.fromkeys([*listed, *([same] if isinstance(same, str) else [])]))


def _bad_owners(
    code: str, wanted: Sequence[str], good: frozenset[str] | None, what: str, remedy: str
) -> list[Advice]:
    bad = tuple(value for value in wanted if good is not None and full_id(value) not in good)
    if not bad:
        return []
    shown = ", ".join(bad[:5]) + (" …" if len(bad) > 5 else "")
    return [Advice(code, "rows", f"{shown}: {what}.", remedy, OWNER, bad)]
