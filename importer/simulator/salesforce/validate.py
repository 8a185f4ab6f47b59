"""What the org refuses of a record that could be read: lengths, picklists, ids, references, rules.

All reasons of one stage are found together, as the org does (facts §2: an error body can hold several).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from importer.simulator.ids import long_id
from importer.simulator.salesforce.errors import Failure
from importer.simulator.salesforce.org import objects
from importer.simulator.salesforce.schema import NUMBER_TYPES, TEXT_TYPES, Field, SObject
from importer.simulator.store import Fields
from importer.simulator.world import World

_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]{2,}")


def check(world: World, sobject: SObject, values: Fields, given: set[str]) -> list[Failure]:
    """Return why a record with these ``values`` is refused; ``given`` are the fields of this request.

    Ids in ``values`` are replaced by their 18-character form.
    """
    failures = [_missing(sobject, values)] if _missing_names(sobject, values) else []
    for name in given:
        field, value = sobject.fields[name], values.get(name)
        if value is not None:
            failures += _check_value(field, value)
    if failures:
        return failures
    for name in given:
        field, value = sobject.fields[name], values.get(name)
        if value is not None and field.type == "reference":
            values[name] = long_id(value)
            failures += _check_reference(world, sobject, field, values[name])
    return failures or list(_check_rules(sobject, values))


def _missing_names(sobject: SObject, values: Fields) -> tuple[str, ...]:
    return tuple(field.name for field in sobject.required if values.get(field.name) is None)


def _missing(sobject: SObject, values: Fields) -> Failure:
    names = _missing_names(sobject, values)
    return Failure("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(names)}]", names)


def _check_value(field: Field, value: Any) -> Iterator[Failure]:
    name = (field.name,)
    if field.type in TEXT_TYPES and _size(field, value) > field.length:
        message = f"{field.label}: data value too large: {value} (max length={field.length})"
        yield Failure("STRING_TOO_LONG", message, name)
    elif field.type == "email" and not _EMAIL.fullmatch(value):
        yield Failure("INVALID_EMAIL_ADDRESS", f"{field.label}: invalid email address: {value}", name)
    elif "restricted" in field.marks and value not in field.choices:
        message = f"{field.label}: bad value for restricted picklist field: {value}"
        yield Failure("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, name)
    elif field.type in NUMBER_TYPES and abs(value) >= 10 ** (field.precision - field.scale):
        message = f"{field.label}: value outside of valid range on numeric field: {value}"
        yield Failure("NUMBER_OUTSIDE_VALID_RANGE", message, name)
    elif field.type == "reference" and not long_id(value):
        yield _wrong_id(field, value)


def _size(field: Field, value: str) -> int:
    # Case.Comments has a byteLength equal to its length (facts §5.1): there it is bytes that count.
    return len(value.encode()) if field.name == "Comments" else len(value)


def _wrong_id(field: Field, value: str) -> Failure:
    return Failure("MALFORMED_ID", f"{field.label}: id value of incorrect type: {value}", (field.name,))


def _check_reference(world: World, sobject: SObject, field: Field, value: str) -> Iterator[Failure]:
    record = world.store.get(value)
    if not record:
        if _prefix_fits(world, field, value):
            yield Failure("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", (field.name,))
        else:
            yield _wrong_id(field, value)
    elif record.type not in field.refers:
        yield _wrong_id(field, value)
    elif record.deleted:
        yield Failure("ENTITY_IS_DELETED", "entity is deleted", (field.name,))
    elif record.hidden:
        message = f"insufficient access rights on cross-reference id: {value}"
        yield Failure("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", message, (field.name,))
    elif record.type == "User" and not record.fields["IsActive"]:
        message = f"operation performed with inactive user [{value}] as owner of {sobject.name.lower()}"
        yield Failure("INACTIVE_OWNER_OR_USER", message, ())
    elif record.type == "RecordType" and not (
        record.fields["SobjectType"] == sobject.name and record.fields["IsActive"]
    ):
        message = f"Record Type ID: this ID value isn't valid for the user: {value}"
        yield Failure("INVALID_CROSS_REFERENCE_KEY", message, (field.name,))


def _prefix_fits(world: World, field: Field, value: str) -> bool:
    known = objects(world)
    prefixes = [known[name.lower()].prefix for name in field.refers if name.lower() in known]
    return not prefixes or value[:3] in prefixes


def _check_rules(sobject: SObject, values: Fields) -> Iterator[Failure]:
    """The org's one validation rule, invisible to describe as they all are."""
    due = values.get("Due_Date__c")
    if sobject.name == "Case" and due and due < "2000-01-01":
        message = "The due date lies before the year 2000."
        yield Failure("FIELD_CUSTOM_VALIDATION_EXCEPTION", message, ("Due_Date__c",))
