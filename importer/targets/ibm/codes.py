"""What IBM's message ids mean for a create, as one table (facts: ibm-case-manager.md §3.4, §9)."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable
from dataclasses import dataclass


class Verdict(enum.Enum):
    """What to do about a message id that comes with status 500."""

    REFUSED = "refused for this row"
    AGAIN_ROW = "rolled back: try this row again"
    UNKNOWN = "the case may have been created"


@dataclass(frozen=True, slots=True)
class Meaning:
    """A message id's verdict and what a person should do, in plain words."""

    verdict: Verdict
    message: str


IDS: dict[str, Meaning] = {
    "FNRCE0019E": Meaning(Verdict.AGAIN_ROW, "The database chose the request as a deadlock victim."),
    "FNRCE0057E": Meaning(Verdict.REFUSED, "A read-only property was set. Remove its rule."),
    "FNRCE0043E": Meaning(Verdict.REFUSED, "Another case has this value in a unique property."),
    "FNRPA0024E": Meaning(Verdict.UNKNOWN, "The server could not reach its process engine."),
    "FNRCE0075E": Meaning(Verdict.UNKNOWN, "The server's transaction timed out."),
    "FNRCE0066E": Meaning(Verdict.UNKNOWN, "An event handler failed while the case was saved."),
}
"""Ids that are not listed decide nothing: with 400 the row is refused, with 500 its case may exist."""

UNLISTED = Meaning(Verdict.UNKNOWN, "The server failed.")
REFUSED = Meaning(Verdict.REFUSED, "The server refused the case. Correct what it says.")

_MESSAGE_ID = re.compile(r"\b[A-Z]{4,5}\d{4}[EWI]\b")
_WRAPPER = "FNRPA0093E"
"""Its text says only that a previous error was the cause: the inner ids decide."""


def message_ids(texts: Iterable[str]) -> list[str]:
    """Return the message ids in ``texts`` in their order, wrappers left out."""
    found = dict.fromkeys(word for text in texts for word in _MESSAGE_ID.findall(text))
    return [word for word in found if word != _WRAPPER]


def meaning_of(ids: Iterable[str]) -> Meaning:
    """Return what a 500 with ``ids`` means: the first id that the table knows decides."""
    for message_id in ids:
        if message_id in IDS:
            return IDS[message_id]
    return UNLISTED
