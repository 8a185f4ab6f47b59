"""The table of states is complete and says what design §4 says."""

import pytest

from importer.journal.states import ALIVE, HAS_RECORD, MOVES, SHOWN, State, may_move


def test_every_state_has_moves_and_a_status() -> None:
    """No state is forgotten in either table."""
    assert set(MOVES) == set(State) == set(SHOWN)


@pytest.mark.parametrize(
    ("before", "after", "legal"),
    [
        ("pending", "sent", True),
        ("pending", "created", False),
        ("sent", "created", True),
        ("sent", "sent", False),
        ("sent", "in_doubt", False),
        ("sent", "unknown", True),
        ("unknown", "sent", False),
        ("unknown", "in_doubt", True),
        ("in_doubt", "pending", True),
        ("in_doubt", "sent", False),
        ("created", "pending", False),
        ("created", "sent", False),
        ("exists", "sent", False),
        ("rejected", "pending", True),
        ("rejected", "sent", False),
        ("invalid", "sent", False),
        ("created", "deleted", True),
        ("created", "kept", False),
        ("exists", "deleted", False),
        ("updated", "deleted", False),
        ("deleted", "pending", False),
        ("kept", "pending", True),
    ],
)
def test_moves(before: str, after: str, legal: bool) -> None:
    """A row moves only as the design says; what may exist is never sent again without a detour."""
    assert may_move(State(before), State(after)) is legal


def test_nothing_that_may_exist_reaches_sent_in_one_move() -> None:
    """The states in which a record exists, or may exist, have no way to sent but through pending."""
    for state in ALIVE | HAS_RECORD:
        assert State.SENT not in MOVES[state]
