"""Encodings: marks, patterns, declared ones, bad bytes, and the one that is suggested."""

from __future__ import annotations

import codecs
import time
from pathlib import Path

import pytest

from importer.readers.fitting import fitting
from tests.readers.reading import cells, codes, opened, refusal, rows, write

TABLE = "Nr,Straße\n1,Zürich\n2,Łódź\n"
EXPECTED = [("1", "Zürich"), ("2", "Łódź")]


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_without_a_mark(tmp_path: Path, codec: str) -> None:
    """UTF-16 and UTF-32 without a byte-order mark are known by their pattern of NULs, and that is told."""
    source = opened(write(tmp_path, TABLE.encode(codec)))
    assert [row.cells for row in source.rows()] == EXPECTED
    assert source.shape.encoding == codec
    assert codec.upper() in source.shape.notes[0]


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-32"])
def test_with_a_mark(tmp_path: Path, codec: str) -> None:
    """A byte-order mark decides, is no part of the first column, and is remembered for the results."""
    source = opened(write(tmp_path, TABLE.encode(codec)))
    assert source.shape.columns == ("Nr", "Straße")
    assert [row.cells for row in source.rows()] == EXPECTED
    assert source.shape.encoding == codec


@pytest.mark.parametrize(
    "content",
    [
        codecs.BOM_UTF16_LE + TABLE.encode("utf-32-le"),
        codecs.BOM_UTF16_BE + TABLE.encode("utf-32-be"),
        codecs.BOM_UTF16_LE + TABLE.encode(),
        codecs.BOM_UTF8 + TABLE.encode("utf-16-le"),
        codecs.BOM_UTF32_LE + TABLE.encode("utf-8"),
    ],
    ids=["16le-32", "16be-32", "16-8", "8-16", "32-8"],
)
def test_mislabelled(tmp_path: Path, content: bytes) -> None:
    """A mark that does not fit the bytes after it refuses the file."""
    assert refusal(write(tmp_path, content)).code == "MISLABELLED_BOM"


def test_mark_against_declaration(tmp_path: Path) -> None:
    """A mark that contradicts the declared encoding refuses the file; the same family is fine."""
    path = write(tmp_path, TABLE.encode("utf-8-sig"))
    assert refusal(path, encoding="cp1252").code == "MISLABELLED_BOM"
    assert cells(path, encoding="UTF8") == EXPECTED


@pytest.mark.parametrize("declared", ["latin1x", "base64", "rot13", "", "utf-99"])
def test_unknown_encoding(tmp_path: Path, declared: str) -> None:
    """An encoding that does not exist, or is none of text, is refused with a proposal."""
    assert refusal(write(tmp_path, TABLE), encoding=declared).code == "UNKNOWN_ENCODING"


def test_declared_utf16_without_mark(tmp_path: Path) -> None:
    """A declared UTF-16 is read in the byte order that the file has."""
    for codec in ("utf-16-le", "utf-16-be"):
        assert cells(write(tmp_path, TABLE.encode(codec)), encoding="utf-16") == EXPECTED


def test_bad_byte_under_a_declared_encoding(tmp_path: Path) -> None:
    """A bad byte is the problem of its row, column and line; the other rows are read."""
    path = write(tmp_path, b"a,b\n1,ok\n2,\x81x\n\xff,3\n4,ok\n")
    found = rows(path, encoding="cp1252")
    assert codes(path, encoding="cp1252") == {3: ["UNDECODABLE"]}
    assert found[1].problems[0].column == "b"
    assert found[1].problems[0].cell == "line 3"
    assert found[1].cells == ("2", "�x")
    assert codes(path, encoding="utf-8") == {3: ["UNDECODABLE"], 4: ["UNDECODABLE"]}


def test_cut_utf16(tmp_path: Path) -> None:
    """Half a character at the end of a declared UTF-16 file is a problem of its row."""
    path = write(tmp_path, "a,b\n1,2\n3,4".encode("utf-16")[:-1])
    assert refusal(path).code == "NOT_DECODABLE"
    assert codes(path, encoding="utf-16") == {3: ["UNDECODABLE"]}


def test_bad_header(tmp_path: Path) -> None:
    """A header with an undecodable byte or a NUL refuses the file."""
    assert refusal(write(tmp_path, b"a,\xff\n1,2\n"), encoding="utf-8").code == "BAD_HEADER"
    assert refusal(write(tmp_path, b"a,\0\n1,2\n")).code == "BAD_HEADER"


def test_bad_byte_far_down(tmp_path: Path) -> None:
    """The whole file is looked at, not its head, and the line of the first bad byte is named."""
    path = write(tmp_path, b"a,b\n" + b"1,2\n" * 500_000 + b"3,\xe9t\xe9\n")
    error = refusal(path)
    assert error.code == "NOT_DECODABLE"
    assert "line 500002 " in error.message
    assert "cp1252" in error.remedy


def test_characters_across_blocks(tmp_path: Path) -> None:
    """A character that lies across two blocks of reading is no fault."""
    path = write(tmp_path, "a,b\n" + "x,é\n" * 400_000)
    assert not opened(path).layout.suspect  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        ("Ærø; café, naïve", "cp1252"),
        ("Preis 5 €", "cp1252"),
        ("Zażółć gęślą jaźń", "cp1250"),
        ("Привет мир, как дела", "cp1251"),
        ("café déjà vu Müller", "cp850"),
        ("café déjà vu", "mac_roman"),
        ("チケット管理 これは", "shift_jis"),
        ("안녕하세요 세계", "euc_kr"),
        ("你好，世界，票据", "gb18030"),
        ("ÄÖÜ STRASSE", "cp1252"),
        ("he said “no” – it’s ‘off’ …", "cp1252"),
        ("he said “no” – it’s", "mac_roman"),
        ("Привет мир, как дела", "koi8_r"),
        ("Привет мир, как дела", "cp866"),
        ("Χαλασμένος εκτυπωτής", "cp1253"),
        ("印表機壞了，無法列印", "big5"),
    ],
)
def test_suggested_encoding(text: str, codec: str) -> None:
    """The encoding that makes words of the bytes is suggested."""
    assert fitting(text.encode(codec))[0] == codec


def test_encodings_that_cannot_be_told_apart() -> None:
    """Where two encodings make as good words of the bytes, both are named."""
    assert {"cp1252", "cp1254"} <= set(fitting("Yazıcı bozuldu, değil".encode("cp1254")))
    assert {"cp1251", "cp1255"} <= set(fitting("שלום עולם".encode("cp1255")))


@pytest.mark.parametrize("sample", [bytes(range(128, 256)), "NO,SUBJECT\n1,PRINTER".encode("cp037"), b"\xff"])
def test_no_encoding_is_suggested_for_what_is_no_text(sample: bytes) -> None:
    """Bytes of which no encoding makes words get no suggestion."""
    assert fitting(sample) == ()


def test_mixed_encodings(tmp_path: Path) -> None:
    """Where some lines are UTF-8 and others are not, no encoding fits the file, and that is said."""
    path = write(tmp_path, "a,b\n1,Zürich\n".encode() + "2,Köln\n3,ok\n".encode("cp1252"))
    error = refusal(path)
    assert "line 3 has the byte 0xF6" in error.message
    assert "line 2 has letters in UTF-8" in error.message
    assert "cp1252" not in error.remedy
    assert codes(path, encoding="utf-8") == {3: ["UNDECODABLE"]}


def test_marks_where_none_belongs(tmp_path: Path) -> None:
    """A second mark refuses the file; one before a later row is its problem: a key would look the same and differ."""
    twice = write(tmp_path, "\ufeff\ufeffa,b\n1,2\n")
    assert refusal(twice).code == "MISLABELLED_BOM"
    assert codes(write(tmp_path, "a,b\n1,2\n\ufeff3,4\n5,\ufeff6\n")) == {3: ["MARK_INSIDE"]}


@pytest.mark.parametrize("codec", ["iso2022_jp", "iso2022_kr"])
def test_letters_behind_escape_sequences(tmp_path: Path, codec: str) -> None:
    """Encodings of seven bits are valid UTF-8 and other letters: refused by name, and read when declared."""
    text = "名,所\n東,西\n" if codec.endswith("jp") else "이름,곳\n동,서\n"
    path = write(tmp_path, text.encode(codec))
    error = refusal(path)
    assert error.code == "NOT_DECODABLE"
    assert codec in error.remedy
    assert cells(path, encoding=codec) == [tuple(text.split("\n")[1].split(","))]
    assert len(cells(path, encoding="utf-8")) == 1


def test_bad_bytes_without_end(tmp_path: Path) -> None:
    """Millions of bytes that are no text are refused, or are one row with a problem, in no time."""
    path = write(tmp_path, b"a,b\n" + b"\xff\xfe" * 2_000_000 + b"\n1,2\n")
    began = time.process_time()
    assert refusal(path).code == "NOT_DECODABLE"
    assert codes(path, encoding="utf-8") == {2: ["TOO_FEW_CELLS", "UNDECODABLE"]}
    assert time.process_time() - began < 5
