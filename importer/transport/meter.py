"""What the requests of a connection have met so far: sums alone, so that measuring costs next to nothing."""

from __future__ import annotations

from importer.model.latency import STEPS, step_of


class Meter:
    """Counts how attempts ended: ``lost`` had left and got no answer, ``repeats`` were no first tries."""

    def __init__(self) -> None:
        self.lost = 0
        self.repeats = 0
        self._latencies = [0] * STEPS

    def __repr__(self) -> str:
        return f"<Meter {sum(self._latencies)} answers, {self.lost} lost>"

    def answered(self, seconds: float) -> None:
        """Count an answer that came ``seconds`` after its request had left."""
        self._latencies[step_of(seconds)] += 1

    @property
    def latencies(self) -> tuple[int, ...]:
        """How many answers took how long, by the steps of ``model.latency``."""
        return tuple(self._latencies)
