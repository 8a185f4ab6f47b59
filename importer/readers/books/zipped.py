"""The zip archive around a workbook: its parts by name, unpacked within limits."""

from __future__ import annotations

import io
import struct
import zipfile
from posixpath import normpath
from typing import IO

from importer.readers.books.limits import (
    DIRECTORY_BYTES,
    ENTRIES,
    FREE_BYTES,
    PART_BYTES,
    RATIO,
    SMALL_PART_BYTES,
    DamagedError,
    password_protected,
    too_large,
    unreadable,
)

ENCRYPTED = 0x1
END = b"PK\x05\x06"
END_BYTES = 22
LOCATOR, LOCATOR_BYTES = b"PK\x06\x07", 20
END64, END64_BYTES = b"PK\x06\x06", 56
COMMENT_BYTES = 1 << 16
BROKEN = (zipfile.BadZipFile, NotImplementedError, OSError, ValueError)
"""What zipfile raises over bad bytes; NotImplementedError: over a method or version that it does not know."""


class Package:
    """A zip archive. Names are compared without regard to case; nothing is ever written to disk.

    Raises RefusedError for what no workbook needs: too many members, names that lead out of the archive,
    members that are there twice, encryption; DamagedError for what is no archive.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        check_directory(stream)
        try:
            self._archive = zipfile.ZipFile(stream)
        except BROKEN:
            raise DamagedError("its zip directory cannot be read") from None
        self._members: dict[str, zipfile.ZipInfo] = {}
        self._twice: set[str] = set()
        for member in self._archive.infolist():
            name = member.filename.replace("\\", "/").lstrip("/")
            if ".." in name.split("/"):
                raise unreadable("its zip archive has a member whose name leads out of it")
            if name.lower() in self._members:
                self._twice.add(name.lower())
            self._members[name.lower()] = member

    def __contains__(self, name: str) -> bool:
        return _plain(name) in self._members

    def names(self) -> list[str]:
        """Return the names of all members, in lower case."""
        return list(self._members)

    def open(self, name: str) -> IO[bytes]:
        """Open a part for reading as a stream; it raises RefusedError when it unpacks to too much."""
        plain = _plain(name)
        member = self._members.get(plain)
        if member is None:
            raise unreadable("a part of it is missing")
        if plain in self._twice:
            raise unreadable("its zip archive has a part twice")
        if member.flag_bits & ENCRYPTED:
            raise password_protected()
        limit = min(max(FREE_BYTES, RATIO * member.compress_size), PART_BYTES)
        if member.file_size > limit:
            raise too_large(f"unpacks to more than {limit >> 20} MiB")
        try:
            stream = self._archive.open(member)
        except (*BROKEN, RuntimeError):  # RuntimeError: an encrypted member
            raise DamagedError("a part of it cannot be unpacked") from None
        return io.BufferedReader(_Part(stream, limit), 1 << 16)

    def small(self, name: str) -> IO[bytes]:
        """Open a part that is held in memory. Raises RefusedError when it is too large for that."""
        with self.open(name) as stream:
            content = stream.read(SMALL_PART_BYTES + 1)
        if len(content) > SMALL_PART_BYTES:
            raise too_large("has a list of sheets or styles of more than 32 MiB")
        return io.BytesIO(content)


class _Part(io.RawIOBase):
    """A part that is being unpacked: counted, and with the library's errors as ours."""

    def __init__(self, stream: IO[bytes], limit: int) -> None:
        self._stream = stream
        self._left = limit
        self._limit = limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        try:
            block = self._stream.read(len(view))
        except (*BROKEN, EOFError):
            raise DamagedError("a part of it cannot be unpacked") from None
        except Exception as error:
            if type(error).__module__ in ("zlib", "lzma", "_lzma", "bz2"):
                raise DamagedError("a part of it cannot be unpacked") from None
            raise
        self._left -= len(block)
        if self._left < 0:
            raise too_large(f"unpacks to more than {self._limit >> 20} MiB")
        view[: len(block)] = block
        return len(block)

    def close(self) -> None:
        self._stream.close()
        super().close()


def check_directory(stream: IO[bytes]) -> None:
    """Look at the end of a zip archive: how many members it says it has. Raises DamagedError, RefusedError.

    Whoever opens an archive holds its whole directory in memory.
    """
    found = directory_of(stream)
    if found is None:
        raise DamagedError("its zip directory cannot be read")
    entries, directory = found
    if entries > ENTRIES or directory > DIRECTORY_BYTES:
        raise too_large(f"has more than {ENTRIES:,} members in its zip archive")


def directory_of(stream: IO[bytes]) -> tuple[int, int] | None:
    """Return the members of a zip archive and the bytes of its directory, as its last records say.

    Those are the end record and, before it, the one of zip64 (APPNOTE.TXT 4.3.14 to 4.3.16): zipfile believes
    that one whenever it is there. None where there is no end record. The stream is at its beginning then.
    """
    size = stream.seek(0, io.SEEK_END)
    stream.seek(max(0, size - COMMENT_BYTES - END_BYTES - LOCATOR_BYTES - END64_BYTES))
    tail = stream.read()
    stream.seek(0)
    at = tail.rfind(END)
    if at < 0 or len(tail) - at < END_BYTES:
        return None
    end64 = at - LOCATOR_BYTES - END64_BYTES
    if end64 >= 0 and tail.startswith(LOCATOR, at - LOCATOR_BYTES) and tail.startswith(END64, end64):
        entries, directory = struct.unpack_from("<QQ", tail, end64 + 32)
    else:
        entries, directory = struct.unpack_from("<HI", tail, at + 10)
    return entries, directory


def beside(base: str, target: str) -> str:
    """Return the part that the part ``base`` names: ``target`` is relative to its folder."""
    target = target.replace("\\", "/")
    if target.startswith("/"):
        return normpath(target.lstrip("/"))
    return normpath(f"{base.rpartition('/')[0]}/{target}".lstrip("/"))


def _plain(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()
