"""Compressed text: the rows of the file inside, or a refusal; never an endless file."""

from __future__ import annotations

import gzip
import io
import time
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from tests.readers.reading import cells, opened, refusal, write

TABLE = b"a,b\n1,2\n3,4\n"
ROWS = [("1", "2"), ("3", "4")]


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip archive of files; names that end in a slash are folders."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


@pytest.mark.parametrize("name", ["t.csv.gz", "t.gz", "t.csv", "t.xlsx"])
def test_gzip_by_its_bytes(tmp_path: Path, name: str) -> None:
    """A gzip file is read whatever its name, and that is told."""
    source = opened(write(tmp_path, gzip.compress(TABLE), name))
    assert [row.cells for row in source.rows()] == ROWS
    assert source.shape.notes[0] == "unpacked while reading: gzip"


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_zip_of_one_file(tmp_path: Path, method: int) -> None:
    """A zip archive of one file is read; folders and what systems leave in archives do not count."""
    members = {"out/": b"", "__MACOSX/out/._t.csv": b"x", "out/.DS_Store": b"x", "out/t.csv": TABLE}
    source = opened(write(tmp_path, zipped(members, method), "t.zip"))
    assert [row.cells for row in source.rows()] == ROWS
    assert source.shape.notes[0] == "unpacked while reading: 't.csv' of a zip archive"


def test_the_run_is_that_of_the_table(tmp_path: Path) -> None:
    """The digest is that of the unpacked bytes: packed anew, an unchanged export is the same file."""
    plain = opened(write(tmp_path, TABLE)).shape.digest
    for content in (gzip.compress(TABLE, mtime=1), gzip.compress(TABLE, mtime=2), zipped({"x.csv": TABLE})):
        assert opened(write(tmp_path, content, "packed")).shape.digest == plain


def test_other_encodings_inside(tmp_path: Path) -> None:
    """What holds for text holds inside archives: marks, encodings, dialects."""
    path = write(tmp_path, gzip.compress("a;b\nü;ł\n".encode("utf-16")))
    assert cells(path) == [("ü", "ł")]
    assert refusal(write(tmp_path, gzip.compress(b"a,b\n\xe9,\xe8\n"))).code == "NOT_DECODABLE"


@pytest.mark.parametrize("members", [{}, {"a.csv": TABLE, "b.csv": TABLE}, {"folder/": b""}])
def test_not_one_file(tmp_path: Path, members: dict[str, bytes]) -> None:
    """An archive of no file, or of several, is refused: nobody guesses which one was meant."""
    error = refusal(write(tmp_path, zipped(members), "t.zip"))
    assert error.code == "FORMAT_NOT_READ"


@pytest.mark.parametrize(
    "inner",
    [gzip.compress(TABLE), zipped({"t.csv": TABLE}), b"%PDF-1.4\n", b'{"a": 1}'],
    ids=["gzip", "zip", "pdf", "json"],
)
def test_no_text_inside(tmp_path: Path, inner: bytes) -> None:
    """What is no delimited text inside an archive is refused as it would be outside."""
    for content in (gzip.compress(inner), zipped({"x": inner})):
        error = refusal(write(tmp_path, content))
        assert error.code == "FORMAT_NOT_READ"
        assert "inside" in error.message


@pytest.mark.parametrize("cut", [1, 5, 9])
def test_cut_short(tmp_path: Path, cut: int) -> None:
    """A file that was not transferred to its end is refused before any row is given."""
    for content in (gzip.compress(TABLE * 999)[:-cut], zipped({"t.csv": TABLE})[:-cut]):
        with pytest.raises(Exception, match=r"unpacked|zip directory") as caught:
            opened(write(tmp_path, content))
        assert caught.value.code in ("PACKED_UNREADABLE", "WORKBOOK_UNREADABLE")  # type: ignore[attr-defined]


def test_damaged(tmp_path: Path) -> None:
    """A file whose contents do not agree with its checksum is refused."""
    content = bytearray(gzip.compress(TABLE * 999))
    content[-6] ^= 1
    assert refusal(write(tmp_path, bytes(content))).code == "PACKED_UNREADABLE"
    content = bytearray(zipped({"t.csv": TABLE}, zipfile.ZIP_STORED))
    content[content.index(b"1,2")] ^= 1
    assert refusal(write(tmp_path, bytes(content))).code == "PACKED_UNREADABLE"


def test_with_a_password(tmp_path: Path) -> None:
    """An archive with a password is said to have one."""
    content = bytearray(zipped({"t.csv": TABLE}))
    content[content.index(b"PK\x01\x02") + 8] |= 1  # the flag of encryption, in the archive's list
    assert refusal(write(tmp_path, bytes(content))).code == "PASSWORD_PROTECTED"


@pytest.mark.parametrize("kind", ["gzip", "zip"])
def test_bomb(tmp_path: Path, kind: str) -> None:
    """A file that unpacks to a thousand times its size is refused soon, in little memory."""
    block = b"a,b\n" + b"1,2\n" * 262_143
    if kind == "gzip":
        content = b"".join([gzip.compress(block, 9)] * 2000)
    else:
        stream = io.BytesIO()
        with (
            zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive,
            archive.open("t.csv", "w") as member,
        ):
            for _ in range(200):
                member.write(block)
        content = stream.getvalue()
    path = write(tmp_path, content)
    began = time.monotonic()
    tracemalloc.start()
    error = refusal(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert error.code == "PACKED_TOO_LARGE"
    assert peak < 20_000_000
    assert time.monotonic() - began < 20


def test_size_that_the_archive_declares(tmp_path: Path) -> None:
    """A zip archive that lies about the size of its file is refused, not read in part."""
    content = bytearray(zipped({"t.csv": TABLE * 99}))
    entry = content.index(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = (12).to_bytes(4, "little")
    assert refusal(write(tmp_path, bytes(content))).code == "PACKED_UNREADABLE"


def test_text_that_begins_like_an_archive(tmp_path: Path) -> None:
    """A column called PK does not make an archive of a table."""
    assert cells(write(tmp_path, "PK,b\n1,2\n")) == [("1", "2")]
