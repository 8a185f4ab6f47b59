"""The path of a run, chosen from numbers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from importer.model.offer import Offer
from importer.preflight.plan import Load, Tempo, choose, duration, sentence

SINGLE = Offer("single", calls_left=90_000)
COLLECTIONS = Offer("collections", from_rows=50, call_rows=200, call_bytes=50_000_000, calls_left=90_000)
BULK = Offer(
    "bulk", from_rows=2_000, job_calls=20, job_rows=10_000_000, job_bytes=100_000_000,
    calls_left=90_000, rows_left=150_000_000, updates=False, waves=False, job_seconds=30.0,
)  # fmt: skip
ALL = (SINGLE, COLLECTIONS, BULK)
TEMPO = Tempo(50.0, 10)


@pytest.mark.parametrize(
    ("load", "path", "calls"),
    [
        (Load(0), "single", 0),
        (Load(1), "single", 1),
        (Load(49), "single", 49),
        (Load(50), "collections", 1),
        (Load(201), "collections", 2),
        (Load(1_999), "collections", 10),
        (Load(2_000), "bulk", 20),
        (Load(200_000), "bulk", 20),
        (Load(200_000, 250_000_000), "bulk", 60),  # three jobs of 100 MB
        (Load(25_000_000), "bulk", 60),  # three jobs of 10 million rows
        (Load(20_000, updates=True), "collections", 100 + 50),  # and 50 questions of 400 keys
        (Load(20_000, parents=True), "collections", 100),
        (Load(60, 120_000_000), "collections", 3),  # bytes count more than rows
        (Load(60, 50_000_000 * 60), "collections", 60),  # but a row needs no more than a call
    ],
)
def test_auto(load: Load, path: str, calls: int):
    """auto takes the path for the most rows that may carry the load; calls are counted as they leave."""
    plan = choose(load, ALL, "auto", TEMPO)
    assert (plan.path, plan.calls) == (path, calls + SINGLE.opening if calls else 0)
    assert plan.fits


@pytest.mark.parametrize(
    ("load", "left", "path", "says"),
    [
        # collections would be the choice; its calls are spent, a job takes few
        (Load(1_000), {"collections": 8}, "bulk", "collections would take 9 of 8 calls left today; bulk takes 20 calls"),
        # bulk would be the choice, and takes no more rows today
        (Load(9_000), {"bulk rows": 500}, "collections", "bulk takes 500 more rows today, the file has 9,000"),
        # nothing has the room: the first choice goes as far as it can
        (Load(9_000), {"single": 3, "collections": 3, "bulk": 3}, "bulk", "no other path has the room"),
        # what forbids a path forbids it as a way out too
        (Load(1_000, updates=True), {"collections": 8, "single": 8}, "collections", "no other path has the room"),
    ],
)  # fmt: skip
def test_a_spent_allowance(load: Load, left: dict[str, int], path: str, says: str):
    """Where an allowance is spent, another path is taken, and the reason has the numbers."""
    offers = [
        replace(
            offer,
            calls_left=left.get(offer.name, offer.calls_left),
            rows_left=left.get(f"{offer.name} rows", offer.rows_left),
        )
        for offer in ALL
    ]
    plan = choose(load, offers, "auto", TEMPO)
    assert plan.path == path and says in plan.reason
    assert plan.fits == ("no other path" not in says)


def test_the_reason_has_the_numbers_of_the_others():
    """A person sees what the other paths would have cost, and why they were not taken."""
    assert choose(Load(200), ALL, "auto", TEMPO).reason == (
        "200 rows take 1 call; single 200, bulk 20; bulk from 2,000 rows on"
    )
    assert "bulk not with on_match: update" in choose(Load(5_000, updates=True), ALL, "auto", TEMPO).reason
    parents = choose(Load(5_000, parents=True), ALL, "auto", TEMPO).reason
    assert "bulk not with rows that point to parents in the same file" in parents
    assert choose(Load(5), [SINGLE], "auto", TEMPO).reason == "the only path"


def test_via():
    """A named path is taken as told, also where auto would not; one that is not there is refused."""
    plan = choose(Load(10_000), ALL, "single", TEMPO)
    assert (plan.path, plan.calls, plan.reason) == ("single", 10_000 + SINGLE.opening, "as told by --via")
    with pytest.raises(ValueError, match="tree"):
        choose(Load(1), ALL, "tree", TEMPO)


def test_share_of_the_budget():
    """The share is of what is left today; unknown stays unknown, nothing left is all of it."""
    [known, spent, unknown] = [
        choose(Load(96), [replace(SINGLE, calls_left=left)], "auto", TEMPO) for left in (1_000, 0, None)
    ]
    assert (known.budget_share, spent.budget_share, unknown.budget_share) == (0.1, 1.0, None)
    assert (known.fits, spent.fits, unknown.fits) == (True, False, True)
    assert "100 calls of 1,000 left today (10.0%)" in sentence(known, 96)
    assert "left today" not in sentence(unknown, 96)
    assert sentence(choose(Load(0), ALL, "auto", TEMPO), 0) == "Plan: nothing to send."


def test_time():
    """The time is the longer of what the rate allows and what the server may need beside each other."""
    slow = replace(SINGLE, row_seconds=2.0)
    assert choose(Load(996), [SINGLE], "auto", TEMPO).seconds == 20.0  # 1,000 calls at 50/s
    assert choose(Load(1_000), [slow], "auto", TEMPO).seconds == 200.0  # ten at a time
    assert choose(Load(1), [slow], "auto", TEMPO).seconds == 2.0  # and never more at a time than there are
    assert choose(Load(200_000), ALL, "bulk", TEMPO).seconds == 30.0


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.2, "1 s"), (89.5, "90 s"), (91, "2 min"), (3_600, "60 min"), (5_400, "2 h"), (90_000, "25 h")],
)
def test_durations(seconds: float, said: str):
    """Times are said as people say them, rounded up."""
    assert duration(seconds) == said
