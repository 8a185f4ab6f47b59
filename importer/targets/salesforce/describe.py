"""``GET /sobjects/{sObject}/describe`` → Schema (facts: salesforce.md §5.1)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from importer.model.schema import Choice, Property, PropertyType, Schema, Variant
from importer.targets.salesforce.hints import hint_of, key_hint

TYPES: Mapping[str, PropertyType] = {
    "string": "text",
    "textarea": "text",
    "picklist": "text",
    "multipicklist": "text",
    "combobox": "text",
    "encryptedstring": "text",
    "url": "text",
    "anyType": "text",
    "time": "text",
    "id": "id",
    "reference": "id",
    "boolean": "boolean",
    "int": "integer",
    "long": "integer",
    "double": "number",
    "currency": "number",
    "percent": "number",
    "date": "date",
    "datetime": "datetime",
    "email": "email",
    "phone": "phone",
}
"""Types that can be set as one value; all others (base64, location, address, …) are unsupported."""


PREFIXES: Mapping[str, tuple[str, ...]] = {
    "Account": ("001",),
    "Contact": ("003",),
    "User": ("005",),
    "Group": ("00G",),
    "RecordType": ("012",),
    "Case": ("500",),
}
"""How the ids of standard objects begin (facts §9). Those of custom objects differ from org to org."""


VARIANT = "RecordTypeId"


def read_schema(describe: Mapping[str, Any]) -> Schema:
    """Return the schema in a describe answer; unknown keys and types are tolerated."""
    fields = describe.get("fields") or []
    kinds = describe.get("recordTypeInfos") or []
    properties = {str(field["name"]): read_property(field) for field in fields if "name" in field}
    text = json.dumps([fields, [_facts(kind) for kind in kinds]], sort_keys=True)
    return Schema(
        str(describe.get("name", "")),
        properties,
        hashlib.sha256(text.encode()).hexdigest(),
        tuple(_variant(kind) for kind in kinds if kind.get("recordTypeId")),
        VARIANT if VARIANT in properties else None,
        key_hint(str(describe.get("name", ""))),
    )


def _variant(kind: Mapping[str, Any]) -> Variant:
    """Return one of ``recordTypeInfos``; ``available`` says whether this user may choose it (facts §5.1)."""
    label = str(kind.get("name") or "")
    name = str(kind.get("developerName") or label)
    return Variant(str(kind["recordTypeId"]), name, label, bool(kind.get("available", True)))


def _facts(kind: Mapping[str, Any]) -> list[object]:
    return [kind.get(name) for name in ("recordTypeId", "developerName", "name", "available")]


def read_property(field: Mapping[str, Any]) -> Property:
    """Return one field of a describe answer.

    Required on create means: not nillable, createable, and not defaulted (facts §5.1). ``length`` counts
    characters, 0 means none. A picklist is restricted only where the org says so.
    """
    kind = str(field.get("type", ""))
    createable = bool(field.get("createable"))
    optional = field.get("nillable", True) or field.get("defaultedOnCreate") or kind == "boolean"
    precision, scale = _digits(field, TYPES.get(kind))
    length = int(field.get("length") or 0) or None
    text = TYPES.get(kind) == "text" and kind != "multipicklist"
    references = tuple(str(name) for name in field.get("referenceTo") or ())
    return Property(
        name=str(field["name"]),
        type=TYPES.get(kind, "unsupported"),
        label=str(field.get("label") or ""),
        writable=createable,
        required=createable and not optional,
        multiple=kind == "multipicklist",
        length=length,
        precision=precision,
        scale=scale,
        choices=tuple(
            Choice(str(choice["value"]), str(choice.get("label") or choice["value"]))
            for choice in field.get("picklistValues") or []
            if choice.get("active", True) and choice.get("value") is not None
        ),
        restricted=bool(field.get("restrictedPicklist")),
        unique=bool(field.get("unique")),
        external_id=bool(field.get("externalId")),
        case_sensitive=bool(field.get("caseSensitive")),
        updatable=bool(field.get("updateable")),
        references=references,
        relationship=str(field["relationshipName"]) if field.get("relationshipName") else None,
        prefixes=_prefixes(references) if kind == "reference" else (),
        in_bytes=text and length is not None and field.get("byteLength") == length,
        joined=";" if kind == "multipicklist" else None,
        hint="" if createable else hint_of(str(field["name"])),
    )


def _digits(field: Mapping[str, Any], kind: PropertyType | None) -> tuple[int | None, int | None]:
    """Return precision and scale; whole numbers have ``digits`` instead (facts §5.1)."""
    if kind == "integer":
        return int(field.get("digits") or 0) or None, 0
    if kind != "number" or not field.get("precision"):
        return None, None
    return int(field["precision"]), int(field.get("scale") or 0)


def _prefixes(references: tuple[str, ...]) -> tuple[str, ...]:
    """Return how the ids of all ``references`` begin; nothing when one of them is not known."""
    known = [PREFIXES.get(name, ()) for name in references]
    return tuple(prefix for prefixes in known for prefix in prefixes) if all(known) else ()
