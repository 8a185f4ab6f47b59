"""The examples of README.md are examples of the program as it is."""

import ast
import importlib
import os
import shutil
import sqlite3
import stat
import sys
from pathlib import Path

import pytest

import importer
from importer.api.prepare import fit
from importer.api.stand_in import StandIn
from importer.mapping import parse_mapping
from importer.model.draft import Draft
from importer.readers import open_source
from importer.settings import load_connections
from tests.docs.conftest import Newcomer
from tests.docs.pages import ROOT, block, text_of, ticked


def test_the_mapping_example_maps_the_sample():
    """The mapping on one page has no faults and maps the first ticket of the sample."""
    mapping = parse_mapping(block("README.md", "The mapping", "yaml").text, "example.yaml")
    source = open_source(ROOT / "samples/support-tickets.csv", mapping.read)
    draft = fit(source, mapping, None, {}).compiled.draft(next(source.rows()))
    assert isinstance(draft, Draft)
    assert draft.values["Subject"] == "[TCK-1001] Question about training"
    assert draft.values["Legacy_Id__c"] == "TCK-1001" and draft.values["Status"] == "New"


def test_the_connections_example_has_no_faults(tmp_path: Path):
    """Every connection of the example is read, with its defaults."""
    path = tmp_path / "connections.toml"
    path.write_text(block("README.md", "Connections", "toml").text, encoding="utf-8")
    found = load_connections(path, {})
    assert found.default == "uat" and found.names() == ("uat", "prod", "claims")
    for name in found.names():
        assert found.get(name).name == name


def test_the_library_example_imports_what_there_is():
    """Every name that the example imports, and every attribute it uses of them, is there."""
    tree = ast.parse(block("README.md", "As a library", "python").text)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            module = importlib.import_module(node.module or "")
            for name in node.names:
                assert hasattr(module, name.name), name.name
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            owner = getattr(importlib.import_module("importer"), node.value.id, None)
            assert owner is None or hasattr(owner, node.attr), (node.value.id, node.attr)


def test_the_library_example_runs(newcomer: Newcomer, monkeypatch: pytest.MonkeyPatch):
    """The example as printed, with a connection called prod: an outcome for every row, in order."""
    shutil.copy("samples/support-tickets.xlsx", "tickets.xlsx")
    shutil.copy("mappings/support-workbook.yaml", "mappings/tickets.yaml")
    with StandIn(newcomer.state) as stand_in:
        prod = f'''[prod]
            target = "salesforce"
            login_url = "{stand_in.start().url}"
            auth = "password"
            client_id = "env:USER_NAME"
            client_secret = "env:USER_NAME"
            username = "loader@example.com"
            password = "env:USER_NAME"
            rate = "5000/s"
        '''
        Path("connections.toml").write_text(prod, encoding="utf-8")
        Path("connections.toml").chmod(0o600)
        monkeypatch.setenv("USER_NAME", "anybody")
        newcomer.capsys.readouterr()
        exec(compile(block("README.md", "As a library", "python").text, "README.md", "exec"), {})
    printed = [line.split() for line in newcomer.capsys.readouterr().out.splitlines()]
    assert sorted(int(row) for row, _status, _id in printed) == list(range(5, 65))
    assert {status for _row, status, _id in printed} == {"created"}


def test_the_names_of_the_library():
    """The page of the rooms names everything that the package exports."""
    text = text_of("importer/README.md").partition("## The library")[2].partition("##")[0]
    assert [word for word in ticked(text) if "/" not in word and " " not in word] == importer.__all__


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
def test_the_state_folder_is_as_private_as_security_says(newcomer: Newcomer):
    """0700 for the folder, 0600 for journal, locks and backups; no value of a faulty row in the journal."""
    faulty = "samples/support-tickets-with-faults.csv"
    options = ("--mapping", "mappings/support-tickets.yaml", "--connection", "simulator", "--rate", "5000/s")
    assert newcomer.does("run", faulty, *options)[0] == 3
    assert newcomer.does("journal", "backup", "copy.db")[0] == 0
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in newcomer.state.rglob("*")}
    private = [name for name in modes if name.startswith("journal.db") or name.endswith(".lock")]
    assert stat.S_IMODE(newcomer.state.stat().st_mode) == 0o700 and modes["locks"] == 0o700
    assert {modes[name] for name in private if not name.startswith("simulator")} == {0o600}
    assert stat.S_IMODE(Path("copy.db").stat().st_mode) == 0o600
    db = sqlite3.connect(os.fspath(newcomer.folder / "copy.db"))
    stored = "".join(str(line) for line in db.execute("SELECT problems, record_id, number FROM row"))
    db.close()
    assert "BAD_EMAIL" in stored and "nobody at example" not in stored and "opne" not in stored
