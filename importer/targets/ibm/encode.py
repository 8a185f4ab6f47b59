"""Neutral values → the body of ``POST /CASEREST/v1/cases`` (facts: ibm-case-manager.md §2.1, §5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from importer.model.draft import Draft, Scalar, Value


@dataclass(frozen=True, slots=True)
class CreateOptions:
    """What a create needs besides properties; ``external_data_identifier`` is left out when None."""

    case_type: str
    object_store: str
    return_updates: bool = False
    external_data_identifier: str | None = None


def payload(draft: Draft, options: CreateOptions) -> dict[str, object]:
    """Return the body of a create; ``ClientContext`` is an object of texts (facts §7), if there are any."""
    body: dict[str, object] = {
        "CaseType": options.case_type,
        "TargetObjectStore": options.object_store,
        "ReturnUpdates": options.return_updates,
    }
    if options.external_data_identifier is not None:
        body["ExternalDataIdentifier"] = options.external_data_identifier
    body["Properties"] = [
        {"SymbolicName": name, "Value": _value(value)} for name, value in draft.values.items()
    ]
    context = draft.options.get("client_context")
    if isinstance(context, Mapping) and context:
        body["ClientContext"] = dict(context)
    return body


def _value(value: Value) -> object:
    if isinstance(value, tuple):
        return [_scalar(item) for item in value]
    return _scalar(value)


def _scalar(value: Scalar) -> object:
    """Native JSON types; a datetime in UTC as whole seconds with Z, the only form that is documented."""
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, dt.date):
        return f"{value.isoformat()}T00:00:00Z"
    return value
