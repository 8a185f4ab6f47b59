"""Checking the properties of a create against the case type's metadata (facts §4.2, §5). Pure.

Scalars are taken in their JSON type or as text that parses, as the Java API underneath does (facts §5).
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Iterator
from typing import Any

from importer.simulator.ibm.errors import RefusalError, refused
from importer.simulator.ibm.schema import CaseType, Property
from importer.simulator.ids import guid
from importer.simulator.store import Fields

_DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_INTEGER = re.compile(r"[+-]?\d{1,10}")
_FLOAT = re.compile(r"[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?")


def check_properties(case_type: CaseType, items: Any, status: int) -> Fields:
    """Return the values to store. Raises RefusalError with ``status`` for the first misfit."""
    values: Fields = {}
    for name, value in _pairs(items):
        known = case_type.properties.get(name)
        if not known:
            raise refused(status, "FNRPA9010E", name=name, case_type=case_type.name)
        if name in values:
            raise refused(status, "FNRPA9018E", name=name)
        values[name] = _check(known, value, status)
    for each in case_type.properties.values():
        if each.name not in values and each.default is not None:
            values[each.name] = each.default
    for each in case_type.required:
        if values.get(each.name) in (None, []):
            raise refused(status, "FNRPA9012E", name=each.name)
    return {name: value for name, value in values.items() if value is not None}


def _pairs(items: Any) -> Iterator[tuple[str, Any]]:
    if not isinstance(items, list):
        raise refused(400, "FNRPA9003E", name="Properties", detail="an array is expected")
    for item in items:
        if not isinstance(item, dict) or not isinstance(item.get("SymbolicName"), str) or "Value" not in item:
            detail = "each entry is an object with SymbolicName and Value"
            raise refused(400, "FNRPA9003E", name="Properties", detail=detail)
        yield item["SymbolicName"], item["Value"]


def _check(known: Property, value: Any, status: int) -> Any:
    if known.updatability == "readonly":
        if value is None or (known.name == "CmAcmCaseState" and value in (0, "0")):
            return None  # Case Client itself sends null or 0 for system properties (facts §2.1)
        raise refused(status, "FNRPA9016E", "FNRCE0057E E_READ_ONLY", name=known.name)
    if value is None:
        return None
    if known.multi != isinstance(value, list):
        detail = "an array of values" if known.multi else "a single value"
        raise refused(status, "FNRPA9017E", name=known.name, detail=detail)
    if not known.multi:
        return _scalar(known, value, status)
    scalars = [_scalar(known, each, status) for each in value]
    if known.distinct:
        for place, each in enumerate(scalars):
            if each in scalars[:place]:
                raise refused(status, "FNRPA9019E", name=known.name, value=each)
    return scalars


def _scalar(known: Property, value: Any, status: int) -> Any:
    try:
        several = known.multi and known.type == "object"
        read = _READERS["objects" if several else known.type](value)
    except (ValueError, OverflowError, KeyError):
        raise refused(status, "FNRPA9011E", name=known.name, detail=known.type) from None
    problem = _limits(known, read, status)
    if problem:
        raise problem
    return read


def _limits(known: Property, value: Any, status: int) -> RefusalError | None:
    if known.max_length is not None and len(value) > known.max_length:
        given = f"FNRCE0016E E_BAD_VALUE length {len(value)} given, {known.max_length} allowed"
        names = {"name": known.name, "length": len(value), "limit": known.max_length}
        return refused(status, "FNRPA9013E", given, **names)
    if known.minimum is not None and not known.minimum <= value <= known.maximum:
        limits = {"minimum": known.minimum, "maximum": known.maximum}
        return refused(status, "FNRPA9014E", name=known.name, value=value, **limits)
    if known.choices and value not in {choice for _, choice in known.choices}:
        return refused(status, "FNRPA9015E", name=known.name, value=value, detail=known.choice_list)
    return None


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError
    return value


def _integer(value: Any) -> int:
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not -(2**31) <= value < 2**31:
        raise ValueError
    return value


def _float(value: Any) -> float:
    if isinstance(value, str) and _FLOAT.fullmatch(value):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(float(value)):
        raise ValueError
    return float(value)


def _boolean(value: Any) -> bool:
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    if not isinstance(value, bool):
        raise ValueError
    return value


def _datetime(value: Any) -> str:
    if not isinstance(value, str) or not _DATETIME.fullmatch(value):
        raise ValueError
    dt.datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ")
    return value


def _guid(value: Any) -> str:
    found = guid(value) if isinstance(value, str) else None
    if not found:
        raise ValueError
    return found


def _business_object(value: Any) -> dict[str, Any]:
    """A business object is written as a list of members (facts §5)."""
    members = value.get("Properties") if isinstance(value, dict) and set(value) == {"Properties"} else None
    if not isinstance(members, list) or not members:
        raise ValueError
    for member in members:
        if not isinstance(member, dict) or set(member) != {"SymbolicName", "Value"}:
            raise ValueError
    return {str(member["SymbolicName"]): member["Value"] for member in members}


_READERS: dict[str, Callable[[Any], Any]] = {
    "string": _string,
    "integer": _integer,
    "float": _float,
    "boolean": _boolean,
    "datetime": _datetime,
    "id": _guid,
    "objects": _business_object,
}
"""A single value of the type ``object`` has no reader: a reference cannot be set over REST (facts §5)."""
