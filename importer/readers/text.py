"""A delimited text file that was understood: how it lies there, and how to open its characters."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from importer.model.row import Row, Shape
from importer.readers.binary import Stamp, open_binary
from importer.readers.dialect import Dialect
from importer.readers.encoding import MARK_ERRORS
from importer.readers.records import Lines, Pass, skip_lines


@dataclass(frozen=True, slots=True)
class Layout:
    """How the text lies in its file.

    ``skip`` is the number of physical lines before the first data row. ``suspect`` says that rows have to be
    looked at for NULs and undecodable bytes, ``spaced_quote`` for quotes after blanks: what the survey has
    not seen in the whole file is not looked for in each row.
    """

    codec: str
    dialect: Dialect
    skip: int
    suspect: bool
    spaced_quote: bool


@dataclass(frozen=True, slots=True)
class TextSource:
    """A delimited text file, as ``open_text`` has understood it."""

    path: Path
    shape: Shape
    stamp: Stamp
    layout: Layout

    def check_unchanged(self) -> None:
        """Raise SourceError ``SOURCE_CHANGED`` when the file is not the one that was opened."""
        self.stamp.check(self.path)

    def rows(self) -> Iterator[Row]:
        """Read the rows in file order, in constant memory. Raises SourceError."""
        layout = self.layout
        with open_binary(self.path, self.stamp) as binary, decoded(binary, layout.codec) as stream:
            lines = Lines(stream, self.path)
            skip_lines(lines, layout.skip)
            looked_at = Pass(
                lines, self.shape, layout.dialect, layout.skip, layout.suspect, layout.spaced_quote
            )
            yield from looked_at.rows()


def decoded(binary: BinaryIO, codec: str) -> io.TextIOWrapper:
    """Wrap a binary stream so that it gives text with its line ends kept and undecodable bytes as marks."""
    return io.TextIOWrapper(binary, encoding=codec, errors=MARK_ERRORS, newline="")
