"""From a connection to its search: a second session beside the one of CASEREST v1, at one common rate."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from importer.model.errors import Exit, TargetError
from importer.model.settling import Settling
from importer.settings import ConnectionSettings, Credentials, Version, origin_of
from importer.targets.ibm.cesql import SYMBOLIC_NAME
from importer.targets.ibm.csrf import XsrfSignIn
from importer.targets.ibm.search import GraphqlSearch, InstancesSearch, Search, Searched
from importer.targets.ibm.signin import sign_in_for
from importer.transport.delivery import Answered
from importer.transport.pacing import Pacer
from importer.transport.signin import Send, Session, SignIn
from importer.transport.transport import Transport

SEARCH_SIGN_IN = "SEARCH_SIGN_IN"
"""Code of the error that the search takes no sign-in."""


class SearchSignIn:
    """A sign-in of the search: where it is refused, rows stay open, and the run goes on."""

    def __init__(self, inner: SignIn) -> None:
        self.base_url = inner.base_url
        self._inner = inner

    async def sign_in(self, send: Send) -> Session:
        """Sign in by ``inner``. Raises TargetError with the code SEARCH_SIGN_IN where it is refused."""
        try:
            return await self._inner.sign_in(send)
        except TargetError as error:
            if error.exit is Exit.LATER:
                raise
            raise TargetError(SEARCH_SIGN_IN, error.message, error.remedy, exit=error.exit) from None

    def expired(self, answer: Answered) -> bool:
        """The session of ``inner`` is over."""
        return self._inner.expired(answer)


class Channel:
    """The search of one connection, whose ``search`` is not none. Its requests leave through ``pacer``."""

    def __init__(
        self, settings: ConnectionSettings, credentials: Credentials, searched: Searched, pacer: Pacer
    ) -> None:
        self.search: Search
        where = settings.search_url
        if settings.search == "v2":
            way = sign_in_for(settings, credentials, where, csrf=True)
            self._transport = Transport(settings, SearchSignIn(way), pacer=pacer)
            self.search = InstancesSearch(self._transport, where, searched, settings.search_operator)
            return
        parts = urlsplit(where)
        # GraphQL has no sign-in form of its own: where CASEREST has the cookie of one, it gets the password.
        graphql = replace(settings, auth="basic") if settings.auth == "ltpa" else settings
        way = sign_in_for(graphql, credentials, origin_of(where), csrf=False)
        self._transport = Transport(settings, SearchSignIn(XsrfSignIn(way)), pacer=pacer)
        self.search = GraphqlSearch(self._transport, where, parts.path or "/", searched)

    def stop(self) -> None:
        """From now on nothing leaves."""
        self._transport.stop()

    async def close(self) -> None:
        """Give back connections."""
        await self._transport.close()


def settling(match: str | None, settings: ConnectionSettings, version: Version) -> Settling:
    """Return how rows without an answer are asked about; ``version`` is the one that creates cases.

    A case that the server has answered with is asked for by its id, search or not.
    """
    named = settings.ready_within
    if match is None:
        return Settling("none", why="the mapping names no match property", named=named)
    if settings.search == "none":
        why = 'CASEREST v1 has no search; the connection may name one (search = "v2" or "graphql")'
        if version == "v2":
            why = 'the connection names no search (search = "v2" or "graphql")'
        return Settling("none", why=why, named=named)
    if not SYMBOLIC_NAME.fullmatch(match):
        return Settling("none", why="the name of the match property is not a symbolic name", named=named)
    return Settling("match", settings.settle_after, named=named)
