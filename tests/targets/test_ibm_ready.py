"""When a case is ready, as the status resource tells it (facts: ibm-case-manager.md §4.3, §6)."""

from __future__ import annotations

import pytest

from importer.model.outcome import Created, Unknown
from importer.targets.ibm.ready import FAILED, NOT_READY, Status, not_ready, read_status, when_ready
from importer.transport.delivery import MaybeDelivered
from importer.transport.trips import ENDING
from tests.transport.scripted import Script, answered

MADE = Created("{A42BE8EB-848F-4CBD-B2F7-64FAF2CE7081}", "DEMO_000000000001")


@pytest.mark.parametrize(
    ("status", "document", "state"),
    [
        (200, {"Status": "Working"}, "ready"),
        (200, {"status": " complete "}, "ready"),
        (200, {"Status": "New"}, "not yet"),
        (200, {"Status": "Initializing"}, "not yet"),
        (200, {"Status": "Failed"}, "failed"),
        (200, {"Status": "Dreaming"}, "unreadable"),
        (200, None, "unreadable"),
        (404, {"Status": "Working"}, "unreadable"),
        (500, None, "unreadable"),
    ],
)
def test_the_words_of_the_status_resource(status: int, document: object, state: str) -> None:
    """IBM's five words; every other answer says nothing."""
    assert read_status(status, document).state == state


async def test_a_case_is_asked_for_until_it_works() -> None:
    """By its folder id without braces, in v1's resource."""
    script = Script([answered(200, {"Status": word}) for word in ("New", "Initializing", "Working")])
    assert await when_ready(script, MADE, "TOS", 30.0) == MADE
    assert script.finished
    assert {request.path for request in script.requests} == {
        "/v1/case/A42BE8EB-848F-4CBD-B2F7-64FAF2CE7081/status?TargetObjectStore=TOS"
    }
    assert not any(request.creates for request in script.requests)


@pytest.mark.parametrize(
    ("step", "code", "words"),
    [
        (answered(200, {"Status": "Failed"}), FAILED, "Failed"),
        (answered(200, {"Status": "Initializing"}), NOT_READY, "still Initializing after 0 s"),
        (answered(500), NOT_READY, "cannot be read: HTTP status 500"),
        (MaybeDelivered("the connection was reset"), NOT_READY, "the connection was reset"),
    ],
)
async def test_what_is_not_ready_keeps_its_id(step: object, code: str, words: str) -> None:
    """Whatever the reason: the record exists, and its id is in the outcome and in its words."""
    outcome = await when_ready(Script([step]), MADE, "TOS", 0.0)  # type: ignore[list-item]
    assert isinstance(outcome, Unknown) and (outcome.id, outcome.code) == (MADE.id, code)
    assert words in outcome.reason and MADE.id in outcome.reason and "DEMO_000000000001" in outcome.reason


def test_a_case_without_a_number_is_named_by_its_folder() -> None:
    """Not every answer has an identifier."""
    outcome = not_ready(Created("{A}"), Status("failed", "Failed"), 60)
    assert outcome.reason == "its status is Failed (folder {A})"


async def test_a_run_that_stops_waits_for_no_case() -> None:
    """Nothing leaves any more: the case keeps its id, and nobody sits out the time it would have had."""
    script = Script([answered(200, {"Status": "New"}), ENDING])
    outcome = await when_ready(script, MADE, "TOS", 3600.0)
    assert isinstance(outcome, Unknown) and (outcome.id, outcome.code) == (MADE.id, NOT_READY)
    assert script.finished
