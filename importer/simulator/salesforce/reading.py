"""From the JSON object of a request to field values: unknown fields, write rights, nested look-ups."""

from __future__ import annotations

from typing import Any

from importer.simulator.salesforce.errors import Failure, RefusalError, UnreadableError, refused
from importer.simulator.salesforce.org import find_object
from importer.simulator.salesforce.schema import TEXT_TYPES, Field, SObject
from importer.simulator.salesforce.values import read_value
from importer.simulator.store import Fields
from importer.simulator.world import World


def read_body(world: World, sobject: SObject, body: dict[str, Any], text: str, *, creating: bool) -> Fields:
    """Return the stored value of each field that ``body`` gives. Raises RefusalError.

    RefusalError in this order: unknown fields, values that cannot be read, fields that cannot be written.
    """
    named = [(name, field, body[name]) for name in body if (field := _field(sobject, name, body[name]))]
    values: Fields = {}
    for name, field, value in named:
        if isinstance(value, dict) and name.lower() != field.name.lower():
            values[field.name] = _by_external_id(world, field, value)
        else:
            values[field.name] = read_value(field, value, text)
        if world.behaviour.trim and field.type in TEXT_TYPES and values[field.name] is not None:
            values[field.name] = values[field.name].strip() or None
    _check_rights([field for _, field, _ in named], creating)
    return values


def _field(sobject: SObject, name: str, value: Any) -> Field | None:
    if name != "Id" and (exact := sobject.fields.get(name)):
        return exact
    if name == "attributes":
        return None
    if name.lower() == "id":
        if isinstance(value, str | None):
            message = "The Id field should not be specified in the sobject data."
            raise refused("INVALID_FIELD", message, ("Id",))
        raise _unknown(sobject, name)
    relation = sobject.relations.get(name.lower())
    if relation and isinstance(value, dict) and len(relation.refers) == 1:
        return relation
    field = sobject.find(name)
    if not field:
        raise _unknown(sobject, name)
    return field


def _unknown(sobject: SObject, name: str) -> RefusalError:
    message = f"No such column '{name}' on sobject of type {sobject.name}"
    return UnreadableError([Failure("INVALID_FIELD", message)])


def _by_external_id(world: World, field: Field, value: dict[str, Any]) -> str:
    """Resolve ``{"Account": {"Legacy_Id__c": "ACME-1"}}`` to the account's id (facts §6)."""
    target = find_object(world, field.refers[0])
    pairs = [(name, key) for name, key in value.items() if name != "attributes"]
    key_field = target.find(pairs[0][0]) if len(pairs) == 1 else None
    if not key_field or not key_field.keyed:
        message = f"{field.relation} takes one external id field of {target.name}"
        raise refused("INVALID_FIELD", message, (str(field.relation),))
    key = str(pairs[0][1])
    found = world.store.find(target.name, key_field.name, key_field.fold(key))
    if not found:
        message = (
            f"Foreign key external ID: {key} not found for field {key_field.name} in entity {target.name}"
        )
        raise refused("INVALID_FIELD", message)
    if len(found) > 1:
        message = f"{key_field.name}: more than one record found for external id field: {found}"
        raise refused("DUPLICATE_EXTERNAL_ID", message, (key_field.name,))
    return found[0]


def _check_rights(named: list[Field], creating: bool) -> None:
    closed = [field.name for field in named if not (field.createable if creating else field.updateable)]
    if closed:
        raise refused(
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            f"Unable to create/update fields: {', '.join(closed)}. Please check the security settings of "
            "this field and verify that it is read/write for your profile or permission set.",
            tuple(closed),
        )
