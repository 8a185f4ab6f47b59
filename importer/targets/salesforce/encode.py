"""Neutral values → the JSON body of a create (facts: salesforce.md §0, §2, §4.3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from importer.model.draft import Draft, Named, Scalar, Value


def payload(draft: Draft) -> dict[str, object]:
    """Return the body of ``POST /sobjects/{sObject}`` (or of the PATCH of a record) for ``draft``.

    A record that is named by an external id stands under its relationship (facts §6, RG:dome_upsert).
    """
    body: dict[str, object] = {}
    for name, value in draft.written().items():
        if isinstance(value, Named):
            relation, _, key = value.head.partition(".")
            body[relation] = {key: str(value)}
        else:
            body[name] = _value(value)
    return body


def create_headers(options: Mapping[str, object]) -> dict[str, str]:
    """Return the headers of a create for the mapping's ``options``.

    REST runs the active assignment rule unless told not to, and it overwrites the owner
    (RG:headers_autoassign); here it is off unless the mapping says ``assignment_rule: on`` or an id.
    """
    rule = str(options.get("assignment_rule", "off"))
    headers = {
        "Content-Type": "application/json",
        "Sforce-Auto-Assign": {"off": "FALSE", "on": "TRUE"}.get(rule, rule),
        "Sforce-Mru": "updateMru=false",
        "Sforce-Call-Options": "client=case-importer",
    }
    if options.get("duplicates") == "allow":
        headers["Sforce-Duplicate-Rule-Header"] = "allowSave=true"
    return headers


def _value(value: Value) -> object:
    if isinstance(value, tuple):
        return ";".join(str(_scalar(item)) for item in value if item is not None)
    return _scalar(value)


def _scalar(value: Scalar) -> object:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat(timespec=_precision(value)).replace("+00:00", "Z")
    if isinstance(value, dt.date):
        return value.isoformat()
    return value


def _precision(value: dt.datetime) -> str:
    return "milliseconds" if value.microsecond else "seconds"
