"""The upload of a job: CSV split into rows without reading all of it, and its faults as the API names them.

Pure but for the file that is read (facts §4.3).
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

RECORD_LIMIT, COLUMN_LIMIT, HEADER_LIMIT = 400_000, 5_000, 32_000
"""Characters of a record, columns, characters of the header (facts §4.4)."""


class JobError(Exception):
    """The whole job fails; the text is its ``errorMessage``."""


class RowError(Exception):
    """One row is no CSV, or has another number of values than the header."""


@dataclass(frozen=True, slots=True)
class Scan:
    """What a first pass finds: the columns, where the first row begins, and how many rows there are."""

    columns: tuple[str, ...]
    start: int
    rows: int


def split(stream: BinaryIO) -> Iterator[bytes]:
    """Give the records of a CSV stream as they stand, line ends included. Raises JobError for one too long.

    A line end inside quotes belongs to its record.
    """
    parts: list[bytes] = []
    size = quotes = 0
    for line in stream:
        quotes += line.count(b'"')
        size += len(line)
        parts.append(line)
        if size > 4 * RECORD_LIMIT:
            raise JobError(f"ClientInputError : Record is longer than {RECORD_LIMIT} characters")
        if quotes % 2 == 0:
            yield line if len(parts) == 1 else b"".join(parts)
            parts, size, quotes = [], 0, 0
    if parts:
        yield b"".join(parts)


def scan(path: Path, delimiter: str, line_ending: str) -> Scan:
    """Read an upload once. Raises JobError: wrong line ends anywhere, no header, too large a header."""
    with path.open("rb") as stream:
        _check_line_ends(stream, line_ending)
        stream.seek(0)
        records = split(stream)
        header = next(records, b"")
        try:
            columns = tuple(values(header, delimiter))
        except RowError as error:
            raise JobError(f"ClientInputError : {error}") from None
        if not any(columns):
            raise JobError("ClientInputError : The upload has no header")
        if len(columns) > COLUMN_LIMIT or len(header) > HEADER_LIMIT:
            raise JobError(f"ClientInputError : More than {COLUMN_LIMIT} columns, or too long a header")
        return Scan(columns, len(header), sum(1 for record in records if record.strip()))


def _check_line_ends(stream: BinaryIO, line_ending: str) -> None:
    """Line ends inside quotes are reported to count too (facts §4.3 ``[field]``)."""
    for line in stream:
        windows = line.endswith(b"\r\n")
        if line.endswith(b"\n") and windows != (line_ending == "CRLF"):
            raise JobError(
                "ClientInputError : LineEnding is invalid on user data. "
                f"Current LineEnding setting is {line_ending}"
            )


def values(record: bytes, delimiter: str) -> list[str]:
    """Return the values of one record; they are not trimmed. Raises RowError."""
    try:
        text = record.decode("utf-8")
        return next(csv.reader([text], delimiter=delimiter, strict=True), [])
    except UnicodeDecodeError:
        raise RowError("The row is not UTF-8") from None
    except csv.Error as error:
        raise RowError(f"The row is no CSV: {error}") from None


def line(delimiter: str, *fields: str) -> str:
    """Return one line of a result file: every value in quotes (facts §4.2)."""
    return '"' + f'"{delimiter}"'.join(field.replace('"', '""') for field in fields) + '"\n'
