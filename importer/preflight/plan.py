"""What a run will cost: path, calls, time (design §7)."""

from __future__ import annotations

from dataclasses import dataclass

from importer.settings import Rate

OVERHEAD = 3
"""Calls besides the rows': sign-in, the system's name, the schema."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The path a run takes and why; its calls; the seconds that the rate alone makes it last."""

    path: str
    reason: str
    calls: int
    seconds: float

    def as_json(self) -> dict[str, object]:
        """Return the plan as ``check --json`` prints it; the share of a daily budget is not known here."""
        return {
            "path": self.path,
            "reason": self.reason,
            "calls": self.calls,
            "seconds": self.seconds,
            "budget_share": None,
        }


def plan(rows: int, via: str, rate: Rate) -> Plan:
    """Return the plan for ``rows`` rows to send through path ``via`` (``auto`` or a path's name)."""
    reason = "one request a row; the only path of this version" if via == "auto" else "as told by --via"
    calls = rows + OVERHEAD if rows else 0
    return Plan("single", reason, calls, round(calls / rate.per_second, 1))
