"""Files as bytes: opening them, their digest, and whether a file is still the one that was opened."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

from importer.model.errors import SourceError

BLOCK_BYTES = 1 << 20


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


def stamp_of(stream: BinaryIO) -> Stamp:
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
    """Open ``path`` for reading; with ``stamp``, only if it is still the stamped file. Raises SourceError."""
    with reading(path):
        stream = path.open("rb")
    if stamp is not None and stamp_of(stream) != stamp:
        stream.close()
        raise SourceError(
            "SOURCE_CHANGED",
            f"{path} has changed since it was opened.",
            "Let it be written completely, then run the same command again.",
        )
    return stream
