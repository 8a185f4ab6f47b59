"""``GET /sobjects/{sObject}/describe`` → Schema (facts: salesforce.md §5.1)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from importer.model.schema import Choice, Property, PropertyType, Schema

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


def read_schema(describe: Mapping[str, Any]) -> Schema:
    """Return the schema in a describe answer; unknown keys and types are tolerated."""
    fields = describe.get("fields") or []
    properties = {str(field["name"]): read_property(field) for field in fields if "name" in field}
    text = json.dumps(fields, sort_keys=True)
    return Schema(str(describe.get("name", "")), properties, hashlib.sha256(text.encode()).hexdigest())


def read_property(field: Mapping[str, Any]) -> Property:
    """Return one field of a describe answer.

    Required on create means: not nillable, createable, and not defaulted (facts §5.1). ``length`` counts
    characters, 0 means none. A picklist is restricted only where the org says so.
    """
    kind = str(field.get("type", ""))
    createable = bool(field.get("createable"))
    optional = field.get("nillable", True) or field.get("defaultedOnCreate") or kind == "boolean"
    numeric = TYPES.get(kind) == "number"
    return Property(
        name=str(field["name"]),
        type=TYPES.get(kind, "unsupported"),
        label=str(field.get("label") or ""),
        writable=createable,
        required=createable and not optional,
        multiple=kind == "multipicklist",
        length=int(field.get("length") or 0) or None,
        precision=(int(field.get("precision") or 0) or None) if numeric else None,
        scale=int(field.get("scale") or 0) if numeric and field.get("precision") else None,
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
        references=tuple(str(name) for name in field.get("referenceTo") or ()),
        relationship=str(field["relationshipName"]) if field.get("relationshipName") else None,
    )
