"""Files as bytes: opening them, their digest, and whether a file is still the one that was opened."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO

from importer.model.errors import SourceError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BLOCK_BYTES = 1 << 20
BUFFER_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the file system said of a file when it was opened; sizes in bytes, times in nanoseconds."""

    size: int
    changed: int
    inode: int

    def check(self, path: Path) -> None:
        """Raise SourceError when the file at ``path`` is gone or is not the stamped one."""
        with open_binary(path, self):
            pass


def sha256(stream: BinaryIO) -> str:
    """Read ``stream`` to its end and return the SHA-256 of its bytes in hex."""
    digest = hashlib.sha256()
    while block := stream.read(BLOCK_BYTES):
        digest.update(block)
    return digest.hexdigest()


def contains(stream: BinaryIO | IO[bytes], wanted: bytes) -> bool:
    """Say whether ``wanted`` occurs in what is left of ``stream``."""
    kept = b""
    while block := stream.read(BLOCK_BYTES):
        if wanted in kept + block:
            return True
        kept = block[-len(wanted) :]
    return False


def stamp_of(stream: BinaryIO | io.FileIO) -> Stamp:
    """Return the stamp of an open file."""
    status = os.fstat(stream.fileno())
    return Stamp(status.st_size, status.st_mtime_ns, status.st_ino)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn the errors of opening and reading ``path`` into SourceError."""
    try:
        yield
    except FileNotFoundError:
        raise SourceError(
            "FILE_MISSING", f"{path} does not exist.", "Check the path; quote it when it has blanks."
        ) from None
    except OSError as error:
        raise SourceError(
            "FILE_UNREADABLE",
            f"{path} cannot be read: {error.strerror or type(error).__name__}.",
            "Check that the file is readable for this user and not locked by another program.",
        ) from None


def open_binary(path: Path, stamp: Stamp | None = None) -> BinaryIO:
    """Open ``path`` for reading; with ``stamp``, only if it is still the stamped file. Raises SourceError.

    With ``stamp``, reading raises SourceError too, as soon as the file has changed.
    """
    with reading(path):
        if stamp is None:
            return path.open("rb")
        raw = _Stamped(path, stamp)
    try:
        raw.check()
    except SourceError:
        raw.close()
        raise
    return io.BufferedReader(raw, BUFFER_BYTES)


class _Stamped(io.FileIO):
    """A file that is looked at after each block: what was read from a changed file is given to nobody."""

    def __init__(self, path: Path, stamp: Stamp) -> None:
        super().__init__(path, "rb")
        self._path = path
        self._stamp = stamp

    def check(self) -> None:
        if stamp_of(self) != self._stamp:
            raise SourceError(
                "SOURCE_CHANGED",
                f"{self._path} has changed since it was opened.",
                "Let it be written completely, then run the same command again.",
            )

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        count = super().readinto(buffer)
        self.check()
        return count or 0

    def readall(self) -> bytes:
        found = super().readall()
        self.check()
        return found or b""
