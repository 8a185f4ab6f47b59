"""``POST /CASEREST/v2/instances``: the search for cases (facts §4.5), and finding them in the store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from importer.simulator.http import Call, Reply
from importer.simulator.ibm import cases
from importer.simulator.ibm.errors import JSON, refused
from importer.simulator.ibm.schema import Property
from importer.simulator.ibm.sql import Condition, column, searchable
from importer.simulator.store import Record
from importer.simulator.world import World

PAGE = 200
"""Cases of a page unless ``size`` says otherwise; the Case Search view's default (facts §4.5)."""
_SIGNS = {"NOTEQUAL": "<>", "LESS": "<", "GREATER": ">"}
_OPERATORS = {*_SIGNS, "CONTAINS", "STARTSWITH"}


def visible(world: World, types: list[str], condition: Condition) -> Condition:
    """Return ``condition`` for cases of ``types`` that a search shows: neither hidden nor too young."""
    marks = ", ".join("?" * len(types))
    found = f"system = ? AND type IN ({marks}) AND NOT hidden AND NOT deleted AND ({condition.sql})"
    parameters = (cases.SYSTEM, *types, *condition.parameters)
    if world.behaviour.index_lag:
        return Condition(
            f"{found} AND committed <= ?", (*parameters, world.wall() - world.behaviour.index_lag)
        )
    return Condition(found, parameters)


def instances(world: World, call: Call) -> Reply:
    """Search cases by property values; ``conditions`` may be left out. A page at a time."""
    cases.check_store(world, call.query.get("TargetObjectStore"))
    content = cases.read_json(call)
    types = [cases.find_case_type(name) for name in _texts(content, "caseTypeList")]
    properties: dict[str, Property] = {}
    for each in types:
        properties |= searchable(each)
    fields = [_known(properties, name).name for name in _texts(content, "fields")]
    condition = visible(world, [each.name for each in types], _conditions(world, content, properties))
    size = content.get("size", PAGE)
    start = content.get("continueFrom", "0")
    if isinstance(size, bool) or not isinstance(size, int) or size < 1:
        raise refused(400, "FNRPA9003E", name="size", detail="a number from 1 on is expected")
    if not isinstance(start, str) or not start.isdigit():
        raise refused(400, "FNRPA9003E", name="continueFrom", detail="the text of a token is expected")
    total = world.store.count(condition.sql, condition.parameters)
    tail = f"ORDER BY {_order(content, properties)} LIMIT {size} OFFSET {int(start)}"
    found = world.store.select(condition.sql, condition.parameters, tail)
    end = int(start) + len(found)
    body = {
        "status": 200,
        "data": {
            "cases": [_item(world, record, fields) for record in found],
            "overview": {"total": total},
        },
        "continuationToken": {"continueFrom": str(end)} if end < total else {},
        "totalCount": total,
        "caseHealthEnabled": False,
    }
    return Reply.json(200, body, JSON)


def _texts(content: dict[str, Any], name: str) -> list[str]:
    found = content.get(name, [])
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise refused(400, "FNRPA9003E", name=name, detail="an array of texts is expected")
    if not found:
        raise refused(400, "FNRPA9001E", name=name)
    return found


def _known(properties: Mapping[str, Property], name: object) -> Property:
    found = properties.get(name) if isinstance(name, str) else None
    if found is None:
        raise refused(400, "FNRPA9003E", name=str(name), detail="there is no such property")
    return found


def _conditions(world: World, content: dict[str, Any], properties: Mapping[str, Property]) -> Condition:
    listed = content.get("conditions", [])
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise refused(400, "FNRPA9003E", name="conditions", detail="an array of objects is expected")
    parts = [_condition(world, each, properties) for each in listed]
    word = " OR " if content.get("andSearch") is False else " AND "
    sql = word.join(part.sql for part in parts) or "1"
    return Condition(sql, tuple(value for part in parts for value in part.parameters))


def _condition(world: World, given: dict[str, Any], properties: Mapping[str, Property]) -> Condition:
    known, operator, value = _known(properties, given.get("name")), given.get("operator"), given.get("value")
    equal = world.behaviour.search_operator
    if operator != equal and operator not in _OPERATORS:
        detail = f"the operators are {', '.join(sorted({*_OPERATORS, equal}))}"
        raise refused(400, "FNRPA9003E", name="operator", detail=detail)
    if not isinstance(value, str) or known.multi:
        raise refused(400, "FNRPA9003E", name="value", detail="a text is expected, for a single value")
    if operator == "CONTAINS":
        return Condition(f"instr({column(known)}, ?) > 0", (value,))
    if operator == "STARTSWITH":
        return Condition(f"substr({column(known)}, 1, length(?)) = ?", (value, value))
    sign = "=" if operator == equal else _SIGNS[str(operator)]
    return Condition(f"{column(known)} {sign} ?", (_typed(known, value),))


def _typed(known: Property, text: str) -> Any:
    """Return the value as it is stored: conditions are texts whatever the type (Swagger 25.0.1)."""
    try:
        if known.type in ("integer", "float"):
            return float(text)
    except ValueError:
        raise refused(400, "FNRPA9011E", name=known.name, detail=known.type) from None
    return int(text.lower() == "true") if known.type == "boolean" else text


def _order(content: dict[str, Any], properties: Mapping[str, Property]) -> str:
    listed = content.get("sort", [])
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise refused(400, "FNRPA9003E", name="sort", detail="an array of objects is expected")
    orders = [
        f"{column(_known(properties, each.get('field')))} {'DESC' if each.get('order') == 'DESC' else 'ASC'}"
        for each in listed
    ]
    return ", ".join([*orders, "seq"])


def _item(world: World, record: Record, fields: list[str]) -> dict[str, Any]:
    """Return one case as the switch ``search_items`` has it: the Swagger leaves its shape open."""
    values = {name: record.fields.get(name) for name in fields}
    plain = record.id.strip("{}")
    if world.behaviour.search_items == "flat":
        return {"CaseFolderId": plain, "CaseType": record.type} | values
    if world.behaviour.search_items == "data":
        listed = [{"SymbolicName": name, "Data": {"Value": value}} for name, value in values.items()]
        return {"caseFolderId": plain, "caseType": record.type, "CaseProperties": listed}
    pairs = [{"SymbolicName": name, "Value": value} for name, value in values.items()]
    return {"CaseFolderId": plain, "CaseType": record.type, "Properties": pairs}
