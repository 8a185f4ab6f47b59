"""What a text file is: encoding, dialect, header; what was found is told in the notes of its shape."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from importer.model.errors import SourceError
from importer.model.row import ReadOptions, Shape
from importer.readers.binary import open_binary, reading, stamp_of
from importer.readers.delimiter import SEP_LINE, Head, find_dialect, lower_header, quotings, show
from importer.readers.dialect import MAX_CELL, Dialect, csv_reader
from importer.readers.encoding import HEAD_BYTES, MARKS, find_encoding, survey
from importer.readers.fitting import LADDER, LATIN, fitting
from importer.readers.formats import check_text
from importer.readers.layout import Layout
from importer.readers.lines import skip_lines
from importer.readers.packing import open_unpacked, packing_of
from importer.readers.rivals import decide, rivals_of
from importer.readers.text import Text, TextSource

HEAD_CHARACTERS = 1 << 16


@dataclass(frozen=True, slots=True)
class Header:
    """The header's cells, the physical line on which it starts (0: none), and the lines up to its end."""

    columns: tuple[str, ...]
    line: int
    skip: int


def open_text(path: Path, options: ReadOptions) -> TextSource:
    """Find out encoding, dialect and header of the text at ``path``. Raises SourceError."""
    with open_binary(path) as binary:
        stamp = stamp_of(binary)
    packing = packing_of(path, stamp)
    with reading(path), open_unpacked(path, packing, stamp) as binary:
        start = binary.read(HEAD_BYTES)
    if packing.kind is not None:
        check_text(path, start, "The file inside ")
    encoding = find_encoding(start, options.encoding, str(path))
    with reading(path), open_unpacked(path, packing, stamp) as binary:
        found = survey(binary, encoding)
    text = Text(path, stamp, packing, encoding.codec)
    if found.undecodable and not encoding.declared:
        raise _undecodable(text)
    head, sep = _head(text, options)
    dialect = find_dialect(head, quotings(options, "".join(head.lines)), _delimiter(sep, options, path), path)
    header = _header(text, dialect, head, options)
    rivals = rivals_of(dialect, options, found)
    if rivals:
        dialect, rivals = decide(dialect, rivals, lambda: _body(text, header), len(header.columns))
    shape = Shape(
        kind="text",
        columns=header.columns,
        header_row=header.line,
        digest=found.digest,
        size=stamp.size,
        encoding=encoding.codec,
        delimiter=dialect.delimiter,
        notes=tuple(
            note
            for note in (
                packing.note,
                encoding.note,
                dialect.note,
                _sep_note(sep, options),
                *_header_notes(head, header, dialect, options),
            )
            if note
        ),
    )
    suspect = found.undecodable or found.nul or found.mark_inside
    quoted = dialect.quote is not None and (found.quoted or dialect.quote != '"' or dialect.skip_blanks)
    return TextSource(
        path,
        shape,
        stamp,
        Layout(encoding.codec, dialect, header.skip, suspect, found.spaced_quote, quoted, rivals, packing),
    )


def _body(text: Text, header: Header) -> Iterator[str]:
    """Give the physical lines of the data rows."""
    with text.lines() as lines:
        skip_lines(lines, header.skip)
        for line in lines:
            lines.record.clear()
            yield line


def _undecodable(text: Text) -> SourceError:
    """Say where the first bad byte lies and which encoding would fit; the file's content is not told."""
    title = text.codec.removesuffix("-sig").upper()
    sample, first, byte, valid = bytearray(), 0, 0, 0
    with text.lines() as lines:
        for number, line in enumerate(lines, 1):
            lines.record.clear()
            if mark := MARKS.search(line):
                first, byte = first or number, byte or ord(mark.group()[0]) - 0xDC00
                sample += line.encode("utf-8", "surrogateescape" if title == "UTF-8" else "replace")
            elif not valid and not line.isascii():
                valid = number
            if len(sample) > HEAD_BYTES:
                break
    where = (
        f"{text.path} is not valid {title}: line {first} has the byte 0x{byte:02X}, which is no text there"
    )
    fits = fitting(bytes(sample)) if title == "UTF-8" else ()
    if title == "UTF-8" and valid and (not fits or LADDER[fits[0]] == LATIN):
        return SourceError(
            "NOT_DECODABLE",
            f"{where}, but line {valid} has letters in UTF-8. The file seems to mix encodings.",
            "Export it again; or say read: encoding: utf-8 in the mapping, and only the rows with such bytes"
            " stay behind.",
        )
    hint = "Name its encoding (read: encoding in the mapping), or"
    if fits:
        others = f"; so would {' and '.join(fits[1:3])}: look at the letters in preview" if fits[1:] else ""
        hint = f"Say read: encoding: {fits[0]} in the mapping (that would fit{others}), or"
    return SourceError("NOT_DECODABLE", f"{where}.", f"{hint} save the file as UTF-8.")


def _head(text: Text, options: ReadOptions) -> tuple[Head, str | None]:
    """Read the first lines from the declared or possible header on, and the delimiter of a ``sep=`` line."""
    before, sep, kept, size, cut = 0, None, list[str](), 0, False
    wanted = (options.header_row or 1) - 1
    with text.lines() as lines:
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


def _delimiter(sep: str | None, options: ReadOptions, path: Path) -> str | None:
    """Return the delimiter that the mapping or the file declares. Raises SourceError."""
    declared = options.delimiter or sep
    if declared is None:
        return None
    delimiter = "\t" if declared in ("\\t", "tab") else declared
    if len(delimiter) != 1 or delimiter in '"\r\n\0' or delimiter in (options.quote, options.escape):
        raise SourceError(
            "BAD_DELIMITER",
            f"The delimiter {declared!r} cannot be used for {path}: one character, and no quote.",
            "Correct read: delimiter, or the sep= line of the file; usual ones are , ; | and tab.",
        )
    return delimiter


def _sep_note(sep: str | None, options: ReadOptions) -> str | None:
    return f"delimiter from the sep= line: {show(sep)}" if sep is not None and not options.delimiter else None


def _header(text: Text, dialect: Dialect, head: Head, options: ReadOptions) -> Header:
    """Find the header: the first record that is not blank, or the one on the declared line.

    Raises SourceError.
    """
    path = text.path
    if options.names is not None and options.header_row is None:
        return Header(options.names, 0, head.before)
    with text.lines() as lines:
        skip_lines(lines, head.before)
        reader = csv_reader(lines, dialect, strict=True)
        while True:
            line = head.before + reader.line_num + 1
            lines.record.clear()
            try:
                cells = next(reader)
            except StopIteration:
                raise _no_header(path, options) from None
            except csv.Error as fault:
                large = f"a cell of it is larger than {MAX_CELL} characters"
                why = large if "limit" in str(fault) else "its quotes do not fit"
                raise _bad_header(path, line, why) from None
            if any(map(str.strip, cells)):
                break
            if options.header_row is not None:
                raise _no_header(path, options)
    title = "".join(cells)
    if "\0" in title or MARKS.search(title):
        raise _bad_header(path, line, "it has a NUL character or an undecodable byte")
    columns = options.names if options.names is not None else tuple(cells)
    return Header(columns, line, head.before + reader.line_num)


def _header_notes(head: Head, header: Header, dialect: Dialect, options: ReadOptions) -> Iterable[str]:
    """Tell where the header was found, and where it seems to be instead."""
    if options.header_row or not header.line:
        return
    if header.line > 1:
        yield f"header found in line {header.line}"
    line = lower_header(head, dialect)
    if line is not None and line > header.line:
        yield f"line {header.line} looks like a title; is the header in line {line}? then say header_row"


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
