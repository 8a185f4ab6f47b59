"""What a text file is: encoding, delimiter, header; what was found is told in the notes of its shape."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from importer.model.errors import SourceError
from importer.model.row import ReadOptions, Shape
from importer.readers.binary import Stamp, open_binary, reading, stamp_of
from importer.readers.delimiter import SEP_LINE, Head, find_delimiter, show, with_delimiter
from importer.readers.dialect import Dialect, csv_reader
from importer.readers.encoding import HEAD_BYTES, MARKS, Encoding, find_encoding, fitting, survey
from importer.readers.records import Lines, skip_lines
from importer.readers.text import Layout, TextSource, decoded

HEAD_CHARACTERS = 1 << 16


@dataclass(frozen=True, slots=True)
class Header:
    """The header's cells, the physical line on which it starts (0: none), and the lines up to its end."""

    columns: tuple[str, ...]
    line: int
    skip: int


def open_text(path: Path, options: ReadOptions) -> TextSource:
    """Find out encoding, delimiter and header of the text at ``path``. Raises SourceError."""
    with reading(path), open_binary(path) as binary:
        stamp = stamp_of(binary)
        encoding = find_encoding(binary.read(HEAD_BYTES), options.encoding, str(path))
        binary.seek(0)
        found = survey(binary, encoding.codec)
    if found.undecodable and not encoding.declared:
        raise _undecodable(path, stamp, encoding)
    head, sep = _head(path, stamp, encoding.codec, options)
    dialect = _dialect(head, sep, options, path)
    header = _header(path, stamp, encoding.codec, dialect, head, options)
    notes = [encoding.note, dialect.note]
    if not options.header_row and header.line > 1:
        notes.append(f"header found in line {header.line}")
    notes.append(_title_note(head, header, dialect) if not options.header_row else None)
    shape = Shape(
        kind="text",
        columns=header.columns,
        header_row=header.line,
        digest=found.digest,
        size=stamp.size,
        encoding=encoding.codec,
        delimiter=dialect.delimiter,
        notes=tuple(note for note in notes if note),
    )
    suspect = found.undecodable or found.nul
    return TextSource(
        path, shape, stamp, Layout(encoding.codec, dialect, header.skip, suspect, found.spaced_quote)
    )


def _undecodable(path: Path, stamp: Stamp, encoding: Encoding) -> SourceError:
    """Say where the first bad byte lies and which encoding would fit; the file's content is not told."""
    title = encoding.codec.removesuffix("-sig").upper()
    sample, first, byte = bytearray(), 0, 0
    with open_binary(path, stamp) as binary, decoded(binary, encoding.codec) as stream:
        for number, line in enumerate(Lines(stream, path), 1):
            if mark := MARKS.search(line):
                first, byte = first or number, byte or ord(mark.group()[0]) - 0xDC00
                sample += line.encode("utf-8", "surrogateescape" if title == "UTF-8" else "replace")
            if len(sample) > HEAD_BYTES:
                break
    fits = fitting(bytes(sample)) if title == "UTF-8" else None
    hint = (
        f"Say read: encoding: {fits} in the mapping (that would fit), or" if fits else "Name its encoding, or"
    )
    return SourceError(
        "NOT_DECODABLE",
        f"{path} is not valid {title}: line {first} has the byte 0x{byte:02X}, which is no text there.",
        f"{hint} save the file as UTF-8.",
    )


def _head(path: Path, stamp: Stamp, codec: str, options: ReadOptions) -> tuple[Head, str | None]:
    """Read the first lines from the declared or possible header on, and the delimiter of a ``sep=`` line."""
    before, sep, kept, size, cut = 0, None, list[str](), 0, False
    wanted = (options.header_row or 1) - 1
    with open_binary(path, stamp) as binary, decoded(binary, codec) as stream:
        lines = Lines(stream, path)
        for number, line in enumerate(lines):
            lines.record.clear()
            if number == 0 and (match := SEP_LINE.fullmatch(line)):
                sep = match.group(1)
                wanted = max(wanted, 1)
            if number < wanted:
                before += 1
                continue
            if size > HEAD_CHARACTERS:
                cut = True
                break
            kept.append(line)
            size += len(line)
    names = len(options.names) if options.names is not None else None
    return Head(tuple(kept), before, cut, names, options.header_row is not None), sep


def _dialect(head: Head, sep: str | None, options: ReadOptions, path: Path) -> Dialect:
    if options.delimiter is None and sep is None:
        return find_delimiter(head, path)
    declared = options.delimiter or sep or ""
    delimiter = "\t" if declared in ("\\t", "tab") else declared
    if len(delimiter) != 1 or delimiter in '"\r\n\0 ':
        raise SourceError(
            "BAD_DELIMITER",
            f"The delimiter {declared!r} cannot be used for {path}: one character, no quote or blank.",
            "Correct read: delimiter, or the sep= line of the file; usual ones are , ; | and tab.",
        )
    note = f"delimiter from the sep= line: {show(delimiter)}" if options.delimiter is None else None
    return with_delimiter(head, delimiter, note)


def _header(
    path: Path, stamp: Stamp, codec: str, dialect: Dialect, head: Head, options: ReadOptions
) -> Header:
    """Find the header: the first record that is not blank, or the one on the declared line.

    Raises SourceError.
    """
    if options.names is not None and options.header_row is None:
        return Header(options.names, 0, head.before)
    with open_binary(path, stamp) as binary, decoded(binary, codec) as stream:
        lines = Lines(stream, path)
        skip_lines(lines, head.before)
        reader = csv_reader(lines, dialect, strict=True)
        while True:
            line = head.before + reader.line_num + 1
            lines.record.clear()
            try:
                cells = next(reader)
            except StopIteration:
                raise _no_header(path, options) from None
            except csv.Error:
                raise _bad_header(path, line, "its quotes do not fit") from None
            if any(map(str.strip, cells)):
                break
            if options.header_row is not None:
                raise _no_header(path, options)
    text = "".join(cells)
    if "\0" in text or MARKS.search(text):
        raise _bad_header(path, line, "it has a NUL character or an undecodable byte")
    columns = options.names if options.names is not None else tuple(cells)
    return Header(columns, line, head.before + reader.line_num)


def _title_note(head: Head, header: Header, dialect: Dialect) -> str | None:
    """Suggest a lower header when the first line has few cells filled and one soon after has them all."""
    width, filled = len(header.columns), sum(bool(column.strip()) for column in header.columns)
    if filled * 2 > width or not header.line:
        return None
    reader = csv_reader(head.lines[:20], dialect, strict=False)
    for cells in reader:
        if len(cells) == width and all(map(str.strip, cells)):
            line = head.before + reader.line_num
            return f"line {header.line} looks like a title; is the header in line {line}? then say header_row"
    return None


def _no_header(path: Path, options: ReadOptions) -> SourceError:
    if options.header_row is not None:
        return SourceError(
            "NO_HEADER",
            f"{path} has no header in line {options.header_row}: the line is blank or not there.",
            "Correct read: header_row in the mapping; lines are counted from 1.",
        )
    return SourceError(
        "NO_HEADER", f"{path} has no header: it is empty.", "Check that the export has worked."
    )


def _bad_header(path: Path, line: int, why: str) -> SourceError:
    return SourceError(
        "BAD_HEADER",
        f"The header of {path} (line {line}) cannot be read: {why}.",
        "Correct the line, or say read: header_row or read: encoding in the mapping.",
    )
