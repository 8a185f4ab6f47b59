"""The case resources: create, read, status, delete (facts §2, §4.3, §4.4)."""

from __future__ import annotations

import json
from typing import Any

from importer.simulator.http import Call, Reply
from importer.simulator.ibm.errors import JSON, RefusalError, refused
from importer.simulator.ibm.schema import CASE_TYPES, OBJECT_STORE, SOLUTION, STATES, Activity, CaseType
from importer.simulator.ibm.validate import check_properties
from importer.simulator.ids import guid, make_guid
from importer.simulator.store import Fields, Record
from importer.simulator.world import World

SYSTEM = "ibm"
OTHER_USER = "avery.agent"
_WORKING, _COMPLETE, _FAILED, _INITIALIZING = 2, 3, 4, 1


def check_store(world: World, name: Any) -> None:
    """Refuse a missing (400) or unknown object store."""
    if not name or not isinstance(name, str):
        raise refused(400, "FNRPA9001E", name="TargetObjectStore")
    if name != OBJECT_STORE:
        raise refused(int(world.behaviour.ibm_unknown_store), "FNRPA9005E", name=name)


def find_case_type(name: Any) -> CaseType:
    """Return the case type. Raises RefusalError: 400 when missing, 404 when unknown."""
    if not name or not isinstance(name, str):
        raise refused(400, "FNRPA9001E", name="CaseType")
    found = CASE_TYPES.get(name)
    if not found:
        raise refused(404, "FNRPA9004E", name=name)
    return found


def read_json(call: Call) -> dict[str, Any]:
    """Return the request's JSON object. Raises RefusalError (400)."""
    try:
        content = json.loads(call.body.decode("utf-8"), parse_constant=_no_constant)
        if b"\\u" in call.body:
            json.dumps(content, ensure_ascii=False).encode("utf-8")  # half a surrogate pair cannot be stored
    except (ValueError, RecursionError) as error:
        raise refused(400, "FNRPA9002E", detail=str(error)) from None
    if not isinstance(content, dict):
        raise refused(400, "FNRPA9002E", detail="an object is expected")
    return content


def _no_constant(word: str) -> Any:
    raise ValueError(f"{word} is no JSON")


def create(world: World, call: Call) -> Reply:
    """``POST /cases``. A refused create leaves a gap in the sequence."""
    return create_from(world, call, read_json(call))


def create_from(world: World, call: Call, content: dict[str, Any]) -> Reply:
    """Create a case from a request in the form of v1."""
    case_type = find_case_type(content.get("CaseType"))
    check_store(world, content.get("TargetObjectStore"))
    _check_parameters(content)
    number = world.store.take(f"case {case_type.name}")
    if not case_type.creatable:
        raise refused(403, "FNRPA9021E", name=case_type.name)
    values = check_properties(case_type, content.get("Properties", []), int(world.behaviour.ibm_validation))
    values = _changed(world, call, values)
    _let_others_write(world, call, case_type, values)
    _check_unique(world, case_type, values)
    fields = _save(world, case_type, values, number, call.user, call.faults)
    return Reply.json(201, _answer(world, case_type, fields, content.get("ReturnUpdates", False)), JSON)


def _check_parameters(content: dict[str, Any]) -> None:
    expected = {
        "ReturnUpdates": (bool, "true or false"),
        "ExternalDataIdentifier": (str | None, "a string"),
        "ClientContext": (dict, "an object"),
    }
    for name, (type_, text) in expected.items():
        if name in content and not isinstance(content[name], type_):
            raise refused(400, "FNRPA9003E", name=name, detail=f"{text} is expected")


def _changed(world: World, call: Call, values: Fields) -> Fields:
    """Apply what changes texts: the switch trim, the fault trigger."""
    if world.behaviour.trim:
        values = {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}
    if "trigger" in call.faults:
        for name in ("AUTO_LossDescription", "AUTO_InsuredName", "AUTO_ClaimTitle"):
            if name in values:
                return values | {name: f"[checked] {values[name]}"[:64]}
    return values


def _let_others_write(world: World, call: Call, case_type: CaseType, values: Fields) -> None:
    with_key = "second_writer_key" in call.faults
    if not with_key and "second_writer" not in call.faults:
        return
    foreign = {name: value for name, value in values.items() if with_key or name != "AUTO_ClaimNumber"}
    number = world.store.take(f"case {case_type.name}")
    _save(world, case_type, foreign, number, OTHER_USER, frozenset())


def _check_unique(world: World, case_type: CaseType, values: Fields) -> None:
    value = values.get("AUTO_ClaimNumber")
    if not world.behaviour.unique_claim_number or value is None:
        return
    if world.store.find(case_type.name, "AUTO_ClaimNumber", value):
        cause = "FNRCE0043E E_NOT_UNIQUE The property AUTO_ClaimNumber has that value already."
        status = int(world.behaviour.ibm_validation)
        raise refused(status, "FNRPA9020E", cause, name="AUTO_ClaimNumber")


def keys(values: Fields) -> dict[str, str]:
    """Return the key properties of a case."""
    return {name: values[name] for name in ("AUTO_ClaimNumber",) if values.get(name)}


def stamp(world: World) -> str:
    """Return the server's clock as IBM prints it: UTC, whole seconds."""
    return world.now().strftime("%Y-%m-%dT%H:%M:%SZ")


def _save(
    world: World, case_type: CaseType, values: Fields, number: int, user: str, faults: frozenset[str]
) -> Fields:
    now = stamp(world)
    identifier = case_type.identifier(number)
    id_ = make_guid()
    system = {
        "Id": id_,
        "CmAcmCaseIdentifier": identifier,
        "CmAcmCaseState": _FAILED if "case_failed" in faults else _WORKING,
        **dict.fromkeys(("Creator", "LastModifier"), user),
        **dict.fromkeys(("DateCreated", "DateLastModified"), now),
    }
    fields = values | system
    world.store.insert(
        *(SYSTEM, case_type.name, id_, fields, keys(values)),
        committed=world.wall(),
        modified=now,
        hidden="hide" in faults,
    )
    return fields


def write_foreign(world: World, case_type: CaseType, properties: Fields) -> str:
    """Save a case of another user; give its folder id. The properties are not checked."""
    number = world.store.take(f"case {case_type.name}")
    return str(_save(world, case_type, properties, number, OTHER_USER, frozenset())["Id"])


def title(case_type: CaseType, fields: Fields) -> str:
    """Return the case title: the value of the title property, else the identifier (facts §2.2)."""
    return str(fields.get(case_type.title_property) or fields["CmAcmCaseIdentifier"])


def _answer(world: World, case_type: CaseType, fields: Fields, return_updates: bool) -> dict[str, Any]:
    three = {
        "CaseTitle": title(case_type, fields),
        "CaseIdentifier": fields["CmAcmCaseIdentifier"],
        "CaseFolderId": fields["Id"],
    }
    if not return_updates:
        return three
    updates = {"CaseType": case_type.name, "Properties": _shown(case_type, fields)}
    return updates if world.behaviour.return_updates == "properties" else three | updates


def _shown(case_type: CaseType, fields: Fields) -> list[dict[str, Any]]:
    shown = []
    for each in case_type.properties.values():
        value = fields.get(each.name, [] if each.multi else None)
        shown.append(each.metadata() | {"Value": value, "OriginalValue": value})
    return shown


def state(world: World, record: Record) -> int:
    """Return the state of a case: Initializing for a while, then what it was saved as."""
    if world.wall() < record.committed + world.behaviour.working_after:
        return _INITIALIZING
    return int(record.fields["CmAcmCaseState"])


def find(world: World, call: Call) -> Record:
    """Return the case that a request names in its path. Raises RefusalError."""
    check_store(world, call.query.get("TargetObjectStore"))
    return find_case(world, call.args["case"])


def find_case(world: World, text: Any) -> Record:
    """Return a case by its folder id, braces and letter case free. Raises RefusalError: 400, 404."""
    id_ = guid(text) if isinstance(text, str) else None
    if not id_:
        raise refused(400, "FNRPA9003E", name="case id", detail="a GUID is expected")
    record = world.store.get(id_)
    if not record or record.hidden or record.deleted:
        raise refused(404, "FNRPA9006E", name=id_)
    return record


def read(world: World, call: Call) -> Reply:
    """``GET /case/{id}``"""
    record = find(world, call)
    case_type = CASE_TYPES[record.type]
    fields = record.fields | {"CmAcmCaseState": state(world, record)}
    return Reply.json(200, {"CaseType": record.type, "Properties": _shown(case_type, fields)}, JSON)


def status(world: World, call: Call) -> Reply:
    """``GET /case/{id}/status``. A documented sample has a blank before the date: so has this."""
    record = find(world, call)
    content = {
        "Status": STATES[state(world, record)],
        "CaseIdentifier": record.fields["CmAcmCaseIdentifier"],
        "DateCreated": " " + record.fields["DateCreated"],
        "DateLastModified": record.fields["DateLastModified"],
    }
    return Reply.json(200, content, JSON)


def tasks(world: World, call: Call) -> Reply:
    """``GET /case/{id}/tasks``: the activities by group; empty groups are left out (IBM, ``acmdv125``)."""
    if call.query.get("Grouping") != "ROD":
        raise refused(400, "FNRPA9003E", name="Grouping", detail="ROD is expected")
    record = find(world, call)
    groups: dict[str, list[dict[str, Any]]] = {}
    for each in CASE_TYPES[record.type].activities:
        groups.setdefault("Required" if each.automatic else "Optional", []).append(_task(world, record, each))
    return Reply.json(200, groups, JSON)


_TASK_WAITING, _TASK_READY, _TASK_WORKING = 1, 3, 4


def _task(world: World, record: Record, activity: Activity) -> dict[str, Any]:
    """One activity as the resource shows it; an automatic one works once the case is Working."""
    up = state(world, record) in (_WORKING, _COMPLETE)
    active = _TASK_WORKING if activity.automatic else _TASK_READY
    created = record.fields["DateCreated"]
    return {
        "RequiredState": int(activity.automatic),
        "TaskState": active if up else _TASK_WAITING,
        "DisabledState": 0,
        "LaunchMode": 0 if activity.automatic else 2,
        "DateCreated": created,
        "TaskId": make_guid(),
        "TaskName": activity.label,
        "SymbolicName": activity.name,
        "DateLastModified": created,
        "IsHidden": False,
        "IsContainer": False,
        "ProcessInstanceId": record.id.strip("{}").replace("-", "") if up and activity.automatic else None,
        "LastRestartDate": None,
        "RestartCount": "0",
        "RosterName": SOLUTION.replace(" ", ""),
    }


def work_items(world: World) -> dict[str, int]:
    """Return how many work items the cases have started, by activity."""
    counts: dict[str, int] = {}
    for record in world.store.select("system = ? AND NOT deleted", (SYSTEM,)):
        if state(world, record) in (_WORKING, _COMPLETE):
            for each in CASE_TYPES[record.type].activities:
                if each.automatic:
                    counts[each.name] = counts.get(each.name, 0) + 1
    return counts


def delete(world: World, call: Call) -> Reply:
    """``POST /deletecase``: by ``caseid`` only."""
    content = read_json(call)
    if "casetype" in content:
        raise refused(400, "FNRPA9022E")
    for name in ("connectionpoint", "tos", "caseid"):
        if not content.get(name):
            raise refused(400, "FNRPA9001E", name=name)
    check_store(world, content["tos"])
    record = find_case(world, content["caseid"])
    world.store.delete(record, modified=stamp(world))
    return Reply.json(200, {"deletecaseresult": f"Case {record.id} was deleted."}, JSON)


def deadlock() -> RefusalError:
    """Return the refusal that IBM's documents say to retry (facts §3.4)."""
    text = "The transaction was rolled back because of a deadlock in the database."
    return RefusalError(500, "FNRCE0019E", text, ("E_DEADLOCK_ERROR",))
