"""The small decisions of a report, as tables: round values, words for numbers, working time."""

import pandas as pd
import pytest

from importer.journal.figures import Figures, Settled, Worked
from importer.journal.records import Stretch
from importer.journal.states import State
from importer.results.report.charts import ticks
from importer.results.report.tables import axis_of, coarser, latencies, progress, thinned, traffic
from importer.results.report.words import rate, rows, share, span, times


@pytest.mark.parametrize(
    ("top", "whole", "expected"),
    [
        (0, True, [0]),
        (1, True, [0, 1]),
        (2, True, [0, 1, 2]),
        (3, True, [0, 1, 2, 3]),
        (421, True, [0, 100, 200, 300, 400]),
        (12, True, [0, 3, 6, 9, 12]),
        (0.11, False, [0, 0.025, 0.05, 0.075, 0.1]),
        (5_000_000, True, [0, 1_000_000, 2_000_000, 3_000_000, 4_000_000, 5_000_000]),
    ],
)
def test_round_values_along_an_axis(top: float, whole: bool, expected: list[float]) -> None:
    """Few, round, from nothing to at most the top; rows are never cut in halves."""
    assert ticks(top, whole=whole) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (span(None), "–"),
        (span(0), "0 s"),
        (span(0.0432), "43 ms"),
        (span(0.9996), "1.0 s"),
        (span(59.9), "1 min"),
        (span(190), "3 min 10 s"),
        (span(3900), "1 h 5 min"),
        (share(1, 3), "33.3 %"),
        (share(1, 1_000_000), "< 0.1 %"),
        (share(999_999, 1_000_000), "> 99.9 %"),
        (share(5, 5), "100 %"),
        (share(0, 0), "0 %"),
        (rows(1), "1 row"),
        (rows(5_000_000), "5\u202f000\u202f000 rows"),
        (rate(0.25), "0.2/s"),
        (rate(49.7), "50/s"),
        (times(0), "never"),
        (times(3), "3 times"),
    ],
)
def test_words(said: str, expected: str) -> None:
    """What is nearly nothing or nearly all is never rounded to it."""
    assert said == expected


def two_legs() -> Figures:
    """A second of work, a night, two seconds of work; then a person settles a row in the evening."""
    return Figures(
        width=1000,
        worked=(Worked(1, 10_000, 11_000), Worked(2, 50_000_000, 50_002_000)),
        progress=(
            Settled(10_000, State.CREATED, 3),
            Settled(50_000_000, State.INVALID, 1),
            Settled(50_001_000, State.CREATED, 2),
            Settled(90_000_000, State.CREATED, 1),
        ),
        attempts={},
        causes=(),
        all_causes=0,
        doubts=(),
        stretches=(
            Stretch(10_000, 11_000, 10, 0, 0, 0, 0, 0, 0, 5, {10: 9, 40: 1}, 1),
            Stretch(50_000_000, 50_001_000, 4, 1, 0, 1, 500, 0, 0, 2, {10: 3}, 2),
            Stretch(50_001_000, 50_002_000, 6, 0, 0, 0, 0, 250, 1, 3, {20: 6}, 2),
        ),
        verdicts=(),
    )


def test_nights_between_legs_are_left_out() -> None:
    """Three seconds of work are three seconds on the axis; what came after a leg stands at its end."""
    figures = two_legs()
    axis = axis_of(figures)
    assert axis.begins == {1: 0.0, 2: 1.0} and axis.end == 3.0
    found = progress(figures, axis)
    assert found.index.tolist() == pytest.approx([0.0, 0.999, 1.999, 2.999, 3.0])
    assert found["created"].tolist() == [0, 3, 3, 5, 6] and found["failed"].tolist() == [0, 0, 1, 1, 1]


def test_requests_by_points_of_time() -> None:
    """Sums, rates and shares of times by point, and over the whole run; a coarser look has the same sums."""
    figures = two_legs()
    axis = axis_of(figures)
    found = traffic(figures.stretches, axis)
    assert found.index.tolist() == [0.0, 1.0, 2.0] and found["calls"].tolist() == [10, 4, 6]
    assert found["paused"].tolist() == [0, 0.5, 0] and found["away"].tolist() == [0, 0, 0.25]
    assert found["answers"].tolist() == [10, 3, 6] and found["at_once"].tolist() == [5, 2, 3]
    assert found["p95"].iloc[0] > found["median"].iloc[0] == found["median"].iloc[1] < found["median"].iloc[2]
    assert latencies(figures.stretches) == {10: 12, 40: 1, 20: 6}
    one = coarser(figures.stretches, axis, 1)
    assert (
        one["calls"].tolist() == [20] and one["seconds"].tolist() == [3.0] and one["at_once"].tolist() == [2]
    )
    assert traffic((), axis).empty


def test_long_tables_are_thinned_and_keep_their_ends() -> None:
    """Twenty of a thousand lines, the first and the last among them."""
    table = pd.DataFrame({"rows": range(1000)})
    picked = thinned(table, 20)["rows"].tolist()
    assert len(picked) == 20 and picked[0] == 0 and picked[-1] == 999
    assert len(thinned(table.head(7), 20)) == 7
