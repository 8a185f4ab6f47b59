"""Schemas in files: saved, read again, refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from importer.mapping import load_mapping
from importer.model.errors import ImporterError
from importer.model.schema import Schema
from importer.preflight.schema_file import SavedSchema, check_fits, load_schema, save_schema
from importer.targets.ibm.casetype import read_schema as read_case_type
from importer.targets.salesforce.describe import read_schema as read_describe
from tests.preflight.looking import Desk, as_json, describe, field

FIELDS = (
    field("Subject"),
    field("Amount", "double", precision=16, scale=2),
    field("Count", "int", digits=8, precision=0),
    field("Tags", "multipicklist", length=40, choices=("a", "b")),
    field("AccountId", "reference", length=18, referenceTo=["Account"], relationshipName="Account"),
    field("RecordTypeId", "reference", length=18, referenceTo=["RecordType"]),
    field("ClosedDate", "datetime", createable=False),
)
CASE_TYPE = {
    "Properties": [
        {"SymbolicName": "When", "PropertyType": "datetime", "MinValue": "1753-01-01T00:00:00Z"},
        {"SymbolicName": "Year", "PropertyType": "integer", "MinValue": 1900, "MaxValue": 2100},
        {"SymbolicName": "Damage", "PropertyType": "float", "MaxValue": 0.5},
    ]
}
SCHEMAS = {"describe": read_describe(describe(*FIELDS)), "case type": read_case_type("Claim", CASE_TYPE)}


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
def test_what_was_saved_is_read(tmp_path: Path, schema: Schema):
    """A schema comes back as it was, with where and when it was read."""
    saved = SavedSchema(schema, "salesforce", "00D1", "Örg", "me@example.com", "2026-01-01T00:00:00Z")
    save_schema(tmp_path / "s.json", saved)
    assert load_schema(tmp_path / "s.json") == saved
    save_schema(tmp_path / "s.json", saved)  # again: it is a schema file, and may be replaced


def test_the_schema_of_a_journal_without_the_newer_parts_is_read():
    """What an earlier version has written into a journal lacks keys, which have their defaults then."""
    document = json.loads(SCHEMAS["describe"].to_json())
    for name in ("variants", "variant", "key_hint"):
        del document[name]
    for found in document["properties"]:
        for name in ("prefixes", "in_bytes", "joined", "distinct", "earliest", "latest", "hint"):
            del found[name]
    schema = Schema.from_json(json.dumps(document))
    assert set(schema.properties) == set(SCHEMAS["describe"].properties) and schema.variants == ()


def _changed(change: dict[str, Any]) -> str:
    schema = json.loads(SCHEMAS["describe"].to_json())
    document = {
        "format": "case-importer schema", "version": 1, "target": "salesforce", "system": "s", "name": "n",
        "user": "u", "saved": "t", "schema": schema,
    }  # fmt: skip
    return json.dumps({**document, **change})


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ("{", "SCHEMA_FILE", "it is not JSON"),
        ("[]", "SCHEMA_FILE", 'does not say "format"'),
        ('{"name": "Case", "fields": []}', "SCHEMA_FILE", 'does not say "format"'),
        (
            _changed({"version": 2}),
            "SCHEMA_VERSION",
            "format version 2; this version of case-importer reads 1",
        ),
        (_changed({"schema": {}}), "SCHEMA_FILE", "missing or damaged"),
        (_changed({"schema": None}), "SCHEMA_FILE", "missing or damaged"),
        (
            _changed({"schema": {"record_type": "Case", "digest": "d", "properties": [7]}}),
            "SCHEMA_FILE",
            "damaged",
        ),
    ],
)
def test_what_is_no_schema_file(tmp_path: Path, text: str, code: str, says: str):
    """Each is refused with its reason, and never overwritten by --save-schema."""
    path = tmp_path / "s.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ImporterError) as error:
        load_schema(path)
    assert error.value.code == code and says in error.value.message
    with pytest.raises(ImporterError):
        save_schema(path, SavedSchema(SCHEMAS["describe"], "salesforce", "", "", "", ""))
    assert path.read_text(encoding="utf-8") == text


def test_a_file_that_is_not_there(tmp_path: Path):
    """A missing file, and a folder that is not there to write to, are said in words."""
    with pytest.raises(ImporterError, match="cannot be read"):
        load_schema(tmp_path / "no.json")
    with pytest.raises(ImporterError, match="cannot be written"):
        save_schema(tmp_path / "no" / "s.json", SavedSchema(SCHEMAS["describe"], "", "", "", "", ""))


def test_a_schema_of_something_else(desk: Desk):
    """A file of another target or record type is refused, both named; letter case does not matter."""
    mapping = load_mapping(desk.mapping("  T: Subject\n"))
    for target, schema, says in (
        (
            "salesforce",
            read_describe(describe(sobject="Contact")),
            "is the schema of Contact, m.yaml makes Case",
        ),
        ("ibm-case-manager", SCHEMAS["case type"], "is a schema of ibm-case-manager"),
    ):
        with pytest.raises(ImporterError) as error:
            check_fits(Path("x.json"), SavedSchema(schema, target, "", "", "", ""), mapping)
        assert error.value.code == "OTHER_SCHEMA"
        assert says in error.value.message.replace(str(desk.folder) + "/", "")
    check_fits(
        Path("x"), SavedSchema(read_describe(describe(sobject="case")), "salesforce", "", "", "", ""), mapping
    )


def test_the_file_as_documented(desk: Desk):
    """The keys of the file are those of importer/preflight/README.md."""
    document = as_json(desk.schema(*FIELDS))
    assert list(document) == ["format", "version", "target", "system", "name", "user", "saved", "schema"]
    assert set(document["schema"]) == {
        "record_type",
        "digest",
        "properties",
        "variants",
        "variant",
        "key_hint",
    }
