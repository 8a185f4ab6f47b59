"""Patterns: ``/^P[12]/`` in value maps and conditions, as regular expressions that cannot run away.

Python's ``re`` tries one way after another, which takes years for some pairs of pattern and text. Here all
ways are followed at once (Thompson's construction, made deterministic as texts come): the time grows with the
length of the text alone. So the language has no back references and no look-around.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from importer.mapping.faults import quoted

Matches = Callable[[str], bool]

MAX_PATTERN = 200
"""Characters of a pattern."""
MAX_STEPS = 500
"""Steps of a pattern once its repeats are written out."""
_MAX_REPEAT = 100
MAX_KEPT = 2_000
"""Transitions that are remembered of one pattern; beyond, they are worked out anew."""

SYNTAX: dict[str, str] = {
    ".": "any character",
    "[abc] [a-z] [^0-9]": "one of these characters, one of a range, any but these",
    r"\d \w \s": r"a digit, a letter or digit or `_`, white space; `\D`, `\W`, `\S`: any other",
    r"\. \/ \\": "the sign itself",
    "^ $": "the beginning, the end of the text; without them a pattern may fit anywhere in it",
    "a|b (ab)": "either; a group",
    "? * + {3} {2,5} {2,}": "what stands before: not or once, any number, at least one, so many times",
}
"""What a pattern is made of, for the reference."""


class PatternError(Exception):
    """A pattern is written wrong; the text says what is wrong."""


def is_pattern(text: str) -> bool:
    """Say whether a text of a mapping is a pattern: it stands between slashes."""
    return len(text) > 2 and text.startswith("/") and text.endswith("/")


def pattern_function(text: str) -> Matches:
    """Return the function that says whether a text fits the pattern ``text``, which stands between slashes.

    Upper and lower case differ. Raises PatternError.
    """
    if not is_pattern(text):
        raise PatternError(f'{quoted(text)} is no pattern; write it between slashes: "/^P[12]/"')
    if len(text) > MAX_PATTERN:
        raise PatternError(f"a pattern has at most {MAX_PATTERN} characters")
    return _Machine(_Parser(text[1:-1]).whole()).matches


# From text to a tree


@dataclass(frozen=True, slots=True)
class _Sign:
    """One character that ``test`` accepts."""

    test: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class _Edge:
    """The beginning of the text, or its end."""

    end: bool


@dataclass(frozen=True, slots=True)
class _All:
    """One after the other."""

    parts: tuple[_Tree, ...]


@dataclass(frozen=True, slots=True)
class _Any:
    """One of them."""

    parts: tuple[_Tree, ...]


@dataclass(frozen=True, slots=True)
class _Repeat:
    """``part``, at least ``low`` times and at most ``high``; None: without end."""

    part: _Tree
    low: int
    high: int | None


_Tree = _Sign | _Edge | _All | _Any | _Repeat

_CLASS = re.compile(r"\[\^?(?:\\.|[^\\\[\]])+\]", re.DOTALL)
_COUNT = re.compile(r"\{(\d{1,3})(?:(,)(\d{1,3})?)?\}")
_REPEATS: dict[str, tuple[int, int | None]] = {"?": (0, 1), "*": (0, None), "+": (1, None)}
_LETTERS = frozenset("dDwWsStnr")
_SET_SIGNS = ("--", "&&", "~~", "||")  # words of set operations in Python's next regular expressions


class _Parser:
    """Reads a pattern from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def whole(self) -> _Tree:
        """Return the tree of the whole pattern."""
        tree = self._either()
        if self._peek():
            raise PatternError(r"a ) has no partner; write \) for the sign itself")
        return tree

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _take(self) -> str:
        sign = self._peek()
        self._at += 1
        return sign

    def _either(self) -> _Tree:
        parts = [self._sequence()]
        while self._peek() == "|":
            self._take()
            parts.append(self._sequence())
        return parts[0] if len(parts) == 1 else _Any(tuple(parts))

    def _sequence(self) -> _Tree:
        parts = []
        while self._peek() not in ("", "|", ")"):
            parts.append(self._repeated(self._one()))
        return _All(tuple(parts))

    def _one(self) -> _Tree:
        sign = self._take()
        match sign:
            case "(":
                return self._group()
            case "[":
                return self._class()
            case "^" | "$":
                return _Edge(sign == "$")
            case "?" | "*" | "+" | "{":
                raise PatternError(
                    rf"{sign} repeats what stands before it; write \{sign} for the sign itself"
                )
            case "\\":
                return _Sign(re.compile(self._escaped(), re.DOTALL))
        return _Sign(re.compile("." if sign == "." else re.escape(sign), re.DOTALL))

    def _escaped(self) -> str:
        sign = self._take()
        if sign in _LETTERS or (sign and not sign.isalnum()):
            return f"\\{sign}"
        raise PatternError(rf"\{sign} is not known in a pattern; there are \d, \w, \s and signs such as \.")

    def _group(self) -> _Tree:
        if self._text.startswith("?:", self._at):
            self._at += 2
        elif self._peek() == "?":
            raise PatternError("(? is not known in a pattern; there are groups (…) only")
        tree = self._either()
        if self._take() != ")":
            raise PatternError(r"a ( has no partner; write \( for the sign itself")
        return tree

    def _class(self) -> _Tree:
        found = _CLASS.match(self._text, self._at - 1)
        if found is None or any(signs in found[0] for signs in _SET_SIGNS):
            raise PatternError(r"a [ begins a list of characters such as [a-z]; write \[ for the sign itself")
        self._at = found.end()
        for escape in re.findall(r"\\(.)", found[0], re.DOTALL):
            if escape.isalnum() and escape not in _LETTERS:
                raise PatternError(rf"\{escape} is not known in a pattern")
        try:
            return _Sign(re.compile(found[0]))
        except re.error:
            raise PatternError(
                f"{found[0]} is no list of characters; a range goes from low to high"
            ) from None

    def _repeated(self, tree: _Tree) -> _Tree:
        sign = self._peek()
        count = _COUNT.match(self._text, self._at)
        if sign in _REPEATS:
            self._at += 1
            low, high = _REPEATS[sign]
        elif count:
            self._at = count.end()
            low = int(count[1])
            high = low if count[2] is None else int(count[3]) if count[3] else None
        else:
            return tree
        if isinstance(tree, _Edge) or self._peek() in ("?", "*", "+") or _COUNT.match(self._text, self._at):
            raise PatternError("one repeat stands after one character or group")
        if max(low, high or 0) > _MAX_REPEAT or (high is not None and low > high):
            raise PatternError(f"a repeat goes from low to high, at most {_MAX_REPEAT}")
        return _Repeat(tree, low, high)


# From a tree to a machine


@dataclass(slots=True)
class _Step:
    """A step of the machine: it reads a character (``test``), stands at an edge, or only leads on."""

    test: re.Pattern[str] | None = None
    edge: _Edge | None = None
    then: list[int] = field(default_factory=list)


_Alive = frozenset[int]


class _Machine:
    """All ways through a pattern at once; the steps that are alive after each character."""

    def __init__(self, tree: _Tree) -> None:
        self._steps: list[_Step] = []
        self._last = self._new(_Step())
        self._first = self._built(tree, self._last)
        self._begin = self._reached([self._first], begin=True)
        self._again = self._reached([self._first])
        self._known: dict[tuple[_Alive, str], _Alive] = {}

    def matches(self, text: str) -> bool:
        """Say whether the pattern fits ``text``, or any part of it."""
        alive, known, last = self._begin, self._known, self._last
        for sign in text:
            if last in alive:
                return True
            if not alive and not self._again:
                return False
            after = known.get((alive, sign))
            alive = self._after(alive, sign) if after is None else after
        return last in alive or last in self._reached(alive, begin=not text, end=True)

    def _after(self, alive: _Alive, sign: str) -> _Alive:
        onward: list[int] = []
        for number in alive:
            step = self._steps[number]
            if step.test is not None and step.test.match(sign):
                onward += step.then
        after = self._reached(onward) | self._again
        if len(self._known) >= MAX_KEPT:
            self._known.clear()
        self._known[alive, sign] = after
        return after

    def _reached(self, numbers: Iterable[int], *, begin: bool = False, end: bool = False) -> _Alive:
        """Return all steps that are reached from ``numbers`` without reading a character."""
        reached: set[int] = set()
        waiting = list(numbers)
        while waiting:
            number = waiting.pop()
            if number in reached:
                continue
            reached.add(number)
            step = self._steps[number]
            closed = step.edge is not None and not (end if step.edge.end else begin)
            if step.test is None and not closed:
                waiting += step.then
        return frozenset(reached)

    def _new(self, step: _Step) -> int:
        if len(self._steps) >= MAX_STEPS:
            raise PatternError("the repeats of this pattern are too large")
        self._steps.append(step)
        return len(self._steps) - 1

    def _built(self, tree: _Tree, then: int) -> int:
        """Add the steps of ``tree``, which lead to ``then``, and return the first of them."""
        match tree:
            case _Sign(test):
                return self._new(_Step(test=test, then=[then]))
            case _Edge():
                return self._new(_Step(edge=tree, then=[then]))
            case _All(parts):
                for part in reversed(parts):
                    then = self._built(part, then)
                return then
            case _Any(parts):
                return self._new(_Step(then=[self._built(part, then) for part in parts]))
            case _Repeat(part, low, high):
                return self._repeated(part, low, high, then)

    def _repeated(self, part: _Tree, low: int, high: int | None, then: int) -> int:
        if high is None:
            loop = self._new(_Step())
            self._steps[loop].then = [self._built(part, loop), then]
            then = loop
        else:
            for _ in range(high - low):
                then = self._new(_Step(then=[self._built(part, then), then]))
        for _ in range(low):
            then = self._built(part, then)
        return then


def patterns_of(values: Iterable[str]) -> Iterator[str]:
    """Give the patterns among the texts of a value map, in order."""
    return (text for text in values if is_pattern(text))
