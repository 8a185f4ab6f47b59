"""Running a parsed query: SOQL conditions to SQL over the stored JSON, with the org's type checks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from importer.simulator.ids import long_id
from importer.simulator.salesforce.errors import RefusalError, refused
from importer.simulator.salesforce.org import objects
from importer.simulator.salesforce.schema import NUMBER_TYPES, Field, SObject
from importer.simulator.salesforce.soql import Among, Both, Compare, Condition, Literal, Negated, Select
from importer.simulator.salesforce.values import read_datetime
from importer.simulator.world import World

_FITTING = {"datetime": "datetime", "date": "date", "boolean": "boolean"} | dict.fromkeys(
    NUMBER_TYPES, "number"
)
Part = tuple[str, list[Any]]
"""A piece of SQL with its parameters."""


@dataclass(frozen=True, slots=True)
class Column:
    """A field reached from the queried object: the SQL that gives it, and the reference fields on the way."""

    field: Field
    sql: str
    way: tuple[Field, ...] = ()


def source(world: World, name: str) -> SObject:
    """Return the queried object. Raises RefusalError (INVALID_TYPE)."""
    sobject = objects(world).get(name.lower())
    if not sobject:
        raise refused(
            "INVALID_TYPE",
            f"sObject type '{name}' is not supported. If you are attempting to use a custom object, be "
            "sure to append the '__c' after the entity name.",
        )
    return sobject


def column(world: World, sobject: SObject, path: str) -> Column:
    """Resolve ``Field`` or ``Relation.Field``. Raises RefusalError (INVALID_FIELD)."""
    *relations, last = path.split(".")
    if relations and relations[0].lower() == sobject.name.lower():
        relations.pop(0)
    json, id_, way = "r.fields", "r.id", []
    current = [sobject]
    for relation in relations:
        field = next(
            (each.relations[relation.lower()] for each in current if relation.lower() in each.relations), None
        )
        if not field:
            message = f"Didn't understand relationship '{relation}' in field path."
            raise refused("INVALID_FIELD", message)
        current = [objects(world)[name.lower()] for name in field.refers if name.lower() in objects(world)]
        id_ = f"json_extract({json}, '$.{field.name}')"
        json = f"(SELECT fields FROM record WHERE id = {id_} AND NOT deleted)"
        way.append(field)
    field = next((found for each in current if (found := each.find(last))), None)
    if not field:
        entity = relations[-1] if relations else sobject.name
        raise refused(
            "INVALID_FIELD",
            f"No such column '{last}' on entity '{entity}'. If you are attempting to use a custom field, be "
            "sure to append the '__c' after the custom field name.",
        )
    sql = id_ if field.name == "Id" else f"json_extract({json}, '$.{field.name}')"
    if field.name == "SystemModstamp" and not way:
        sql = "r.modified"
    return Column(field, sql, tuple(way))


def condition(world: World, sobject: SObject, tree: Condition) -> Part:
    """Translate a condition to SQL over ``record r``. Raises RefusalError."""
    if isinstance(tree, Both):
        parts = [condition(world, sobject, part) for part in tree.parts]
        return "(" + f" {tree.word} ".join(sql for sql, _ in parts) + ")", [
            one for _, many in parts for one in many
        ]
    if isinstance(tree, Negated):
        sql, parameters = condition(world, sobject, tree.part)
        return f"NOT coalesce({sql}, 0)", parameters
    target = column(world, sobject, tree.path)
    if "unfiltered" in target.field.marks:
        message = f"field '{target.field.name}' can not be filtered in a query call"
        raise refused("INVALID_FIELD", message)
    if isinstance(tree, Compare):
        return _compare(sobject, target, tree)
    return _among(world, sobject, target, tree)


def _compare(sobject: SObject, target: Column, tree: Compare) -> Part:
    if tree.sign == "LIKE":
        if tree.literal.kind != "string":
            raise _wrong_literal(target.field)
        return f"{target.sql} LIKE ? ESCAPE '\\'", [tree.literal.value]
    value = _operand(target.field, tree.literal)
    if tree.sign == "=" and value is not None and target.field.keyed and not target.way:
        return _by_key(sobject, target, [value])
    left = _folded(target)
    if value is None:
        return f"{left} IS {'' if tree.sign == '=' else 'NOT '}NULL", []
    if tree.sign == "!=":
        return f"{left} IS NOT ?", [value]
    return f"{left} {tree.sign} ?", [value]


def _among(world: World, sobject: SObject, target: Column, tree: Among) -> Part:
    word = "NOT IN" if tree.negated else "IN"
    if isinstance(tree.values, Select):
        inner, parameters = _inner(world, tree.values)
        return f"{target.sql} {word} ({inner})", parameters
    values = [_operand(target.field, literal) for literal in tree.values]
    if target.field.keyed and not target.way and not tree.negated and None not in values:
        return _by_key(sobject, target, values)
    marks = ", ".join("?" * len(values))
    return f"coalesce({_folded(target)}, '') {word} ({marks})", [
        "" if value is None else value for value in values
    ]


def _by_key(sobject: SObject, target: Column, values: list[Any]) -> Part:
    """Key fields have an index of their own, folded as the org compares."""
    marks = ", ".join("?" * len(values))
    sql = f"r.id IN (SELECT id FROM keyed WHERE type = ? AND field = ? AND value IN ({marks}))"
    return sql, [sobject.name, target.field.name, *values]


def _inner(world: World, select: Select) -> Part:
    if len(select.fields) != 1 or select.limit is not None:
        raise refused("MALFORMED_QUERY", "a sub-query selects one field and has no limit")
    sobject = source(world, select.source)
    wanted = column(world, sobject, select.fields[0])
    sql, parameters = where(world, sobject, select.where, deleted=False)
    return f"SELECT {wanted.sql} FROM record r WHERE {sql}", parameters


def where(world: World, sobject: SObject, tree: Condition | None, *, deleted: bool) -> Part:
    """Return the SQL for all records of an object that a query may see and ``tree`` holds for."""
    sql, parameters = "r.type = ? AND NOT r.hidden", list[Any]([sobject.name])
    if not deleted:
        sql += " AND NOT r.deleted"
    if world.behaviour.index_lag:
        sql += " AND r.committed <= ?"
        parameters = [*parameters, world.wall() - world.behaviour.index_lag]
    if tree:
        more, values = condition(world, sobject, tree)
        return f"{sql} AND {more}", [*parameters, *values]
    return sql, parameters


def _folded(target: Column) -> str:
    return f"fold({target.sql})" if _is_text(target.field) else target.sql


def _is_text(field: Field) -> bool:
    return (
        field.type not in _FITTING
        and field.type not in {"id", "reference"}
        and "sensitive" not in field.marks
    )


def _operand(field: Field, literal: Literal) -> Any:
    """Return the SQL value of a literal, checked against the field's type."""
    if literal.kind == "null":
        return None
    if literal.kind != _FITTING.get(field.type, "string"):
        raise _wrong_literal(field)
    if field.type == "datetime":
        return _read_datetime(field, literal)
    if field.type in {"id", "reference"}:
        if not literal.value:
            return None
        found = long_id(literal.value)
        if not found:
            raise refused("INVALID_QUERY_FILTER_OPERATOR", f"invalid ID field: {literal.value}")
        return found
    if field.type == "boolean":
        return int(literal.value)
    if literal.kind == "string":
        return field.fold(literal.value) or None
    return literal.value


def _read_datetime(field: Field, literal: Literal) -> str:
    whole, _, rest = literal.value.partition(".")
    zone = rest.lstrip("0123456789")
    try:
        moment = read_datetime(whole + zone)
    except ValueError:
        raise _wrong_literal(field) from None
    milliseconds = rest[: len(rest) - len(zone)][:3].ljust(3, "0")
    return moment.replace(".000+", f".{milliseconds}+")


def _wrong_literal(field: Field) -> RefusalError:
    quoted = (
        " and should not be enclosed in quotes"
        if field.type in _FITTING
        else " and should be enclosed in quotes"
    )
    message = f"value of filter criterion for field '{field.name}' must be of type {field.type}{quoted}"
    return refused("INVALID_FIELD", message)


def order(world: World, sobject: SObject, select: Select) -> str:
    """Return the ORDER BY of a query; ties and unordered queries keep the order of creation."""
    entries = []
    for entry in select.order:
        target = column(world, sobject, entry.path)
        entries.append(f"{target.sql} {'DESC' if entry.descending else 'ASC'} NULLS {entry.nulls}")
    return "ORDER BY " + ", ".join([*entries, "r.seq"])


def columns(world: World, sobject: SObject, paths: Iterable[str]) -> list[Column]:
    """Resolve the selected fields. Raises RefusalError for an unknown one or one that is named twice."""
    found = [column(world, sobject, path) for path in paths]
    seen = set()
    for each in found:
        name = ".".join([*(str(field.relation) for field in each.way), each.field.name])
        if name in seen:
            raise refused("MALFORMED_QUERY", f"duplicate field selected: {name}")
        seen.add(name)
    return found
