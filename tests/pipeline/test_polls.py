"""When a job is asked about: its end is noticed soon, with few questions."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from importer.pipeline.polls import FIRST_PAUSE, LONGEST_PAUSE, Look

ROWS = 50_000


def steady(at: float, seconds: float) -> int:
    """Rows are worked on one by one."""
    return int(ROWS * min(at / seconds, 1.0))


def batches(at: float, seconds: float) -> int:
    """The server tells of whole batches of 10,000."""
    return steady(at, seconds) // 10_000 * 10_000


def queued(at: float, seconds: float) -> int:
    """The job waits for half of its time."""
    return steady(max(at - seconds / 2, 0), seconds / 2)


def told_nothing(_at: float, _seconds: float) -> None:
    """No count at all."""
    return


@pytest.mark.parametrize("seconds", [3.0, 50.0, 600.0, 7200.0])
@pytest.mark.parametrize(
    ("progress", "late", "asked"),
    [(steady, 0.01, 12), (batches, 0.1, 20), (queued, 0.06, 24), (told_nothing, 0.4, 16)],
)
def test_the_end_is_noticed(
    progress: Callable[[float, float], int | None], late: float, asked: int, seconds: float
) -> None:
    """Late by half a second or a small share of the job's time; half a minute at most, where nothing is told."""
    start = now = 1000.0
    look, questions = Look(start), 0
    while now - start < seconds:
        look = look.next(now, progress(now - start, seconds), ROWS)
        assert FIRST_PAUSE <= look.pause <= LONGEST_PAUSE
        now += look.pause
        questions += 1
    assert now - start - seconds <= max(2 * FIRST_PAUSE, min(late * seconds, LONGEST_PAUSE))
    assert questions <= asked + seconds / LONGEST_PAUSE


def test_a_job_that_stands_still_is_asked_about_ever_more_seldom() -> None:
    """Whether half of its rows were worked on or all of them."""
    for done in (ROWS // 2, ROWS):
        look, now = Look(0.0), 1.0
        for _ in range(60):
            look = look.next(now, done, ROWS)
            now += look.pause
        assert look.pause == LONGEST_PAUSE
