"""Results of workbooks: typed cells given back, faults marked, and never a formula."""

from __future__ import annotations

import datetime as dt
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.model.errors import SourceError
from importer.model.outcome import Status
from importer.model.problem import Problem, problem
from importer.model.result import RowResult
from importer.model.row import ROWS_PER_SHEET, Cell, ReadOptions, Row, Shape
from importer.readers import open_source
from importer.results import write_results
from importer.results.as_input import all_sheets
from importer.results.naming import run_of
from importer.results.workbook import free_sheet_name, write_workbook
from tests.results.results import RUN, WORKBOOK, Counted, leftovers, line, read, table, written

BLNS = json.loads((Path(__file__).parent.parent / "data/hostile/blns/blns.json").read_text("utf-8"))


@pytest.mark.parametrize(
    "value",
    [
        "text",
        5,
        -(10**14),
        0.1 + 0.2,
        1 / 3,
        5.0,
        True,
        False,
        dt.date(2024, 2, 29),
        dt.date(1900, 1, 1),
        dt.datetime(1900, 1, 1, 8),
        dt.datetime(1900, 2, 28, 8),
        dt.datetime(1900, 3, 1, 8),
        dt.datetime(2024, 2, 29, 23, 59, 58),
        dt.time(6, 7, 8),
        dt.timedelta(hours=30, seconds=5),
        None,
        " blanks ",
        "two\nlines",
        "=1+1",
        "'quoted",
        "https://example.com/#x",
        "_x000D_",
        "\x01\x0b\r\ufffe",
        "<r>not rich</r>",
        "<r><t>not rich</t></r>",
        "00123",
        "x" * 32_767,
    ],
    ids=repr,
)
def test_typed_cells_read_back(tmp_path: Path, value: Cell) -> None:
    """Each value of the input comes back with its type."""
    (found,) = table(written(tmp_path / "t.xlsx", WORKBOOK, line(2, [value, "x"])))
    assert found["a"] == value
    assert type(found["a"]) is type(value)


def test_result_columns(tmp_path: Path) -> None:
    """The result columns follow the input's own, numbers as numbers, ids as text."""
    more = {
        "id": "00500",
        "number": "00001",
        "url": "https://h/500",
        "attempts": 2,
        "time": "2026-01-01T00:00:00Z",
    }
    (found,) = table(written(tmp_path / "t.xlsx", WORKBOOK, line(7, ["x", 1], **more)))
    assert found["import_row"] == 7
    assert found["import_id"] == "00500"
    assert found["import_number"] == "00001"
    assert found["import_attempts"] == 2
    assert found["import_message"] == "A message."
    assert list(found)[-1] == "import_run"


def test_hostile_strings_survive(tmp_path: Path) -> None:
    """Each naughty string comes back unchanged and is no formula."""
    texts = [text for text in BLNS if text.strip()]
    path = written(
        tmp_path / "t.xlsx", WORKBOOK, *(line(n, [text, "x"], id=text) for n, text in enumerate(texts, 2))
    )
    found = table(path)
    assert [row["a"] for row in found] == texts
    assert [row["import_id"] for row in found] == texts
    with zipfile.ZipFile(path) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


@settings(max_examples=40, deadline=None)
@given(
    texts=st.lists(
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20), min_size=1, max_size=20
    )
)
def test_any_text_survives(texts: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    """Any text is given back unchanged; only a NUL is reported on the way in again."""
    path = tmp_path_factory.mktemp("any") / "t.xlsx"
    path = written(path, WORKBOOK, *(line(n, ["x", text]) for n, text in enumerate(texts, 2)))
    assert [row.cells[1] for row in read(path).rows()] == texts


def test_marks(tmp_path: Path) -> None:
    """Faulty cells are filled with the reason as a comment, blank ones too; statuses are coloured, ids are links."""
    faults = (
        problem("BLANK", column="a", cell="A3"),
        problem("BAD_DATE", column="b", cell="B3", value='"x"', expected="ISO 8601"),
    )
    path = written(
        tmp_path / "t.xlsx",
        WORKBOOK,
        line(2, ["x", "y"], id="500", url="https://h/500"),
        line(3, [None, "x"], Status.INVALID, *faults),
    )
    book = openpyxl.load_workbook(path)
    sheet = book["Tickets"]
    assert sheet["A3"].fill.fgColor.rgb == sheet["B3"].fill.fgColor.rgb == "FFFFC7CE"
    assert sheet["A3"].comment is not None
    assert "is not a date" in sheet["B3"].comment.text
    assert sheet["A2"].comment is None
    assert sheet["D2"].fill.fgColor.rgb == "FFC6EFCE"
    assert sheet["D3"].fill.fgColor.rgb == "FFFFC7CE"
    assert sheet["E2"].hyperlink.target == "https://h/500"
    assert sheet["E2"].value == "500"
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:N3"
    book.close()


def test_quote_prefix(tmp_path: Path) -> None:
    """Texts that look like formulas stay texts when a person edits them."""
    book = openpyxl.load_workbook(written(tmp_path / "t.xlsx", WORKBOOK, line(2, ["=1+1", "-5"])))
    sheet = book["Tickets"]
    assert sheet["A2"].quotePrefix
    assert sheet["B2"].quotePrefix
    assert sheet["A2"].data_type == "s"
    book.close()


def test_faults_of_columns_with_one_name(tmp_path: Path) -> None:
    """Of two columns with one name the one that the cell names is marked."""
    shape = Shape("workbook", ("a", "a"), 1, "d", 1, sheet="Tickets")
    fault = Problem("BLANK", "Blank.", "a", "B2")
    book = openpyxl.load_workbook(
        written(tmp_path / "t.xlsx", shape, line(2, ["x", "y"], Status.INVALID, fault))
    )
    assert book["Tickets"]["A2"].comment is None
    assert book["Tickets"]["B2"].comment.text == "Blank."
    book.close()


def test_sheets(tmp_path: Path) -> None:
    """The data sheet is first and has the input's name; the summary is last and tells the counts."""
    path = written(tmp_path / "t.xlsx", WORKBOOK, line(2, ["x", 1]), facts=[("Mapping", "tickets.yaml")])
    book = openpyxl.load_workbook(path, read_only=True)
    assert book.sheetnames == ["Tickets", "Import summary"]
    summary = {row[0]: row[1] for row in book["Import summary"].iter_rows(values_only=True)}
    book.close()
    assert summary["Run"] == RUN
    assert summary["Mapping"] == "tickets.yaml"
    assert summary["Rows"] == 1
    assert summary["Rows created"] == 1


def test_a_page_for_each_sheet_of_the_input(tmp_path: Path) -> None:
    """Each sheet of the input has one, those without a line too, and one that is full goes on in a next one."""
    shape = replace(WORKBOOK, sheet="A/B/C/D", sheets=("A", "B", "C", "D"), header_rows=(1, 2, 1, 1))
    path = tmp_path / "t.xlsx"
    ordinals = [1, 1, 1, 2]
    lines = [
        line(ordinal * ROWS_PER_SHEET + n, [f"r{n}", n], row=n, sheet=shape.sheets[ordinal])
        for n, ordinal in enumerate(ordinals, start=2)
    ]
    write_workbook(path, shape, iter(lines), Counted(4), RUN, (), rows_per_sheet=2)
    book = openpyxl.load_workbook(path, read_only=True)
    assert book.sheetnames == ["A", "B", "B (2)", "C", "D", "Import summary"]
    found = {name: list(book[name].iter_rows(values_only=True)) for name in book.sheetnames}
    book.close()
    assert [len(found[name]) - 1 for name in ("A", "B", "B (2)", "C", "D")] == [0, 2, 1, 1, 0]
    assert all(found[name][0] == found["A"][0] for name in ("B", "B (2)", "C", "D"))
    assert [row[2:4] for row in found["B"][1:]] == [(2, "B"), (3, "B")]
    assert ("Header row", 2) in [row[:2] for row in found["Import summary"]]
    source = all_sheets(read(path), ReadOptions())
    assert source.shape.sheets == ("A", "B", "B (2)", "C", "D")
    assert [row.cells[0] for row in source.rows()] == ["r2", "r3", "r4", "r5"]
    assert run_of(path) == RUN


def test_next_sheet_when_full(tmp_path: Path) -> None:
    """Rows beyond a sheet's limit go on in a next sheet with the same header."""
    path = tmp_path / "t.xlsx"
    lines = [line(n, [f"r{n}", n]) for n in range(2, 9)]
    write_workbook(path, WORKBOOK, iter(lines), Counted(7), RUN, (), rows_per_sheet=3)
    found = []
    for name in ("Tickets", "Tickets (2)", "Tickets (3)"):
        source = open_source(path, ReadOptions(sheet=name))
        assert source.shape.columns[:2] == ("a", "b")
        found += [row.cells[0] for row in source.rows()]
    assert found == [f"r{n}" for n in range(2, 9)]


def test_more_marks_than_memory_is_spent_on(tmp_path: Path) -> None:
    """Beyond some thousand links and comments of a workbook, its columns have what they say, and the summary tells."""
    path = tmp_path / "t.xlsx"
    found = (
        line(
            n,
            ["x", n],
            Status.REJECTED,
            problem("BLANK", column="a", cell=f"A{n}"),
            id=f"5{n}",
            url=f"https://h/{n}",
        )
        for n in range(2, 5_004)
    )
    write_workbook(path, WORKBOOK, found, Counted(5_002), RUN, (), rows_per_sheet=4_000)
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name).decode() for name in package.namelist() if name.startswith("xl/")}
    for mark in ("<hyperlink ", "<comment "):
        assert sum(text.count(mark) for text in parts.values()) == 5_000
    book = openpyxl.load_workbook(path, read_only=True)
    notes = [
        str(value) for label, value in book["Import summary"].iter_rows(values_only=True) if label == "Note"
    ]
    assert [
        ("5,000" in note, name in note)
        for note, name in zip(notes, ("import_message", "import_url"), strict=True)
    ] == [(True, True)] * 2
    last = list(book["Tickets (2)"].iter_rows(values_only=True))[-1]
    assert "https://h/5003" in last
    book.close()


@pytest.mark.parametrize(
    ("wanted", "taken", "name"),
    [
        ("Tickets", set(), "Tickets"),
        ("Tickets", {"tickets"}, "Tickets (2)"),
        ("x" * 31, {"x" * 31}, "x" * 27 + " (2)"),
        ("a[b]:*?/\\c", set(), "a b      c"),
        ("'", set(), "Results"),
        ("", set(), "Results"),
    ],
)
def test_sheet_names(wanted: str, taken: set[str], name: str) -> None:
    """Sheet names are cut, cleaned and numbered so that a workbook takes them."""
    assert free_sheet_name(wanted, taken) == name
    assert name.casefold() in taken


def test_input_sheet_called_like_the_summary(tmp_path: Path) -> None:
    """An input's sheet may have the summary's name."""
    shape = Shape("workbook", ("a", "b"), 1, "d", 1, sheet="import SUMMARY")
    book = openpyxl.load_workbook(written(tmp_path / "t.xlsx", shape, line(2, ["x", 1])), read_only=True)
    assert book.sheetnames == ["import SUMMARY", "Import summary (2)"]
    book.close()


def test_values_beyond_a_workbook(tmp_path: Path) -> None:
    """What a workbook cannot hold is text: huge numbers, dates before 1900 or with a zone, longer texts cut."""
    path = written(
        tmp_path / "t.xlsx",
        WORKBOOK,
        line(2, [10**400, dt.date(1850, 1, 2)]),
        line(3, ["y" * 40_000, "\ud800"]),
        line(4, [dt.datetime(2024, 2, 29, 8, tzinfo=dt.UTC), dt.time(8, tzinfo=dt.UTC)]),
    )
    first, second, third = table(path)
    assert third["a"] == "2024-02-29T08:00:00+00:00"
    assert third["b"] == "08:00:00+00:00"
    assert first["a"] == "1" + "0" * 400
    assert first["b"] == "1850-01-02"
    assert second["a"] == "y" * 32_766 + "…"
    assert second["b"] == "\ufffd"


def test_blank_rows_have_a_line(tmp_path: Path) -> None:
    """A blank row has its line in the results."""
    (found,) = table(written(tmp_path / "t.xlsx", WORKBOOK, line(4, [None, None], Status.SKIPPED)))
    assert (found["a"], found["import_row"], found["import_status"]) == (None, 4, "skipped")


def test_unusable_addresses_are_text(tmp_path: Path) -> None:
    """An id is a link only when its address is one of the web."""
    lines = [
        line(n, ["x", 1], id="5", url=url)
        for n, url in enumerate(["file:///etc", "https://h/" + "x" * 3000], 2)
    ]
    book = openpyxl.load_workbook(written(tmp_path / "t.xlsx", WORKBOOK, *lines))
    assert book["Tickets"]["E2"].hyperlink is None
    assert book["Tickets"]["E3"].hyperlink is None
    book.close()


def test_error_while_writing_leaves_nothing(tmp_path: Path) -> None:
    """When the rows fail midway nothing is left, no file and no handle."""

    def failing() -> Iterator[tuple[Row, RowResult]]:
        for number in range(2, 500):
            yield line(number, ["x" * 100, 1])
        raise SourceError("SOURCE_CHANGED", "The file has changed.", "Run again.")

    with pytest.raises(SourceError):
        write_results(tmp_path / "t.xlsx", WORKBOOK, failing(), Counted(), RUN)
    assert list(tmp_path.iterdir()) == []
    assert leftovers(tmp_path) == []


def test_a_text_made_of_several_cells_marks_them_all(tmp_path: Path) -> None:
    """A template's text is too long: each cell that it was made of is marked."""
    fault = Problem("TOO_LONG", "The text is too long.", "a, b", "A2, B2")
    book = openpyxl.load_workbook(
        written(tmp_path / "t.xlsx", WORKBOOK, line(2, ["x", "y"], Status.INVALID, fault))
    )
    assert [book["Tickets"][cell].comment.text for cell in ("A2", "B2")] == ["The text is too long."] * 2
    book.close()
