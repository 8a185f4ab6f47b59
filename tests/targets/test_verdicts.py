"""Verdicts that a connection teaches: what a code means, for both targets, and the table that shows it."""

import json
from dataclasses import replace

import pytest

from importer.model.errors import Exit
from importer.model.outcome import Again, Exists, Rejected, RowOutcome, Stop, Unknown
from importer.settings import simulator_connection
from importer.settings.keys import VERDICTS
from importer.targets.ibm import answers as ibm
from importer.targets.ibm import codes as ibm_codes
from importer.targets.salesforce import answers as salesforce
from importer.targets.salesforce import codes as salesforce_codes
from importer.targets.verdicts import verdict_table
from importer.transport.delivery import Answered

KINDS = {"rejected": Rejected, "retry": Again, "in_doubt": Unknown, "stop": Stop}


def answered(status: int, document: object, **headers: str) -> Answered:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Answered(status, headers, body)


def of_salesforce(answer: Answered, **words: str) -> RowOutcome:
    return salesforce.read_create(answer, "Legacy_Id__c", salesforce_codes.taught_meanings(words))


def of_ibm(answer: Answered, **words: str) -> RowOutcome:
    return ibm.read_create(answer, ibm_codes.taught_meanings(words))


def errors(*codes: str) -> object:
    return [{"errorCode": code, "message": f"text of {code}"} for code in codes]


def message(text: str, *causes: str) -> object:
    first = text.split(" ")[0]
    return {"UserMessage": {"UniqueId": first, "Text": text}, "UnderlyingDetails": {"Causes": list(causes)}}


@pytest.mark.parametrize("word", VERDICTS)
@pytest.mark.parametrize(
    "code", ["NEVER_SEEN", "REQUIRED_FIELD_MISSING", "UNKNOWN_EXCEPTION", "UNABLE_TO_LOCK_ROW"]
)
def test_salesforce_codes_can_be_taught(code: str, word: str) -> None:
    """Every word, for codes of the table and others: the connection wins."""
    outcome = of_salesforce(answered(400, errors(code)), **{code: word})
    assert type(outcome) is KINDS[word]
    assert type(
        of_salesforce(answered(201, {"success": False, "errors": errors(code)}), **{code: word})
    ) is type(outcome)


@pytest.mark.parametrize("word", VERDICTS)
@pytest.mark.parametrize("status", [400, 403, 404, 500, 503])
@pytest.mark.parametrize("code", ["FNRPA0123E", "FNRCE0019E", "FNRCE0043E", "FNRCE0075E"])
def test_ibm_ids_can_be_taught(code: str, status: int, word: str) -> None:
    """Every word, with whatever status the id comes, also among the causes."""
    for document in (message(f"{code} words"), message("FNRPA0093E caused by", f"{code}: inner")):
        assert type(of_ibm(answered(status, document), **{code: word})) is KINDS[word]


@pytest.mark.parametrize("read", [of_salesforce, of_ibm])
@pytest.mark.parametrize("word", VERDICTS)
def test_a_status_without_a_code_can_be_taught(read, word: str) -> None:  # type: ignore[no-untyped-def]
    """HTTP_503 stands for an answer of a proxy; "retry" slows the whole run and heeds Retry-After."""
    outcome = read(answered(503, b"<html>busy</html>", **{"Retry-After": "7"}), HTTP_503=word)
    assert type(outcome) is KINDS[word]
    if isinstance(outcome, Again):
        assert (outcome.code, outcome.after, outcome.whole_run) == ("HTTP_503", 7.0, True)
    assert isinstance(read(answered(503, b""), HTTP_502=word), Unknown)


def test_a_taught_retry_is_the_rows_own() -> None:
    """One row's code does not slow the others."""
    outcome = of_salesforce(answered(400, errors("NEVER_SEEN")), NEVER_SEEN="retry")
    assert isinstance(outcome, Again) and not outcome.whole_run and outcome.code == "NEVER_SEEN"
    again = of_ibm(answered(500, message("FNRPA0123E words")), FNRPA0123E="retry")
    assert isinstance(again, Again) and not again.whole_run and "FNRPA0123E words" in again.reason


def test_a_taught_stop_ends_the_run_and_shows_the_text() -> None:
    """Exit 6: somebody has to look."""
    stopped = of_ibm(answered(500, message("FNRPA0123E licence expired")), FNRPA0123E="stop")
    assert isinstance(stopped, Stop) and (stopped.code, stopped.exit) == ("FNRPA0123E", Exit.GUARD)
    assert "licence expired" in stopped.remedy
    other = of_salesforce(answered(400, errors("NEVER_SEEN")), NEVER_SEEN="stop")
    assert isinstance(other, Stop) and (other.code, other.exit) == ("NEVER_SEEN", Exit.GUARD)


def test_what_is_not_taught_stays_as_it_is() -> None:
    """Other codes go by the table, and the most careful of several verdicts still decides."""
    taught = {"NEVER_SEEN": "rejected"}
    assert isinstance(of_salesforce(answered(500, errors("UNKNOWN_EXCEPTION")), **taught), Unknown)
    mixed = answered(400, errors("NEVER_SEEN", "UNKNOWN_EXCEPTION"))
    assert isinstance(of_salesforce(mixed, **taught), Unknown)
    assert isinstance(of_ibm(answered(500, message("FNRPA0456E words")), FNRPA0123E="rejected"), Unknown)


def test_an_id_says_more_than_a_status() -> None:
    """A taught status decides for answers without a listed id, and for all ids where only it is taught."""
    deadlock = answered(500, message("FNRCE0019E deadlock"))
    assert isinstance(of_ibm(deadlock, HTTP_500="rejected"), Again)
    assert isinstance(of_ibm(deadlock, HTTP_500="in_doubt", FNRCE0019E="rejected"), Rejected)
    assert isinstance(of_ibm(answered(500, message("FNRPA0456E words")), HTTP_500="rejected"), Rejected)
    assert isinstance(of_ibm(answered(400, message("FNRPA0456E words")), HTTP_400="in_doubt"), Unknown)
    assert isinstance(of_salesforce(answered(503, errors("SERVER_UNAVAILABLE")), HTTP_503="retry"), Unknown)


def test_success_and_the_key_itself_cannot_be_taught_away() -> None:
    """A record with our key exists, whatever a connection says about the code."""
    text = "duplicate value found: Legacy_Id__c duplicates value on record with id: 500000000000001"
    body = [{"errorCode": "DUPLICATE_VALUE", "message": text, "fields": ["Legacy_Id__c"]}]
    assert isinstance(of_salesforce(answered(400, body), DUPLICATE_VALUE="retry"), Exists)


@pytest.mark.parametrize("target", ["salesforce", "ibm-case-manager"])
def test_the_table_in_use(target) -> None:  # type: ignore[no-untyped-def]
    """Taught lines first and marked, with what they replace; each code once; the rest at the end."""
    known = {"salesforce": "UNKNOWN_EXCEPTION", "ibm-case-manager": "FNRCE0075E"}[target]
    settings = simulator_connection(target, "http://127.0.0.1:1")
    built_in = verdict_table(settings)
    table = verdict_table(replace(settings, verdicts={known: "rejected", "NEW9999E": "stop"}))
    assert not any(line.taught for line in built_in) and len(table) == len(built_in) + 1
    assert [(line.code, line.verdict, line.taught, line.built_in) for line in table[:2]] == [
        (known, "rejected", True, "in_doubt"),
        ("NEW9999E", "stop", True, None),
    ]
    assert len({line.code for line in table}) == len(table)
    assert all(line.message and line.verdict in VERDICTS for line in table)
    assert table[-1].code.startswith("other")
