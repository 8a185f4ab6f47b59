"""Stages for whole imports through the library, in this process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from importer import Connection, Mapping, Outcomes, import_cases
from tests.stage import CASE, CLAIM, Kind, Stage, open_stage

KINDS = {"salesforce": CASE, "ibm": CLAIM}


class Library:
    """A stage whose loads go through the library."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    def connection(self, **options: Any) -> Connection:
        connections = self.stage.options().where.connections
        return Connection.open("stage", connections=connections, state=self.stage.state, **options)

    def mapping(self, text: str | None = None, more: str = "") -> Mapping:
        return Mapping.load(self.stage.mapping(text, more))

    def file(self, count: int) -> Path:
        return self.stage.write(self.stage.kind.rows(count))

    def dicts(self, count: int, start: int = 1) -> list[dict[str, Any]]:
        rows = self.stage.kind.rows(count, start)
        return [
            {"No": no, "Text": text, "Amount": float(amount), "Mail": mail} for no, text, amount, mail in rows
        ]

    def outcomes(self, source: Any, connection: Connection, **options: Any) -> Outcomes:
        return import_cases(source, options.pop("mapping", None) or self.mapping(), connection, **options)


Begin = Callable[..., Awaitable[Library]]


@pytest.fixture
async def begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Begin]:
    """Open stages that end with the test: ``library = await begin(kind, faults)``."""
    monkeypatch.setenv("STAGE_SECRET", "s3cret-of-the-stage")
    opened: list[Stage] = []

    async def begin(kind: Kind, faults: str = "") -> Library:
        folder = tmp_path / kind.name
        folder.mkdir()
        opened.append(await open_stage(folder, kind, faults))
        return Library(opened[-1])

    yield begin
    for stage in opened:
        await stage.running.stop()


@pytest.fixture(params=list(KINDS))
async def library(request: pytest.FixtureRequest, begin: Begin) -> Library:
    """A stage of each kind, without faults."""
    return await begin(KINDS[request.param])
