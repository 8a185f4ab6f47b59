from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from tests.preflight.looking import Desk
from tests.stage import Kind, Stage, open_stage

Open = Callable[..., Awaitable[Stage]]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
async def open_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Open]:
    """Open stages that end with the test: ``stage = await open_kind(kind, faults)``."""
    monkeypatch.setenv("STAGE_SECRET", "s3cret-of-the-stage")
    opened: list[Stage] = []

    async def begin(kind: Kind, faults: str = "", *, keyed: bool = True) -> Stage:
        stage = await open_stage(tmp_path, kind, faults, keyed=keyed)
        opened.append(stage)
        return stage

    yield begin
    for stage in opened:
        await stage.running.stop()
