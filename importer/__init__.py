"""case-importer: a bulk case importer for Salesforce and IBM Case Manager.

The names below are the library (README.md of this folder); each is imported when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importer.api.connection import Connection
    from importer.api.library import Mapping, import_cases, import_file
    from importer.api.one_import import Summary
    from importer.api.outcomes import Outcomes
    from importer.model.errors import (
        Exit,
        ImporterError,
        JournalError,
        MappingError,
        SettingsError,
        SourceError,
        TargetError,
    )
    from importer.model.outcome import Status
    from importer.model.problem import Problem
    from importer.model.result import RowResult

_HOMES = {
    "Connection": "api.connection",
    "Exit": "model.errors",
    "ImporterError": "model.errors",
    "JournalError": "model.errors",
    "Mapping": "api.library",
    "MappingError": "model.errors",
    "Outcomes": "api.outcomes",
    "Problem": "model.problem",
    "RowResult": "model.result",
    "SettingsError": "model.errors",
    "SourceError": "model.errors",
    "Status": "model.outcome",
    "Summary": "api.one_import",
    "TargetError": "model.errors",
    "import_cases": "api.library",
    "import_file": "api.library",
}

__all__ = [
    "Connection",
    "Exit",
    "ImporterError",
    "JournalError",
    "Mapping",
    "MappingError",
    "Outcomes",
    "Problem",
    "RowResult",
    "SettingsError",
    "SourceError",
    "Status",
    "Summary",
    "TargetError",
    "import_cases",
    "import_file",
]


def __getattr__(name: str) -> object:
    """Import a name when it is first used (PEP 562): ``import importer`` alone loads nothing else."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
