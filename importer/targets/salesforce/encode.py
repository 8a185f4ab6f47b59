"""Neutral values → the JSON body of a create (facts: salesforce.md §0, §2, §4.3)."""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from importer.model.draft import Draft, Named, Scalar
from importer.targets.json_body import encode

CLIENT: Mapping[str, str] = MappingProxyType({"Sforce-Call-Options": "client=case-importer"})
"""The client's name in the org's logs; jobs take it too ([doc] BG: Sforce Call Options Header)."""


def payload(draft: Draft) -> dict[str, object]:
    """Return the body of ``POST /sobjects/{sObject}`` (or of the PATCH of a record) for ``draft``.

    A record that is named by an external id stands under its relationship (facts §6, RG:dome_upsert).
    """
    values = draft.written()
    body = {
        name: value if (form := _FORMS.get(value.__class__)) is None else form(value)
        for name, value in values.items()
    }
    return body if Named not in map(type, values.values()) else _by_relation(body)


def _by_relation(body: Mapping[str, object]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in body.items():
        if isinstance(value, Named):
            relation, _, key = value.head.partition(".")
            found[relation] = {key: str(value)}
        else:
            found[name] = value
    return found


class Bodies:
    """The bodies of drafts, each encoded once as a rule: what is sent of a row is what its digest is of.

    ``of`` encodes a draft when it is considered, ``taken`` gives the same bytes when it is sent. What is kept
    in between is bounded: a large body, and the oldest of many, is encoded again.
    """

    MOST = 4000
    LARGE = 2048

    def __init__(self) -> None:
        self._waiting: OrderedDict[int, tuple[Draft, bytes]] = OrderedDict()

    def of(self, draft: Draft) -> bytes:
        """Return the JSON that goes out for ``draft``."""
        body = encode(payload(draft))
        if len(body) < self.LARGE:
            self._waiting[draft.row] = (draft, body)
            if len(self._waiting) > self.MOST:
                self._waiting.popitem(last=False)
        return body

    def taken(self, draft: Draft) -> bytes:
        """Return the same for a draft that is sent now; one that was completed since is encoded anew."""
        known = self._waiting.pop(draft.row, None)
        return known[1] if known is not None and known[0] is draft else encode(payload(draft))


def create_headers(options: Mapping[str, object]) -> dict[str, str]:
    """Return the headers of a create for the mapping's ``options``.

    REST runs the active assignment rule unless told not to, and it overwrites the owner
    (RG:headers_autoassign); here it is off unless the mapping says ``assignment_rule: on`` or an id.
    """
    rule = str(options.get("assignment_rule", "off"))
    headers = {
        "Content-Type": "application/json",
        "Sforce-Auto-Assign": {"off": "FALSE", "on": "TRUE"}.get(rule, rule),
        "Sforce-Mru": "updateMru=false",
        **CLIENT,
    }
    if options.get("duplicates") == "allow":
        headers["Sforce-Duplicate-Rule-Header"] = "allowSave=true"
    return headers


def _joined(values: tuple[Scalar, ...]) -> str:
    return ";".join(str(_scalar(item)) for item in values if item is not None)


def _moment(value: dt.datetime) -> str:
    precision = "milliseconds" if value.microsecond else "seconds"
    utc = value if value.tzinfo is dt.UTC else value.astimezone(dt.UTC)
    return utc.isoformat(timespec=precision).removesuffix("+00:00") + "Z"


_FORMS: Mapping[type, Callable[[Any], object]] = {
    dt.datetime: _moment,
    dt.date: dt.date.isoformat,
    tuple: _joined,
}
"""What is written otherwise than as it is."""


def _scalar(value: Scalar) -> object:
    form = _FORMS.get(value.__class__)
    return value if form is None else form(value)
