"""The text file for Prometheus: its form, its figures, and that it is replaced in one step."""

import re
from pathlib import Path

import pytest

from importer.api.importing import FileResult
from importer.api.metrics import Metrics
from importer.model.errors import Exit, ImporterError
from importer.pipeline.job import Ended

LINE = re.compile(r'case_importer_\w+\{\w+="(?:[^"\\\n]|\\.)*"(?:,\w+="[^"]*")*\} -?\d+(?:\.\d+)?')


def of(path: Path) -> dict[str, float]:
    """Read the file as a scraper would: every line is a comment or a figure."""
    found = {}
    for line in path.read_text("utf-8").splitlines():
        if not line.startswith(("# HELP ", "# TYPE ")):
            assert LINE.fullmatch(line), line
            name, _, value = line.rpartition(" ")
            assert name not in found
            found[name] = float(value)
    return found


def ended(code: Exit, **counts: int) -> FileResult:
    return FileResult(Path("a.csv"), Ended("r", sum(counts.values()), counts, 7, 1.5, 2.5, None, code))


def test_figures_of_a_command(tmp_path: Path) -> None:
    """Files are summed; the gravest exit code counts; every status has a line, also with 0."""
    path = tmp_path / "load.prom"
    metrics = Metrics('nightly "x"\\')
    metrics.add(ended(Exit.DONE, created=3, exists=2))
    metrics.add(ended(Exit.ROWS_FAILED, created=1, invalid=4))
    metrics.add(FileResult(Path("b.csv"), None, ImporterError("X", "no")))
    metrics.write(path, 1000)
    found = of(path)
    job = r'{job="nightly \"x\"\\"'
    assert found[f'case_importer_last_rows{job},status="created"}}'] == 4
    assert found[f'case_importer_last_rows{job},status="in_doubt"}}'] == 0
    assert found[f'case_importer_last_files{job},result="refused"}}'] == 1
    assert found[f"case_importer_last_exit_code{job}}}"] == 1
    assert found[f"case_importer_last_calls{job}}}"] == 14
    assert not any("success" in name for name in found)
    assert [each.name for each in tmp_path.iterdir()] == ["load.prom"]


def test_a_file_that_was_imported_before_has_made_nothing(tmp_path: Path) -> None:
    """What an earlier command created exists; a sum over nights counts it once."""
    path, counts = tmp_path / "load.prom", {"created": 3, "updated": 1, "skipped": 2}
    metrics = Metrics("n")
    metrics.add(FileResult(Path("a.csv"), Ended("r", 6, counts, 0, 0, 0, None, Exit.DONE, sent=False)))
    metrics.write(path, 1000)
    found = of(path)
    said = {s: found[f'case_importer_last_rows{{job="n",status="{s}"}}'] for s in (*counts, "exists")}
    assert said == {"created": 0, "updated": 0, "skipped": 2, "exists": 4}


def test_the_last_success_outlives_failures(tmp_path: Path) -> None:
    """Alerts rest on it: a failed night keeps the time of the last good one."""
    path = tmp_path / "load.prom"
    for code, now in ((Exit.DONE, 1000), (Exit.LATER, 2000), (Exit.IN_DOUBT, 3000)):
        metrics = Metrics("n")
        metrics.add(ended(code, created=1))
        metrics.write(path, now)
    found = of(path)
    assert found['case_importer_last_success_timestamp_seconds{job="n"}'] == 1000
    assert found['case_importer_last_run_timestamp_seconds{job="n"}'] == 3000


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    """The error names the file."""
    with pytest.raises(ImporterError, match=r"none.load\.prom"):
        Metrics("n").write(tmp_path / "none" / "load.prom", 1)
