"""When to sign in: once for all who wait. How to is the target's (design §3)."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from importer.model.errors import Exit, ImporterError, TargetError
from importer.model.secret import Secret
from importer.settings import check_url
from importer.transport.delivery import Answered, Delivery, Request

RENEWED_AHEAD = 0.1
"""Share of a session's life that is left when it is renewed ahead of its end, but no more than…"""
LONGEST_AHEAD = 300.0
"""Seconds."""


class Send(Protocol):
    """How a sign-in sends a request of its own."""

    def __call__(self, request: Request, base_url: str = "", /) -> Awaitable[Delivery]:
        """Deliver ``request`` to ``base_url`` (default: the sign-in's) without a session's headers."""
        ...


@dataclass(frozen=True, slots=True)
class Session:
    """What signing in gives: where requests go, and the headers that each of them carries.

    ``base_url`` has no slash at its end. Headers that are secret are ``Secret``; ``user`` is the name that
    the system knows us by, if signing in tells. ``life`` in seconds counts from the signing in; None: not
    known, the server says when it is over.
    """

    base_url: str
    headers: Mapping[str, str | Secret] = field(default_factory=dict)
    user: str = ""
    life: float | None = None


class SignIn(Protocol):
    """One way of signing in to one system. ``base_url`` is where its own requests go."""

    base_url: str

    async def sign_in(self, send: Send) -> Session:
        """Sign in and return the session. ``send`` delivers without a session's headers.

        Raises TargetError: with exit 5 (LATER) when it may succeed later, else when it is refused.
        """
        ...

    def expired(self, answer: Answered) -> bool:
        """Tell whether ``answer`` says that the session is over, and that a new one would help.

        An answer with a 2xx status that says so (a sign-in page) does not tell whether a create was looked
        at: the session is renewed, and the create is not sent again.
        """
        ...


class SignInGate:
    """Keeps the one session. A refusal is final: passwords tried again and again lock accounts."""

    def __init__(
        self, sign_in: SignIn, send: Send, on_renewal: Callable[[], None], *, allow_http: bool
    ) -> None:
        self._sign_in = sign_in
        self._send = send
        self._on_renewal = on_renewal
        self._allow_http = allow_http
        self._session: Session | None = None
        self._renew_at = math.inf
        self._signing: asyncio.Task[Session] | None = None
        self._refusal: ImporterError | None = None
        self.sign_ins = 0

    @property
    def current(self) -> Session | None:
        """The session, None while there is none."""
        return self._session

    def at_hand(self) -> Session | None:
        """Return the session, None when it is time to sign in."""
        if self._renew_at == math.inf or asyncio.get_running_loop().time() < self._renew_at:
            return self._session
        return None

    async def session(self) -> Session:
        """Return the session; sign in first when there is none. Raises TargetError."""
        session = self.at_hand()
        if session is not None:
            return session
        if self._refusal is not None:
            raise self._refusal
        if self._signing is None:
            # A task of its own: a caller that gives up must not end the sign-in of the others.
            self._signing = asyncio.create_task(self._make_session())
            self._signing.add_done_callback(_take_note)
        return await asyncio.shield(self._signing)

    async def renew(self, stale: Session) -> Session:
        """Return a session that is not ``stale``: one made meanwhile, or a new one. Raises TargetError."""
        self.drop(stale)
        return await self.session()

    def drop(self, stale: Session) -> None:
        """Forget ``stale``, if it is still in use: the next request signs in anew."""
        if self._session is stale:
            self._session = None
            self._on_renewal()

    async def close(self) -> None:
        """End a sign-in that is under way."""
        if self._signing is not None:
            self._signing.cancel()
            await asyncio.wait([self._signing])

    async def _make_session(self) -> Session:
        try:
            self.sign_ins += 1
            began = asyncio.get_running_loop().time()
            session = await self._sign_in.sign_in(self._send)
            self._check(session)
            self._session = session
            self._renew_at = math.inf if session.life is None else began + ahead_of(session.life)
            return session
        except ImporterError as error:
            if self._session is not None:  # tried ahead of its end: it goes on until the server says no
                self._renew_at = math.inf
                return self._session
            if error.exit != Exit.LATER:
                self._refusal = error
            raise
        finally:
            self._signing = None

    def _check(self, session: Session) -> None:
        """See to it that no session sends its token to an address that the settings would not take."""
        try:
            check_url(session.base_url, allow_http=self._allow_http)
        except ValueError as error:
            raise TargetError(
                "BAD_SERVER_ADDRESS",
                f"The sign-in gave an address that is not used: {error}.",
                "Look at the address of the connection: it may not be the one you mean.",
            ) from None
        for name, value in session.headers.items():
            if not (value.reveal() if isinstance(value, Secret) else value).isprintable():
                raise TargetError(
                    "BAD_SECRET",
                    f"What would go out as {name} holds a line break or another character that cannot.",
                    "Look at the secrets of the connection: one may end with a line too many.",
                )


def ahead_of(life: float) -> float:
    """Return after how many seconds a session that lives for ``life`` seconds is renewed."""
    return life - min(life * RENEWED_AHEAD, LONGEST_AHEAD)


def _take_note(task: asyncio.Task[Session]) -> None:
    """Look at the result, because every caller may have given up by now."""
    if not task.cancelled():
        task.exception()
