"""From the header of an upload to what its values mean: fields, look-ups by external id (facts §4.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from importer.simulator.salesforce.bulk.content import JobError
from importer.simulator.salesforce.errors import refused
from importer.simulator.salesforce.org import objects
from importer.simulator.salesforce.schema import Field, SObject
from importer.simulator.store import Fields
from importer.simulator.world import World

NULL = "#N/A"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the field it sets, and, for a look-up, the object and key field that its values name."""

    field: Field
    target: SObject | None = None
    key: Field | None = None


def read_header(world: World, sobject: SObject, names: Sequence[str], operation: str) -> list[Column]:
    """Return the meaning of each column. Raises JobError for the first that has none."""
    columns = [_column(world, sobject, name) for name in names]
    if len({(column.field.name, column.key) for column in columns}) < len(columns):
        raise JobError("InvalidBatch : A field is named twice in the header")
    named = {column.field.name for column in columns}
    if operation in {"update", "delete"} and "Id" not in named:
        raise JobError("InvalidBatch : Field name not found : Id")
    if operation == "delete" and len(named) > 1:
        raise JobError("InvalidBatch : A delete takes the column Id and no other")
    return columns


def _column(world: World, sobject: SObject, name: str) -> Column:
    prefix, _, path = name.rpartition(":")
    relation_name, _, key_name = path.partition(".")
    if not key_name:
        field = sobject.find(name)
        if not field:
            raise _not_found(name)
        return Column(field)
    relation = sobject.relations.get(relation_name.lower())
    if not relation:
        raise _not_found(name)
    if len(relation.refers) == 1 and prefix:
        message = "type is not needed for non polymorphic foreign key references"
        raise JobError(f"InvalidBatch : {message}: {relation_name}")
    kinds = {kind.lower() for kind in relation.refers}
    wanted = prefix.lower() if len(relation.refers) > 1 else relation.refers[0].lower()
    target = objects(world).get(wanted) if wanted in kinds else None
    key = target.find(key_name) if target else None
    if not target or not key or not key.keyed:
        raise _not_found(name)
    return Column(relation, target, key)


def _not_found(name: str) -> JobError:
    return JobError(f"InvalidBatch : Field name not found : {name}")


def fields_of(world: World, columns: Sequence[Column], values: Sequence[str]) -> Fields:
    """Return one row as the JSON object of a record: empty cells are left out, ``#N/A`` is null.

    Raises RefusalError when a look-up finds no record, or several.
    """
    fields: Fields = {}
    for column, value in zip(columns, values, strict=True):
        if value == NULL:
            fields[column.field.name] = None
        elif value:
            fields[column.field.name] = _look_up(world, column, value) if column.key else value
    return fields


def _look_up(world: World, column: Column, value: str) -> str:
    assert column.key and column.target
    found = world.store.find(column.target.name, column.key.name, column.key.fold(value))
    if not found:
        message = f"Foreign key external ID: {value} not found for field {column.key.name}"
        raise refused("INVALID_FIELD", f"{message} in entity {column.target.name}")
    if len(found) > 1:
        message = f"{column.key.name}: more than one record found for external id field: {found}"
        raise refused("DUPLICATE_EXTERNAL_ID", message, (column.key.name,))
    return found[0]
