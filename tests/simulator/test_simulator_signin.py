"""Sign-in to both systems."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import jwt
import pytest
from simulator_client import BASIC, CASES, DATA, LOGIN, Client, Start

from importer.simulator import SimulatorError
from tests.keys import certificate_pem, public_pem, rsa_key


async def test_the_token_reply_has_the_recorded_shape(client: Client) -> None:
    """A 00D…! token, a string of milliseconds, our own address, and no expires_in."""
    status, content = await client.sign_in()
    assert status == 200
    assert set(content) == {
        *("access_token", "instance_url", "id", "token_type", "issued_at", "signature", "scope"),
    }
    assert content["access_token"].startswith("00D")
    assert "!" in content["access_token"]
    assert abs(int(content["issued_at"]) / 1000 - time.time()) < 60
    assert content["instance_url"] == client.running.url


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "magic"}, "unsupported_grant_type"),
        ({"client_id": ""}, "invalid_client_id"),
        ({"client_secret": ""}, "invalid_client"),
        ({"password": "wrong"}, "invalid_grant"),
        ({"username": "wrong"}, "invalid_grant"),
        ({"grant_type": "client_credentials", "client_id": "app"}, "invalid_client_id"),
        ({"grant_type": "client_credentials", "client_id": "u", "client_secret": "x"}, "invalid_client"),
    ],
)
async def test_a_wrong_sign_in_is_refused_with_oauths_error(
    start: Start, form: dict[str, str], error: str
) -> None:
    """400 with the error of the documents, when the simulator knows one user only."""
    client = await start(credentials=("u", "p"))
    status, content = await client.sign_in(**form)
    assert (status, content["error"]) == (400, error)
    assert content["error_description"]


async def test_the_right_credentials_are_taken(start: Start) -> None:
    """Both flows sign in with the one user that is known."""
    client = await start(credentials=("u", "p"))
    assert (await client.sign_in())[0] == 200
    flow = {"grant_type": "client_credentials", "client_id": "u", "client_secret": "p"}
    assert (await client.sign_in(**flow))[0] == 200


async def test_client_credentials_may_come_by_basic(start: Start) -> None:
    """Consumer key and secret are taken from the Authorization header too."""
    client = await start(credentials=("u", "p"))
    headers, form = {"Authorization": "Basic dTpw"}, {"grant_type": "client_credentials"}
    url = client.url("/services/oauth2/token")
    async with client.session.post(url, data=form, headers=headers) as answer:
        assert answer.status == 200


async def test_the_password_flow_can_be_off(start: Start) -> None:
    """An org of today refuses it as if the password were wrong."""
    client = await start("password_flow=off")
    assert await client.sign_in() == (
        400,
        {"error": "invalid_grant", "error_description": "authentication failure"},
    )


@pytest.mark.parametrize(
    ("changed", "description"),
    [({}, None), ({"exp": 1}, "expired authorization code"), ({"aud": "https://x.y"}, "audience is invalid")],
)
async def test_jwt_claims_are_checked(
    client: Client, changed: dict[str, Any], description: str | None
) -> None:
    """Audience and expiry count; without a key the signature is not checked."""
    claims = {
        "iss": "app",
        "sub": "u",
        "aud": "https://test.salesforce.com",
        "exp": time.time() + 180,
    } | changed
    parts = [json.dumps(part).encode() for part in ({"alg": "RS256"}, claims)]
    assertion = ".".join([*(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts), "c2ln"])
    flow = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}
    status, content = await client.sign_in(**flow)
    assert status == (400 if description else 200)
    assert content.get("error_description") == description


JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def claims(**changed: Any) -> dict[str, Any]:
    return {
        "iss": "app",
        "sub": "u",
        "aud": "https://test.salesforce.com",
        "exp": time.time() + 180,
    } | changed


@pytest.mark.parametrize("form", ["key", "certificate"])
async def test_jwt_signatures_are_checked_against_a_key(start: Start, form: str) -> None:
    """With a public key or a certificate, what another key has signed is refused, and what was changed."""
    own, other = rsa_key(), rsa_key()
    public = public_pem(own) if form == "key" else certificate_pem(own)
    client = await start(jwt_key=public)
    signed = jwt.encode(claims(), own, algorithm="RS256")
    head, body, signature = signed.split(".")
    more = base64.urlsafe_b64encode(json.dumps(claims(sub="root")).encode()).decode().rstrip("=")
    assert (await client.sign_in(grant_type=JWT_GRANT, assertion=signed))[0] == 200
    for wrong in (
        jwt.encode(claims(), other, algorithm="RS256"),
        f"{head}.{more}.{signature}",
        f"{head}.{body}.{signature[:-8]}AAAAAAAA",
        f"{head}.{body}.AAAA",
    ):
        status, content = await client.sign_in(grant_type=JWT_GRANT, assertion=wrong)
        assert (status, content["error_description"]) == (400, "invalid assertion")


@pytest.mark.parametrize(
    "text", ["", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "-----BEGIN PRIVATE KEY-----"]
)
async def test_a_file_without_a_public_key_is_refused(start: Start, text: str) -> None:
    """The simulator does not start with a key that it cannot read."""
    with pytest.raises(SimulatorError, match="no RSA public key"):
        await start(jwt_key=text)


async def test_the_refresh_flow(start: Start) -> None:
    """The same shape as a token reply, without a new refresh token; a revoked one is refused as recorded."""
    client = await start(credentials=("u", "p"))
    flow = {"grant_type": "refresh_token", "client_secret": "", "username": "", "password": ""}
    status, content = await client.sign_in(**flow, refresh_token="p")
    assert status == 200 and "refresh_token" not in content
    assert (await client.sign_in(**flow, refresh_token="p", client_id=""))[1]["error"] == "invalid_client_id"
    expired = {"error": "invalid_grant", "error_description": "expired access/refresh token"}
    assert await client.sign_in(**flow, refresh_token="old") == (400, expired)
    await client.admin("POST", "faults", {"spec": "refresh_tokens=off"})
    assert await client.sign_in(**flow, refresh_token="p") == (400, expired)


async def test_an_app_without_a_user_to_run_as(start: Start) -> None:
    """Client credentials are refused with the words of the documents."""
    client = await start("run_as_user=off")
    status, content = await client.sign_in(grant_type="client_credentials")
    assert (status, content["error_description"]) == (400, "no client credentials user enabled")


async def test_a_session_without_the_rest_api(start: Start) -> None:
    """A 401 that signing in again does not change."""
    client = await start("rest_sessions=off")
    for _ in range(2):
        await client.sign_in()
        status, errors = await client.salesforce("GET", "/limits")
        assert status == 401 and "not valid for use with the REST API" in errors[0]["message"]


async def test_userinfo_can_be_closed(start: Start) -> None:
    """Who has signed in is told, unless tokens may not ask."""
    client = await start()
    await client.sign_in()
    headers = {"Authorization": f"Bearer {client.token}"}
    url = client.url("/services/oauth2/userinfo")
    async with client.session.get(url, headers=headers) as answer:
        assert (await answer.json())["preferred_username"] == "importer@example.com"
    await client.admin("POST", "faults", {"spec": "userinfo=off"})
    async with client.session.get(url, headers=headers) as answer:
        assert answer.status == 403


@pytest.mark.parametrize("header", [None, "Bearer nonsense", "Basic aWNtOnNlY3JldA=="])
async def test_a_call_without_a_token_is_an_expired_session(client: Client, header: str | None) -> None:
    """401 with a list body, as recorded."""
    headers = {"Authorization": header} if header else {}
    async with client.session.get(client.url(DATA + "/limits"), headers=headers) as answer:
        assert answer.status == 401
        assert await answer.json() == [
            {"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}
        ]


async def test_versions_are_open_and_old_ones_are_gone(client: Client) -> None:
    """The list needs no token and has no limit header; 30.0 answers 410, an unknown one 404."""
    async with client.session.get(client.url("/services/data")) as answer:
        assert {each["version"]: each["label"] for each in await answer.json()}["67.0"] == "Summer '26"
        assert "Sforce-Limit-Info" not in answer.headers
    await client.sign_in()
    headers = {"Authorization": f"Bearer {client.token}"}
    for version, status in (("30.0", 410), ("99.0", 404), ("67", 404), ("40.0", 200)):
        url = client.url(f"/services/data/v{version}/limits")
        async with client.session.get(url, headers=headers) as answer:
            assert answer.status == status
            assert ("Warning" in answer.headers) == (version in {"40.0"})


async def test_a_session_ends_when_all_are_expired(client: Client) -> None:
    """The admin resource ends tokens; a new sign-in works."""
    await client.sign_in()
    await client.admin("POST", "expire")
    assert (await client.create({"Subject": "x"}))[0] == 401
    await client.sign_in()
    assert (await client.create({"Subject": "x"}))[0] == 201


async def test_userinfo_says_who_signed_in(client: Client) -> None:
    """The identity address of the token reply answers with user and org."""
    _, content = await client.sign_in()
    async with client.session.get(
        content["id"], headers={"Authorization": f"Bearer {client.token}"}
    ) as answer:
        shown = await answer.json()
    assert shown["preferred_username"] == "importer@example.com"
    assert content["id"].endswith(f"/id/{shown['organization_id']}/{shown['user_id']}")


async def test_ibm_takes_basic_and_then_its_cookie(client: Client) -> None:
    """The first answer brings LtpaToken2, which then suffices."""
    assert (await client.ibm("GET", "/info"))[0] == 200
    assert any(cookie.key == "LtpaToken2" for cookie in client.session.cookie_jar)
    assert (await client.ibm("GET", "/info", basic=False))[0] == 200


async def test_ibm_without_credentials_is_an_html_page(start: Start) -> None:
    """401 with WWW-Authenticate; wrong credentials likewise."""
    client = await start(credentials=("icm", "other"))
    for headers in ({}, {"Authorization": BASIC}):
        async with client.session.get(client.url(CASES + "/info"), headers=headers) as answer:
            assert answer.status == 401
            assert answer.headers["WWW-Authenticate"].startswith("Basic")
            assert answer.content_type == "text/html"


@pytest.mark.parametrize(("switch", "status"), [("401", 401), ("ignored", 200)])
async def test_an_expired_cookie_counts_before_basic(start: Start, switch: str, status: int) -> None:
    """By default a dead cookie is refused in spite of good credentials; a client must drop it."""
    client = await start(f"expired_cookie={switch}")
    assert (await client.ibm("GET", "/info"))[0] == 200
    await client.admin("POST", "expire")
    assert (await client.ibm("GET", "/info"))[0] == status
    client.session.cookie_jar.clear()
    assert (await client.ibm("GET", "/info"))[0] == 200


async def form(client: Client, user: str = "u", password: str = "p") -> tuple[int, str, bool]:
    """Send the form; give the status, where it leads, and whether the cookie came."""
    url, data = client.url("/CaseManager/j_security_check"), {"j_username": user, "j_password": password}
    async with client.session.post(url, data=data, allow_redirects=False) as answer:
        return answer.status, answer.headers["Location"], "LtpaToken2" in answer.cookies


async def test_ibm_form_gives_the_cookie(start: Start) -> None:
    """A redirect either way: only the cookie tells, and it suffices where Basic is not taken."""
    client = await start("basic=off", credentials=("u", "p"))
    assert await form(client, password="wrong") == (302, "/CaseManager/login_error.jsp", False)
    assert (await client.ibm("GET", "/info"))[0] == 401
    assert await form(client) == (302, "/CaseManager/", True)
    assert (await client.ibm("GET", "/info", basic=False))[0] == 200


async def test_ibm_zen_tokens_are_exchanged(start: Start) -> None:
    """IAM's token is exchanged for Zen's, for the user that it was given to; that one opens CASEREST."""
    client = await start("basic=off", credentials=("u", "p"))
    iam = client.url("/idprovider/v1/auth/identitytoken")
    data = {"grant_type": "password", "username": "u", "password": "p", "scope": "openid"}
    for wrong in ({"password": "x"}, {"scope": ""}, {"grant_type": "magic"}):
        async with client.session.post(iam, data=data | wrong) as answer:
            assert answer.status == 400
    async with client.session.post(iam, data=data) as answer:
        token = (await answer.json())["access_token"]
    zen = client.url("/v1/preauth/validateAuth")
    for user, sent in (("other", token), ("u", "x"), ("u", "")):
        async with client.session.get(zen, headers={"username": user, "iam-token": sent}) as answer:
            assert answer.status == 401
    async with client.session.get(zen, headers={"username": "u", "iam-token": token}) as answer:
        access = (await answer.json())["accessToken"]
    for sent, status in ((token, 401), (access, 200)):
        headers = {"Authorization": f"Bearer {sent}"}
        async with client.session.get(client.url(CASES + "/info"), headers=headers) as answer:
            assert answer.status == status


async def test_ibm_api_keys(start: Start) -> None:
    """ZenApiKey with user and key."""
    client = await start(credentials=("u", "p"))
    for pair, status in ((b"u:wrong", 401), (b"u:p", 200)):
        headers = {"Authorization": f"ZenApiKey {base64.b64encode(pair).decode()}"}
        async with client.session.get(client.url(CASES + "/info"), headers=headers) as answer:
            assert answer.status == status


@pytest.mark.parametrize(("switch", "status"), [("redirect", 302), ("page", 200)])
async def test_ibm_sign_in_pages(start: Start, switch: str, status: int) -> None:
    """A server behind a form leads to it, or shows it, in the place of an answer."""
    client = await start(f"ibm_signin={switch}")
    async with client.session.get(client.url(CASES + "/info"), allow_redirects=False) as answer:
        assert answer.status == status
        assert answer.headers.get("Location", "login") and "json" not in answer.content_type


async def test_ibm_v1_may_want_the_token(start: Start) -> None:
    """Under csrf_v1 a call of v1 without BPMCSRFToken is 403, with it it is taken."""
    client = await start("csrf_v1=on")
    assert (await client.ibm("GET", "/info"))[0] == 403
    login = client.url("/CaseManager/CASEREST/v2/system/login")
    async with client.session.post(
        login, json={"refresh_groups": False}, headers={"Authorization": BASIC}
    ) as answer:
        token = (await answer.json())["csrf_token"]
    headers = {"Authorization": BASIC, "BPMCSRFToken": token}
    async with client.session.get(client.url(CASES + "/info"), headers=headers) as answer:
        assert answer.status == 200


def test_the_login_of_these_tests_names_no_real_host() -> None:
    """Nothing here leaves this machine."""
    assert set(LOGIN) == {"grant_type", "client_id", "client_secret", "username", "password"}
