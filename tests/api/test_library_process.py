"""The library in a process of its own: what it imports, and the examples as a reader would run them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

ROOT = Path(__file__).parents[2]
HEAVY = (
    "aiohttp",
    "pandas",
    "numpy",
    "openpyxl",
    "xlsxwriter",
    "yaml",
    "pydantic",
    "click",
    "tqdm",
    "asyncio",
)


def run(program: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a program in ``folder`` with a state folder and configuration of its own, as strictly as Python can."""
    private = {"CASE_IMPORTER_STATE": str(folder / "home"), "XDG_CONFIG_HOME": str(folder / "config")}
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **private}
    command = [sys.executable, "-W", "error", "-c", program]
    return subprocess.run(
        command, cwd=folder, env=environ, capture_output=True, encoding="utf-8", timeout=60, check=False
    )


def test_importing_the_package_loads_nothing_else(tmp_path: Path) -> None:
    """A service that only names us in an import pays nothing for it."""
    program = (
        "import sys; before = set(sys.modules); import importer; print(*sorted(set(sys.modules) - before))"
    )
    done = run(program, tmp_path)
    loaded = done.stdout.split()
    assert done.stderr == "" and not {name.split(".")[0] for name in loaded} & set(HEAVY)
    assert [name for name in loaded if name.startswith("importer")] == ["importer"]


def test_every_name_is_there_and_pandas_is_not_loaded_by_any(tmp_path: Path) -> None:
    """All exported names resolve; a wrong one is an AttributeError; pandas is the caller's to import."""
    program = """
import sys, importer
for name in importer.__all__:
    assert getattr(importer, name).__name__ == name, name
assert set(importer.__all__) == set(importer._HOMES)
try:
    importer.import_everything
except AttributeError as error:
    print(error)
print("pandas" in sys.modules, "click" in sys.modules, "tqdm" in sys.modules)
"""
    done = run(program, tmp_path)
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines == ["module 'importer' has no attribute 'import_everything'", "False False False"]


def readme_example() -> str:
    """The first Python example of README.md, which is the one of the design."""
    text = (ROOT / "README.md").read_text("utf-8")
    found = re.search(r"```python\n(.*?import_cases.*?)```", text, re.DOTALL)
    assert found is not None, "README.md shows how the library is used"
    return found.group(1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the files that the example names: a short workbook, and the mapping of the sample."""
    book = openpyxl.load_workbook(ROOT / "samples" / "support-tickets.xlsx")
    sheet = book.worksheets[0]
    sheet.delete_rows(16, sheet.max_row)
    book.save(tmp_path / "tickets.xlsx")
    (tmp_path / "mappings").mkdir()
    shutil.copy(ROOT / "mappings" / "support-workbook.yaml", tmp_path / "mappings" / "tickets.yaml")
    return tmp_path


def test_the_example_runs_as_printed(folder: Path) -> None:
    """README's example, with the simulator for prod: a line for every row, and the same lines the second time."""
    program = readme_example().replace('"prod"', '"simulator"')
    first = run(program, folder)
    assert (first.stderr, first.returncode) == ("", 0)
    lines = [line.split() for line in first.stdout.splitlines()]
    assert len(lines) >= 10 and {status for _, status, _ in lines} == {"created"}
    assert (folder / "state" / "journal.db").exists() and not (folder / "home" / "journal.db").exists()
    second = run(program, folder)
    assert sorted(second.stdout.splitlines()) == sorted(first.stdout.splitlines()) and second.stderr == ""


def test_leaving_the_example_in_the_middle_leaves_nothing_behind(folder: Path) -> None:
    """A break, then the end of the program: nothing is printed, no warning, no doubt; the rest goes next time."""
    program = readme_example().replace('"prod"', '"simulator"')
    left = run(program.replace("outcome.id)", "outcome.id); break"), folder)
    assert (left.stderr, left.returncode) == ("", 0) and len(left.stdout.splitlines()) == 1
    whole = run(program, folder)
    assert {line.split()[1] for line in whole.stdout.splitlines()} == {"created"}
