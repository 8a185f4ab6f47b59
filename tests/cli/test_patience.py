"""``--patience`` at the shell."""

import pytest

from tests.cli.conftest import Desk

RUN = ("run", "in.csv", "--mapping", "case.yaml", "--connection", "sf")


@pytest.mark.parametrize("given", ["30", "soon", "-5m", ""])
def test_a_patience_that_is_no_time_is_wrong_usage(desk: Desk, given: str) -> None:
    """A bare number could be seconds or minutes: it is asked for, not guessed (exit 2)."""
    desk.rows(1)
    done = desk.run(*RUN, "--patience", given, exit=2)
    assert "is not a duration" in done.stderr and desk.server.created() == 0


def test_patience_bounds_what_a_busy_server_may_ask_for(desk: Desk) -> None:
    """A server that asks for ten minutes, a person who gives it two seconds: exit 5, and later the rest."""
    desk.rows(10)
    desk.server.reset("http_429=on,retry_after=600")
    done = desk.run(*RUN, "--patience", "2s", exit=5)
    assert "--patience" in done.stdout and "not_sent" in done.stdout
    desk.server.reset()
    desk.run(*RUN, "--patience", "2s")
    assert desk.server.created() == 10
