"""What the process that parses says to its parent: frames of kind, length and JSON.

JSON and not pickle or marshal: the parser may be in the hands of whoever made the file, and JSON can do no
harm where it is read. Kinds: ``S`` the sheets (once, first), ``R`` rows of the current sheet, ``F`` facts at
its end, ``E`` refused (code, message, remedy), ``D`` damaged (reason), ``M`` out of memory, ``Z`` the end.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import IO, Any

from importer.readers.books.limits import FRAME_BYTES

HEAD_BYTES = 5
BATCH_ROWS = 500
BATCH_CELLS = 10_000


class FrameError(Exception):
    """What came is no frame."""


def write(stream: IO[bytes], kind: str, document: object = None) -> None:
    """Write a frame."""
    body = json.dumps(document, separators=(",", ":"), allow_nan=False).encode("ascii")
    stream.write(kind.encode("ascii") + len(body).to_bytes(4, "big") + body)


def read(stream: IO[bytes]) -> Iterator[tuple[str, bytes]]:
    """Give the frames as they come, bodies unread. Raises FrameError when the stream ends inside one."""
    while head := stream.read(HEAD_BYTES):
        length = int.from_bytes(head[1:], "big")
        if len(head) < HEAD_BYTES or length > FRAME_BYTES:
            raise FrameError
        body = stream.read(length)
        if len(body) < length:
            raise FrameError
        yield head[:1].decode("latin-1"), body


class Batches:
    """Collects rows and writes them in frames of some size."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._rows: list[list[Any]] = []
        self._cells = 0

    def add(self, row: list[Any]) -> None:
        """Take a row."""
        self._rows.append(row)
        self._cells += len(row[1])
        if len(self._rows) >= BATCH_ROWS or self._cells >= BATCH_CELLS or _large(row):
            self.flush()

    def flush(self) -> None:
        """Write the rows that were collected."""
        if self._rows:
            write(self._stream, "R", self._rows)
            self._rows = []
            self._cells = 0


def _large(row: list[Any]) -> bool:
    return len(row[1]) < 2000 and any(type(cell) is str and len(cell) > 100_000 for cell in row[1])
