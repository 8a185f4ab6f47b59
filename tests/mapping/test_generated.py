"""Files that are made from the code are up to date, and complete.

When one is not: ``python -m tests.mapping.test_generated`` writes both anew.
"""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from importer.mapping import json_schema, language, parse_mapping, reference, rule_forms
from importer.mapping.editor import SCHEMA_FILE, schema_text
from importer.mapping.formats import DIRECTIVES
from importer.mapping.included import from_texts
from importer.mapping.language import NOT_YET
from importer.mapping.scalars import keys_of
from importer.mapping.transforms import TRANSFORMS
from importer.mapping.values import TYPES
from importer.model.problem import CATALOGUE

README = Path(__file__).parents[2] / "mappings" / "README.md"
MODELS = [
    model
    for module in (language, rule_forms)
    for model in vars(module).values()
    if isinstance(model, type) and issubclass(model, BaseModel) and model.__module__ == module.__name__
]
"""Every form of the language, whoever wrote it: a new one must be in the reference too."""


def test_the_editor_schema_is_up_to_date():
    """The shipped file is what the models say now."""
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text()


def test_the_reference_is_up_to_date():
    """The page in mappings/ is what the code says now."""
    assert README.read_text(encoding="utf-8") == reference()


WORDS = [
    *(name for model in MODELS for name in keys_of(model)),
    *TRANSFORMS,
    *TYPES,
    *(f"%{name}" for name in DIRECTIVES),
    *CATALOGUE,
    *NOT_YET,
]


def test_the_reference_names_everything():
    """Every key, transform, type, directive and problem code stands in the reference."""
    page = reference()
    missing = [word for word in WORDS if f"`{word}`" not in page and f"`{{{word}:" not in page]
    assert missing == []


EXAMPLES = re.findall(r"```yaml\n(.*?)```", reference(), re.DOTALL)
SHARED = {"shared/priorities.yaml": "value_maps: {priorities: {P1: High}}"}


@pytest.mark.parametrize("text", EXAMPLES, ids=range(len(EXAMPLES)))
def test_the_examples_of_the_reference_are_mappings(text):
    """Each example is a mapping without faults, once it says its version and target."""
    whole = text if "version:" in text else f"version: 1\ntarget: salesforce\n{text}"
    mapping = parse_mapping(whole, "example.yaml", from_texts(SHARED))
    assert mapping.rules


@pytest.mark.parametrize("model", MODELS)
def test_every_key_has_a_hover_text(model):
    """Each key says in a sentence what it is for; a key with a default names it."""
    for name, field in model.model_fields.items():
        assert field.description, name
        assert field.description.rstrip("`)").endswith((".", "1", "Case", ".`")) or name == "version", name


SAMPLES = sorted(README.parent.glob("*.yaml"))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_editors_find_the_schema_of_every_sample(path):
    """The first line of each sample names the schema that ships with the package, by a path that is right."""
    first = path.read_text(encoding="utf-8").splitlines()[0]
    named = first.removeprefix("# yaml-language-server: $schema=")
    assert (path.parent / named).resolve() == SCHEMA_FILE.resolve()


def test_the_editor_schema_completes_and_refuses():
    """Keys are closed and described, words are listed, and scalars may look like numbers or booleans."""
    schema = json_schema()
    assert schema["required"] == ["version", "target"]
    assert schema["additionalProperties"] is False
    rule = schema["$defs"]["RuleForm"]
    assert rule["additionalProperties"] is False
    assert rule["required"] == ["to"]
    assert rule["properties"]["blank"]["enum"] == ["omit", "null", None, "error"]
    assert "datetime" in rule["properties"]["type"]["enum"]
    assert rule["properties"]["to"]["type"] == ["string", "number", "boolean"]
    assert schema["properties"]["version"]["enum"] == [1, "1"]
    assert schema["properties"]["on_match"]["enum"] == ["skip", "error", "update"]
    assert all("description" in key for key in rule["properties"].values())
    columns = schema["properties"]["columns"]["additionalProperties"]["anyOf"]
    assert {
        choice.get("type", "rule") if isinstance(choice.get("type"), str) else "text" for choice in columns
    } >= {"array"}
    text = str(schema)
    assert "'title'" not in text.replace("'const': 'title'", "").replace(
        "'title': 'case-importer mapping'", ""
    )
    assert "'type': 'null'" not in text


if __name__ == "__main__":
    SCHEMA_FILE.write_text(schema_text(), encoding="utf-8", newline="\n")
    README.write_text(reference(), encoding="utf-8", newline="\n")
