"""The keys of each sign-in: what it needs, what follows, and what is refused early."""

import pytest

from importer.model.errors import SettingsError
from importer.model.secret import Secret
from importer.settings import fetched, load_connections
from importer.settings.addresses import is_among, is_host_name
from importer.settings.connection import NAMES, SECRETS
from importer.settings.keys import AUTH_KEYS, IBM, SALESFORCE, keys_of

BODIES = {
    "password": 'client_id = "c"\nclient_secret = "env:S"\nusername = "u"\npassword = "env:S"',
    "client-credentials": 'client_id = "c"\nclient_secret = "env:S"\nlogin_url = "https://a.my.salesforce.com"',
    "jwt-bearer": 'client_id = "c"\nusername = "u"\nprivate_key = "env:S"',
    "refresh-token": 'client_id = "c"\nrefresh_token = "env:S"',
    "access-token": 'access_token = "env:S"\ninstance_url = "https://a.my.salesforce.com"',
    "sf-cli": "",
    "basic": 'username = "u"\npassword = "env:S"',
    "ltpa": 'username = "u"\npassword = "env:S"',
    "zen": 'username = "u"\npassword = "env:S"\niam_url = "https://iam.example.com"',
    "zen-api-key": 'username = "u"\napi_key = "env:S"',
}
URL = "https://icm.example.com:9443/CaseManager/CASEREST/v1"


@pytest.fixture
def load(tmp_path):
    """Load a connection that signs in by ``auth``, with more lines."""

    def load(auth, more="", body=None, url=URL):
        target = SALESFORCE if auth in AUTH_KEYS[SALESFORCE] else IBM
        head = f'[c]\ntarget = "{target}"\nauth = "{auth}"\n' + (f'url = "{url}"\n' if target == IBM else "")
        path = tmp_path / "connections.toml"
        path.write_text(f"{head}{BODIES[auth] if body is None else body}\n{more}\n", encoding="utf-8")
        return load_connections(path, {}).get("c")

    return load


def fault_of(load, *arguments, **more):
    with pytest.raises(SettingsError) as caught:
        load(*arguments, **more)
    return caught.value.message


def test_every_sign_in_is_tried_here():
    """A new sign-in needs a line above."""
    assert set(BODIES) == {auth for ways in AUTH_KEYS.values() for auth in ways}


@pytest.mark.parametrize("auth", BODIES)
def test_each_sign_in_with_what_it_needs(load, auth):
    """The shortest connection of each sign-in is taken, and its secrets are fetched and do not print."""
    settings = fetched(load(auth), {"S": "hunter2"})
    assert settings.auth == auth and "hunter2" not in repr(settings)
    secret = BODIES[auth].rpartition(' = "env:S"')[0].rpartition("\n")[2]
    assert not secret or getattr(settings, secret) == Secret("hunter2")


@pytest.mark.parametrize("auth", BODIES)
def test_each_missing_key_is_named(load, auth):
    """Whoever leaves everything out is told all that the sign-in needs."""
    target = SALESFORCE if auth in AUTH_KEYS[SALESFORCE] else IBM
    needed, _more = AUTH_KEYS[target][auth]
    if needed:
        message = fault_of(load, auth, body="")
        assert all(f'{key} is missing; auth = "{auth}" needs it' in message for key in needed)


@pytest.mark.parametrize(
    ("auth", "key"),
    [
        ("access-token", 'login_url = "https://login.salesforce.com"'),
        ("sf-cli", 'login_url = "https://login.salesforce.com"'),
        ("password", 'private_key = "env:S"'),
        ("refresh-token", 'username = "u"'),
        ("jwt-bearer", 'client_secret = "env:S"'),
        ("basic", 'api_key = "env:S"'),
        ("basic", 'login_url = "https://icm.example.com:9443/x"'),
        ("zen-api-key", 'iam_url = "https://iam.example.com"'),
        ("basic", 'session_life = "2h"'),
    ],
)
def test_keys_that_would_do_nothing(load, auth, key):
    """A key of another sign-in is a fault, not a surprise."""
    assert f'{key.split(" ")[0]}: auth = "{auth}" has no use for it' in fault_of(load, auth, key)


@pytest.mark.parametrize("key", sorted(SECRETS))
def test_no_secret_may_stand_in_the_file(load, key):
    """Every secret is a reference, and a literal one is not repeated."""
    target = SALESFORCE if any(each.name == key for each in keys_of(SALESFORCE)) else IBM
    message = fault_of(load, "password" if target == SALESFORCE else "basic", f'{key} = "hunter2"', body="")
    assert "a secret must not stand here" in message and "hunter2" not in message


def test_secrets_and_names_are_the_keys_of_their_kind():
    """What is fetched is what the table of keys says is a secret or may be a reference."""
    kinds = {key.name: key.kind for target in (SALESFORCE, IBM) for key in keys_of(target)}
    assert set(SECRETS) == {name for name, kind in kinds.items() if kind == "secret"}
    assert set(NAMES) == {name for name, kind in kinds.items() if kind == "text"}


@pytest.mark.parametrize("host", ["login.salesforce.com", "TEST.salesforce.com"])
def test_common_hosts_are_refused_where_the_orgs_own_is_needed(load, host):
    """Client credentials and a given token belong to an org: refused before anything is sent."""
    message = fault_of(load, "client-credentials", f'login_url = "https://{host}"', body='client_id = "c"')
    assert "login_url: login_url must be the org's My Domain address" in message
    message = fault_of(load, "access-token", body=f'access_token = "env:S"\ninstance_url = "https://{host}"')
    assert "instance_url: expected the org's own address" in message


@pytest.mark.parametrize(
    ("raw", "good"),
    [
        ('["acme.example.com", "*.example.org"]', True),
        ('"acme.example.com"', False),
        ('["https://acme.example.com"]', False),
        ('["acme.example.com:443"]', False),
        ('["*"]', False),
        ('["a.*.com"]', False),
        ("[5]", False),
    ],
)
def test_trusted_hosts(load, raw, good):
    """A list of bare host names."""
    if good:
        assert load("sf-cli", f"trusted_hosts = {raw}").trusted_hosts == ("acme.example.com", "*.example.org")
    else:
        assert "expected a list of host names" in fault_of(load, "sf-cli", f"trusted_hosts = {raw}")


@pytest.mark.parametrize("org", ["dev; rm -rf /", "-o", "a b", "%PATH%", 'x"y', "$(id)", "", "a\\u0000b"])
def test_nothing_but_a_name_is_handed_to_the_cli(load, org):
    """An alias or a user name, and no option or command of a shell."""
    assert "org:" in fault_of(load, "sf-cli", f"org = '{org}'" if "\\" not in org else f'org = "{org}"')


def test_addresses_of_ibm_follow_from_its_url(load):
    """The form lies in the context of CASEREST, Zen on its server."""
    assert load("ltpa").login_url == "https://icm.example.com:9443/CaseManager/j_security_check"
    for url in ("https://h.example.com", "https://h.example.com/CaseManager"):
        assert load("ltpa", url=url).login_url == "https://h.example.com/CaseManager/j_security_check"
    assert load("zen").zen_url == "https://icm.example.com:9443"
    assert load("zen", 'zen_url = "https://cpd.example.com/"').zen_url == "https://cpd.example.com"
    assert load("ltpa", 'session_life = "30m"').session_life == 1800
    own = 'csrf = true\ncsrf_url = "https://icm.example.com:9443/bpm/system/login"'
    assert load("basic", own).csrf_url.endswith("/bpm/system/login")


@pytest.mark.parametrize(
    ("auth", "more", "url", "fault"),
    [
        (
            "ltpa",
            'login_url = "https://sso.example.com/f"',
            URL,
            "login_url: it must be on the server of url",
        ),
        (
            "ltpa",
            'login_url = "https://icm.example.com/f"',
            URL,
            "login_url: it must be on the server of url",
        ),
        (
            "basic",
            'csrf = true\ncsrf_url = "https://x.example.com/f"',
            URL,
            "csrf_url: it must be on the server",
        ),
        ("basic", 'proxy_username = "u"', URL, "proxy_username: it does nothing without proxy"),
        ("basic", 'proxy_password = "env:S"', URL, "proxy_password: it does nothing without proxy_username"),
        ("basic", 'client_cert_password = "env:S"', URL, "it does nothing without client_cert"),
        ("zen", 'zen_url = "http://cpd.example.com"', URL, "zen_url: plain http"),
    ],
)
def test_faults_of_addresses_and_companions(load, auth, more, url, fault):
    """What goes elsewhere, or does nothing, is refused with the reason."""
    assert fault in fault_of(load, auth, more, url=url)


@pytest.mark.parametrize("key", ["verify_ssl = false", "insecure = true", "verify = false"])
def test_verification_cannot_be_switched_off(load, key):
    """Who looks for the switch is told that there is none, and what to do instead."""
    message = fault_of(load, "basic", key)
    assert "cannot be switched off" in message and "ca_file" in message


@pytest.mark.parametrize(
    ("host", "names", "found"),
    [
        ("acme.my.salesforce.com", ("*.salesforce.com",), True),
        ("ACME.my.salesforce.com.", ("*.salesforce.com",), True),
        ("salesforce.com", ("*.salesforce.com",), False),
        ("evilsalesforce.com", ("*.salesforce.com", "salesforce.com"), False),
        ("salesforce.com.evil.example", ("*.salesforce.com", "salesforce.com"), False),
        ("", ("*.salesforce.com", ""), False),
    ],
)
def test_hosts_are_compared_whole(host, names, found):
    """By labels, in any case; a name that only looks alike is another host."""
    assert is_among(host, names) is found


@pytest.mark.parametrize("text", ["", "*", "a..b", "-a.com", "a b", "a/b", "a" * 64 + ".com", "ä.com"])
def test_what_is_no_host_name(text):
    """Neither addresses nor patterns."""
    assert not is_host_name(text)
