"""CASEREST v2 as far as it lists, creates and reads (IBM's Swagger 25.0.1, a transcript; facts §1, §2.3)."""

from __future__ import annotations

from typing import Any

from importer.simulator.http import Call, Reply
from importer.simulator.ibm import cases
from importer.simulator.ibm.errors import JSON, refused
from importer.simulator.ibm.schema import CASE_TYPES, CONNECTION_POINT, OBJECT_STORE, PREFIX, SOLUTION
from importer.simulator.world import World

KEYS = ("Properties", "CaseProperties")
"""The two names that the array of values goes by: the Swagger's and the transcript's (facts §1)."""


def solutions(world: World, call: Call) -> Reply:
    """``GET /solutions``: as v1, with the prefix of the solution."""
    del world, call
    entry = {
        "Status": "Completed",
        "Description": "",
        "TargetOS": OBJECT_STORE,
        "WebAppID": "11",
        "SolutionPrefix": PREFIX,
        "SolutionName": SOLUTION,
        "SolutionFolderId": "{4C1F0B52-0000-C5A1-8E11-3B5C2A7D9E10}",
        "IntegrationType": "P8",
        "PEConnectionPoint": CONNECTION_POINT,
    }
    return Reply.json(200, {"Solutions": [entry]}, JSON)


def case_type(world: World, call: Call) -> Reply:
    """``GET /casetype/{type}/properties``: the solution's own properties only."""
    found = cases.find_case_type(call.args["type"])
    cases.check_store(world, call.query.get("TargetObjectStore"))
    return Reply.json(200, {"CaseType": found.name, "Properties": [each.data() for each in found.own]}, JSON)


def create(world: World, call: Call) -> Reply:
    """``POST /case``: values stand under ``Data``; three fields come back, whatever is asked for."""
    content = cases.read_json(call)
    values = _values(world, content)
    wanted = {name: content.get(name) for name in ("CaseType", "TargetObjectStore")}
    return cases.create_from(world, call, {**wanted, "Properties": values})


def _values(world: World, content: dict[str, Any]) -> Any:
    """Return the values in the form of v1, from the key or keys that the switch ``v2_properties`` takes."""
    taken = KEYS if world.behaviour.v2_properties == "both" else (world.behaviour.v2_properties,)
    given = [name for name in KEYS if name in content]
    for name in given:
        if name not in taken and world.behaviour.v2_other_key == "refused":
            raise refused(400, "FNRPA9003E", name=name, detail="there is no such parameter")
    items: Any = next((content[name] for name in given if name in taken), [])
    if not isinstance(items, list):
        raise refused(400, "FNRPA9003E", name="Properties", detail="an array is expected")
    return [_item(each) for each in items]


def _item(item: Any) -> Any:
    data = item.get("Data") if isinstance(item, dict) else None
    if not isinstance(data, dict) or "Value" not in data:
        detail = "each entry is an object with SymbolicName and Data, which has a Value"
        raise refused(400, "FNRPA9003E", name="Properties", detail=detail)
    return {"SymbolicName": item.get("SymbolicName"), "Value": data["Value"]}


def read(world: World, call: Call) -> Reply:
    """``GET /case/{id}/properties``: the case type and its own properties with their values."""
    record = cases.find(world, call)
    own = CASE_TYPES[record.type].own
    items = []
    for each in own:
        item = each.data()
        item["Data"]["Value"] = record.fields.get(each.name, [] if each.multi else None)
        items.append(item)
    return Reply.json(200, {"CaseType": record.type, "Properties": items}, JSON)
