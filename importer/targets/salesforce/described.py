"""What an org says of its sObjects: the schema of the one that is loaded, fields of those it refers to."""

from __future__ import annotations

import time
from urllib.parse import quote

from importer.model.draft import Lookup
from importer.model.errors import Exit, TargetError
from importer.model.schema import Schema
from importer.targets.delivering import read
from importer.targets.json_body import decode
from importer.targets.salesforce.answers import read_errors
from importer.targets.salesforce.codes import Verdict, meaning_of
from importer.targets.salesforce.describe import read_schema
from importer.targets.salesforce.named import key_of, relation_of
from importer.targets.salesforce.opening import Part
from importer.targets.salesforce.session import not_accepted
from importer.transport.delivery import Sender
from importer.transport.signin import SignIn

SCHEMA_LIFE = 600.0
"""Seconds for which a describe is believed: a run asks once, a service that runs for weeks anew."""
PASSING = frozenset({Verdict.LATER, Verdict.AGAIN, Verdict.AGAIN_ROW, Verdict.UNKNOWN})


class Described:
    """Describes of one org, each asked for once in a while. ``base`` is the path of the API version."""

    def __init__(self, sender: Sender, base: str, sign_in: SignIn, sobject: str) -> None:
        self._sender = sender
        self._base = base
        self._sign_in = sign_in
        self._sobject = sobject
        self._schema: tuple[float, Schema] | None = None
        self._told: tuple[float, Part] | None = None
        self._related: dict[str, object] = {}

    def tell(self, part: Part) -> None:
        """Take the describe of the sObject from what the org has said of itself."""
        self._told = (time.monotonic(), part)

    async def schema(self) -> Schema:
        """Return the schema of the sObject. Raises TargetError when there is none."""
        if self._schema is None or time.monotonic() - self._schema[0] > SCHEMA_LIFE:
            told, self._told = self._told, None
            if told is None or time.monotonic() - told[0] > SCHEMA_LIFE:
                told = (time.monotonic(), await self._describe(self._sobject))
            self._schema = (told[0], schema_of(self._sobject, told[1]))
        return self._schema[1]

    async def head(self, name: str, lookup: Lookup) -> str | None:
        """Return ``Account.Ext__c`` where a create may name the record so (facts §6). Raises TargetError."""
        relation = relation_of((await self.schema()).find(name), lookup)
        if relation is None:
            return None
        if lookup.object not in self._related:
            self._related[lookup.object] = (await self._describe(lookup.object)).good
        key = key_of(self._related[lookup.object], lookup.by)
        return None if key is None else f"{relation}.{key}"

    async def _describe(self, sobject: str) -> Part:
        where = self._sign_in.base_url
        path = f"{self._base}/sobjects/{quote(sobject, safe='')}/describe"
        answer = await read(self._sender, path, f"describe {sobject}", where)
        if answer.status == 401:
            raise not_accepted(where, answer)
        return Part(answer.status, decode(answer.body))


def schema_of(sobject: str, part: Part) -> Schema:
    """Return the schema in the answer to a describe. Raises TargetError: none, or none for now (exit 5)."""
    if isinstance(part.good, dict):
        return read_schema(part.good)
    errors = read_errors(part.document)
    said = f"{errors[0].code}: {errors[0].text}" if errors else f"HTTP status {part.status}"
    meaning = meaning_of(errors[0].code, errors[0].text) if errors else None
    if part.status >= 500 or (meaning is not None and meaning.verdict in PASSING):
        daily = meaning is not None and meaning.verdict is Verdict.LATER
        remedy = "Run the same command again when the 24 hours have moved on." if daily else "Try later."
        raise TargetError("DESCRIBE_LATER", f"describe {sobject} failed ({said}).", remedy, exit=Exit.LATER)
    if meaning is not None and meaning.verdict is Verdict.STOP and errors[0].code not in NOT_THERE:
        raise TargetError("DESCRIBE_REFUSED", f"describe {sobject} was refused ({said}).", meaning.message)
    raise TargetError(
        "NO_SUCH_OBJECT",
        f"The org has no sObject {sobject} that this user can see ({said}).",
        "Check object in the mapping, and the user's rights.",
    )


NOT_THERE = frozenset({"NOT_FOUND", "INVALID_TYPE"})
"""Codes that say that an sObject does not exist or is hidden from the user (facts §7)."""
