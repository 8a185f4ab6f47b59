"""Records by something else than their id: references of rows, keys that exist (facts: salesforce.md §6)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from importer.model.draft import Draft, Lookup
from importer.model.errors import MappingError
from importer.targets.delivering import unreachable
from importer.targets.json_body import decode, encode
from importer.targets.salesforce.soql import (
    LONGEST_URI,
    Literal,
    chunks,
    key_text,
    query_all,
    refused_query,
    text_literal,
)
from importer.transport.delivery import Answered, Request, Sender

JSON = {"Content-Type": "application/json", "Accept": "application/json"}
IDS_TOGETHER = 2000
"""Ids of one question (facts §3.1, Read)."""
MOST_NUMBERED = 10_000
"""Records of a run whose numbers are asked for: people look at tables of this size. A larger load would pay a
tenth of its collections calls for them."""
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)*")


def worth_numbering(records: int, calls_a_day: int | None) -> bool:
    """Return whether the numbers of ``records`` are asked for: a thousandth of the day's calls may go for it.

    ``calls_a_day`` is None where the org does not tell them.
    """
    calls = -(-records // IDS_TOGETHER)
    return records <= MOST_NUMBERED and (calls_a_day is None or calls * 1000 <= calls_a_day)


@dataclass(frozen=True, slots=True)
class Kind:
    """How records of one kind are asked for: their sObject, and a condition on them."""

    sobject: str
    condition: str = ""


def kind_of(name: str, sobject: str) -> Kind:
    """Return how ``object: name`` of a look-up is asked for; records of ``sobject`` refer to it.

    A queue is a Group; record types belong to one sObject and may be inactive (facts §6).
    """
    folded = name.casefold()
    if folded == "queue":
        return Kind("Group", "Type = 'Queue'")
    if folded == "recordtype":
        return Kind("RecordType", f"SobjectType = '{sobject}' AND IsActive = true")
    return Kind(name)


def question(kind: Kind, by: str, literals: Iterable[str]) -> str:
    """Return the query for the ids of the records whose field ``by`` is one of ``literals``.

    Raises MappingError when the names are not those of an sObject and a field.
    """
    for name in (kind.sobject, by):
        if not _NAME.fullmatch(name):
            raise MappingError(
                "BAD_LOOKUP",
                f"{name!r} in a lookup of the mapping is not the API name of an sObject or field.",
                "Write for example lookup: {object: Account, by: AccountNumber}.",
            )
    condition = f" AND {kind.condition}" if kind.condition else ""
    return f"SELECT Id, {by} FROM {kind.sobject} WHERE {by} IN ({', '.join(literals)}){condition}"


@dataclass(frozen=True, slots=True)
class Finder:
    """Asks one org. ``base`` is the path of the API version, ``where`` the address for messages.

    ``key_literal`` tells how keys of the match property stand in a query.
    """

    sender: Sender
    base: str
    where: str
    sobject: str
    key_literal: Literal = text_literal

    async def resolve(self, lookups: Sequence[Lookup]) -> dict[Lookup, tuple[str, ...]]:
        """Return the ids that each look-up names; values are compared as SOQL does, without letter case.

        Where several records differ from the value only in letter case, the one that is equal is meant.
        Raises TargetError, MappingError.
        """
        groups: dict[tuple[str, str], list[Lookup]] = {}
        for lookup in lookups:
            groups.setdefault((lookup.object, lookup.by), []).append(lookup)
        found: dict[Lookup, tuple[str, ...]] = {}
        for (name, by), members in groups.items():
            records = await self._records(kind_of(name, self.sobject), by, [m.value for m in members])
            found |= {member: _ids(records, by, member.value) for member in members}
        return found

    async def find(self, match: str, drafts: Sequence[Draft], *, fold: bool) -> dict[int, tuple[str, ...]]:
        """Return the ids of the records whose ``match`` has the value of each draft. Raises TargetError."""
        values = {draft.row: draft.values.get(match) for draft in drafts}
        keys = {row: key_text(value) for row, value in values.items() if value is not None}
        there = await self.having(match, list(keys.values()), fold=fold)
        return {row: there.get(key, ()) for row, key in keys.items()}

    async def having(self, match: str, keys: Sequence[str], *, fold: bool) -> dict[str, tuple[str, ...]]:
        """Return the ids of the records whose ``match`` is one of ``keys``, by key. Raises TargetError.

        Keys that no record has are left out. With ``fold``, letter case does not matter.
        """
        by_text: dict[str, list[str]] = {}
        for record in await self._records(Kind(self.sobject), match, keys, self.key_literal):
            by_text.setdefault(_text(record.get(match), fold), []).append(str(record["Id"]))
        found = {key: tuple(by_text.get(_text(key, fold), ())) for key in keys}
        return {key: ids for key, ids in found.items() if ids}

    async def numbers(self, field: str, ids: Sequence[str]) -> dict[str, str]:
        """Return ``field`` of the records with these ids, at most 2,000. Raises TargetError.

        ``POST /composite/sobjects/{sObject}`` reads; ids that cannot be seen give null (facts §3.1).
        """
        body = encode({"ids": list(ids), "fields": ["Id", field]})
        request = Request(
            "POST", f"{self.base}/composite/sobjects/{self.sobject}", body=body, headers=JSON, creates=False,
            purpose=f"read {len(ids)} {self.sobject}",
        )  # fmt: skip
        answer = await self.sender.send(request)
        if not isinstance(answer, Answered):
            raise unreachable(self.where, answer.reason, passing=True)
        document = decode(answer.body)
        if answer.status != 200 or not isinstance(document, list):
            raise refused_query(document, answer.status)
        records = [each for each in document if isinstance(each, dict) and each.get(field)]
        return {str(record["Id"]): str(record[field]) for record in records}

    async def _records(
        self, kind: Kind, by: str, values: Sequence[str], literal_of: Literal = text_literal
    ) -> list[Mapping[str, Any]]:
        question(kind, by, ())
        records: list[Mapping[str, Any]] = []
        for literals in chunks(dict.fromkeys(values), LONGEST_URI - 500, literal_of):
            records += await query_all(self.sender, self.base, question(kind, by, literals), self.where)
        return records


def _ids(records: Sequence[Mapping[str, Any]], by: str, value: str) -> tuple[str, ...]:
    alike = [(_value(record, by), str(record["Id"])) for record in records]
    wanted = _text(value, True)
    alike = [(text, record_id) for text, record_id in alike if _text(text, True) == wanted]
    equal = tuple(record_id for text, record_id in alike if text == value)
    return equal if len(equal) == 1 else tuple(record_id for _, record_id in alike)


def _value(record: Mapping[str, Any], by: str) -> str:
    """Return the value of a field, or of the field of a related record (``Account.Name``)."""
    found: Any = record
    for name in by.split("."):
        folded = {key.casefold(): member for key, member in found.items()} if isinstance(found, dict) else {}
        found = folded.get(name.casefold())
    return "" if found is None else str(found)


def _text(value: object, fold: bool) -> str:
    text = key_text(value).strip()
    return text.casefold() if fold else text
