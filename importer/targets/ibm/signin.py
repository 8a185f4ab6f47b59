"""Signing in to IBM: HTTP basic, cookies kept; tokens against forgery (facts: ibm-case-manager.md §8)."""

from __future__ import annotations

import base64
import json
import uuid

from importer.model.errors import Exit, TargetError
from importer.model.secret import Secret
from importer.settings import Credentials
from importer.targets.ibm.answers import folded
from importer.targets.json_body import decode
from importer.transport.delivery import Answered, Request
from importer.transport.signin import Send, Session

CSRF = "BPMCSRFToken"
CSRF_GONE = b"CWTBG0651E"
"""In the body of a 403: the token is missing or has expired; nothing was processed (facts §3.4, §8)."""
CSRF_LIFE = 7200
"""Seconds; the longest that a token lives."""
XSRF = "ECM-CS-XSRF-Token"
SEARCH_SIGN_IN = "SEARCH_SIGN_IN"
"""Code of the error that no token for searching is to be had."""


def basic_header(credentials: Credentials) -> Secret:
    """Return the ``Authorization`` header of HTTP basic, in UTF-8."""
    password = credentials.password
    pair = f"{credentials.username or ''}:{password.reveal() if password else ''}"
    return Secret(f"Basic {base64.b64encode(pair.encode('utf-8')).decode('ascii')}")


class BasicSignIn:
    """Sends user and password with every request; the server's LTPA cookie is kept beside them."""

    def __init__(self, base_url: str, credentials: Credentials) -> None:
        self.base_url = base_url
        self._credentials = credentials

    async def sign_in(self, send: Send) -> Session:
        """Return a session; basic authentication needs no request of its own."""
        headers = {"Authorization": basic_header(self._credentials)}
        return Session(self.base_url, headers, self._credentials.username or "")

    def expired(self, answer: Answered) -> bool:
        """A 401 can mean that the LTPA cookie has run out (120 min): it is dropped and the password sent."""
        return answer.status == 401


class CsrfSignIn:
    """CASEREST v2: ``POST /system/login`` gives the token that every other call carries (facts §8).

    ``base_url`` is that of v2.
    """

    def __init__(self, base_url: str, credentials: Credentials) -> None:
        self.base_url = base_url
        self._credentials = credentials

    async def sign_in(self, send: Send) -> Session:
        """Ask for a token. Raises TargetError when there is none; with exit 5 where it may come later."""
        basic = basic_header(self._credentials)
        body = json.dumps({"refresh_groups": False, "requested_lifetime": CSRF_LIFE}).encode()
        headers = {
            "Authorization": basic.reveal(),
            "Content-Type": "application/json",
            "Accept": "application/json",
        }
        # A login changes nothing that a second one would harm.
        request = Request(
            "POST", "/system/login", body=body, headers=headers, creates=False, purpose="sign in to v2"
        )
        delivery = await send(request)
        if not isinstance(delivery, Answered):
            raise TargetError(
                "UNREACHABLE",
                f"{self.base_url} cannot be reached: {delivery.reason}.",
                "Check search_url of the connection.",
                exit=Exit.LATER,
            )
        token = folded(decode(delivery.body)).get("csrf_token")
        if delivery.status in (200, 201) and isinstance(token, str) and token:
            return Session(
                self.base_url,
                {"Authorization": basic, CSRF: Secret(token)},
                self._credentials.username or "",
            )
        raise self._refused(delivery.status)

    def _refused(self, status: int) -> TargetError:
        what = f"{self.base_url}/system/login gives no token (HTTP status {status})."
        passing = status == 429 or status >= 500
        remedy = "Check search_url, username and password of the connection."
        return TargetError(SEARCH_SIGN_IN, what, remedy, exit=Exit.LATER if passing else Exit.CANNOT_RUN)

    def expired(self, answer: Answered) -> bool:
        """The cookie has run out (401), or the token has (403 with its message id)."""
        return answer.status == 401 or (answer.status == 403 and CSRF_GONE in answer.body)


class XsrfSignIn:
    """Content Services GraphQL: one token of our own making, as header and as cookie (facts §4.5)."""

    def __init__(self, base_url: str, credentials: Credentials) -> None:
        self.base_url = base_url
        self._credentials = credentials

    async def sign_in(self, send: Send) -> Session:
        """Return a session; no request is needed."""
        token = str(uuid.uuid4())
        headers: dict[str, str | Secret] = {
            "Authorization": basic_header(self._credentials),
            XSRF: Secret(token),
            "Cookie": Secret(f"{XSRF}={token}"),
        }
        return Session(self.base_url, headers, self._credentials.username or "")

    def expired(self, answer: Answered) -> bool:
        """A 401 can mean that the server's own cookie has run out: it is dropped."""
        return answer.status == 401
