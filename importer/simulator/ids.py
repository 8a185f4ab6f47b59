"""Record ids of both systems: Salesforce's 18 characters with a checksum, IBM's GUIDs."""

from __future__ import annotations

import re
import uuid
from functools import lru_cache

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_ID = re.compile(r"[0-9A-Za-z]{15}(?:[A-Z0-5]{3})?")
_GUID = re.compile(r"\{?([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})\}?")

INSTANCE = "Sm0"
"""Characters 4 to 6 of every Salesforce id of the simulator: the instance and a reserved zero."""


def checksum(id15: str) -> str:
    """Return the three characters that make ``id15`` an 18-character id (facts: Salesforce §9)."""
    return _check(id15[:5]) + _check(id15[5:10]) + _check(id15[10:])


@lru_cache(maxsize=4096)
def _check(block: str) -> str:
    """Return the checksum character of five characters."""
    return _CHECK[sum(1 << place for place, char in enumerate(block) if "A" <= char <= "Z")]


def make_id(prefix: str, number: int) -> str:
    """Return the 18-character id of the record ``number`` under a three-character key prefix."""
    digits = ""
    for _ in range(9):
        number, digit = divmod(number, 62)
        digits = _BASE62[digit] + digits
    id15 = prefix + INSTANCE + digits
    return id15 + checksum(id15)


def long_id(text: str) -> str | None:
    """Return the 18-character form of a 15- or 18-character id, or None when it is malformed.

    An 18-character id must carry the checksum of its first 15; its letter case is not repaired.
    """
    if not _ID.fullmatch(text):
        return None
    full = text[:15] + checksum(text[:15])
    return full if text in (full, full[:15]) else None


def make_guid() -> str:
    """Return a new case folder id as create answers print it: upper case, in braces."""
    return "{" + str(uuid.uuid4()).upper() + "}"


def guid(text: str) -> str | None:
    """Return a GUID in its printed form (braces, upper case), or None; braces and case are free on input."""
    found = _GUID.fullmatch(text)
    return "{" + found[1].upper() + "}" if found else None
