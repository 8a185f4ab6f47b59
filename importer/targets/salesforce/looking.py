"""Whether anybody has had to do with records since they were made: batched queries, and what they say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from importer.model.record_id import full_id
from importer.model.undoing import Looked, Missing, RecordRef, Sight, Touched, Untouched
from importer.targets.salesforce.compare import read_time
from importer.targets.salesforce.settle import SLACK
from importer.targets.salesforce.soql import QueryError, chunks, query_all, text_literal
from importer.transport.delivery import Sender

Record = Mapping[str, Any]
FIELDS = "Id, IsDeleted, CreatedById, CreatedDate, LastModifiedById, LastModifiedDate, SystemModstamp"
NO_SUCH = "INVALID_TYPE"
"""The code for an object that does not exist in the org, or is hidden from the user (facts §6, §7)."""

UNPROVEN = "a person has named it, and its creation does not show that the run made it"


@dataclass(frozen=True, slots=True)
class Addition:
    """What others may add to a record: an ``sobject``, its field for the record, who made it, in words."""

    sobject: str
    field: str
    maker: str
    words: str


FILES = Addition("ContentDocumentLink", "LinkedEntityId", "ContentDocument.CreatedById", "files of others")
OF_CASES = (
    Addition("CaseComment", "ParentId", "CreatedById", "comments of others"),
    Addition("EmailMessage", "ParentId", "CreatedById", "mails of others"),
)


@dataclass(slots=True)
class Looker:
    """Looks at records of one sObject. ``user`` is the id we sign in as under the name ``name``, ``offset``
    the org's clock minus ours in seconds.
    """

    sender: Sender
    base: str
    where: str
    sobject: str
    user: str
    name: str
    offset: float
    absent: set[str] = field(default_factory=set)
    _ids: dict[frozenset[str], frozenset[str]] = field(default_factory=dict)

    async def look(self, records: Sequence[RecordRef], users: frozenset[str]) -> Looked:
        """Return what is to be said of each record. Raises TargetError when the org cannot be asked."""
        ours = await self._ours(users)
        shown = await self._shown(records)
        there = [each for each in records if full_id(each.id) in shown]
        additions = (*(OF_CASES if self.sobject.casefold() == "case" else ()), FILES)
        added: dict[str, list[str]] = {}
        for addition in additions:
            for record_id in await self._added(addition, there, ours):
                added.setdefault(record_id, []).append(addition.words)
        sights = {
            each.id: sight(
                each, shown.get(full_id(each.id)), added.get(full_id(each.id), ()), ours, self.offset
            )
            for each in records
        }
        notes = tuple(
            f"The org has no {each.sobject}, or hides it from this user: {each.words} are not looked for."
            for each in additions
            if each.sobject in self.absent
        )
        return Looked(sights, notes)

    async def _ours(self, users: frozenset[str]) -> frozenset[str]:
        """Return the ids of the users that the run signed in as."""
        if users not in self._ids:
            found = {self.user} if self.name in users and self.user else set()
            others = sorted(users - {self.name}) if found else sorted(users)
            if others:
                names = ", ".join(map(text_literal, others))
                question = f"SELECT Id FROM User WHERE Username IN ({names})"
                members = await query_all(self.sender, self.base, question, self.where)
                found |= {full_id(str(member["Id"])) for member in members}
            self._ids[users] = frozenset(found)
        return self._ids[users]

    async def _shown(self, records: Sequence[RecordRef]) -> dict[str, Record]:
        """Return what the org shows of the records, those in the recycle bin included."""
        found: dict[str, Record] = {}
        for literals in chunks(each.id for each in records):
            question = f"SELECT {FIELDS} FROM {self.sobject} WHERE Id IN ({', '.join(literals)})"
            for record in await query_all(self.sender, self.base, question, self.where, deleted=True):
                found[full_id(str(record.get("Id")))] = record
        return found

    async def _added(
        self, addition: Addition, records: Sequence[RecordRef], ours: frozenset[str]
    ) -> set[str]:
        """Return the ids of the records to which others have added something."""
        found: set[str] = set()
        for literals in chunks(each.id for each in records):
            if addition.sobject in self.absent:
                break
            question = (
                f"SELECT {addition.field}, {addition.maker} FROM {addition.sobject} "
                f"WHERE {addition.field} IN ({', '.join(literals)})"
            )
            try:
                members = await query_all(self.sender, self.base, question, self.where)
            except QueryError as error:
                if error.refusal != NO_SUCH:
                    raise
                self.absent.add(addition.sobject)
                break
            for member in members:
                if _id_at(member, addition.maker) not in ours:
                    found.add(full_id(str(member.get(addition.field))))
        return found


def _id_at(member: Record, path: str) -> str:
    value: Any = member
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return full_id(str(value or ""))


def sight(
    ref: RecordRef, record: Record | None, added: Sequence[str], ours: frozenset[str], offset: float
) -> Sight:
    """Return what is to be said of a record. Pure; ``offset``: the org's clock minus ours in seconds.

    A record that the org does not show, not even as deleted, may be hidden by sharing: it counts as there.
    Audit values that a mapping has set (``LastModifiedById`` with a date before the import) are no change.
    """
    if record is None:
        return Touched("NOT_SHOWN", "the org does not show it to this user, not even as deleted")
    if record.get("IsDeleted") is True:
        return Missing()
    sent = ref.since + offset - SLACK
    if ref.vouched and not (_id_at(record, "CreatedById") in ours and _after(record, ("CreatedDate",), sent)):
        return Touched(
            "NOT_PROVEN", "a person has named it, and its creation does not show that the run made it"
        )
    if _id_at(record, "LastModifiedById") not in ours:
        if record.get("LastModifiedDate") is None:
            changed = _after(record, ("SystemModstamp",), sent)
        else:
            changed = _after(record, ("LastModifiedDate",), sent)
        if changed:
            when = str(record.get("LastModifiedDate") or record.get("SystemModstamp") or "")[:19]
            who = record.get("LastModifiedById")
            return Touched("TOUCHED", f"user {who} changed it on {when}Z, after the import")
    if added:
        return Touched("HOLDS_MORE", " and ".join(added))
    return Untouched()


def _after(record: Record, names: Sequence[str], moment: float) -> bool:
    """Return whether one of the times is not before ``moment``; one that cannot be read is."""
    times = [read_time(record.get(name)) for name in names]
    return any(time is None or time.timestamp() >= moment for time in times)
