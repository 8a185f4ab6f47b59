"""``GET /casetype/{CaseType}`` → Schema (facts: ibm-case-manager.md §4.2)."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from importer.model.schema import Choice, Property, PropertyType, Schema
from importer.targets.ibm.answers import folded

TYPES: Mapping[str, PropertyType] = {
    "string": "text",
    "integer": "integer",
    "float": "number",
    "boolean": "boolean",
    "datetime": "datetime",
    "id": "id",
}
"""``object`` cannot be set over REST (facts §5): unsupported, like anything unknown."""
REFERENCE = "It refers to another object, which CASEREST cannot set. Remove the rule."
BUSINESS_OBJECT = (
    "A property of business objects is written where the connection names it: business_objects = [{name!r}]. "
    "Its cells then hold JSON. Else remove the rule."
)

KEY_HINT = (
    "In Case Manager Builder: a property of the case type of type String, single value, long enough for the "
    "keys; then name it as match."
)

INT32 = (Decimal(-(2**31)), Decimal(2**31 - 1))


def flattened(document: object) -> dict[str, Any] | None:
    """Return an answer of v2's casetype properties in the form of v1, None when it is not one.

    What v1 says of a property stands under ``Data`` there, as far as v2 says it (facts §4.2).
    """
    listed = folded(document).get("properties")
    if not isinstance(listed, list):
        return None
    members = [folded(member) for member in listed]
    return {"properties": [{**folded(member.get("data")), **member} for member in members]}


def read_schema(
    case_type: str, document: Mapping[str, Any], *, by_label: bool = False, objects: Sequence[str] = ()
) -> Schema:
    """Return the schema in a casetype answer; keys are read without regard to case (facts §4.2).

    ``by_label``: a choice's label stands for its value (the connection's ``choice_labels``). ``objects`` are
    the properties of business objects (``business_objects``): how metadata shows one is not documented.
    """
    listed = folded(document).get("properties")
    members = [folded(member) for member in listed] if isinstance(listed, list) else []
    properties = {
        str(member["symbolicname"]): read_property(member, by_label=by_label)
        for member in members
        if "symbolicname" in member
    }
    named = {name.casefold() for name in objects}
    for name, found in properties.items():
        if name.casefold() in named:
            properties[name] = replace(found, type="text", multiple=True, objects=True, length=None, hint="")
    told = [by_label, *sorted(named)] if by_label or named else None
    text = json.dumps(members if told is None else [told, members], sort_keys=True, default=str)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Schema(case_type, properties, digest, key_hint=KEY_HINT)


def read_property(member: Mapping[str, Any], *, by_label: bool = False) -> Property:
    """Return one property of a casetype answer, its keys folded."""
    kind = TYPES.get(str(member.get("propertytype") or "").casefold(), "unsupported")
    updatability = str(member.get("updatability") or "readwrite").casefold()
    shown = str(member.get("displaymode") or "readwrite").casefold()
    choices = read_choices(member.get("choicelist"))
    low, high = _number(member.get("minvalue")), _number(member.get("maxvalue"))
    if kind == "integer":
        low, high = (INT32[0] if low is None else low), (INT32[1] if high is None else high)
    multiple = str(member.get("cardinality") or "single").casefold() in ("multi", "multiple")
    timed = kind == "datetime"
    return Property(
        name=str(member["symbolicname"]),
        type=kind,
        label=str(member.get("displayname") or ""),
        writable=updatability in ("readwrite", "oncreate") and shown != "readonly",
        required=bool(member.get("required")) and member.get("defaultvalue") in (None, [], ""),
        multiple=multiple,
        length=int(member.get("maxlength") or 0) or None,
        minimum=low,
        maximum=high,
        choices=choices,
        restricted=bool(choices),
        by_label=by_label and bool(choices),
        unique=None,
        case_sensitive=True,
        hidden=bool(member.get("hidden")),
        updatable=updatability == "readwrite" and shown != "readonly",
        distinct=multiple and bool(member.get("requiresuniqueelements")),
        earliest=_moment(member.get("minvalue")) if timed else None,
        latest=_moment(member.get("maxvalue")) if timed else None,
        hint=_hint(member, multiple=multiple) if kind == "unsupported" else "",
    )


def _hint(member: Mapping[str, Any], *, multiple: bool) -> str:
    """Business objects are always multi-valued, references never (facts §5)."""
    if str(member.get("propertytype") or "").casefold() != "object":
        return ""
    return BUSINESS_OBJECT.format(name=str(member["symbolicname"])) if multiple else REFERENCE


def read_choices(choice_list: object) -> tuple[Choice, ...]:
    """Return the choices of a choice list; the label's key is ChoiceName or DisplayName (facts §4.2)."""
    listed = folded(choice_list).get("choices")
    members = [folded(member) for member in listed] if isinstance(listed, list) else []
    return tuple(
        Choice(str(m["value"]), str(m.get("choicename") or m.get("displayname") or m["value"]))
        for m in members
        if m.get("value") is not None
    )


def _number(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _moment(value: object) -> dt.datetime | None:
    try:
        found = dt.datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found.replace(tzinfo=found.tzinfo or dt.UTC) if found is not None else None
