from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from tests.pipeline.sign_ins import SIGNED_IN
from tests.stage import BULK, CASE, CLAIM, CLAIM_V2, COLLECTIONS, CONTACT, Kind, Stage, open_stage

KINDS = {
    "salesforce": CASE,
    "collections": COLLECTIONS,
    "bulk": BULK,
    "ibm": CLAIM,
    "ibm-v2": CLAIM_V2,
    "contact": CONTACT,
}
SINGLE = {"salesforce": CASE, **SIGNED_IN}
"""One create a request: what the contract says of a single send must hold for each of them."""
CONTRACT = {**{name: kind for name, kind in KINDS.items() if not name.startswith("ibm")}, **SIGNED_IN}
"""All that the contract suite runs against: every path of Salesforce, IBM by every sign-in on both versions."""
Open = Callable[..., Awaitable[Stage]]


@pytest.fixture
async def open_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Open]:
    """Open stages that end with the test: ``stage = await open_kind(kind, faults)``."""
    monkeypatch.setenv("STAGE_SECRET", "s3cret-of-the-stage")
    opened: list[Stage] = []

    async def begin(kind: Kind, faults: str = "", *, keyed: bool = True, folder: str = "") -> Stage:
        (tmp_path / folder).mkdir(exist_ok=True)
        stage = await open_stage(tmp_path / folder, kind, faults, keyed=keyed)
        opened.append(stage)
        return stage

    yield begin
    for stage in opened:
        await stage.running.stop()


@pytest.fixture(params=list(KINDS))
async def stage(request: pytest.FixtureRequest, open_kind: Open) -> Stage:
    """A stage of each kind, without faults."""
    return await open_kind(KINDS[request.param])
