"""What a simulator is started with, and the exceptions it raises."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_UNITS = {"ms": 0.001, "s": 1.0, "": 1.0, "min": 60.0, "m": 60.0, "h": 3600.0}


class SimulatorError(Exception):
    """The simulator cannot start as it was asked to; the text is one line that says why and what to do."""


class SpecError(SimulatorError):
    """A fault or switch is unknown, or its value cannot be read."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to start a simulator.

    ``store`` is the SQLite file that keeps the records (None: in memory, gone at the end); ``port`` 0 takes a
    free one; ``latency`` is in seconds; ``faults`` is a specification as README.md describes it; ``seed``
    None draws one; ``credentials`` None accepts any; ``page_token`` None draws one; ``jwt_key`` is the
    text of a public key or certificate in PEM that JWT bearer assertions must be signed by (None: any).
    """

    store: Path | None = None
    port: int = 0
    latency: float = 0.0
    faults: str = ""
    seed: int | None = None
    credentials: tuple[str, str] | None = None
    page_token: str | None = None
    jwt_key: str | None = None


def duration(text: str) -> float:
    """Read ``50ms``, ``2s``, ``1.5min``, ``2h`` or a bare number of seconds; gives seconds."""
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)(ms|s|min|m|h|)", text.strip())
    if not found:
        raise SpecError(f"{text!r} is not a duration; write 50ms, 2s, 5min or 1h.")
    return float(found[1]) * _UNITS[found[2]]


def credentials(text: str) -> tuple[str, str]:
    """Read ``USER:PASSWORD``; the password may hold further colons."""
    user, colon, password = text.partition(":")
    if not colon or not user or not password:
        raise SpecError("Credentials are written USER:PASSWORD, neither of them empty.")
    return user, password
