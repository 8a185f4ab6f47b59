"""How ids of records look, and their one spelling.

Salesforce: 15 characters, or 18 with a checksum of their letter case (facts: salesforce.md §9). IBM: a GUID,
in capitals and braces as creates answer it; both forms are taken (facts: ibm-case-manager.md §6).
"""

from __future__ import annotations

import re

_SALESFORCE = re.compile(r"[0-9A-Za-z]{15}(?:[A-Z0-5]{3})?")
_CHECKSUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_GUID = re.compile(r"\{?([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})\}?")


def full_id(record_id: str) -> str:
    """Return an id with its checksum: tools that ignore letter case merge distinct ids of 15 characters."""
    if len(record_id) != 15:
        return record_id
    return record_id + "".join(map(_check_character, (record_id[:5], record_id[5:10], record_id[10:])))


def salesforce_id(text: str) -> str | None:
    """Return the id in ``text`` with its 18 characters; None when it is none, or its checksum is wrong."""
    if _SALESFORCE.fullmatch(text) is None:
        return None
    whole = full_id(text[:15])
    return whole if text in (whole, text[:15]) else None


def guid(text: str) -> str | None:
    """Return the GUID in ``text`` in capitals and braces; None when it is none. Its braces may be missing."""
    found = _GUID.fullmatch(text)
    if found is None or text.startswith("{") != text.endswith("}"):
        return None
    return f"{{{found[1].upper()}}}"


def _check_character(block: str) -> str:
    return _CHECKSUM[sum(1 << place for place, letter in enumerate(block) if "A" <= letter <= "Z")]
