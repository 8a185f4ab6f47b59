"""Signing in to Cloud Pak for Business Automation: Zen by IAM, and Zen API keys (facts §8)."""

from __future__ import annotations

import base64
from urllib.parse import urlencode

from importer.model.errors import TargetError
from importer.model.secret import Secret
from importer.settings import Credentials
from importer.targets.ibm.answers import folded
from importer.targets.ibm.signin_answers import FORM, answered, is_over, is_sign_in_page, refused
from importer.targets.json_body import decode
from importer.transport.delivery import Answered, Request
from importer.transport.signin import Send, Session

IDENTITY_TOKEN = "/idprovider/v1/auth/identitytoken"
EXCHANGE = "/v1/preauth/validateAuth"
ZEN_LIFE = 1800.0
"""Seconds after which IBM's own client renews its token (CS: ``gqlinvoke.py``)."""


class ZenSignIn:
    """Gets a token from the identity provider, exchanges it for one of Zen, and sends that one along."""

    def __init__(
        self, base_url: str, iam_url: str, zen_url: str, credentials: Credentials, life: float | None
    ) -> None:
        self.base_url = base_url
        self._iam_url = iam_url
        self._zen_url = zen_url
        self._credentials = credentials
        self._life = life or ZEN_LIFE

    async def sign_in(self, send: Send) -> Session:
        """Ask both. The password goes to the identity provider only. Raises TargetError."""
        user = self._credentials.username or ""
        if not (user.isascii() and user.isprintable()):
            raise TargetError(
                "BAD_USERNAME",
                "username holds characters that cannot stand in a header.",
                "Zen takes names of plain ASCII letters, digits and signs.",
            )
        identity = await self._identity_token(send, user)
        token = await self._exchange(send, user, identity)
        return Session(self.base_url, {"Authorization": Secret(f"Bearer {token}")}, user, self._life)

    async def _identity_token(self, send: Send, user: str) -> str:
        password = self._credentials.password
        form = {
            "grant_type": "password",
            "username": user,
            "password": password.reveal() if password else "",
            "scope": "openid",
        }
        request = Request(
            "POST",
            IDENTITY_TOKEN,
            body=urlencode(form).encode("ascii"),
            headers={**FORM, "Accept": "application/json"},
            creates=False,
            purpose="sign in to IAM",
        )
        answer = answered(self._iam_url, await send(request, self._iam_url))
        return _token(
            answer, "access_token", self._iam_url, "iam_url", "Check username and password of the connection."
        )

    async def _exchange(self, send: Send, user: str, identity: str) -> str:
        headers = {"username": user, "iam-token": identity, "Accept": "application/json"}
        request = Request("GET", EXCHANGE, headers=headers, creates=False, purpose="sign in to Zen")
        answer = answered(self._zen_url, await send(request, self._zen_url))
        remedy = "Give the user access to the Cloud Pak, and check that iam_url and zen_url belong together."
        return _token(answer, "accessToken", self._zen_url, "zen_url", remedy)

    def expired(self, answer: Answered) -> bool:
        """A 401, or a sign-in page in the place of an answer."""
        return is_over(answer)


def _token(answer: Answered, key: str, where: str, setting: str, remedy: str) -> str:
    """Return the token in an answer. Raises TargetError when there is none."""
    token = folded(decode(answer.body)).get(key.casefold())
    usable = isinstance(token, str) and token.isascii() and token.isprintable() and token
    if answer.status in (200, 201) and usable:
        return str(token)
    if answer.status in (400, 401, 403):
        raise refused(where, f"HTTP status {answer.status}", remedy)
    said = "a sign-in page" if is_sign_in_page(answer) else f"HTTP status {answer.status} without {key}"
    raise refused(where, said, f"Check {setting} of the connection.")


class ZenApiKeySignIn:
    """Sends user and API key with every request."""

    def __init__(self, base_url: str, credentials: Credentials) -> None:
        self.base_url = base_url
        self._credentials = credentials

    async def sign_in(self, send: Send) -> Session:
        """Return a session; an API key needs no request of its own."""
        user, key = self._credentials.username or "", self._credentials.api_key
        pair = f"{user}:{key.reveal() if key else ''}".encode()
        header = Secret(f"ZenApiKey {base64.b64encode(pair).decode('ascii')}")
        return Session(self.base_url, {"Authorization": header}, user)

    def expired(self, answer: Answered) -> bool:
        """A 401, or a sign-in page: a cookie may have run out, and is dropped."""
        return is_over(answer)
