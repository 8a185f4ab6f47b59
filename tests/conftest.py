"""In CI a skipped test is a failure: what is skipped is not tested. What needs root's rights is let off."""

import os
from typing import Any

import pytest
from xdist.scheduler import WorkStealingScheduling

LONGEST = ("test_kill_campaigns.py", "test_full_disk.py", "test_kills.py", "test_many_files.py")
"""Files whose tests take the longest: they begin first, so that nobody waits for them at the end."""


def _skipped(reporter: pytest.TerminalReporter) -> list[pytest.TestReport]:
    found = reporter.stats.get("skipped", [])
    return [report for report in found if "needs the right" not in str(report.longrepr)]


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Give each core two workers under ``-n auto``: half of a whole run's time is waiting for time to pass."""
    return 2 * (os.cpu_count() or 1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.name not in LONGEST)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> WorkStealingScheduling:
    """Let workers that are through take tests from others: the longest lie together, with one of them."""
    return WorkStealingScheduling(config, log)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = _skipped(reporter) if reporter is not None else []
    if os.environ.get("CI") and skipped and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if os.environ.get("CI"):
        for report in _skipped(terminalreporter):
            terminalreporter.write_line(
                f"skipped, which is a failure in CI: {report.nodeid} {report.longrepr}"
            )
