"""What was read without a fault and may be meant otherwise: told, row by row, or the file refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from importer.readers.dialect import Dialect
from importer.readers.quoting import has_bare_quote, has_none_bare, strict_cells
from tests.readers.reading import cells, codes, opened, refusal, rows, write


@pytest.mark.parametrize(
    ("record", "bare"),
    [
        ("a,b,c", False),
        ('"a","b"', False),
        ('a,"b ""c"" d",e', False),
        ('a,"b,""c"",d",e', False),
        ('5" disk,"b"', True),
        ('a,b","c"', True),
        ('"",,""', False),
        ('x"",y', True),
    ],
)
def test_bare_quotes(record: str, bare: bool) -> None:
    """Counting never calls a record clean that has a bare quote; looking at each cell decides."""
    dialect = Dialect(",")
    read = strict_cells([record], dialect)
    assert read is not None
    assert has_bare_quote([record], dialect) is bare
    assert not (bare and has_none_bare(record, read, dialect))


def test_bare_quote_where_others_quote(tmp_path: Path) -> None:
    """In a file whose cells are quoted where needed, a quote inside an unquoted cell is a problem."""
    path = write(tmp_path, 'a,b\n1,"x, y"\n2,5" disk\n3,"5"" disk"\n')
    assert codes(path) == {3: ["BAD_QUOTING"]}
    assert "read: quote: none" in rows(path)[1].problems[0].message


def test_bare_quote_where_nobody_quotes(tmp_path: Path) -> None:
    """Where no cell is quoted, a quote is a character; declared, also at the beginning of a cell."""
    assert cells(write(tmp_path, 'a,b\n1,5" disk\n')) == [("1", '5" disk')]
    assert cells(write(tmp_path, 'a,b\n1,"5" disk\n'), quote="none") == [("1", '"5" disk')]


def test_header_once_more(tmp_path: Path) -> None:
    """The header among the rows is a problem, also after a byte-order mark; a row that only begins so is none."""
    path = write(tmp_path, "a,b\n1,2\na,b\n3,4\n\ufeffa,b\na,5\n")
    assert codes(path) == {3: ["HEADER_REPEATED"], 5: ["HEADER_REPEATED"]}
    assert "line 1" in rows(path)[1].problems[0].message


def test_header_that_names_replace(tmp_path: Path) -> None:
    """With header: none, a first line that is the names is a header after all."""
    assert codes(write(tmp_path, "a,b\n1,2\n"), names=("a", "b")) == {1: ["HEADER_REPEATED"]}


def test_rows_inside_a_cell(tmp_path: Path) -> None:
    """Two stray quotes that make one record of all rows between them: a problem that names the lines."""
    lines = ["a,b,c,d,e", "1,x,x,x,x", '2,"x,x,x,x', "3,x,x,x,x", '4,x",x,x,x', "5,x,x,x,x"]
    path = write(tmp_path, "\n".join(lines) + "\n")
    found = rows(path)
    assert [row.number for row in found if not row.problems] == [2, 6]
    assert "line 5" in found[1].problems[0].message


def test_lines_inside_a_cell(tmp_path: Path) -> None:
    """A cell of several lines that do not look like rows is a cell."""
    path = write(tmp_path, 'a,b,c\n1,"Dear all,\nplease, help\n",x\n2,"one\ntwo",y\n')
    assert not codes(path)


@pytest.mark.parametrize("blank", ["\n", "\n\n", ",,\n"])
def test_second_table(tmp_path: Path, blank: str) -> None:
    """A header after a blank line, under rows with numbers, begins another table: the file is refused."""
    error = refusal(write(tmp_path, f"no,name,hours\n1,Ann,2.5\n{blank}Town,Street,Country\nBern,Ring,CH\n"))
    assert error.code == "SECOND_TABLE"
    line = 3 + max(1, blank.count("\n"))
    assert f"line {line}," in error.message
    assert f"header_row: {line} " in error.remedy


@pytest.mark.parametrize("row", ["2,Bob,1.5", "Bob,,x", "Bob,Bob,x", "x\ty,z,w"])
def test_rows_after_a_blank_line(tmp_path: Path, row: str) -> None:
    """A row after a blank line is a row, unless all of it speaks for a header."""
    assert len(rows(write(tmp_path, f"no,name,hours\n1,Ann,2.5\n\n{row}\n"))) == 3


def test_second_table_of_another_width(tmp_path: Path) -> None:
    """The rows of a table of another width are problems, each under its line."""
    path = write(tmp_path, "a,b,c\n1,2,3\n4,5,6\n\nx,y\n7,8\n")
    assert codes(path) == {5: ["TOO_FEW_CELLS"], 6: ["TOO_FEW_CELLS"]}


def test_end_mark(tmp_path: Path) -> None:
    """The end mark of old systems is no row, in a table of one column neither."""
    assert cells(write(tmp_path, "a\n1\n\x1a")) == [("1",)]
    assert cells(write(tmp_path, "a,b\n1,2\n\n\x1a")) == [("1", "2")]
    assert cells(write(tmp_path, "a,b\n1,2\x1a")) == [("1", "2")]


# Backslashes and apostrophes


def test_escapes_are_found(tmp_path: Path) -> None:
    """Where only backslashes explain the quotes, they escape, and that is told."""
    path = write(tmp_path, 'a,b\n1,"say \\"hi\\", you"\n2,"C:\\\\x"\n')
    assert cells(path) == [("1", 'say "hi", you'), ("2", "C:\\x")]
    assert any("backslash" in note for note in opened(path).shape.notes)


def test_escapes_far_down(tmp_path: Path) -> None:
    """All records decide, not the first ones."""
    path = write(tmp_path, "a,b\n" + "1,x\n" * 50_000 + '2,"say \\"hi\\", you"\n')
    assert rows(path)[-1].cells == ("2", 'say "hi", you')
    assert not codes(path)


def test_paths_are_no_escapes(tmp_path: Path) -> None:
    """A backslash at the end of a quoted cell is a character where only that explains the file."""
    path = write(tmp_path, 'a,b\n1,"C:\\dir\\"\n2,"\\\\server\\x"\n3,"a ""b"""\n')
    assert cells(path) == [("1", "C:\\dir\\"), ("2", "\\\\server\\x"), ("3", 'a "b"')]


def test_unclear_backslash(tmp_path: Path) -> None:
    """Where both readings explain all records, the rows they read otherwise are problems until it is declared."""
    path = write(tmp_path, 'a,b\n1,x\\"y\n2,z\n')
    assert codes(path) == {2: ["BAD_QUOTING"]}
    assert "read: escape" in rows(path)[0].problems[0].message
    assert cells(path, escape="\\") == [("1", 'x"y'), ("2", "z")]
    assert cells(path, escape="none") == [("1", 'x\\"y'), ("2", "z")]


def test_unknown_escape(tmp_path: Path) -> None:
    """A declared escape before a character that needs none is a problem, never dropped in silence."""
    path = write(tmp_path, 'a,b\n1,"C:\\temp"\n2,"\\"x\\""\n')
    assert codes(path, escape="\\") == {2: ["BAD_QUOTING"]}


def test_apostrophes_are_found(tmp_path: Path) -> None:
    """Where only apostrophes explain the cells, they quote, and that is told."""
    path = write(tmp_path, "a,b,c\n1,'Doe, John',x\n2,'it''s',y\n3,'z',w\n")
    assert [row.cells[1] for row in rows(path)] == ["Doe, John", "it's", "z"]
    assert any("apostrophes" in note for note in opened(path).shape.notes)


def test_unclear_apostrophes(tmp_path: Path) -> None:
    """Apostrophes around a cell that are needed nowhere are a problem until the quote is declared."""
    path = write(tmp_path, "a,b\n1,'x'\n2,it's\n")
    assert codes(path) == {2: ["BAD_QUOTING"]}
    assert cells(path, quote="'") == [("1", "x"), ("2", "it's")]
    assert cells(path, quote='"') == [("1", "'x'"), ("2", "it's")]


def test_apostrophes_in_text(tmp_path: Path) -> None:
    """An apostrophe that begins a word is one."""
    path = write(tmp_path, "a,b\n'tis,x\n'90s,y\n")
    assert cells(path) == [("'tis", "x"), ("'90s", "y")]


# Titles above the table


@pytest.mark.parametrize(
    "above", ["Report, of May\n", "Report;May;2024\n", "Report\n", "Report, May\n".replace('""', '"')]
)
def test_title_that_seems_a_header(tmp_path: Path, above: str) -> None:
    """A first line that is narrower than all rows is refused, with the line that is the header."""
    path = write(tmp_path, f"{above}a,b,c,d\n1,2,3,4\n5,6,7,8\n9,10,11,12\n")
    error = refusal(path)
    assert error.code in ("HEADER_UNCLEAR", "BAD_HEADER")
    assert "header_row" in error.remedy


def test_titles_as_wide_as_each_other(tmp_path: Path) -> None:
    """Two title lines are read as a header and a row, and the likely header is told."""
    path = write(tmp_path, "Report, May\nby us, at home\na,b,c\n1,2,3\n4,5,6\n7,8,9\n")
    assert any("line 3?" in note for note in opened(path).shape.notes)


def test_trailing_separators_are_no_wider_table(tmp_path: Path) -> None:
    """Rows with a separator too many are problems; the header is not doubted for that."""
    assert set(codes(write(tmp_path, "a,b\n1,2,\n3,4,\n5,6,\n"))) == {2, 3, 4}


@pytest.mark.parametrize(
    "text", ["Дата,Тема\nсреда,вопрос\nчетверг,ответ\n", "日付,件名\n月曜,質問\n火曜,回答\n"]
)
@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf16_of_other_scripts(tmp_path: Path, text: str, codec: str) -> None:
    """UTF-16 without a mark is known also where few of its characters are ASCII."""
    assert opened(write(tmp_path, text.encode(codec))).shape.encoding == codec


def test_memory_of_a_record(tmp_path: Path) -> None:
    """A record of more lines than any has refuses the file instead of filling the memory."""
    error = refusal(write(tmp_path, 'a,b\n1,"' + "x\n" * 1_000_001 + '"\n'))
    assert error.code == "LINE_TOO_LONG"
