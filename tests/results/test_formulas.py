"""Marks against formulas in text results: lossless, each line for itself, undone by our own reader."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.results.as_input import returned
from importer.results.form import Form
from importer.results.formulas import escaped, is_active, unescaped
from tests.pipeline.conftest import Open
from tests.results.results import RUN, TEXT, line, read, written
from tests.stage import CASE

BLNS = json.loads((Path(__file__).parent.parent / "data/hostile/blns/blns.json").read_text("utf-8"))
SAFE = Form(escape_formulas=True)


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("=1+1", "'=1+1"),
        ("+41 44 619 12 14", "'+41 44 619 12 14"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-cmd|x", "'-cmd|x"),
        (" =1", "' =1"),
        ("\t=1", "'\t=1"),
        ("\uff1d1", "'\uff1d1"),
        ("'=1", "''=1"),
        ("-12.50", "-12.50"),
        ("+7", "+7"),
        ("'tis", "'tis"),
        ("a=b", "a=b"),
        ("", ""),
    ],
)
def test_marks(text: str, marked: str) -> None:
    """What a spreadsheet would take for a formula gets an apostrophe; numbers and other texts do not."""
    assert escaped(text) == marked
    assert unescaped(marked) == text


@settings(deadline=None)
@given(st.text("'=+-@ \t\r\n10.ab\uff1d", max_size=6) | st.text(max_size=8))
def test_every_text_comes_back(text: str) -> None:
    """The marks lose nothing, and no marked text begins as a formula."""
    assert unescaped(escaped(text)) == text
    assert not escaped(text).startswith(("=", "@")) or not is_active(text)


def test_hostile_strings_come_back(tmp_path: Path) -> None:
    """A results file with marks reads as the input did, header too; none of its cells begins as a formula."""
    shape = type(TEXT)("text", ("=a", "b"), 1, "d", 1, encoding="utf-8", delimiter=",")
    rows = [[text, "'=kept"] for text in BLNS if text.strip() and "\0" not in text]
    path = written(tmp_path / "t.csv", shape, *(line(n, row) for n, row in enumerate(rows, 2)), form=SAFE)
    with path.open(encoding="utf-8", newline="") as stream:
        raw = list(csv.reader(stream))
    assert not any(cell.startswith(("=", "@")) for record in raw for cell in record)
    assert raw[0][:2] == ["'=a", "b"] and raw[0][-2:] == ["import_escaped", "import_run"]
    source = returned(read(path))
    assert source.shape.columns[:2] == ("=a", "b")
    assert [list(row.cells[:2]) for row in source.rows()] == rows
    assert {row.cells[-1] for row in source.rows()} == {RUN}


def test_lines_without_the_word_are_read_as_they_are(tmp_path: Path) -> None:
    """A line that a person has added is taken by its word."""
    path = written(tmp_path / "t.csv", TEXT, line(2, ["=1", "x"]), form=SAFE)
    head, _first = path.read_text("utf-8").splitlines()
    path.write_text(f"{head}\r\n'=1,x{',' * 13}\r\n", encoding="utf-8")
    [row] = returned(read(path)).rows()
    assert row.cells[:2] == ("'=1", "x")


async def test_what_is_sent_is_unchanged(open_kind: Open) -> None:
    """The server gets the cells as they are, from the input and from the results that come back."""
    stage = await open_kind(CASE, keyed=False)
    rows = [["=A1", "=text 1", "1", "a@example.com"], ["@b", "+text 2", "2", "bad"]]
    first = await stage.run(stage.write(rows), escape_formulas=True)
    assert first.results is not None and first.counts == {"created": 1, "invalid": 1}
    assert "'=A1,'=text 1," in first.results.read_text("utf-8")
    text = first.results.read_text("utf-8").replace(",bad,", ",good@example.com,")
    back = stage.folder / "back.csv"
    back.write_text(text, encoding="utf-8", newline="")
    second = await stage.run(back)
    assert second.counts == {"exists": 1, "created": 1}
    assert stage.texts() == ["+text 2", "=text 1"]
    assert sorted(record["Legacy_State__c"] for record in stage.records()) == ["=A1", "@b"]
    assert stage.lines(second)[1]["Text"] == "+text 2"
