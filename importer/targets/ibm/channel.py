"""From a connection to its search: a second session beside the one of CASEREST v1, at one common rate."""

from __future__ import annotations

from urllib.parse import urlsplit

from importer.settings import ConnectionSettings, Credentials
from importer.targets.ibm.search import GraphqlSearch, InstancesSearch, Search, Searched
from importer.targets.ibm.signin import CsrfSignIn, XsrfSignIn
from importer.transport.pacing import Pacer
from importer.transport.signin import SignIn
from importer.transport.transport import Transport


class Channel:
    """The search of one connection, whose ``search`` is not none. Its requests leave through ``pacer``."""

    def __init__(
        self, settings: ConnectionSettings, credentials: Credentials, searched: Searched, pacer: Pacer
    ) -> None:
        self.search: Search
        where = settings.search_url
        if settings.search == "v2":
            self._transport = _beside(settings, CsrfSignIn(where, credentials), pacer)
            self.search = InstancesSearch(self._transport, where, searched, settings.search_operator)
            return
        parts = urlsplit(where)
        root = f"{parts.scheme}://{parts.netloc}"
        self._transport = _beside(settings, XsrfSignIn(root, credentials), pacer)
        self.search = GraphqlSearch(self._transport, where, parts.path or "/", searched)

    def stop(self) -> None:
        """From now on nothing leaves."""
        self._transport.stop()

    async def close(self) -> None:
        """Give back connections."""
        await self._transport.close()


def _beside(settings: ConnectionSettings, sign_in: SignIn, pacer: Pacer) -> Transport:
    """Return a transport at the rate of another one: ``pacer`` tells both of every departure."""
    first = pacer.on_departure
    transport = Transport(settings, sign_in, pacer=pacer)
    second = pacer.on_departure

    def departed() -> None:
        for tell in (first, second):
            if tell is not None:
                tell()

    pacer.on_departure = departed
    return transport
