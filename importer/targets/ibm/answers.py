"""What an answer to a create means: pure, from answer to outcome (facts: ibm-case-manager.md §2, §3, §9)."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from importer.model.errors import Exit
from importer.model.outcome import Again, Created, Refusal, Rejected, RowOutcome, Stop, Unknown
from importer.targets.ibm.codes import (
    IDS,
    REFUSED,
    TAUGHT_NOTHING,
    Meaning,
    Verdict,
    meaning_of,
    message_ids,
)
from importer.targets.json_body import decode
from importer.transport.delivery import Answered
from importer.transport.retry import retry_after

LONGEST_TEXT = 400
"""Characters of a server text that are kept; causes are exception texts of many lines."""


@dataclass(frozen=True, slots=True)
class UserMessage:
    """An error body: the message id, its text, and the causes behind it."""

    id: str
    text: str
    causes: tuple[str, ...]


def read_message(document: object) -> UserMessage | None:
    """Return the error in a body, or None when there is none; keys are read without regard to case."""
    body = folded(document)
    message = folded(body.get("usermessage"))
    text = str(message.get("text") or "")
    causes = folded(body.get("underlyingdetails")).get("causes")
    listed = tuple(str(cause) for cause in causes) if isinstance(causes, list) else ()
    if not text and not listed:
        return None
    return UserMessage(str(message.get("uniqueid") or ""), text, listed)


def folded(document: object) -> dict[str, Any]:
    """Return a JSON object with its keys folded to lower case, empty for anything else (facts §3.1)."""
    if not isinstance(document, Mapping):
        return {}
    return {str(key).casefold(): value for key, value in document.items()}


def read_create(answer: Answered, taught: Mapping[str, Meaning] = TAUGHT_NOTHING) -> RowOutcome:
    """Return what ``answer`` says about the case that was sent. Both 200 and 201 are success (facts §2.2).

    ``taught`` are the meanings of message ids that the connection teaches: they win, whatever the status.
    """
    document = decode(answer.body)
    if answer.status in (200, 201):
        return _success(document)
    message = read_message(document)
    code = _taught_code(answer, message, taught)
    if code is not None:
        return _by_meaning(taught[code], code, answer, message)
    if answer.status == 400:
        return Rejected((_refusal(message, answer.status, REFUSED),))
    if answer.status == 500 and message is not None:
        ids = _ids(message)
        return _by_meaning(meaning_of(ids), ids[0] if ids else "", answer, message)
    return _by_status(answer, message)


def _ids(message: UserMessage | None) -> list[str]:
    return message_ids((message.id, message.text, *message.causes)) if message is not None else []


def _taught_code(answer: Answered, message: UserMessage | None, taught: Mapping[str, Meaning]) -> str | None:
    """Return the code whose taught meaning decides: an id of the answer, else its status.

    An id that the table knows says more than a status.
    """
    ids = _ids(message)
    named = next((message_id for message_id in ids if message_id in taught), None)
    if named is not None or (answer.status == 500 and any(message_id in IDS for message_id in ids)):
        return named
    code = f"HTTP_{answer.status}"
    return code if code in taught else None


def _success(document: object) -> RowOutcome:
    body = folded(document)
    folder = body.get("casefolderid")
    if not isinstance(folder, str) or not folder.strip():
        return Unknown("the answer says success but has no CaseFolderId")
    identifier = body.get("caseidentifier")
    return Created(folder, identifier if isinstance(identifier, str) and identifier else None)


def _by_meaning(meaning: Meaning, code: str, answer: Answered, message: UserMessage | None) -> RowOutcome:
    status = answer.status
    shown = shorten(message.text or message.causes[0]) if message is not None else ""
    after = retry_after(answer.headers, time.time())
    match meaning.verdict:
        case Verdict.REFUSED:
            return Rejected((_refusal(message, status, meaning),))
        case Verdict.STOP:
            said = f"The server says: {shown}" if shown else "Ask whoever runs the server."
            return Stop(code, meaning.message, said, Exit.GUARD)
        case Verdict.AGAIN | Verdict.AGAIN_ROW:
            reason = shown or f"the server answered {status}"
            return Again(code, reason, after, whole_run=meaning.verdict is Verdict.AGAIN)
    reason = f"the server answered {status}" + (f": {shown}" if shown else "")
    return Unknown(reason, busy=status == 503, after=after)


def _refusal(message: UserMessage | None, status: int, meaning: Meaning) -> Refusal:
    if message is None:
        return Refusal(
            f"HTTP_{status}", f"HTTP status {status} without a readable reason", (), meaning.message
        )
    ids = _ids(message)
    text = message.text or message.causes[0]
    return Refusal(ids[0] if ids else f"HTTP_{status}", shorten(text), (), meaning.message)


def _by_status(answer: Answered, message: UserMessage | None) -> RowOutcome:
    status = answer.status
    said = f" The server says: {shorten(message.text)}" if message is not None else ""
    if status == 404:
        remedy = f"Check case_type and object_store.{said}"
        return Stop("CASE_TYPE_NOT_FOUND", "The server does not know the case type.", remedy, Exit.GUARD)
    if status == 401:
        return Stop(
            "SIGN_IN_REFUSED", "The server refuses the sign-in.", "Check user and password.", Exit.GUARD
        )
    if status == 403:
        remedy = f"The user needs the right to create cases of this type.{said}"
        return Stop("FORBIDDEN", "The server forbids creating the case.", remedy, Exit.GUARD)
    if status == 429:
        return Again("HTTP_429", "the server answered 429", retry_after(answer.headers, time.time()))
    if 300 <= status < 400:
        remedy = "Check the connection's url and auth: a sign-in page answers in its place."
        return Stop("REDIRECTED", f"The server redirects creates ({status}).", remedy, Exit.GUARD)
    if 400 <= status < 500 and status not in (408, 409, 499):
        return Rejected((_refusal(message, status, REFUSED),))
    after = retry_after(answer.headers, time.time())
    return Unknown(f"the server answered {status}", busy=status == 503, after=after)


_HOST = re.compile(r"\b(?:https?://\S+|(?:[a-z0-9-]+\.){2,}[a-z]{2,}(?::\d+)?)\b", re.IGNORECASE)


def shorten(text: str) -> str:
    """Return the first line of a server text without host names, at most LONGEST_TEXT characters."""
    first = text.strip().splitlines()[0] if text.strip() else ""
    first = _HOST.sub("(host)", first)
    return first if len(first) <= LONGEST_TEXT else first[: LONGEST_TEXT - 1] + "…"
