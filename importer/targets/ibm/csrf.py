"""Tokens against forgery beside a sign-in: of CASEREST, and the pair of GraphQL (facts §4.5, §8)."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from urllib.parse import urlsplit

from importer.model.errors import Exit, TargetError
from importer.model.secret import Secret
from importer.settings import origin_of
from importer.targets.delivering import undelivered
from importer.targets.ibm.answers import folded
from importer.targets.ibm.signin_answers import OTHER_WAYS, is_sign_in_page, refused
from importer.targets.json_body import decode
from importer.transport.delivery import Answered, Request
from importer.transport.signin import Send, Session, SignIn

CSRF = "BPMCSRFToken"
CSRF_GONE = b"CWTBG0651E"
"""In the body of a 403: the token is missing or has expired; nothing was processed (facts §3.4, §8)."""
CSRF_LIFE = 7200
"""Seconds; the longest that a token lives."""
XSRF = "ECM-CS-XSRF-Token"


class CsrfSignIn:
    """Signs in by ``inner``, then fetches from ``login_url`` the token that every request carries, GETs too.

    Usable with v1 as well as v2: the token belongs to the server, not to the path.
    """

    def __init__(self, inner: SignIn, login_url: str) -> None:
        self.base_url = inner.base_url
        self._inner = inner
        self._login_url = login_url

    async def sign_in(self, send: Send) -> Session:
        """Ask for a token. Raises TargetError when there is none; with exit 5 where it may come later."""
        session = await self._inner.sign_in(send)
        shown = {name: _reveal(value) for name, value in session.headers.items()}
        # A login changes nothing that a second one would harm.
        request = Request(
            "POST",
            urlsplit(self._login_url).path,
            body=json.dumps({"refresh_groups": False, "requested_lifetime": CSRF_LIFE}).encode(),
            headers={**shown, "Content-Type": "application/json", "Accept": "application/json"},
            creates=False,
            purpose="get a CSRF token",
        )
        delivery = await send(request, origin_of(self._login_url))
        if not isinstance(delivery, Answered):
            raise undelivered(self._login_url, delivery)
        token = folded(decode(delivery.body)).get("csrf_token")
        if delivery.status in (200, 201) and isinstance(token, str) and token:
            headers = {**session.headers, CSRF: Secret(token)}
            return replace(session, headers=headers, life=min(session.life or CSRF_LIFE, CSRF_LIFE))
        raise self._refused(delivery)

    def _refused(self, answer: Answered) -> TargetError:
        status = answer.status
        if is_sign_in_page(answer):
            return refused(self._login_url, "a sign-in page comes in the place of a token", OTHER_WAYS)
        passing = status == 429 or status >= 500
        if status in (401, 403):
            remedy = "Check user and password (or API key) of the connection, and the user's rights."
            return refused(self._login_url, f"HTTP status {status}, and no token", remedy)
        remedy = "Check the address: csrf_url of the connection names another one."
        return TargetError(
            "SIGN_IN_LATER" if passing else "SIGN_IN_REFUSED",
            f"{self._login_url} gives no token (HTTP status {status}).",
            remedy,
            exit=Exit.LATER if passing else Exit.CANNOT_RUN,
        )

    def expired(self, answer: Answered) -> bool:
        """The session is over, or the token is (403 with its message id)."""
        return self._inner.expired(answer) or (answer.status == 403 and CSRF_GONE in answer.body)


class XsrfSignIn:
    """Content Services GraphQL: one token of our own making beside ``inner``, as header and as cookie."""

    def __init__(self, inner: SignIn) -> None:
        self.base_url = inner.base_url
        self._inner = inner

    async def sign_in(self, send: Send) -> Session:
        """Sign in by ``inner`` and add the token; it needs no request. Raises TargetError."""
        session = await self._inner.sign_in(send)
        token = str(uuid.uuid4())
        pair: dict[str, str | Secret] = {XSRF: Secret(token), "Cookie": Secret(f"{XSRF}={token}")}
        return replace(session, headers={**session.headers, **pair})

    def expired(self, answer: Answered) -> bool:
        """The session of ``inner`` is over."""
        return self._inner.expired(answer)


def _reveal(value: str | Secret) -> str:
    return value.reveal() if isinstance(value, Secret) else value
