"""What kind of file this is, by its first bytes: text, a workbook, or something that is not read."""

from __future__ import annotations

import enum
import re
import stat
import zipfile
from pathlib import Path

from importer.model.errors import SourceError
from importer.readers.binary import contains, open_binary, reading
from importer.readers.books.limits import DamagedError, RefusedError
from importer.readers.books.zipped import check_directory
from importer.readers.encoding import BYTE_ORDER_MARKS
from importer.readers.packing import GZIP, ZIP

HEAD_BYTES = 4096
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
OLD_BOOKS = (
    b"\x09\x00\x04\x00",
    b"\x09\x02\x06\x00",
    b"\x09\x04\x06\x00",
    b"\x09\x08\x08\x00",
    b"\x09\x08\x10\x00",
)
"""The first record of a workbook of Excel 2 to 97 that is not wrapped in a compound file."""
ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")  # the stream that holds an encrypted workbook
OPEN_DOCUMENT = b"application/vnd.oasis.opendocument."
XML_TEXT = re.compile(
    rb"\s*<(?:!--|(?:\?xml|!doctype|html|head|meta|body|style|table)\b|([a-z][\w:.-]*)(?:\s[^<>]*)?>.*?</\1\s*>)",
    re.IGNORECASE | re.DOTALL,
)
"""A document of tags; a header such as ``<DATE>,<TIME>`` is none."""
COMPRESSED = {
    GZIP: "gzip",
    **{b"BZh%d1AY&SY" % level: "bzip2" for level in range(1, 10)},
    b"\xfd7zXZ": "xz",
    b"(\xb5/\xfd": "zstd",
    b"7z\xbc\xaf'\x1c": "7z",
    b"Rar!\x1a": "rar",
    b"PK\x03\x04": "zip",
}
OTHERS = {
    b"PK\x05\x06": "an empty zip archive",
    OLE: "an old Excel workbook (.xls)",
    b"%PDF-": "a PDF document",
    b"{\\rtf": "an RTF document",
    b"PAR1\x15": "a Parquet file",
    b"ARROW1\0\0": "an Arrow file",
    b"SQLite format 3\0": "an SQLite database",
    b"MIME-Version:": "a web page in an archive (MHTML)",
    b"ID;PWXL": "a SYLK file",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF87a": "a picture",
    b"GIF89a": "a picture",
}
"""First bytes of files that people mistake for tables, and what they are."""
OFFICE = {"word/document.xml": "a Word document", "ppt/presentation.xml": "a PowerPoint presentation"}
"""Parts of documents that are packed like workbooks, and what they are."""
JSON_TEXT = re.compile(rb'\s*(\[\s*[\[{"]|\{\s*")')


class Format(enum.Enum):
    """The formats that are read."""

    TEXT = "text"
    WORKBOOK = "workbook"


def format_of(path: Path) -> Format:
    """Say how the file at ``path`` is to be read.

    Raises SourceError for a file that is missing, no file, unreadable, encrypted, or in another format.
    """
    try:
        mode = path.stat().st_mode
    except OSError:
        mode = stat.S_IFREG  # opening it says what is wrong
    if stat.S_ISDIR(mode):
        raise SourceError("NOT_A_FILE", f"{path} is a folder.", "Name a file in it.")
    if not stat.S_ISREG(mode):
        raise SourceError("NOT_A_FILE", f"{path} is not a regular file.", "Copy its content to a file first.")
    with reading(path), open_binary(path) as stream:
        head = stream.read(HEAD_BYTES)
        if head.startswith(OLE):
            stream.seek(0)
            if contains(stream, ENCRYPTED_PACKAGE):
                raise _password_protected(path)
    if head.startswith((OLE, *OLD_BOOKS)):
        return Format.WORKBOOK
    if head.startswith(ZIP):
        return Format.WORKBOOK if _is_workbook(path, head) else Format.TEXT
    if not head.startswith(GZIP):
        check_text(path, head)
    return Format.TEXT


def check_text(path: Path, head: bytes, what: str = "") -> None:
    """Raise SourceError when ``head``, the first bytes of a file, begins no delimited text.

    ``what`` goes before the file's name where the bytes are those of a file inside it.
    """
    for magic, name in COMPRESSED.items():
        if head.startswith(magic):
            raise _not_read(path, f"{name}-compressed", "Unpack it first and name the file inside.", what)
    for magic, name in OTHERS.items():
        if head.startswith(magic):
            raise _not_read(path, name, what=what)
    head = _ascii(head)
    if XML_TEXT.match(head):
        raise _not_read(path, "an HTML or XML document", what=what)
    if JSON_TEXT.match(head):
        raise _not_read(path, "a JSON document", what=what)


def _ascii(head: bytes) -> bytes:
    """Return ``head`` as ASCII has it: without a byte-order mark and the NULs of UTF-16 and UTF-32."""
    for mark, *_ in BYTE_ORDER_MARKS:
        head = head.removeprefix(mark)
    return head.replace(b"\0", b"") if b"\0" in head[:4] else head


def _is_workbook(path: Path, head: bytes) -> bool:
    """Say whether the zip archive at ``path`` is a workbook: .xlsx, .xlsm, .xlsb or .ods.

    Raises SourceError for an archive that cannot be listed, and for one that only has a workbook's name.
    """
    try:
        with path.open("rb") as stream:
            check_directory(stream)
        with zipfile.ZipFile(path) as archive:
            names = {name.replace("\\", "/").lower().lstrip("/") for name in archive.namelist()}
    except RefusedError as error:
        raise SourceError(error.code, error.message.replace("{file}", str(path)), error.remedy) from None
    except (DamagedError, zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        # NotImplementedError: zipfile, over an archive of a version or method that it does not know
        raise SourceError(
            "WORKBOOK_UNREADABLE",
            f"{path} is not a whole workbook or zip archive: its zip directory cannot be read.",
            "Get the file again; if it opens in Excel, save it there under a new name.",
        ) from None
    if OPEN_DOCUMENT in head or ("content.xml" in names and "mimetype" in names):
        return True
    for part, kind in OFFICE.items():
        if part in names:
            raise _not_read(path, kind)
    if "[content_types].xml" in names or any("workbook." in name for name in names):
        return True
    if path.suffix.lower() in (".xlsx", ".xlsm", ".xlsb", ".ods"):
        raise SourceError(
            "FORMAT_NOT_READ",
            f"{path} is a zip archive without the parts of a workbook.",
            "Get the file again; a zip archive of one text file is read under another name.",
        )
    return False


def _not_read(
    path: Path, kind: str, remedy: str = "Save it as .xlsx or .csv first.", what: str = ""
) -> SourceError:
    return SourceError("FORMAT_NOT_READ", f"{what}{path} is {kind}; that is not read.", remedy)


def _password_protected(path: Path) -> SourceError:
    return SourceError(
        "PASSWORD_PROTECTED",
        f"{path} is password-protected.",
        "Open it in Excel, remove the password (File, Info, Protect Workbook), and save it.",
    )
