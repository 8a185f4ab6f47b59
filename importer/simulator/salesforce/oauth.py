"""The token endpoint: password, client credentials, JWT bearer, refresh; errors as facts §1 has them."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from importer.simulator.http import Call, Reply, basic
from importer.simulator.salesforce.org import API_USER, org_id
from importer.simulator.salesforce.rs256 import PublicKey
from importer.simulator.world import Sessions, World

JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_AUDIENCES = ("https://login.salesforce.com", "https://test.salesforce.com")


class TokenError(Exception):
    """A refused token request: OAuth's ``error`` and its description."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description


def token(sessions: Sessions, jwt_key: PublicKey | None = None) -> Callable[[World, Call], Reply]:
    """Return the handler of ``POST /services/oauth2/token`` that opens sessions in ``sessions``.

    ``jwt_key`` is the one that assertions must be signed by; without it signatures are not checked.
    """

    def handle(world: World, call: Call) -> Reply:
        try:
            form = _form(call)
            scope = _grant(world, call, form, jwt_key)
        except TokenError as error:
            reply = Reply.json(400, {"error": error.error, "error_description": error.description})
        else:
            access = f"{org_id(world)[:15]}!{secrets.token_urlsafe(48).replace('-', '.')}"
            sessions.open(access, API_USER, world.behaviour.session_life)
            reply = Reply.json(200, _answer(world, call, access, scope))
        reply.headers["Cache-Control"] = "no-store"
        return reply

    return handle


def _form(call: Call) -> dict[str, str]:
    if not call.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded"):
        raise TokenError("invalid_request", "content type must be application/x-www-form-urlencoded")
    try:
        return dict(parse_qsl(call.body.decode("utf-8"), keep_blank_values=True))
    except UnicodeDecodeError:
        raise TokenError("invalid_request", "the form is not UTF-8") from None


def _grant(world: World, call: Call, form: Mapping[str, str], jwt_key: PublicKey | None) -> str:
    """Check the request; give the scope it gets. Raises TokenError."""
    match form.get("grant_type"):
        case "password":
            _password(world, form)
            return "api"
        case "client_credentials":
            _client_credentials(world, call, form)
            return "api"
        case grant if grant == JWT_GRANT:
            _jwt_bearer(world, call, form, jwt_key)
            return "api"
        case "refresh_token":
            _refresh(world, form)
            return "api refresh_token"
    raise TokenError("unsupported_grant_type", "grant type not supported")


def _password(world: World, form: Mapping[str, str]) -> None:
    if not form.get("client_id"):
        raise TokenError("invalid_client_id", "client identifier invalid")
    if not form.get("client_secret"):
        raise TokenError("invalid_client", "invalid client credentials")
    pair = form.get("username", ""), form.get("password", "")
    wanted = world.options.credentials
    if not world.behaviour.password_flow or not all(pair) or (wanted and pair != wanted):
        raise TokenError("invalid_grant", "authentication failure")


def _client_credentials(world: World, call: Call, form: Mapping[str, str]) -> None:
    """With ``--credentials``, the consumer key is the user and the secret the password (a decision)."""
    pair = form.get("client_id", ""), form.get("client_secret", "")
    scheme, _, encoded = call.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        pair = basic(encoded)
    wanted = world.options.credentials
    if not pair[0] or (wanted and pair[0] != wanted[0]):
        raise TokenError("invalid_client_id", "client identifier invalid")
    if not pair[1] or (wanted and pair[1] != wanted[1]):
        raise TokenError("invalid_client", "invalid client credentials")
    if not world.behaviour.run_as_user:
        raise TokenError("invalid_grant", "no client credentials user enabled")


def _refresh(world: World, form: Mapping[str, str]) -> None:
    """With ``--credentials``, the refresh token is the password (a decision); no new one is given."""
    if not form.get("client_id"):
        raise TokenError("invalid_client_id", "client identifier invalid")
    given, wanted = form.get("refresh_token"), world.options.credentials
    if not given or not world.behaviour.refresh_tokens or (wanted and given != wanted[1]):
        raise TokenError("invalid_grant", "expired access/refresh token")


def _jwt_bearer(world: World, call: Call, form: Mapping[str, str], key: PublicKey | None) -> None:
    """The claims are checked, and the signature where a key was given."""
    assertion = form.get("assertion", "")
    claims = _claims(assertion)
    if key is not None and not _signed_by(key, assertion):
        raise TokenError("invalid_grant", "invalid assertion")
    if not claims.get("iss"):
        raise TokenError("invalid_client_id", "client identifier invalid")
    if str(claims.get("aud", "")).rstrip("/") not in (*_AUDIENCES, call.origin):
        raise TokenError("invalid_grant", "audience is invalid")
    expiry = claims.get("exp")
    if not isinstance(expiry, int | float) or expiry <= world.wall():
        raise TokenError("invalid_grant", "expired authorization code")
    wanted = world.options.credentials
    if not claims.get("sub") or (wanted and claims["sub"] != wanted[0]):
        raise TokenError("invalid_grant", "user hasn't approved this consumer")


def _claims(assertion: str) -> dict[str, Any]:
    parts = assertion.split(".")
    try:
        header, payload = (json.loads(_unpadded(part)) for part in parts[:2])
        if len(parts) != 3 or not parts[2] or header["alg"] != "RS256" or not isinstance(payload, dict):
            raise ValueError
    except (ValueError, KeyError, TypeError):
        raise TokenError("invalid_grant", "invalid assertion") from None
    return payload


def _signed_by(key: PublicKey, assertion: str) -> bool:
    signed, _, signature = assertion.rpartition(".")
    try:
        return key.verifies(signed.encode("ascii"), _unpadded(signature))
    except ValueError:
        return False


def _unpadded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _answer(world: World, call: Call, access: str, scope: str) -> dict[str, str]:
    issued = str(int(world.wall() * 1000))
    identity = f"{call.origin}/id/{org_id(world)}/{API_USER}"
    signature = hashlib.sha256((identity + issued).encode()).digest()
    return {
        "access_token": access,
        "instance_url": call.origin,
        "id": identity,
        "token_type": "Bearer",
        "issued_at": issued,
        "signature": base64.b64encode(signature).decode(),
        "scope": scope,
    }


def identity(world: World, call: Call) -> Reply:
    """Answer the identity URL and ``/services/oauth2/userinfo``: who has signed in, and to which org."""
    if not world.behaviour.userinfo:
        return Reply.html(403, "Missing_OAuth_Token")
    record = world.store.get(API_USER)
    user = record.fields if record else {}
    return Reply.json(
        200,
        {
            "id": f"{call.origin}/id/{org_id(world)}/{API_USER}",
            "user_id": API_USER,
            "sub": f"{call.origin}/id/{org_id(world)}/{API_USER}",
            "organization_id": org_id(world),
            "username": user.get("Username"),
            "preferred_username": user.get("Username"),
            "display_name": user.get("Name"),
            "name": user.get("Name"),
            "email": user.get("Email"),
            "active": True,
        },
    )
