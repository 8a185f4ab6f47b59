"""Faults of a mapping file: each with its place, all reported at once."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from importer.model.errors import MappingError
from importer.model.schema import nearest


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A place in a mapping file, line and column counted from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong in a mapping file; ``line`` and ``column`` counted from 1.

    ``file`` is the mapping as the person wrote it, or a file that it includes; ``source`` is the line.
    """

    line: int
    column: int
    message: str
    file: str
    source: str = ""

    def __str__(self) -> str:
        """Return ``mapping.yaml:8:5: what is wrong``, and below it the line with a caret at the place."""
        said = f"{self.file}:{self.line}:{self.column}: {self.message}"
        return "\n".join([said, *_pointed(self.source, self.column)])


_WIDTH = 100
"""Characters that are shown of a long line."""


def _pointed(source: str, column: int) -> list[str]:
    """Return a line of a file as it is shown, and the line with the caret; nothing for an empty line."""
    if not source.strip():
        return []
    begin = max(0, column - 1 - _WIDTH // 2) if len(source) > _WIDTH else 0
    piece = source[begin : begin + _WIDTH]
    shown = "".join(sign if sign.isprintable() else " " for sign in piece)
    shown = f"{'…' if begin else ''}{shown}{'…' if begin + _WIDTH < len(source) else ''}".rstrip()
    before = shown[: column - 1 - begin + (1 if begin else 0)]
    gap = sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in before)
    cut = len(shown) - len(shown.lstrip())
    return [f"    {shown[cut:]}", f"    {' ' * (max(gap, cut) - cut)}^"]


class MappingFaultsError(MappingError):
    """A mapping file has faults: ``faults`` has all of them, and ``message`` shows each with its line.

    The first line of each reads ``mapping.yaml:8:5: what is wrong``, as compilers and editors write it.
    ``notes`` are sentences that concern several of them.
    """

    def __init__(self, faults: tuple[Fault, ...], notes: tuple[str, ...] = ()) -> None:
        lines = [*map(str, faults), *notes]
        super().__init__("MAPPING_FAULTS", "\n".join(lines), "Correct the mapping file.")
        self.faults = faults
        self.notes = notes


class Faults:
    """Collects the faults of one file (``name`` as the person wrote it), and of those it includes.

    ``text`` is the file's, so that its lines can be shown.
    """

    def __init__(self, name: str, text: str = "") -> None:
        self.name = name
        self.text = text
        self._found: dict[tuple[Mark, str], None] = {}
        self._notes: dict[str, None] = {}
        self._included: list[Faults] = []

    def __bool__(self) -> bool:
        return bool(self._found) or any(self._included)

    def add(self, mark: Mark, message: str) -> None:
        """Note a fault; the same one at the same place counts once."""
        self._found[mark, message] = None

    def note(self, sentence: str) -> None:
        """Note what is told once after all faults."""
        self._notes[sentence] = None

    def included(self, name: str, text: str) -> Faults:
        """Return where the faults of an included file are collected; they come after those of this one."""
        faults = Faults(name, text)
        self._included.append(faults)
        return faults

    def stop(self) -> None:
        """Raise MappingFaultsError with all faults in the order of the files, if there are any."""
        if self:
            raise MappingFaultsError(tuple(self._all()), tuple(self._notes))

    def _all(self) -> Iterator[Fault]:
        lines = _lines(self.text)
        for at, message in sorted(self._found):
            source = lines[at.line - 1] if at.line <= len(lines) else ""
            yield Fault(at.line, at.column, message, self.name, source)
        for faults in self._included:
            yield from faults._all()


def _lines(text: str) -> list[str]:
    """Return the lines of a file as YAML counts them."""
    return re.split("\r\n|[\r\n\x85\u2028\u2029]", text.removeprefix("\ufeff"))


def did_you_mean(word: str, words: Iterable[str]) -> str:
    """Return ``; did you mean "…"?`` with the one of ``words`` nearest to ``word``, or an empty text."""
    found = nearest(word, words)
    return f'; did you mean "{found}"?' if found else ""


def one_of(words: Iterable[str]) -> str:
    """Return ``words`` as a person lists them: ``a, b or c``."""
    *head, last = words
    return f"{', '.join(head)} or {last}" if head else last


def quoted(text: str, limit: int = 60) -> str:
    """Return ``text`` in double quotes on one line, shortened to ``limit`` characters."""
    flat = "".join(character if character.isprintable() else " " for character in text[: limit + 1])
    return f'"{flat[: limit - 1]}…"' if len(text) > limit else f'"{flat}"'
