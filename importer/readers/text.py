"""A delimited text file that was understood, and how to open its characters."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from importer.model.row import Row, Shape
from importer.readers.binary import Stamp
from importer.readers.encoding import marking
from importer.readers.layout import Layout
from importer.readers.lines import Lines, skip_lines
from importer.readers.packing import Packing, open_unpacked
from importer.readers.records import Pass


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
        with Text(self.path, self.stamp, layout.packing, layout.codec).lines() as lines:
            skip_lines(lines, layout.skip)
            yield from Pass(lines, self.shape, layout).rows()


@dataclass(frozen=True, slots=True)
class Text:
    """A file whose bytes are understood as characters: ``packing`` undone, then ``codec``."""

    path: Path
    stamp: Stamp
    packing: Packing
    codec: str

    @contextmanager
    def lines(self) -> Iterator[Lines]:
        """Open the physical lines of the text, line ends kept and undecodable bytes as marks."""
        with (
            open_unpacked(self.path, self.packing, self.stamp) as binary,
            decoded(binary, self.codec) as stream,
        ):
            yield Lines(stream, self.path)


def decoded(binary: BinaryIO, codec: str) -> io.TextIOWrapper:
    """Wrap a binary stream so that it gives text with its line ends kept and undecodable bytes as marks."""
    return io.TextIOWrapper(binary, encoding=codec, errors=marking(codec), newline="")
