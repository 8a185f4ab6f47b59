"""Signing in to IBM Case Manager: HTTP basic, cookies kept (facts: ibm-case-manager.md §8)."""

from __future__ import annotations

import base64

from importer.model.secret import Secret
from importer.settings import Credentials
from importer.transport.delivery import Answered
from importer.transport.signin import Send, Session


class BasicSignIn:
    """Sends user and password with every request; the server's LTPA cookie is kept beside them."""

    def __init__(self, base_url: str, credentials: Credentials) -> None:
        self.base_url = base_url
        self._credentials = credentials

    async def sign_in(self, send: Send) -> Session:
        """Return a session; basic authentication needs no request of its own."""
        password = self._credentials.password
        pair = f"{self._credentials.username or ''}:{password.reveal() if password else ''}"
        token = base64.b64encode(pair.encode("utf-8")).decode("ascii")
        headers = {"Authorization": Secret(f"Basic {token}")}
        return Session(self.base_url, headers, self._credentials.username or "")

    def expired(self, answer: Answered) -> bool:
        """A 401 can mean that the LTPA cookie has run out (120 min): it is dropped and the password sent."""
        return answer.status == 401
