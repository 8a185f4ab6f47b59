"""What an answer to a create means: a pure function from answer to outcome (facts: salesforce.md §2, §7)."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass

from importer.model.errors import Exit
from importer.model.outcome import (
    Again,
    Created,
    Exists,
    Refusal,
    Rejected,
    RowOutcome,
    Smaller,
    Stop,
    Unknown,
    Updated,
)
from importer.model.record_id import full_id
from importer.targets.json_body import decode
from importer.targets.salesforce.codes import TAUGHT_NOTHING, Meaning, Verdict, meaning_of
from importer.transport.delivery import Answered
from importer.transport.retry import retry_after

_RECORD_ID = re.compile(r"\b[a-zA-Z0-9]{15}(?:[a-zA-Z0-9]{3})?\b")


@dataclass(frozen=True, slots=True)
class ServerError:
    """One error of an answer: ``errorCode`` or ``statusCode``, message, the fields it names."""

    code: str
    text: str
    fields: tuple[str, ...]


def read_errors(document: object) -> tuple[ServerError, ...]:
    """Return the errors in a body: a list of them, one bare object, or a record's ``errors`` list."""
    if isinstance(document, Mapping) and isinstance(document.get("errors"), list):
        document = document["errors"]
    members = document if isinstance(document, list) else [document]
    return tuple(_error(member) for member in members if isinstance(member, Mapping) and _code(member))


def _code(member: Mapping[object, object]) -> str:
    return str(member.get("errorCode") or member.get("statusCode") or "")


def _error(member: Mapping[object, object]) -> ServerError:
    fields = member.get("fields")
    names = tuple(str(name) for name in fields) if isinstance(fields, list) else ()
    return ServerError(_code(member), str(member.get("message", "")), names)


def read_create(
    answer: Answered, match: str | None, taught: Mapping[str, Meaning] = TAUGHT_NOTHING
) -> RowOutcome:
    """Return what ``answer`` says about the one record that was sent; ``match`` is the unique key's field.

    ``taught`` are the meanings of codes that the connection teaches.
    """
    document = decode(answer.body)
    if answer.status in (200, 201):
        return _success(document, match, taught)
    errors = read_errors(document)
    if errors:
        return of_errors(errors, match, answer, taught)
    code = f"HTTP_{answer.status}"
    if code in taught:
        bare = ServerError(code, f"HTTP status {answer.status} without a readable reason", ())
        return of_errors((bare,), match, answer, taught)
    return _bare_status(answer)


def read_update(
    answer: Answered, record_id: str, taught: Mapping[str, Meaning] = TAUGHT_NOTHING
) -> RowOutcome:
    """Return what ``answer`` says about the change of the record ``record_id`` (204, no body)."""
    if answer.status in (200, 204):
        return Updated(record_id)
    outcome = read_create(answer, None, taught)
    if isinstance(outcome, Stop) and outcome.code == "NOT_FOUND":
        return Rejected((Refusal(outcome.code, "The record does not exist any more.", (), outcome.reason),))
    return repeatable(outcome)


def repeatable(outcome: RowOutcome) -> RowOutcome:
    """A change whose answer was lost is made again: twice the same values are the same record."""
    if isinstance(outcome, Unknown):
        return Again("ANSWER_LOST", outcome.reason, outcome.after, whole_run=outcome.busy)
    return outcome


def read_collection(
    answer: Answered,
    count: int,
    match: str | None,
    taught: Mapping[str, Meaning] = TAUGHT_NOTHING,
    *,
    changes: bool = False,
) -> list[RowOutcome]:
    """Return what ``answer`` says about each of the ``count`` records of a request, in their order.

    ``changes``: they were to be changed, not made. ``success`` alone is trusted: a refused record may carry
    an id, or say ``created`` (facts §3.1).
    """
    document = decode(answer.body)
    if answer.status in (200, 201) and isinstance(document, list) and len(document) == count:
        found = [_success(member, match, taught, changes=changes) for member in document]
        return [_crowded(outcome) if count > 1 else outcome for outcome in found]
    if answer.status in (200, 201):
        whole: RowOutcome = Unknown("the answer does not tell of each record")
    else:
        whole = read_create(answer, None, taught)
        if isinstance(whole, Rejected):
            first = whole.refusals[0]
            whole = Smaller(first.code, first.text, whole, lasting=first.code in TOO_MANY)
    return [repeatable(whole) if changes else whole] * count


TOO_MANY = frozenset({"EXCEEDED_ID_LIMIT", "OPERATION_TOO_LARGE", "HTTP_413", "HTTP_414", "HTTP_431"})
"""Codes that refuse a request for its size."""
CROWDED = ("Too many batch retries", "System.LimitException")
"""Parts of texts of Apex, untranslated, that say that fewer records at once may pass (facts §3.1, §7)."""


def _crowded(outcome: RowOutcome) -> RowOutcome:
    """A refusal because of what triggers did with all records of the request is not the record's own."""
    if isinstance(outcome, Rejected):
        for refusal in outcome.refusals:
            if any(part in refusal.text for part in CROWDED):
                return Smaller(refusal.code, refusal.text, outcome, lasting=True)
    return outcome


def _success(
    document: object, match: str | None, taught: Mapping[str, Meaning], *, changes: bool = False
) -> RowOutcome:
    if not isinstance(document, Mapping):
        return Unknown("the answer says success but is not readable")
    if document.get("success") is False:
        return of_errors(read_errors(document), match, None, taught)
    record_id = document.get("id")
    if isinstance(record_id, str) and _RECORD_ID.fullmatch(record_id):
        return Updated(record_id) if changes else Created(record_id)
    return Unknown("the answer says success but has no id")


def of_errors(
    errors: tuple[ServerError, ...],
    match: str | None,
    answer: Answered | None,
    taught: Mapping[str, Meaning] = TAUGHT_NOTHING,
) -> RowOutcome:
    """Return the outcome of a record with ``errors``; the most careful verdict among them decides.

    That the key exists is no matter of verdicts: it comes first.
    """
    if not errors:
        return Unknown("the answer says failure without a reason")
    existing = _existing(errors, match)
    if existing is not None:
        return existing
    meanings = [meaning_of(error.code, error.text, taught) for error in errors]
    verdicts = {meaning.verdict for meaning in meanings}
    first = errors[0]
    after = retry_after(answer.headers, time.time()) if answer is not None else None
    if Verdict.UNKNOWN in verdicts:
        busy = answer is not None and answer.status == 503
        return Unknown(f"the server answered {first.code}: {first.text}", busy, after)
    if Verdict.LATER in verdicts:
        remedy = "Run the same command again when the 24 hours have moved on."
        return Stop(first.code, meanings[0].message, remedy, Exit.LATER)
    if Verdict.STOP in verdicts:
        return Stop(first.code, meanings[0].message, f"The server says: {first.text}", Exit.GUARD)
    if Verdict.REFUSED in verdicts:
        pairs = zip(errors, meanings, strict=True)
        return Rejected(tuple(Refusal(e.code, e.text, e.fields, m.message) for e, m in pairs))
    return Again(first.code, first.text, after, whole_run=Verdict.AGAIN in verdicts)


def _existing(errors: tuple[ServerError, ...], match: str | None) -> Exists | None:
    """A refusal for the key's own uniqueness names the record that has it; elsewhere it is a refusal."""
    if match is None or len(errors) != 1 or errors[0].code != "DUPLICATE_VALUE":
        return None
    error = errors[0]
    named = {match.casefold()} & {name.casefold() for name in error.fields}
    if not named and not re.search(rf"\b{re.escape(match)}\b", error.text, re.IGNORECASE):
        return None
    ids = [word for word in _RECORD_ID.findall(error.text) if any(c.isdigit() for c in word)]
    return Exists(full_id(ids[-1]) if ids else None)


def _bare_status(answer: Answered) -> RowOutcome:
    """No readable error: only the status is left, and a proxy may have written it."""
    status = answer.status
    if status in (420, 429):
        return Again(
            f"HTTP_{status}", f"the server answered {status}", retry_after(answer.headers, time.time())
        )
    if status == 401:
        return Stop("INVALID_SESSION_ID", "The session is not accepted.", "Check the sign-in.", Exit.GUARD)
    if status == 410:
        remedy = "Set api_version of the connection to a newer version."
        return Stop("API_RETIRED", "The server has retired this API version.", remedy, Exit.GUARD)
    if 300 <= status < 400:
        remedy = "Check the connection's address; a sign-in page or a proxy answers in its place."
        return Stop("REDIRECTED", f"The server redirects creates ({status}).", remedy, Exit.GUARD)
    if 400 <= status < 500 and status not in (408, 409, 499):
        text = f"HTTP status {status} without a readable reason"
        return Rejected((Refusal(f"HTTP_{status}", text, (), "The server refused the row."),))
    reason = f"the server answered {status} without a readable reason"
    return Unknown(reason, status == 503, retry_after(answer.headers, time.time()))
