"""The physical lines of a text, in order, of bounded length; or whole blocks of them."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, islice
from pathlib import Path

from importer.model.errors import SourceError
from importer.readers.binary import reading
from importer.readers.dialect import MAX_CELL

BLOCK = 1 << 14
"""Characters that are looked at together."""
MAX_LINE = 3 * MAX_CELL
"""The longest physical line, and the longest record, that is read, in characters."""
MAX_LINES = 1_000_000
"""The most physical lines of one record."""
_LINE = re.compile(r"[^\r\n]*+(?:\r\n?|\n)|[^\r\n]++")
"""A line with its end, as a stream of text finds them (``str.splitlines`` knows more ends than that)."""
END_MARK = "\x1a"
"""Ctrl-Z, with which CP/M, DOS and some gateways of mainframes end a text."""


@dataclass(slots=True)
class Lines:
    """The physical lines of a text, and those that the record being read is made of.

    ``left`` counts the characters of a block that was given back and is to be read line by line.
    """

    stream: io.TextIOWrapper
    path: Path
    record: list[str] = field(default_factory=list)
    ended: bool = False
    size: int = 0
    left: int = 0
    _given_back: Iterable[str] = ()

    def block(self) -> str:
        """Return the next stretch of the text, to the end of a line; the empty text at the end of all."""
        with reading(self.path):
            text = self.stream.read(BLOCK)
            return text if text.endswith("\n") else text + self.stream.readline(MAX_LINE)

    def give_back(self, text: str) -> None:
        """Take ``text``, the block that was read last, as what comes next."""
        self._given_back, self.left = (line.group() for line in _LINE.finditer(text)), len(text)

    def __iter__(self) -> Iterator[str]:
        record = self.record
        with reading(self.path):
            for line in chain(self._given_back, iter(partial(self.stream.readline, MAX_LINE), "")):
                self.left -= len(line)
                if len(line) >= MAX_LINE:
                    raise self._too_long("a line", "Check that it is a table with line ends.")
                if line[-1] == END_MARK:  # a line end would follow, were it not the last character
                    line = line[:-1]
                    if not line:
                        break
                if record:
                    self._grown(len(line))
                record.append(line)
                yield line
            self.ended = True

    def _grown(self, size: int) -> None:
        """Bound the memory of a record of several lines, of which no single cell need be too large."""
        self.size = size + (self.size if len(self.record) > 1 else len(self.record[0]))
        if self.size >= MAX_LINE or len(self.record) >= MAX_LINES:
            raise self._too_long("a record", "Look for a quote that is not closed.")

    def _too_long(self, what: str, remedy: str) -> SourceError:
        return SourceError(
            "LINE_TOO_LONG",
            f"{self.path} has {what} of more than {MAX_LINE} characters or {MAX_LINES} lines.",
            remedy,
        )


def skip_lines(lines: Lines, count: int) -> None:
    """Pass over the next ``count`` physical lines, or as many as there are."""
    for _ in islice(lines, count):
        lines.record.clear()
