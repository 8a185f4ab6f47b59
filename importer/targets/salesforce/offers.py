"""The paths of Salesforce as a plan sees them, and how much room an org has left (facts §3, §4.4, §8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from importer.model.offer import Offer, Storage
from importer.targets.salesforce.limits import Budget, read_limits

MB = 1024 * 1024
RECORD_BYTES = 2048
"""Data storage of one record of nearly every object, a case among them ([field]; facts §7)."""

SINGLE = Offer("single", row_seconds=0.2)
"""One create a call. 0.2 s a create is a guess: triggers and flows of the org decide."""


def with_budget(offer: Offer, budget: Budget) -> Offer:
    """Return ``offer`` with today's calls as ``budget`` knows them; what is kept for others is not ours."""
    usage = budget.usage
    if usage is None:
        return offer
    return replace(offer, calls_left=max(0, usage.most - usage.used - budget.kept), calls_most=usage.most)


def read_storage(limits: object) -> Storage | None:
    """Return the data storage in the body of ``GET /limits``, None where it is not there."""
    found = read_limits(limits, "DataStorageMB") if isinstance(limits, Mapping) else None
    return None if found is None else Storage((found.most - found.used) * MB, found.most * MB, RECORD_BYTES)
