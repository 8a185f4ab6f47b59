"""sObject Collections: up to 200 records a request, outcomes in their order (facts §3.1)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

from importer.simulator.http import Call, Reply
from importer.simulator.ids import long_id
from importer.simulator.salesforce.actions import (
    delete_row,
    insert_row,
    repeated_keys,
    update_row,
    upsert_row,
)
from importer.simulator.salesforce.errors import not_found, refused
from importer.simulator.salesforce.org import find_object
from importer.simulator.salesforce.records import Terms
from importer.simulator.salesforce.rows import Outcome, Row, parents_of, save_rows
from importer.simulator.salesforce.schema import SObject
from importer.simulator.salesforce.sobjects import attributes, body, terms
from importer.simulator.world import World

MOST_RECORDS, MOST_READ, MOST_CHUNKS = 200, 2_000, 10
Json = dict[str, Any]


def create(world: World, call: Call) -> Reply:
    """``POST /composite/sobjects``"""
    return _save(world, call, lambda sobject, _duplicates: partial(insert_row, world, sobject))


def update(world: World, call: Call) -> Reply:
    """``PATCH /composite/sobjects``: records carry their Id."""
    return _save(world, call, lambda sobject, _duplicates: partial(update_row, world, sobject))


def upsert(world: World, call: Call) -> Reply:
    """``PATCH /composite/sobjects/{object}/{field}``: by an external id, an idLookup field, or Id."""
    sobject = find_object(world, call.args["object"])
    field = sobject.find(call.args["field"])
    if not field or not (field.keyed or field.type == "id"):
        message = f"Provided external ID field does not exist or is not accessible: {call.args['field']}"
        raise not_found(message)
    only = call.query.get("updateOnly", "").lower() == "true"

    def act(found: SObject, records: list[Json]) -> Callable[[Json, str, Terms], Outcome]:
        if found is not sobject:
            raise refused("INVALID_TYPE", f"records must be of type {sobject.name}")
        return partial(upsert_row, world, sobject, field, only, repeated_keys(field, records))

    return _save(world, call, act)


def remove(world: World, call: Call) -> Reply:
    """``DELETE /composite/sobjects?ids=…&allOrNone=``"""
    ids = _ids(call.query.get("ids", "").split(","), MOST_RECORDS)
    rows = [Row(frozenset(), partial(delete_row, world, id_)) for id_ in ids]
    all_or_none = call.query.get("allOrNone", "").lower() == "true"
    outcomes = save_rows(world, rows, terms(call), call.locked, all_or_none=all_or_none)
    return Reply.json(200, [_shown(outcome) for outcome in outcomes])


def read(world: World, call: Call) -> Reply:
    """``GET /composite/sobjects/{object}?ids=&fields=``, and POST with both in its body, up to 2,000 ids."""
    if call.method == "POST":
        content, _ = body(call)
        ids, names = content.get("ids", []), content.get("fields", [])
        if not isinstance(ids, list) or not isinstance(names, list):
            raise refused("JSON_PARSER_ERROR", "ids and fields are lists")
    else:
        ids, names = (call.query.get(name, "").split(",") for name in ("ids", "fields"))
    sobject = find_object(world, call.args["object"])
    fields = []
    for name in filter(None, map(str, names)):
        field = sobject.find(name.strip())
        if not field:
            raise refused("INVALID_FIELD", f"No such column '{name}' on sobject of type {sobject.name}")
        fields.append(field.name)
    if not fields:
        raise refused("MISSING_ARGUMENT", "The fields parameter is required")
    shown = [_read(world, call, sobject, str(id_), fields) for id_ in _ids(ids, MOST_READ)]
    return Reply.json(200, shown)


def _read(world: World, call: Call, sobject: SObject, id_: str, fields: list[str]) -> Json | None:
    record = world.store.get(long_id(id_) or "")
    if not record or record.type != sobject.name or record.hidden or record.deleted:
        return None
    content: Json = {"attributes": attributes(call.args["version"], sobject.name, record.id)}
    return content | {name: record.fields.get(name) for name in fields}


def _ids(texts: list[Any], most: int) -> list[str]:
    ids = [str(text).strip() for text in texts if str(text).strip()]
    if not ids:
        raise refused("MISSING_ARGUMENT", "The ids parameter is required")
    return _at_most(ids, most)


def _at_most(things: list[Any], most: int) -> list[Any]:
    if len(things) > most:
        message = f"record limit reached. cannot submit more than {most} records into this call"
        raise refused("EXCEEDED_ID_LIMIT", message)
    return things


def _save(
    world: World,
    call: Call,
    act: Callable[[SObject, list[Json]], Callable[[Json, str, Terms], Outcome]],
) -> Reply:
    """Read the request, save its records, answer 200. ``act`` gives what to do with a record of a type."""
    content, text = body(call)
    records = content.get("records")
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise refused("JSON_PARSER_ERROR", "records must be a list of objects at [line:1, column:1]")
    kinds = [_kind(world, record) for record in _at_most(records, MOST_RECORDS)]
    if 1 + sum(one is not other for one, other in pairwise(kinds)) > MOST_CHUNKS:
        raise refused("LIMIT_EXCEEDED", f"records of mixed types make more than {MOST_CHUNKS} chunks")
    actions = {
        sobject.name: act(sobject, records) for sobject in {kind.name: kind for kind in kinds}.values()
    }
    upserting = True if "field" in call.args else None
    rows = [
        Row(parents_of(record), partial(actions[sobject.name], record, text), upserting)
        for sobject, record in zip(kinds, records, strict=True)
    ]
    all_or_none = content.get("allOrNone") is True
    outcomes = save_rows(world, rows, terms(call), call.locked, all_or_none=all_or_none)
    return Reply.json(200, [_shown(outcome) for outcome in outcomes])


def _kind(world: World, record: Json) -> SObject:
    described = record.get("attributes")
    name = described.get("type") if isinstance(described, dict) else None
    if not isinstance(name, str):
        raise refused("INVALID_TYPE", "attributes.type of a record is missing")
    return find_object(world, name)


def _shown(outcome: Outcome) -> Json:
    content: Json = {} if outcome.id is None else {"id": outcome.id}
    content |= {"success": not outcome.failures, "errors": [failure.row() for failure in outcome.failures]}
    if outcome.created is not None:
        content["created"] = outcome.created
    return content
