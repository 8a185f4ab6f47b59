"""Signing in to IBM: which way; basic, and the form that gives an LTPA cookie (facts §8)."""

from __future__ import annotations

import base64
from urllib.parse import urlencode, urlsplit

from importer.model.secret import Secret
from importer.settings import ConnectionSettings, Credentials, origin_of
from importer.targets.ibm.csrf import CsrfSignIn
from importer.targets.ibm.signin_answers import FORM, answered, is_over, refused
from importer.targets.ibm.zen import ZenApiKeySignIn, ZenSignIn
from importer.transport.delivery import Answered, Request
from importer.transport.signin import Send, Session, SignIn

LTPA_LIFE = 7200.0
"""Seconds that an LTPA cookie lives by default, from its making (WebSphere Liberty, LTPA)."""


def sign_in_for(
    settings: ConnectionSettings, credentials: Credentials, base_url: str, *, csrf: bool
) -> SignIn:
    """Return the sign-in of a connection for requests to ``base_url``; under ``csrf`` with a CSRF token."""
    way = _way(settings, credentials, base_url)
    return CsrfSignIn(way, token_url(settings, base_url)) if csrf else way


def _way(settings: ConnectionSettings, credentials: Credentials, base_url: str) -> SignIn:
    """The cookie of ``ltpa`` belongs to the server of its form: another one is sent user and password."""
    match settings.auth:
        case "ltpa" if origin_of(settings.login_url) == origin_of(base_url):
            life = settings.session_life or LTPA_LIFE
            return LtpaSignIn(base_url, settings.login_url, settings.ltpa_cookie, credentials, life)
        case "zen":
            return ZenSignIn(base_url, settings.iam_url, settings.zen_url, credentials, settings.session_life)
        case "zen-api-key":
            return ZenApiKeySignIn(base_url, credentials)
    return BasicSignIn(base_url, credentials)


def token_url(settings: ConnectionSettings, base_url: str) -> str:
    """Return where the CSRF token for ``base_url`` comes from: ``/system/login`` of v2, or ``csrf_url``.

    A token is good for the server that gave it: ``csrf_url`` is not used for another one (facts §8).
    """
    if settings.csrf_url and origin_of(settings.csrf_url) == origin_of(base_url):
        return settings.csrf_url
    root = base_url.removesuffix("/v1")
    return f"{root}/v2/system/login" if root.endswith("/CASEREST") else f"{base_url}/system/login"


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
        return is_over(answer)


class LtpaSignIn:
    """Fills in the server's sign-in form once; its cookie then stands for us, for ``life`` seconds.

    ``login_url`` is on the server of ``base_url``: the cookie stays in that server's jar.
    """

    def __init__(
        self, base_url: str, login_url: str, cookie: str, credentials: Credentials, life: float
    ) -> None:
        self.base_url = base_url
        self._login_url = login_url
        self._cookie = cookie
        self._credentials = credentials
        self._life = life

    async def sign_in(self, send: Send) -> Session:
        """Send the form; only the cookie proves that it was accepted. Raises TargetError."""
        password = self._credentials.password
        form = {
            "j_username": self._credentials.username or "",
            "j_password": password.reveal() if password else "",
        }
        request = Request(
            "POST",
            urlsplit(self._login_url).path or "/",
            body=urlencode(form).encode("ascii"),
            headers=FORM,
            creates=False,
            purpose="sign in by form",
        )
        answer = answered(self._login_url, await send(request, origin_of(self._login_url)))
        given = (value for name, value in answer.headers.items() if name.lower() == "set-cookie")
        if any(_sets(value, self._cookie) for value in given):
            return Session(self.base_url, {}, self._credentials.username or "", self._life)
        if answer.status in (404, 405):
            raise refused(
                self._login_url,
                f"there is no sign-in form: HTTP status {answer.status}",
                'Set login_url to where the form goes (…/j_security_check), or auth = "basic".',
            )
        raise refused(
            self._login_url,
            f"no cookie {self._cookie} came, HTTP status {answer.status}",
            "Check username and password of the connection; login_url and ltpa_cookie where yours differ.",
        )

    def expired(self, answer: Answered) -> bool:
        """A 401, or the form in the place of an answer."""
        return is_over(answer)


def _sets(value: str, cookie: str) -> bool:
    """Tell whether a ``Set-Cookie`` header gives ``cookie`` a value; an empty one deletes it."""
    name, _, rest = value.partition("=")
    return name.strip() == cookie and rest.partition(";")[0].strip().strip('"') != ""
