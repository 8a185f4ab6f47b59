"""Any document of known words and any values is a mapping, or has faults with places in the file."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from importer.mapping import MappingFaultsError, MappingFile, compile_mapping, parse_mapping
from importer.mapping.language import Document, IbmOptions, ReadForm, SalesforceOptions
from importer.mapping.rule_forms import LookupForm, RuleForm, WhenForm
from importer.mapping.scalars import keys_of
from importer.mapping.transforms import TRANSFORMS

MODELS = (Document, ReadForm, RuleForm, LookupForm, WhenForm, SalesforceOptions, IbmOptions)
KEYS = [name for model in MODELS for name in keys_of(model)]
VALUES = [
    *(
        "1",
        "",
        "salesforce",
        "ibm-case-manager",
        "A",
        "B",
        "none",
        "null",
        "error",
        "keep",
        "{A}",
        "{$q}",
        "{{",
        "[",
    ),
    *(
        "text",
        "date",
        "datetime",
        "number",
        "%d/%m/%Y",
        "%q",
        "UTC",
        ",",
        ".",
        "off",
        "true",
        "update",
        "*",
        "tab",
        "/a/",
        "/(/",
    ),
    *TRANSFORMS,
]
SCALARS = st.one_of(st.sampled_from(VALUES), st.text(max_size=5))
WORDS = st.one_of(st.sampled_from([*KEYS, "A", "B", "value", "lookup", "from", "pad"]), st.text(max_size=3))
TREES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(WORDS, inner, max_size=5)),
    max_leaves=12,
)
RULES = st.one_of(
    SCALARS, st.dictionaries(st.sampled_from(list(RuleForm.model_fields)), TREES, max_size=5), TREES
)
DOCUMENTS = st.fixed_dictionaries(
    {
        "version": st.sampled_from(["1", "1", "1", "2"]),
        "target": st.sampled_from(["salesforce", "ibm-case-manager"]),
    },
    optional={
        "case_type": SCALARS,
        "when": TREES,
        "value_maps": TREES,
        "include": TREES,
        "key": TREES,
        "match": SCALARS,
        "on_match": st.sampled_from(["skip", "error", "update"]),
        "columns": st.dictionaries(
            st.sampled_from("AB"), st.one_of(RULES, st.lists(RULES, max_size=3)), max_size=2
        ),
        "constants": st.dictionaries(WORDS, TREES, max_size=3),
        "templates": st.dictionaries(WORDS, SCALARS, max_size=3),
        "options": TREES,
        "read": TREES,
        "variables": TREES,
        "noise": TREES,
    },
)


@settings(deadline=None)
@given(DOCUMENTS)
def test_any_document(tree):
    """Reading and compiling raise nothing but faults, and each fault lies inside the file."""
    text = json.dumps(tree, indent=1)  # JSON is YAML; every scalar is quoted
    lines = text.splitlines()
    try:
        mapping = parse_mapping(text, "m.yaml")
        assert isinstance(mapping, MappingFile)
        assert len(mapping.digest) == 64
        compile_mapping(mapping, ["A", "B"], None, place=lambda row, column: "")
    except MappingFaultsError as error:
        for fault in error.faults:
            assert 1 <= fault.line <= len(lines)
            assert 1 <= fault.column <= len(lines[fault.line - 1]) + 1
            assert fault.message
            assert "\n" not in fault.message
