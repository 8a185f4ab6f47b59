from pathlib import Path

import pytest

from tests.pipeline.conftest import Open, open_kind
from tests.preflight.looking import Desk

__all__ = ["Open", "desk", "open_kind"]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)
