"""Creating, changing and deleting records: what the single-record resource does, for any other that comes.

A create is read, completed (defaults, owner, copies from the contact), checked and saved in one go.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from importer.simulator.ids import make_id
from importer.simulator.salesforce.duplicates import check_duplicate_rule, check_unique, rival
from importer.simulator.salesforce.errors import RefusalError, not_found, refused
from importer.simulator.salesforce.org import API_USER, ASSIGNMENT_RULE, OTHER_USER, RULE_QUEUE, SYSTEM, keys
from importer.simulator.salesforce.reading import read_body
from importer.simulator.salesforce.schema import SObject
from importer.simulator.salesforce.validate import check
from importer.simulator.salesforce.values import stamp
from importer.simulator.store import Fields, Record
from importer.simulator.world import World

_CONTACT_COPIES = {
    "ContactPhone": "Phone",
    "ContactMobile": "MobilePhone",
    "ContactEmail": "Email",
    "ContactFax": "Fax",
}


@dataclass(frozen=True, slots=True)
class Terms:
    """How a create or change is meant: who sends it, ``assign`` (TRUE, FALSE or a rule's id), whether an
    alerting duplicate rule may be passed, and the faults that act while saving."""

    user: str = API_USER
    assign: str = "TRUE"
    allow_duplicates: bool = False
    faults: frozenset[str] = frozenset()


_RIVAL = Terms(OTHER_USER, assign="FALSE")


def insert(world: World, sobject: SObject, body: dict[str, Any], text: str, terms: Terms) -> str:
    """Create a record from a JSON object (``text`` is the request's, for error places); give its id.

    Raises RefusalError. A refused Case leaves a gap in the case numbers.
    """
    if not sobject.writable:
        raise refused(
            "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", f"entity type cannot be inserted: {sobject.label}"
        )
    try:
        given = read_body(world, sobject, body, text, creating=True)
        if "trigger" in terms.faults:
            _trigger(given)
        values = _with_defaults(sobject, given)
        failures = check(world, sobject, values, set(given))
        if failures:
            raise RefusalError(failures)
        _let_others_write(world, sobject, values, terms)
        check_unique(world, sobject, values)
        check_duplicate_rule(world, sobject, values, terms.allow_duplicates)
        return _save(world, sobject, values, terms)
    except RefusalError:
        if sobject.name == "Case":
            world.store.take("CaseNumber")
        raise


def _with_defaults(sobject: SObject, given: Fields) -> Fields:
    """A null in the request suppresses a picklist's default; a boolean is never null."""
    values = {name: value for name, value in given.items() if value is not None}
    for field in sobject.defaults:
        if field.name not in given or field.type == "boolean":
            values.setdefault(field.name, field.default)
    return values


def _trigger(values: Fields) -> None:
    """The fault of that name: a trigger that rewrites a text of the record."""
    for name in ("Subject", "LastName", "Name"):
        if values.get(name):
            values[name] = f"[checked] {values[name]}"[:80]
            return


def _let_others_write(world: World, sobject: SObject, values: Fields, terms: Terms) -> None:
    if "second_writer" in terms.faults:
        _save(world, sobject, rival(sobject, values, with_key=False), _RIVAL)
    if "second_writer_key" in terms.faults:
        foreign = rival(sobject, values, with_key=True)
        if keys(sobject, foreign):
            _save(world, sobject, foreign, _RIVAL)


def _save(world: World, sobject: SObject, values: Fields, terms: Terms) -> str:
    now = stamp(world.now())
    comment = values.pop("Comments", None)
    complete(world, sobject, values, now)
    audit = {"CreatedDate": now, "CreatedById": terms.user, "IsDeleted": False}
    audit |= {"LastModifiedDate": now, "LastModifiedById": audit["CreatedById"]}
    id_ = make_id(sobject.prefix, 2_000_000 + world.store.take(f"id {sobject.name}"))
    if sobject.name == "Case":
        audit["CaseNumber"] = f"{1000 + world.store.take('CaseNumber'):08d}"
        _assign(world, values, terms)
    values.setdefault("OwnerId", audit["CreatedById"])
    fields = {"Id": id_} | audit | values | {"SystemModstamp": now}
    with world.store.saving():
        world.store.insert(
            *(SYSTEM, sobject.name, id_, fields, keys(sobject, fields)),
            committed=world.wall(),
            modified=now,
            hidden="hide" in terms.faults,
        )
        if comment:
            _comment(world, id_, comment, audit)
    return id_


def complete(world: World, sobject: SObject, values: Fields, now: str) -> None:
    """Fill what the org derives: a contact's name, a case's closing and the copies from its contact."""
    if sobject.name == "Contact":
        values["Name"] = " ".join(filter(None, (values.get("FirstName"), values.get("LastName"))))
    if sobject.name != "Case":
        return
    closed = values.get("Status") == "Closed"
    values["ClosedDate"] = (values.get("ClosedDate") or now) if closed else None
    values["IsClosed"] = closed
    contact = world.store.get(values["ContactId"]) if values.get("ContactId") else None
    for copy, source in _CONTACT_COPIES.items():
        values[copy] = contact.fields.get(source) if contact else None
    if contact and not values.get("AccountId"):
        values["AccountId"] = contact.fields.get("AccountId")


def _assign(world: World, values: Fields, terms: Terms) -> None:
    """Run the assignment rule as REST does unless it is told not to: it overwrites the owner (facts §8)."""
    if terms.assign.upper() == "FALSE" or not world.behaviour.assignment_rule:
        return
    if terms.assign.upper() != "TRUE" and terms.assign[:15] != ASSIGNMENT_RULE[:15]:
        raise refused("INVALID_ASSIGNMENT_RULE", f"no such assignment rule: {terms.assign}")
    values["OwnerId"] = RULE_QUEUE


def _comment(world: World, case_id: str, body: str, audit: Fields) -> None:
    id_ = make_id("00a", 2_000_000 + world.store.take("id CaseComment"))
    names = ("CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById", "IsDeleted")
    fields = {name: audit[name] for name in names} | {"SystemModstamp": audit["CreatedDate"]}
    fields |= {"Id": id_, "ParentId": case_id, "CommentBody": body, "IsPublished": False}
    world.store.insert(
        *(SYSTEM, "CaseComment", id_, fields, {}), committed=world.wall(), modified=audit["CreatedDate"]
    )


def change(
    world: World, sobject: SObject, record: Record, body: dict[str, Any], text: str, terms: Terms
) -> None:
    """Change a record. Raises RefusalError."""
    given = read_body(world, sobject, body, text, creating=False)
    values = record.fields | given
    failures = check(world, sobject, values, set(given))
    if failures:
        raise RefusalError(failures)
    check_unique(world, sobject, values, record.id)
    now = stamp(world.now())
    comment = values.pop("Comments", None)
    complete(world, sobject, values, now)
    values |= {"LastModifiedDate": now, "LastModifiedById": terms.user, "SystemModstamp": now}
    with world.store.saving():
        world.store.update(record, values, keys(sobject, values), modified=now)
        if comment:
            audit = {"CreatedDate": now, "CreatedById": terms.user, "IsDeleted": False}
            _comment(
                world, record.id, comment, audit | {"LastModifiedDate": now, "LastModifiedById": terms.user}
            )


def delete(world: World, record: Record) -> None:
    """Move a record to the recycle bin."""
    world.store.delete(record, modified=stamp(world.now()))


def visible(world: World, sobject: SObject, id_: str | None) -> Record:
    """Return the record of that object and id. Raises RefusalError: 404 when absent, hidden or deleted."""
    record = world.store.get(id_) if id_ else None
    if not record or record.type != sobject.name or record.hidden:
        raise not_found()
    if record.deleted:
        raise refused("ENTITY_IS_DELETED", "entity is deleted", (), status=404)
    return record
