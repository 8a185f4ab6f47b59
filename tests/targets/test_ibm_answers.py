"""What CASEREST's answers mean, row by row (facts: ibm-case-manager.md §2, §3, §9)."""

import json

import pytest

from importer.model.draft import Draft
from importer.model.outcome import Again, Created, Rejected, RowOutcome, Stop, Unknown
from importer.model.target import Ticket
from importer.targets.ibm.answers import read_create, shorten
from importer.targets.ibm.codes import taught_meanings
from importer.targets.ibm.encode import CreateOptions
from importer.targets.ibm.single import SinglePath
from importer.transport.delivery import Answered
from tests.transport.scripted import Script

GUID = "{A42BE8EB-848F-4CBD-B2F7-64FAF2CE7081}"


def answered(status: int, document: object, headers: dict[str, str] | None = None) -> Answered:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Answered(status, headers or {}, body)


def message(text: str, *causes: str, key: str = "UserMessage") -> dict[str, object]:
    words = text.split(" ")
    return {
        key: {"UniqueId": words[0], "Text": text, "Severity": "ERROR"},
        "UnderlyingDetails": {"Causes": list(causes)},
    }


@pytest.mark.parametrize(
    ("status", "document", "expected"),
    [
        (201, {"CaseTitle": "t", "CaseIdentifier": "D_1", "CaseFolderId": GUID}, Created(GUID, "D_1")),
        (200, {"caseIdentifier": "D_1", "caseFolderId": GUID}, Created(GUID, "D_1")),
        (201, {"CaseFolderId": GUID, "CaseType": "X", "Properties": []}, Created(GUID, None)),
        (201, {"CaseIdentifier": "D_1"}, Unknown("the answer says success but has no CaseFolderId")),
        (201, b"", Unknown("the answer says success but has no CaseFolderId")),
        (200, b"<html>login</html>", Unknown("the answer says success but has no CaseFolderId")),
    ],
)
def test_success_needs_a_folder_id(status: int, document: object, expected: RowOutcome) -> None:
    """200 and 201 are success when the folder id is there; keys are read without regard to case."""
    assert read_create(answered(status, document)) == expected


@pytest.mark.parametrize(
    ("status", "document", "expected"),
    [
        (400, message("FNRPA9001E The value is too long."), Rejected),
        (400, b"<html>bad</html>", Rejected),
        (404, message("FNRPA9002E Case type X was not found."), Stop),
        (401, b"<html>401</html>", Stop),
        (403, b"", Stop),
        (302, b"", Stop),
        (407, b"", Stop),
        (429, b"", Again),
        (500, message("FNRPA0000E Something failed."), Unknown),
        (500, b"<html>oops</html>", Unknown),
        (500, b"", Unknown),
        (502, b"", Unknown),
        (503, b"", Unknown),
        (504, b"", Unknown),
        (500, message("FNRCE0019E deadlock"), Again),
        (500, message("FNRPA0093E caused by", "FNRCE0057E: E_READ_ONLY: property"), Rejected),
        (500, message("FNRPA0093E caused by", "FNRCE0075E: transaction"), Unknown),
        (500, message("FNRCE0043E not unique", key="userMessage"), Rejected),
    ],
)
def test_refusals(status: int, document: object, expected: type) -> None:
    """400 refuses the row; a 500 does only with an id that is known to mean a refusal."""
    assert isinstance(read_create(answered(status, document)), expected)


@pytest.mark.parametrize("quoted", ["FNRCE0019E", "FNRCE0057E", "FNRCE0043E"])
def test_an_id_that_the_row_itself_holds_decides_nothing(quoted: str) -> None:
    """An error that quotes the row ("the value 'FNRCE0019E on login' …") neither resends nor refuses it."""
    text = f"{quoted} on login"
    body = message("FNRPA0000E Something failed.", f"The value '{text}' was being saved.")
    assert isinstance(read_create(answered(500, body), sent=[text]), Unknown)
    taught = taught_meanings({quoted: "rejected"})
    assert isinstance(read_create(answered(500, body), taught, [text]), Unknown)
    own = message(f"{quoted} It is the server's own word", f"The value '{text}' was being saved.")
    assert not isinstance(read_create(answered(500, own), sent=[text]), Unknown)


async def test_everything_that_is_sent_counts_as_the_rows_own() -> None:
    """Values, single and multiple, and the client context: a service behind the server may quote each of them."""
    body = json.dumps(message("FNRPA0000E no", "FNRCE0019E, FNRCE0057E and FNRCE0043E were given")).encode()
    draft = Draft(2, {"A": "FNRCE0019E", "B": ("x", "FNRCE0057E")}, {"client_context": {"ref": "FNRCE0043E"}})
    path = SinglePath(Script([Answered(500, {}, body)]), CreateOptions("T", "OS"))
    [(row, outcome)] = list((await path.deliver([draft], note)).items())
    assert row == 2 and isinstance(outcome, Unknown) and outcome.code == "FNRPA0000E"


async def note(_ticket: Ticket) -> None:
    raise AssertionError("nothing was made")


@pytest.mark.parametrize("status", [400, 500])
def test_what_is_not_unique_says_so(status: int) -> None:
    """An earlier send of the row may have made the case that is in the way."""
    outcome = read_create(answered(status, message("FNRPA9020E not saved", "FNRCE0043E E_NOT_UNIQUE")))
    assert isinstance(outcome, Rejected) and outcome.taken
    other = read_create(answered(status, message("FNRCE0057E E_READ_ONLY")))
    assert isinstance(other, Rejected) and not other.taken


@pytest.mark.parametrize("status", [400, 500])
def test_the_user_message_is_shown(status: int) -> None:
    """The server's own words reach the person, for refusals and doubts alike."""
    outcome = read_create(answered(status, message("FNRPA0000E The claim date is missing.")))
    text = outcome.refusals[0].text if isinstance(outcome, Rejected) else outcome.reason  # type: ignore[union-attr]
    assert "FNRPA0000E The claim date is missing." in text


@pytest.mark.parametrize(
    ("status", "document", "words"),
    [
        (404, {"code": "CWTBG0001E", "message": "The case type was not found."}, "was not found"),
        (403, {"error_number": "CWTBG0651E", "error_message": "The token is gone."}, "token is gone"),
        (401, {"code": "401", "message": "Who are you?"}, ""),
        (400, message("FNRPA9011E wrong type"), "wrong type"),
    ],
)
def test_the_shapes_of_v2_are_read(status: int, document: object, words: str) -> None:
    """v2 has three error bodies by status (facts §3.2): each one's words reach the person."""
    outcome = read_create(answered(status, document))
    said = outcome.refusals[0].text if isinstance(outcome, Rejected) else outcome.remedy  # type: ignore[union-attr]
    assert words in said


def test_a_wrapper_gives_way_to_what_it_wraps() -> None:
    """FNRPA0093E says only that something else was the cause: code and text are those of the inner one."""
    body = message("FNRPA0093E previous error", "com.x.E: FNRCE0057E: E_READ_ONLY: AUTO_X is read-only")
    outcome = read_create(answered(500, body))
    assert isinstance(outcome, Rejected)
    [refusal] = outcome.refusals
    assert refusal.code == "FNRCE0057E" and "E_READ_ONLY: AUTO_X" in refusal.text


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (message("FNRPA0000E new"), "FNRPA0000E"),
        (message("FNRCE0066E handler"), "FNRCE0066E"),
        (message("FNRPA0024E process engine"), None),
        (message("FNRCE0075E timed out"), None),
        (b"<html>", None),
    ],
)
def test_unknown_answers_carry_the_id_that_nobody_knows(body: object, code: str | None) -> None:
    """An id that comes back row after row ends the run, unless it only says that the server is not well."""
    outcome = read_create(answered(500, body))
    assert isinstance(outcome, Unknown) and outcome.code == code


def test_causes_are_shortened_and_free_of_host_names() -> None:
    """Exception texts are cut to their first line, hosts left out."""
    long = (
        "com.filenet.X at https://icm.example.com:9443/x failed on db1.intra.example.com:50000\nat java.lang"
    )
    assert shorten(long) == "X at (host) failed on (host)"
    assert shorten("10.0.3.7:9080 and icm.local:9443 at 21:50:36, 12.5 given") == (
        "(host) and (host) at 21:50:36, 12.5 given"
    )
    assert len(shorten("x" * 5000)) == 400


@pytest.mark.parametrize(
    "place",
    [
        "jdbc:db2://dbhost:50000/ICN",
        "corbaloc:iiop:was01:2809",
        "\\\\fs01\\cases$\\x",
        "[fe80::1:2]:9443",
        "2001:db8:0:0:0:0:2:1",
        "icmsrv01:9080",
        "was-node:9443",
        "icm.corp",
        "localhost:9080",
    ],
)
def test_no_place_is_shown(place: str) -> None:
    """Addresses of any kind, names with and without a domain, and shares are left out of causes."""
    assert shorten(f"no way to {place} now").removeprefix("no way to ").removeprefix("jdbc:") == "(host) now"


@pytest.mark.parametrize(
    "text",
    [
        "AUTO_X Length:4000 given, 128 allowed",
        "at 5/2/24 8:00:00:123 CEST",
        "FNRCE0043E: E_NOT_UNIQUE AUTO_X",
    ],
)
def test_what_is_no_place_stays(text: str) -> None:
    """Lengths, times and ids are what a person needs."""
    assert shorten(text) == text
