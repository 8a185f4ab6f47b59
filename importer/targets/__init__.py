"""Targets: the protocol kept for two systems. They do not know each other, the journal, or files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from importer.model.target import Target
from importer.settings import SALESFORCE, ConnectionSettings, fetched


@dataclass(frozen=True, slots=True)
class RecordKind:
    """What is to be created, as the mapping says it: the sObject or case type, and what goes with it."""

    record_type: str
    object_store: str = ""
    match: str | None = None
    options: Mapping[str, object] = field(default_factory=dict)


def make_target(settings: ConnectionSettings, kind: RecordKind, environ: Mapping[str, str]) -> Target:
    """Return the target of a connection, not yet signed in. Raises SettingsError for its secrets.

    The connection's object store wins over the mapping's. References to secrets are fetched here, once.
    """
    settings = fetched(settings, environ)
    if settings.target == SALESFORCE:
        from importer.targets.salesforce.target import Record, SalesforceTarget

        return SalesforceTarget(settings, Record(kind.record_type, kind.match, kind.options), environ)
    from importer.targets.ibm.encode import CreateOptions
    from importer.targets.ibm.target import IbmTarget

    identifier = kind.options.get("external_data_identifier")
    options = CreateOptions(
        case_type=kind.record_type,
        object_store=settings.object_store or kind.object_store,
        return_updates=kind.options.get("return_updates") is True,
        external_data_identifier=None if identifier is None else str(identifier),
        client_context=kind.options.get("client_context") is True,
        properties_key=settings.properties_key,
        wait_ready=kind.options.get("wait_ready") is True,
        ready_within=settings.ready_within,
    )
    return IbmTarget(settings, options, environ, kind.match)
