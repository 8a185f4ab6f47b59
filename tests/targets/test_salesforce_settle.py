"""What the org's records say about rows without an answer: pure, as tables (design §4, Settling)."""

import datetime as dt
from decimal import Decimal
from urllib.parse import unquote

import pytest

from importer.model.draft import Draft, Value
from importer.model.settling import Absent, Doubt, Finding, Found, Known, Undecided
from importer.targets.salesforce.asking import Asker
from importer.targets.salesforce.compare import Candidates, same_value
from importer.targets.salesforce.settle import (
    by_content,
    by_content_question,
    by_match,
    by_match_question,
    windows,
)
from importer.targets.salesforce.soql import chunks, text_literal
from importer.transport.delivery import Answered, Request

ME = "005000000000001AAA"
SENT = dt.datetime(2026, 5, 1, 12, 0, 0, tzinfo=dt.UTC).timestamp()


def doubt(row: int, subject: str = "a", key: str = "K") -> Doubt:
    return Doubt(row, Draft(row, {"Subject": subject, "Key__c": key}), SENT)


def record(
    number: int, subject: str = "a", key: str = "K", user: str = ME, second: int = 1
) -> dict[str, object]:
    created = dt.datetime.fromtimestamp(SENT + second, dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    return {
        "Id": f"500{number}",
        "Subject": subject,
        "Key__c": key,
        "CreatedDate": created,
        "CreatedById": user,
    }


def known(created: set[str] = frozenset(), ours: set[str] = frozenset()) -> Known:  # type: ignore[assignment]
    return Known(lambda _a, _b: frozenset(created), lambda _a: frozenset(ours) | frozenset(created))


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ([], Absent()),
        ([record(1)], Found("5001")),
        ([record(1, key="k ")], Found("5001")),
        ([record(1, user="005000000000002AAA")], Found("5001", ours=False)),
        ([record(1, second=-60)], Found("5001", ours=False)),
        ([record(1), record(2)], Undecided("several records have this key", ("5001", "5002"))),
        ([record(1, key="other")], Absent()),
    ],
)
def test_by_match(records: list[dict[str, object]], expected: Finding) -> None:
    """Creator and creation date prove that the send made it; several records with the key leave it open."""
    assert by_match([doubt(2)], "Key__c", records, ME, 0.0, fold=True) == {2: expected}


def test_by_match_with_letter_case() -> None:
    """Keys are compared as the server compares them."""
    assert by_match([doubt(2)], "Key__c", [record(1, key="k")], ME, 0.0, fold=False) == {2: Absent()}


def kinds(findings: dict[int, Finding]) -> list[str]:
    return [type(finding).__name__ for finding in findings.values()]


@pytest.mark.parametrize(
    ("doubts", "records", "journal", "expected"),
    [
        ([doubt(2)], [], known(), ["Absent"]),
        ([doubt(2)], [record(1)], known(), ["Found"]),
        ([doubt(2)], [record(1, "b")], known(), ["Undecided"]),
        ([doubt(2)], [record(1, "b")], known(ours={"5001"}), ["Absent"]),
        ([doubt(2)], [record(1)], known(created={"5009"}), ["Undecided"]),
        ([doubt(2)], [record(1), record(9, "z")], known(created={"5009"}), ["Found"]),
        ([doubt(2)], [record(1), record(2)], known(), ["Undecided"]),
        ([doubt(2), doubt(3)], [record(1), record(2)], known(), ["Found", "Found"]),
        ([doubt(2), doubt(3)], [record(1)], known(), ["Found", "Absent"]),
        ([doubt(2), doubt(3)], [record(1), record(2), record(3)], known(), ["Undecided", "Undecided"]),
        ([doubt(2), doubt(3, "b")], [record(1, "b")], known(), ["Absent", "Found"]),
        ([doubt(2), doubt(3, "b")], [record(1, "c")], known(), ["Undecided", "Undecided"]),
        ([doubt(2)], [record(1), record(2, "c")], known(), ["Found"]),
    ],
)
def test_by_content(
    doubts: list[Doubt], records: list[dict[str, object]], journal: Known, expected: list[str]
) -> None:
    """Equal candidates are shared out; a rest that differs proves nothing; a missing known record spoils all."""
    findings = by_content(doubts, records, journal, SENT - 3, SENT + 600)
    assert [type(findings[each.row]).__name__ for each in doubts] == expected
    found = [finding.id for finding in findings.values() if isinstance(finding, Found)]
    assert len(found) == len(set(found)), "one record is never two rows'"


def test_thousands_of_doubts_find_their_records() -> None:
    """Among thousands of records each doubt finds its own; of 500 equal rows and 499 records one stays open."""
    doubts = [*(doubt(n, f"subject {n}") for n in range(2, 1500)), *(doubt(n) for n in range(2000, 2500))]
    records = [record(n, f"  subject {n}\r\n") for n in range(1499, 1, -1)]
    records += [record(n) for n in range(2000, 2499)]
    findings = by_content(doubts, records, known(), SENT - 3, SENT + 600)
    assert all(findings[n] == Found(f"500{n}") for n in range(2, 1500))
    equal = [findings[n] for n in range(2000, 2500)]
    assert {each.id for each in equal if isinstance(each, Found)} == {f"500{n}" for n in range(2000, 2499)}
    assert equal.count(Absent()) == 1


@pytest.mark.parametrize(
    ("sent", "stored", "same"),
    [
        ({"Subject": "0" * 15, "Note": "n"}, {"Subject": "0" * 15 + "AAA", "Note": "n"}, True),
        ({"Subject": "0" * 15}, {"Subject": "0" * 15 + "AAA"}, True),
        ({"Vip": True, "Note": None}, {"VIP": True, "Note": None}, True),
        ({"Vip": True, "Note": ""}, {"Vip": 1, "Note": None}, False),
        ({"Note": "", "Subject": ""}, {"note": None, "subject": None}, True),
        ({"Due": dt.date(2026, 1, 2), "Note": "n"}, {"Due": "2026-01-02", "Note": " n "}, True),
        ({"Note": "n"}, {}, False),
    ],
)
def test_candidates(sent: dict[str, Value], stored: dict[str, object], same: bool) -> None:
    """What is looked for is found whichever of its values it is looked up by."""
    candidates = Candidates([{"Id": "5001", **stored}, {"Id": "5002", "Note": "another"}])
    assert candidates.equal(sent) == (("5001",) if same else ())


def test_true_is_not_one() -> None:
    """Python calls them equal; they are asked about apart."""
    candidates = Candidates([{"Id": "5001", "Vip": True}])
    assert [candidates.equal({"Vip": value}) for value in (1, True)] == [(), ("5001",)]


def test_a_record_of_ours_just_before_the_window_is_no_candidate() -> None:
    """CreatedDate has whole seconds and clocks differ: what was ours a moment before is asked for too."""
    journal = Known(
        lambda _a, _b: frozenset(), lambda since: frozenset({"5001"} if since <= SENT - 6 else ())
    )
    findings = by_content([doubt(2)], [record(1, "b", second=-4)], journal, SENT - 3, SENT + 600)
    assert findings == {2: Absent()}


async def test_a_record_of_the_last_moment_is_asked_for() -> None:
    """The journal's own last records must be in the answer, also when the org's clock is measured as slow."""
    asked: list[str] = []

    class Org:
        async def send(self, request: Request) -> Answered:
            asked.append(unquote(request.path))
            return Answered(200, {}, b'{"done": true, "records": []}')

    await Asker(Org(), "/v", "org", ME, -0.9).by_content("Case", [doubt(2)], known(), 600)
    assert "CreatedDate >= 2026-05-01T11:59:56Z AND CreatedDate <= 2026-05-01T12:10:02Z" in asked[0]


@pytest.mark.parametrize(
    ("sent", "stored", "same"),
    [
        ("a", "a", True),
        (" a ", "a", True),
        ("a\r\nb", "a\nb", True),
        ("", None, True),
        (None, None, True),
        (None, "New", False),
        ("a", "A", False),
        (Decimal("1.50"), 1.5, True),
        (Decimal("1.255"), 1.26, True),
        (Decimal("1.255"), 1.27, False),
        (Decimal("1.4"), 1, True),
        (7, 7.0, True),
        (7, None, False),
        (True, True, True),
        (True, 1, False),
        (False, None, False),
        (dt.date(2024, 5, 2), "2024-05-02", True),
        (dt.datetime(2024, 5, 2, 8, tzinfo=dt.UTC), "2024-05-02T08:00:00.000+0000", True),
        (dt.datetime(2024, 5, 2, 8, tzinfo=dt.UTC), "2024-05-02T09:00:00.000+0000", False),
        (("a", "b"), "b;a", True),
        (("a", "b"), "a", False),
        (("a",), None, False),
        ("001RM000003oLnn", "001RM000003oLnnYAE", True),
    ],
)
def test_what_the_server_makes_of_a_value(sent: Value, stored: object, same: bool) -> None:
    """Equal after the server's own normalisation, and not otherwise."""
    assert same_value(sent, stored) is same


def test_windows_are_merged() -> None:
    """Sends near each other are asked about together, a later one apart."""
    doubts = [
        Doubt(2, Draft(2, {}), SENT),
        Doubt(3, Draft(3, {}), SENT + 100),
        Doubt(4, Draft(4, {}), SENT + 5000),
    ]
    groups = windows(doubts, 600)
    assert [[each.row for each in members] for _since, _until, members in groups] == [[2, 3], [4]]
    assert groups[0][0] < SENT and groups[0][1] == SENT + 700


def test_questions() -> None:
    """The SOQL, with hostile keys escaped."""
    literal = text_literal("O'Brien\\x\n")
    assert literal == "'O\\'Brien\\\\x\\n'"
    assert by_match_question("Case", "K__c", [literal]) == (
        f"SELECT Id, K__c, CreatedDate, CreatedById FROM Case WHERE K__c IN ({literal})"
    )
    asked = by_content_question("Case", ["Subject", "Id"], ME, SENT, SENT + 1, audited=False)
    assert asked == (
        "SELECT Id, CreatedDate, CreatedById, Subject FROM Case WHERE CreatedById = '005000000000001AAA' AND "
        "CreatedDate >= 2026-05-01T12:00:00Z AND CreatedDate <= 2026-05-01T12:00:01Z"
    )
    audited = by_content_question("Case", ["CreatedDate"], ME, SENT, SENT, audited=True)
    assert "SystemModstamp >=" in audited and "CreatedById =" not in audited


def test_many_keys_go_in_several_questions() -> None:
    """The address of a query is limited."""
    groups = list(chunks([f"key-{n:06d}" for n in range(2000)], 1000))
    assert sum(map(len, groups)) == 2000 and max(len(",".join(group)) for group in groups) < 1000
