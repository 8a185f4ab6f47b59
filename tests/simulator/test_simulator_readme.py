"""README.md of the simulator lists what the code has."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from importer.simulator.__main__ import _parser
from importer.simulator.behaviour import READERS, Behaviour
from importer.simulator.faults import FAULTS, KINDS
from importer.simulator.http import Router
from importer.simulator.ibm.schema import CASE_TYPES
from importer.simulator.ibm.server import CaseManager
from importer.simulator.salesforce.objects import sobjects
from importer.simulator.salesforce.server import Salesforce

README = (Path(__file__).parents[2] / "importer/simulator/README.md").read_text(encoding="utf-8")
FAULT_TABLE, _, SETTINGS_TABLE = README.partition("## Faults")[2].partition("## Settings and switches")


def first_column(text: str) -> list[str]:
    return re.findall(r"^\| `([a-z0-9_]+)` \|", text, re.MULTILINE)


def test_the_table_of_faults_is_complete_and_in_order() -> None:
    """The order matters: of several faults that strike, the first acts."""
    assert first_column(FAULT_TABLE) == list(FAULTS)


def test_the_table_of_settings_is_complete_and_has_the_defaults() -> None:
    """Each default, read as the specification is, gives the default of the code."""
    rows = re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", SETTINGS_TABLE, re.MULTILINE)
    assert [name for name, _ in rows] == [field.name for field in fields(Behaviour)]
    assert {name: READERS[name](text) for name, text in rows} == {
        field.name: field.default for field in fields(Behaviour)
    }


def test_options_kinds_fields_and_case_types_are_named() -> None:
    """Every option of the program, kind of request, own field of Case and property has its place."""
    options = [
        option for action in _parser()._actions for option in action.option_strings if option[:2] == "--"
    ]
    own_fields = [name for name in sobjects()["case"].fields if name.endswith("__c")]
    properties = CASE_TYPES["AUTO_CollisionClaim"].properties
    for name in (*options, *KINDS, *own_fields, *properties, *CASE_TYPES):
        assert name in README or name == "--help", name


def test_routes_of_both_systems_are_found() -> None:
    """Every route leads to itself: none is hidden by another that stands before it."""
    for system in (Salesforce(), CaseManager()):
        router = Router(system.routes)
        for route in system.routes:
            segments = re.sub(r"\{\w+\}", "x", route.path).strip("/").split("/")
            found = router.find(route.method, segments)
            assert isinstance(found, tuple)
            assert found[0] is route
