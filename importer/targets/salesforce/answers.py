"""What an answer to a create means: a pure function from answer to outcome (facts: salesforce.md §2, §7)."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
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
from importer.targets.salesforce.codes import CODES, TAUGHT_NOTHING, Meaning, Verdict, meaning_of
from importer.transport.delivery import Answered
from importer.transport.retry import retry_after

STRESSED = b"Access Declined"
"""What a REST tier under load has answered with a 400, no JSON ([field] GH:SalesforceLabs/OrgCheck#74)."""
TAKEN = frozenset({"DUPLICATE_VALUE", "DUPLICATES_DETECTED"})
"""Refusals because of a record that is there, which an earlier send of the row may have made."""
RECORD_ID = re.compile(r"\b[a-zA-Z0-9]{15}(?:[a-zA-Z0-9]{3})?\b")


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
    if answer.status == 300 and isinstance(document, list):
        return _several(document)
    errors = read_errors(document)
    known = any(error.code in CODES or error.code in taught for error in errors)
    if known or (errors and answer.status < 500):
        return of_errors(errors, match, answer, taught)
    code = f"HTTP_{answer.status}"
    if code in taught:
        bare = ServerError(code, f"HTTP status {answer.status} without a readable reason", ())
        return of_errors((bare,), match, answer, taught)
    return _broke_down(errors[0], answer) if errors else _bare_status(answer)


def _several(addresses: Sequence[object]) -> Rejected:
    """Return the refusal of a value that several records have; the answer lists them (facts §2)."""
    names = ", ".join(str(each).rpartition("/")[2] for each in addresses)
    message = "Several records have this value. Correct the row, or delete the records that are too many."
    return Rejected((Refusal("SEVERAL_MATCH", f"several records match: {names}", (), message),))


def _broke_down(error: ServerError, answer: Answered) -> Unknown:
    """Return the doubt after a 5xx with a code that nobody knows: the record may have been saved before."""
    reason = f"the server answered {answer.status} {error.code}: {error.text}"
    after = retry_after(answer.headers, time.time())
    return Unknown(reason, answer.status == 503, after)


def read_update(
    answer: Answered, record_id: str, taught: Mapping[str, Meaning] = TAUGHT_NOTHING
) -> RowOutcome:
    """Return what ``answer`` says about the change of the record ``record_id`` (204, no body).

    Anything else that says success may be a page of somebody in between: the change is made again.
    """
    if answer.status == 204:
        return Updated(record_id)
    outcome = read_create(answer, None, taught)
    if isinstance(outcome, Created):
        return Updated(record_id)
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
        found = [_member(member, match, taught, changes=changes) for member in document]
        found = [_crowded(outcome) if count > 1 else outcome for outcome in found]
    elif answer.status in (200, 201):
        found = [Unknown("the answer does not tell of each record")] * count
    else:
        found = [of_whole(read_create(answer, None, taught), read_errors(document))] * count
    return [repeatable(outcome) for outcome in found] if changes else found


def of_whole(outcome: RowOutcome, errors: tuple[ServerError, ...]) -> RowOutcome:
    """Return what the refusal of a request means for its records: one may be to blame, or their number."""
    if isinstance(outcome, Rejected):
        first = outcome.refusals[0]
        return Smaller(first.code, first.text, outcome, lasting=first.code in TOO_MANY)
    if isinstance(outcome, Stop) and any(error.code == outcome.code for error in errors):
        lasting = outcome.code in TOO_MANY
        if lasting or outcome.code in OF_A_ROW:
            return Smaller(outcome.code, errors[0].text, outcome, lasting=lasting)
    return outcome


TOO_MANY = frozenset({"EXCEEDED_ID_LIMIT", "OPERATION_TOO_LARGE", "HTTP_413", "HTTP_414", "HTTP_431"})
"""Codes that refuse a request for its size."""
OF_A_ROW = frozenset({"INVALID_FIELD", "INVALID_FIELD_FOR_INSERT_UPDATE"})
"""Codes of what all rows have in common, as a rule; that one row alone has it is found by halving."""
TOO_LONG = frozenset({"REQUEST_RUNNING_TOO_LONG", "QUERY_TIMEOUT"})
"""Codes that say that the server gave up on a request which took too long (facts §7)."""
CROWDED = ("Too many batch retries", "System.LimitException")
"""Parts of texts of Apex, untranslated, that say that fewer records at once may pass (facts §3.1, §7)."""


def is_crowded(text: str) -> bool:
    """Return whether an error says what triggers could not do for many records together."""
    return any(part in text for part in CROWDED)


def _crowded(outcome: RowOutcome) -> RowOutcome:
    """A refusal because of what triggers did with all records of the request is not the record's own."""
    if isinstance(outcome, Rejected):
        for refusal in outcome.refusals:
            if is_crowded(refusal.text):
                return Smaller(refusal.code, refusal.text, outcome, lasting=True)
    return outcome


def _member(
    document: object, match: str | None, taught: Mapping[str, Meaning], *, changes: bool
) -> RowOutcome:
    """Return what the outcome of one of several records says; it must say whether it is a success."""
    if isinstance(document, Mapping) and not isinstance(document.get("success"), bool):
        return Unknown("the answer does not say whether the record was saved")
    outcome = _success(document, match, taught)
    return Updated(outcome.id) if changes and isinstance(outcome, Created) else outcome


def _success(document: object, match: str | None, taught: Mapping[str, Meaning]) -> RowOutcome:
    """Return what an answer 200 or 201 says; that to one create may leave ``success`` out."""
    if not isinstance(document, Mapping):
        return Unknown("the answer says success but is not readable")
    success = document.get("success", None if document.get("errors") else True)
    if success is False:
        return of_errors(read_errors(document), match, None, taught)
    record_id = document.get("id")
    if success is True and isinstance(record_id, str) and RECORD_ID.fullmatch(record_id):
        return Created(full_id(record_id))
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
    pairs = [(error, meaning_of(error.code, error.text, taught)) for error in errors]
    deciding = {meaning.verdict: (error, meaning.message) for error, meaning in reversed(pairs)}
    first = errors[0]
    after = retry_after(answer.headers, time.time()) if answer is not None else None
    if Verdict.UNKNOWN in deciding:
        error, _message = deciding[Verdict.UNKNOWN]
        busy = (answer is not None and answer.status == 503) or error.code in TOO_LONG
        return Unknown(f"the server answered {error.code}: {error.text}", busy, after)
    if Verdict.LATER in deciding:
        error, message = deciding[Verdict.LATER]
        remedy = "Run the same command again when the 24 hours have moved on."
        return Stop(error.code, message, remedy, Exit.LATER)
    if Verdict.STOP in deciding:
        error, message = deciding[Verdict.STOP]
        return Stop(error.code, message, f"The server says: {error.text}", Exit.GUARD)
    if Verdict.REFUSED in deciding:
        refusals = tuple(Refusal(e.code, e.text, e.fields, m.message) for e, m in pairs)
        return Rejected(refusals, taken=any(error.code in TAKEN for error, _meaning in pairs))
    return Again(first.code, first.text, after, whole_run=Verdict.AGAIN in deciding)


def _existing(errors: tuple[ServerError, ...], match: str | None) -> Exists | None:
    """A refusal for the key's own uniqueness names the record that has it; elsewhere it is a refusal."""
    if match is None or len(errors) != 1 or errors[0].code != "DUPLICATE_VALUE":
        return None
    error = errors[0]
    named = {match.casefold()} & {name.casefold() for name in error.fields}
    if not named and not re.search(rf"\b{re.escape(match)}\b", error.text, re.IGNORECASE):
        return None
    ids = [word for word in RECORD_ID.findall(error.text) if any(c.isdigit() for c in word)]
    return Exists(full_id(ids[-1]) if ids else None)


def _bare_status(answer: Answered) -> RowOutcome:
    """No readable error: only the status is left, and a proxy may have written it."""
    status = answer.status
    if status in (420, 429) or (status == 400 and answer.body.strip() == STRESSED):
        reason = f"the server answered {status}"
        return Again(f"HTTP_{status}", reason, retry_after(answer.headers, time.time()))
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
