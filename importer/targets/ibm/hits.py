"""The cases in a search's answer, read from whatever shape they have (facts: ibm-case-manager.md §4.5).

IBM's Swagger leaves the items of v2 ``/instances`` untyped. These shapes are taken, keys in any case:

- ``{"CaseFolderId": …, "DEMO_Key": …}``: properties beside the id;
- ``{"CaseFolderId": …, "Properties": [{"SymbolicName": "DEMO_Key", "Value": …}]}``, also under
  ``CaseProperties``, ``fields``, ``attributes`` or ``data``, also with ``"Data": {"Value": …}``, and with
  ``name``, ``id`` or ``label`` for the symbolic name: the last two are those of GraphQL;
- ``{"CaseFolderId": …, "properties": {"DEMO_Key": … | {"value": …}}}``.

The id is CaseFolderId, else Id, CaseId or FolderId, and must be a GUID. A case without an id, or without the
property that was asked for, makes the whole answer unreadable: nothing is concluded from it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from importer.model.record_id import guid
from importer.targets.ibm.answers import folded, shorten

SIZE = 50
"""Cases that one question asks for; more with the keys that were asked for are not expected."""
FIELDS = ("Id", "CmAcmCaseIdentifier", "Creator", "DateCreated")
"""What a search is asked to show besides the key."""

_IDS = ("casefolderid", "id", "caseid", "folderid")
_CONTAINERS = ("properties", "caseproperties", "fields", "attributes", "data")
_NAMES = ("symbolicname", "name", "id", "label")


class UnreadableError(Exception):
    """The answer is not one from which anything can be concluded; the text says why."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A case that a search shows. ``id`` as a create answers it: braces, upper case; ``key`` as shown."""

    id: str
    key: object
    number: str | None = None
    creator: str = ""
    created: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Hits:
    """The cases of an answer; ``whole`` says that there are no more of them."""

    cases: tuple[Hit, ...] = ()
    whole: bool = True

    def __add__(self, other: Hits) -> Hits:
        return Hits(self.cases + other.cases, self.whole and other.whole)


def read_instances(document: object, match: str) -> Hits:
    """Return the cases in an answer of v2 ``/instances``. Raises UnreadableError."""
    body = folded(document)
    data = folded(body.get("data"))
    items = data.get("cases")
    if not isinstance(items, list):
        raise UnreadableError("the search answered without a list of cases")
    total = next((t for t in (body.get("totalcount"), _total(data)) if isinstance(t, int)), None)
    whole = len(items) >= total if total is not None else len(items) < SIZE
    return Hits(tuple(_hit(item, match) for item in items), whole)


def read_objects(document: object, match: str) -> Hits:
    """Return the cases in an answer of GraphQL ``repositoryObjects``. Raises UnreadableError."""
    body = folded(document)
    errors = body.get("errors")
    if errors:
        first = folded(errors[0]).get("message") if isinstance(errors, list) else None
        raise UnreadableError(f"the search was refused: {shorten(str(first or 'no reason is given'))}")
    found = folded(folded(body.get("data")).get("repositoryobjects"))
    items = found.get("independentobjects")
    if not isinstance(items, list):
        raise UnreadableError("the search answered without a list of cases")
    page = found.get("pageinfo")
    whole = not folded(page).get("token") if page is not None else len(items) < SIZE
    return Hits(tuple(_hit(item, match) for item in items), whole)


def read_case(document: object) -> dict[str, Any]:
    """Return the properties of one case (``GET /case/{id}``) by name in lower case (facts §4.3)."""
    return _pairs(document)


def folder_id(text: object) -> str | None:
    """Return a case folder id as a create answers it, or None; braces and case are free (facts §6)."""
    return guid(text.strip()) if isinstance(text, str) else None


def _total(data: Mapping[str, Any]) -> object:
    return folded(data.get("overview")).get("total")


def _hit(item: object, match: str) -> Hit:
    shown = _pairs(item)
    record_id = next((found for name in _IDS if (found := folder_id(shown.get(name)))), None)
    if record_id is None or match.casefold() not in shown:
        raise UnreadableError("the search answered with a case whose id or key cannot be read")
    number, creator = shown.get("cmacmcaseidentifier"), shown.get("creator")
    return Hit(
        record_id,
        shown[match.casefold()],
        number if isinstance(number, str) and number else None,
        creator if isinstance(creator, str) else "",
        read_time(shown.get("datecreated")),
    )


def _pairs(item: object) -> dict[str, Any]:
    """Return names (folded) and plain values of one case, in any of the shapes above."""
    found: dict[str, Any] = {}
    members = folded(item)
    for name, value in members.items():
        if name in _CONTAINERS and isinstance(value, list | Mapping):
            for inner, plain in _inside(value):
                found.setdefault(inner, plain)
    for name, value in members.items():
        found.setdefault(name, _plain(value))
    return found


def _inside(container: list[Any] | Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    if isinstance(container, Mapping):
        yield from ((str(name).casefold(), _plain(value)) for name, value in container.items())
        return
    members = [folded(member) for member in container]
    for name in _NAMES:  # a label counts only where no property has it as its symbolic name
        for member in members:
            if isinstance(member.get(name), str):
                yield member[name].casefold(), _plain(member)


def _plain(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    inner = folded(value)
    return inner["value"] if "value" in inner else _plain(inner["data"]) if "data" in inner else None


def read_time(value: object) -> dt.datetime | None:
    """Return a datetime of an answer (``2024-05-02T08:00:00Z``, ``20240502T080000Z``), None for others."""
    try:
        found = dt.datetime.fromisoformat(str(value).strip())
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=dt.UTC)
