"""When a session is over, and what a session that never will be good means (facts: salesforce.md §1)."""

from __future__ import annotations

from collections.abc import Mapping

from importer.model.errors import TargetError
from importer.targets.json_body import decode
from importer.targets.salesforce.answers import read_errors
from importer.transport.delivery import Answered

NOT_CURED: Mapping[str, str] = {
    "This session is not valid for use with the REST API": (
        "Give the user the permission API Enabled, and the app the scope api (Manage user data via APIs)."
    ),
    "Connected app is not attached to Agent": "Attach the app to the agent, or sign in by another app.",
}
"""Messages of a 401 that no new session cures, and what to do (jsforce, ``src/http-api.ts``)."""


def session_is_over(answer: Answered) -> bool:
    """Tell whether ``answer`` is a 401 that a new session cures."""
    return answer.status == 401 and not any(words.encode() in answer.body for words in NOT_CURED)


def not_accepted(where: str, answer: Answered) -> TargetError:
    """Return the error for a 401 that is left after signing in anew."""
    errors = read_errors(decode(answer.body))
    text = errors[0].text if errors else "HTTP status 401"
    remedy = next((remedy for words, remedy in NOT_CURED.items() if words in text), None)
    return TargetError(
        "SIGN_IN_REFUSED",
        f"{where} does not accept the session ({text}).",
        remedy or "Check the sign-in of the connection, and that the user may use the API (API Enabled).",
    )
