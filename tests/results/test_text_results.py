"""Results of text inputs: safe writing, and reading them back."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.model.errors import ImporterError, SourceError
from importer.model.outcome import Status
from importer.model.problem import problem
from importer.model.result import RowResult
from importer.model.row import ReadOptions, Row, Shape
from importer.readers import open_source
from importer.results.files import Files
from importer.results.text import record_of
from tests.results.results import RUN, TEXT, Counted, leftovers, line, read, table, written

BLNS = json.loads((Path(__file__).parent.parent / "data/hostile/blns/blns.json").read_text("utf-8"))


def test_reads_back(tmp_path: Path) -> None:
    """Cells come back as they were, with the result columns after them."""
    rows = [
        ("x", "1"),
        ('say "hi"', "a,b"),
        ("line\nbreak", "cr\rlf\r\n"),
        (" blanks ", "'=1+1"),
        ("one\rcarriage", "return"),
        ("=1+1", "sep=;"),
    ]
    path = written(tmp_path / "t.results.csv", TEXT, *(line(n, cells) for n, cells in enumerate(rows, 2)))
    found = table(path)
    assert [(row["a"], row["b"]) for row in found] == rows
    assert [row["import_row"] for row in found] == ["2", "3", "4", "5", "6", "7"]
    assert list(found[0])[:4] == ["a", "b", "import_row", "import_status"]
    assert list(found[0])[-1] == "import_run"


def test_hostile_strings_survive(tmp_path: Path) -> None:
    """Each naughty string comes back unchanged, as a cell and inside a server's text."""
    texts = [text for text in BLNS if text.strip()]
    lines = [line(n, ["x", text], id=text) for n, text in enumerate(texts, 2)]
    found = table(written(tmp_path / "t.csv", TEXT, *lines))
    assert [row["b"] for row in found] == texts
    assert [row["import_id"] for row in found] == texts


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^", "`"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_as_the_input_was(tmp_path: Path, delimiter: str, encoding: str) -> None:
    """The input's delimiter is used; UTF-8, with a mark when the input had one."""
    source = tmp_path / "in.csv"
    source.write_text(f"a{delimiter}é\n1{delimiter}ü\n", encoding=encoding)
    declared = encoding if encoding == "cp1252" else None
    shape = open_source(source, ReadOptions(encoding=declared)).shape
    path = written(tmp_path / "out.csv", shape, line(2, ["1", "ü"]))
    assert path.read_bytes().startswith(b"\xef\xbb\xbf") == (encoding in ("utf-8-sig", "utf-16"))
    assert read(path).shape.delimiter == delimiter
    assert table(path)[0]["é"] == "ü"


def test_ragged_rows_are_cut_and_filled(tmp_path: Path) -> None:
    """A ragged row is given back as wide as the header, its reason in the message."""
    fault = problem("TOO_MANY_CELLS", cell="line 2", found=3, expected=2)
    path = written(
        tmp_path / "t.csv",
        TEXT,
        line(2, ["1", "2", "3"], Status.INVALID, fault),
        line(3, ["1"], Status.INVALID),
    )
    found = table(path)
    assert [(row["a"], row["b"]) for row in found] == [("1", "2"), ("1", "")]
    assert found[0]["import_code"] == "TOO_MANY_CELLS"
    assert "3 cells, the header has 2" in str(found[0]["import_message"])


def test_a_results_file_as_input(tmp_path: Path) -> None:
    """The results of a results file have the result columns once."""
    first = written(tmp_path / "t.csv", TEXT, line(2, ["1", "2"]))
    source = read(first)
    (row,) = source.rows()
    second = written(tmp_path / "t2.csv", source.shape, (row, line(2, [])[1]))
    assert read(second).shape.columns == source.shape.columns
    assert table(second) == table(first)


def test_no_rows(tmp_path: Path) -> None:
    """Results of no rows are a header."""
    assert table(written(tmp_path / "t.csv", TEXT)) == []


def test_broken_characters_do_not_break_the_file(tmp_path: Path) -> None:
    """Half a surrogate pair in a server's text does not keep the results from being written."""
    path = written(tmp_path / "t.csv", TEXT, line(2, ["x", "y"], id="\ud800"))
    assert table(path)[0]["import_id"] == "?"


def test_error_while_writing_leaves_nothing(tmp_path: Path) -> None:
    """When the rows fail midway, the error passes through and no file is left, nor the old one touched."""
    old = written(tmp_path / "t.csv", TEXT, line(2, ["old", "y"]))

    def failing() -> Iterator[tuple[Row, RowResult]]:
        yield line(2, ["new", "y"])
        raise SourceError("SOURCE_CHANGED", "The file has changed.", "Run again.")

    with pytest.raises(SourceError):
        from importer.results import write_results

        write_results(old, TEXT, failing(), Counted(), RUN)
    assert table(old)[0]["a"] == "old"
    assert leftovers(tmp_path) == []


@pytest.mark.skipif(os.name != "posix", reason="file sizes are limited by POSIX resource limits")
@pytest.mark.parametrize("shape", ["text", "workbook"])
def test_full_disk(tmp_path: Path, shape: str) -> None:
    """A disk that takes no more ends with one plain error, and nothing is left behind."""
    import resource

    kind = Shape(shape, ("a", "b"), 1, "d", 1, encoding="utf-8", delimiter=",", sheet="T")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(ImporterError) as caught:
            written(tmp_path / "t.out", kind, *(line(n, ["x" * 50, f"{n}" * 20]) for n in range(2, 2000)))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert caught.value.code == "RESULTS_NOT_WRITTEN"
    assert caught.value.exit == 1
    assert RUN in caught.value.remedy
    assert list(tmp_path.iterdir()) == []


def test_missing_folder(tmp_path: Path) -> None:
    """A folder that went away is a plain error."""
    with pytest.raises(ImporterError) as caught:
        written(tmp_path / "gone" / "t.csv", TEXT, line(2, ["x", "y"]))
    assert caught.value.code == "RESULTS_NOT_WRITTEN"


def test_file_that_is_open_elsewhere(tmp_path: Path) -> None:
    """A file that cannot be replaced (open in Excel on Windows) makes way to a sibling name, which is told."""
    busy = written(tmp_path / "t.results.csv", TEXT, line(2, ["old", "y"]))

    def replace(source: Path, target: Path) -> None:
        if target == busy:
            raise PermissionError(13, "in use")
        source.replace(target)

    path = written(busy, TEXT, line(2, ["new", "y"]), files=Files(replace=replace))
    assert path.name == "t.results-2.csv"
    assert table(path)[0]["a"] == "new"
    assert table(busy)[0]["a"] == "old"
    assert leftovers(tmp_path) == []


def test_file_that_appeared_meanwhile(tmp_path: Path) -> None:
    """A file that somebody put there after the name was chosen is kept."""
    taken = tmp_path / "t.results.csv"
    taken.write_text("somebody's\n", encoding="utf-8")
    assert written(taken, TEXT, line(2, ["x", "y"])).name == "t.results-2.csv"
    assert taken.read_text("utf-8") == "somebody's\n"


@given(
    st.lists(
        st.none() | st.integers() | st.text(alphabet='ab ,;\t|"\n\r\x00\x0b\u2028é', max_size=6), min_size=1
    ),
    st.sampled_from(",;\t|"),
)
def test_records_are_those_of_the_standard_library(cells: list[object], delimiter: str) -> None:
    """A record is written as csv.writer writes it, whatever its cells hold."""
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=delimiter, lineterminator="\r\n").writerow(cells)
    assert record_of(cells, delimiter) == stream.getvalue()
