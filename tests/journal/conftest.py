from collections.abc import Iterator
from pathlib import Path

import pytest

from importer.journal.journal import Journal
from importer.journal.leg import Leg
from importer.journal.records import LegStart, RunIdentity, RunRecord, Scope, SourceFacts
from importer.model.target import System

SYSTEM = System("org1", "Test org", False, "loader")
START = LegStart(
    "1", "me", "here", 1, ("run",), "mapping1", "schema1", {}, "loader", 0.0, "single", "test", "t.csv"
)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path / "state") as opened:
        yield opened


def add_run(journal: Journal, digest: str = "d1", source: str = "zendesk") -> RunRecord:
    scope = journal.scope(Scope("org1", "Case", source, "key"))
    identity = RunIdentity(digest, "", 1, "org1", "Case")
    return journal.add_run(identity, scope, SourceFacts("t.csv", 10, 5), SYSTEM, "schema1")


def begin(journal: Journal, run: RunRecord) -> Leg:
    return journal.begin_leg(run, START, {"schema1": "{}", "mapping1": "m"})
