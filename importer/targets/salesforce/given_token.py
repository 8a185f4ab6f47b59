"""``auth = "access-token"``: a token that somebody else has fetched, and who it belongs to."""

from __future__ import annotations

from dataclasses import dataclass

from importer.model.errors import TargetError
from importer.model.secret import Secret
from importer.targets.delivering import undelivered
from importer.targets.json_body import decode
from importer.targets.salesforce.session import session_is_over
from importer.transport.delivery import Answered, Request
from importer.transport.signin import Send, Session

USERINFO = "/services/oauth2/userinfo"
REDACTED = "[REDACTED]"
"""How the sentence begins that the Salesforce CLI shows in place of a token (facts §1)."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a token belongs to: the identity address ``…/id/{org}/{user}``, and the user's name; or nothing."""

    url: str = ""
    username: str = ""


class GivenTokenSignIn:
    """Uses one token for as long as it lasts; it cannot be renewed."""

    def __init__(self, instance_url: str, token: Secret) -> None:
        self.base_url = instance_url
        self.identity_url = ""
        self._token = token
        self._used = False

    async def sign_in(self, send: Send) -> Session:
        """Ask who the token belongs to. Raises TargetError when the token has ended, or is none."""
        if self._used:
            raise TargetError(
                "SESSION_ENDED",
                f"{self.base_url} does not accept the access token: it has ended, or is another org's.",
                "Put a new one where access_token of the connection points. For more than an hour or two use"
                ' auth = "jwt-bearer" or "refresh-token", which renew it.',
            )
        check_token(self._token, "access_token of the connection", "Put the token itself there.")
        identity = await identify(send, self.base_url, self._token)
        self._used = True
        self.identity_url = identity.url
        return Session(self.base_url, bearer(self._token), identity.username)

    def expired(self, answer: Answered) -> bool:
        """A 401, but for the kinds that no new session cures."""
        return session_is_over(answer)


def bearer(token: Secret) -> dict[str, str | Secret]:
    """Return the header that carries ``token``."""
    return {"Authorization": Secret(f"Bearer {token.reveal()}")}


def check_token(token: Secret, what: str, remedy: str) -> None:
    """Raise TargetError when ``token`` cannot be one: the CLI's redaction, blanks, line breaks."""
    text = token.reveal()
    if text.startswith(REDACTED) or not (text.isascii() and text.isprintable()) or " " in text or not text:
        said = "is what the Salesforce CLI shows in place of a token" if REDACTED in text else "is no token"
        raise TargetError(
            "BAD_ACCESS_TOKEN", f"{what} {said}.", f"{remedy} sf org auth show-access-token prints it."
        )


async def identify(send: Send, instance_url: str, token: Secret) -> Identity:
    """Ask whose ``token`` is. Not every token may ask: then nothing is known, and the org is asked later.

    Raises TargetError when the server cannot be reached.
    """
    headers = {"Authorization": f"Bearer {token.reveal()}", "Accept": "application/json"}
    request = Request("GET", USERINFO, headers=headers, creates=False, purpose="read user")
    delivery = await send(request, instance_url)
    if not isinstance(delivery, Answered):
        raise undelivered(instance_url, delivery)
    found = decode(delivery.body) if delivery.status == 200 else None
    if not isinstance(found, dict):
        return Identity()
    org, user = found.get("organization_id"), found.get("user_id")
    known = isinstance(org, str) and isinstance(user, str)
    return Identity(
        f"{instance_url}/id/{org}/{user}" if known else "", str(found.get("preferred_username") or "")
    )
