"""What a search's answer says about rows without an answer: pure, as tables (design §4; IBM facts §4.5)."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from importer.model.draft import Draft, Value
from importer.model.settling import Absent, Doubt, Finding, Found, Known, Undecided
from importer.targets.ibm.cesql import condition, console_query, forms_of, key_of, literal
from importer.targets.ibm.hits import Hit, Hits, UnreadableError, folder_id, read_instances, read_objects
from importer.targets.ibm.settle import MOST_CONTROLS, Clock, Proof, controls, decide, proof_of, same_key

A, B = "{A42BE8EB-848F-4CBD-B2F7-64FAF2CE7081}", "{B42BE8EB-848F-4CBD-B2F7-64FAF2CE7082}"
SENT = dt.datetime(2026, 5, 1, 12, 0, 0, tzinfo=dt.UTC).timestamp()
CLOCK = Clock(0.0, 130.0)


def doubt(row: int, key: Value = "K-1", sent: float = SENT) -> Doubt:
    return Doubt(row, Draft(row, {"D_Text": "a", "D_Key": key}), sent)


def hit(record_id: str = A, key: object = "K-1", creator: str = "loader", second: float = 1) -> Hit:
    return Hit(record_id, key, "D_1", creator, dt.datetime.fromtimestamp(SENT + second, dt.UTC))


@pytest.mark.parametrize(
    ("hits", "proof", "expected"),
    [
        (Hits(), Proof(), Absent()),
        (Hits((hit(),)), Proof(), Found(A, "D_1")),
        (Hits((hit(),)), Proof("not shown"), Found(A, "D_1")),
        (Hits((hit(),), whole=False), Proof(), Found(A, "D_1")),
        (Hits((hit(), hit())), Proof(), Found(A, "D_1")),
        (Hits((hit(creator="LOADER"),)), Proof(), Found(A, "D_1")),
        (Hits((hit(creator="avery"),)), Proof(), Found(A, "D_1", ours=False)),
        (Hits((hit(creator="cn=loader,o=x"),)), Proof(), Found(A, "D_1", ours=False)),
        (
            Hits((hit(creator="cn=loader,o=x"),)),
            Proof(creators=frozenset({"cn=loader,o=x"})),
            Found(A, "D_1"),
        ),
        (Hits((hit(creator=""),)), Proof(creators=frozenset({""})), Found(A, "D_1", ours=False)),
        (Hits((hit(second=-60),)), Proof(), Found(A, "D_1", ours=False)),
        (Hits((hit(second=-2),)), Proof(), Found(A, "D_1")),
        (Hits((hit(second=120),)), Proof(), Found(A, "D_1")),
        (Hits((hit(second=200),)), Proof(), Found(A, "D_1", ours=False)),
        (Hits((hit(), hit(B))), Proof(), Undecided("several cases have this key", (A, B))),
        (Hits((hit(key="K-10"),)), Proof(), Absent()),
        (Hits((hit(key="k-1"),)), Proof(), Absent()),
        (Hits((hit(key=" K-1 "),)), Proof(), Found(A, "D_1")),
        (
            Hits((hit(key="other"),), whole=False),
            Proof(),
            Undecided("the search found more cases than it shows"),
        ),
        (Hits(), Proof("not shown"), Undecided("not shown")),
    ],
)
def test_what_a_search_proves(hits: Hits, proof: Proof, expected: Finding) -> None:
    """Presence by what is shown; absence only of a whole answer of a search that has proved itself."""
    assert decide({2: "K-1"}, [doubt(2)], hits, proof, "loader", CLOCK) == {2: expected}


def test_the_window_is_on_the_servers_clock() -> None:
    """A server that is an hour ahead dates our case an hour later."""
    found = decide({2: "K-1"}, [doubt(2)], Hits((hit(second=3601),)), Proof(), "loader", Clock(3600.0, 130.0))
    assert found == {2: Found(A, "D_1")}


def test_a_row_without_a_key_is_left_open() -> None:
    """Nothing can be asked about it, so nothing is concluded; the other rows are decided."""
    found = decide({2: None, 3: "K-1"}, [doubt(2), doubt(3)], Hits((hit(),)), Proof(), "loader", CLOCK)
    assert isinstance(found[2], Undecided) and isinstance(found[3], Found)


def test_a_search_proves_itself_by_showing_what_is_there() -> None:
    """One case that is not shown, and "not there" means nothing; else it tells how our name is written."""
    assert proof_of({A: "K-7"}, Hits((hit(key="K-7", creator="CN=x"),))) == Proof(
        creators=frozenset({"CN=x"})
    )
    assert "1 of 2" in proof_of({A: "K-7", B: "K-8"}, Hits((hit(key="K-7"),))).doubt
    assert proof_of({B: "K-8"}, Hits((hit(creator="avery"), hit(B)))).creators == {"loader"}


def test_controls_are_few_and_of_the_time_of_the_latest_doubt() -> None:
    """The journal is asked once, for a time that does not grow with the run."""
    asked = []

    def created(since: float, until: float) -> frozenset[str]:
        asked.append((since, until))
        return frozenset(f"id-{n:04}" for n in range(1000))

    known = Known(created, lambda _since: frozenset())
    found = controls([doubt(2, sent=SENT), doubt(3, sent=SENT + 50_000)], known, 130.0)
    assert asked == [(SENT + 50_000 - 130, SENT + 50_000 + 130)]
    assert found == ("id-0000", "id-0200", "id-0400", "id-0600", "id-0800") and len(found) == MOST_CONTROLS


FLAT = {"CaseFolderId": A.strip("{}").lower(), "D_Key": "K-1", "CmAcmCaseIdentifier": "D_1"}
MORE = {"Creator": "loader", "DateCreated": " 2026-05-01T12:00:01Z"}
PAIRS = [
    {"SymbolicName": "D_Key", "Value": "K-1"},
    {"SymbolicName": "DateCreated", "Value": "20260501T120001Z"},
]
SHAPES: list[dict[str, Any]] = [
    FLAT | MORE,
    {"caseFolderId": A, "d_key": "K-1"},
    {"Id": A, "D_Key": "K-1"},
    {"CaseFolderId": A, "Properties": PAIRS},
    {"caseFolderId": A, "CaseProperties": [{"symbolicName": "D_Key", "Data": {"Value": "K-1"}}]},
    {"CaseFolderId": A, "fields": [{"name": "D_Key", "value": "K-1"}]},
    {"CaseFolderId": A, "properties": {"D_Key": "K-1"}},
    {"CaseFolderId": A, "attributes": {"d_key": {"value": "K-1"}}},
    {"data": {"Id": A, "D_Key": "K-1"}},
    {"CaseId": "DEMO_000000000017", "FolderId": A, "D_Key": "K-1"},
    {"Properties": [*PAIRS, {"SymbolicName": "Id", "Value": A}]},
]


@pytest.mark.parametrize("item", SHAPES)
def test_shapes_of_a_case_in_an_answer_of_v2(item: dict[str, Any]) -> None:
    """The Swagger leaves the items untyped: id and key are found wherever they can stand."""
    [found] = read_instances({"data": {"cases": [item]}, "totalCount": 1}, "D_Key").cases
    assert (found.id, found.key) == (A, "K-1")


def test_everything_is_taken_from_a_case() -> None:
    """Number, creator and creation date too, as far as they are shown."""
    [found] = read_instances({"data": {"cases": [FLAT | MORE]}}, "D_Key").cases
    assert found == hit()


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {},
        {"data": {"cases": None}},
        {"data": {"cases": [{"D_Key": "K-1"}]}},
        {"data": {"cases": [{"CaseFolderId": A}]}},
        {"data": {"cases": [{"CaseFolderId": "DEMO_000000000017", "D_Key": "K-1"}]}},
        {"data": {"cases": [FLAT, ["a", "b"]]}},
        {"data": {"cases": [FLAT, {"CaseFolderId": A, "Properties": [{"Value": "K-1"}]}]}},
        {"data": {"cases": "none"}},
    ],
)
def test_an_answer_of_v2_that_cannot_be_read_decides_nothing(document: object) -> None:
    """One case without id or key is enough: it could be the one that was looked for."""
    with pytest.raises(UnreadableError):
        read_instances(document, "D_Key")


@pytest.mark.parametrize(
    ("totals", "items", "whole"),
    [
        ({"totalCount": 1}, 1, True),
        ({"totalCount": 2}, 1, False),
        ({"totalCount": 0}, 0, True),
        ({"data": {"overview": {"total": 9}}}, 1, False),
        ({}, 1, True),
        ({}, 50, False),
    ],
)
def test_whether_v2_shows_everything(totals: dict[str, Any], items: int, whole: bool) -> None:
    """By the total where there is one; else a full page may be cut."""
    data = {"cases": [FLAT] * items} | totals.get("data", {})
    assert read_instances({**totals, "data": data}, "D_Key").whole is whole


def objects(*properties: list[dict[str, Any]], token: str | None = None) -> dict[str, Any]:
    found = [{"properties": each} for each in properties]
    return {"data": {"repositoryObjects": {"independentObjects": found, "pageInfo": {"token": token}}}}


def test_cases_in_an_answer_of_graphql() -> None:
    """A property is known by its id, its symbolic name; by its label only where no other has that name."""
    listed = [
        {"id": "Id", "label": "ID", "value": A},
        {"id": "D_Key", "label": "Creator", "value": "K-1"},
        {"id": "Creator", "label": "Added By", "value": "loader"},
        {"id": "DateCreated", "label": "Date Added", "value": "2026-05-01T12:00:01.000Z"},
        {"id": "CmAcmCaseIdentifier", "label": "Case Identifier", "value": "D_1"},
    ]
    assert read_objects(objects(listed), "D_Key") == Hits((hit(),))
    by_label = [{"label": "Id", "value": A}, {"label": "D_Key", "value": "K-1"}]
    assert read_objects(objects(by_label, token="x"), "D_Key") == Hits((Hit(A, "K-1"),), whole=False)


@pytest.mark.parametrize(
    "document",
    [
        None,
        {"errors": [{"message": "no such property"}], "data": None},
        {"errors": [{"message": "half"}], **objects([])},
        {"errors": ["?"]},
        {"data": {"repositoryObjects": None}},
        objects([{"id": "D_Key", "value": "K-1"}]),
    ],
)
def test_an_answer_of_graphql_that_cannot_be_read_decides_nothing(document: object) -> None:
    """Errors beside data count too: the data may be half of it."""
    with pytest.raises(UnreadableError):
        read_objects(document, "D_Key")


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("R-17", "'R-17'"),
        ("O'Brien", "'O''Brien'"),
        ("' OR 1=1 --", "''' OR 1=1 --'"),
        ("a\\'", "'a\\'''"),
        ('"', "'\"'"),
        ("", "''"),
        (17, "17"),
        (Decimal("1.50"), "1.50"),
        (Decimal("1E+3"), "1000"),
    ],
)
def test_literals(key: Any, text: str) -> None:
    """A quote inside is doubled, and nothing else has a meaning there; numbers have no exponent."""
    assert literal(key) == text


def test_questions() -> None:
    """The console's query and a search's condition, hostile values included."""
    assert condition("D_Key", ["a'b", 5]) == "[D_Key] = 'a''b' OR [D_Key] = 5"
    assert console_query("DEMO_Claim", "D_Key", "R'17") == (
        "SELECT [Id], [CmAcmCaseIdentifier], [Creator], [DateCreated], [D_Key] FROM [DEMO_Claim] "
        "WHERE [D_Key] = 'R''17' OPTIONS(TIMELIMIT 180, COUNT_LIMIT 50)"
    )


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ("K", "K"),
        (5, 5),
        (Decimal("1.5"), Decimal("1.5")),
        (True, None),
        (None, None),
        ("  ", None),
        ((), None),
    ],
)
def test_which_values_can_be_looked_for(value: Value, key: object) -> None:
    """Texts and numbers; the property's name may differ in letter case."""
    assert key_of(Draft(2, {"D_Key": value}), "d_key") == key


def test_forms_and_comparison_of_keys() -> None:
    """A server may cut blanks off: both forms are asked for, and one is the other."""
    assert forms_of(" K ") == (" K ", "K") and forms_of("K") == ("K",) and forms_of(5) == (5,)
    assert same_key(" K ", "K") and not same_key("K", None) and not same_key("5", 5)
    assert (
        same_key(5, "5") and same_key(Decimal("1.50"), 1.5) and not same_key(1, True) and not same_key(1, "x")
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [(A, A), (A.strip("{}").lower(), A), (f" {A} ", A), ("DEMO_1", None), (None, None), ("{A}", None)],
)
def test_folder_ids(text: object, found: str | None) -> None:
    """As a create answers them: braces, upper case."""
    assert folder_id(text) == found
