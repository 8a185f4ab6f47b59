"""Who an org is, its limits, and the record type: asked in one request when a target is opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from importer.model.errors import TargetError
from importer.model.record_id import full_id
from importer.targets.delivering import JSON, read, undelivered
from importer.targets.json_body import decode, encode
from importer.targets.salesforce.session import not_accepted
from importer.targets.salesforce.soql import text_literal
from importer.transport.delivery import Answered, Request, Sender

ORGANIZATION = "SELECT Id, Name, IsSandbox FROM Organization"
HEADERS = {**JSON, "Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Part:
    """What one question was answered: HTTP status, and the body as JSON (None where it is none)."""

    status: int
    document: object = field(repr=False)

    @property
    def good(self) -> object:
        """The body of an answer 200, None of any other."""
        return self.document if self.status == 200 else None


@dataclass(frozen=True, slots=True)
class Opening:
    """What the org said of itself.

    ``describe`` is None where it was not asked along. ``headers`` are those of the answer that is the last to
    know the time and the day's calls.
    """

    organization: Part
    limits: Part
    describe: Part | None
    headers: Mapping[str, str] = field(repr=False)

    def org(self) -> Mapping[str, Any]:
        """Return the record of Organization; empty where the user may not see it."""
        records = _records(self.organization)
        return records[0] if records else {}

    def org_id(self, identity_url: str) -> str:
        """Return the id of the org, which is in the identity address too; empty where neither tells it."""
        return str(self.org().get("Id") or org_of(identity_url))


@dataclass(frozen=True, slots=True)
class Opener:
    """Asks one org. ``version`` is that of the API (``67.0``), ``where`` the address for messages."""

    sender: Sender
    version: str
    where: str
    sobject: str

    @property
    def base(self) -> str:
        """The path of the API version."""
        return f"/services/data/v{self.version}"

    async def ask(self) -> Opening:
        """Return what the org says of itself.

        Three questions go as one ``composite/batch``: one request that leaves, of which the org counts the
        parts (facts §3.2). Where it is refused or cannot be read, they go one by one, the describe when it is
        needed. Raises TargetError when nobody answers, or the session is refused.
        """
        paths = [
            f"query/?q={quote(ORGANIZATION)}",
            "limits",
            f"sobjects/{quote(self.sobject, safe='')}/describe",
        ]
        body = {"batchRequests": [{"method": "GET", "url": f"v{self.version}/{path}"} for path in paths]}
        request = Request(
            "POST", f"{self.base}/composite/batch", body=encode(body), headers=HEADERS, creates=False,
            purpose=f"read Organization, limits, {self.sobject}",
        )  # fmt: skip
        answer = await self.sender.send(request)
        if not isinstance(answer, Answered):
            raise undelivered(self.where, answer)
        if answer.status == 401:
            raise not_accepted(self.where, answer)
        parts = read_batch(answer, len(paths))
        if parts is not None:
            # A failure that may pass is asked about anew by who needs the answer.
            describe = parts[2] if parts[2].status < 500 else None
            return Opening(parts[0], parts[1], describe, answer.headers)
        return await self._one_by_one()

    async def _one_by_one(self) -> Opening:
        answer = await self._query(ORGANIZATION, "read Organization")
        return Opening(_part(answer), await self._limits(), None, answer.headers)

    async def user_named(self, username: str) -> str:
        """Return the id of a user, for sign-ins that do not tell it; empty where nobody does.

        Raises TargetError.
        """
        if not username:
            return ""
        question = f"SELECT Id FROM User WHERE Username = {text_literal(username)}"
        records = _records(_part(await self._query(question, "read user")))
        return full_id(str(records[0].get("Id") or "")) if records else ""

    async def _query(self, soql: str, purpose: str) -> Answered:
        answer = await read(self.sender, f"{self.base}/query/?q={quote(soql)}", purpose, self.where)
        if answer.status == 401:
            raise not_accepted(self.where, answer)
        return answer

    async def _limits(self) -> Part:
        try:
            answer = await read(self.sender, f"{self.base}/limits", "read limits", self.where)
        except TargetError:
            return Part(0, None)
        return _part(answer)


def read_batch(answer: Answered, count: int) -> list[Part] | None:
    """Return the answers in that of a ``composite/batch``; None where it is refused, or has not ``count``."""
    document = decode(answer.body) if answer.status == 200 else None
    results = document.get("results") if isinstance(document, dict) else None
    if not isinstance(results, list) or len(results) != count:
        return None
    parts = [
        Part(each["statusCode"], each.get("result"))
        for each in results
        if isinstance(each, dict) and isinstance(each.get("statusCode"), int)
    ]
    return parts if len(parts) == count else None


def _records(part: Part) -> list[Mapping[str, Any]]:
    records = part.good.get("records") if isinstance(part.good, dict) else None
    return [each for each in records if isinstance(each, dict)] if isinstance(records, list) else []


def _part(answer: Answered) -> Part:
    return Part(answer.status, decode(answer.body))


def unknown_org(host: str) -> TargetError:
    """Return the error for an org that does not say which one it is."""
    return TargetError(
        "UNKNOWN_ORG",
        f"{host} does not say which org it is.",
        "Give the user access to Organization, or set system_id in the connection.",
    )


def org_of(identity_url: str) -> str:
    """Return the org id in an identity address ``…/id/{org}/{user}``, empty when there is none."""
    return _identity(identity_url)[0]


def user_of(identity_url: str) -> str:
    """Return the user id in an identity address, empty when there is none."""
    return _identity(identity_url)[1]


def _identity(identity_url: str) -> tuple[str, str]:
    parts = urlsplit(identity_url).path.strip("/").split("/")
    return (parts[1], full_id(parts[2])) if len(parts) == 3 and parts[0] == "id" else ("", "")
