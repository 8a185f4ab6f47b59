"""What Salesforce's answers mean, row by row (facts: salesforce.md §2, §7)."""

import json

import pytest

from importer.model.draft import Named
from importer.model.outcome import Again, Created, Exists, Refusal, Rejected, RowOutcome, Stop, Unknown
from importer.model.record_id import full_id
from importer.targets.salesforce.answers import read_create
from importer.targets.salesforce.codes import CODES, Verdict, meaning_of
from importer.targets.salesforce.named import explained
from importer.transport.delivery import Answered

CASE_ID = "5003000000D8cuIAAR"


def answered(status: int, document: object, headers: dict[str, str] | None = None) -> Answered:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Answered(status, headers or {}, body)


def error(code: str, text: str = "said", fields: list[str] | None = None) -> list[dict[str, object]]:
    return [{"message": text, "errorCode": code, "fields": fields or []}]


def kind(outcome: RowOutcome) -> str:
    return type(outcome).__name__


@pytest.mark.parametrize(
    ("status", "document", "expected"),
    [
        (201, {"id": CASE_ID, "success": True, "errors": []}, Created(CASE_ID)),
        (201, {"id": CASE_ID}, Created(CASE_ID)),
        (201, {"success": True, "errors": []}, Unknown("the answer says success but has no id")),
        (201, b"", Unknown("the answer says success but is not readable")),
        (201, b'{"id": "5003000000D8cuI', Unknown("the answer says success but is not readable")),
        (200, b"<html>Sign in</html>", Unknown("the answer says success but is not readable")),
        (201, {"id": 17, "success": True}, Unknown("the answer says success but has no id")),
        (201, {"id": CASE_ID, "success": "false"}, Unknown("the answer says success but has no id")),
        (
            201,
            {"id": CASE_ID, "errors": [{"statusCode": "X"}]},
            Unknown("the answer says success but has no id"),
        ),
        (201, {"id": CASE_ID[:15], "success": True}, Created(CASE_ID)),
        (201, {"success": False, "errors": []}, Unknown("the answer says failure without a reason")),
    ],
)
def test_success_needs_an_id(status: int, document: object, expected: RowOutcome) -> None:
    """Only a readable id proves a record; anything else that says success is unknown."""
    assert read_create(answered(status, document), None) == expected


@pytest.mark.parametrize(
    ("status", "document", "expected"),
    [
        (400, error("REQUIRED_FIELD_MISSING"), "Rejected"),
        (400, error("SOME_CODE_OF_TOMORROW"), "Rejected"),
        (400, {"message": "m", "errorCode": "STRING_TOO_LONG"}, "Rejected"),
        (400, error("UNABLE_TO_LOCK_ROW"), "Again"),
        (400, error("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "T: caused by: UNABLE_TO_LOCK_ROW"), "Again"),
        (400, error("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "T: DmlException"), "Rejected"),
        (403, error("REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests Limit exceeded."), "Again"),
        (403, error("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."), "Stop"),
        (400, error("STORAGE_LIMIT_EXCEEDED"), "Stop"),
        (404, error("NOT_FOUND"), "Stop"),
        (401, error("INVALID_SESSION_ID"), "Stop"),
        (401, b"", "Stop"),
        (410, b"", "Stop"),
        (302, b"", "Stop"),
        (420, b"", "Again"),
        (429, b"", "Again"),
        (400, b"Access Declined\r\n", "Again"),
        (400, b"Bad Request", "Rejected"),
        (500, error("SOME_CODE_OF_TOMORROW"), "Unknown"),
        (503, error("SOME_CODE_OF_TOMORROW"), "Unknown"),
        (500, error("FIELD_CUSTOM_VALIDATION_EXCEPTION"), "Rejected"),
        (414, b"<html>too long</html>", "Rejected"),
        (500, error("UNKNOWN_EXCEPTION"), "Unknown"),
        (503, error("SERVER_UNAVAILABLE"), "Unknown"),
        (503, b"<html>maintenance</html>", "Unknown"),
        (502, b"", "Unknown"),
        (504, b"", "Unknown"),
        (500, b"{cut", "Unknown"),
        (408, b"", "Unknown"),
    ],
)
def test_refusals(status: int, document: object, expected: str) -> None:
    """4xx with a code is decided by the code, 5xx may have saved the record."""
    assert kind(read_create(answered(status, document), "Legacy_Id__c")) == expected


def test_all_errors_of_a_record_are_kept() -> None:
    """Two validation rules at once: both are told, with the fields they name."""
    errors = error("FIELD_CUSTOM_VALIDATION_EXCEPTION", "first", ["Subject"]) + error(
        "STRING_TOO_LONG", "second"
    )
    outcome = read_create(answered(400, errors), None)
    assert isinstance(outcome, Rejected)
    assert [(r.code, r.text, r.properties) for r in outcome.refusals] == [
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "first", ("Subject",)),
        ("STRING_TOO_LONG", "second", ()),
    ]


def test_unknown_wins_over_refused() -> None:
    """When one of several errors leaves it open whether the record was saved, it stays open."""
    errors = error("STRING_TOO_LONG") + error("UNKNOWN_EXCEPTION")
    assert kind(read_create(answered(400, errors), None)) == "Unknown"


def test_a_duplicate_of_the_match_field_exists() -> None:
    """The server's uniqueness answers for a key: the record that has it is named in the text."""
    text = f"duplicate value found: Legacy_Id__c duplicates value on record with id: {CASE_ID}"
    assert read_create(answered(400, error("DUPLICATE_VALUE", text)), "Legacy_Id__c") == Exists(CASE_ID)
    assert read_create(
        answered(400, error("DUPLICATE_VALUE", text, ["Legacy_Id__c"])), "legacy_id__c"
    ) == Exists(CASE_ID)


@pytest.mark.parametrize(
    ("short", "full"),
    [
        ("a0D30000001n7Pi", "a0D30000001n7PiEAI"),
        ("001RM000003oLnn", "001RM000003oLnnYAE"),
        ("0015500001QdQWa", "0015500001QdQWaAAN"),
        ("500Hs00001ABCde", "500Hs00001ABCdeIAH"),
        ("500Hs00001ABCdeIAH", "500Hs00001ABCdeIAH"),
    ],
)
def test_ids_are_written_with_their_checksum(short: str, full: str) -> None:
    """Facts §9: messages carry 15 characters, results show 18."""
    text = f"duplicate value found: Legacy_Id__c duplicates value on record with id: {short}"
    assert full_id(short) == full
    assert read_create(answered(400, error("DUPLICATE_VALUE", text)), "Legacy_Id__c") == Exists(full)


@pytest.mark.parametrize("match", [None, "Other__c", "Legacy_Id"])
def test_a_duplicate_of_another_field_is_a_refusal(match: str | None) -> None:
    """Uniqueness of a field that is not the key refuses the row."""
    text = f"duplicate value found: Legacy_Id__c duplicates value on record with id: {CASE_ID}"
    outcome = read_create(answered(400, error("DUPLICATE_VALUE", text)), match)
    assert isinstance(outcome, Rejected) and outcome.refusals[0].code == "DUPLICATE_VALUE"


@pytest.mark.parametrize(("code", "taken"), [(code, code.startswith("DUPLICATE")) for code in (
    "DUPLICATE_VALUE", "DUPLICATES_DETECTED", "REQUIRED_FIELD_MISSING", "STRING_TOO_LONG",
)])  # fmt: skip
def test_a_refusal_because_of_another_record_is_told_apart(code: str, taken: bool) -> None:
    """Where a record is in the way, an earlier send of the row may have made it: by rows and in a collection."""
    outcome = read_create(
        answered(400, error(code, "<unknown> duplicates value on record with id: <unknown>")), None
    )
    assert isinstance(outcome, Rejected) and outcome.taken is taken
    assert explained(outcome, {"AccountId": Named("A-1", "Account.Ext__c")}) == outcome


def test_retry_after_is_handed_on() -> None:
    """A server that names a time is believed."""
    outcome = read_create(answered(429, b"", {"Retry-After": "7"}), None)
    assert outcome == Again("HTTP_429", "the server answered 429", 7.0)


def test_daily_limit_continues_later_and_other_stops_are_guards() -> None:
    """The exit code of a stop says whether the same command later helps (5) or a person must look (6)."""
    daily = read_create(answered(403, error("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")), None)
    storage = read_create(answered(400, error("STORAGE_LIMIT_EXCEEDED")), None)
    assert isinstance(daily, Stop) and daily.exit == 5
    assert isinstance(storage, Stop) and storage.exit == 6


def test_every_code_has_a_plain_message() -> None:
    """The table speaks to people, and an unlisted code is permanent for its row."""
    for code, meaning in CODES.items():
        assert meaning.message.endswith("."), code
        assert isinstance(meaning.verdict, Verdict)
    assert meaning_of("NEVER_SEEN", "").verdict is Verdict.REFUSED
    assert Refusal("A", "b").properties == ()
