"""What CASEREST's answers mean, row by row (facts: ibm-case-manager.md §2, §3, §9)."""

import json

import pytest

from importer.model.outcome import Again, Created, Rejected, RowOutcome, Stop, Unknown
from importer.targets.ibm.answers import read_create, shorten
from importer.transport.delivery import Answered

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


@pytest.mark.parametrize("status", [400, 500])
def test_the_user_message_is_shown(status: int) -> None:
    """The server's own words reach the person, for refusals and doubts alike."""
    outcome = read_create(answered(status, message("FNRPA0000E The claim date is missing.")))
    text = outcome.refusals[0].text if isinstance(outcome, Rejected) else outcome.reason  # type: ignore[union-attr]
    assert "FNRPA0000E The claim date is missing." in text


def test_causes_are_shortened_and_free_of_host_names() -> None:
    """Exception texts are cut to their first line, hosts left out."""
    long = (
        "com.filenet.X at https://icm.example.com:9443/x failed on db1.intra.example.com:50000\nat java.lang"
    )
    assert shorten(long) == "com.filenet.X at (host) failed on (host)"
    assert len(shorten("x" * 5000)) == 400
