"""Faults of a mapping file: each with its place, all reported at once."""

from __future__ import annotations

from collections.abc import Iterable
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
    """One thing that is wrong in a mapping file; ``line`` and ``column`` counted from 1."""

    line: int
    column: int
    message: str


class MappingFaultsError(MappingError):
    """A mapping file has faults: ``faults`` has all of them, ``message`` one line for each.

    A line reads ``mapping.yaml:8:5: what is wrong``, as compilers and editors write it.
    """

    def __init__(self, name: str, faults: tuple[Fault, ...]) -> None:
        lines = [f"{name}:{fault.line}:{fault.column}: {fault.message}" for fault in faults]
        super().__init__("MAPPING_FAULTS", "\n".join(lines), "Correct the mapping file.")
        self.faults = faults


class Faults:
    """Collects the faults of one file (``name`` as the person wrote it)."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._found: dict[tuple[Mark, str], None] = {}

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, mark: Mark, message: str) -> None:
        """Note a fault; the same one at the same place counts once."""
        self._found[mark, message] = None

    def stop(self) -> None:
        """Raise MappingFaultsError with all faults in the order of the file, if there are any."""
        if self._found:
            found = sorted(self._found)
            raise MappingFaultsError(self.name, tuple(Fault(at.line, at.column, text) for at, text in found))


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
