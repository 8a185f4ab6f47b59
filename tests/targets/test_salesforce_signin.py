"""Signing in to Salesforce: requests, refusals, and where a token may go."""

import json
import time
from urllib.parse import parse_qs

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from importer.model.errors import Exit, TargetError
from importer.model.secret import Secret
from importer.settings import Credentials
from importer.targets.salesforce.assertion import audience_of, sign
from importer.targets.salesforce.hosts import instance_of
from importer.targets.salesforce.sf_cli import read_output
from importer.targets.salesforce.signin import JWT_BEARER, TokenSignIn
from importer.targets.salesforce.token_errors import REMEDIES
from importer.transport import MaybeDelivered, NotSent
from tests.keys import certificate_pem, private_pem, public_pem, rsa_key
from tests.transport.scripted import Script, answered

LOGIN = "https://login.salesforce.com"
GIVEN = {"access_token": "00Dx!t", "instance_url": "https://acme.my.salesforce.com"}


def credentials(**more):
    return Credentials(
        username="u@example.com", client_id="3MVG", private_key=Secret(private_pem(rsa_key(0))), **more
    )


async def test_the_assertion_of_the_jwt_flow():
    """RS256 over the claims of the documents; the form holds nothing but the assertion."""
    sender = Script([answered(200, GIVEN)])
    session = await TokenSignIn(LOGIN, "jwt-bearer", credentials()).sign_in(sender.send)
    form = parse_qs(sender.requests[0].body.decode())
    assert set(form) == {"grant_type", "assertion"} and form["grant_type"] == [JWT_BEARER]
    [assertion] = form["assertion"]
    assert jwt.get_unverified_header(assertion)["alg"] == "RS256"
    claims = jwt.decode(assertion, public_pem(rsa_key(0)), algorithms=["RS256"], audience=LOGIN)
    assert (claims["iss"], claims["sub"]) == ("3MVG", "u@example.com")
    assert 120 < claims["exp"] - time.time() <= 180
    assert session.base_url == "https://acme.my.salesforce.com" and session.user == "u@example.com"


@pytest.mark.parametrize(("secret", "sent"), [(None, set()), (Secret("s"), {"client_secret"})])
async def test_the_form_of_a_refresh(secret, sent):
    """The secret is sent where the app has one, and not as an empty field where it has none."""
    found = Credentials(client_id="c", client_secret=secret, refresh_token=Secret("r+/="))
    sender = Script([answered(200, GIVEN)])
    await TokenSignIn(LOGIN, "refresh-token", found).sign_in(sender.send)
    form = parse_qs(sender.requests[0].body.decode(), keep_blank_values=True)
    assert set(form) == {"grant_type", "client_id", "refresh_token"} | sent
    assert form["refresh_token"] == ["r+/="]


@pytest.mark.parametrize(
    ("login_url", "audience"),
    [
        ("https://login.salesforce.com", LOGIN),
        ("https://test.salesforce.com", "https://test.salesforce.com"),
        ("https://acme.my.salesforce.com", LOGIN),
        ("https://acme--uat.sandbox.my.salesforce.com", "https://test.salesforce.com"),
        ("https://acme--uat.my.salesforce.com", "https://test.salesforce.com"),
        ("https://flow-ability-1.scratch.my.salesforce.com", "https://test.salesforce.com"),
        ("https://acme-dev-ed.develop.my.salesforce.com", LOGIN),
        ("https://acme--uat.example.com", LOGIN),
    ],
)
def test_the_audience_follows_from_where_we_sign_in(login_url, audience):
    """Sandboxes and scratch orgs have their own; the setting wins."""
    assert audience_of(login_url) == audience


@pytest.mark.parametrize(
    ("key", "password", "said"),
    [
        ("hunter2", None, "holds no private key"),
        (lambda: certificate_pem(rsa_key(0)), None, "holds no private key"),
        (lambda: private_pem(rsa_key(0), "hunter2"), None, "is encrypted"),
        (lambda: private_pem(rsa_key(0), "hunter2"), "wrong", "cannot be read with private_key_password"),
        (lambda: private_pem(rsa_key(0)), "hunter2", "cannot be read with private_key_password"),
        (lambda: private_pem(rsa_key(0))[:200] + "\n-----END PRIVATE KEY-----\n", None, "is no RSA key"),
        (lambda: private_pem(ec.generate_private_key(ec.SECP256R1())), None, "is no RSA key"),
    ],
)
def test_keys_that_are_not_usable(key, password, said):
    """What is wrong with the key is told without a piece of it."""
    text = key if isinstance(key, str) else key()
    with pytest.raises(TargetError, match=said) as caught:
        sign("c", "u", LOGIN, Secret(text), Secret(password) if password else None, 0.0)
    shown = f"{caught.value}{caught.value.remedy}"
    assert caught.value.code == "BAD_PRIVATE_KEY" and caught.value.exit == Exit.CANNOT_RUN
    assert "hunter2" not in shown and text.splitlines()[-1][:20] not in shown.replace("-----", "")
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_an_encrypted_key_with_its_password():
    """private_key_password opens it."""
    made = sign("c", "u", LOGIN, Secret(private_pem(rsa_key(0), "hunter2")), Secret("hunter2"), time.time())
    assert jwt.decode(made, public_pem(rsa_key(0)), algorithms=["RS256"], audience=LOGIN)["sub"] == "u"


@pytest.mark.parametrize(("error", "description"), REMEDIES)
async def test_each_refusal_says_what_to_do(error, description):
    """Every error of the documents has its own remedy, whatever case and end its description has."""
    said = f"{description.capitalize()} - more" if description else "any words"
    sender = Script([answered(400, {"error": error, "error_description": said})])
    with pytest.raises(TargetError, match=error) as caught:
        await TokenSignIn(LOGIN, "password", Credentials()).sign_in(sender.send)
    assert caught.value.remedy == REMEDIES[error, description] and caught.value.exit == Exit.CANNOT_RUN


@pytest.mark.parametrize("auth", ["password", "client-credentials", "jwt-bearer", "refresh-token"])
async def test_an_unknown_refusal_names_the_keys_of_its_sign_in(auth):
    """What nobody has described leads to what can be checked."""
    sender = Script([answered(400, {"error": "invalid_grant", "error_description": "invalid assertion"})])
    with pytest.raises(TargetError) as caught:
        await TokenSignIn(LOGIN, auth, credentials(refresh_token=Secret("r"))).sign_in(sender.send)
    words = {"jwt-bearer": "certificate", "refresh-token": "refresh_token"}
    assert words.get(auth, "client_secret") in caught.value.remedy


@pytest.mark.parametrize(
    ("delivery", "code", "exit_code"),
    [
        (answered(503), "SIGN_IN_LATER", Exit.LATER),
        (answered(429), "SIGN_IN_LATER", Exit.LATER),
        (answered(302), "SIGN_IN_REFUSED", Exit.CANNOT_RUN),
        (answered(200), "SIGN_IN_UNREADABLE", Exit.CANNOT_RUN),
        (answered(200, ["x"]), "SIGN_IN_UNREADABLE", Exit.CANNOT_RUN),
        (answered(200, {**GIVEN, "access_token": ""}), "SIGN_IN_UNREADABLE", Exit.CANNOT_RUN),
        (answered(200, {**GIVEN, "access_token": 5}), "SIGN_IN_UNREADABLE", Exit.CANNOT_RUN),
        (answered(200, {"access_token": "00D!x"}), "SIGN_IN_UNREADABLE", Exit.CANNOT_RUN),
        (NotSent("no name"), "UNREACHABLE", Exit.LATER),
        (NotSent("no trust", passing=False, remedy="ca_file"), "UNREACHABLE", Exit.CANNOT_RUN),
        (MaybeDelivered("cut"), "UNREACHABLE", Exit.LATER),
    ],
)
async def test_answers_that_are_no_token(delivery, code, exit_code):
    """Each is told as what it is, and exit 5 only where the same command can succeed later."""
    with pytest.raises(TargetError) as caught:
        await TokenSignIn(LOGIN, "password", Credentials()).sign_in(Script([delivery]).send)
    assert (caught.value.code, caught.value.exit) == (code, exit_code) and caught.value.remedy


@pytest.mark.parametrize(
    ("said", "login_url", "trusted", "goes"),
    [
        ("https://acme.my.salesforce.com", LOGIN, (), True),
        ("https://acme--uat.sandbox.my.salesforce.com/", LOGIN, (), True),
        ("https://na1.salesforce.com", LOGIN, (), True),
        ("https://ACME.my.Salesforce.com", LOGIN, (), True),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080", (), True),
        ("http://localhost:1", "http://127.0.0.1:8080", (), True),
        ("http://localhost:1", LOGIN, (), False),
        ("http://crm.acme.example", "http://crm.acme.example", (), True),
        ("https://crm.acme.example", "https://crm.acme.example/", (), True),
        ("https://crm.acme.example", LOGIN, ("crm.acme.example",), True),
        ("https://a.acme.example", LOGIN, ("*.acme.example",), True),
        ("https://evil.example", LOGIN, (), False),
        ("https://evil.example", LOGIN, ("crm.acme.example",), False),
        ("https://salesforce.com.evil.example", LOGIN, (), False),
        ("https://evilsalesforce.com", LOGIN, (), False),
        ("https://acme.my.salesforce.com@evil.example", LOGIN, (), False),
        ("https://evil.example@acme.my.salesforce.com", LOGIN, (), False),
        ("https://login.salesforce.com.evil.example", LOGIN, (), False),
        ("http://acme.my.salesforce.com", LOGIN, (), False),
        ("http://crm.acme.example", "https://crm.acme.example", ("crm.acme.example",), False),
        ("ftp://acme.my.salesforce.com", LOGIN, (), False),
        ("https://acme.my.salesforce.com?x=", LOGIN, (), False),
        ("//acme.my.salesforce.com", LOGIN, (), False),
        ("https://acme.my.salesforce.com:x", LOGIN, (), False),
        ("https://evil.example/acme.my.salesforce.com", LOGIN, (), False),
        ("https://evil.example#.salesforce.com", LOGIN, (), False),
        ("https://evil.example\\.salesforce.com", LOGIN, (), False),
        ("https://[::1", LOGIN, (), False),
        ("", LOGIN, (), False),
        ("acme.my.salesforce.com", LOGIN, (), False),
    ],
)
async def test_where_a_token_may_go(said, login_url, trusted, goes):
    """Judged by the host as parsed: Salesforce, this machine, where we signed in, and what is trusted by name."""
    sender = Script([answered(200, {**GIVEN, "instance_url": said})])
    signing = TokenSignIn(login_url, "password", Credentials(), trusted_hosts=trusted).sign_in(sender.send)
    if goes:
        assert (await signing).base_url == said.rstrip("/")
        return
    with pytest.raises(TargetError) as caught:
        await signing
    assert caught.value.code == "FOREIGN_HOST" and "token" in caught.value.message
    assert "00Dx!t" not in f"{caught.value}{caught.value.remedy}"


JSON = '{"status": 0, "result": {"accessToken": "00D!x"}, "warnings": []}'


@pytest.mark.parametrize(
    "text",
    [
        JSON,
        json.dumps(json.loads(JSON), indent=2).replace("\n", "\r\n"),
        f"\ufeff{JSON}\n",
        f" ›   Warning: @salesforce/cli update available from 2.1 to 2.9.\n{JSON}\n",
        f"Warning: {{beta}} plugin {{}} is used\n{JSON}\nA new version {{2.9}} is there.\n",
        '\x1b[97m{\x1b[39m\n  \x1b[94m"status"\x1b[39m\x1b[93m:\x1b[39m 0, "result": {"accessToken": "00D!x"}}',
    ],
)
def test_what_the_cli_prints_around_its_json_is_left_alone(text):
    """Warnings before and after, in braces too, colours and line ends."""
    assert read_output(text)["result"] == {"accessToken": "00D!x"}


@pytest.mark.parametrize("text", ["", "{", "[]", "Segmentation fault", '{"x": 1}', '{"status": 0'])
def test_what_is_no_answer_of_the_cli(text):
    """Nothing is read from half an object, or from another one."""
    assert read_output(text) == {}


def test_a_foreign_host_is_named_with_the_setting_that_allows_it():
    """One sentence that a person can act on."""
    with pytest.raises(TargetError) as caught:
        instance_of("https://crm.acme.example/x", LOGIN, ())
    assert 'trusted_hosts = ["crm.acme.example"]' in caught.value.remedy
