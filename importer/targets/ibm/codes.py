"""What IBM's message ids mean for a create, as one table (facts: ibm-case-manager.md §3.4, §9)."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType


class Verdict(enum.Enum):
    """What to do about a message id that comes with status 500; a connection's verdicts know two more."""

    REFUSED = "refused for this row"
    AGAIN = "nothing was saved: try again, the whole run slower"
    AGAIN_ROW = "rolled back: try this row again"
    UNKNOWN = "the case may have been created"
    STOP = "stop: no other row would fare better"


@dataclass(frozen=True, slots=True)
class Meaning:
    """A message id's verdict and what a person should do, in plain words.

    ``passing``: it says that the server is not well, not that there is something wrong with what it was sent.
    """

    verdict: Verdict
    message: str
    passing: bool = False


NOT_UNIQUE = "FNRCE0043E"
IDS: dict[str, Meaning] = {
    "FNRCE0019E": Meaning(Verdict.AGAIN_ROW, "The database chose the request as a deadlock victim."),
    "FNRCE0057E": Meaning(Verdict.REFUSED, "A read-only property was set. Remove its rule."),
    NOT_UNIQUE: Meaning(Verdict.REFUSED, "Another case has this value in a unique property."),
    "FNRPA0024E": Meaning(Verdict.UNKNOWN, "The server could not reach its process engine.", True),
    "FNRCE0075E": Meaning(Verdict.UNKNOWN, "The server's transaction timed out.", True),
    "FNRCE0066E": Meaning(Verdict.UNKNOWN, "An event handler failed while the case was saved."),
}
"""Ids that are not listed decide nothing: with 400 the row is refused, with 500 its case may exist."""

UNLISTED = Meaning(Verdict.UNKNOWN, "The server failed.")
REFUSED = Meaning(Verdict.REFUSED, "The server refused the case. Correct what it says.")

WORDS: dict[Verdict, str] = {
    Verdict.REFUSED: "rejected",
    Verdict.AGAIN: "retry",
    Verdict.AGAIN_ROW: "retry",
    Verdict.UNKNOWN: "in_doubt",
    Verdict.STOP: "stop",
}
"""The word of a connection's ``verdicts`` for each verdict."""

OTHERS = (("other ids with 400", REFUSED), ("other ids with 500", UNLISTED))
"""What ids mean that are not listed."""

_TAUGHT: dict[str, Meaning] = {
    "rejected": REFUSED,
    "retry": Meaning(Verdict.AGAIN_ROW, "Nothing was saved: the row is sent again."),
    "in_doubt": Meaning(Verdict.UNKNOWN, "The case may have been created."),
    "stop": Meaning(Verdict.STOP, "The connection's verdicts end the run at this id."),
}
TAUGHT_NOTHING: Mapping[str, Meaning] = MappingProxyType({})


def taught_meanings(words: Mapping[str, str]) -> dict[str, Meaning]:
    """Return the meanings of the ids in a connection's ``verdicts`` (id → word).

    A status (``HTTP_503``) that means retry slows the whole run: it is no row's own.
    """
    found = {}
    for code, word in words.items():
        meaning = _TAUGHT[word]
        if meaning.verdict is Verdict.AGAIN_ROW and code.startswith("HTTP_"):
            meaning = Meaning(Verdict.AGAIN, meaning.message)
        found[code] = Meaning(meaning.verdict, IDS[code].message) if code in IDS else meaning
    return found


_MESSAGE_ID = re.compile(r"\b[A-Z]{4,5}\d{4}[EWI]\b")
_WRAPPER = "FNRPA0093E"
"""Its text says only that a previous error was the cause: the inner ids decide."""


def message_ids(texts: Iterable[str]) -> list[str]:
    """Return the message ids in ``texts`` in their order, wrappers left out."""
    found = dict.fromkeys(word for text in texts for word in _MESSAGE_ID.findall(text))
    return [word for word in found if word != _WRAPPER]


def meaning_of(ids: Sequence[str]) -> tuple[str, Meaning]:
    """Return the id that decides what a 500 with ``ids`` means, and the meaning.

    It is the first one that the table knows; else the first of all, with a meaning that decides nothing.
    """
    for message_id in ids:
        if message_id in IDS:
            return message_id, IDS[message_id]
    return (ids[0] if ids else ""), UNLISTED
