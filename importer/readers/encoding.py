"""Bytes → characters: byte-order marks, the pattern of NULs, validity.

Undecodable bytes become *marks*, characters that no valid text has, so that decoding never stops and the row
and column of each can be told.
"""

from __future__ import annotations

import codecs
import hashlib
import re
from dataclasses import dataclass
from typing import BinaryIO

from importer.model.errors import SourceError
from importer.model.schema import nearest
from importer.readers.fitting import LADDER

HEAD_BYTES = 1 << 16
BLOCK_BYTES = 1 << 20
MARKS = re.compile("[\udc00-\udcff]+")
MARK_ERRORS = "case-importer-mark"
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
SIGNS = {
    "nul": re.compile("\0"),
    "mark_inside": re.compile("\ufeff"),
    "spaced_quote": re.compile('"(?<= ")'),
    "quoted": re.compile('"(?<=[,;\t|^`\r\n]")'),
    "escapes": re.compile(r"""\\(?=[",;|^`\t])"""),
    "apostrophes": re.compile("'(?<=[,;\t|^`\r\n]')"),
}
"""What rows are looked at for, when it is anywhere; each begins with its rarest character, which is fast."""
SHIFTS = {re.compile(rb"\x1b\$[@B]"): "iso2022_jp", re.compile(rb"\x1b\$\)C"): "iso2022_kr"}
"""Encodings of seven bits: each byte of them is valid UTF-8, and would be read as other letters."""
SPELLINGS = ("utf-8", "utf-16", "utf-32", "cp1252", "latin-1", "iso-8859-15", *LADDER)


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(chr(0xDC00 + byte) for byte in error.object[error.start : error.end]), error.end


codecs.register_error(MARK_ERRORS, _mark)


def marking(codec: str) -> str:
    """Return the name of the error handler that makes marks of what ``codec`` cannot decode.

    In UTF-8 Python's own does, forty times faster: what is wrong there are bytes from 0x80 on.
    """
    return "surrogateescape" if codec in ("utf-8", "utf-8-sig") else MARK_ERRORS


@dataclass(frozen=True, slots=True)
class Encoding:
    """The ``codec`` (Python's name) to read with, whether it was declared, and how it was found."""

    codec: str
    declared: bool
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Survey:
    """What one pass over the bytes has shown: SHA-256 in hex and what rows have to be looked at for.

    ``undecodable``: there are bytes outside the encoding. ``nul``: there are NUL characters. ``mark_inside``:
    there is a byte-order mark after the beginning. ``spaced_quote``: somewhere a quote follows a blank,
    ``quoted``: one begins a cell, ``escapes``: a backslash stands before a quote or separator,
    ``apostrophes``: an apostrophe begins a cell.
    """

    digest: str
    undecodable: bool
    nul: bool
    mark_inside: bool
    spaced_quote: bool
    quoted: bool
    escapes: bool
    apostrophes: bool


def find_encoding(head: bytes, declared: str | None, name: str) -> Encoding:
    """Decide how a text file that begins with ``head`` is encoded; ``name`` is for messages.

    A byte-order mark must contradict neither the declared encoding nor the bytes that follow it.
    Raises SourceError.
    """
    wanted = _codec(declared) if declared is not None else None
    for mark, codec, title in BYTE_ORDER_MARKS:
        if head.startswith(mark):
            if wanted is not None and not _same_family(wanted, codec):
                raise SourceError(
                    "MISLABELLED_BOM",
                    f"{name} begins with the byte-order mark of {title}, but read: encoding says {declared}.",
                    "Remove read: encoding, or save the file without the mark.",
                )
            _check_mark(head[len(mark) :], codec, title, name)
            note = None if declared else f"encoding found: {title} by its byte-order mark"
            return Encoding(codec, declared is not None, note)
    found = _by_nul_pattern(head)
    if wanted is not None:
        return Encoding(found if found and found.startswith(wanted) else wanted, True)
    if found:
        return Encoding(found, False, f"encoding found: {found.upper()} without a byte-order mark")
    for sign, codec in SHIFTS.items():
        if sign.search(head):
            raise SourceError(
                "NOT_DECODABLE",
                f"{name} has the escape sequences by which {codec} changes its letters; UTF-8 has none.",
                f"Say read: encoding: {codec} in the mapping (or utf-8), or save the file as UTF-8.",
            )
    return Encoding("utf-8", False, "encoding found: UTF-8")


def survey(stream: BinaryIO, encoding: Encoding) -> Survey:
    """Read ``stream`` to its end: digest and validity in one pass, in constant memory.

    It ends at the first undecodable byte where the encoding was not declared: the file is refused then.
    """
    codec = encoding.codec
    digest = hashlib.sha256()
    decoder = codecs.getincrementaldecoder(codec)()
    undecodable, looked_for = False, dict(SIGNS)
    last = "\n"
    while block := stream.read(BLOCK_BYTES):
        digest.update(block)
        try:
            text = last + decoder.decode(block)
        except UnicodeDecodeError:
            undecodable, decoder.errors = True, marking(codec)
            if not encoding.declared:
                break
            text = last + decoder.decode(block)
        for name in [name for name, sign in looked_for.items() if sign.search(text)]:
            del looked_for[name]
        last = text[-1]
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        undecodable = True
    seen = {name: name not in looked_for for name in SIGNS}
    return Survey(digest.hexdigest(), undecodable, **seen)


def _codec(declared: str) -> str:
    """Return Python's name of a declared text encoding. Raises SourceError."""
    try:
        found = codecs.lookup(declared.strip())
        "a".encode(found.name)  # LookupError for codecs that are not text encodings, such as base64
    except (LookupError, UnicodeError, ValueError):
        near = nearest(declared, SPELLINGS)
        raise SourceError(
            "UNKNOWN_ENCODING",
            f"read: encoding says {declared!r}; there is no such text encoding.",
            f"Did you mean {near}?" if near else "Usual ones are utf-8, utf-16, cp1252 and latin-1.",
        ) from None
    return found.name


def _same_family(declared: str, codec: str) -> bool:
    return declared.replace("_", "-").startswith(codec.removesuffix("-sig"))


def _check_mark(body: bytes, codec: str, title: str, name: str) -> None:
    """Raise SourceError when a byte-order mark does not fit the bytes that follow it.

    A UTF-16 text cannot do without NUL bytes (each line end and each separator has one) and a tenth of its
    characters are not NUL; a UTF-32 body under a UTF-16 mark has every second one NUL.
    """
    nul_share = body.count(0) / max(1, len(body))
    if codec == "utf-16":
        wrong = (nul_share == 0 and len(body) > 3) or nul_share > 0.6
    elif codec == "utf-32":
        wrong = nul_share < 0.25 and len(body) > 3
    else:
        wrong = nul_share > 0.25
    if body.startswith(tuple(mark for mark, same, _ in BYTE_ORDER_MARKS if same == codec)):
        raise SourceError(
            "MISLABELLED_BOM",
            f"{name} begins with the byte-order mark of {title} twice.",
            "Export the file again, or save it once more as UTF-8.",
        )
    if wrong:
        raise SourceError(
            "MISLABELLED_BOM",
            f"{name} begins with the byte-order mark of {title}, but its content is not {title}.",
            "Export the file again, as UTF-8.",
        )


def _by_nul_pattern(head: bytes) -> str | None:
    """Recognise UTF-16 and UTF-32 without a byte-order mark: text has its NULs in the same places."""
    if b"\0" not in head or len(head) < 4:
        return None
    head = head[: len(head) // 4 * 4]
    shares = [head[offset::4].count(0) / (len(head) // 4) for offset in range(4)]
    if min(shares[2:]) > 0.9 and shares[0] < 0.1:
        return "utf-32-le"
    if min(shares[:2]) > 0.9 and shares[3] < 0.1:
        return "utf-32-be"
    even, odd = (shares[0] + shares[2]) / 2, (shares[1] + shares[3]) / 2
    if odd > 0.5 and even < odd / 10:
        return "utf-16-le"
    if even > 0.5 and odd < even / 10:
        return "utf-16-be"
    return _by_line_ends(head)


def _by_line_ends(head: bytes) -> str | None:
    """Recognise UTF-16 in which few characters have a NUL (Cyrillic, Greek, Chinese) by its line ends.

    All its NULs are on the same side of their characters, and there is one beside each line end.
    """
    odd, even = head[1::2], head[::2]
    for codec, high, low in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        ends = sum(1 for above, below in zip(high, low, strict=True) if above == 0 and below in b"\r\n")
        others = sum(byte in b"\r\n" for byte in head) - ends
        if ends and high.count(0) > 1 and 0 not in low and others < ends:
            return codec
    return None
