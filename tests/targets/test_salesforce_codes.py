"""The table of error codes, row by row as the facts have it (facts: salesforce.md §7)."""

import pytest

from importer.model.outcome import Again, Rejected, RowOutcome, Smaller, Stop, Unknown
from importer.targets.salesforce.answers import ServerError, of_errors, read_collection
from importer.targets.salesforce.bulk.answers import failed
from importer.targets.salesforce.codes import CODES, TAUGHT_NOTHING
from tests.targets.test_salesforce_answers import answered

P, C, R, A = Rejected, Stop, Again, Unknown
"""Permanent for its row, configuration, retry, ambiguous."""
LOCKED = "T: execution of BeforeInsert caused by: System.DmlException: UNABLE_TO_LOCK_ROW, unable to obtain …"
FACTS = [
    ("REQUIRED_FIELD_MISSING", "Required fields are missing: [Name]", P),
    ("STRING_TOO_LONG", "Billing City: data value too large: … (max length=40)", P),
    ("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "Call Type: bad value for restricted picklist field: X", P),
    ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "free text", P),
    ("FIELD_FILTER_VALIDATION_EXCEPTION", "Value does not exist or does not match filter criteria.", P),
    ("FIELD_INTEGRITY_EXCEPTION", "varied", P),
    ("INVALID_EMAIL_ADDRESS", "Email: invalid email address: 123", P),
    ("NUMBER_OUTSIDE_VALID_RANGE", "varied", P),
    ("INVALID_TYPE_ON_FIELD_IN_RECORD", "varied", P),
    ("JSON_PARSER_ERROR", "Cannot deserialize instance of datetime … at [line:1, column:129]", P),
    ("MALFORMED_ID", "Account ID: id value of incorrect type: 001…", P),
    ("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", P),
    ("ENTITY_IS_DELETED", "entity is deleted", P),
    ("DUPLICATE_VALUE", "duplicate value found: Other__c duplicates value on record with id: 500…", P),
    ("DUPLICATE_EXTERNAL_ID", "more than one match", P),
    ("DUPLICATES_DETECTED", "Use one of these records?", P),
    ("INACTIVE_OWNER_OR_USER", "operation performed with inactive user [005…] as owner of case", P),
    ("INVALID_FIELD", "No such column 'foo' on sobject of type Case", C),
    ("INVALID_FIELD", "Foreign key external ID: x not found for field Ext_Id__c in entity Account", P),
    ("INVALID_FIELD", "Fremdschlüssel …", P),
    ("INVALID_FIELD_FOR_INSERT_UPDATE", "Unable to create/update fields: CreatedDate. Please check …", C),
    ("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", "insufficient access rights on cross-reference id", P),
    ("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id", P),
    (
        "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
        "T: execution of BeforeInsert caused by: System.DmlException",
        P,
    ),
    ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", LOCKED, R),
    ("CANNOT_EXECUTE_FLOW_TRIGGER", "flow error text Error ID: …", P),
    ("CANNOT_EXECUTE_FLOW_TRIGGER", LOCKED, R),
    ("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record or 1 records: 001…", R),
    ("ENTITY_IS_LOCKED", "This record is locked…", P),
    ("ALL_OR_NONE_OPERATION_ROLLED_BACK", "Record rolled back because not all records were valid", R),
    ("PROCESSING_HALTED", "Record rolled back because not all records were valid", R),
    ("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", C),
    ("REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API Requests) Limit exceeded.", R),
    ("REQUEST_LIMIT_EXCEEDED", "ConcurrentPerOrgLongTxn Limit exceeded", R),
    ("TOO_MANY_APEX_REQUESTS", "varied", R),
    ("LIMIT_EXCEEDED", "varied", R),
    ("EXCEEDED_QUOTA", "varied", R),
    ("SERVER_UNAVAILABLE", "varied", A),
    ("REQUEST_RUNNING_TOO_LONG", "varied", A),
    ("QUERY_TIMEOUT", "varied", A),
    ("UNKNOWN_EXCEPTION", "An unexpected error occurred. ErrorId: …", A),
    ("INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE", "varied", R),
    ("STORAGE_LIMIT_EXCEEDED", "storage limit exceeded", C),
    ("INVALID_SESSION_ID", "Session expired or invalid", C),  # the transport has signed in again by then
    ("API_DISABLED_FOR_ORG", "The REST API is not enabled for this Organization.", C),
    ("API_CURRENTLY_DISABLED", "API is disabled for this User", C),
    ("INVALID_TYPE", "sObject type 'Foo' is not supported", C),
    ("NOT_FOUND", "The requested resource does not exist", C),
    ("INVALID_ASSIGNMENT_RULE", "–", C),
    ("INVALID_AUTH_HEADER", "–", C),
    ("EXCEEDED_ID_LIMIT", "record limit reached. cannot submit more than 200 records into this call", C),
    ("OPERATION_TOO_LARGE", "–", C),
    ("TXN_SECURITY_NO_ACCESS", "–", C),
    ("TXN_SECURITY_METERING_ERROR", "–", C),
    ("SOME_CODE_OF_TOMORROW", "said by nobody yet", P),
]


@pytest.mark.parametrize(("code", "text", "kind"), FACTS)
def test_a_code_means_what_the_facts_say(code: str, text: str, kind: type[RowOutcome]) -> None:
    """Alone, among others, and in a line of a job: the same class; what is refused shows code and text."""
    alone = of_errors((ServerError(code, text, ()),), "Legacy_Id__c", None)
    body = [{"success": False, "errors": [{"statusCode": code, "message": text, "fields": []}]}] * 2
    together = read_collection(answered(200, body), 2, "Legacy_Id__c")
    line = failed(f"{code}:{text}:--", "Legacy_Id__c", TAUGHT_NOTHING)
    assert [type(found) for found in (alone, *together, line)] == [kind] * 4
    if isinstance(alone, Rejected):
        assert [(each.code, each.text) for each in alone.refusals] == [(code, text)]


def test_no_code_stands_in_the_table_that_the_facts_do_not_have() -> None:
    """The table and this one are the same."""
    assert set(CODES) == {code for code, _text, _kind in FACTS if code in CODES}


@pytest.mark.parametrize("code", ["CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "CANNOT_EXECUTE_FLOW_TRIGGER"])
def test_apex_limits_ask_for_fewer_rows(code: str) -> None:
    """Among others the batch shrinks; a row of a job goes by another path; alone it is refused."""
    text = "T: System.LimitException: Apex CPU time limit exceeded"
    body = [{"success": False, "errors": [{"statusCode": code, "message": text}]}] * 2
    assert all(isinstance(each, Smaller) for each in read_collection(answered(200, body), 2, None))
    assert isinstance(read_collection(answered(200, body[:1]), 1, None)[0], Rejected)
    assert isinstance(failed(f"{code}:{text}:--", None, TAUGHT_NOTHING), Again)


@pytest.mark.parametrize("code", ["REQUEST_RUNNING_TOO_LONG", "QUERY_TIMEOUT"])
def test_what_takes_too_long_is_asked_about_and_goes_smaller(code: str) -> None:
    """It may have been saved; the sends that follow carry fewer rows."""
    [found, _] = read_collection(answered(500, [{"errorCode": code, "message": "…"}]), 2, None)
    assert isinstance(found, Unknown) and found.busy


def test_what_all_rows_have_in_common_is_found_in_one_of_them_first() -> None:
    """A request that is refused for a field is halved; a row that has it alone ends the run."""
    error = {"errorCode": "INVALID_FIELD", "message": "No such column 'x' on sobject of type Case"}
    [whole, _] = read_collection(answered(400, [error]), 2, None)
    assert isinstance(whole, Smaller) and isinstance(whole.alone, Stop) and not whole.lasting


def test_the_reason_is_the_one_that_decides() -> None:
    """Several errors at once: what is told is the one that stops the run, or leaves the row open."""
    pairs = [("STRING_TOO_LONG", "a"), ("STORAGE_LIMIT_EXCEEDED", "b")]
    stop = of_errors(tuple(ServerError(code, text, ()) for code, text in pairs), None, None)
    assert (
        isinstance(stop, Stop) and stop.code == "STORAGE_LIMIT_EXCEEDED" and "storage is full" in stop.reason
    )
    doubt = of_errors((ServerError("A", "a", ()), ServerError("UNKNOWN_EXCEPTION", "b", ())), None, None)
    assert isinstance(doubt, Unknown) and "UNKNOWN_EXCEPTION" in doubt.reason
