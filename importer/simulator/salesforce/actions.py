"""What is done with one record among many: create, update, upsert, delete; each gives its outcome.

All raise RefusalError, as the single-record resource does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from importer.simulator.ids import long_id
from importer.simulator.salesforce.errors import not_found, refused
from importer.simulator.salesforce.org import find_object
from importer.simulator.salesforce.records import Terms, change, delete, insert, visible
from importer.simulator.salesforce.rows import Outcome
from importer.simulator.salesforce.schema import Field, SObject
from importer.simulator.store import Fields
from importer.simulator.world import World


def insert_row(world: World, sobject: SObject, record: Fields, text: str, terms_: Terms) -> Outcome:
    """Create a record."""
    return Outcome(insert(world, sobject, record, text, terms_))


def update_row(world: World, sobject: SObject, record: Fields, text: str, terms_: Terms) -> Outcome:
    """Change the record whose ``Id`` the fields hold."""
    id_, rest = split_off(record, "id")
    if not id_:
        raise refused("MISSING_ARGUMENT", "Id not specified in an update call")
    found = visible(world, sobject, _known(id_))
    change(world, sobject, found, rest, text, terms_)
    return Outcome(found.id)


def upsert_row(
    world: World,
    sobject: SObject,
    field: Field,
    only_update: bool,
    repeated: frozenset[str],
    record: Fields,
    text: str,
    terms_: Terms,
) -> Outcome:
    """Create or change the record that ``field`` names; keys in ``repeated`` are refused."""
    value, rest = split_off(record, field.name.lower())
    if field.type == "id":
        if value:
            return Outcome(update_row(world, sobject, record, text, terms_).id, False)
        return Outcome(insert(world, sobject, rest, text, terms_), True)
    if value in (None, ""):
        raise refused("MISSING_ARGUMENT", f"{field.name} not specified")
    key = field.fold(str(value))
    if key in repeated:
        message = f"Duplicate external id specified: {value}"
        raise refused("DUPLICATE_EXTERNAL_ID", message, (field.name,))
    found = world.store.find(sobject.name, field.name, key)
    if len(found) > 1:
        message = f"{field.name}: more than one record found for external id field: [{', '.join(found)}]"
        raise refused("DUPLICATE_EXTERNAL_ID", message, (field.name,))
    if found:
        change(world, sobject, visible(world, sobject, found[0]), rest, text, terms_)
        return Outcome(found[0], False)
    if only_update:
        raise not_found()
    return Outcome(insert(world, sobject, rest | {field.name: value}, text, terms_), True)


def delete_row(world: World, text: str, terms_: Terms) -> Outcome:
    """Delete the record with that id, of whatever object."""
    del terms_
    record = world.store.get(_known(text))
    if not record or record.hidden:
        raise not_found()
    sobject = find_object(world, record.type)
    delete(world, visible(world, sobject, record.id))
    return Outcome(record.id)


def _known(text: Any) -> str:
    found = long_id(str(text))
    if not found:
        raise refused("MALFORMED_ID", f"Id: id value of incorrect type: {text}", ("Id",))
    return found


def split_off(record: Fields, name: str) -> tuple[Any, Fields]:
    """Return the value of the field called ``name`` (in lower case) and the record without it."""
    value = next((value for key, value in record.items() if key.lower() == name), None)
    return value, {key: value for key, value in record.items() if key.lower() != name}


def repeated_keys(field: Field, records: Iterable[Fields]) -> frozenset[str]:
    """Return the keys that several records of the request have."""
    keys = (split_off(record, field.name.lower())[0] for record in records)
    counts = Counter(field.fold(str(key)) for key in keys if key not in (None, ""))
    return frozenset(key for key, count in counts.items() if count > 1)
