"""What answers to deletes mean, and what a look at records shows: pure, as tables (facts: salesforce.md §2, §3.1)."""

import json
from typing import Any

import pytest

from importer.model.outcome import Again, Deleted, DeleteOutcome, Gone, Rejected, Smaller, Stop, Unknown
from importer.model.undoing import Missing, RecordRef, Touched, Untouched
from importer.targets.ibm.looking import read_values
from importer.targets.ibm.looking import sight as ibm_sight
from importer.targets.salesforce.deleting import read_deletes
from importer.targets.salesforce.looking import sight
from importer.transport.delivery import Answered

A, B = "500Sm0000008OI5IAM", "500Sm0000008OI6IAM"
OURS = frozenset({"005000000000001AAA"})
OTHER = "005000000000002AAA"


def answered(status: int, content: Any = None) -> Answered:
    body = b"" if content is None else content if isinstance(content, bytes) else json.dumps(content).encode()
    return Answered(status, {}, body)


def error(code: str) -> list[dict[str, Any]]:
    return [{"errorCode": code, "message": "the secret Subject of the case", "fields": []}]


def member(code: str) -> dict[str, Any]:
    return {"success": False, "errors": [{"statusCode": code, "message": "x", "fields": []}]}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (answered(204), Deleted),
        (answered(404, error("NOT_FOUND")), Unknown),
        (answered(404, error("ENTITY_IS_DELETED")), Gone),
        (answered(400, error("INSUFFICIENT_ACCESS_OR_READONLY")), Rejected),
        (answered(400, error("UNABLE_TO_LOCK_ROW")), Again),
        (answered(400, error("DELETE_FAILED")), Rejected),
        (answered(401, error("INVALID_SESSION_ID")), Stop),
        (answered(403, error("REQUEST_LIMIT_EXCEEDED")), Again),
        (answered(500, error("UNKNOWN_EXCEPTION")), Unknown),
        (answered(503, b"<html>"), Unknown),
        (answered(200, b"<html>sign in"), Unknown),
    ],
)
def test_answers_to_a_single_delete(answer: Answered, expected: type[DeleteOutcome]) -> None:
    """Not found is asked about, as it may be hidden; a refusal's text is not handed on."""
    [outcome] = read_deletes(answer, [A], {})
    assert isinstance(outcome, expected), outcome
    assert "secret" not in repr(outcome) or not isinstance(outcome, Rejected)


def test_answers_to_several_deletes() -> None:
    """Each for itself in their order; an answer that does not tell of each, or of another record, is unknown."""
    done = {"id": A, "success": True, "errors": []}
    assert read_deletes(answered(200, [done, member("ENTITY_IS_DELETED")]), [A, B], {}) == [
        Deleted(A),
        Gone(B),
    ]
    kinds = [type(each) for each in read_deletes(answered(200, [done, done]), [A, B], {})]
    assert kinds == [Deleted, Unknown], "the second names the first"
    locked, hidden = member("UNABLE_TO_LOCK_ROW"), member("INVALID_CROSS_REFERENCE_KEY")
    kinds = [type(each) for each in read_deletes(answered(200, [locked, hidden]), [A, B], {})]
    assert kinds == [Again, Unknown]
    for strange in (answered(200, [done]), answered(200, {"done": True}), answered(200, b"<html>")):
        assert [type(each) for each in read_deletes(strange, [A, B], {})] == [Unknown, Unknown]
    whole = read_deletes(answered(400, error("EXCEEDED_ID_LIMIT")), [A, B], {})
    assert [type(each) for each in whole] == [Smaller, Smaller]


REF = RecordRef(A, 1_000_000.0)
SENT = "1970-01-12T13:46:40.000+0000"  # 1,000,000 s
BEFORE, AFTER = "1970-01-12T13:40:00.000+0000", "1970-01-12T14:00:00.000+0000"


def record(**more: Any) -> dict[str, Any]:
    [ours] = OURS
    base = {"Id": A, "IsDeleted": False, "CreatedById": ours, "CreatedDate": SENT, "LastModifiedById": ours}
    return base | {"LastModifiedDate": SENT, "SystemModstamp": SENT} | more


@pytest.mark.parametrize(
    ("shown", "added", "expected"),
    [
        (record(), (), "Untouched"),
        (record(LastModifiedDate=AFTER), (), "Untouched"),
        (record(LastModifiedById=OTHER, LastModifiedDate=AFTER), (), "TOUCHED"),
        (record(LastModifiedById=OTHER, LastModifiedDate=BEFORE), (), "Untouched"),
        (record(LastModifiedById=OTHER, LastModifiedDate=None, SystemModstamp=AFTER), (), "TOUCHED"),
        (record(LastModifiedById=OTHER, LastModifiedDate="?"), (), "TOUCHED"),
        (record(IsDeleted=True, LastModifiedById=OTHER), (), "Missing"),
        (record(), ("comments of others",), "HOLDS_MORE"),
        (None, (), "NOT_SHOWN"),
    ],
)
def test_who_has_touched_a_record(
    shown: dict[str, Any] | None, added: tuple[str, ...], expected: str
) -> None:
    """Another user after the send, what others added, what is not shown; audit dates of the past are no change."""
    found = sight(REF, shown, added, OURS, 0.0)
    assert (found.code if isinstance(found, Touched) else type(found).__name__) == expected


def test_clocks_and_unknown_users() -> None:
    """The server's clock is allowed for; where nobody says who we are, every change is another's."""
    late = record(LastModifiedById=OTHER, LastModifiedDate=BEFORE)
    assert isinstance(sight(REF, late, (), OURS, -500.0), Touched)
    assert isinstance(sight(REF, record(), (), frozenset(), 0.0), Touched)


def test_a_record_that_a_person_named_must_prove_itself() -> None:
    """Made by our user after the send, or it stays."""
    vouched = RecordRef(A, 1_000_000.0, vouched=True)
    assert isinstance(sight(vouched, record(), (), OURS, 0.0), Untouched)
    for shown in (record(CreatedDate=BEFORE), record(CreatedById=OTHER)):
        found = sight(vouched, shown, (), OURS, 0.0)
        assert isinstance(found, Touched) and found.code == "NOT_PROVEN"
    assert isinstance(sight(vouched, record(IsDeleted=True), (), OURS, 0.0), Missing)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"creator": "Loader", "lastmodifier": "loader", "cmacmcasestate": 2}, "Untouched"),
        ({"creator": "loader", "lastmodifier": "avery", "cmacmcasestate": 2}, "TOUCHED"),
        ({"creator": "loader", "lastmodifier": "loader", "cmacmcasestate": 3}, "TOUCHED"),
        ({"status": "Complete"}, "TOUCHED"),
        (
            {
                "status": "Working",
                "datecreated": " 1970-01-12T13:46:40Z",
                "datelastmodified": "1970-01-12T13:47:00Z",
            },
            "Untouched",
        ),
        (
            {
                "status": "Working",
                "datecreated": "1970-01-12T13:46:40Z",
                "datelastmodified": "1970-01-12T14:47:00Z",
            },
            "TOUCHED",
        ),
        ({"status": "Working"}, "NOT_PROVEN"),
    ],
)
def test_a_case_of_ibm_by_state_and_change(values: dict[str, object], expected: str) -> None:
    """Its maker against its last modifier; else a change later than it may take to set itself up."""
    found = ibm_sight(RecordRef("{A}", 1_000_000.0), values, 0.0, 60.0)
    assert (found.code if isinstance(found, Touched) else type(found).__name__) == expected


def test_values_of_a_case_are_read_in_any_case() -> None:
    """IBM documents the keys in two spellings."""
    document = {
        "properties": [{"symbolicName": "LastModifier", "value": "x"}, {"SymbolicName": "A", "Value": 1}]
    }
    assert read_values(document) == {"lastmodifier": "x", "a": 1} and read_values(None) == {}
