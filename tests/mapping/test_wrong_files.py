"""Every fault of a wrong mapping file is told at once, with its place and the nearest right word."""

from pathlib import Path

import pytest

from importer.mapping import MappingFaultsError, load_mapping, parse_mapping
from importer.model.errors import Exit, MappingError


def corpus() -> dict[str, tuple[str, str]]:
    """Return title → the mapping file and its faults, from wrong_files.txt."""
    text = Path(__file__).with_name("wrong_files.txt").read_text(encoding="utf-8")
    sections = [section.partition("\n") for section in text.split("### ")[1:]]
    found: dict[str, tuple[str, str]] = {}
    for title, _, body in sections:
        lines = body.removesuffix("\n\n").splitlines(keepends=True)
        faults = [line for line in lines if line.startswith("> ")]
        assert title not in found
        found[title] = ("".join(lines[: -len(faults)]), "".join(line[2:] for line in faults).rstrip("\n"))
    return found


CORPUS = corpus()


@pytest.mark.parametrize(("text", "expected"), CORPUS.values(), ids=CORPUS)
def test_wrong_files(text, expected):
    """The message lists exactly these faults, in the order of the file."""
    with pytest.raises(MappingFaultsError) as caught:
        parse_mapping(text, "m.yaml")
    assert str(caught.value) == expected
    lines = [f"m.yaml:{each.line}:{each.column}: {each.message}" for each in caught.value.faults]
    assert "\n".join(lines) == expected


def test_the_error_is_one_for_the_command_line():
    """A faulty mapping ends the command with 1, a code and a remedy."""
    with pytest.raises(MappingError) as caught:
        parse_mapping("", "m.yaml")
    assert caught.value.code == "MAPPING_FAULTS"
    assert caught.value.exit is Exit.CANNOT_RUN
    assert caught.value.remedy


def test_missing_file(tmp_path):
    """A mapping file that is not there is named, with what to do."""
    with pytest.raises(MappingError, match=r"There is no mapping file .*none\.yaml\.") as caught:
        load_mapping(tmp_path / "none.yaml")
    assert caught.value.code == "MAPPING_NOT_FOUND"


def test_unreadable_file(tmp_path):
    """A folder in place of the file is one line, not a traceback."""
    with pytest.raises(MappingError, match="cannot be read"):
        load_mapping(tmp_path)


def test_file_in_another_encoding(tmp_path):
    """A file that is not UTF-8 names the line of the first wrong byte."""
    path = tmp_path / "m.yaml"
    path.write_bytes("version: 1\nsource: Zürich\n".encode("cp1252"))
    with pytest.raises(MappingFaultsError, match=r"m\.yaml:2:1: this line is not UTF-8; save"):
        load_mapping(path)


def test_faults_after_removed_items_keep_their_places():
    """A rule with a fault before it in a list does not move the place of another one."""
    rules = "  A:\n    - {too: X}\n    - {to: B, otherwise: keep}\n    - B\n"
    text = f"version: 1\ntarget: salesforce\ncolumns:\n{rules}"
    with pytest.raises(MappingFaultsError) as caught:
        parse_mapping(text, "m.yaml")
    assert [(each.line, each.column) for each in caught.value.faults] == [(5, 7), (5, 8), (6, 15), (7, 7)]
