"""Neutral values → the body of a create, in the forms of v1 and v2 (facts: ibm-case-manager.md §2, §5)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from importer.model.draft import Document, Draft, Scalar, Value
from importer.settings import Version


@dataclass(frozen=True, slots=True)
class CreateOptions:
    """What a create needs besides properties; ``external_data_identifier`` is left out when None.

    ``version`` is that of CASEREST, ``properties_key`` the key of the values in v2. ``client_context``: rows
    carry one. With ``wait_ready`` a case
    counts as created when it is Working, waited for ``ready_within`` seconds.
    """

    case_type: str
    object_store: str
    return_updates: bool = False
    external_data_identifier: str | None = None
    version: Version = "v1"
    properties_key: str = "CaseProperties"
    client_context: bool = False
    wait_ready: bool = False
    ready_within: float = 60.0

    @property
    def path(self) -> str:
        """Where creates go, below ``/CASEREST``: ``cases`` in v1, ``case`` in v2 (facts §1)."""
        return "/v2/case" if self.version == "v2" else "/v1/cases"


def payload(draft: Draft, options: CreateOptions) -> dict[str, object]:
    """Return the body of a create in the form of ``options.version``."""
    return _payload_v2(draft, options) if options.version == "v2" else _payload_v1(draft, options)


def _payload_v1(draft: Draft, options: CreateOptions) -> dict[str, object]:
    """``ClientContext`` is an object of texts (facts §7), if there are any."""
    body: dict[str, object] = {
        "CaseType": options.case_type,
        "TargetObjectStore": options.object_store,
        "ReturnUpdates": options.return_updates,
    }
    if options.external_data_identifier is not None:
        body["ExternalDataIdentifier"] = options.external_data_identifier
    body["Properties"] = [{"SymbolicName": name, "Value": value} for name, value in values(draft).items()]
    context = context_of(draft)
    if context:
        body["ClientContext"] = context
    return body


def _payload_v2(draft: Draft, options: CreateOptions) -> dict[str, object]:
    """The schema of v2 has three keys and no more (Swagger 25.0.1, facts §2.3)."""
    return {
        "TargetObjectStore": options.object_store,
        "CaseType": options.case_type,
        options.properties_key: [
            {"SymbolicName": name, "Data": {"Value": value}} for name, value in values(draft).items()
        ],
    }


def context_of(draft: Draft) -> dict[str, object]:
    """Return the ``ClientContext`` of a draft, empty when there is none."""
    context = draft.options.get("client_context")
    return dict(context) if isinstance(context, Mapping) else {}


def values(draft: Draft) -> dict[str, object]:
    """Return the value of each property of ``draft`` as JSON takes it."""
    return {name: _value(value) for name, value in draft.values.items()}


def _value(value: Value) -> object:
    if isinstance(value, tuple):
        plain = [encoded(item) for item in value if not isinstance(item, Document)]
        return plain + [each for item in value if isinstance(item, Document) for each in _objects(item)]
    return _objects(value) if isinstance(value, Document) else encoded(value)


def _objects(document: Document) -> list[dict[str, object]]:
    """Return business objects as v1 takes them (facts §5, D:119), numbers with all their digits."""
    found = json.loads(document, parse_float=Decimal)
    return [
        {"Properties": [{"SymbolicName": name, "Value": member} for name, member in each.items()]}
        for each in found
    ]


def encoded(value: Scalar) -> object:
    """Native JSON types; a datetime in UTC as whole seconds with Z, the only form that is documented."""
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, dt.date):
        return f"{value.isoformat()}T00:00:00Z"
    return value
