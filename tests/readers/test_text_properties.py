"""Any table that Python's csv writes is read back cell for cell, under the right line numbers."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from importer.model.errors import SourceError
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


def written(table: list[list[str]], delimiter: str, quoting: int) -> tuple[str, list[object]]:
    """Write a table with csv; return the text, and (line, cells, blank) of each row that is expected."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=delimiter, quoting=quoting)  # type: ignore[arg-type]
    expected: list[object] = []
    line = 1
    for row in table:
        before = stream.tell()
        writer.writerow(row)
        expected.append((line, ("",) * len(row) if is_blank(row) else tuple(row), is_blank(row)))
        line += lines_in(stream.getvalue()[before:])
    last = max(index for index, row in enumerate(table) if not is_blank(row))
    return stream.getvalue(), expected[1 : last + 1]


def found_in(text: str, encoding: str, **options: object) -> tuple[tuple[str, ...], list[object]]:
    """Read a text back: its columns, and (line, cells, blank) of each row; none may have a problem."""
    with tempfile.TemporaryDirectory() as folder:
        source = opened(write(Path(folder), text.encode(encoding)), **options)
        found = list(source.rows())
    assert not any(row.problems for row in found)
    return source.shape.columns, [(row.number, row.cells, row.blank) for row in found]


DELIMITERS = st.sampled_from(",;\t|^`")
QUOTING = st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"])


@settings(max_examples=300, deadline=None)
@given(tables(), DELIMITERS, QUOTING, ENCODINGS)
@example([["na"], [' "x"']], ",", csv.QUOTE_MINIMAL, "utf-8")
@example([["na", "nb"], ["\r", ""], ["", "\r\n"]], ";", csv.QUOTE_MINIMAL, "utf-8")
def test_reads_back(table: list[list[str]], delimiter: str, quoting: int, encoding: str) -> None:
    """What csv writes is what the reader gives; blank rows are blank, trailing ones are not given."""
    text, expected = written(table, delimiter, quoting)
    columns, found = found_in(text, encoding, delimiter=delimiter, header_row=1)
    assert columns == tuple(table[0])
    assert found == expected


@settings(max_examples=300, deadline=None)
@given(tables(), DELIMITERS, QUOTING, ENCODINGS)
@example([["na", "nb"], [' "x"', " y"]], ",", csv.QUOTE_MINIMAL, "utf-8")
def test_delimiter_is_found(table: list[list[str]], delimiter: str, quoting: int, encoding: str) -> None:
    """When the column names have no delimiters inside, the right one is found whatever the cells have."""
    table = [[*row, "z"] for row in table]
    table[0] = [f"n{index}" for index in range(len(table[0]))]
    text, expected = written(table, delimiter, quoting)
    columns, found = found_in(text, encoding)
    assert columns == tuple(table[0])
    assert found == expected


@settings(max_examples=300, deadline=None)
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


@settings(max_examples=300, deadline=None)
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
