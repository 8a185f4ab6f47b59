"""Quotes that do not fit: the row's problem where reading on is safe, else the file is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from importer.readers.dialect import Dialect
from importer.readers.quoting import End, end_of_record, has_bare_quote, opening_line
from tests.readers.reading import codes, refusal, rows, write


@pytest.mark.parametrize(
    ("line", "width", "end"),
    [
        ('"1","2","3" "', 3, End.SURE),
        ('"5" disk","box"', 2, End.SURE),
        ('"i"  ,"b" ', 2, End.SURE),
        ('"x" y,"z"', 2, End.SURE),
        ('"x" y,z', 2, End.DOUBTFUL),
        ('"a "quoted, word" b', 2, End.DOUBTFUL),
        ('"x","y" z"', 3, End.DOUBTFUL),
    ],
)
def test_end_of_record(line: str, width: int, end: End) -> None:
    """A faulty line is a record for sure only when both ways of writing it wrong close all cells."""
    assert end_of_record(line + "\n", Dialect(","), width) is end


@pytest.mark.parametrize(
    ("line", "bare"),
    [
        ("a,b", False),
        ('"a","b"', False),
        ('"a ""x""",b', False),
        ('"a\nb",c', False),
        ('5" disk,b', True),
        ('"a",more"', True),
        ("", False),
    ],
)
def test_bare_quotes(line: str, bare: bool) -> None:
    """A quote inside an unquoted cell is bare; those of quoted cells are not."""
    assert has_bare_quote([line + "\n"], Dialect(",")) is bare


@pytest.mark.parametrize(
    ("lines", "index"),
    [
        (['"open\n', "more\n"], 0),
        (['a,"b\n', 'c","d\n', "e\n"], 1),
        (['"a ""quoted""\n', "x\n"], 0),
        (['"one\n', '"two","three\n'], 0),
        (['x"y,"open\n', "z\n"], 0),
    ],
)
def test_opening_line(lines: list[str], index: int) -> None:
    """The line on which the unclosed quote opens is found."""
    assert opening_line(lines, Dialect(",")) == index


def test_the_row_is_reported_and_the_next_is_right(tmp_path: Path) -> None:
    """Text after a closing quote is a problem of its row; rows before and after are read."""
    path = write(tmp_path, 'a,b\n1,2\n"x" y,3\n4,5\n')
    found = rows(path)
    assert codes(path) == {3: ["BAD_QUOTING"]}
    assert found[0].cells == ("1", "2")
    assert found[2].cells == ("4", "5")


@pytest.mark.parametrize("rest", ['foo,bar\nmore","z"', 'more","z"', '4,"open'])
def test_fault_that_went_on(tmp_path: Path, rest: str) -> None:
    """When a later line shows that the faulty cell went on, the file is refused."""
    error = refusal(write(tmp_path, f'a,b\n1,2\n"x" y,3\n{rest}\n5,6\n'))
    assert error.code == "UNCLOSED_QUOTE"
    assert "line 3 " in error.message or "line 4 " in error.message


def test_multi_line_fault_refuses_the_file(tmp_path: Path) -> None:
    """A fault in a cell of several lines refuses the file: its lines must not become rows."""
    path = write(tmp_path, 'a,b\n1,2\n3,"4\n5,6\n7"8,9\n')
    error = refusal(path)
    assert error.code == "UNCLOSED_QUOTE"
    assert "line 3 " in error.message


@pytest.mark.parametrize("end", ["", "\n", "\nmore,rows\n"])
def test_file_that_ends_inside_a_cell(tmp_path: Path, end: str) -> None:
    """A file that ends inside a quoted cell is refused whole, with the line where the quote opens."""
    error = refusal(write(tmp_path, f'a,b\n1,2\n\n3,4\n5,"open{end}'))
    assert error.code == "UNCLOSED_QUOTE"
    assert "line 5 " in error.message


def test_rows_before_an_unclosed_quote_are_read_first(tmp_path: Path) -> None:
    """The error comes while reading, so that a scan of the file finds it before anything is sent."""
    path = write(tmp_path, 'a,b\n1,2\n3,"open\n')
    assert refusal(path).code == "UNCLOSED_QUOTE"


def test_blank_before_a_quote(tmp_path: Path) -> None:
    """A quote after a blank does not quote: in a file without that habit it is a problem of its row."""
    path = write(tmp_path, 'a,b\n1,x\n2, "y"\n3,"said ""z"""\n4," ""w"""\n5,"a" b\n')
    assert codes(path) == {3: ["BAD_QUOTING"], 6: ["BAD_QUOTING"]}


def test_blank_before_a_quote_over_lines(tmp_path: Path) -> None:
    """When such a cell goes on in the next line, its rest would be taken for rows: refused."""
    assert refusal(write(tmp_path, 'a,b\n1,x\n"p"x,1\n2, "y\n3,z"\n')).code == "UNCLOSED_QUOTE"


def test_too_large_cell(tmp_path: Path) -> None:
    """A cell beyond the limit is a problem of its row; inside quotes it refuses the file."""
    huge = "x" * 10_000_001
    assert codes(write(tmp_path, f"a,b\n1,2\n3,{huge}\n5,6\n")) == {3: ["CELL_TOO_LARGE"]}
    assert refusal(write(tmp_path, f'a,b\n1,2\n3,"{huge}"\n')).code == "UNCLOSED_QUOTE"


def test_endless_line(tmp_path: Path) -> None:
    """A line of more than 30,000,000 characters refuses the file instead of filling the memory."""
    assert refusal(write(tmp_path, "a,b\n" + "x" * 40_000_001)).code == "LINE_TOO_LONG"


def test_bare_quote_where_blanks_stand_before_quotes(tmp_path: Path) -> None:
    """Where cells are quoted after a blank, a quote inside an unquoted cell is as doubtful as elsewhere."""
    path = write(tmp_path, 'a,b\n1, "x, w"\n2,y "z"\n3, plain\n')
    assert codes(path) == {3: ["BAD_QUOTING"]}
    assert rows(path)[0].cells == ("1", "x, w")
