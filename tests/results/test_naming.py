"""Where results go, and what is never overwritten."""

from __future__ import annotations

from pathlib import Path

import pytest

from importer.model.errors import ImporterError
from importer.model.row import Shape
from importer.results import results_path
from importer.results.naming import lone_path, report_path, run_of
from tests.results.results import RUN, TEXT, WORKBOOK, line, written


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """An input of text."""
    path = tmp_path / "tickets.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    return path


def refused(source: Path, wanted: Path) -> str:
    """Return the code with which a wanted name is refused."""
    with pytest.raises(ImporterError) as caught:
        results_path(source, RUN, wanted)
    assert caught.value.exit == 1
    assert caught.value.remedy
    return caught.value.code


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("tickets.csv", "tickets.results.csv"),
        ("tickets.TSV", "tickets.results.TSV"),
        ("tickets.txt", "tickets.results.txt"),
        ("tickets", "tickets.results.csv"),
        ("tickets.2024.dat", "tickets.2024.results.csv"),
        ("tickets.results.csv", "tickets.results.results.csv"),
    ],
)
def test_names_of_text(tmp_path: Path, name: str, expected: str) -> None:
    """Results lie beside the input, under its name."""
    (tmp_path / name).write_text("a,b\n", encoding="utf-8")
    assert results_path(tmp_path / name, RUN, None) == tmp_path / expected


def test_names_of_workbooks(tmp_path: Path) -> None:
    """Results of a workbook are a new .xlsx, whatever the input is called."""
    made = written(tmp_path / "made.xlsx", WORKBOOK, line(2, ["x", 1]))
    for name in ("tickets.xlsx", "tickets.xlsm", "tickets.csv"):
        path = made.rename(tmp_path / name)
        assert results_path(path, RUN, None).name == "tickets.results.xlsx"
        made = path


@pytest.mark.parametrize("shape", [TEXT, WORKBOOK], ids=["text", "workbook"])
def test_run_of(tmp_path: Path, shape: Shape) -> None:
    """The run that wrote a results file is known from the file; one without rows belongs to nobody."""
    suffix = ".xlsx" if shape is WORKBOOK else ".csv"
    assert run_of(written(tmp_path / f"a{suffix}", shape, line(2, ["x", "y"]))) == RUN
    assert run_of(written(tmp_path / f"b{suffix}", shape)) == ""


def test_other_files_have_no_run(tmp_path: Path, source: Path) -> None:
    """A file that no run wrote has none."""
    (tmp_path / "bytes.csv").write_bytes(b"\xff\xfe\xfd\x00\x01")
    (tmp_path / "half.csv").write_text("a,import_run\n1,2\n", encoding="utf-8")
    for name in ("tickets.csv", "bytes.csv", "half.csv"):
        assert run_of(tmp_path / name) is None


@pytest.mark.parametrize("delimiter", ["~", ":", "`", ";"])
def test_unusual_delimiters(tmp_path: Path, delimiter: str) -> None:
    """A results file is known whatever its delimiter is."""
    shape = Shape("text", ("a", "b"), 1, "d", 1, encoding="utf-8", delimiter=delimiter)
    assert run_of(written(tmp_path / "r.csv", shape, line(2, ["x", "y"]))) == RUN


def test_same_run_replaces_others_do_not(tmp_path: Path, source: Path) -> None:
    """The same run's file is replaced; another run's, and a file of somebody else, are kept."""
    first = written(results_path(source, RUN, None), TEXT, line(2, ["1", "2"]))
    assert results_path(source, RUN, None) == first
    second = results_path(source, "20260202-fedcba", None)
    assert second.name == "tickets.results-2.csv"
    second.write_text("somebody's own file\n", encoding="utf-8")
    assert results_path(source, "20260202-fedcba", None).name == "tickets.results-3.csv"


def test_wanted_name(tmp_path: Path, source: Path) -> None:
    """A wanted name is taken; when another run's results are there, a sibling is."""
    wanted = tmp_path / "out.csv"
    assert results_path(source, RUN, wanted) == wanted
    written(wanted, TEXT, line(2, ["1", "2"]))
    assert results_path(source, RUN, wanted) == wanted
    assert results_path(source, "20260202-fedcba", wanted).name == "out-2.csv"


def test_wanted_names_that_are_refused(tmp_path: Path, source: Path) -> None:
    """The input, a folder, somebody's file, a missing folder and a wrong ending are refused."""
    (tmp_path / "mine.csv").write_text("x,y\n", encoding="utf-8")
    (tmp_path / "folder.csv").mkdir()
    assert refused(source, source) == "RESULTS_TAKEN"
    results = written(tmp_path / "tickets.results.csv", TEXT, line(2, ["1", "2"]))
    assert refused(results, results) == "RESULTS_TAKEN"  # an input, although this run may write such a file
    assert refused(source, tmp_path / "folder.csv") == "RESULTS_TAKEN"
    assert refused(source, tmp_path / "mine.csv") == "RESULTS_TAKEN"
    assert refused(source, tmp_path / "none" / "out.csv") == "RESULTS_FOLDER"
    assert refused(source, tmp_path / "out.xlsx") == "RESULTS_FORMAT"


def test_what_is_made_of_standard_input_has_a_name_that_can_be_seen(tmp_path: Path) -> None:
    """The spool is hidden; reports and undos of it are called like its results."""
    for name in (".tickets.results.csv.stdin", ".tickets.csv.stdin"):
        spool = tmp_path / name
        spool.write_text("a,b\n1,2\n", encoding="utf-8")
        assert report_path(spool, "r", None) == tmp_path / "tickets.report.html"
        assert lone_path(spool, "r", None, "undo") == tmp_path / "tickets.undo.csv"
        assert results_path(spool, "r", None, "undo") == tmp_path / "tickets.undo.csv"
