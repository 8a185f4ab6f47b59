"""kill -9 at any moment: the same command, run again to its end, leaves what an uninterrupted run leaves."""

import random
import time
from pathlib import Path

import pytest

from tests.cli.campaign import WAYS, campaign
from tests.cli.conftest import Server

CI = (("match", 8), ("content", 8), ("unasked", 8), ("collections", 8), ("bulk", 8))
MANY = tuple((name, 12) for name in WAYS for _ in range(3))
PARTS = {"start", "scan", "begin", "sending", "settling", "writing", "ending", "any time"}


def fight(name: str, kills: int, folder: Path, server: Server) -> None:
    seed = random.randrange(1 << 30)
    began = time.monotonic()
    print(f"seed {seed}: campaign(WAYS[{name!r}], folder, server, {seed}, {kills})")
    done = campaign(WAYS[name], folder, server, seed, kills)
    killed = sum(done.kills.values())
    print(f"{killed} kills in {done.ends} runs, {time.monotonic() - began:.1f} s: {dict(done.kills)}")
    assert killed >= kills
    print(f"parts: {sorted(done.kills)}")


@pytest.mark.parametrize(("name", "kills"), CI, ids=[f"{n}-{name}" for n, (name, _) in enumerate(CI)])
def test_killed_runs_end_as_others_do(name: str, kills: int, tmp_path: Path, server: Server) -> None:
    """40 seeded moments, in every part of a run: nothing twice, nothing lost, nothing called what it is not."""
    fight(name, kills, tmp_path, server)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("name", "kills"), MANY, ids=[f"{n}-{name}" for n, (name, _) in enumerate(MANY)])
def test_many_kills(name: str, kills: int, tmp_path: Path, server: Server) -> None:
    """More than 200 seeded moments, on demand."""
    fight(name, kills, tmp_path, server)
