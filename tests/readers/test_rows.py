"""Rows of text files: their numbers, blank ones, ragged ones, headers; and files that cannot be read."""

from __future__ import annotations

import os
import random
import tracemalloc
from pathlib import Path

import pytest

from importer.model.errors import SourceError
from importer.readers import place
from tests.readers.reading import cells, codes, opened, refusal, rows, write

NOBODY = 65534


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_physical_line_numbers(tmp_path: Path, end: str) -> None:
    """A row's number is the physical line on which it starts: header and lines inside cells count."""
    lines = ['"a', 'header",b', "1,2", '"3', "", 'x",4', "", "5,6"]
    found = rows(write(tmp_path, end.join(lines)))
    assert [(row.number, row.blank) for row in found] == [(3, False), (4, False), (7, True), (8, False)]
    assert found[1].cells == (f"3{end}{end}x", "4")


def test_blank_rows(tmp_path: Path) -> None:
    """Blank records between rows are given, empty and as wide as the header; those after the last are not."""
    found = rows(write(tmp_path, 'a,b\n\n1,2\n\n , \n"\n"\n3,4\n\n\n,,,\n'))
    assert [(row.number, row.blank) for row in found] == [
        (2, True),
        (3, False),
        (4, True),
        (5, True),
        (6, True),
        (8, False),
    ]
    assert found[2].cells == ("", "")
    assert not any(row.problems for row in found)


def test_blank_lines_cost_nothing(tmp_path: Path) -> None:
    """Blank lines are kept as ranges, whether a row follows or not."""
    source = opened(write(tmp_path, "a,b\n1,2\n" + "\n" * 60_000))
    tracemalloc.start()
    assert sum(1 for _ in source.rows()) == 1
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 300_000


def test_rows_between_faults(tmp_path: Path) -> None:
    """Stretches without a fault are read at once, and others line by line: neither changes a row or number."""
    chance = random.Random(seed := random.randrange(1 << 30))
    print("seed", seed)
    lines, expected, number = ["a,b,c"], [], 2
    kinds = ["plain"] * 800 + ["quoted", "lines", "blank", "short", "bare", "header", "first blank", "return"]
    for n in range(7000):
        kind = chance.choice(kinds if 1000 < n < 6000 else ["plain", "quoted"])
        text, found, codes = {
            "plain": (f"{n},x{n},{'y' * (n % 400)}z", (f"{n}", f"x{n}", f"{'y' * (n % 400)}z"), []),
            "quoted": (f'"{n}","a, ""b""",', (f"{n}", 'a, "b"', ""), []),
            "lines": (f'{n},"one\n\ntwo\n",1', (f"{n}", "one\n\ntwo\n", "1"), []),
            "blank": (" ,,", ("", "", ""), []),
            "short": (f"{n},2", (f"{n}", "2"), ["TOO_FEW_CELLS"]),
            "bare": (f'{n},2" tube,3', (f"{n}", '2" tube', "3"), ["BAD_QUOTING"]),
            "header": ("a,b,c", ("a", "b", "c"), ["HEADER_REPEATED"]),
            "first blank": (f",{n},", ("", f"{n}", ""), []),
            "return": (f"{n},2,3\r{n},2,4", None, []),
        }[kind]
        if found is None:
            expected += [(number, (f"{n}", "2", "3"), codes), (number + 1, (f"{n}", "2", "4"), codes)]
        else:
            expected.append((number, found, codes))
        lines.append(text)
        number += 1 + text.count("\n") + text.count("\r")
    found_rows = rows(write(tmp_path, "\n".join([*lines, ""])))
    assert [(row.number, row.cells, [p.code for p in row.problems]) for row in found_rows] == expected


def test_ragged_rows(tmp_path: Path) -> None:
    """A ragged row is reported as it was read, never padded or cut."""
    found = rows(write(tmp_path, "a,b,c\n1,2\n1,2,3,4\n1,2,\n"))
    assert [row.cells for row in found] == [("1", "2"), ("1", "2", "3", "4"), ("1", "2", "")]
    assert [[p.code for p in row.problems] for row in found] == [["TOO_FEW_CELLS"], ["TOO_MANY_CELLS"], []]
    assert found[0].problems[0].cell == "line 2"
    assert "2 cells, the header has 3" in found[0].problems[0].message


def test_all_problems_of_a_row(tmp_path: Path) -> None:
    """All problems of a row are given, in column order."""
    found = rows(write(tmp_path, b"a,b\n\0,\xff,\0\n"), encoding="utf-8")[0].problems
    assert [(p.code, p.column) for p in found] == [
        ("TOO_MANY_CELLS", None),
        ("NUL_CHARACTER", "a"),
        ("UNDECODABLE", "b"),
        ("NUL_CHARACTER", None),
    ]


def test_each_pass_starts_anew(tmp_path: Path) -> None:
    """rows() can be called several times, also while another pass is under way."""
    source = opened(write(tmp_path, "a,b\n1,2\n3,4\n"))
    first = source.rows()
    next(first)
    assert [row.number for row in source.rows()] == [2, 3]
    assert next(first).number == 3


def test_header_row(tmp_path: Path) -> None:
    """A declared header line is used whatever stands above it, stray quotes included."""
    path = write(tmp_path, 'Report of "May\n,,,,\nmade by us\na,b\n1,2\n')
    source = opened(path, header_row=4)
    assert source.shape.columns == ("a", "b")
    assert source.shape.header_row == 4
    assert [row.number for row in source.rows()] == [5]


@pytest.mark.parametrize("header_row", [2, 9])
def test_header_row_that_is_not_there(tmp_path: Path, header_row: int) -> None:
    """A declared header line that is blank or beyond the end is refused."""
    assert refusal(write(tmp_path, "a,b\n\n1,2\n"), header_row=header_row).code == "NO_HEADER"


def test_names_instead_of_a_header(tmp_path: Path) -> None:
    """With names the first line is a row already."""
    source = opened(write(tmp_path, "1;2\n3;4\n"), names=("x", "y"))
    assert source.shape.columns == ("x", "y")
    assert source.shape.header_row == 0
    assert [(row.number, row.cells) for row in source.rows()] == [(1, ("1", "2")), (2, ("3", "4"))]


def test_headers_as_they_are(tmp_path: Path) -> None:
    """Duplicate, blank and padded column names are read as they are."""
    assert opened(write(tmp_path, "a,a,, b \n1,2,3,4\n")).shape.columns == ("a", "a", "", " b ")


@pytest.mark.parametrize("content", ["", "\n\n", "\ufeff", " \n,,\n"])
def test_no_header(tmp_path: Path, content: str) -> None:
    """An empty file has no header."""
    error = refusal(write(tmp_path, content))
    assert error.code == "NO_HEADER"
    assert "has no header" in error.message


@pytest.mark.parametrize("content", ["a,b", "a,b\n", "a,b\r\n\r\n"])
def test_header_only(tmp_path: Path, content: str) -> None:
    """A header without rows is a table of no rows."""
    assert rows(write(tmp_path, content)) == []


def test_missing_and_unreadable_files(tmp_path: Path) -> None:
    """A missing file and a folder are refused in plain words."""
    assert refusal(tmp_path / "none.csv").code == "FILE_MISSING"
    assert refusal(tmp_path).code == "NOT_A_FILE"


@pytest.mark.skipif(os.name != "posix", reason="file modes are a POSIX matter")
def test_forbidden_file(tmp_path: Path) -> None:
    """A file that may not be read is refused in plain words."""
    path = write(tmp_path, "a,b\n")
    path.chmod(0)
    before = os.geteuid()
    if before == 0:
        os.seteuid(NOBODY)  # modes do not bind root
    try:
        assert refusal(path).code == "FILE_UNREADABLE"
    finally:
        os.seteuid(before)


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file whose reading fails")
def test_file_that_cannot_be_read() -> None:
    """A file that opens, and whose reading fails, is refused in plain words."""
    assert refusal(Path("/proc/self/mem")).code == "FILE_UNREADABLE"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with a name here")
def test_named_pipe(tmp_path: Path) -> None:
    """A pipe is refused, not waited for."""
    os.mkfifo(tmp_path / "pipe")
    assert refusal(tmp_path / "pipe").code == "NOT_A_FILE"


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.4\n",
        b"<!DOCTYPE html><html>",
        b"  <html><table>",
        b'<meta http-equiv="content-type" content="text/html">\n<table><tr><td>a, b</td></tr></table>',
        b"<!-- made by a web page --><div></div>",
        b"<rows><row a='1'/></rows>",
        "\ufeff<html><table>".encode(),
        "\ufeff<html><table>".encode("utf-16-le"),
        '\ufeff[{"a": 1}]'.encode(),
        b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n",
        b"ID;PWXL;N;E\r\nP;PGeneral\r\n",
        b'<?xml version="1.0"?>',
        b'[\n  "a",',
        b'{"a": 1}',
        b"PK\x05\x06" + bytes(18),
    ],
)
def test_other_formats(tmp_path: Path, content: bytes) -> None:
    """What is neither text nor a workbook is refused, whatever its name says."""
    assert refusal(write(tmp_path, content)).code == "FORMAT_NOT_READ"


@pytest.mark.parametrize("header", ["<DATE>,<TIME>", "<DATE>\t<TIME>", "ID;Priority", "[Key],Name"])
def test_headers_that_look_like_other_formats(tmp_path: Path, header: str) -> None:
    """Signs of other formats may stand in a header."""
    assert len(opened(write(tmp_path, f"{header}\n")).shape.columns) == 2


def test_the_name_decides_nothing(tmp_path: Path) -> None:
    """Text is text under any name."""
    assert cells(write(tmp_path, "a,b\n1,2\n", "t.xlsx")) == [("1", "2")]


def test_changed_file(tmp_path: Path) -> None:
    """A file that changed since it was opened is refused, by the check and by a new pass."""
    path = write(tmp_path, "a,b\n1,2\n")
    source = opened(path)
    source.check_unchanged()
    write(tmp_path, "a,b\n1,2\n3,4\n")
    with pytest.raises(SourceError) as caught:
        source.check_unchanged()
    assert caught.value.code == "SOURCE_CHANGED"
    with pytest.raises(SourceError):
        list(source.rows())


def test_replaced_file(tmp_path: Path) -> None:
    """Another file of the same size and time under the name is not the one that was opened."""
    path = write(tmp_path, "a,b\n1,2\n")
    source = opened(path)
    times = path.stat()
    other = write(tmp_path, "a,b\n1,3\n", "other.csv")
    os.utime(other, ns=(times.st_atime_ns, times.st_mtime_ns))
    other.replace(path)
    with pytest.raises(SourceError):
        source.check_unchanged()


def test_digest_and_size(tmp_path: Path) -> None:
    """The shape has the SHA-256 and the size of the file's bytes."""
    shape = opened(write(tmp_path, "a,b\n1,2\n")).shape
    assert shape.digest == "492d5ea496056f1a6a6592241032fab764c321596317930b4fa0e1e8bc3b7470"
    assert shape.size == 8


def test_place(tmp_path: Path) -> None:
    """In text a cell is named by its line."""
    assert place(7, 2, opened(write(tmp_path, "a,b\n")).shape) == "line 7"


def test_rows_are_streamed(tmp_path: Path) -> None:
    """Reading needs the memory of a row, not of the file."""
    line = "x" * 100 + ",y\n"
    source = opened(write(tmp_path, "a,b\n" + line * 20_000))
    tracemalloc.start()
    assert sum(1 for _ in source.rows()) == 20_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


def test_codes_of_one_file_do_not_slow_others(tmp_path: Path) -> None:
    """Clean files are not looked at cell by cell; one with a NUL is."""
    assert not opened(write(tmp_path, "a,b\n1,2\n")).layout.suspect  # type: ignore[attr-defined]
    assert codes(write(tmp_path, "a,b\n1,\0\n")) == {2: ["NUL_CHARACTER"]}
