"""Compressed text: gzip, and zip archives of one file, unpacked while they are read.

What is unpacked is never believed to be of the size that the archive declares: how much comes out of how much
is looked at after each block, so that a small file cannot become an endless one.
"""

from __future__ import annotations

import enum
import gzip
import io
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO, cast

from importer.model.errors import SourceError
from importer.readers.binary import BUFFER_BYTES, Stamp, open_binary, reading
from importer.readers.books.zipped import directory_of

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

GZIP = b"\x1f\x8b"
ZIP = b"PK\x03\x04"
UNSUSPECTED_BYTES = 100 << 20
"""Up to this size nobody asks how much smaller the file was."""
MAX_RATIO = 200
"""Text becomes 3 to 30 times smaller, and hardly ever 100 times; a bomb becomes 1,000 times smaller."""
MAX_BYTES = 200 << 30
"""A hundred times the largest migration."""
MAX_DIRECTORY_BYTES = 4 << 20
"""An archive with a longer list of files is not looked into: the list is held in memory."""
LEFT_BY_SYSTEMS = (".ds_store", "thumbs.db", "desktop.ini")
DAMAGE = (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile, NotImplementedError, RuntimeError)
"""What the unpackers raise over bad bytes; zipfile: NotImplementedError over a method or version that it
does not know, RuntimeError over a member that is encrypted."""


class Kind(enum.Enum):
    """How a file is compressed."""

    GZIP = "gzip"
    ZIP = "zip"


@dataclass(frozen=True, slots=True)
class Packing:
    """How a text lies in its file: not compressed (``kind`` None), gzip, or the ``member`` of a zip archive.

    ``member`` is the number of the entry in the archive's list, counted from 0.
    """

    kind: Kind | None = None
    member: int = 0
    note: str | None = None


PLAIN = Packing()


def packing_of(path: Path, stamp: Stamp) -> Packing:
    """Say how the text at ``path`` is compressed. Raises SourceError for an archive of several files."""
    with reading(path), open_binary(path, stamp) as stream:
        head = stream.read(len(ZIP))
        if head.startswith(GZIP):
            return Packing(Kind.GZIP, note="unpacked while reading: gzip")
        if head == ZIP:
            return _zip_packing(path, stream)
    return PLAIN


def open_unpacked(path: Path, packing: Packing, stamp: Stamp) -> BinaryIO:
    """Open the bytes of the text at ``path``, unpacked where it is compressed. Raises SourceError.

    Reading raises SourceError when the file has changed, is damaged, or unpacks to more than text can.
    """
    raw = open_binary(path, stamp)
    if packing.kind is None:
        return raw
    try:
        with _in_plain_words(path):
            stream = _unpacker(raw, packing)
    except SourceError:
        raw.close()
        raise
    return io.BufferedReader(_Unpacked(path, raw, stream), BUFFER_BYTES)


def check_directory(path: Path, stream: BinaryIO) -> None:
    """Raise SourceError when the list of files of the zip archive ``stream`` is too long to be held."""
    found = directory_of(stream)
    if found is not None and found[1] > MAX_DIRECTORY_BYTES:
        raise _refused(path, "its list of files is too long to be an archive of one text file")


def _zip_packing(path: Path, stream: BinaryIO) -> Packing:
    check_directory(path, stream)
    try:
        with zipfile.ZipFile(stream) as archive:
            entries = [(number, entry) for number, entry in enumerate(archive.infolist()) if _is_file(entry)]
    except (*DAMAGE, OSError, ValueError):
        raise _damaged(path) from None
    if len(entries) != 1:
        held = f"{len(entries)} files" if entries else "no file"
        raise SourceError(
            "FORMAT_NOT_READ",
            f"{path} is a zip archive that holds {held}; only an archive of one text file is read.",
            "Unpack it first and name the files inside.",
        )
    number, entry = entries[0]
    if entry.flag_bits & 1:
        raise SourceError(
            "PASSWORD_PROTECTED",
            f"{path} is a zip archive with a password.",
            "Unpack it first and name the file inside.",
        )
    return Packing(
        Kind.ZIP, number, f"unpacked while reading: {PurePosixPath(entry.filename).name!r} of a zip archive"
    )


def _is_file(entry: zipfile.ZipInfo) -> bool:
    name = entry.filename.replace("\\", "/").lower()
    hidden = name.startswith("__macosx/") or name.rpartition("/")[2] in LEFT_BY_SYSTEMS
    return not (entry.is_dir() or hidden)


def _unpacker(raw: BinaryIO, packing: Packing) -> BinaryIO:
    if packing.kind is Kind.GZIP:
        return cast(BinaryIO, gzip.GzipFile(fileobj=raw, mode="rb"))
    archive = zipfile.ZipFile(raw)
    return cast(BinaryIO, archive.open(archive.infolist()[packing.member]))


class _Unpacked(io.RawIOBase):
    """The unpacked bytes of a file, watched while they come."""

    def __init__(self, path: Path, raw: BinaryIO, stream: BinaryIO) -> None:
        self._path = path
        self._raw = raw
        self._stream = stream
        self._count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        with _in_plain_words(self._path):
            block = self._stream.read(len(view))
        view[: len(block)] = block
        self._count += len(block)
        if self._count > UNSUSPECTED_BYTES and self._count > MAX_RATIO * max(1, self._raw.tell()):
            raise _refused(
                self._path, f"it unpacks to more than {MAX_RATIO} times its size, which text does not"
            )
        if self._count > MAX_BYTES:
            raise _refused(self._path, f"it unpacks to more than {MAX_BYTES >> 30} GB")
        return len(block)

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
            self._raw.close()
        super().close()


class _in_plain_words:  # noqa: N801 - used as a context manager, once for each block
    """Turn what the unpackers raise over a damaged file into SourceError."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, DAMAGE):
            raise _damaged(self._path) from None


def _damaged(path: Path) -> SourceError:
    return SourceError(
        "PACKED_UNREADABLE",
        f"{path} cannot be unpacked: it is damaged, or was not transferred to its end.",
        "Get the file again; no row of it is imported before.",
    )


def _refused(path: Path, why: str) -> SourceError:
    return SourceError(
        "PACKED_TOO_LARGE",
        f"{path} is not unpacked: {why}.",
        "If you know where it comes from, unpack it yourself and name the file inside.",
    )
