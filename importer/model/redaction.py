"""Texts that name a row's values by their columns, so that they can be stored without them (promise P7)."""

from __future__ import annotations

import re
from collections.abc import Mapping

_MARK = re.compile("⟦([^⟦⟧]*)⟧")
SHORTEST = 2
"""Values of fewer characters are left in a text: replacing every ``1`` would only make it unreadable."""


def redact(text: str, values: Mapping[str, str]) -> str:
    """Return ``text`` with each of ``values`` (name → value) replaced by ``⟦name⟧``, longest value first."""
    text = text.replace("⟦", "[[").replace("⟧", "]]")
    present = [(name, value) for name, value in values.items() if len(value) >= SHORTEST and value in text]
    if not present:
        return text
    names = {value: name for name, value in reversed(present)}
    longest_first = sorted(names, key=len, reverse=True)
    pattern = re.compile("|".join(re.escape(value) for value in longest_first))
    return pattern.sub(lambda found: f"⟦{_name(names[found.group()])}⟧", text)


def restore(text: str, values: Mapping[str, str]) -> str:
    """Return ``text`` with every ``⟦name⟧`` of ``values`` replaced by its value; other marks stay."""
    if "⟦" not in text:
        return text
    by_name = {_name(name): value for name, value in values.items()}
    return _MARK.sub(lambda found: by_name.get(found.group(1), found.group()), text)


def _name(name: str) -> str:
    return name.replace("⟦", "(").replace("⟧", ")")
