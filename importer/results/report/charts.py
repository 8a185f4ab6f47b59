"""Charts as small SVG: shapes with class names, coloured by the page's style sheet, read aloud by titles."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 720, 230
LEFT, RIGHT, TOP, BOTTOM = 56, 14, 14, 34
Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Frame:
    """The plane of a chart: seconds from 0 to ``end`` across, 0 to ``top`` upwards; ``show`` words a height.

    ``breaks`` are seconds at which another leg begins; ``whole``: heights are whole numbers.
    """

    end: float
    top: float
    show: Callable[[float], str]
    breaks: Sequence[float] = ()
    whole: bool = False

    def x(self, seconds: float) -> float:
        """Return where a time lies."""
        return LEFT + (WIDTH - LEFT - RIGHT) * min(1.0, seconds / (self.end or 1.0))

    def y(self, value: float) -> float:
        """Return where a value lies."""
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * min(1.0, value / (self.top or 1.0))


def svg(name: str, title: str, text: str, parts: Iterable[str], height: int = HEIGHT) -> str:
    """Return a drawing with the title and the description that a screen reader says."""
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="{name}-t {name}-d">'
        f'<title id="{name}-t">{escape(title)}</title><desc id="{name}-d">{escape(text)}</desc>'
        f"{''.join(parts)}</svg>"
    )


def stacked_bar(parts: Sequence[tuple[str, int]]) -> Iterable[str]:
    """Give one bar of (class name, number), side by side; what is there is never thinner than a line."""
    whole = sum(count for _name, count in parts) or 1
    shown = [(name, max(count / whole, 0.004)) for name, count in parts if count]
    scale = WIDTH / (sum(part for _name, part in shown) or 1)
    place = 0.0
    yield f'<clipPath id="bar"><rect width="{WIDTH}" height="22" rx="5"/></clipPath>'
    yield '<g clip-path="url(#bar)">'
    yield f'<rect class="none" width="{WIDTH}" height="22"/>'
    for name, part in shown:
        yield f'<rect class="{name}" x="{_n(place)}" width="{_n(part * scale)}" height="22"/>'
        place += part * scale
    yield "</g>"


def ground(frame: Frame) -> Iterable[str]:
    """Give the grid, the labels of both axes, and the lines between legs."""
    for value in ticks(frame.top, whole=frame.whole):
        y = _n(frame.y(value))
        yield f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}"/>'
        place = f'x="{LEFT - 8}" y="{_n(frame.y(value) + 4)}"'
        yield f'<text {place} text-anchor="end">{frame.show(value)}</text>'
    unit, word = _unit(frame.end)
    places = [value * unit for value in ticks(frame.end / unit)]
    for seconds in places:
        anchor = "start" if seconds == 0 else "middle"
        yield (
            f'<text x="{_n(frame.x(seconds))}" y="{HEIGHT - BOTTOM + 18}" text-anchor="{anchor}">'
            f"{seconds / unit:g}{' ' + word if seconds == places[-1] else ''}</text>"
        )
    for seconds in frame.breaks:
        x = _n(frame.x(seconds))
        yield f'<line class="break" x1="{x}" x2="{x}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>'


def area(frame: Frame, name: str, upper: Points, lower: Points, width: float) -> str:
    """Return the area between two lines of sums; each grew within the ``width`` seconds before its point."""
    there, back = list(_grown(frame, upper, width)), list(_grown(frame, lower, width))
    points = " ".join(f"{_n(x)},{_n(y)}" for x, y in [*there, *reversed(back)])
    return f'<polygon class="{name}" points="{points}"/>'


def line(frame: Frame, name: str, points: Points) -> str:
    """Return a line through points, or a dot where there is only one."""
    if len(points) == 1:
        [(x, y)] = points
        return f'<circle class="{name} dot" cx="{_n(frame.x(x))}" cy="{_n(frame.y(y))}" r="3"/>'
    text = " ".join(f"{_n(frame.x(x))},{_n(frame.y(y))}" for x, y in points)
    return f'<polyline class="{name} line" points="{text}"/>'


def column(frame: Frame, name: str, since: float, until: float, value: float) -> str:
    """Return a column from the ground up to ``value``."""
    left, right, top = frame.x(since), frame.x(until), frame.y(value)
    wide = max(1.0, right - left - 0.6)
    return (
        f'<rect class="{name}" x="{_n(left)}" y="{_n(top)}" width="{_n(wide)}" '
        f'height="{_n(HEIGHT - BOTTOM - top)}"/>'
    )


def band(frame: Frame, name: str, since: float, until: float) -> str:
    """Return a band over the whole height, at least two wide."""
    left = frame.x(since)
    wide = max(2.0, frame.x(until) - left)
    high = HEIGHT - TOP - BOTTOM
    return f'<rect class="{name}" x="{_n(left)}" y="{TOP}" width="{_n(wide)}" height="{high}"/>'


def level(frame: Frame, name: str, value: float, text: str) -> str:
    """Return a dashed line across at ``value`` with its words above it."""
    y = frame.y(value)
    return (
        f'<line class="{name} level" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{_n(y)}" y2="{_n(y)}"/>'
        f'<text x="{WIDTH - RIGHT}" y="{_n(y - 5)}" text-anchor="end">{escape(text)}</text>'
    )


def ticks(top: float, *, whole: bool = False) -> list[float]:
    """Return up to six round values from 0 to ``top``, apart by whole numbers where that is asked."""
    if top <= 0:
        return [0.0]
    rough = top / 5
    power = 10 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough)
    if whole:
        step = max(1.0, float(math.ceil(step)))
    return [round(number * step, 10) for number in range(int(top / step + 1e-9) + 1)]


def _grown(frame: Frame, points: Points, width: float) -> Iterable[tuple[float, float]]:
    last, before = 0.0, 0.0
    for seconds, value in points:
        if seconds - width > last:
            yield frame.x(seconds - width), frame.y(before)
        yield frame.x(seconds), frame.y(value)
        last, before = seconds, value
    yield frame.x(frame.end), frame.y(before)


def _unit(end: float) -> tuple[float, str]:
    if end < 180:
        return 1.0, "s"
    return (60.0, "min") if end < 3 * 3600 else (3600.0, "h")


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
