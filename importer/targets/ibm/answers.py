"""What an answer to a create means: pure, from answer to outcome (facts: ibm-case-manager.md §2, §3, §9)."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from importer.model.errors import Exit
from importer.model.outcome import Again, Created, Refusal, Rejected, RowOutcome, Stop, Unknown
from importer.targets.ibm.codes import (
    IDS,
    NOT_UNIQUE,
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
    """An error body: the message id, its text, and the causes behind it, as the server wrote them."""

    id: str
    text: str
    causes: tuple[str, ...]

    def whole(self) -> str:
        """Return all of it, a line each: for the log at debug level, never for a result."""
        return "\n".join((self.text, *self.causes))


_PLAIN_SHAPES = (("error_number", "error_message"), ("code", "message"))
"""What v2 answers in place of a user message: with 403, and with 401 and 404 (facts §3.2)."""


def read_message(document: object) -> UserMessage | None:
    """Return the error in a body, or None when there is none; keys are read without regard to case.

    Three shapes: ``UserMessage`` with ``UnderlyingDetails`` (v1, and v2 with 400 and 500), and the two plain
    ones of v2.
    """
    body = folded(document)
    message = folded(body.get("usermessage"))
    text = str(message.get("text") or "")
    causes = folded(body.get("underlyingdetails")).get("causes")
    listed = tuple(str(cause) for cause in causes) if isinstance(causes, list) else ()
    if text or listed:
        return UserMessage(str(message.get("uniqueid") or ""), text, listed)
    for code, words in _PLAIN_SHAPES:
        found = body.get(words)
        if isinstance(found, str) and found:
            return UserMessage(str(body.get(code) or ""), found, ())
    return None


def folded(document: object) -> dict[str, Any]:
    """Return a JSON object with its keys folded to lower case, empty for anything else (facts §3.1)."""
    if not isinstance(document, Mapping):
        return {}
    return {str(key).casefold(): value for key, value in document.items()}


def read_create(
    answer: Answered, taught: Mapping[str, Meaning] = TAUGHT_NOTHING, sent: Iterable[str] = ()
) -> RowOutcome:
    """Return what ``answer`` says about the case that was sent. Both 200 and 201 are success (facts §2.2).

    ``taught`` are the meanings of message ids that the connection teaches: they win, whatever the status.
    ``sent`` are the texts of the row: an id in them that an error quotes is not the server's word.
    """
    document = decode(answer.body)
    if answer.status in (200, 201):
        return _success(document)
    message = read_message(document)
    ids = _ids(message, sent)
    code = _taught_code(answer, ids, taught)
    if code is not None:
        return _by_meaning(taught[code], code, answer, message, ids)
    if answer.status == 400:
        return _rejected(message, answer.status, REFUSED, ids)
    if answer.status == 500 and message is not None:
        code, meaning = meaning_of(ids)
        found = _by_meaning(meaning, code, answer, message, ids)
        if isinstance(found, Unknown) and code and not meaning.passing:
            return replace(found, code=code)
        return found
    return _by_status(answer, message, ids)


def _ids(message: UserMessage | None, sent: Iterable[str]) -> list[str]:
    """Return the ids of ``message``; those that stand in the row's own texts only as its UniqueId."""
    if message is None:
        return []
    found = message_ids((message.id, message.text, *message.causes))
    quoted = {*message_ids(sent)} - {message.id} if found else set()
    return [each for each in found if each not in quoted]


def _taught_code(answer: Answered, ids: Sequence[str], taught: Mapping[str, Meaning]) -> str | None:
    """Return the code whose taught meaning decides: an id of the answer, else its status.

    An id that the table knows says more than a status.
    """
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


def _by_meaning(
    meaning: Meaning, code: str, answer: Answered, message: UserMessage | None, ids: Sequence[str]
) -> RowOutcome:
    status = answer.status
    shown = told(message, code) if message is not None else ""
    after = retry_after(answer.headers, time.time())
    match meaning.verdict:
        case Verdict.REFUSED:
            return _rejected(message, status, meaning, ids)
        case Verdict.STOP:
            said = f"The server says: {shown}" if shown else "Ask whoever runs the server."
            return Stop(code, meaning.message, said, Exit.GUARD)
        case Verdict.AGAIN | Verdict.AGAIN_ROW:
            reason = shown or f"the server answered {status}"
            return Again(code, reason, after, whole_run=meaning.verdict is Verdict.AGAIN)
    reason = f"the server answered {status}" + (f": {shown}" if shown else "")
    return Unknown(reason, busy=status == 503, after=after)


def _rejected(message: UserMessage | None, status: int, meaning: Meaning, ids: Sequence[str]) -> Rejected:
    return Rejected((_refusal(message, status, meaning, ids),), taken=NOT_UNIQUE in ids)


def _refusal(message: UserMessage | None, status: int, meaning: Meaning, ids: Sequence[str]) -> Refusal:
    if message is None:
        return Refusal(
            f"HTTP_{status}", f"HTTP status {status} without a readable reason", (), meaning.message
        )
    known = next((message_id for message_id in ids if message_id in IDS), None)
    code = known or (ids[0] if ids else f"HTTP_{status}")
    return Refusal(code, told(message, code), (), meaning.message)


def _by_status(answer: Answered, message: UserMessage | None, ids: Sequence[str]) -> RowOutcome:
    status = answer.status
    said = f" The server says: {told(message)}" if message is not None else ""
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
    if status == 407:
        remedy = "Set proxy_username and proxy_password of the connection."
        return Stop(
            "PROXY_REFUSES", "The proxy refuses its user name and password (407).", remedy, Exit.GUARD
        )
    if status == 429:
        return Again("HTTP_429", "the server answered 429", retry_after(answer.headers, time.time()))
    if 300 <= status < 400:
        remedy = "Check the connection's url and auth: a sign-in page answers in its place."
        return Stop("REDIRECTED", f"The server redirects creates ({status}).", remedy, Exit.GUARD)
    if 400 <= status < 500 and status not in (408, 409, 499):
        return _rejected(message, status, REFUSED, ids)
    after = retry_after(answer.headers, time.time())
    return Unknown(f"the server answered {status}", busy=status == 503, after=after)


_ADDRESS = re.compile(
    r"\b[a-z][a-z0-9+.-]*://\S+|\bcorbaloc:\S+|\\\\[\w.$-]+\\\S*"  # addresses, shares of Windows
    r"|\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b"
    r"|\[?(?<![\w:])(?:[0-9a-f]{1,4}:){4,7}[0-9a-f]{1,4}\b\]?(?::\d+)?"
    r"|\[?(?<![\w:])(?:[0-9a-f]{1,4}:)*:(?::?[0-9a-f]{1,4})+\b\]?(?::\d+)?"
    r"|\b(?:[a-z0-9-]+\.){2,}[a-z]{2,}(?::\d+)?\b"
    r"|\b[a-z0-9-]+\.[a-z]{2,}:\d{2,5}\b"
    r"|\b[a-z0-9-]+\.(?:local|localdomain|lan|corp|internal|intra|intranet|priv|com|net|org)\b"
    r"|\blocalhost\b(?::\d+)?"
    r"|(?<![\w.-])(?=[a-z][a-z-]*(?:\d|-[a-z]))[a-z0-9-]+:\d{4,5}\b",  # node01:9080; never Length:4000
    re.IGNORECASE,
)
_CLASS = re.compile(r"\b(?:[a-z_]\w*\.){2,}([A-Z]\w*)\b")
"""The name of a Java class: only its last part is for people."""


def told(message: UserMessage, code: str = "") -> str:
    """Return what ``message`` says, shortened: the first of its texts that names ``code``, else the first.

    Where a wrapper stands outside (``FNRPA0093E``), what it wraps is what a person needs.
    """
    texts = [text for text in (message.text, *message.causes) if text.strip()]
    named = next((text for text in texts if code and code in text), None)
    return shorten(named or next(iter(texts), ""))


def shorten(text: str) -> str:
    """Return the first line of a server text without host names, at most LONGEST_TEXT characters."""
    first = text.strip().splitlines()[0][: 10 * LONGEST_TEXT] if text.strip() else ""
    first = _ADDRESS.sub("(host)", _CLASS.sub(r"\1", first))
    return first if len(first) <= LONGEST_TEXT else first[: LONGEST_TEXT - 1] + "…"
