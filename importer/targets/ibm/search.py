"""The ways of searching for cases: CASEREST v2 ``/instances`` and Content Services GraphQL (facts §4.5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote

from importer.targets.delivering import unreachable
from importer.targets.ibm.answers import read_message, shorten
from importer.targets.ibm.cesql import Key, as_text, condition
from importer.targets.ibm.hits import FIELDS, SIZE, Hits, UnreadableError, read_instances, read_objects
from importer.targets.json_body import decode, encode
from importer.transport.delivery import Answered, NotSent, Request, Sender

HEADERS = {"Content-Type": "application/json", "Accept": "application/json"}
PASSING = (429, 502, 503, 504)
"""Statuses that say nothing about the question: it can be asked again later."""
TOGETHER = 20
"""Keys in one GraphQL question."""
SAMPLE = 10
"""Cases among which one with a key is looked for."""


class Search(Protocol):
    """Looks for cases of one type by the property that carries the key."""

    async def by_key(self, keys: Sequence[Key]) -> Hits:
        """Return the cases that have one of ``keys``.

        Raises TargetError when nobody can be asked now, UnreadableError when asking is of no use.
        """
        ...

    async def newest(self) -> Hits:
        """Return a few cases of the type, the newest first. Raises as ``by_key`` does."""
        ...


@dataclass(frozen=True, slots=True)
class Searched:
    """What is searched: the object store, the case type, the property that carries the key."""

    object_store: str
    case_type: str
    match: str


class InstancesSearch:
    """v2: one question a key, in the one form that IBM's Swagger shows.

    ``operator`` is the word for equality: no document names it (facts §4.5).
    """

    def __init__(self, sender: Sender, where: str, searched: Searched, operator: str) -> None:
        self._sender = sender
        self._where = where
        self._searched = searched
        self._operator = operator
        self._path = f"/instances?TargetObjectStore={quote(searched.object_store, safe='')}"

    async def by_key(self, keys: Sequence[Key]) -> Hits:
        """Return the cases that have one of ``keys``; what is found twice stands there twice."""
        hits = Hits()
        for key in keys:
            name = self._searched.match
            asked = {"name": name, "operator": self._operator, "value": as_text(key)}
            hits += await self._ask({"conditions": [asked], "andSearch": True, "size": SIZE})
        return hits

    async def newest(self) -> Hits:
        """Return a few cases of the type, the newest first."""
        return await self._ask({"sort": [{"field": "DateCreated", "order": "DESC"}], "size": SAMPLE})

    async def _ask(self, question: dict[str, object]) -> Hits:
        match = self._searched.match
        fields = [*FIELDS, match]
        body = encode({"caseTypeList": [self._searched.case_type], "fields": fields, **question})
        return read_instances(await _asked(self._sender, self._path, body, self._where), match)


QUERY = """query cases($store: String!, $type: String!, $where: String!, $names: [String!], $size: Int) {
  repositoryObjects(
    repositoryIdentifier: $store, from: $type, where: $where, orderBy: "DateCreated DESC", pageSize: $size
  ) {
    independentObjects { properties(includes: $names) { id label value } }
    pageInfo { token }
  }
}"""
"""Values stand in variables, never in the text. The symbolic name of a property is its ``id`` (IBM, *Generic
repository object searches*, Content Cortex 26.0); IBM's own client reads ``label``."""


class GraphqlSearch:
    """Content Services GraphQL: many keys a question. ``path`` is the endpoint's below the session's."""

    def __init__(self, sender: Sender, where: str, path: str, searched: Searched) -> None:
        self._sender = sender
        self._where = where
        self._path = path
        self._searched = searched

    async def by_key(self, keys: Sequence[Key]) -> Hits:
        """Return the cases that have one of ``keys``."""
        hits = Hits()
        for first in range(0, len(keys), TOGETHER):
            group = keys[first : first + TOGETHER]
            hits += await self._ask(condition(self._searched.match, group), len(group) + SIZE)
        return hits

    async def newest(self) -> Hits:
        """Return a few cases of the type that have a key, the newest first."""
        return await self._ask(f"[{self._searched.match}] IS NOT NULL", SAMPLE)

    async def _ask(self, where: str, size: int) -> Hits:
        searched = self._searched
        variables = {
            "store": searched.object_store,
            "type": searched.case_type,
            "where": where,
            "names": [*FIELDS, searched.match],
            "size": size,
        }
        body = encode({"query": QUERY, "variables": variables})
        return read_objects(await _asked(self._sender, self._path, body, self._where), searched.match)


async def _asked(sender: Sender, path: str, body: bytes, where: str) -> object:
    """Send a question and return the answer's document. Raises TargetError, UnreadableError."""
    request = Request("POST", path, body=body, headers=HEADERS, creates=False, purpose="search cases")
    delivery = await sender.send(request)
    if not isinstance(delivery, Answered):
        passing = not isinstance(delivery, NotSent) or delivery.passing
        raise unreachable(where, delivery.reason, passing=passing)
    if delivery.status in PASSING:
        raise unreachable(where, f"the search answered {delivery.status}", passing=True)
    document = decode(delivery.body)
    if delivery.status != 200:
        raise UnreadableError(f"the search {_refusal(delivery.status, document)}")
    return document


def _refusal(status: int, document: object) -> str:
    message = read_message(document)
    said = f" and says: {shorten(message.text)}" if message is not None else ""
    if status in (401, 403):
        return f"refuses the sign-in (status {status}){said}"
    return f"answered {status}{said}"
