"""The stage for whole runs, without a key unless a test asks for one."""

from tests.pipeline.conftest import open_kind

__all__ = ["open_kind"]
