"""Rounds, medians, and the table of results."""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tests.benchmarks.children import Spent

A = TypeVar("A")

NOISE = 0.10
"""Share of the machine that other programs may use in a round; a louder round is done again."""
STAT = Path("/proc/stat")


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the table: a ratio (or seconds), its spread over the rounds, what was held against what.

    ``must`` and ``aim`` are lower limits when ``at_least``, else upper ones; None where nothing is asked.
    ``value`` is None where nothing was measured; ``detail`` says why.
    """

    name: str
    value: float | None
    spread: tuple[float, float]
    detail: str
    must: float | None = None
    aim: float | None = None
    at_least: bool = False

    @property
    def met(self) -> bool:
        """Whether the must holds."""
        if self.must is None or self.value is None:
            return True
        return self.value >= self.must if self.at_least else self.value <= self.must


def compared(
    name: str,
    pairs: Iterable[tuple[float, float]],
    detail: str,
    *,
    must: float | None = None,
    aim: float | None = None,
    at_least: bool = False,
) -> Result:
    """Return the median of the ratios first/second of the rounds, as a result."""
    ratios = sorted(first / second for first, second in pairs)
    return Result(name, statistics.median(ratios), (ratios[0], ratios[-1]), detail, must, aim, at_least)


def measured(
    name: str, values: Iterable[float], detail: str, *, must: float | None = None, aim: float | None = None
) -> Result:
    """Return the median of ``values`` (seconds, megabytes, calls), of which less is better, as a result."""
    found = sorted(values)
    return Result(name, statistics.median(found), (found[0], found[-1]), detail, must, aim)


def left_out(name: str, why: str) -> Result:
    """Return a line without a value, and ``why`` it has none."""
    return Result(name, None, (0.0, 0.0), why)


def median(values: Iterable[float]) -> float:
    """Return the median of ``values``."""
    return statistics.median(values)


def interleaved(
    rounds: int, programs: Sequence[Callable[[], A]], spent: Callable[[A], float], *, most: int | None = None
) -> tuple[list[tuple[A, ...]], str]:
    """Let ``programs`` take turns, A B A B …, for ``rounds`` quiet rounds; return what each gave in each round,
    and a warning where they were not quiet.

    ``spent`` tells the CPU seconds that one program and its server took. A round in which others used more
    than NOISE of the machine is done again, up to ``most`` rounds in all (twice ``rounds`` by default); then
    the quietest ones are taken.
    """
    done: list[tuple[float, tuple[A, ...]]] = []
    most = 2 * rounds if most is None else most
    while len(done) < most and sum(noise <= NOISE for noise, _found in done) < rounds:
        before = _busy()
        found = tuple(program() for program in programs)
        done.append((_others(before, _busy(), sum(map(spent, found))), found))
    taken = sorted(done, key=lambda entry: entry[0])[:rounds]
    loudest = taken[-1][0]
    warning = f"; noisy: others used up to {loudest:.0%} of the machine" if loudest > NOISE else ""
    return [found for _noise, found in taken], warning


def _busy() -> tuple[float, float] | None:
    """Return the CPU seconds that all programs have used, and those there were; None where nobody tells."""
    if not STAT.exists():
        return None
    ticks = [int(text) for text in STAT.read_text(encoding="ascii").splitlines()[0].split()[1:9]]
    second = os.sysconf("SC_CLK_TCK")
    idle = ticks[3] + ticks[4]
    return (sum(ticks) - idle) / second, sum(ticks) / second


def _others(before: tuple[float, float] | None, after: tuple[float, float] | None, own: float) -> float:
    """Return the share of the machine that programs other than our own have used."""
    if before is None or after is None or after[1] <= before[1]:
        return 0.0
    return max(0.0, (after[0] - before[0] - own) / (after[1] - before[1]))


def cpu_of(program: Spent) -> float:
    """Return the CPU seconds of a program that has no server beside it."""
    return program.cpu


def line_of(found: Result) -> str:
    """Return ``found`` as a line of the table."""
    sign = "≥" if found.at_least else "≤"
    must, aim = (f"{sign} {limit:g}" if limit is not None else "" for limit in (found.must, found.aim))
    verdict = "" if found.met else " **missed**"
    value, spread = "–", ""
    if found.value is not None:
        low, high = found.spread
        value, spread = f"{found.value:.3g}{verdict}", f"{low:.3g}–{high:.3g}"
    cells = (found.name, value, spread, must, aim, found.detail)
    return f"| {' | '.join(cells)} |"


def table_of(results: list[Result], heading: str) -> str:
    """Return ``results`` as a Markdown table."""
    head = "| line | value | spread | must | aim | |\n|---|---|---|---|---|---|"
    return "\n".join(("", heading, "", head, *map(line_of, results)))
