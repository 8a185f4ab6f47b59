"""The requests and responses of the two origin documents, value by value."""

import base64
import datetime as dt
import json
from decimal import Decimal
from urllib.parse import parse_qs

import pytest

from importer.model.draft import Draft
from importer.model.errors import TargetError
from importer.model.outcome import Created
from importer.model.secret import Secret
from importer.settings import Credentials
from importer.targets.ibm.answers import read_create as read_ibm
from importer.targets.ibm.encode import CreateOptions
from importer.targets.ibm.signin import BasicSignIn
from importer.targets.ibm.single import SinglePath as IbmPath
from importer.targets.salesforce.signin import TokenSignIn
from importer.targets.salesforce.single import SinglePath as SalesforcePath
from importer.transport.delivery import Answered, Delivery, Request

ANSWER_1 = {
    "access_token": "XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX",
    "instance_url": "https://yourdomain.my.salesforce.com",
    "id": "https://login.salesforce.com/id/XXXXXXXXXXXXXXXXXX/XXXXXXXXXXXXXXXXXX",
    "token_type": "Bearer",
    "issued_at": "1454735969118",
    "signature": "XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX=",
}


class Scripted:
    """A sender that answers from a script and keeps what it was asked."""

    def __init__(self, *answers: Delivery) -> None:
        self.answers = list(answers)
        self.requests: list[Request] = []

    async def send(self, request: Request) -> Delivery:
        self.requests.append(request)
        return self.answers.pop(0)


def answered(status: int, document: object) -> Answered:
    return Answered(status, {"Content-Type": "application/json"}, json.dumps(document).encode())


async def no_note(_ticket: object) -> None: ...


async def test_salesforce_token_request_and_response() -> None:
    """Document 1, steps 1 and 2: the form of the username-password flow, and what is taken from the answer."""
    credentials = Credentials(
        username="testuser@salesforce.com",
        password=Secret("mypassword123456"),
        client_id="3MVG9lKcPoNINVBIPJjdw1J9LLM82HnFVVX19KY1uA5mu0QqEWhqKpoW3svG3XHrXDiCQjK1mdgAvhCscA9GE",
        client_secret=Secret("1955279925675241571"),
        security_token=Secret("fgshjdfsdljfhsdhfsdfs"),
    )
    sign_in = TokenSignIn("https://login.salesforce.com", "password", credentials)
    sender = Scripted(answered(200, ANSWER_1))
    session = await sign_in.sign_in(sender.send)
    request = sender.requests[0]
    assert (request.method, request.path) == ("POST", "/services/oauth2/token")
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert parse_qs((request.body or b"").decode()) == {
        "grant_type": ["password"],
        "client_id": [credentials.client_id],
        "client_secret": ["1955279925675241571"],
        "username": ["testuser@salesforce.com"],
        "password": ["mypassword123456fgshjdfsdljfhsdhfsdfs"],
    }
    assert b"username=testuser%40salesforce.com" in (request.body or b"")
    assert session.base_url == "https://yourdomain.my.salesforce.com"
    assert session.headers["Authorization"] == Secret(f"Bearer {ANSWER_1['access_token']}")
    assert ANSWER_1["access_token"] not in repr(session)


async def test_salesforce_client_credentials_request() -> None:
    """The other grant of this version: no user, no password."""
    sign_in = TokenSignIn(
        "https://x.my.salesforce.com",
        "client-credentials",
        Credentials(client_id="c", client_secret=Secret("s")),
    )
    sender = Scripted(answered(200, ANSWER_1))
    await sign_in.sign_in(sender.send)
    assert parse_qs((sender.requests[0].body or b"").decode()) == {
        "grant_type": ["client_credentials"],
        "client_id": ["c"],
        "client_secret": ["s"],
    }


@pytest.mark.parametrize(
    ("error", "description", "remedy"),
    [
        ("invalid_grant", "authentication failure", "Summer '23"),
        ("invalid_grant", "request not supported on this domain", "MyDomain"),
        ("invalid_client_id", "client identifier invalid", "client_id"),
        ("invalid_client", "invalid client credentials", "client_secret"),
        ("something_new", "of tomorrow", "login_url"),
    ],
)
async def test_salesforce_sign_in_errors_say_what_to_do(error: str, description: str, remedy: str) -> None:
    """Each token error is answered with a remedy (facts: salesforce.md §1)."""
    sign_in = TokenSignIn("https://login.salesforce.com", "password", Credentials())
    sender = Scripted(answered(400, {"error": error, "error_description": description}))
    with pytest.raises(TargetError, match=f"{error}: {description}") as caught:
        await sign_in.sign_in(sender.send)
    assert remedy in caught.value.remedy and caught.value.exit == 1


async def test_salesforce_create_request_and_response() -> None:
    """Document 1, step 3: the create call, and 201 with the id."""
    sender = Scripted(answered(201, {"id": "a002800000PA0AzAAL", "success": True, "errors": []}))
    path = SalesforcePath(sender, "Case", "42.0", None, {})
    draft = Draft(2, {"Subject": "subject goes here"})
    outcomes = list((await path.deliver([draft], no_note)).items())
    request = sender.requests[0]
    assert (request.method, request.path) == ("POST", "/services/data/v42.0/sobjects/Case")
    assert request.headers["Content-Type"] == "application/json"
    assert json.loads(request.body or b"") == {"Subject": "subject goes here"}
    assert request.headers["Sforce-Auto-Assign"] == "FALSE", "assignment rules are off by default"
    assert outcomes == [(2, Created("a002800000PA0AzAAL"))]


async def test_ibm_create_request_and_response() -> None:
    """Document 2: the example request and response (its JSON has trailing commas; the meaning counts)."""
    sender = Scripted(
        answered(
            201,
            {
                "CaseTitle": "DH2_MyCase_000000100402",
                "CaseIdentifier": "DH2_MyCase_000000100402",
                "CaseFolderId": "{A42BE8EB-848F-4CBD-B2F7-64FAF2CE7081}",
            },
        )
    )
    path = IbmPath(sender, CreateOptions("AUTO_CollisionClaim", "ATOSME"))
    draft = Draft(
        2,
        {"AUTO_ClaimDate": dt.datetime(2010, 7, 16, 21, 50, 36, tzinfo=dt.UTC), "AUTO_ClaimStatus": "0"},
    )
    outcomes = list((await path.deliver([draft], no_note)).items())
    request = sender.requests[0]
    assert (request.method, request.path) == ("POST", "/v1/cases")
    assert request.headers["Content-Type"] == "application/json"
    assert json.loads(request.body or b"") == {
        "CaseType": "AUTO_CollisionClaim",
        "TargetObjectStore": "ATOSME",
        "ReturnUpdates": False,
        "Properties": [
            {"SymbolicName": "AUTO_ClaimDate", "Value": "2010-07-16T21:50:36Z"},
            {"SymbolicName": "AUTO_ClaimStatus", "Value": "0"},
        ],
    }
    assert outcomes == [(2, Created("{A42BE8EB-848F-4CBD-B2F7-64FAF2CE7081}", "DH2_MyCase_000000100402"))]


async def test_ibm_create_with_every_parameter() -> None:
    """Document 2, table 1: ReturnUpdates, ExternalDataIdentifier and ClientContext (an object) as given."""
    sender = Scripted(answered(201, {"CaseFolderId": "{A}"}))
    path = IbmPath(sender, CreateOptions("T", "S", return_updates=True, external_data_identifier="state-1"))
    draft = Draft(2, {"A": None, "B": (1, 2)}, {"client_context": {"caller": "Web"}})
    await path.deliver([draft], no_note)
    assert json.loads(sender.requests[0].body or b"") == {
        "CaseType": "T",
        "TargetObjectStore": "S",
        "ReturnUpdates": True,
        "ExternalDataIdentifier": "state-1",
        "Properties": [{"SymbolicName": "A", "Value": None}, {"SymbolicName": "B", "Value": [1, 2]}],
        "ClientContext": {"caller": "Web"},
    }


async def test_ibm_create_of_v2() -> None:
    """The origin's example in the form of v2 (facts §2.3): three keys, values under Data."""
    sender = Scripted(answered(201, {"CaseIdentifier": "X_1", "CaseFolderId": "{A}", "CaseTitle": "X_1"}))
    options = CreateOptions("AUTO_CollisionClaim", "ATOSME", version="v2")
    draft = Draft(
        2, {"AUTO_ClaimDate": dt.datetime(2010, 7, 16, 21, 50, 36, tzinfo=dt.UTC), "AUTO_Parts": ("FB",)}
    )
    outcomes = list((await IbmPath(sender, options).deliver([draft], no_note)).items())
    assert (sender.requests[0].method, sender.requests[0].path) == ("POST", "/v2/case")
    assert json.loads(sender.requests[0].body or b"") == {
        "TargetObjectStore": "ATOSME",
        "CaseType": "AUTO_CollisionClaim",
        "CaseProperties": [
            {"SymbolicName": "AUTO_ClaimDate", "Data": {"Value": "2010-07-16T21:50:36Z"}},
            {"SymbolicName": "AUTO_Parts", "Data": {"Value": ["FB"]}},
        ],
    }
    assert outcomes == [(2, Created("{A}", "X_1"))]


@pytest.mark.parametrize(("status", "name"), [(400, "Rejected"), (404, "Stop"), (500, "Unknown")])
def test_ibm_response_codes(status: int, name: str) -> None:
    """Document 2, table 2: 400, 404 and 500, the last with userMessage."""
    body = {"userMessage": {"text": "FNRPA0000E words", "uniqueId": "FNRPA0000E"}}
    assert type(read_ibm(answered(status, body))).__name__ == name


async def test_ibm_refusals_are_logged_without_the_rows_values(caplog: pytest.LogCaptureFixture) -> None:
    """At debug level, whole, with the names of the properties in place of their values (promise P7)."""
    caplog.set_level("DEBUG", "importer.targets.ibm")
    causes = ["com.ibm.E: value Zebrafink of A at icm.example.com\n at com.ibm.Line(1)", "9 of B, 12.5 of B"]
    body = {"UserMessage": {"Text": "Bad 2024-05-02T08:00:00Z"}, "UnderlyingDetails": {"Causes": causes}}
    path = IbmPath(Scripted(answered(400, body)), CreateOptions("T", "S"))
    when = dt.datetime(2024, 5, 2, 8, tzinfo=dt.UTC)
    draft = Draft(7, {"A": "Zebrafink", "B": (9, Decimal("12.5")), "C": when})
    await path.deliver([draft], no_note)
    assert "row 7, HTTP 400: Bad ⟦C⟧" in caplog.text and "com.ibm.Line(1)" in caplog.text
    assert "Zebrafink" not in caplog.text and "12.5" not in caplog.text


async def test_ibm_basic_sign_in() -> None:
    """Basic authentication in UTF-8, the password not shown anywhere."""
    sign_in = BasicSignIn("https://h/CASEREST/v1", Credentials(username="jürg", password=Secret("pä:ss")))
    session = await sign_in.sign_in(Scripted().send)
    header = session.headers["Authorization"]
    assert isinstance(header, Secret)
    assert base64.b64decode(header.reveal().removeprefix("Basic ")).decode() == "jürg:pä:ss"
    assert "pä" not in repr(session)
