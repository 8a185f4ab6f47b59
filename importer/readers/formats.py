"""What kind of file this is, by its first bytes: text, a workbook, or something that is not read."""

from __future__ import annotations

import enum
import re
import stat
import zipfile
from pathlib import Path

from importer.model.errors import SourceError
from importer.readers.binary import contains, open_binary, reading

HEAD_BYTES = 4096
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")  # the stream that holds an encrypted workbook
OPEN_DOCUMENT = b"application/vnd.oasis.opendocument."
XML_TEXT = re.compile(rb"\s*<(\?xml|!doctype|html|table)\b", re.IGNORECASE)
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
            encrypted = contains(stream, ENCRYPTED_PACKAGE)
            raise _password_protected(path) if encrypted else _not_read(path, "an old Excel workbook (.xls)")
    if head.startswith(b"PK\x03\x04"):
        _check_workbook(path, head)
        return Format.WORKBOOK
    for magic, name in ((b"\x1f\x8b", "gzip"), (b"BZh", "bzip2"), (b"\xfd7zXZ", "xz"), (b"PK", "zip")):
        if head.startswith(magic):
            raise _not_read(path, f"{name}-compressed", "Unpack it first and name the file inside.")
    if head.startswith(b"%PDF-"):
        raise _not_read(path, "a PDF document")
    if XML_TEXT.match(head):
        raise _not_read(path, "an HTML or XML document")
    if JSON_TEXT.match(head):
        raise _not_read(path, "a JSON document")
    return Format.TEXT


def _check_workbook(path: Path, head: bytes) -> None:
    """Raise SourceError unless the zip archive at ``path`` is an .xlsx or .xlsm workbook."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = {name.replace("\\", "/").lower().lstrip("/") for name in archive.namelist()}
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise SourceError(
            "WORKBOOK_UNREADABLE",
            f"{path} is not a whole workbook: its zip directory cannot be read.",
            "Get the file again; if it opens in Excel, save it there under a new name.",
        ) from None
    if any(name.endswith("workbook.bin") for name in names):
        raise _not_read(path, "a binary Excel workbook (.xlsb)")
    if OPEN_DOCUMENT in head or ("content.xml" in names and "mimetype" in names):
        raise _not_read(path, "an OpenDocument file (.ods)")
    if "[content_types].xml" not in names:
        raise _not_read(path, "a zip archive", "Unpack it first and name the file inside.")


def _not_read(path: Path, what: str, remedy: str = "Save it as .xlsx or .csv first.") -> SourceError:
    return SourceError("FORMAT_NOT_READ", f"{path} is {what}; that is not read.", remedy)


def _password_protected(path: Path) -> SourceError:
    return SourceError(
        "PASSWORD_PROTECTED",
        f"{path} is password-protected.",
        "Open it in Excel, remove the password (File, Info, Protect Workbook), and save it.",
    )
