"""Resources for whoever tests a client: records, departures, faults at run time (``/__simulator__/…``).

Guarded by the page token, in the header ``X-Simulator-Token`` or as ``?token=``.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from dataclasses import asdict, astuple
from typing import Any

from importer.simulator.http import Call, Reply
from importer.simulator.ibm import cases
from importer.simulator.ibm.schema import CASE_TYPES
from importer.simulator.options import SpecError
from importer.simulator.salesforce import org, records
from importer.simulator.salesforce.errors import RefusalError
from importer.simulator.salesforce.values import stamp
from importer.simulator.world import World

ROOT = "__simulator__"


class BadRequestError(Exception):
    """The request does not say what it must; the text says what."""


def authorised(world: World, token: str | None) -> bool:
    """Tell whether ``token`` is the page token."""
    return token is not None and hmac.compare_digest(token.encode(), world.page_token.encode())


def answer(world: World, call: Call, segments: list[str]) -> Reply:
    """Answer a request below ``/__simulator__/``."""
    token = call.headers.get("X-Simulator-Token") or call.query.get("token")
    if not authorised(world, token):
        return Reply.json(403, {"error": "The page token is missing or wrong."})
    handler = _HANDLERS.get((call.method, "/".join(segments[1:])))
    if not handler:
        return Reply.json(404, {"error": "There is no such resource; README.md lists them."})
    try:
        return Reply.json(200, handler(world, call))
    except (BadRequestError, SpecError) as error:
        return Reply.json(400, {"error": str(error)})
    except RefusalError as refusal:
        return refusal.reply()


def _body(call: Call) -> dict[str, Any]:
    try:
        content = json.loads(call.body or b"{}")
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise BadRequestError("The body is not a JSON object.")
    return content


def _number(call: Call, name: str, default: int) -> int:
    text = call.query.get(name, str(default))
    if not text.lstrip("-").isdigit():
        raise BadRequestError(f"{name} is not a number.")
    return int(text)


def _list_records(world: World, call: Call) -> Any:
    """``GET records?object=&after=&limit=``: in order of creation; ``count`` ignores after and limit."""
    where, parameters = "(?1 = '' OR type = ?1)", (call.query.get("object", ""),)
    if call.query.get("deleted") == "no":
        where += " AND NOT deleted"
    after, limit = _number(call, "after", 0), _number(call, "limit", -1)
    found = world.store.select(f"{where} AND seq > ?2", (*parameters, after), f"ORDER BY seq LIMIT {limit}")
    return {"count": world.store.count(where, parameters), "records": [asdict(record) for record in found]}


def _write_record(world: World, call: Call) -> Any:
    """``POST records``: a second writer, who signs in nowhere and meets no fault.

    ``{"object", "fields"}`` creates, ``{"id", "fields"}`` changes, ``{"id", "hidden"}`` hides or shows,
    ``{"id", "deleted": true}`` deletes.
    """
    content = _body(call)
    fields = content.get("fields", {})
    if not isinstance(fields, dict):
        raise BadRequestError("fields is not an object.")
    if "id" in content:
        return _change_record(world, content, fields)
    name = str(content.get("object", ""))
    if name in CASE_TYPES:
        return {"id": cases.write_foreign(world, CASE_TYPES[name], fields)}
    sobject = org.find_object(world, name)
    terms = records.Terms(str(content.get("user", org.OTHER_USER)), assign="FALSE", allow_duplicates=True)
    return {"id": records.insert(world, sobject, fields, json.dumps(fields), terms)}


def _change_record(world: World, content: dict[str, Any], fields: dict[str, Any]) -> Any:
    record = world.store.get(str(content["id"]))
    if not record:
        raise BadRequestError("There is no record with this id.")
    if "hidden" in content:
        record.hidden = bool(content["hidden"])
    if content.get("deleted"):
        world.store.delete(record, modified=stamp(world.now()))
    elif record.system == org.SYSTEM:
        sobject = org.find_object(world, record.type)
        records.change(world, sobject, record, fields, json.dumps(fields), records.Terms(org.OTHER_USER))
    else:
        values = record.fields | fields | {"LastModifier": cases.OTHER_USER}
        values["DateLastModified"] = cases.stamp(world)
        world.store.update(record, values, cases.keys(values), modified=values["DateLastModified"])
    return {"id": record.id}


def _work_items(world: World, call: Call) -> Any:
    """``GET work-items``: how many the cases have started, by activity."""
    del call
    return cases.work_items(world)


def _list_departures(world: World, call: Call) -> Any:
    """``GET requests?after=``: what arrived, in order, as arrays; ``after`` leaves out so many."""
    after = _number(call, "after", 0)
    rows = [astuple(departure) for place, departure in enumerate(world.log) if place >= after]
    return {
        "columns": ["time", "system", "kind", "method", "ordinal", "faults", "status"],
        "count": len(world.log),
        "requests": rows,
    }


def _show_faults(world: World, call: Call) -> Any:
    """``GET faults``: the settings and rules in force, the seed, and what has struck, by ordinal."""
    del call
    return {
        "seed": world.seed,
        "rules": {name: str(rule) for name, rule in world.faults.rules.items()},
        "settings": asdict(world.behaviour),
        "ordinals": world.faults.ordinals,
        "fired": world.faults.fired,
    }


def _change_faults(world: World, call: Call) -> Any:
    """``POST faults`` ``{"spec": "…", "seed": n}``: replaces all; ordinals start anew."""
    content = _body(call)
    spec, seed = content.get("spec", ""), content.get("seed")
    if not isinstance(spec, str) or not isinstance(seed, int | None):
        raise BadRequestError("spec is a text, seed a whole number.")
    world.change_faults(spec, seed)
    return _show_faults(world, call)


def _reset(world: World, call: Call) -> Any:
    """``POST reset``: records as at the first start; departures, limits and ordinals forgotten."""
    del call
    world.reset()
    return {"count": world.store.count()}


def _expire(world: World, call: Call) -> Any:
    """``POST expire``: all tokens and cookies end."""
    del call
    world.expire()
    return {}


_HANDLERS: dict[tuple[str, str], Callable[[World, Call], Any]] = {
    ("GET", "records"): _list_records,
    ("POST", "records"): _write_record,
    ("GET", "work-items"): _work_items,
    ("GET", "requests"): _list_departures,
    ("GET", "faults"): _show_faults,
    ("POST", "faults"): _change_faults,
    ("POST", "reset"): _reset,
    ("POST", "expire"): _expire,
}
