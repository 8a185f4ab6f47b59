"""Signing in to IBM: requests, refusals, sign-in pages, and the search beside it."""

import base64
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import parse_qs

import pytest

from importer.model.errors import Exit, TargetError
from importer.model.secret import Secret
from importer.settings import Credentials, simulator_connection
from importer.targets.ibm.channel import SEARCH_SIGN_IN, SearchSignIn
from importer.targets.ibm.csrf import CSRF, CsrfSignIn, XsrfSignIn
from importer.targets.ibm.signin import BasicSignIn, LtpaSignIn, token_url
from importer.targets.ibm.signin_answers import is_over, is_sign_in_page
from importer.targets.ibm.zen import ZenApiKeySignIn, ZenSignIn
from importer.transport import Answered, NotSent
from tests.transport.scripted import Script, answered

BASE = "https://icm.example.com/CaseManager/CASEREST/v1"
FORM = "https://icm.example.com/CaseManager/j_security_check"
TOKEN = "https://icm.example.com/CaseManager/CASEREST/v2/system/login"
WHO = Credentials(username="ann", password=Secret("pä:ss&="), api_key=Secret("k:1"))


class Hosts(Script):
    """A script that also keeps to whom each request went; empty: to the address of the sign-in."""

    def __init__(self, steps):
        super().__init__(steps)
        self.hosts = []

    async def send(self, request, base_url=""):
        self.hosts.append(base_url)
        return await super().send(request)


def cookie(value: str, status: int = 302) -> Answered:
    return Answered(status, {"Set-Cookie": value, "Location": "/CaseManager/"}, b"")


async def refused(sign_in, *steps):
    with pytest.raises(TargetError) as caught:
        await sign_in.sign_in(Hosts(steps).send)
    assert "pä:ss" not in f"{caught.value}{caught.value.remedy}" and caught.value.remedy
    return caught.value


async def test_the_form_of_ltpa():
    """User and password as a form, to the server of the form; the cookie is kept by the server's jar."""
    sender = Hosts([cookie("LtpaToken2=AbC+/=; Path=/; Secure; HttpOnly")])
    session = await LtpaSignIn(BASE, FORM, "LtpaToken2", WHO, 7200).sign_in(sender.send)
    request = sender.requests[0]
    assert (request.method, request.path, sender.hosts) == (
        "POST",
        "/CaseManager/j_security_check",
        ["https://icm.example.com"],
    )
    assert parse_qs(request.body.decode()) == {"j_username": ["ann"], "j_password": ["pä:ss&="]}
    assert (session.base_url, session.headers, session.user, session.life) == (BASE, {}, "ann", 7200)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answered(302, {"Location": "/error.jsp"}, b""), "no cookie LtpaToken2 came"),
        (Answered(200, {}, b"<html>again</html>"), "no cookie LtpaToken2 came"),
        (cookie("JSESSIONID=1"), "no cookie LtpaToken2 came"),
        (cookie("LtpaToken2=; Max-Age=0"), "no cookie LtpaToken2 came"),
        (cookie('LtpaToken2=""; Max-Age=0'), "no cookie LtpaToken2 came"),
        (cookie("OtherLtpaToken2=1"), "no cookie LtpaToken2 came"),
        (answered(404), "there is no sign-in form"),
    ],
)
async def test_a_form_that_is_not_accepted(answer, said):
    """Only the cookie proves it: a redirect comes either way."""
    error = await refused(LtpaSignIn(BASE, FORM, "LtpaToken2", WHO, 7200), answer)
    assert error.code == "SIGN_IN_REFUSED" and said in error.message and error.exit == Exit.CANNOT_RUN


async def test_zen_exchanges_the_identity_token():
    """The password goes to the identity provider, its token to Zen, and Zen's token to CASEREST."""
    sender = Hosts([answered(200, {"access_token": "iam-1"}), answered(200, {"accessToken": "zen-1"})])
    sign_in = ZenSignIn(BASE, "https://iam.example.com", "https://cpd.example.com", WHO, None)
    session = await sign_in.sign_in(sender.send)
    first, second = sender.requests
    assert sender.hosts == ["https://iam.example.com", "https://cpd.example.com"]
    assert first.path == "/idprovider/v1/auth/identitytoken"
    form = {"grant_type": ["password"], "username": ["ann"], "password": ["pä:ss&="], "scope": ["openid"]}
    assert parse_qs(first.body.decode()) == form
    assert (second.method, second.path) == ("GET", "/v1/preauth/validateAuth")
    assert (second.headers["username"], second.headers["iam-token"]) == ("ann", "iam-1")
    assert session.headers == {"Authorization": Secret("Bearer zen-1")} and session.life == 1800


@pytest.mark.parametrize(
    ("steps", "said", "remedy"),
    [
        ([answered(400, {"error": "invalid_grant"})], "iam.example.com refuses", "username and password"),
        ([answered(401)], "iam.example.com refuses", "username and password"),
        ([answered(404)], "404 without access_token", "iam_url"),
        ([Answered(200, {"content-type": "text/html"}, b"<p>")], "a sign-in page", "iam_url"),
        ([Answered(302, {"location": "/oidc/x"}, b"")], "a sign-in page", "iam_url"),
        ([answered(200, {"access_token": "a\r\nb"})], "without access_token", "iam_url"),
        ([answered(200, {"access_token": "i"}), answered(401)], "cpd.example.com refuses", "belong together"),
        ([answered(200, {"access_token": "i"}), answered(200, {})], "without accessToken", "zen_url"),
    ],
)
async def test_zen_refusals(steps, said, remedy):
    """Which of the two refuses, and which setting to look at."""
    sign_in = ZenSignIn(BASE, "https://iam.example.com", "https://cpd.example.com", WHO, None)
    error = await refused(sign_in, *steps)
    assert said in error.message and remedy in error.remedy and error.exit == Exit.CANNOT_RUN


@pytest.mark.parametrize("name", ["a\nb", "jürg"])
async def test_names_that_cannot_stand_in_a_header(name):
    """Zen's exchange takes the user in a header: told before anything is sent."""
    who = Credentials(username=name, password=Secret("p"))
    sender = Hosts([])
    with pytest.raises(TargetError, match="header"):
        await ZenSignIn(BASE, BASE, BASE, who, None).sign_in(sender.send)
    assert not sender.requests


async def test_an_api_key():
    """ZenApiKey with user and key in base64; no request of its own."""
    session = await ZenApiKeySignIn(BASE, WHO).sign_in(Hosts([]).send)
    header = session.headers["Authorization"].reveal()
    assert header == f"ZenApiKey {base64.b64encode(b'ann:k:1').decode()}"


async def test_the_token_goes_with_every_call_beside_any_sign_in():
    """It is fetched with the headers of the sign-in; the shorter life counts."""
    steps = [cookie("LtpaToken2=x"), answered(201, {"csrf_token": "t", "expiration": 7200})]
    sender = Hosts(steps)
    sign_in = CsrfSignIn(LtpaSignIn(BASE, FORM, "LtpaToken2", WHO, 600), TOKEN)
    session = await sign_in.sign_in(sender.send)
    assert session.headers == {CSRF: Secret("t")} and session.life == 600 and sign_in.base_url == BASE
    assert sender.requests[1].path == "/CaseManager/CASEREST/v2/system/login"
    sender = Hosts(steps[1:])
    session = await CsrfSignIn(BasicSignIn(BASE, WHO), TOKEN).sign_in(sender.send)
    assert set(session.headers) == {"Authorization", CSRF} and session.life == 7200
    assert sender.requests[0].headers["Authorization"].startswith("Basic ")


@pytest.mark.parametrize(
    ("answer", "remedy", "exit_code"),
    [
        (answered(401), "user and password", Exit.CANNOT_RUN),
        (answered(403), "rights", Exit.CANNOT_RUN),
        (answered(404), "csrf_url", Exit.CANNOT_RUN),
        (Answered(200, {}, b"<html>"), "another way in", Exit.CANNOT_RUN),
        (Answered(302, {"Location": "/adfs/ls"}, b""), "another way in", Exit.CANNOT_RUN),
        (Answered(302, {"Location": "/elsewhere"}, b""), "csrf_url", Exit.CANNOT_RUN),
        (answered(200, {"csrf_token": ""}), "csrf_url", Exit.CANNOT_RUN),
        (answered(503), "", Exit.LATER),
        (NotSent("away"), "", Exit.LATER),
    ],
)
async def test_no_token_is_to_be_had(answer, remedy, exit_code):
    """For v1 it ends the command; for a search the rows stay open, where it is not passing."""
    error = await refused(CsrfSignIn(BasicSignIn(BASE, WHO), TOKEN), answer)
    assert remedy in error.remedy and error.exit == exit_code
    searching = await refused(SearchSignIn(CsrfSignIn(BasicSignIn(BASE, WHO), TOKEN)), answer)
    assert (searching.code == SEARCH_SIGN_IN) is (exit_code == Exit.CANNOT_RUN)


@pytest.mark.parametrize(
    ("base_url", "csrf_url", "found"),
    [
        (BASE, "", TOKEN),
        (TOKEN.removesuffix("/system/login"), "", TOKEN),
        (BASE.removesuffix("/v1"), "", TOKEN),
        (BASE, "https://icm.example.com/bpm/system/login", "https://icm.example.com/bpm/system/login"),
        ("https://other.example.com/x/v2", TOKEN, "https://other.example.com/x/v2/system/login"),
    ],
)
def test_where_the_token_comes_from(base_url, csrf_url, found):
    """v2 of the same server, or the address that the connection names, for its own server only."""
    settings = replace(simulator_connection("ibm-case-manager", "http://127.0.0.1:1"), csrf_url=csrf_url)
    assert token_url(settings, base_url) == found


async def test_the_pair_of_graphql_beside_any_sign_in():
    """One token of our own making, as header and as cookie, whatever the sign-in is."""
    session = await XsrfSignIn(ZenApiKeySignIn(BASE, WHO)).sign_in(Hosts([]).send)
    token = session.headers["ECM-CS-XSRF-Token"].reveal()
    assert session.headers["Cookie"].reveal() == f"ECM-CS-XSRF-Token={token}"
    assert "Authorization" in session.headers


@pytest.mark.parametrize(
    ("status", "headers", "body", "page"),
    [
        (302, {"Location": "/CaseManager/login.jsp"}, b"", True),
        (302, {"location": "https://cpd.example.com/oidc/endpoint"}, b"", True),
        (303, {"location": "https://idp.example.com/adfs/ls"}, b"", True),
        (302, {"Location": "https://icm.example.com/CaseManager/CASEREST/v1/cases/"}, b"", False),
        (302, {}, b"", False),
        (200, {"Content-Type": "text/html;charset=UTF-8"}, b"anything", True),
        (200, {}, b"\n <!DOCTYPE html><title>Sign in</title>", True),
        (201, {}, b"<HTML>", True),
        (200, {"Content-Type": "application/json"}, b'{"a": "<html>"}', False),
        (200, {}, b"", False),
        (404, {"Content-Type": "text/html"}, b"<html>", False),
        (500, {"Content-Type": "text/html"}, b"<html>", False),
    ],
)
def test_what_a_sign_in_page_looks_like(status: int, headers: Mapping[str, str], body: bytes, page: bool):
    """A redirect to one, or HTML with success; errors in HTML are errors."""
    answer = Answered(status, headers, body)
    assert is_sign_in_page(answer) is page and is_over(answer) is page
    assert is_over(Answered(401, {}, b""))


def test_a_dead_token_is_over_and_a_missing_right_is_not():
    """403 counts only with the message id of the token."""
    sign_in = CsrfSignIn(BasicSignIn(BASE, WHO), TOKEN)
    assert sign_in.expired(answered(403, {"error_number": "CWTBG0651E"}))
    assert not sign_in.expired(answered(403, {"error_number": "CWTBG0001E"}))
    assert sign_in.expired(answered(401)) and not BasicSignIn(BASE, WHO).expired(answered(403))
