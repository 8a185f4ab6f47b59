"""A newcomer's folder: copies of samples and mappings, a state folder of its own, no connections file."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from importer.cli.app import run_app
from tests.docs.pages import ROOT


@dataclass
class Newcomer:
    """The command line in this process, in a folder of its own."""

    folder: Path
    capsys: pytest.CaptureFixture[str]
    said: list[str] = field(default_factory=list)

    @property
    def state(self) -> Path:
        return self.folder / "state"

    def does(self, *words: str) -> tuple[int, str]:
        """Give a command; return its exit code and what it printed, on both streams."""
        self.capsys.readouterr()
        code = run_app(list(words))
        printed = self.capsys.readouterr()
        assert "Traceback" not in printed.err, printed.err
        return code, printed.out + printed.err


@pytest.fixture
def newcomer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Newcomer:
    folder = tmp_path / "clone"
    for name in ("samples", "mappings"):
        ignored = shutil.ignore_patterns("*.results*")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("CASE_IMPORTER_STATE", str(folder / "state"))
    for name in ("HOME", "APPDATA", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(folder / "home"))
    monkeypatch.delenv("CASE_IMPORTER_CONNECTIONS", raising=False)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return Newcomer(folder, capsys)
