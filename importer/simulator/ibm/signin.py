"""Ways into the server: Basic, the form that gives an LTPA cookie, Zen by IAM, Zen API keys (facts §8)."""

from __future__ import annotations

import secrets
from urllib.parse import parse_qsl

from importer.simulator.delivery import LOGIN_PAGE
from importer.simulator.http import Call, Reply, basic
from importer.simulator.world import Sessions, World

ERROR_PAGE = "<html><head><title>Error {0}</title></head><body><h1>Error {0}: {1}</h1></body></html>"
FORM_PATH = "/j_security_check"
IDENTITY_TOKEN = "/idprovider/v1/auth/identitytoken"
EXCHANGE = "/v1/preauth/validateAuth"


class SignIns:
    """The tokens given out by IAM and Zen, and who may come in."""

    def __init__(self) -> None:
        self.identities = Sessions(sliding=False)
        self.tokens = Sessions(sliding=False)

    def clear(self) -> None:
        """End all tokens."""
        self.identities.clear()
        self.tokens.clear()

    def form(self, world: World, call: Call) -> Reply:
        """``POST j_security_check``: a redirect either way; the cookie that goes with the answer tells."""
        form = _form(call)
        call.user = _known(world, form.get("j_username", ""), form.get("j_password", ""))
        page = "" if call.user else "login_error.jsp"
        return Reply(302, b"", {"Location": f"/CaseManager/{page}"})

    def identity_token(self, world: World, call: Call) -> Reply:
        """``POST …/identitytoken``: IAM's token for a user and a password."""
        form = _form(call)
        user = _known(world, form.get("username", ""), form.get("password", ""))
        if form.get("grant_type") != "password" or form.get("scope") != "openid" or not user:
            return Reply.json(400, {"error": "invalid_grant"})
        token = secrets.token_urlsafe(32)
        self.identities.open(token, user, world.behaviour.session_life)
        return Reply.json(200, {"access_token": token, "token_type": "Bearer", "expires_in": 43_199})

    def exchange(self, world: World, call: Call) -> Reply:
        """``GET …/validateAuth``: Zen's token for IAM's; the user must be the one that signed in."""
        user = self.identities.user(call.headers.get("iam-token", ""), world.behaviour.session_life)
        if not user or user != call.headers.get("username"):
            return Reply.json(401, {"message": "unauthorized"})
        token = secrets.token_urlsafe(32)
        self.tokens.open(token, user, world.behaviour.session_life)
        return Reply.json(200, {"username": user, "accessToken": token})

    def user(self, world: World, call: Call) -> str:
        """Return who the ``Authorization`` header says is calling, empty for nobody who is known."""
        scheme, _, rest = call.headers.get("Authorization", "").partition(" ")
        match scheme.lower():
            case "basic" if world.behaviour.basic:
                return _known(world, *basic(rest))
            case "bearer":
                return self.tokens.user(rest, world.behaviour.session_life) or ""
            case "zenapikey":
                # With --credentials, the API key is the password (a decision).
                return _known(world, *basic(rest))
        return ""


def _form(call: Call) -> dict[str, str]:
    return dict(parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True))


def _known(world: World, user: str, password: str) -> str:
    wanted = world.options.credentials
    return user if user and password and (not wanted or (user, password) == wanted) else ""


def unauthorized(world: World) -> Reply:
    """Return what who has not signed in gets: 401, the way to the form, or the form itself."""
    if world.behaviour.ibm_signin == "redirect":
        return Reply(302, b"", {"Location": "/CaseManager/login.jsp"})
    if world.behaviour.ibm_signin == "page":
        return Reply.html(200, LOGIN_PAGE)
    page = "" if world.behaviour.ibm_401 == "empty" else ERROR_PAGE.format(401, "Unauthorized")
    reply = Reply.html(401, page)
    reply.headers["WWW-Authenticate"] = 'Basic realm="defaultRealm"'
    return reply
