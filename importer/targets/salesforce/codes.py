"""What Salesforce's error codes mean for a create, as one table (facts: salesforce.md §7).

Codes are stable, texts are localised: codes decide, and words of a text only hint where a code has two
meanings. An unknown code is permanent for its row and is shown verbatim.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


class Verdict(enum.Enum):
    """What to do about a code."""

    REFUSED = "refused for this row"
    STOP = "stop: no other row would fare better"
    LATER = "stop: the daily allowance is spent"
    AGAIN = "nothing was saved: try again, the whole run slower"
    AGAIN_ROW = "nothing was saved: try this row again"
    UNKNOWN = "the record may have been saved"


@dataclass(frozen=True, slots=True)
class Meaning:
    """A code's verdict and what a person should do, in plain words."""

    verdict: Verdict
    message: str


_R, _S, _A, _W, _U = Verdict.REFUSED, Verdict.STOP, Verdict.AGAIN, Verdict.AGAIN_ROW, Verdict.UNKNOWN

CODES: dict[str, Meaning] = {
    "REQUIRED_FIELD_MISSING": Meaning(_R, "A required field has no value. Fill its cell or add a constant."),
    "STRING_TOO_LONG": Meaning(_R, "The text is too long for the field. Shorten it, or say truncate."),
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": Meaning(
        _R, "The value is not in the picklist (or not for this record type). Correct it, or add values."
    ),
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": Meaning(_R, "A validation rule of the org refuses the row."),
    "FIELD_FILTER_VALIDATION_EXCEPTION": Meaning(_R, "A lookup filter of the org refuses the value."),
    "FIELD_INTEGRITY_EXCEPTION": Meaning(_R, "The values of the row do not fit together."),
    "INVALID_EMAIL_ADDRESS": Meaning(_R, "The e-mail address is not valid. Correct the cell."),
    "NUMBER_OUTSIDE_VALID_RANGE": Meaning(_R, "The number is out of the field's range. Correct the cell."),
    "INVALID_TYPE_ON_FIELD_IN_RECORD": Meaning(_R, "The value is not of the field's type."),
    "JSON_PARSER_ERROR": Meaning(_R, "The server cannot read a value as the field's type."),
    "MALFORMED_ID": Meaning(_R, "The value is not an id of the right kind. Correct the cell."),
    "INVALID_CROSS_REFERENCE_KEY": Meaning(_R, "The id names no record that the user can see."),
    "ENTITY_IS_DELETED": Meaning(_R, "The record that is referred to was deleted."),
    "DUPLICATE_VALUE": Meaning(_R, "Another record has this value in a unique field."),
    "DUPLICATE_EXTERNAL_ID": Meaning(_R, "Several records have this external id."),
    "DUPLICATES_DETECTED": Meaning(
        _R, "A duplicate rule of the org found a similar record. Say duplicates: allow to save all the same."
    ),
    "INACTIVE_OWNER_OR_USER": Meaning(_R, "The owner is an inactive user. Name another."),
    "INVALID_FIELD": Meaning(
        _R, "A field does not exist, is hidden from the user, or refers to a record that is not there."
    ),
    "INVALID_FIELD_FOR_INSERT_UPDATE": Meaning(
        _S, "The user may not set this field; audit fields need a permission. Remove the rule, or grant it."
    ),
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": Meaning(
        _R, "The user has no access to the record that is referred to."
    ),
    "INSUFFICIENT_ACCESS_OR_READONLY": Meaning(_R, "The user may not create this record."),
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": Meaning(_R, "A trigger of the org refused the row."),
    "CANNOT_EXECUTE_FLOW_TRIGGER": Meaning(_R, "A flow of the org refused the row."),
    "ENTITY_IS_LOCKED": Meaning(_R, "The record is locked by an approval."),
    "UNABLE_TO_LOCK_ROW": Meaning(_W, "A related record was locked by another request."),
    "ALL_OR_NONE_OPERATION_ROLLED_BACK": Meaning(_W, "Rolled back together with other rows."),
    "PROCESSING_HALTED": Meaning(_W, "Rolled back together with other rows."),
    "TOO_MANY_APEX_REQUESTS": Meaning(_A, "The org runs too many Apex requests."),
    "LIMIT_EXCEEDED": Meaning(_A, "A limit of the org is reached."),
    "EXCEEDED_QUOTA": Meaning(_A, "A quota of the org is used up."),
    "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE": Meaning(
        _A, "The org is read-only for maintenance."
    ),
    "REQUEST_LIMIT_EXCEEDED": Meaning(_A, "Too many requests at once."),
    "SERVER_UNAVAILABLE": Meaning(_U, "The server was not available."),
    "REQUEST_RUNNING_TOO_LONG": Meaning(_U, "The server gave up on the request."),
    "QUERY_TIMEOUT": Meaning(_U, "The server gave up on the request."),
    "UNKNOWN_EXCEPTION": Meaning(_U, "The server failed."),
    "STORAGE_LIMIT_EXCEEDED": Meaning(_S, "The org's data storage is full. Make room, then run again."),
    "API_DISABLED_FOR_ORG": Meaning(_S, "The REST API is off in this org. Ask its administrator."),
    "API_CURRENTLY_DISABLED": Meaning(_S, "The API is off for this user. Ask the org's administrator."),
    "INVALID_TYPE": Meaning(_S, "The sObject does not exist or is hidden from the user."),
    "NOT_FOUND": Meaning(_S, "The sObject does not exist or is hidden from the user."),
    "INVALID_SESSION_ID": Meaning(_S, "The session is not accepted, also after signing in again."),
    "INVALID_ASSIGNMENT_RULE": Meaning(_S, "The assignment rule of the mapping's options does not exist."),
    "INVALID_AUTH_HEADER": Meaning(_S, "The session is not accepted."),
    "EXCEEDED_ID_LIMIT": Meaning(_S, "The server does not take so many records in one request."),
    "OPERATION_TOO_LARGE": Meaning(_S, "The server does not take so much in one request."),
    "TXN_SECURITY_NO_ACCESS": Meaning(_S, "A transaction security policy of the org stops the load."),
}

UNLISTED = Meaning(Verdict.REFUSED, "The server refused the row.")

WORDS: dict[Verdict, str] = {
    _R: "rejected", _S: "stop", Verdict.LATER: "stop", _A: "retry", _W: "retry", _U: "in_doubt",
}  # fmt: skip
"""The word of a connection's ``verdicts`` for each verdict."""

OTHERS = (("other codes", UNLISTED),)
"""What codes mean that are not listed."""

_TAUGHT: dict[str, Meaning] = {
    "rejected": UNLISTED,
    "retry": Meaning(_W, "Nothing was saved: the row is sent again."),
    "in_doubt": Meaning(_U, "The record may have been saved."),
    "stop": Meaning(_S, "The connection's verdicts end the run at this code."),
}
TAUGHT_NOTHING: Mapping[str, Meaning] = MappingProxyType({})


def taught_meanings(words: Mapping[str, str]) -> dict[str, Meaning]:
    """Return the meanings of the codes in a connection's ``verdicts`` (code → word).

    A status (``HTTP_503``) that means retry slows the whole run: it is no row's own.
    """
    found = {}
    for code, word in words.items():
        meaning = _TAUGHT[word]
        if meaning.verdict is _W and code.startswith("HTTP_"):
            meaning = Meaning(_A, meaning.message)
        found[code] = Meaning(meaning.verdict, CODES[code].message) if code in CODES else meaning
    return found


DAILY = "TotalRequests"
"""REQUEST_LIMIT_EXCEEDED names the limit in the text; this untranslated word is the daily one."""
NO_COLUMN = Meaning(
    _S, "A field of the mapping does not exist, or is hidden from the user. Correct the rule, or grant it."
)
TRIGGERED = frozenset({"CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "CANNOT_EXECUTE_FLOW_TRIGGER"})
"""Codes that wrap what a trigger or a flow has met with."""


def meaning_of(code: str, text: str, taught: Mapping[str, Meaning] = TAUGHT_NOTHING) -> Meaning:
    """Return what ``code`` means for a create.

    ``text`` tells the daily limit from the concurrent one, a locked record from other faults of a trigger,
    and a field that nobody has from a record that is not there.

    What the connection has ``taught`` wins over the table.
    """
    if code in taught:
        return taught[code]
    if code == "REQUEST_LIMIT_EXCEEDED" and DAILY in text:
        return Meaning(Verdict.LATER, "The org's daily API requests are used up.")
    if code in TRIGGERED and "UNABLE_TO_LOCK_ROW" in text:
        return CODES["UNABLE_TO_LOCK_ROW"]
    if code == "INVALID_FIELD" and text.startswith("No such column"):
        return NO_COLUMN
    if code.startswith("TXN_SECURITY_"):
        return CODES["TXN_SECURITY_NO_ACCESS"]
    return CODES.get(code, UNLISTED)
