"""What one line of a Data Loader mapping says (facts: salesforce.md §11.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass

API_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")

STANDARD = {
    "account": "Account",
    "contact": "Contact",
    "asset": "Asset",
    "owner": "User",
    "recordtype": "RecordType",
}
"""Relationship → the object it leads to, for the old form of look-ups, which does not say it."""


@dataclass(frozen=True, slots=True)
class Field:
    """A target: the ``property``, and for a look-up the ``object`` and the property ``by``.

    ``fault`` says why it cannot be written in a mapping of ours.
    """

    property: str
    object: str | None = None
    by: str | None = None
    fault: str | None = None
    assumed: bool = False


def is_constant(key: str) -> bool:
    """Say whether a left side is a constant: in double quotes."""
    return len(key) > 1 and key[0] == key[-1] == '"'


def columns_of(key: str) -> tuple[str, ...]:
    """Return the columns of a left side; several are joined."""
    return tuple(column.strip() for column in key.split(",") if column.strip())


def fields_of(value: str, record_type: str) -> list[Field]:
    """Return the targets of a right side."""
    return [_field(text.strip(), record_type) for text in value.split(",") if text.strip()]


def _field(text: str, record_type: str) -> Field:
    relation, colon, rest = text.partition(":")
    if not colon:
        if API_NAME.fullmatch(text) is None:
            return Field(text, fault="is no API name of a property")
        if text.casefold() == "id":
            return Field(text, fault="is given by the server; to change records that exist, see match")
        return Field(text)
    object_, dash, by = rest.partition("-")
    if not dash:
        object_, by = _object_of(relation, record_type), rest
    if not all(API_NAME.fullmatch(name) for name in (relation, by, object_ or relation)):
        return Field(text, fault="is no look-up (Relationship:Object-Property)")
    if not object_:
        return Field(text, fault=f"does not say to which object {relation} leads; write the look-up by hand")
    return Field(_property_of(relation), object_, by, assumed=not dash)


def _object_of(relation: str, record_type: str) -> str:
    """Return the object of a look-up in the old form; empty where it is not known."""
    if relation.casefold() == "parent":
        return record_type
    return STANDARD.get(relation.casefold(), "")


def _property_of(relation: str) -> str:
    """Return the property that holds the id: ``Account`` is AccountId, ``Region__r`` is Region__c."""
    if relation.casefold().endswith("__r"):
        return f"{relation[:-1]}c"
    return f"{relation}Id"
