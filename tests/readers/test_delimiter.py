"""Finding the delimiter: found and told, or refused where two would do."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.readers.reading import cells, codes, opened, refusal, rows, write


@pytest.mark.parametrize(
    ("content", "delimiter"),
    [
        ("a,b,c\n1,2,3\n", ","),
        ("a;b;c\n1,5;2,5;3\n1,5;2;3\n", ";"),
        ("a\tb\n1,5\t2\n", "\t"),
        ("a|b|c\n1;2|3|4\n", "|"),
        ("a^b\n1^2\n", "^"),
        ("a`b\n1`2\n", "`"),
        ('"a;b","c"\n"1;2","3"\n', ","),
        ('a,b\n"x;y;z",2\n"p;q",3\n', ","),
        ("Name, first;Age\nDoe, John;5\nRoe, Jane;6\n", ";"),
        ("id,text\n1,a|b\n2,c|d\n", ","),
    ],
)
def test_found_and_told(tmp_path: Path, content: str, delimiter: str) -> None:
    """The delimiter that gives rows as wide as the header is found, and told."""
    source = opened(write(tmp_path, content))
    assert source.shape.delimiter == delimiter
    shown = "tab" if delimiter == "\t" else f"'{delimiter}'"
    assert f"delimiter found: {shown}" in source.shape.notes


def test_one_column(tmp_path: Path) -> None:
    """A header without any delimiter is one column; commas in its rows are a problem, not a second column."""
    path = write(tmp_path, "Summary\nhello\nhello, world\nhi\n")
    assert opened(path).shape.columns == ("Summary",)
    assert "no delimiter found: one column" in opened(path).shape.notes
    assert codes(path) == {3: ["TOO_MANY_CELLS"]}


def test_unclear(tmp_path: Path) -> None:
    """Where two delimiters explain the file alike, it is refused and both are named; declared, it is read."""
    path = write(tmp_path, "a,b|c\n1,2|3\n4,5|6\n")
    error = refusal(path)
    assert error.code == "DELIMITER_UNCLEAR"
    assert "','" in error.message
    assert "'|'" in error.message
    assert cells(path, delimiter="|") == [("1,2", "3"), ("4,5", "6")]


def test_tsv_means_tab(tmp_path: Path) -> None:
    """In a .tsv file a tab in the header is the delimiter, whatever else is there."""
    assert opened(write(tmp_path, "a,b\tc,d\n1,2\t3,4\n", "t.tsv")).shape.columns == ("a,b", "c,d")


@pytest.mark.parametrize("line", ["sep=;", '"sep=;"', "SEP=;"])
def test_sep_line(tmp_path: Path, line: str) -> None:
    """A sep= line names the delimiter, is no row, and counts in the line numbers."""
    source = opened(write(tmp_path, f"{line}\r\na;b\r\n1,2;3\r\n"))
    assert source.shape.columns == ("a", "b")
    assert source.shape.header_row == 2
    assert "delimiter from the sep= line: ';'" in source.shape.notes
    assert [(row.number, row.cells) for row in source.rows()] == [(3, ("1,2", "3"))]


@pytest.mark.parametrize("declared", [";;", '"', "\n", "\0"])
def test_bad_delimiter(tmp_path: Path, declared: str) -> None:
    """A delimiter that cannot be one is refused."""
    assert refusal(write(tmp_path, "a,b\n1,2\n"), delimiter=declared).code == "BAD_DELIMITER"


@pytest.mark.parametrize("declared", ["\t", "\\t", "tab"])
def test_tab_as_people_write_it(tmp_path: Path, declared: str) -> None:
    """A tab can be declared as a character or by name."""
    assert cells(write(tmp_path, "a b\tc\n1\t2\n"), delimiter=declared) == [("1", "2")]


def test_blanks_before_quotes(tmp_path: Path) -> None:
    """In a file of the form «a, "b"» the blanks are no part of the cells, and that is told."""
    path = write(tmp_path, 'No, "Name"\n1, "Doe, John"\n2, "Roe"\n')
    assert opened(path).shape.columns == ("No", "Name")
    assert cells(path) == [("1", "Doe, John"), ("2", "Roe")]
    assert "blanks before a cell are not part of it" in opened(path).shape.notes[1]


def test_leading_blanks_are_kept_elsewhere(tmp_path: Path) -> None:
    """Blanks before unquoted cells belong to them."""
    assert cells(write(tmp_path, "a, b\n1, x\n")) == [("1", " x")]


def test_long_cells_do_not_confuse(tmp_path: Path) -> None:
    """Cells beyond the standard library's limit of 131,072 characters are read."""
    text = "x;" * 100_000
    path = write(tmp_path, f'a,b\n1,"{text}"\n2,y\n')
    assert rows(path)[0].cells == ("1", text)
