"""What the answer to a collections request says about each record: a table."""

import json

import pytest

from importer.model.outcome import (
    Again,
    Created,
    Exists,
    Rejected,
    RowOutcome,
    Smaller,
    Stop,
    Unknown,
    Updated,
)
from importer.targets.salesforce.answers import read_collection
from importer.transport.delivery import Answered

ID = "5001x00000AbCdEAAV"
GOOD = {"id": ID, "success": True, "errors": []}


def bad(code: str, text: str = "no", **more: object) -> dict[str, object]:
    return {"success": False, "errors": [{"statusCode": code, "message": text, "fields": []}], **more}


def read(document: object, count: int, status: int = 200, *, changes: bool = False) -> list[RowOutcome]:
    body = document.encode() if isinstance(document, str) else json.dumps(document).encode()
    return read_collection(Answered(status, {}, body), count, "Legacy_Id__c", changes=changes)


@pytest.mark.parametrize(
    ("member", "kind"),
    [
        (GOOD, Created),
        ({"id": "short", "success": True, "errors": []}, Unknown),
        ({"success": True, "errors": []}, Unknown),
        (bad("REQUIRED_FIELD_MISSING"), Rejected),
        (bad("REQUIRED_FIELD_MISSING", id=ID, created=True), Rejected),
        (bad("DUPLICATE_VALUE", f"duplicate value found: Legacy_Id__c … record with id: {ID}"), Exists),
        (bad("DUPLICATE_VALUE", "duplicate value found: Other__c duplicates …"), Rejected),
        (bad("UNABLE_TO_LOCK_ROW"), Again),
        (bad("UNKNOWN_EXCEPTION"), Unknown),
        (bad("STORAGE_LIMIT_EXCEEDED"), Stop),
        (bad("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "T: System.LimitException: CPU time"), Smaller),
        (bad("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "Too many batch retries in the …"), Smaller),
        (bad("NO_CODE_OF_TODAY"), Rejected),
        ("not an object", Unknown),
        ({"id": ID, "errors": []}, Unknown),
        ({"id": ID, "success": "true", "errors": []}, Unknown),
        ({"id": ID, "success": None, "errors": [{"statusCode": "STRING_TOO_LONG"}]}, Unknown),
        ({"success": False, "errors": []}, Unknown),
    ],
)
def test_each_record_has_its_own_outcome(member: object, kind: type) -> None:
    """success alone is trusted: an id, or created: true, beside an error means nothing."""
    first, second = read([GOOD, member], 2)
    assert isinstance(first, Created) and isinstance(second, kind), second


@pytest.mark.parametrize(
    ("status", "document", "kind"),
    [
        (400, [{"errorCode": "JSON_PARSER_ERROR", "message": "…"}], Smaller),
        (400, [{"errorCode": "INVALID_FIELD", "message": "No such column 'x'"}], Smaller),
        (400, "Access Declined", Again),
        (400, "Bad Request", Smaller),
        (400, [{"errorCode": "EXCEEDED_ID_LIMIT", "message": "…"}], Smaller),
        (414, "<html>URI too long</html>", Smaller),
        (200, [GOOD], Unknown),
        (200, "<html>sign in</html>", Unknown),
        (200, {"id": ID, "success": True}, Unknown),
        (500, [{"errorCode": "UNKNOWN_EXCEPTION", "message": "…"}], Unknown),
        (503, "<html>busy</html>", Unknown),
        (403, [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}], Stop),
        (403, [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "ConcurrentRequests …"}], Again),
        (404, [{"errorCode": "NOT_FOUND", "message": "…"}], Stop),
        (410, "", Stop),
    ],
)
def test_a_request_that_is_answered_as_a_whole(status: int, document: object, kind: type) -> None:
    """A refusal of the whole request blames nobody; what may have been saved is unknown for all."""
    outcomes = read(document, 2, status)
    assert len(outcomes) == 2 and all(isinstance(outcome, kind) for outcome in outcomes), outcomes


def test_what_is_too_much_makes_the_sends_that_follow_smaller() -> None:
    """The number of rows is to blame, not one of them."""
    [whole, _] = read([{"errorCode": "EXCEEDED_ID_LIMIT", "message": "record limit reached"}], 2, 400)
    assert isinstance(whole, Smaller) and whole.lasting and isinstance(whole.alone, Stop)
    [whole, _] = read([{"errorCode": "INVALID_FIELD", "message": "…"}], 2, 400)
    assert isinstance(whole, Smaller) and not whole.lasting


def test_changes_are_repeated_when_their_answer_is_lost() -> None:
    """The same values twice are the same record."""
    assert read([GOOD], 1, changes=True) == [Updated(ID)]
    [outcome] = read("<html>", 1, 503, changes=True)
    assert isinstance(outcome, Again)
