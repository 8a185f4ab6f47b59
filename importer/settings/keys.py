"""The keys of a connection: what each target takes, with type, default and one line of documentation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

TargetName = Literal["salesforce", "ibm-case-manager"]
SALESFORCE: TargetName = "salesforce"
IBM: TargetName = "ibm-case-manager"
TARGETS: tuple[TargetName, ...] = (SALESFORCE, IBM)

Kind = Literal[
    "target", "auth", "url", "proxy", "secret", "text", "plain", "path", "api_version", "rate", "count",
    "rows", "duration", "flag", "variables", "search", "verdicts", "reserve", "hosts", "names", "org",
    "caserest",
]  # fmt: skip
"""``secret`` takes a reference only, ``text`` a literal or a reference, ``plain`` a literal only."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One key of a connection. ``default`` is written as the file would write it; None: none, or required."""

    name: str
    kind: Kind
    doc: str
    default: str | int | bool | None = None
    required: bool = False


def _common(rate: str, concurrency: int, timeout: str, why: str, settle: str) -> tuple[Setting, ...]:
    return (
        Setting("rate", "rate", "No more than N requests leave in any window: N/s, N/3s or N/min.", rate),
        Setting("concurrency", "count", "Requests in flight at the same time.", concurrency),
        Setting(
            "request_timeout", "duration", f"How long an answer is waited for after sending; {why}", timeout
        ),
        Setting("settle_after", "duration", 'How long after a send "it is not there" is believed.', settle),
        Setting(
            "verdicts",
            "verdicts",
            "What codes of this server mean for a create, by code: rejected, retry, in_doubt or stop.",
        ),
        Setting("variables", "variables", "Texts for the {$name} of mappings that differ between systems."),
        Setting("system_id", "plain", "Names the system in the journal when its address is not stable."),
        Setting("ca_file", "path", "PEM file of a certificate authority to trust besides the system's own."),
        Setting(
            "client_cert",
            "path",
            "PEM file with the client certificate and its key.",
        ),
        Setting(
            "client_key", "path", "PEM file with the key of client_cert, when it is not in the same file."
        ),
        Setting(
            "client_cert_password",
            "secret",
            "Password of that key, when it is encrypted.",
        ),
        Setting("proxy", "proxy", "Address of an HTTP proxy; a reference when it carries a password."),
        Setting("proxy_username", "text", "User name at the proxy."),
        Setting("proxy_password", "secret", "Password at the proxy."),
        Setting("allow_http", "flag", "Allows plain http to other machines; secrets travel readable.", False),
        Setting("unattended", "flag", "The connection may load without asking a person.", False),
        Setting("allow_delete", "flag", "What was imported through the connection may be deleted.", False),
    )


_KEYS: dict[TargetName, tuple[Setting, ...]] = {
    SALESFORCE: (
        Setting("target", "target", "The kind of system: salesforce.", required=True),
        Setting(
            "login_url",
            "url",
            "Where to sign in: login or test.salesforce.com, or the org's My Domain address.",
            "https://login.salesforce.com",
        ),
        Setting(
            "auth",
            "auth",
            "password, client-credentials, jwt-bearer, refresh-token, access-token or sf-cli.",
            required=True,
        ),
        Setting("client_id", "text", "Consumer key of the connected or External Client App."),
        Setting("client_secret", "secret", "Consumer secret of the app."),
        Setting("username", "text", "User name, for password and jwt-bearer."),
        Setting("password", "secret", "Password, for password."),
        Setting("security_token", "secret", "Security token, where the user's network is not trusted."),
        Setting("private_key", "secret", "RSA key in PEM whose certificate the app has, for jwt-bearer."),
        Setting("private_key_password", "secret", "Password of the private key, when it is encrypted."),
        # Salesforce takes login, test and Experience Cloud addresses here (facts §1).
        Setting(
            "audience",
            "plain",
            "Audience of what is signed; by default https://test.salesforce.com or https://login.salesforce.com.",
        ),
        Setting("refresh_token", "secret", "Refresh token of the app, for refresh-token."),
        Setting("access_token", "secret", "Access token or session id, for access-token; it is not renewed."),
        Setting("instance_url", "url", "The org's own address, for access-token."),
        Setting(
            "org",
            "org",
            "Alias or user name in the Salesforce CLI, for sf-cli; else its default org.",
        ),
        Setting(
            "trusted_hosts",
            "hosts",
            "Hosts outside salesforce.com to which a token may go, as a list; *.example.com is all below it.",
        ),
        Setting("api_version", "api_version", "Version of the REST API.", "67.0"),
        # An Apex transaction may wait 120 s for its callouts together (Apex Developer Guide, Execution
        # Governors and Limits); Salesforce itself cuts at 10 min, by when a slot would be held for nothing.
        *_common(
            "50/s", 10, "120s", "shorter than triggers with callouts may take makes rows doubtful.", "10m"
        ),
        # Apex limits hold for the rows of a request together (facts §3.2).
        Setting(
            "collection_rows", "count", "Rows of one collections request; 10 to 50 for heavy triggers.", 200
        ),
        Setting(
            "bulk_rows", "rows", "Rows of one bulk job; smaller ones end sooner and take more calls.", 50_000
        ),
        Setting(
            "case_numbers", "flag", "Ask for the case numbers of up to 10,000 rows, 2,000 in a call.", True
        ),
        # Whether one such record that is not there refuses a whole collections request is not known (§3.1).
        Setting(
            "name_by_external_id",
            "flag",
            "Rows name records by external id in the payload where that saves queries; false: never.",
            True,
        ),
        Setting("settle_by_content", "flag", "Look for records equal to rows whose answer was lost.", True),
        Setting(
            "reserve_daily_calls",
            "reserve",
            "Daily API requests that a run leaves to others: a share such as 20%, or a number.",
            0,
        ),
    ),
    IBM: (
        Setting("target", "target", "The kind of system: ibm-case-manager.", required=True),
        Setting(
            "url",
            "url",
            "Base address, up to and with /CASEREST/v1 or /CASEREST/v2; or up to what stands before "
            "/CaseManager/CASEREST.",
            required=True,
        ),
        Setting("auth", "auth", "How to sign in: basic, ltpa, zen or zen-api-key.", "basic"),
        Setting("username", "text", "User name."),
        Setting("password", "secret", "Password, for basic, ltpa and zen."),
        Setting("api_key", "secret", "API key of the user, for zen-api-key."),
        # Whether CASEREST's context has form login is not documented (facts §8, unverified).
        Setting(
            "login_url",
            "url",
            "Where the form of ltpa goes, on the server of url; /j_security_check in its context by default.",
        ),
        # Administrators may rename it; LtpaToken2 is the default of WebSphere and Liberty (facts §8).
        Setting("ltpa_cookie", "plain", "Name of the cookie that ltpa waits for.", "LtpaToken2"),
        Setting("iam_url", "url", "Address of the identity provider, for zen."),
        Setting("zen_url", "url", "Address of Zen, for zen; the server of url by default."),
        # 120 min is WebSphere's default for LTPA; IBM's own client renews Zen tokens after 30 min (facts §8).
        Setting(
            "session_life",
            "duration",
            "How long a sign-in lives; it is renewed ahead. By default 120m for ltpa and 30m for zen.",
        ),
        # Whether any release wants the token on v1 is not documented (facts §8, unverified).
        Setting(
            "csrf",
            "flag",
            "Sends a BPMCSRFToken with every call of v1 too; v2 always has it.",
            False,
        ),
        Setting("csrf_url", "url", "Where that token comes from; /system/login of v2 by default."),
        Setting("object_store", "plain", "Target object store; wins over the mapping's."),
        Setting(
            "api_version",
            "caserest",
            "Version of CASEREST that creates cases: v1, v2 or auto (that of url, else what answers).",
            "auto",
        ),
        # A live server took CaseProperties; IBM's Swagger 25.0.1 says Properties (facts §1, unverified).
        Setting("properties_key", "plain", "The key of the values in a create of v2.", "CaseProperties"),
        Setting(
            "choice_labels",
            "flag",
            "A choice's label stands for its value, where no value is written like it and one choice has it.",
            False,
        ),
        # BAW has them and ICM 5.3 has not; how metadata shows one is not documented (facts §5, unverified).
        Setting(
            "business_objects",
            "names",
            "Properties of v1 that hold business objects, as a list; cells are JSON, one object or a list.",
        ),
        # How long a case is Initializing is not documented (facts §14.8).
        Setting("ready_within", "duration", "How long wait_ready waits for a case to be Working.", "60s"),
        Setting(
            "connection_point",
            "plain",
            "Connection point of the process engine, for deletions; by default that of the solution.",
        ),
        Setting(
            "search",
            "search",
            "How cases are looked for by the match property when an answer was lost: none, v2 or graphql.",
            "none",
        ),
        Setting(
            "search_url",
            "url",
            "Where to search; for v2 it follows from url.",
        ),
        # The words of v2's conditions are not documented (facts §4.5); the Case Search view says EQUAL.
        Setting("search_operator", "plain", "The word for equality in the conditions of v2.", "EQUAL"),
        # WebSphere's transaction lifetime is 120 s by default (facts §9): 180 s leaves room for the way back.
        *_common(
            "30/3s", 4, "180s", "shorter than the server's transaction clock makes rows doubtful.", "130s"
        ),
    ),
}

AUTH_KEYS: dict[TargetName, dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    SALESFORCE: {
        "password": (("client_id", "client_secret", "username", "password"), ("security_token", "login_url")),
        "client-credentials": (("client_id", "client_secret"), ("login_url",)),
        "jwt-bearer": (
            ("client_id", "username", "private_key"),
            ("private_key_password", "audience", "login_url"),
        ),
        "refresh-token": (("client_id", "refresh_token"), ("client_secret", "login_url")),
        "access-token": (("access_token", "instance_url"), ()),
        "sf-cli": ((), ("org",)),
    },
    IBM: {
        "basic": (("username", "password"), ()),
        "ltpa": (("username", "password"), ("login_url", "ltpa_cookie", "session_life")),
        "zen": (("username", "password", "iam_url"), ("zen_url", "session_life")),
        "zen-api-key": (("username", "api_key"), ()),
    },
}
"""Per target and ``auth``: the keys it needs, and those it may have besides."""

SEARCHES = ("none", "v2", "graphql")
"""The ways of looking for cases on IBM (facts §4.5)."""

VERDICTS = ("rejected", "retry", "in_doubt", "stop")
"""What a code can be taught to mean: the row is refused; nothing was saved, send again; it may have been
saved, ask; no other row would fare better, stop."""

CODES: dict[TargetName, tuple[str, str]] = {
    SALESFORCE: (r"[A-Z][A-Z0-9_]*", "an error code such as UNABLE_TO_LOCK_ROW, or HTTP_503"),
    IBM: (r"[A-Z]{4,5}\d{4}[EWI]|HTTP_[45]\d\d", "a message id such as FNRPA0123E, or HTTP_503"),
}
"""How a code looks that can be taught: a pattern, and words for it. HTTP_503 stands for an answer with that
status and no code that is listed."""

NO_SWITCH = (
    "verify",
    "verify_ssl",
    "verify_tls",
    "verify_certificate",
    "ssl_verify",
    "tls_verify",
    "insecure",
)
"""Keys that other tools have to switch off the verification of certificates. Here there is no such thing."""


def keys_of(target: TargetName) -> tuple[Setting, ...]:
    """Return all keys of a connection to ``target``, in the order in which they are documented."""
    return _KEYS[target]


def credential_keys(target: TargetName) -> frozenset[str]:
    """Return the keys of ``target`` that only some ways of signing in use."""
    return frozenset(key for needed, more in AUTH_KEYS[target].values() for key in (*needed, *more))


def reference_table(target: TargetName) -> str:
    """Return the keys of ``target`` as a Markdown table, for the README."""
    lines = ["| key | default | meaning |", "|---|---|---|"]
    for key in keys_of(target):
        default = "required" if key.required else "" if key.default is None else _as_toml(key.default)
        lines.append(f"| `{key.name}` | {default} | {key.doc} |")
    return "\n".join(lines) + "\n"


def _as_toml(value: str | int | bool) -> str:
    return f"`{str(value).lower()}`" if isinstance(value, bool | int) else f'`"{value}"`'
