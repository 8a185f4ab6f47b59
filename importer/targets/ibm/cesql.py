"""Content Engine SQL: literals, and the questions that a search asks (facts: ibm-case-manager.md §4.5)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

from importer.model.draft import Draft

Key = str | int | Decimal
"""A key as it was sent: what a search can look for."""

SYMBOLIC_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
"""A property's name as IBM makes it (facts §6); nothing else is put between brackets."""

CONSOLE_LIMITS = "OPTIONS(TIMELIMIT 180, COUNT_LIMIT 50)"
"""Seconds and cases after which a console's query ends."""


def key_of(draft: Draft, match: str) -> Key | None:
    """Return the value of the property ``match`` in ``draft``, None when it is no text or number."""
    value = draft.values.get(match)
    if value is None:
        folded = match.casefold()
        value = next((v for name, v in draft.values.items() if name.casefold() == folded), None)
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    return value if not isinstance(value, str) or value.strip() else None


def forms_of(key: Key) -> tuple[Key, ...]:
    """Return ``key`` as it was sent, and as a server stores it that cuts blanks off."""
    if isinstance(key, str) and key != key.strip():
        return (key, key.strip())
    return (key,)


def as_text(key: Key) -> str:
    """Return ``key`` as text; a number with all its digits and without an exponent."""
    return format(key, "f") if isinstance(key, Decimal) else str(key)


def literal(key: Key) -> str:
    """Return ``key`` as a literal: a text in single quotes, with those inside doubled; a number as it is.

    A backslash has no meaning of its own there.
    """
    if not isinstance(key, str):
        return as_text(key)
    quoted = key.replace("'", "''")
    return f"'{quoted}'"


def condition(match: str, keys: Iterable[Key]) -> str:
    """Return the condition that holds for cases with one of ``keys``."""
    return " OR ".join(f"[{match}] = {literal(key)}" for key in keys)


def console_query(case_type: str, match: str, key: Key) -> str:
    """Return the query that a person pastes into the administration console's search."""
    shown = f"[Id], [CmAcmCaseIdentifier], [Creator], [DateCreated], [{match}]"
    return f"SELECT {shown} FROM [{case_type}] WHERE {condition(match, [key])} {CONSOLE_LIMITS}"
