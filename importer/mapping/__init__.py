"""Mapping: a YAML document, compiled once, makes drafts or problems of rows. Knows neither HTTP nor SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importer.mapping.compile import compile_mapping
    from importer.mapping.compiled import Compiled
    from importer.mapping.editor import json_schema
    from importer.mapping.faults import Fault, MappingFaultsError, Mark
    from importer.mapping.load import load_mapping, parse_mapping
    from importer.mapping.reference_page import reference
    from importer.mapping.spec import MappingFile, Rule, Text

_HOMES = {
    "Compiled": "compiled",
    "Fault": "faults",
    "MappingFaultsError": "faults",
    "MappingFile": "spec",
    "Mark": "faults",
    "Rule": "spec",
    "Text": "spec",
    "compile_mapping": "compile",
    "json_schema": "editor",
    "load_mapping": "load",
    "parse_mapping": "load",
    "reference": "reference_page",
}

__all__ = [
    "Compiled",
    "Fault",
    "MappingFaultsError",
    "MappingFile",
    "Mark",
    "Rule",
    "Text",
    "compile_mapping",
    "json_schema",
    "load_mapping",
    "parse_mapping",
    "reference",
]


def __getattr__(name: str) -> object:
    """Import a name when it is first used: YAML and pydantic are slow to load (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
