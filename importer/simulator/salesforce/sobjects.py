"""The resources of objects and single records (facts §2, §5)."""

from __future__ import annotations

from email.utils import formatdate, parsedate_to_datetime
from typing import Any

from importer.simulator.http import Call, Reply
from importer.simulator.ids import long_id
from importer.simulator.salesforce.describe import describe, describe_brief
from importer.simulator.salesforce.errors import not_found, refused
from importer.simulator.salesforce.org import find_object, objects, record_types
from importer.simulator.salesforce.records import Terms, change, delete, insert, visible
from importer.simulator.salesforce.schema import Field, SObject
from importer.simulator.salesforce.values import read_json
from importer.simulator.store import Record
from importer.simulator.world import World


def terms(call: Call) -> Terms:
    """Read the headers of facts §8 that change what a create does."""
    duplicates = call.headers.get("Sforce-Duplicate-Rule-Header", "").replace(" ", "").lower()
    return Terms(
        user=call.user,
        assign=call.headers.get("Sforce-Auto-Assign", "TRUE").strip() or "TRUE",
        allow_duplicates="allowsave=true" in duplicates,
        faults=call.faults,
    )


def body(call: Call) -> tuple[dict[str, Any], str]:
    """Return a request's JSON object and its text. Raises RefusalError: 415, or 400 when it is none."""
    if "json" not in call.headers.get("Content-Type", "").lower():
        message = "Content-Type header specified in HTTP request is not supported: "
        message += call.headers.get("Content-Type", "none")
        raise refused("UNSUPPORTED_MEDIA_TYPE", message, status=415)
    return read_json(call.body)


def list_objects(world: World, call: Call) -> Reply:
    """``GET /sobjects``"""
    entries = [describe_brief(sobject, call.args["version"]) for sobject in objects(world).values()]
    return Reply.json(200, {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": entries})


def describe_object(world: World, call: Call) -> Reply:
    """``GET /sobjects/{object}/describe``: built once per object and version; 304 when it has not changed."""
    sobject = find_object(world, call.args["object"])
    key = ("describe", sobject.name, call.args["version"])
    if key not in world.cache:
        content = describe(sobject, call.args["version"], record_types(world, sobject))
        world.cache[key] = Reply.json(200, content).body
    changed = world.cache.setdefault("described", int(world.wall()))
    since = call.headers.get("If-Modified-Since")
    if since and _seconds(since) >= changed:
        return Reply(304)
    headers = {"Content-Type": "application/json;charset=UTF-8"}
    return Reply(200, world.cache[key], headers | {"Last-Modified": formatdate(changed, usegmt=True)})


def _seconds(date: str) -> float:
    try:
        return parsedate_to_datetime(date).timestamp()
    except ValueError:
        return 0.0


def create(world: World, call: Call) -> Reply:
    """``POST /sobjects/{object}``"""
    sobject = find_object(world, call.args["object"])
    content, text = body(call)
    id_ = insert(world, sobject, content, text, terms(call))
    reply = Reply.json(201, {"id": id_, "success": True, "errors": []})
    reply.headers["Location"] = _url(call, sobject, id_)
    return reply


def create_by_id(world: World, call: Call) -> Reply:
    """``POST /sobjects/{object}/Id``: a plain insert through the upsert resource."""
    if call.args["id"] != "Id":
        raise not_found()
    reply = create(world, call)
    reply.body = reply.body.replace(b'"errors":[]', b'"errors":[],"created":true')
    return reply


def read(world: World, call: Call) -> Reply:
    """``GET /sobjects/{object}/{id}``"""
    sobject = find_object(world, call.args["object"])
    return _shown(call, sobject, visible(world, sobject, _id(call.args["id"])))


def read_by_key(world: World, call: Call) -> Reply:
    """``GET /sobjects/{object}/{field}/{value}``"""
    sobject, field = _key_field(world, call)
    found = world.store.find(sobject.name, field.name, field.fold(call.args["value"]))
    if len(found) > 1:
        return Reply.json(300, [_url(call, sobject, id_) for id_ in found])
    return _shown(call, sobject, visible(world, sobject, found[0] if found else None))


def update(world: World, call: Call) -> Reply:
    """``PATCH /sobjects/{object}/{id}``"""
    sobject = find_object(world, call.args["object"])
    record = visible(world, sobject, _id(call.args["id"]))
    content, text = body(call)
    change(world, sobject, record, content, text, terms(call))
    return Reply(204)


def upsert(world: World, call: Call) -> Reply:
    """``PATCH /sobjects/{object}/{field}/{value}``: 201 created, 200 updated, 300 several (facts §2)."""
    sobject, field = _key_field(world, call)
    content, text = body(call)
    if any(name.lower() == field.name.lower() for name in content):
        message = f"The {field.name} field should not be specified in the sobject data."
        raise refused("INVALID_FIELD", message, (field.name,))
    value = call.args["value"]
    found = world.store.find(sobject.name, field.name, field.fold(value))
    if len(found) > 1:
        return Reply.json(300, [_url(call, sobject, id_) for id_ in found])
    if found:
        record = visible(world, sobject, found[0])
        change(world, sobject, record, content, text, terms(call))
        return _upserted(call, record.id, created=False)
    if call.query.get("updateOnly", "").lower() == "true":
        raise not_found()
    return _upserted(
        call, insert(world, sobject, content | {field.name: value}, text, terms(call)), created=True
    )


def _upserted(call: Call, id_: str, *, created: bool) -> Reply:
    """Versions before 46 answer an update with an empty 204."""
    if not created and float(call.args["version"]) < 46:
        return Reply(204)
    body_ = {"id": id_, "success": True, "errors": [], "created": created}
    return Reply.json(201 if created else 200, body_)


def remove(world: World, call: Call) -> Reply:
    """``DELETE /sobjects/{object}/{id}``"""
    sobject = find_object(world, call.args["object"])
    delete(world, visible(world, sobject, _id(call.args["id"])))
    return Reply(204)


def remove_by_key(world: World, call: Call) -> Reply:
    """``DELETE /sobjects/{object}/{field}/{value}``"""
    sobject, field = _key_field(world, call)
    found = world.store.find(sobject.name, field.name, field.fold(call.args["value"]))
    if len(found) > 1:
        return Reply.json(300, [_url(call, sobject, id_) for id_ in found])
    delete(world, visible(world, sobject, found[0] if found else None))
    return Reply(204)


def _id(text: str) -> str:
    found = long_id(text)
    if not found:
        message = f"Provided external ID field does not exist or is not accessible: {text}"
        raise not_found(message)
    return found


def _key_field(world: World, call: Call) -> tuple[SObject, Field]:
    sobject = find_object(world, call.args["object"])
    field = sobject.find(call.args["field"])
    if not field or not field.keyed:
        message = f"Provided external ID field does not exist or is not accessible: {call.args['field']}"
        raise not_found(message)
    return sobject, field


def _url(call: Call, sobject: SObject, id_: str) -> str:
    return f"/services/data/v{call.args['version']}/sobjects/{sobject.name}/{id_}"


def attributes(version: str, type_: str, id_: str) -> dict[str, str]:
    """Return the ``attributes`` of a record in an answer."""
    return {"type": type_, "url": f"/services/data/v{version}/sobjects/{type_}/{id_}"}


def _shown(call: Call, sobject: SObject, record: Record) -> Reply:
    names = [name.strip() for name in call.query.get("fields", "").split(",") if name.strip()]
    fields = []
    for name in names:
        field = sobject.find(name)
        if not field:
            raise refused("INVALID_FIELD", f"No such column '{name}' on sobject of type {sobject.name}")
        fields.append(field.name)
    content: dict[str, Any] = {"attributes": attributes(call.args["version"], sobject.name, record.id)}
    content |= {name: record.fields.get(name) for name in fields or sobject.fields}
    return Reply.json(200, content)
