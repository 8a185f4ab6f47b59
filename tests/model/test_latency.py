"""Times to an answer by steps: a time and its step agree within a twentieth, shares are read from counts."""

import random

from importer.model.latency import GROWTH, STEPS, quantile, seconds_of, step_of


def test_a_step_says_a_time_within_a_twentieth() -> None:
    """From a millisecond to twenty minutes; what is beyond falls into the first and the last step."""
    rng = random.Random(5)
    for _ in range(2000):
        seconds = 10 ** rng.uniform(-2.99, 3)
        assert abs(seconds_of(step_of(seconds)) / seconds - 1) <= GROWTH**0.5 - 1 + 1e-9, seconds
    assert step_of(0.0) == step_of(-1.0) == 0 and step_of(1e9) == STEPS - 1


def test_shares_of_counted_times() -> None:
    """The median and the slowest twentieth of times that are known, within the width of a step."""
    rng = random.Random(6)
    times = sorted(rng.lognormvariate(-1, 0.7) for _ in range(5000))
    counts: dict[int, int] = {}
    for each in times:
        counts[step_of(each)] = counts.get(step_of(each), 0) + 1
    for share in (0.5, 0.95, 1.0):
        found = quantile(counts, share)
        true = times[max(0, round(share * len(times)) - 1)]
        assert found is not None and abs(found / true - 1) < 0.06
    assert quantile({}, 0.5) is None and quantile({3: 0}, 0.5) is None
