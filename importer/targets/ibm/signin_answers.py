"""What the answer to a sign-in says, and what a session that is over looks like (facts §8)."""

from __future__ import annotations

import re

from importer.model.errors import Exit, TargetError
from importer.targets.delivering import undelivered
from importer.transport.delivery import Answered, Delivery

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_LOGIN_PAGE = re.compile(
    r"log-?[io]n|sign-?[io]n|j_security|idprovider|oidc|oauth|saml|adfs|sso|/auth", re.IGNORECASE
)
OTHER_WAYS = (
    "Check username and password (or API key) of the connection, and auth: the server may want another way "
    "in (basic, ltpa, zen, zen-api-key)."
)
"""What to do about a sign-in page in the place of an answer."""


def is_sign_in_page(answer: Answered) -> bool:
    """Tell whether ``answer`` leads to a sign-in page, or is one: a redirect to it, or HTML with 200.

    CASEREST answers with JSON and redirects nothing; where it seems to, something before it answers.
    """
    if 300 <= answer.status < 400:
        return _LOGIN_PAGE.search(_header(answer, "location")) is not None
    start = answer.body[:200].lstrip().lower()
    html = "text/html" in _header(answer, "content-type").lower()
    return 200 <= answer.status < 300 and (html or start.startswith((b"<!doctype html", b"<html")))


def _header(answer: Answered, wanted: str) -> str:
    return next((value for name, value in answer.headers.items() if name.lower() == wanted), "")


def is_over(answer: Answered) -> bool:
    """Tell whether the session is over: a 401, or a sign-in page in the place of an answer."""
    return answer.status == 401 or is_sign_in_page(answer)


def refused(where: str, said: str, remedy: str) -> TargetError:
    """Return the error of a sign-in that is refused."""
    return TargetError("SIGN_IN_REFUSED", f"{where} refuses the sign-in ({said}).", remedy)


def answered(where: str, delivery: Delivery) -> Answered:
    """Return the answer of a sign-in request. Raises TargetError where there is none, or a passing one."""
    if not isinstance(delivery, Answered):
        raise undelivered(where, delivery)
    if delivery.status >= 500 or delivery.status == 429:
        raise TargetError(
            "SIGN_IN_LATER",
            f"{where} answered the sign-in with {delivery.status}.",
            "Run the same command again later.",
            exit=Exit.LATER,
        )
    return delivery
