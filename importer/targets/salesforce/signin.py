"""Signing in to Salesforce: OAuth token requests (facts: salesforce.md §1; origin document 1)."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from importer.model.errors import Exit, TargetError
from importer.model.secret import Secret
from importer.settings import Credentials
from importer.targets.delivering import unreachable
from importer.targets.json_body import decode
from importer.transport.delivery import Answered, Delivery, NotSent, Request
from importer.transport.signin import Send, Session

TOKEN_PATH = "/services/oauth2/token"

REMEDIES: Mapping[tuple[str, str], str] = {
    ("invalid_grant", "authentication failure"): (
        "Check user, password and security token. Orgs made since Summer '23 have the password flow off: "
        'turn it on under Setup > OAuth and OpenID Connect Settings, or use auth = "client-credentials".'
    ),
    ("invalid_grant", "user hasn't approved this consumer"): (
        "Pre-authorise the user for the app under Setup > Manage Connected Apps."
    ),
    ("invalid_grant", "request not supported on this domain"): (
        "Client credentials need the org's own address: set login_url to https://MyDomain.my.salesforce.com."
    ),
    (
        "invalid_grant",
        "no client credentials user enabled",
    ): "Give the app a run-as user in its OAuth policies.",
    ("invalid_client_id", ""): "Check client_id, the consumer key of the app.",
    ("invalid_client", ""): "Check client_secret, the consumer secret of the app.",
    ("unsupported_grant_type", ""): "This way of signing in is off in the org; use another auth.",
}
"""(error, beginning of its description) → what to do; the descriptions are in English always."""


class TokenSignIn:
    """Gets an access token for ``auth`` = ``password`` or ``client-credentials``."""

    def __init__(self, login_url: str, auth: str, credentials: Credentials) -> None:
        self.base_url = login_url
        self._auth = auth
        self._credentials = credentials
        self.identity_url = ""

    async def sign_in(self, send: Send) -> Session:
        """Ask for a token; the API's base address is the answer's ``instance_url``. Raises TargetError."""
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        body = urlencode(token_form(self._auth, self._credentials)).encode("ascii")
        delivery = await send(
            Request("POST", TOKEN_PATH, body=body, headers=headers, creates=False, purpose="sign in")
        )
        document = _document(delivery, self.base_url)
        token, instance = document.get("access_token"), document.get("instance_url")
        if not isinstance(token, str) or not isinstance(instance, str):
            raise TargetError(
                "SIGN_IN_UNREADABLE",
                f"{self.base_url} answered the sign-in without access_token or instance_url.",
                "Check login_url: it must be a Salesforce login or My Domain address.",
            )
        self.identity_url = str(document.get("id") or "")
        user = self._credentials.username or ""
        return Session(instance.rstrip("/"), {"Authorization": Secret(f"Bearer {token}")}, user)

    def expired(self, answer: Answered) -> bool:
        """A 401 with INVALID_SESSION_ID, but not the two kinds that no new session cures (facts §1)."""
        if answer.status != 401:
            return False
        return not any(words in answer.body for words in _NOT_CURED)


_NOT_CURED = (
    b"This session is not valid for use with the REST API",
    b"Connected app is not attached to Agent",
)


def token_form(auth: str, credentials: Credentials) -> dict[str, str]:
    """Return the form of a token request; the security token is glued to the password (origin document 1)."""
    client = {
        "client_id": credentials.client_id or "",
        "client_secret": _reveal(credentials.client_secret),
    }
    if auth == "client-credentials":
        return {"grant_type": "client_credentials", **client}
    password = _reveal(credentials.password) + _reveal(credentials.security_token)
    return {
        "grant_type": "password",
        **client,
        "username": credentials.username or "",
        "password": password,
    }


def _reveal(secret: Secret | None) -> str:
    return "" if secret is None else secret.reveal()


def _document(delivery: Delivery, url: str) -> Mapping[str, object]:
    if not isinstance(delivery, Answered):
        raise unreachable(url, delivery.reason, passing=not isinstance(delivery, NotSent) or delivery.passing)
    found = decode(delivery.body)
    document: Mapping[str, object] = found if isinstance(found, dict) else {}
    if delivery.status == 200:
        return document
    if delivery.status >= 500 or delivery.status == 429:
        raise TargetError(
            "SIGN_IN_LATER",
            f"{url} answered the sign-in with {delivery.status}.",
            "Run the same command again later.",
            exit=Exit.LATER,
        )
    error, description = str(document.get("error") or ""), str(document.get("error_description") or "")
    said = f"{error}: {description}" if error else f"HTTP status {delivery.status}"
    raise TargetError("SIGN_IN_REFUSED", f"{url} refuses the sign-in ({said}).", _remedy(error, description))


def _remedy(error: str, description: str) -> str:
    for (name, beginning), remedy in REMEDIES.items():
        if name == error and description.startswith(beginning):
            return remedy
    return "Check login_url, client_id, client_secret, user and password of the connection."
