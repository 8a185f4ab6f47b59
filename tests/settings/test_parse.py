"""What a connection may say, and everything that is wrong with it at once."""

import pytest

from importer.model.errors import SettingsError
from importer.model.secret import Secret
from importer.settings import (
    Rate,
    Reference,
    Reserve,
    caserest,
    keys_of,
    load_connections,
    reference_table,
    resolve,
    simulator_connection,
)

SALESFORCE = """
[prod]
target = "salesforce"
auth = "password"
client_id = "env:SF_CLIENT_ID"
client_secret = "env:SF_CLIENT_SECRET"
username = "loader@example.com"
password = "env:SF_PASSWORD"
"""
IBM = """
[claims]
target = "ibm-case-manager"
url = "https://icm.example.com:9443/CaseManager/CASEREST/v1"
username = "env:ICM_USER"
password = "keyring:icm/claims"
"""


@pytest.fixture
def load(tmp_path):
    """Write a connections file and load it as one that was named."""

    def load(text):
        path = tmp_path / "connections.toml"
        path.write_text(text, encoding="utf-8")
        return load_connections(path, {})

    return load


def faults_of(load, text, name="prod"):
    """Load the connection and return the message of its faults."""
    with pytest.raises(SettingsError) as caught:
        load(text).get(name)
    assert caught.value.exit == 1
    return caught.value.message


def test_salesforce_defaults(load):
    """A minimal Salesforce connection gets the documented defaults."""
    settings = load(SALESFORCE).get("prod")
    assert settings.login_url == "https://login.salesforce.com"
    assert settings.api_version == "67.0"
    assert settings.rate == Rate(50, 1)
    assert settings.concurrency == 10
    assert settings.request_timeout == 120
    assert settings.client_id == Reference("env", "SF_CLIENT_ID")
    assert settings.username == "loader@example.com"
    assert not settings.allow_http and not settings.unattended


def test_ibm_defaults(load):
    """A minimal IBM connection signs in by basic authentication at 30 requests per 3 seconds, 4 in flight."""
    settings = load(IBM).get("claims")
    assert settings.auth == "basic"
    assert settings.rate == Rate(30, 3)
    assert settings.concurrency == 4
    assert settings.request_timeout == 180


def test_everything_said_is_taken(load, tmp_path):
    """Each key of the file ends up in the field of its name; paths belong to the file's folder."""
    for name in ("ca.pem", "client.pem"):
        (tmp_path / name).write_text("x", encoding="utf-8")
    settings = load(
        IBM
        + """
rate = "12/5s"
concurrency = 2
request_timeout = "3m"
object_store = "ATOSME"
system_id = "claims-test"
variables = {queue = "Support_EMEA"}
ca_file = "ca.pem"
client_cert = "client.pem"
proxy = "http://proxy.example.com:3128/"
allow_http = true
unattended = true
"""
    ).get("claims")
    assert settings.rate == Rate(12, 5)
    assert (settings.concurrency, settings.request_timeout) == (2, 180)
    assert (settings.object_store, settings.system_id) == ("ATOSME", "claims-test")
    assert dict(settings.variables) == {"queue": "Support_EMEA"}
    assert (settings.ca_file, settings.client_cert) == (tmp_path / "ca.pem", tmp_path / "client.pem")
    assert settings.proxy == "http://proxy.example.com:3128"
    assert settings.allow_http and settings.unattended


def test_reserve_of_daily_calls(load):
    """Salesforce keeps a share of its day for others when told to; nothing is kept by default."""
    settings = load(SALESFORCE + 'reserve_daily_calls = "20%"\n').get("prod")
    assert settings.reserve_daily_calls == Reserve(percent=20)
    assert not load(SALESFORCE).get("prod").reserve_daily_calls
    assert "expected a share" in faults_of(load, SALESFORCE + "reserve_daily_calls = 0.2\n")


def test_client_credentials_need_no_user(load):
    """Client credentials take id, secret and the org's own address."""
    settings = load(
        """
[prod]
target = "salesforce"
auth = "client-credentials"
login_url = "https://acme.my.salesforce.com"
client_id = "abc"
client_secret = "env:S"
"""
    ).get("prod")
    assert settings.username is None and settings.login_url == "https://acme.my.salesforce.com"


def test_all_faults_at_once_with_their_lines(load):
    """Every fault of a connection is told in one go, each with the line of its key."""
    message = faults_of(
        load,
        SALESFORCE.replace("client_secret", "client_secrett")
        + 'rate = "fast"\nconcurrency = 0\nrequest_timeout = "5"\nallow_http = "yes"\n',
    )
    assert "connections.toml:6: [prod] client_secrett: unknown key; did you mean client_secret?" in message
    assert "connections.toml:9: [prod] rate: expected N/s, N/3s or N/min" in message
    assert ":10: [prod] concurrency: expected a whole number from 1 to 1000" in message
    assert ":11: [prod] request_timeout: expected a number with ms, s, m, h or d" in message
    assert ":12: [prod] allow_http: expected true or false" in message
    assert ':2: [prod] client_secret is missing; auth = "password" needs it' in message


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ('target = "salesforc"', "did you mean salesforce?"),
        ("target = 1", "unknown target"),
        ('auth = "passwort"', "did you mean password?"),
        ('login_url = "http://login.salesforce.com"', "plain http"),
        ('login_url = "https://login.salesforce.com@evil.example"', "must not carry a user name"),
        ("api_version = 67", "expected a version like"),
        ("concurrency = true", "expected a whole number"),
        ("variables = {n = 1}", "expected texts by name"),
        ('ca_file = "nowhere.pem"', "there is no file"),
        ('proxy = "http://me:hunter2@proxy"', "behind a reference"),
        ('username = ""', "expected a text in quotes"),
        ('password = "keyring:only"', "expected keyring:SERVICE/USER"),
        ('object_store = "X"', "unknown key"),
        ('request_timeout = "0s"', "zero"),
    ],
)
def test_faults(load, change, fault):
    """Each wrong value is refused with what is expected."""
    key = change.split(" ")[0]
    lines = [line for line in SALESFORCE.splitlines() if not line.startswith(f"{key} ")]
    assert fault in faults_of(load, "\n".join([*lines, change]))


def test_a_word_that_holds_the_right_one(load):
    """Who writes base_url means url, not what is spelt more like it; the sentence ends once."""
    message = faults_of(load, f'{SALESFORCE}my_login_url = "x"\n')
    assert "my_login_url: unknown key; did you mean login_url?" in message and "?." not in message


def test_keys_that_the_sign_in_has_no_use_for(load):
    """A key that would do nothing is a fault, not a surprise."""
    message = faults_of(load, SALESFORCE.replace('"password"', '"client-credentials"'))
    assert 'username: auth = "client-credentials" has no use for it' in message
    assert "My Domain address" in message


@pytest.mark.parametrize("key", ["password", "client_secret", "security_token"])
def test_literal_secret_is_refused_and_not_repeated(load, key):
    """A secret in the file is refused with the reason, and the message does not hold it."""
    lines = [line for line in SALESFORCE.splitlines() if not line.startswith(f"{key} ")]
    message = faults_of(load, "\n".join([*lines, f'{key} = "hunter2"']))
    assert "a secret must not stand here" in message
    assert "hunter2" not in message


def test_misspelt_secret_key_is_not_repeated(load):
    """The value under an unknown key may be a password: it is not quoted."""
    message = faults_of(load, f'{SALESFORCE}pasword = "hunter2"\n')
    assert "did you mean password?" in message and "hunter2" not in message


def test_version_may_be_a_number(load):
    """67.0 without quotes is a number in TOML and is meant as the version."""
    assert load(f"{SALESFORCE}api_version = 66.0\n").get("prod").api_version == "66.0"


def test_secrets_do_not_print(load):
    """Neither the settings nor the credentials show a secret."""
    settings = load(SALESFORCE).get("prod")
    found = resolve(settings, {"SF_CLIENT_ID": "id", "SF_CLIENT_SECRET": "s3cret", "SF_PASSWORD": "hunter2"})
    assert found.password == Secret("hunter2") and found.client_id == "id"
    assert "hunter2" not in f"{settings!r}{found!r}" and "s3cret" not in f"{settings!r}{found!r}"


def test_all_missing_secrets_at_once(load):
    """Opening a connection tells every secret that is missing, by key."""
    with pytest.raises(SettingsError) as caught:
        resolve(load(SALESFORCE).get("prod"), {"SF_CLIENT_ID": "id", "SF_PASSWORD": ""})
    assert caught.value.message.splitlines() == [
        "[prod] password: the environment variable SF_PASSWORD is empty.",
        "[prod] client_secret: the environment variable SF_CLIENT_SECRET is not set.",
    ]


def test_simulator_connection():
    """The stand-in server takes any credentials and is always the same system."""
    salesforce = simulator_connection("salesforce", "http://127.0.0.1:8080/")
    ibm = simulator_connection("ibm-case-manager", "http://127.0.0.1:8080")
    assert salesforce.login_url == "http://127.0.0.1:8080"
    assert ibm.url == "http://127.0.0.1:8080/CaseManager/CASEREST/v1"
    assert salesforce.system_id == ibm.system_id == "simulator"
    assert resolve(salesforce).password == resolve(ibm).password == Secret("simulator")


@pytest.mark.parametrize("target", ["salesforce", "ibm-case-manager"])
def test_simulator_has_the_documented_defaults(target):
    """The simulator's connection does not drift from the table of keys."""
    settings = simulator_connection(target, "http://127.0.0.1:1")
    defaults = {key.name: key.default for key in keys_of(target)}
    assert str(settings.rate) == defaults["rate"]
    assert settings.concurrency == defaults["concurrency"]
    assert f"{settings.request_timeout:g}s" == defaults["request_timeout"]


@pytest.mark.parametrize("target", ["salesforce", "ibm-case-manager"])
def test_every_key_is_documented_and_a_field(target):
    """The table of keys makes the documentation, and each key is a field of the settings."""
    table = reference_table(target)
    settings = simulator_connection(target, "http://127.0.0.1:1")
    for key in keys_of(target):
        assert f"| `{key.name}` |" in table and key.doc.endswith(".")
        assert hasattr(settings, key.name)


def test_search_follows_from_the_address(load):
    """v2 lies beside v1; another place can be named, and the word for equality."""
    settings = load(f'{IBM}search = "v2"\n').get("claims")
    assert (settings.search, settings.search_operator) == ("v2", "EQUAL")
    assert settings.search_url == "https://icm.example.com:9443/CaseManager/CASEREST/v2"
    more = 'search = "v2"\nsearch_url = "https://other.example.com/x/v2/"\nsearch_operator = "EQUALS"\n'
    settings = load(IBM + more).get("claims")
    assert (settings.search_url, settings.search_operator) == ("https://other.example.com/x/v2", "EQUALS")
    assert (load(IBM).get("claims").search, load(IBM).get("claims").search_url) == ("none", "")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('search = "V2"', "search: expected none, v2 or graphql (did you mean v2?)"),
        ('search = "grafql"', "did you mean graphql?"),
        ("search = true", "search: expected none, v2 or graphql"),
        ('search = "graphql"', "search_url is missing"),
        ('search_url = "https://h/x"', 'search_url: search = "none" has no use for it'),
        ('search_operator = "EQ"', 'search_operator: search = "none" has no use for it'),
        ('search = "graphql"\nsearch_url = "https://h/x"\nsearch_operator = "="', "has no use for it"),
        ('search = "v2"\nsearch_url = "http://h.example.com/x"', "search_url: plain http"),
    ],
)
def test_faults_of_a_search(load, text, fault):
    """Each wrong or idle key is told."""
    assert fault in faults_of(load, f"{IBM}{text}\n", "claims")


@pytest.mark.parametrize(
    ("url", "wanted", "root", "version"),
    [
        ("http://icm:9080/CaseManager/CASEREST/v1", "auto", "http://icm:9080/CaseManager/CASEREST", "v1"),
        ("https://h/bas/CaseManager/CASEREST/v2", "auto", "https://h/bas/CaseManager/CASEREST", "v2"),
        ("https://h/own/CASEREST", "auto", "https://h/own/CASEREST", None),
        ("https://h/CaseManager", "auto", "https://h/CaseManager/CASEREST", None),
        ("https://h:9443", "auto", "https://h:9443/CaseManager/CASEREST", None),
        (
            "https://cpd.example.com/baw-baw1",
            "v2",
            "https://cpd.example.com/baw-baw1/CaseManager/CASEREST",
            "v2",
        ),
        ("https://h/CaseManager/CASEREST/v1", "v2", "https://h/CaseManager/CASEREST", "v2"),
        ("https://h/CaseManager/CASEREST/v2", "67.0", "https://h/CaseManager/CASEREST", "v2"),
    ],
)
def test_the_forms_of_an_address_of_caserest(url, wanted, root, version):
    """Up to the version, to CASEREST, to the context, or to what stands before it (facts §1)."""
    found = caserest(url, wanted)
    assert (found.root, found.version) == (root, version)
    assert found.of("v2") == f"{root}/v2"


def test_settings_of_ibm_creates(load):
    """Each unverified point is a setting with a stated default."""
    settings = load(IBM).get("claims")
    assert (settings.api_version, settings.properties_key) == ("auto", "CaseProperties")
    assert (settings.choice_labels, settings.allow_delete, settings.ready_within) == (False, False, 60.0)
    more = 'api_version = "v2"\nproperties_key = "Properties"\nready_within = "5m"\nallow_delete = true\n'
    settings = load(IBM + more).get("claims")
    assert (settings.api_version, settings.properties_key, settings.ready_within) == ("v2", "Properties", 300)
    assert settings.allow_delete
    assert "expected auto, v1 or v2 (did you mean v2?)" in faults_of(
        load, f'{IBM}api_version = "V2"\n', "claims"
    )


def test_verdicts_are_a_table_of_codes(load):
    """A table of its own or inline, for both targets; HTTP_503 stands for answers without a code."""
    ibm = load(f'{IBM}[claims.verdicts]\nFNRPA0123E = "rejected"\n"HTTP_503" = "retry"\n').get("claims")
    assert dict(ibm.verdicts) == {"FNRPA0123E": "rejected", "HTTP_503": "retry"}
    salesforce = load(f'{SALESFORCE}verdicts = {{MY_CODE = "stop", UNKNOWN_EXCEPTION = "in_doubt"}}\n')
    assert salesforce.get("prod").verdicts["MY_CODE"] == "stop"


def test_faults_of_verdicts(load):
    """All at once, each with its line and the nearest word."""
    text = (
        f'{IBM}[claims.verdicts]\nFNRPA0123E = "reject"\nFNRPA0124E = 5\nfnrpa0125e = "stop"\n'
        'HTTP_200 = "retry"\nFNRPA0126E = "indoubt"\n'
    )
    message = faults_of(load, text, "claims")
    expected = "expected rejected, retry, in_doubt or stop"
    assert f":8: [claims] FNRPA0123E: {expected} (did you mean rejected?)" in message
    assert f":9: [claims] FNRPA0124E: {expected}." in message
    assert ":10: [claims] fnrpa0125e: a verdict is taught for a message id such as FNRPA0123E" in message
    assert ":11: [claims] HTTP_200: a verdict is taught" in message
    assert "FNRPA0126E" in message and "did you mean in_doubt?" in message
    assert "verdicts: expected a table of codes" in faults_of(load, f'{IBM}verdicts = "x"\n', "claims")
    assert "an error code such as" in faults_of(load, f'{SALESFORCE}verdicts = {{"my code" = "stop"}}\n')
