"""IBM Case Manager as a target: which server, its case type, its path."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlsplit

from importer.model.draft import Draft, Lookup
from importer.model.errors import Exit, ImporterError, MappingError, TargetError
from importer.model.schema import Schema
from importer.model.settling import Doubt, Finding, Known, Settling, Undecided
from importer.model.target import Path, System, Traffic
from importer.settings import ConnectionSettings, resolve
from importer.targets.clock import clock_offset
from importer.targets.delivering import read, sign_of
from importer.targets.ibm.answers import read_create, read_message, shorten
from importer.targets.ibm.asking import Asker
from importer.targets.ibm.casetype import read_schema
from importer.targets.ibm.cesql import SYMBOLIC_NAME, console_query, key_of
from importer.targets.ibm.channel import Channel
from importer.targets.ibm.codes import taught_meanings
from importer.targets.ibm.csrf import CSRF_GONE
from importer.targets.ibm.encode import CreateOptions, payload
from importer.targets.ibm.search import Searched
from importer.targets.ibm.settle import Clock
from importer.targets.ibm.signin import sign_in_for
from importer.targets.ibm.signin_answers import is_sign_in_page
from importer.targets.ibm.single import SinglePath
from importer.targets.json_body import decode
from importer.transport.congestion import Sign
from importer.transport.delivery import Answered, Request
from importer.transport.transport import Transport


class IbmTarget:
    """One server and object store, one case type, through one transport, and a search beside it.

    ``match`` is the property that carries the key.
    """

    def __init__(
        self,
        settings: ConnectionSettings,
        options: CreateOptions,
        environ: Mapping[str, str],
        match: str | None = None,
    ) -> None:
        self._settings = settings
        self._options = options
        self._match = match
        self._taught = taught_meanings(settings.verdicts)
        self._credentials = resolve(settings, environ)
        sign_in = sign_in_for(settings, self._credentials, settings.url, csrf=settings.csrf)
        self._transport = Transport(settings, sign_in, hear=self._hear)
        self._channel: Channel | None = None
        self._user = ""
        self._offset = 0.0

    async def open(self) -> System:
        """Ask for the solutions, which needs a valid sign-in and nothing else. Raises TargetError.

        The system is host + context + object store (design §4). CASEREST does not say whether it is a
        production system.
        """
        session = await self._transport.sign_in()
        answer = await self._read("/solutions", "read solutions")
        if answer.status != 200 or not isinstance(decode(answer.body), dict):
            raise _refused(self._settings, answer)
        self._user, self._offset = session.user, clock_offset(answer.headers, time.time())
        parts = urlsplit(self._settings.url)
        place = f"{parts.netloc.casefold()}{parts.path.split('/CASEREST')[0]}"
        store = self._options.object_store
        return System(
            id=self._settings.system_id or f"{place}|{store}",
            name=f"object store {store} ({place})" if store else place,
            production=False,
            user=session.user,
            clock_offset=self._offset,
        )

    async def schema(self) -> Schema:
        """Read the case type. Raises TargetError when it is not there."""
        case_type, store = self._options.case_type, self._options.object_store
        path = f"/casetype/{quote(case_type, safe='')}?TargetObjectStore={quote(store, safe='')}"
        answer = await self._read(path, f"read case type {case_type}")
        document = decode(answer.body)
        if answer.status == 200 and isinstance(document, dict):
            schema = read_schema(case_type, document)
            matched = schema.find(self._match) if self._match else None
            self._match = matched.name if matched else self._match
            return schema
        if answer.status == 404:
            raise TargetError(
                "NO_SUCH_CASE_TYPE",
                f"Object store {store} has no case type {case_type}.",
                "Check case_type and object_store in the mapping, and object_store of the connection.",
            )
        raise _refused(self._settings, answer)

    def path(self, name: str) -> Path:
        """Return the single path. Raises ImporterError for one that there is not."""
        if name not in ("auto", "single"):
            raise ImporterError(
                "NO_SUCH_PATH", f"IBM Case Manager has no path {name}.", "Use single.", exit=Exit.USAGE
            )
        return SinglePath(self._transport, self._options, self._taught)

    def jobs(self) -> None:
        """There is none."""

    def settling(self) -> Settling:
        """By the key, where the mapping names its property and the connection a search (facts §4.5)."""
        if self._match is None:
            return Settling("none", why="the mapping names no match property")
        if self._settings.search == "none":
            why = 'CASEREST v1 has no search; the connection may name one (search = "v2" or "graphql")'
            return Settling("none", why=why)
        if not SYMBOLIC_NAME.fullmatch(self._match):
            return Settling("none", why="the name of the match property is not a symbolic name")
        return Settling("match", self._settings.settle_after)

    async def settle(self, doubts: Sequence[Doubt], known: Known) -> Mapping[int, Finding]:
        """Look for the cases by their keys (design §4). Raises TargetError when nobody can be asked now."""
        how = self.settling()
        if how.how == "none" or self._match is None:
            return {doubt.row: Undecided(how.why) for doubt in doubts}
        options = self._options
        searched = Searched(options.object_store, options.case_type, self._match)
        if self._channel is None:
            self._channel = Channel(self._settings, self._credentials, searched, self._transport.pacer)
        clock = Clock(self._offset, self._settings.settle_after)
        asker = Asker(self._channel.search, searched, self._transport, self._settings.url, self._user, clock)
        return await asker.settle(doubts, known)

    async def resolve(self, lookups: Sequence[Lookup]) -> Mapping[Lookup, tuple[str, ...]]:
        """There is no way to look records up through CASEREST. Raises MappingError."""
        raise MappingError(
            "NO_LOOKUP",
            f"IBM Case Manager cannot look up {lookups[0].object} by {lookups[0].by}.",
            "Refer to rows that were imported: lookup: {imported: SOURCE, by: key}.",
        )

    async def find(self, drafts: Sequence[Draft]) -> Mapping[int, tuple[str, ...]]:
        """Cases cannot be changed through CASEREST, so nobody asks. Raises MappingError."""
        raise MappingError(
            "NO_UPDATE",
            "Cases of IBM Case Manager cannot be changed by an import.",
            "Write on_match: skip or on_match: error.",
        )

    def parents(self, draft: Draft) -> frozenset[str]:
        """Nothing is known of locks that creates of cases share."""
        return frozenset()

    def question(self, draft: Draft) -> str | None:
        """Return the query for the Content Engine console, by the property that carries the key."""
        key = key_of(draft, self._match) if self._match is not None else None
        if self._match is None or key is None:
            return None
        return console_query(self._options.case_type, self._match, key)

    def payload(self, draft: Draft) -> dict[str, object]:
        """Return the JSON body that creates ``draft``."""
        return payload(draft, self._options)

    def traffic(self) -> Traffic:
        """Return what has left so far."""
        return self._transport.traffic

    def pause(self, seconds: float) -> None:
        """Let nothing leave for ``seconds``."""
        self._transport.pause(seconds, "the server asks to slow down")

    async def probe(self) -> bool:
        """Ask for what the documents name as the check after an installation (facts §1)."""
        request = Request("GET", "/info", creates=False, purpose="probe")
        return await self._transport.probe(request, signed_in=True)

    def stop_sending(self) -> None:
        """From now on nothing leaves."""
        self._transport.stop()
        if self._channel is not None:
            self._channel.stop()

    async def close(self) -> None:
        """Give back connections."""
        if self._channel is not None:
            await self._channel.close()
        await self._transport.close()

    def _hear(self, answer: Answered) -> Sign:
        """Say what an answer tells about the load of the server."""
        return Sign.CLEAR if answer.status < 300 else sign_of(read_create(answer, self._taught))

    async def _read(self, path: str, purpose: str) -> Answered:
        return await read(self._transport, path, purpose, self._settings.url)


def _refused(settings: ConnectionSettings, answer: Answered) -> TargetError:
    url = settings.url
    if is_sign_in_page(answer):
        remedy = "Check username and password of the connection, and auth: the server may want another way in"
        what = f"{url} refuses the sign-in (a sign-in page comes in the place of an answer)."
        return TargetError("SIGN_IN_REFUSED", what, f"{remedy} (basic, ltpa, zen, zen-api-key).")
    if answer.status == 403 and CSRF_GONE in answer.body:
        remedy = "Set csrf = true in the connection." if not settings.csrf else "Check csrf_url."
        return TargetError("SIGN_IN_REFUSED", f"{url} wants a BPMCSRFToken (HTTP status 403).", remedy)
    message = read_message(decode(answer.body))
    said = f"{answer.status}: {shorten(message.text)}" if message else f"HTTP status {answer.status}"
    if answer.status in (401, 403):
        remedy = "Check user and password (or API key) of the connection, and the user's rights."
        return TargetError("SIGN_IN_REFUSED", f"{url} refuses the sign-in ({said}).", remedy)
    if answer.status >= 500 or answer.status == 429:
        return TargetError("SERVER_ERROR", f"{url} answered {said}.", "Try later.", exit=Exit.LATER)
    return TargetError(
        "NOT_CASEREST",
        f"{url} does not answer like CASEREST v1 ({said}).",
        "Check url of the connection: it ends with /CaseManager/CASEREST/v1.",
    )
