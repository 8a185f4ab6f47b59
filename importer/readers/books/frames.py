"""What the process that parses says to its parent: frames of kind, length and JSON.

JSON and not pickle or marshal: the parser may be in the hands of whoever made the file, and JSON can do no
harm where it is read. Kinds: ``S`` the sheets (once, first), ``R`` rows of the current sheet, ``F`` facts at
its end, ``E`` refused (code, message, remedy), ``D`` damaged (reason), ``M`` out of memory, ``Z`` the end.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import IO, Any

from importer.readers.books.limits import FRAME_BYTES, too_large

HEAD_BYTES = 5
BATCH_ROWS = 500
BATCH_CELLS = 10_000
BATCH_CHARACTERS = 1 << 20
"""A batch ends with the row that brings its texts to so many characters, so that no frame grows too large."""


class FrameError(Exception):
    """What came is no frame."""


class CutError(Exception):
    """The stream ended inside a frame."""


def write(stream: IO[bytes], kind: str, document: object = None) -> None:
    """Write a frame. Raises RefusedError when it is larger than the other side takes."""
    body = json.dumps(document, separators=(",", ":"), allow_nan=False).encode("ascii")
    if len(body) > FRAME_BYTES:
        raise too_large(f"has a row of more than {FRAME_BYTES >> 20} MiB")
    stream.write(kind.encode("ascii") + len(body).to_bytes(4, "big") + body)


def read(stream: IO[bytes]) -> Iterator[tuple[str, bytes]]:
    """Give the frames as they come, bodies unread. Raises FrameError, and CutError at an early end."""
    while head := stream.read(HEAD_BYTES):
        length = int.from_bytes(head[1:], "big")
        if len(head) < HEAD_BYTES:
            raise CutError
        if length > FRAME_BYTES:
            raise FrameError
        body = stream.read(length)
        if len(body) < length:
            raise CutError
        yield head[:1].decode("latin-1"), body


class Batches:
    """Collects rows and writes them in frames of some size."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._rows: list[list[Any]] = []
        self._cells = self._characters = 0

    def add(self, row: list[Any]) -> None:
        """Take a row."""
        cells = row[1]
        self._rows.append(row)
        self._cells += len(cells)
        self._characters += sum([len(cell) for cell in cells if type(cell) is str])
        if (
            len(self._rows) >= BATCH_ROWS
            or self._cells >= BATCH_CELLS
            or self._characters >= BATCH_CHARACTERS
        ):
            self.flush()

    def flush(self) -> None:
        """Write the rows that were collected."""
        if self._rows:
            write(self._stream, "R", self._rows)
            self._rows = []
            self._cells = self._characters = 0
