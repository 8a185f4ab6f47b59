"""One thing that is wrong with a connection."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a connection: the key (None: the whole table), and a sentence."""

    key: str | None
    text: str
