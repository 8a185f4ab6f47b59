"""Java properties files, read as ``java.util.Properties`` reads them (its documentation of ``load``)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_BLANKS = " \t\f"
_LETTERS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}
_CODE = re.compile(r"[0-9A-Fa-f]{4}")


@dataclass(frozen=True, slots=True)
class Entry:
    """A key and its value, and the line on which they begin, counted from 1."""

    line: int
    key: str
    value: str


class PropertiesError(Exception):
    """The file is no properties file; the text says why, ``line`` where (counted from 1)."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def entries(text: str) -> Iterator[Entry]:
    """Give the entries of ``text`` in order, repeated keys too. Raises PropertiesError."""
    for number, line in _logical_lines(text):
        key, value = _parted(line)
        yield Entry(number, _unescaped(key, number), _unescaped(value, number))


def comments(text: str) -> list[str]:
    """Return the comment lines of ``text``, without their sign."""
    lines = (line.lstrip(_BLANKS) for line in _natural_lines(text))
    return [line[1:].strip() for line in lines if line[:1] in ("#", "!")]


def _natural_lines(text: str) -> list[str]:
    return re.split(r"\r\n|\r|\n", text)


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Give lines with their continuations joined; an odd number of backslashes at the end continues one."""
    lines = iter(enumerate(_natural_lines(text), 1))
    for number, natural in lines:
        line = natural.lstrip(_BLANKS)
        if not line or line[0] in "#!":
            continue
        while _continues(line):
            _, following = next(lines, (0, ""))
            line = line[:-1] + following.lstrip(_BLANKS)
        yield number, line


def _continues(line: str) -> bool:
    return (len(line) - len(line.rstrip("\\"))) % 2 == 1


def _parted(line: str) -> tuple[str, str]:
    """Part a line at the first sign that is not escaped: ``=``, ``:`` or white space."""
    place = 0
    while place < len(line) and line[place] not in "=:" + _BLANKS:
        place += 2 if line[place] == "\\" else 1
    rest = line[place:].lstrip(_BLANKS)
    if rest[:1] in ("=", ":"):
        rest = rest[1:].lstrip(_BLANKS)
    return line[:place], rest


def _unescaped(text: str, line: int) -> str:
    found, place = [], 0
    while place < len(text):
        sign = text[place]
        if sign != "\\":
            found.append(sign)
            place += 1
            continue
        letter = text[place + 1 : place + 2]
        if letter != "u":
            found.append(_LETTERS.get(letter, letter))
            place += 2
            continue
        code = text[place + 2 : place + 6]
        if _CODE.fullmatch(code) is None:
            raise PropertiesError(line, "\\u is not followed by four hexadecimal digits")
        found.append(chr(int(code, 16)))
        place += 6
    # Characters beyond the first plane are written as two halves.
    return "".join(found).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
