"""Any table that Python's csv writes is read back cell for cell, under the right line numbers, or refused.

What is left out: lines that end in CR with LF inside cells (or the other way round), because csv does not quote
those, and undeclared backslashes that stand in pairs only.
"""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from importer.model.errors import SourceError
from importer.model.row import Row
from tests.readers.reading import opened, write

CHARACTERS = st.one_of(
    st.sampled_from(list(",;\t|^`\"' \n\r=aé€𝄞x0\ufeff\\#")),
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
)
CELL = st.text(CHARACTERS, max_size=6)
NAME = st.text(st.sampled_from(list('abcXYZ ,;"\n_é')), min_size=1, max_size=5).map(lambda name: f"n{name}")


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    """Draw a header and rows of its width."""
    header = draw(st.lists(NAME, min_size=1, max_size=4))
    row = st.lists(CELL, min_size=len(header), max_size=len(header))
    return [header, *draw(st.lists(row, max_size=6))]


def lines_in(text: str) -> int:
    """Count the line ends inside a record as a person does: CR LF is one."""
    return text.replace("\r\n", "\n").replace("\r", "\n").count("\n")


def is_blank(row: list[str]) -> bool:
    """Say whether a row has nothing but white space."""
    return not any(map(str.strip, row))


def written(table: list[list[str]], **dialect: object) -> tuple[str, list[object]]:
    """Write a table with csv; return the text, and (line, cells, blank) of each row that is expected."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, **dialect)  # type: ignore[arg-type]
    expected: list[object] = []
    line = 1
    for row in table:
        before = stream.tell()
        writer.writerow(row)
        expected.append((line, ("",) * len(row) if is_blank(row) else tuple(row), is_blank(row)))
        line += lines_in(stream.getvalue()[before:])
    last = max(index for index, row in enumerate(table) if not is_blank(row))
    return stream.getvalue(), expected[1 : last + 1]


def found_in(content: bytes, **options: object) -> tuple[tuple[str, ...], list[Row]] | SourceError:
    """Read a text back: its columns and rows, or the error with which it is refused."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            source = opened(write(Path(folder), content), **options)
            return source.shape.columns, list(source.rows())
        except SourceError as error:
            assert error.remedy
            return error


def shown(rows: list[Row]) -> list[object]:
    """Return (line, cells, blank) of each row."""
    return [(row.number, row.cells, row.blank) for row in rows]


DELIMITERS = st.sampled_from(",;\t|^`")
QUOTING = st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-32-be"])


def never_wrong(found: tuple[tuple[str, ...], list[Row]] | SourceError, expected: list[object]) -> None:
    """Assert that each row is right or has a problem, and none is missing; or that the file is refused."""
    if isinstance(found, SourceError):
        return
    by_line = {entry[0]: entry for entry in expected}  # type: ignore[index]
    for row, entry in zip(found[1], shown(found[1]), strict=True):
        assert row.problems or entry == by_line.get(row.number)
    assert by_line.keys() <= {row.number for row in found[1]}


@settings(max_examples=150, deadline=None)
@given(tables(), DELIMITERS, QUOTING, ENCODINGS)
@example([["na"], [' "x"']], ",", csv.QUOTE_MINIMAL, "utf-8")
@example([["na", "nb"], ["\r", ""], ["", "\r\n"]], ";", csv.QUOTE_MINIMAL, "utf-8")
def test_reads_back(table: list[list[str]], delimiter: str, quoting: int, encoding: str) -> None:
    """What csv writes is what the reader gives when quote and header are declared, cell for cell.

    Alone a row that is the header once more, and lines in a cell that look like rows, are problems.
    """
    text, expected = written(table, delimiter=delimiter, quoting=quoting)
    declared = {"encoding": encoding} if encoding in ("utf-16-le", "utf-32-be") else {}
    found = found_in(text.encode(encoding), delimiter=delimiter, header_row=1, quote='"', **declared)
    assert not isinstance(found, SourceError) or found.code == "SECOND_TABLE", found
    never_wrong(found, expected)
    if not isinstance(found, SourceError):
        assert found[0] == tuple(table[0])
        for row in found[1]:
            swallowed = any("looks like a row" in problem.message for problem in row.problems)
            assert not row.problems or swallowed or list(row.cells) == table[0]


@settings(max_examples=150, deadline=None)
@given(tables(), DELIMITERS, QUOTING, ENCODINGS)
@example([["na", "nb"], [' "x"', " y"]], ",", csv.QUOTE_MINIMAL, "utf-8")
@example([["na", "nb"], ["'", ",'"]], ",", csv.QUOTE_MINIMAL, "utf-8")
@example([["na", "nb"], ['\\"', "\\"]], ",", csv.QUOTE_ALL, "utf-8")
def test_found_or_refused(table: list[list[str]], delimiter: str, quoting: int, encoding: str) -> None:
    """When nothing is declared, rows are right, or problems, or the file is refused; never wrong."""
    table = [[*row, "z"] for row in table]
    table[0] = [f"n{index}" for index in range(len(table[0]))]
    text, expected = written(table, delimiter=delimiter, quoting=quoting)
    found = found_in(text.encode(encoding))
    never_wrong(found, expected)
    assert isinstance(found, SourceError) or found[0] == tuple(table[0])


@settings(max_examples=150, deadline=None)
@given(
    tables(),
    st.sampled_from(",;\t|~ §"),
    st.sampled_from(["'", '"', "%"]),
    st.sampled_from([None, "\\", "!"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONE]),
)
def test_declared_dialects(
    table: list[list[str]], delimiter: str, quote: str, escape: str | None, quoting: int
) -> None:
    """Any delimiter, quote and escape of csv reads back when it is declared, or the row is a problem."""
    if quoting == csv.QUOTE_NONE:
        escape = escape or "\\"
        table = [["".join(cell.split()) or "x" for cell in row] for row in table]  # line ends need quotes
    text, expected = written(
        table,
        delimiter=delimiter,
        quotechar=quote,
        escapechar=escape,
        doublequote=escape is None,
        quoting=quoting,
    )
    options = {"delimiter": delimiter, "quote": "none" if quoting == csv.QUOTE_NONE else quote}
    found = found_in(text.encode(), **options, escape=escape or "none", header_row=1)
    never_wrong(found, expected)
    assert not isinstance(found, SourceError) or found.code in ("SECOND_TABLE", "BAD_HEADER"), found
    if not isinstance(found, SourceError):
        assert found[0] == tuple(table[0])


@settings(max_examples=150, deadline=None)
@given(
    tables(), st.sampled_from(["cp1252", "latin-1", "cp1251", "shift_jis", "gb18030", "cp037", "utf-16-be"])
)
def test_declared_encodings(table: list[list[str]], encoding: str) -> None:
    """Any encoding reads back when it is declared."""
    table = [[cell.encode(encoding, "replace").decode(encoding) for cell in row] for row in table]
    text, expected = written(table)
    found = found_in(text.encode(encoding), encoding=encoding, delimiter=",", header_row=1, quote='"')
    never_wrong(found, expected)
    assert not isinstance(found, SourceError) or found.code == "SECOND_TABLE", found


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
@example(b'a,b\n"\xff')
@example(b"\xff\xfe\x00")
def test_any_bytes(content: bytes) -> None:
    """Whatever the bytes are, they are read as rows or refused as a whole; nothing else is raised."""
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder), content)
        for options in (
            {},
            {"encoding": "utf-8"},
            {"encoding": "cp1252", "header_row": 2},
            {"names": ("a",)},
        ):
            try:
                for row in opened(path, **options).rows():
                    assert row.blank or row.problems or len(row.cells) > 0
            except SourceError as error:
                assert error.remedy


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.lists(st.sampled_from(['"x"', "y", '"', '"a"b', 'c"d', '""', "e f", "\n", '"g\nh"']), max_size=4),
        max_size=5,
    )
)
def test_polluted_quotes(rows: list[list[str]]) -> None:
    """However quotes are broken, every row without a problem is one that a strict parser gives."""
    text = "p,q\n" + "\n".join(",".join(row) for row in rows) + "\n"
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder), text)
        try:
            source = opened(path, delimiter=",", header_row=1)
            good = [row for row in source.rows() if not row.problems and not row.blank]
        except SourceError as error:
            assert error.code == "UNCLOSED_QUOTE"
            return
    lines = text.splitlines(keepends=True)
    for row in good:
        assert next(csv.reader(iter(lines[row.number - 1 :]), strict=True)) == list(row.cells)
