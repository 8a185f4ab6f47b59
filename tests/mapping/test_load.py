"""What a right mapping file says, and its digest."""

import subprocess
import sys
from dataclasses import replace

import pytest

from importer.mapping import load_mapping, parse_mapping
from tests.mapping.fitting import HEAD, IBM_HEAD

RULE = "columns: {A: P}\n"


def test_defaults():
    """What a short mapping leaves out has the documented defaults."""
    mapping = parse_mapping(HEAD + RULE, "folder/tickets.yaml")
    assert (mapping.version, mapping.target, mapping.object) == (1, "salesforce", "Case")
    assert (mapping.case_type, mapping.object_store) == (None, None)
    assert (mapping.source, mapping.key, mapping.key_none) == ("tickets", (), False)
    assert (mapping.match, mapping.on_match) == (None, "skip")
    assert (mapping.read.sheet, mapping.read.header_row, mapping.read.names) == (None, None, None)
    assert (mapping.options, mapping.variables, mapping.client_context) == ({}, {}, ())
    assert mapping.record_type == "Case"
    assert mapping.path is None


def test_ibm():
    """The record type is the case type; the options are IBM's."""
    text = "object_store: ATOSME\noptions: {return_updates: true, external_data_identifier: x}\n"
    mapping = parse_mapping(IBM_HEAD + text + RULE, "m.yaml")
    assert mapping.record_type == "AUTO_CollisionClaim"
    assert mapping.object_store == "ATOSME"
    assert mapping.options == {"return_updates": True, "external_data_identifier": "x"}
    without = parse_mapping(IBM_HEAD + "options: {return_updates: false}\n" + RULE, "m.yaml")
    assert without.options == {"return_updates": False}


def test_options_of_salesforce():
    """assignment_rule takes off, on and the id of a rule, as text."""
    for said in ("off", "on", "01Q300000000000", "01Q300000000000EAA"):
        mapping = parse_mapping(HEAD + f"options: {{assignment_rule: {said}}}\n" + RULE, "m.yaml")
        assert mapping.options == {"assignment_rule": said}


def test_read_section():
    """A file without a header has its names here; tab may be written as a word."""
    text = "read: {header: none, names: [A, B], delimiter: tab}\n"
    read = parse_mapping(HEAD + text + RULE, "m.yaml").read
    assert (read.names, read.delimiter) == (("A", "B"), "\t")


def test_files(tmp_path):
    """A file is loaded with its path; source is its name without the ending."""
    path = tmp_path / "zendesk.tickets.yaml"
    path.write_text("\ufeff" + HEAD + RULE, encoding="utf-8")
    mapping = load_mapping(path)
    assert (mapping.path, mapping.name, mapping.source) == (path, str(path), "zendesk.tickets")


def test_written_gives_every_property_with_its_place():
    """Preflight can name the line of each property."""
    text = "columns:\n  A:\n    to: P\n  B: [Q, {to: R}]\nconstants: {C: x}\ntemplates:\n  D: '{A}'\n"
    mapping = parse_mapping(HEAD + text, "m.yaml")
    assert [(name, mark.line, mark.column) for name, mark in mapping.written()] == [
        ("P", 5, 5),
        ("Q", 6, 7),
        ("R", 6, 11),
        ("C", 7, 13),
        ("D", 9, 3),
    ]


BASE = """version: 1
target: salesforce
key: A
columns:
  A: P
  B: {to: Q, do: [trim, {pad: 5}], values: {a: b, c: d}}
constants: {C: x}
templates: {D: "{A} {$v}"}
variables: {v: w}
"""

SAME = {
    "comments and spacing": BASE.replace("key: A", "# a comment\nkey:   A   # another") + "\n\n# end\n",
    "long forms": BASE.replace("A: P", "A: [{to: P}]").replace("C: x", "C: {value: x}"),
    "block style": BASE.replace("{a: b, c: d}}", "{c: d, 'a': \"b\"}}"),
    "order of sections": "variables: {v: w}\n" + BASE.replace("variables: {v: w}\n", ""),
    "defaults spelt out": BASE.replace("A: P", "A: {to: P, blank: omit, otherwise: error, write: both}"),
    "order of columns": BASE.replace("  A: P\n", "").replace("c: d}}\n", "c: d}}\n  A: P\n"),
}

OTHER = {
    "another property": BASE.replace("A: P", "A: P2"),
    "another transform": BASE.replace("{pad: 5}", "{pad: 6}"),
    "another order of transforms": BASE.replace("[trim, {pad: 5}]", "[{pad: 5}, trim]"),
    "another value": BASE.replace("c: d", "c: e"),
    "another constant": BASE.replace("C: x", "C: y"),
    "a constant in place of a template": BASE.replace('templates: {D: "{A} {$v}"}\n', ""),
    "another default": BASE.replace("A: P", "A: {to: P, default: x}"),
    "otherwise as a value": BASE.replace("values:", "otherwise: {value: error}, values:"),
    "another key": BASE.replace("key: A", "key: B"),
    "key none": BASE.replace("key: A", "key: none"),
    "a source": BASE + "source: x\n",
    "another variable": BASE.replace("v: w", "v: z"),
    "reading": BASE + "read: {encoding: cp1252}\n",
    "options": BASE + "options: {assignment_rule: on}\n",
}


@pytest.mark.parametrize("text", SAME.values(), ids=SAME)
def test_digest_does_not_change_with_the_form(text):
    """Comments, spacing, order of keys and short or long forms are not what a mapping says."""
    assert parse_mapping(text, "m.yaml").digest == parse_mapping(BASE, "other.yaml").digest


@pytest.mark.parametrize("text", OTHER.values(), ids=OTHER)
def test_digest_changes_with_the_content(text):
    """Whatever can change a record or its identity changes the digest."""
    assert parse_mapping(text, "m.yaml").digest != parse_mapping(BASE, "m.yaml").digest


def test_mapping_files_are_values():
    """A loaded mapping cannot be changed by accident."""
    mapping = parse_mapping(BASE, "m.yaml")
    with pytest.raises(AttributeError):
        mapping.match = "X"  # type: ignore[misc]
    assert replace(mapping, source="y").source == "y"


def test_the_room_is_light_to_import():
    """Importing the room and its compiler loads neither YAML nor pydantic: --help stays fast."""
    code = (
        "import sys, importer.mapping, importer.mapping.compile; "
        "heavy = {'yaml', 'pydantic', 'pandas', 'openpyxl', 'aiohttp'} & set(sys.modules); "
        "sys.exit(', '.join(heavy) or None)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
