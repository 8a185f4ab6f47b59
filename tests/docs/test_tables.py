"""Tables of the documents say what the code says."""

import re
import sqlite3
import tomllib
from pathlib import Path

from importer.journal.database import FILE_NAME
from importer.journal.journal import Journal
from importer.model.errors import GRAVEST_FIRST, Exit
from importer.model.outcome import Status
from importer.results import COLUMNS
from importer.settings.keys import AUTH_KEYS
from tests.docs.pages import ROOT, table, tables, text_of, ticked


def test_exit_codes():
    """Every exit code has a line, in order; the order of gravity is the code's."""
    assert [row[0] for row in table("README.md", "exit")] == [str(int(code)) for code in Exit]
    order = ", ".join(str(int(code)) for code in GRAVEST_FIRST)
    assert f"the gravest wins: {order}." in text_of("README.md")


def test_sign_ins():
    """Every sign-in has a line, which names all that it needs."""
    told = {}
    for row in table("README.md", "`auth`"):
        told |= dict.fromkeys(ticked(row[0]), row[1])
    ways = {auth: needed for each in AUTH_KEYS.values() for auth, (needed, _more) in each.items()}
    assert set(told) == set(ways)
    for auth, needed in ways.items():
        assert all(f"`{key}`" in told[auth] for key in needed), auth


def test_statuses():
    """Every status has a line, in order."""
    assert [ticked(row[0])[0] for row in table("README.md", "status")] == list(Status)


def test_result_columns():
    """Every result column has a line, in order."""
    assert tuple(ticked(row[0])[0] for row in table("README.md", "column")) == COLUMNS


def test_the_journals_tables_and_columns(tmp_path: Path):
    """The page of the journal names every table and column that a new journal has, and no other."""
    with Journal(tmp_path):
        pass
    db = sqlite3.connect(tmp_path / FILE_NAME)
    names = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    stored = {name: [column[1] for column in db.execute(f"PRAGMA table_info({name})")] for name in names}
    db.close()
    page = text_of("importer/journal/README.md")
    described = {
        found[1]: [word for row in rows[1:] for word in ticked(row[0])]
        for found, rows in zip(
            re.finditer(r"^`(\w+)`: .*\n\n\| column", page, re.MULTILINE),
            [rows for rows in tables(page) if rows[0][0] == "column"],
            strict=True,
        )
    }
    assert {name: sorted(columns) for name, columns in described.items()} == {
        name: sorted(columns) for name, columns in stored.items()
    }


def test_rooms():
    """The rooms of the page are the packages, and the law on it is the one that is checked."""
    rooms = [ticked(row[0])[0] for row in table("importer/README.md", "room")]
    packages = {path.parent.name for path in (ROOT / "importer").glob("*/__init__.py")}
    assert set(rooms) == packages
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    law = " > ".join(layer.replace("importer.", "") for layer in layers)
    assert f"```text\n{law}\n```" in text_of("importer/README.md")
