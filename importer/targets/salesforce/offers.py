"""The paths of Salesforce as a plan sees them, and how much room an org has left (facts §3, §4.4, §8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from importer.model.offer import Offer, Storage
from importer.settings import ConnectionSettings
from importer.targets.salesforce.bulk.load import MOST_BYTES, MOST_ROWS
from importer.targets.salesforce.limits import Budget, read_limits

MB = 1024 * 1024
RECORD_BYTES = 2048
"""Data storage of one record of nearly every object, a case among them ([field]; facts §7)."""

BATCH_ROWS = 10_000
"""Rows of an internal batch of Bulk API 2.0, counted by the day ([doc] BG:bulk_common_limits)."""

OPENING = 2
"""Signing in, and one ``composite/batch`` of what is asked first (opening.py)."""
SINGLE = Offer("single", row_seconds=0.2, opening=OPENING)
"""One create a call. The seconds here are guesses: triggers and flows of the org decide."""
COLLECTIONS = Offer(
    "collections", from_rows=50, call_rows=200, call_bytes=8_000_000, row_seconds=0.01, opening=OPENING
)
"""200 records a call ([doc] RG:resources_composite_sobjects_collections_create).

From 50 rows on: below, single creates take no more than a second at the usual rate, and a refusal or a lost
answer concerns one row.
"""
BULK = Offer(
    "bulk",
    from_rows=2_000,
    job_calls=16,
    job_bytes=MOST_BYTES,
    updates=False,
    waves=False,
    row_seconds=0.002,
    job_seconds=20.0,
    opening=OPENING,
)
"""One job for many rows; Salesforce advises it above about 2,000 ([doc]; facts §3.2).

A job takes about 16 calls: create, upload, close, three results, and polls.
"""


def offers(budget: Budget, limits: object, settings: ConnectionSettings) -> list[Offer]:
    """Return the paths with what is left of them today; ``limits`` is the body of ``GET /limits`` or None."""
    batches = read_limits(limits, "DailyBulkApiBatches") if isinstance(limits, Mapping) else None
    rows_left = None if batches is None else (batches.most - batches.used) * BATCH_ROWS
    several = replace(COLLECTIONS, call_rows=min(settings.collection_rows, COLLECTIONS.call_rows))
    found = (SINGLE, several, replace(BULK, job_rows=min(settings.bulk_rows, MOST_ROWS), rows_left=rows_left))
    return [with_budget(offer, budget) for offer in found]


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
