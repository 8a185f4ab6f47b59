"""A connection as one object, and its credentials when it is opened."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from importer.model.errors import SettingsError
from importer.model.secret import Secret
from importer.settings.caserest import AUTO, caserest
from importer.settings.keys import IBM, SALESFORCE, TargetName
from importer.settings.references import Reference, fetch
from importer.settings.units import Rate, Reserve

SIMULATOR = "simulator"
"""The connection that needs no file, and the system id of the stand-in servers."""

Value = str | Secret | Reference
"""A text as the file has it, a secret that is known already, or the place where one lies."""


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """Everything a connection says, checked, with defaults filled in; each field is the key of its name.

    ``url`` belongs to IBM; ``login_url`` is where Salesforce gives tokens, and where the form of ``ltpa``
    goes. Addresses end without a slash; those that follow from others are filled in where they are used.
    ``verdicts`` are words of VERDICTS by code. ``request_timeout``, ``settle_after``, ``session_life`` and
    ``ready_within`` are in seconds. ``api_version`` of IBM is ``v1``, ``v2``, or anything else for the one
    that ``caserest`` finds. Secrets are still references; ``fetched`` gives settings that hold them.
    """

    name: str
    target: TargetName
    auth: str
    rate: Rate
    concurrency: int
    request_timeout: float
    login_url: str = ""
    url: str = ""
    username: Value | None = None
    password: Value | None = None
    client_id: Value | None = None
    client_secret: Value | None = None
    security_token: Value | None = None
    private_key: Value | None = None
    private_key_password: Value | None = None
    audience: str | None = None
    refresh_token: Value | None = None
    access_token: Value | None = None
    instance_url: str = ""
    org: str | None = None
    trusted_hosts: tuple[str, ...] = ()
    api_key: Value | None = None
    ltpa_cookie: str = "LtpaToken2"
    iam_url: str = ""
    zen_url: str = ""
    session_life: float | None = None
    csrf: bool = False
    csrf_url: str = ""
    api_version: str = "67.0"
    object_store: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    system_id: str | None = None
    ca_file: Path | None = None
    client_cert: Path | None = None
    client_key: Path | None = None
    client_cert_password: Value | None = None
    proxy: Value | None = None
    proxy_username: Value | None = None
    proxy_password: Value | None = None
    allow_http: bool = False
    unattended: bool = False
    settle_after: float = 600.0
    settle_by_content: bool = True
    reserve_daily_calls: Reserve = field(default_factory=Reserve)
    collection_rows: int = 200
    bulk_rows: int = 50_000
    case_numbers: bool = True
    name_by_external_id: bool = True
    search: str = "none"
    search_url: str = ""
    search_operator: str = "EQUAL"
    verdicts: Mapping[str, str] = field(default_factory=dict)
    properties_key: str = "CaseProperties"
    choice_labels: bool = False
    business_objects: tuple[str, ...] = ()
    ready_within: float = 60.0
    connection_point: str | None = None
    allow_delete: bool = False


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a connection signs in with; None where its ``auth`` has no use for it."""

    username: str | None = None
    password: Secret | None = None
    client_id: str | None = None
    client_secret: Secret | None = None
    security_token: Secret | None = None
    private_key: Secret | None = None
    private_key_password: Secret | None = None
    refresh_token: Secret | None = None
    access_token: Secret | None = None
    api_key: Secret | None = None


NAMES = ("username", "client_id", "proxy_username")
"""Keys that may be references, and are no secrets."""
SECRETS = (
    "password", "client_secret", "security_token", "private_key", "private_key_password", "refresh_token",
    "access_token", "api_key", "client_cert_password", "proxy_password",
)  # fmt: skip
"""Keys that are secrets."""


def fetched(settings: ConnectionSettings, environ: Mapping[str, str] | None = None) -> ConnectionSettings:
    """Return ``settings`` with every reference fetched; blocks up to 30 s for each ``command:``.

    Raises SettingsError that lists every secret that cannot be had.
    """
    faults: list[SettingsError] = []

    def get(key: str) -> str | Secret | None:
        try:
            return fetch_value(getattr(settings, key), environ)
        except SettingsError as error:
            faults.append(
                SettingsError(error.code, f"[{settings.name}] {key}: {error.message}.", error.remedy)
            )
            return None

    found: dict[str, Any] = {key: _text(get(key)) for key in NAMES}
    found |= {key: _secret(get(key)) for key in SECRETS}
    found["proxy"] = get("proxy")
    if faults:
        raise SettingsError(
            faults[0].code,
            "\n".join(fault.message for fault in faults),
            "\n".join(dict.fromkeys(fault.remedy for fault in faults)),
        )
    return replace(settings, **found)


def resolve(settings: ConnectionSettings, environ: Mapping[str, str] | None = None) -> Credentials:
    """Return what ``settings`` sign in with; blocks and raises as ``fetched`` does."""
    found = fetched(settings, environ)
    return Credentials(**{field.name: getattr(found, field.name) for field in fields(Credentials)})


def fetch_value(value: Value | None, environ: Mapping[str, str] | None = None) -> str | Secret | None:
    """Return ``value``, fetched when it is a reference. Raises SettingsError."""
    if isinstance(value, Reference):
        return fetch(value, os.environ if environ is None else environ)
    return value


def _text(value: Value | None) -> str | None:
    return value.reveal() if isinstance(value, Secret) else None if value is None else str(value)


def _secret(value: Value | None) -> Secret | None:
    return Secret(value) if isinstance(value, str) else value if isinstance(value, Secret) else None


def simulator_connection(target: TargetName, url: str) -> ConnectionSettings:
    """Return the connection to a stand-in server at ``url`` (its root, plain http on loopback).

    It takes any credentials, and may be deleted from. The system id is constant, so that the journal
    knows it at the next start.
    """
    root = url.rstrip("/")
    anybody = Secret(SIMULATOR)
    if target == SALESFORCE:
        return ConnectionSettings(
            name=SIMULATOR, target=target, auth="password", rate=Rate(50, 1.0), concurrency=10,
            request_timeout=120.0, login_url=root, username="loader@example.com", password=anybody,
            client_id=SIMULATOR, client_secret=anybody, system_id=SIMULATOR, allow_delete=True,
        )  # fmt: skip
    return ConnectionSettings(
        name=SIMULATOR, target=IBM, auth="basic", rate=Rate(30, 3.0), concurrency=4, request_timeout=180.0,
        url=root if "/CASEREST/" in root else caserest(root).of("v1"), username="loader", password=anybody,
        system_id=SIMULATOR, settle_after=130.0, api_version=AUTO, allow_delete=True,
    )  # fmt: skip
