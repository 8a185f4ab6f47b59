"""The CSRF token of CASEREST v2 and the XSRF pair of the GraphQL endpoint (facts §4.5, §8)."""

from __future__ import annotations

import json
import secrets
from http.cookies import CookieError, SimpleCookie

from importer.simulator.http import Call, Reply
from importer.simulator.world import Sessions, World

HEADER = "BPMCSRFToken"
XSRF = "ECM-CS-XSRF-Token"
LONGEST_LIFE = 7200
"""Seconds; no token lives longer."""


def cookie(call: Call, name: str) -> str:
    """Return the cookie ``name`` of a request, empty when there is none."""
    try:
        morsel = SimpleCookie(call.headers.get("Cookie", "")).get(name)
    except CookieError:
        return ""
    return morsel.value if morsel else ""


def failed(status: int, code: str, message: str) -> Reply:
    """Return the error shape of v2 for 401, 404 and a login that cannot be read (facts §3.2)."""
    return Reply.json(status, {"code": code, "message": message})


def forbidden(number: str, message: str) -> Reply:
    """Return the error shape of v2 for 403 (facts §3.2)."""
    return Reply.json(403, {"error_number": number, "error_message": message})


class CsrfTokens:
    """The tokens given out, each to one user, with a fixed life."""

    def __init__(self) -> None:
        self.sessions = Sessions(sliding=False)

    def login(self, world: World, call: Call) -> Reply:
        """``POST /system/login``: 201 with a token for who has signed in."""
        try:
            content = json.loads(call.body)
        except ValueError:
            content = None
        if not isinstance(content, dict) or not isinstance(content.get("refresh_groups"), bool):
            return failed(400, "SIM9001", "refresh_groups is required.")
        life = content.get("requested_lifetime", LONGEST_LIFE)
        if isinstance(life, bool) or not isinstance(life, int) or not 0 < life <= LONGEST_LIFE:
            return failed(400, "SIM9002", f"requested_lifetime is a number from 1 to {LONGEST_LIFE}.")
        token = secrets.token_urlsafe(48)
        self.sessions.open(token, call.user, min(life, world.behaviour.session_life))
        return Reply.json(201, {"csrf_token": token, "expiration": life})

    def refusal(self, world: World, call: Call) -> Reply | None:
        """Give the 403 for a missing, dead or foreign token, or None."""
        token = call.headers.get(HEADER, "")
        if token and self.sessions.user(token, world.behaviour.session_life) == call.user:
            return None
        text = f"The {HEADER} header is missing, has expired or is not valid."
        return forbidden("CWTBG0651E", text)


def xsrf_refusal(call: Call) -> Reply | None:
    """Give the 403 for a GraphQL request whose header and cookie are not the same token, or None."""
    token = call.headers.get(XSRF, "")
    if token and token == cookie(call, XSRF):
        return None
    return Reply.json(403, {"errors": [{"message": f"{XSRF} is missing, or header and cookie differ."}]})
