"""Rows of a workbook between passes: parsed once, kept in a private temporary file, read as often as needed.

The file has mode 0600, holds what the workbook holds, and has no name where the system allows that (Linux,
macOS): it is gone with the process, however that ends. On Windows it is removed when it is closed.
"""

from __future__ import annotations

import contextlib
import json
import tempfile
import threading
import weakref
from collections.abc import Iterator
from typing import IO, Any

from importer.model.errors import SourceError

LENGTH_BYTES = 4
RowForm = list[Any]
"""``[number, cells]`` or ``[number, cells, faults]``; see ``readers.books.rows``."""


class Spool:
    """A temporary file of batches of rows, as the JSON in which they came. Raises SourceError."""

    def __init__(self) -> None:
        with written("The workbook"):
            self._file: IO[bytes] = tempfile.TemporaryFile(  # noqa: SIM115
                prefix="case-importer-", buffering=0
            )
        self._end = 0
        self._lock = threading.Lock()
        self._finalizer = weakref.finalize(self, self._file.close)

    @property
    def end(self) -> int:
        """Where the next batch goes, in bytes."""
        return self._end

    def add(self, batch: bytes) -> None:
        """Append a batch: JSON of a list of rows."""
        record = len(batch).to_bytes(LENGTH_BYTES, "big") + batch
        with written("The workbook"), self._lock:
            self._file.seek(self._end)
            left = memoryview(record)
            while left:
                left = left[self._file.write(left) :]
        self._end += len(record)

    def rows(self, start: int, end: int) -> Iterator[RowForm]:
        """Give the rows of the batches from ``start`` to ``end``; several passes may be under way at once."""
        while start < end:
            length = int.from_bytes(self._read(start, LENGTH_BYTES), "big")
            yield from json.loads(self._read(start + LENGTH_BYTES, length))
            start += LENGTH_BYTES + length

    def close(self) -> None:
        """Remove the file; it is removed too when the spool is forgotten, and when the process ends."""
        self._finalizer()

    def _read(self, at: int, count: int) -> bytes:
        found = b""
        with self._lock:
            self._file.seek(at)
            while len(found) < count:
                block = self._file.read(count - len(found))
                if not block:
                    raise SourceError(
                        "NOT_SPOOLED",
                        "The temporary file with the rows of the workbook cannot be read any more.",
                        "Run the same command again.",
                    )
                found += block
        return found


@contextlib.contextmanager
def written(what: str) -> Iterator[None]:
    """Turn the errors of writing a temporary file into SourceError ``NOT_SPOOLED``."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SourceError(
            "NOT_SPOOLED",
            f"{what} cannot be written to a temporary file in {tempfile.gettempdir()}: {reason}.",
            "Make room there, or name another folder with TMPDIR (Windows: TEMP).",
        ) from None
