"""What a person must say yes to before anything is sent."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from importer.api.approval import approval, questions
from importer.api.options import ImportOptions
from importer.model.errors import ImporterError
from importer.model.offer import Storage
from importer.model.target import System
from importer.settings import simulator_connection

PRODUCTION = System(
    "00D1", "Org (host)", True, "me", kind="production", storage=Storage(5 << 20, 10 << 20, 2048)
)
SANDBOX = replace(PRODUCTION, production=False, kind="sandbox")
SETTINGS = simulator_connection("salesforce", "http://localhost")
OPTIONS = ImportOptions(Path("m.yaml"))


@pytest.mark.parametrize(
    ("system", "settings", "options", "rows", "asked"),
    [
        (PRODUCTION, {}, {}, 1_000, []),
        (PRODUCTION, {}, {}, 1_001, ["Load 1,001 rows into production system Org (host), id 00D1, as me; 5.0 MB"]),
        (PRODUCTION, {"unattended": True}, {}, 1_001, []),
        (PRODUCTION, {}, {"yes": True}, 1_001, []),
        (SANDBOX, {}, {}, 1_000_000, []),
        (SANDBOX, {}, {"again": True}, 5, ["Import 5 rows again"]),
        (PRODUCTION, {"unattended": True}, {"again": True}, 5, ["Import 5 rows again"]),
        (PRODUCTION, {}, {"again": True}, 5_000, ["Import 5,000 rows again", "Load 5,000 rows into production"]),
    ],
)  # fmt: skip
def test_questions(system, settings, options, rows, asked):
    """More than 1,000 rows into production, and importing again; --yes answers, unattended the first only."""
    found = questions(system, replace(SETTINGS, **settings), replace(OPTIONS, **options), rows)
    assert len(found) == len(asked) and all(q.startswith(a) for q, a in zip(found, asked, strict=True)), found


def test_a_no_and_the_rows_of_a_trial():
    """A no is an error that says how to say yes; with --first it is the first rows that count."""
    refuse = approval(PRODUCTION, SETTINGS, OPTIONS, lambda _question: False)
    with pytest.raises(ImporterError) as error:
        refuse(2_000)
    assert error.value.code == "NOT_CONFIRMED" and "--yes" in error.value.remedy
    refuse(1_000)
    approval(PRODUCTION, SETTINGS, replace(OPTIONS, first=10), lambda _question: False)(2_000)
