"""One CASEREST server: how it is reached, which version it speaks, what it holds (facts §1, §4.1)."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

from importer.model.errors import Exit, TargetError
from importer.settings import ConnectionSettings, Credentials, Version, caserest
from importer.targets.delivering import read
from importer.targets.ibm.answers import read_message, told
from importer.targets.ibm.csrf import CSRF_GONE
from importer.targets.ibm.signin import sign_in_for
from importer.targets.ibm.signin_answers import OTHER_WAYS, is_sign_in_page
from importer.targets.ibm.solutions import Listed, Solution, candidates, read_case_types, read_solutions
from importer.targets.json_body import decode
from importer.transport.delivery import Answered
from importer.transport.pacing import Pacer
from importer.transport.signin import Send, Session, SignIn
from importer.transport.transport import Hear, Transport

MOST_SOLUTIONS = 10
"""Solutions whose case types are asked for: one request each."""
NOT_THERE = (400, 404, 405, 410, 501)
"""Statuses that say that a version is not served under the address."""


class Rooted:
    """A sign-in whose session begins at ``/CASEREST``: both versions are reached through it."""

    def __init__(self, inner: SignIn, root: str) -> None:
        self.base_url = inner.base_url
        self._inner = inner
        self._root = root

    async def sign_in(self, send: Send) -> Session:
        """Sign in as ``inner`` does."""
        return replace(await self._inner.sign_in(send), base_url=self._root)

    def expired(self, answer: Answered) -> bool:
        """Tell as ``inner`` does."""
        return self._inner.expired(answer)


class Server:
    """One server, through one transport. ``version`` is right once ``open`` has returned."""

    def __init__(self, settings: ConnectionSettings, credentials: Credentials, hear: Hear) -> None:
        self._settings = settings
        self._credentials = credentials
        self._hear = hear
        self._address = caserest(settings.url, settings.api_version)
        self.version: Version = self._address.version or "v1"
        self.solutions: tuple[Solution, ...] = ()
        self.transport = self._connected(self.version)
        self._retired: list[Transport] = []

    @property
    def where(self) -> str:
        """The address for messages."""
        return self._address.of(self.version)

    async def open(self) -> tuple[Session, Answered]:
        """Sign in and ask for the solutions, which needs a valid sign-in and nothing else.

        Finds the version where neither the address nor the connection names it: v1, else v2. Returns the
        session and the answer. Raises TargetError.
        """
        found = await self._try()
        if found is None and self._address.version is None:
            self._retired.append(self.transport)
            self.version = "v2"
            self.transport = self._connected("v2", self.transport.pacer)
            try:
                found = await self._try()
            except TargetError as error:
                if error.exit is Exit.LATER:
                    raise
                raise self._not_caserest(f" ({error.message.rstrip('.')})") from None
        if found is None:
            raise self._not_caserest()
        return found

    async def _try(self) -> tuple[Session, Answered] | None:
        """Return session and answer; None where the version in use is not served."""
        session = await self.transport.sign_in()
        answer = await self.read(f"/{self.version}/solutions", "read solutions")
        found = read_solutions(decode(answer.body)) if answer.status == 200 else None
        if found is not None:
            self.solutions = found
            return session, answer
        if answer.status in NOT_THERE:
            return None
        raise refused(self.where, answer)

    def _connected(self, version: Version, pacer: Pacer | None = None) -> Transport:
        """Return a transport that signs in as ``version`` wants it: v2 takes a token with every call."""
        csrf = self._settings.csrf or version == "v2"
        way = sign_in_for(self._settings, self._credentials, self._address.of(version), csrf=csrf)
        return Transport(self._settings, Rooted(way, self._address.root), hear=self._hear, pacer=pacer)

    def _not_caserest(self, said: str = "") -> TargetError:
        tried = self.where
        if self._address.version is None:
            tried = f"{self._address.of('v1')} and {self._address.of('v2')}"
        return TargetError(
            "NOT_CASEREST",
            f"There is no CASEREST at {tried}{said}.",
            "Check url of the connection: it ends with /CaseManager/CASEREST/v1 as a rule.",
        )

    async def read(self, path: str, purpose: str) -> Answered:
        """GET ``path``, which begins below ``/CASEREST``. Raises TargetError when nobody answers."""
        return await read(self.transport, path, purpose, self.where)

    async def case_types(self, solution: Solution) -> tuple[Listed, ...]:
        """Return the case types of ``solution``, none where the server does not list them.

        v1 has the list (facts §4.1); the Swagger of v2 has none. Raises TargetError when nobody answers.
        """
        path = f"/v1/solution/{quote(solution.name, safe='')}/casetypes"
        store = quote(solution.object_store, safe="")
        answer = await self.read(f"{path}?TargetObjectStore={store}", "read case types")
        return read_case_types(decode(answer.body)) if answer.status == 200 else ()

    async def check_right(self, case_type: str, object_store: str) -> None:
        """Raise TargetError when the server says that this user may not create cases of ``case_type``."""
        for solution in candidates(self.solutions, object_store, case_type)[:MOST_SOLUTIONS]:
            listed = await self.case_types(solution)
            found = next((each for each in listed if each.name == case_type), None)
            if found is None:
                continue
            if found.creatable is False:
                raise TargetError(
                    "NO_RIGHT_TO_CREATE",
                    f"The user may not create cases of the type {case_type} (solution {solution.name}).",
                    "Have the rights to create instances and subfolders of the case type granted.",
                )
            return

    async def close(self) -> None:
        """Give back connections."""
        for transport in (*self._retired, self.transport):
            await transport.close()


def refused(where: str, answer: Answered) -> TargetError:
    """Return the error for an answer that is not the one that was asked for."""
    if is_sign_in_page(answer):
        what = f"{where} refuses the sign-in (a sign-in page comes in the place of an answer)."
        return TargetError("SIGN_IN_REFUSED", what, OTHER_WAYS)
    if answer.status == 403 and CSRF_GONE in answer.body:
        remedy = "Set csrf = true in the connection; where it is, check csrf_url."
        return TargetError("SIGN_IN_REFUSED", f"{where} wants a BPMCSRFToken (HTTP status 403).", remedy)
    message = read_message(decode(answer.body))
    said = f"{answer.status}: {told(message)}" if message else f"HTTP status {answer.status}"
    if answer.status in (401, 403):
        remedy = "Check user and password (or API key) of the connection, and the user's rights."
        return TargetError("SIGN_IN_REFUSED", f"{where} refuses the sign-in ({said}).", remedy)
    if answer.status >= 500 or answer.status == 429:
        return TargetError("SERVER_ERROR", f"{where} answered {said}.", "Try later.", exit=Exit.LATER)
    return TargetError(
        "NOT_CASEREST",
        f"{where} does not answer like CASEREST ({said}).",
        "Check url of the connection: it ends with /CaseManager/CASEREST/v1 as a rule.",
    )
