"""The JSON Schema by which editors complete and check mapping files, from the models of language.py."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from importer.mapping.language import Document

SCHEMA_FILE = Path(__file__).with_name("mapping.schema.json")
"""The schema as it ships with the package; a test keeps it equal to ``json_schema()``."""


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a mapping file; descriptions are the editors' hover texts."""
    schema = _tidy(Document.model_json_schema())
    assert isinstance(schema, dict)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "case-importer mapping",
        "required": ["version", "target"],
    }


def schema_text() -> str:
    """Return the text of SCHEMA_FILE as it should be."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def _tidy(node: Any, *, named: bool = False) -> Any:
    """Leave out what pydantic adds for Python's sake: titles, null defaults, null where a key is optional.

    ``named`` says that the keys of ``node`` are names of the language, not words of JSON Schema.
    """
    if isinstance(node, list):
        return [_tidy(item) for item in node]
    if not isinstance(node, dict):
        return node
    if named:
        return {key: _tidy(value) for key, value in node.items()}
    kept = {key: value for key, value in node.items() if key != "title" and (key, value) != ("default", None)}
    kept = {"anyOf" if key == "oneOf" else key: value for key, value in kept.items()}
    choices = [choice for choice in kept.get("anyOf", []) if choice != {"type": "null"}]
    if len(choices) == 1:
        del kept["anyOf"]
        return _tidy({**choices[0], **kept}, named=named)
    if choices:
        kept["anyOf"] = choices
    return {key: _tidy(value, named=key in ("properties", "$defs")) for key, value in kept.items()}
