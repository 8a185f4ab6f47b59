"""Every sample imports as samples/README.md says."""

from pathlib import Path

import pytest

from importer.api.stand_in import StandIn
from importer.mapping.editor import SCHEMA_FILE
from tests.docs.conftest import Newcomer
from tests.docs.pages import ROOT, table, text_of, ticked

SAMPLES = [
    (ticked(row[0])[0], ticked(row[1])[0], int(row[2])) for row in table("samples/README.md", "sample")
]
MAPPINGS = sorted((ROOT / "mappings").glob("*.yaml"))


def test_every_sample_is_described():
    """The page has every sample, and every mapping is used by one."""
    described = {name for name, _mapping, _exit in SAMPLES}
    files = [p.name for p in (ROOT / "samples").iterdir() if p.is_file() and p.suffix != ".md"]
    present = {name for name in files if ".results" not in name}
    assert described == present
    assert {mapping for _name, mapping, _exit in SAMPLES} == {path.name for path in MAPPINGS}


@pytest.mark.parametrize("mapping", MAPPINGS, ids=lambda path: path.name)
def test_mappings_are_checked_and_help_editors(mapping: Path, newcomer: Newcomer):
    """Each mapping passes ``mapping check`` and names the schema for editors where it lies."""
    code, said = newcomer.does("mapping", "check", f"mappings/{mapping.name}")
    assert code == 0 and "no faults" in said
    first = mapping.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("# yaml-language-server: $schema=")
    assert (mapping.parent / first.partition("=")[2]).resolve() == SCHEMA_FILE.resolve()


def test_samples_end_as_documented(newcomer: Newcomer):
    """Each sample, checked and imported into one simulator, ends with its exit code; again: nothing to do."""
    with StandIn(newcomer.state) as stand_in:
        stand_in.start()
        for name, mapping, exit_code in SAMPLES:
            options = (f"samples/{name}", "--mapping", f"mappings/{mapping}", "--connection", "simulator")
            assert newcomer.does("check", *options)[0] == exit_code, name
            code, said = newcomer.does("run", *options, "--rate", "5000/s")
            assert code == exit_code, said
            code, said = newcomer.does("run", *options)
            assert code == exit_code and "Nothing to do" in said, said


def test_the_numbers_of_rows(newcomer: Newcomer):
    """The page says how many rows a sample has."""
    page = text_of("samples/README.md")
    for name, mapping, _exit in SAMPLES:
        _code, said = newcomer.does("check", f"samples/{name}", "--mapping", f"mappings/{mapping}")
        rows = said.partition(" rows,")[0].split()[-1]
        line = next(line for line in page.splitlines() if line.startswith(f"| `{name}`"))
        assert f"| {rows} " in line, name
