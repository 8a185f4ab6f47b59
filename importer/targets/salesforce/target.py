"""Salesforce as a target: which org, its schema, its paths."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from importer.model.draft import Draft
from importer.model.errors import Exit, ImporterError, TargetError
from importer.model.schema import Schema
from importer.model.target import Path, System, Traffic
from importer.settings import ConnectionSettings, resolve
from importer.targets.clock import clock_offset
from importer.targets.delivering import read
from importer.targets.json_body import decode
from importer.targets.salesforce.answers import read_errors
from importer.targets.salesforce.describe import read_schema
from importer.targets.salesforce.encode import payload
from importer.targets.salesforce.signin import TokenSignIn
from importer.targets.salesforce.single import SinglePath
from importer.transport.delivery import Answered
from importer.transport.transport import Transport

ORGANIZATION = "SELECT Id, Name, IsSandbox FROM Organization"


@dataclass(frozen=True, slots=True)
class Record:
    """What is created: the ``sobject``, the field that carries the key, the mapping's options."""

    sobject: str = "Case"
    match: str | None = None
    options: Mapping[str, object] = field(default_factory=dict)


class SalesforceTarget:
    """One org, one sObject, through one transport."""

    def __init__(self, settings: ConnectionSettings, record: Record, environ: Mapping[str, str]) -> None:
        self._settings = settings
        self._record = record
        self._sign_in = TokenSignIn(settings.login_url, settings.auth, resolve(settings, environ))
        self._transport = Transport(settings, self._sign_in)
        self._base = f"/services/data/v{settings.api_version}"

    async def open(self) -> System:
        """Sign in and ask the org for its name and kind. Raises TargetError.

        The org's id is in the token answer's ``id`` address (facts §1), so that a user without access to
        Organization can load all the same; such an org counts as production.
        """
        session = await self._transport.sign_in()
        answer = await self._read(f"{self._base}/query/?q={quote(ORGANIZATION)}", "read Organization")
        offset = clock_offset(answer.headers, time.time())
        found = decode(answer.body) if answer.status == 200 else None
        records = found.get("records") if isinstance(found, dict) else None
        org: Mapping[str, Any] = records[0] if isinstance(records, list) and records else {}
        org_id = str(org.get("Id") or org_of(self._sign_in.identity_url))
        host = urlsplit(session.base_url).netloc
        if not org_id and not self._settings.system_id:
            raise TargetError(
                "UNKNOWN_ORG",
                f"{host} does not say which org it is.",
                "Give the user access to Organization, or set system_id in the connection.",
            )
        return System(
            id=self._settings.system_id or org_id,
            name=f"{org.get('Name') or 'org ' + org_id} ({host})",
            production=org.get("IsSandbox") is not True,
            user=session.user or self._settings.name,
            clock_offset=offset,
            record_url=f"{session.base_url}/{{id}}",
        )

    async def schema(self) -> Schema:
        """Read the describe of the sObject. Raises TargetError when there is none."""
        sobject = self._record.sobject
        path = f"{self._base}/sobjects/{quote(sobject)}/describe"
        answer = await self._read(path, f"describe {sobject}")
        document = decode(answer.body)
        if answer.status == 200 and isinstance(document, dict):
            return read_schema(document)
        errors = read_errors(document)
        said = f"{errors[0].code}: {errors[0].text}" if errors else f"HTTP status {answer.status}"
        if answer.status >= 500:
            raise TargetError(
                "DESCRIBE_LATER", f"describe {sobject} failed ({said}).", "Try later.", exit=Exit.LATER
            )
        raise TargetError(
            "NO_SUCH_OBJECT",
            f"The org has no sObject {sobject} that this user can see ({said}).",
            "Check object in the mapping, and the user's rights.",
        )

    def path(self, name: str) -> Path:
        """Return the path called ``name``. Raises ImporterError for one that there is not."""
        if name not in ("auto", "single"):
            raise ImporterError(
                "NO_SUCH_PATH", f"Salesforce has no path {name}.", "Use single.", exit=Exit.USAGE
            )
        record = self._record
        return SinglePath(
            self._transport, record.sobject, self._settings.api_version, record.match, record.options
        )

    def payload(self, draft: Draft) -> dict[str, object]:
        """Return the JSON body that creates ``draft``."""
        return payload(draft)

    def traffic(self) -> Traffic:
        """Return what has left so far."""
        return self._transport.traffic

    def pause(self, seconds: float) -> None:
        """Let nothing leave for ``seconds``."""
        self._transport.pause(seconds, "the org asks to slow down")

    def stop_sending(self) -> None:
        """From now on nothing leaves."""
        self._transport.stop()

    async def close(self) -> None:
        """Give back connections."""
        await self._transport.close()

    async def _read(self, path: str, purpose: str) -> Answered:
        return await read(self._transport, path, purpose, self._settings.login_url)


def org_of(identity_url: str) -> str:
    """Return the org id in an identity address ``…/id/{org}/{user}``, empty when there is none."""
    parts = urlsplit(identity_url).path.strip("/").split("/")
    return parts[1] if len(parts) == 3 and parts[0] == "id" else ""
