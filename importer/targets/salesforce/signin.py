"""Signing in to Salesforce: OAuth token requests (facts: salesforce.md §1; origin document 1)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Protocol
from urllib.parse import urlencode

from importer.model.errors import Exit, TargetError
from importer.model.secret import Secret
from importer.settings import ConnectionSettings, Credentials
from importer.targets.delivering import undelivered
from importer.targets.json_body import decode
from importer.targets.salesforce.assertion import audience_of, sign
from importer.targets.salesforce.given_token import GivenTokenSignIn
from importer.targets.salesforce.hosts import instance_of
from importer.targets.salesforce.session import session_is_over
from importer.targets.salesforce.sf_cli import SfCliSignIn
from importer.targets.salesforce.token_errors import refusal
from importer.transport.delivery import Answered, Delivery, Request
from importer.transport.signin import Send, Session, SignIn

TOKEN_PATH = "/services/oauth2/token"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class SalesforceSignIn(SignIn, Protocol):
    """A sign-in that knows, once it is done, the identity address ``…/id/{org}/{user}`` (or nothing)."""

    identity_url: str


def sign_in_for(settings: ConnectionSettings, credentials: Credentials) -> SalesforceSignIn:
    """Return the sign-in of a connection."""
    if settings.auth == "access-token":
        assert credentials.access_token is not None
        return GivenTokenSignIn(settings.instance_url, credentials.access_token)
    if settings.auth == "sf-cli":
        return SfCliSignIn(settings.org, settings.trusted_hosts)
    return TokenSignIn(
        settings.login_url,
        settings.auth,
        credentials,
        audience=settings.audience,
        trusted_hosts=settings.trusted_hosts,
    )


class TokenSignIn:
    """Gets an access token by ``password``, ``client-credentials``, ``jwt-bearer`` or ``refresh-token``.

    ``audience`` is that of a signed assertion, where the one of ``login_url`` is not right; ``trusted_hosts``
    are hosts outside Salesforce to which the token may go.
    """

    def __init__(
        self,
        login_url: str,
        auth: str,
        credentials: Credentials,
        *,
        audience: str | None = None,
        trusted_hosts: Sequence[str] = (),
    ) -> None:
        self.base_url = login_url
        self._auth = auth
        self._credentials = credentials
        self._audience = audience or audience_of(login_url)
        self._trusted = trusted_hosts
        self.identity_url = ""

    async def sign_in(self, send: Send) -> Session:
        """Ask for a token; the API's base address is the answer's ``instance_url``. Raises TargetError."""
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        body = urlencode(await self._form()).encode("ascii")
        delivery = await send(
            Request("POST", TOKEN_PATH, body=body, headers=headers, creates=False, purpose="sign in")
        )
        document = self._document(delivery)
        token, instance = document.get("access_token"), document.get("instance_url")
        if not isinstance(token, str) or not isinstance(instance, str) or not token:
            raise TargetError(
                "SIGN_IN_UNREADABLE",
                f"{self.base_url} answered the sign-in without access_token or instance_url.",
                "Check login_url: it must be a Salesforce login or My Domain address, and no proxy or sign-in"
                " page may answer in its place.",
            )
        base_url = instance_of(instance, self.base_url, self._trusted)
        self.identity_url = str(document.get("id") or "")
        user = self._credentials.username or ""
        return Session(base_url, {"Authorization": Secret(f"Bearer {token}")}, user)

    def expired(self, answer: Answered) -> bool:
        """A 401, but for the kinds that no new session cures."""
        return session_is_over(answer)

    async def _form(self) -> dict[str, str]:
        if self._auth != "jwt-bearer":
            return token_form(self._auth, self._credentials)
        found = self._credentials
        assert found.private_key is not None
        # Importing the library and signing take a third of a second: other tasks go on meanwhile.
        signed = await asyncio.to_thread(
            sign,
            found.client_id or "",
            found.username or "",
            self._audience,
            found.private_key,
            found.private_key_password,
            time.time(),
        )
        return {"grant_type": JWT_BEARER, "assertion": signed}

    def _document(self, delivery: Delivery) -> Mapping[str, object]:
        url = self.base_url
        if not isinstance(delivery, Answered):
            raise undelivered(url, delivery)
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
        raise refusal(url, self._auth, delivery.status, document)


def token_form(auth: str, credentials: Credentials) -> dict[str, str]:
    """Return the form of a token request that needs no signature.

    The security token is glued to the password (origin document 1); a refresh needs the secret only where
    the app has one.
    """
    client = {"client_id": credentials.client_id or ""}
    if credentials.client_secret is not None or auth != "refresh-token":
        client["client_secret"] = _reveal(credentials.client_secret)
    if auth == "client-credentials":
        return {"grant_type": "client_credentials", **client}
    if auth == "refresh-token":
        return {
            "grant_type": "refresh_token",
            **client,
            "refresh_token": _reveal(credentials.refresh_token),
        }
    password = _reveal(credentials.password) + _reveal(credentials.security_token)
    return {
        "grant_type": "password",
        **client,
        "username": credentials.username or "",
        "password": password,
    }


def _reveal(secret: Secret | None) -> str:
    return "" if secret is None else secret.reveal()
