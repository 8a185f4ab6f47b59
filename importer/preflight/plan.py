"""What a run will cost and by which path it goes (design §7): a pure function of numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from importer.model.offer import Offer

LOOKED_UP = 400
"""Keys in one question, where records are looked up before they are changed."""


@dataclass(frozen=True, slots=True)
class Load:
    """What is to be sent: rows, their bytes (0: not known), and what forbids a path.

    ``updates``: records that exist are changed. ``parents``: rows point to parents in the same file.
    """

    rows: int
    bytes: int = 0
    updates: bool = False
    parents: bool = False


@dataclass(frozen=True, slots=True)
class Tempo:
    """How fast requests may leave: in a second, and in flight at the same time."""

    per_second: float
    concurrency: int = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """The path a run takes and why; its calls; about how many seconds it lasts.

    ``left`` are today's calls that the run may use, None where nobody tells. ``fits``: no allowance of the
    path is too small. ``opening`` of the calls are not the rows'.
    """

    path: str
    reason: str
    calls: int
    seconds: float
    left: int | None = None
    fits: bool = True
    opening: int = 0

    @property
    def budget_share(self) -> float | None:
        """The share of today's remaining calls that the run takes; above 1 where they do not last."""
        if self.left is None:
            return None
        return round(self.calls / self.left, 4) if self.left > 0 else float(self.calls > 0)

    def as_json(self) -> dict[str, object]:
        """Return the plan as ``check --json`` prints it (design §7)."""
        return {
            "path": self.path,
            "reason": self.reason,
            "calls": self.calls,
            "seconds": self.seconds,
            "budget_share": self.budget_share,
        }


def choose(load: Load, offers: Sequence[Offer], via: str, tempo: Tempo) -> Plan:
    """Return the plan for ``load`` through ``via``: a path's name, or ``auto``.

    ``auto`` takes the path for the most rows (``from_rows``) that may carry the load. Where today's allowance
    of that path is too small, it is the one with the fewest calls that fits. When none does, the first choice
    goes as far as it can. Raises ValueError for a path that is not among ``offers``.
    """
    named = next((offer for offer in offers if offer.name == via), None)
    if via != "auto":
        if named is None:
            raise ValueError(via)
        return _plan(load, named, "as told by --via", tempo)
    if not load.rows:
        return _plan(load, offers[0], "nothing to send", tempo)
    able = [offer for offer in offers if not _forbids(load, offer)] or [offers[0]]
    worth = [offer for offer in able if load.rows >= offer.from_rows] or able[:1]
    first = max(worth, key=lambda offer: offer.from_rows)
    if len(offers) == 1:
        return _plan(load, first, "the only path", tempo)
    short = _shortage(load, first)
    if not short:
        return _plan(load, first, _why(load, first, offers), tempo)
    others = [offer for offer in able if offer is not first and not _shortage(load, offer)]
    if not others:
        return _plan(load, first, f"{short}, and no other path has the room: it goes as far as it can", tempo)
    second = min(others, key=lambda offer: calls_of(load, offer))
    return _plan(load, second, f"{short}; {second.name} takes {_calls(load, second)}", tempo)


def calls_of(load: Load, offer: Offer) -> int:
    """Return how many calls the rows of ``load`` take by ``offer``."""
    if not load.rows:
        return 0
    if offer.job_calls:
        return _jobs(load, offer) * offer.job_calls
    by_rows = math.ceil(load.rows / offer.call_rows)
    by_bytes = math.ceil(load.bytes / offer.call_bytes) if offer.call_bytes else 0
    asked = math.ceil(load.rows / LOOKED_UP) if load.updates else 0
    return max(by_rows, min(by_bytes, load.rows)) + asked


def _jobs(load: Load, offer: Offer) -> int:
    by_rows = math.ceil(load.rows / offer.job_rows) if offer.job_rows else 1
    by_bytes = math.ceil(load.bytes / offer.job_bytes) if offer.job_bytes else 1
    return max(1, by_rows, by_bytes)


def _forbids(load: Load, offer: Offer) -> str:
    if load.updates and not offer.updates:
        return "on_match: update"
    if load.parents and not offer.waves:
        return "rows that point to parents in the same file"
    return ""


def _shortage(load: Load, offer: Offer) -> str:
    """Return why today's allowance of ``offer`` is too small for ``load``; empty when it is not."""
    calls = calls_of(load, offer) + offer.opening
    if offer.calls_left is not None and calls > offer.calls_left:
        return f"{offer.name} would take {calls:,} of {max(0, offer.calls_left):,} calls left today"
    if offer.rows_left is not None and load.rows > offer.rows_left:
        return f"{offer.name} takes {max(0, offer.rows_left):,} more rows today, the file has {load.rows:,}"
    return ""


def _why(load: Load, taken: Offer, offers: Sequence[Offer]) -> str:
    """Return the reason for the first choice, with the calls of the others beside its own."""
    others = [offer for offer in offers if offer is not taken]
    beside = ", ".join(f"{offer.name} {calls_of(load, offer):,}" for offer in others)
    rows = "1 row takes" if load.rows == 1 else f"{load.rows:,} rows take"
    said = f"{rows} {_calls(load, taken)}; {beside}"
    reasons = [f"{offer.name} not with {why}" for offer in others if (why := _forbids(load, offer))]
    reasons += [
        f"{offer.name} from {offer.from_rows:,} rows on"
        for offer in others
        if offer.from_rows > load.rows and not _forbids(load, offer)
    ]
    return "; ".join([said, *reasons])


def _calls(load: Load, offer: Offer) -> str:
    count = calls_of(load, offer)
    return "1 call" if count == 1 else f"{count:,} calls"


def _plan(load: Load, offer: Offer, reason: str, tempo: Tempo) -> Plan:
    calls = calls_of(load, offer)
    whole = calls + offer.opening if calls else 0
    return Plan(
        offer.name,
        reason,
        whole,
        round(_seconds(load, offer, calls, tempo), 1),
        offer.calls_left,
        not _shortage(load, offer) if calls else True,
        offer.opening,
    )


def _seconds(load: Load, offer: Offer, calls: int, tempo: Tempo) -> float:
    """Return the longer of what the rate allows and what the server may need, beside each other."""
    if not calls:
        return 0.0
    by_rate = (calls + offer.opening) / tempo.per_second
    lanes = 1 if offer.job_calls else max(1, min(tempo.concurrency, calls))
    jobs = _jobs(load, offer) * offer.job_seconds if offer.job_calls else 0.0
    return max(by_rate, load.rows * offer.row_seconds / lanes + jobs)


def duration(seconds: float) -> str:
    """Return ``seconds`` as a person says them: ``3 s``, ``12 min``, ``4 h``."""
    if seconds < 90:
        return f"{max(1, math.ceil(seconds))} s"
    if seconds < 90 * 60:
        return f"{math.ceil(seconds / 60)} min"
    return f"{math.ceil(seconds / 3600)} h"


def sentence(plan: Plan, rows: int) -> str:
    """Return the plan for ``rows`` rows as one line for people."""
    if not plan.calls:
        return "Plan: nothing to send."
    share = plan.budget_share
    left = ""
    if share is not None and plan.left is not None:
        percent = f"{share:.1%}" if share >= 0.001 else "less than 0.1%"
        left = f" of {plan.left:,} left today ({percent})"
    counted = "1 row" if rows == 1 else f"{rows:,} rows"
    return (
        f"Plan: {counted} by {plan.path} ({plan.reason}); {plan.calls:,} calls{left}; "
        f"about {duration(plan.seconds)}."
    )
