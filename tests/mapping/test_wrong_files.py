"""Every fault of a wrong mapping file is told at once, with its place, its line and the nearest right word.

``wrong/NAME.yaml`` is a mapping file as people write it wrong, ``wrong/NAME.txt`` is all that is said of it.
``python -m tests.mapping.test_wrong_files`` writes the texts anew: read the difference before you keep it.
"""

from pathlib import Path

import pytest

from importer.mapping import MappingFaultsError, load_mapping, parse_mapping
from importer.mapping.included import from_folder
from importer.model.errors import Exit, MappingError

CORPUS = sorted(Path(__file__).with_name("wrong").glob("*.yaml"))


def said_of(path: Path) -> str:
    """Return what is said of a mapping file with faults."""
    with pytest.raises(MappingFaultsError) as caught:
        parse_mapping(path.read_text(encoding="utf-8"), path.name, from_folder(path.parent))
    return f"{caught.value}\n"


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_wrong_files(path):
    """Exactly these faults are told, in the order of the file, each with its line and a caret."""
    assert said_of(path) == path.with_suffix(".txt").read_text(encoding="utf-8")


def test_the_corpus_is_whole():
    """There are at least sixty wrong files, and no text without its file."""
    assert len(CORPUS) >= 60
    assert {path.stem for path in CORPUS} == {path.stem for path in Path(__file__).parent.glob("wrong/*.txt")}


def test_long_lines_and_odd_letters():
    """Of a long line the part around the fault is shown; wide letters keep the caret in place."""
    text = f"version: 1\ntarget: salesforce\ncolumns: {{{'A: B, ' * 60}漢字: {{too: X}}}}\n"
    with pytest.raises(MappingFaultsError) as caught:
        parse_mapping(text, "m.yaml")
    line, caret = str(caught.value.faults[-1]).splitlines()[1:]
    assert len(line) <= 106
    assert line.strip().startswith("…")
    wide = sum(sign in "漢字" for sign in line)
    assert line[caret.index("^") - wide :].startswith("too: X")


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
    assert [(each.line, each.column) for each in caught.value.faults] == [(5, 8), (6, 15), (7, 7)]


if __name__ == "__main__":
    for each in CORPUS:
        each.with_suffix(".txt").write_text(said_of(each), encoding="utf-8", newline="\n")
