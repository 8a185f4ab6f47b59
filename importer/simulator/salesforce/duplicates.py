"""Uniqueness: unique fields, the duplicate rule on contacts, and the rival records of the second writer."""

from __future__ import annotations

from typing import Any

from importer.simulator.salesforce.errors import Failure, RefusalError, refused
from importer.simulator.salesforce.schema import SObject
from importer.simulator.store import Fields
from importer.simulator.world import World


def check_unique(world: World, sobject: SObject, values: Fields, own: str = "") -> None:
    """Raise RefusalError (DUPLICATE_VALUE) when another record than ``own`` has a unique value."""
    for field in sobject.keys:
        value = values.get(field.name)
        if "unique" not in field.marks or value is None:
            continue
        found = [id_ for id_ in world.store.find(sobject.name, field.name, field.fold(value)) if id_ != own]
        if found:
            record = world.store.get(found[0])
            hidden = record is None or record.hidden
            id_ = "<unknown>" if hidden else found[0][: int(world.behaviour.duplicate_id)]
            message = f"duplicate value found: {field.name} duplicates value on record with id: {id_}"
            raise refused("DUPLICATE_VALUE", message, ())


def check_duplicate_rule(world: World, sobject: SObject, values: Fields, allowed: bool) -> None:
    """Raise RefusalError (DUPLICATES_DETECTED) for a second Contact with one Email, under its switch."""
    if allowed or not world.behaviour.duplicate_rule or sobject.name != "Contact" or not values.get("Email"):
        return
    found = world.store.find("Contact", "Email", values["Email"].casefold())
    if found:
        raise RefusalError(
            [Failure("DUPLICATES_DETECTED", "Use one of these records?", ())], 400, _matches(found)
        )


def _matches(ids: list[str]) -> dict[str, Any]:
    """The body's extra key, with the misspelt name that real answers have (facts §7)."""
    records = [
        {
            "matchConfidence": 100.0,
            "fieldDiffs": [],
            "additionalInformation": [],
            "record": {"attributes": {"type": "Contact"}, "Id": id_},
        }
        for id_ in ids
    ]
    match = {"entityType": "Contact", "matchEngine": "FuzzyMatchEngine", "rule": "Same_Email"}
    match_result = match | {"size": len(ids), "success": True, "errors": [], "matchRecords": records}
    rule = {"allowSave": True, "duplicateRule": "Contact_Same_Email", "duplicateRuleEntityType": "Contact"}
    return {
        "duplicateResut": rule | {"errorMessage": "Use one of these records?", "matchResults": [match_result]}
    }


def rival(sobject: SObject, values: Fields, *, with_key: bool) -> Fields:
    """Return the record of a second writer: equal without its unique values, or other with just those."""
    unique = {field.name for field in sobject.keys if "unique" in field.marks}
    if not with_key:
        return {name: value for name, value in values.items() if name not in unique}
    names = {"Case": "Subject", "Contact": "LastName"}
    text = {names.get(sobject.name, "Name"): "Of another writer"}
    return text | {name: value for name, value in values.items() if name in unique}
