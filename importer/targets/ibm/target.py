"""IBM Case Manager as a target: which server, its case type, its path."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from importer.model.advice import Advice, Asks, Intent, KeyValue
from importer.model.draft import Draft, Lookup
from importer.model.errors import Exit, ImporterError, MappingError
from importer.model.offer import Offer
from importer.model.outcome import DeleteOutcome
from importer.model.schema import Schema
from importer.model.settling import Doubt, Finding, Known, Settling, Undecided
from importer.model.target import Path, System, Traffic
from importer.model.undoing import Looked, RecordRef
from importer.settings import ConnectionSettings, resolve
from importer.targets.clock import clock_offset
from importer.targets.delivering import sign_of
from importer.targets.ibm import activities
from importer.targets.ibm.answers import read_create
from importer.targets.ibm.asking import Asker, as_found, by_id
from importer.targets.ibm.cesql import console_query, forms_of, key_of
from importer.targets.ibm.channel import Channel, settling
from importer.targets.ibm.codes import taught_meanings
from importer.targets.ibm.deleting import WHAT_DELETION_DOES, Deleter, point_for
from importer.targets.ibm.described import check_options, read_case_type
from importer.targets.ibm.encode import CreateOptions, payload, values
from importer.targets.ibm.hits import UnreadableError
from importer.targets.ibm.looking import look
from importer.targets.ibm.saved import FirstLook
from importer.targets.ibm.search import Searched
from importer.targets.ibm.server import MOST_SOLUTIONS, Server
from importer.targets.ibm.settle import Clock
from importer.targets.ibm.single import SinglePath
from importer.targets.ibm.solutions import described
from importer.targets.json_body import encode
from importer.targets.leave import check_may_delete
from importer.transport.congestion import Sign
from importer.transport.delivery import Answered, Request

MOST_LOOKED_AT = 3
"""Cases of a trial whose activities are asked for."""
SCHEMA_LIFE = 600.0
"""Seconds for which a case type is believed: a run asks once, a service that runs for weeks anew."""
LOOKUPS = {"none": 0, "v2": 200, "graphql": 4000}
"""Keys that ``check`` looks up: 200 questions, at the usual rate 20 seconds."""
SINGLE = Offer("single", row_seconds=0.5)
"""One create a call. 0.5 s a create is a guess: IBM names no figure, folders and workflows decide."""


class IbmTarget:
    """One server and object store, one case type, and a search beside it, by the property ``match``."""

    what_deletion_does = WHAT_DELETION_DOES
    most_deleted = 1

    def __init__(
        self,
        settings: ConnectionSettings,
        options: CreateOptions,
        environ: Mapping[str, str],
        match: str | None = None,
    ) -> None:
        self._settings = settings
        self._match = match
        self._taught = taught_meanings(settings.verdicts)
        self._credentials = resolve(settings, environ)
        self._server = Server(settings, self._credentials, self._hear)
        self._options = replace(options, version=self._server.version)
        self._channel: Channel | None = None
        self._look: FirstLook | None = None
        self._user = ""
        self._offset = 0.0
        self._schema: tuple[float, Schema] | None = None

    async def open(self) -> System:
        """Sign in, find out which version of CASEREST is there. Raises TargetError.

        The system is host + context + object store (design §4). CASEREST does not say whether it is a
        production system.
        """
        session, answer = await self._server.open()
        self._options = replace(self._options, version=self._server.version)
        self._user, self._offset = session.user, clock_offset(answer.headers, time.time())
        parts = urlsplit(self._server.where)
        place = f"{parts.netloc.casefold()}{parts.path.split('/CASEREST')[0]}"
        store = self._options.object_store
        return System(
            id=self._settings.system_id or f"{place}|{store}",
            name=f"object store {store} ({place})" if store else place,
            production=False,
            user=session.user,
            clock_offset=self._offset,
        )

    async def catalogue(self) -> Sequence[str]:
        """Return a line for each solution: the case types that this user may create. Raises TargetError."""
        solutions = self._server.solutions
        lines = [described(each, await self._server.case_types(each)) for each in solutions[:MOST_SOLUTIONS]]
        more = len(solutions) - len(lines)
        return [f"CASEREST {self._server.version}", *lines, *([f"and {more} more solutions"] if more else [])]

    async def schema(self) -> Schema:
        """Return the case type, read once in a while.

        Raises TargetError when it is not there, or the user may not create cases.
        """
        check_options(self._options)
        if self._schema is None or time.monotonic() - self._schema[0] > SCHEMA_LIFE:
            found = await read_case_type(self._server, self._options, self._settings)
            self._schema = (time.monotonic(), found)
            matched = found.find(self._match) if self._match else None
            self._match = matched.name if matched else self._match
        return self._schema[1]

    def offers(self) -> Sequence[Offer]:
        """Return the one path; CASEREST tells of no budget."""
        return [SINGLE]

    def asks(self) -> Asks:
        """Keys only, where the connection has a search: v2 takes one a question, GraphQL several."""
        return Asks(keys=LOOKUPS[self._settings.search])

    async def advise(self, intent: Intent) -> Sequence[Advice]:
        """Nothing is known beyond the case type."""
        return []

    async def existing(self, keys: Sequence[KeyValue]) -> Mapping[KeyValue, str] | None:
        """Look cases up by the match property, by the search of the connection. Raises TargetError.

        None where there is no search, or it cannot be read.
        """
        if self._match is None or self.settling().how == "none":
            return None
        wanted: dict[object, KeyValue] = {form: key for key in keys for form in forms_of(key)}
        try:
            hits = await self._search().search.by_key([form for key in keys for form in forms_of(key)])
        except UnreadableError:
            return None
        return {wanted[hit.key]: hit.id for hit in hits.cases if hit.key in wanted}

    def _search(self) -> Channel:
        if self._channel is None:
            searched = Searched(self._options.object_store, self._options.case_type, self._match or "")
            self._channel = Channel(self._settings, self._credentials, searched, self._server.transport.pacer)
        return self._channel

    def path(self, name: str) -> Path:
        """Return the single path. Raises ImporterError for one that there is not."""
        if name not in ("auto", "single"):
            raise ImporterError(
                "NO_SUCH_PATH", f"IBM Case Manager has no path {name}.", "Use single.", exit=Exit.USAGE
            )
        sender, options = self._server.transport, self._options
        if options.version == "v2" and self._look is None:
            self._look = FirstLook(sender, options, self._server.where)
        return SinglePath(sender, options, self._taught, self._look)

    def jobs(self) -> None:
        """There is none."""

    def settling(self) -> Settling:
        """By the key, where the mapping names its property and the connection a search (facts §4.5)."""
        return settling(self._match, self._settings, self._options.version)

    async def settle(self, doubts: Sequence[Doubt], known: Known) -> Mapping[int, Finding]:
        """Ask for the cases by their ids where the server has told them, else by their keys (design §4).

        Raises TargetError when nobody can be asked now.
        """
        sender, where, options = self._server.transport, self._server.where, self._options
        named = [doubt for doubt in doubts if doubt.record_id is not None]
        nameless = [doubt for doubt in doubts if doubt.record_id is None]
        findings = {each.row: await by_id(sender, each, options, where) for each in named}
        if nameless:
            found = await self._search_for(nameless, known)
            findings |= {row: await as_found(sender, each, options, where) for row, each in found.items()}
        return findings

    async def _search_for(self, doubts: Sequence[Doubt], known: Known) -> Mapping[int, Finding]:
        if (how := self.settling()).how == "none" or self._match is None:
            return {doubt.row: Undecided(how.why) for doubt in doubts}
        options = self._options
        searched = Searched(options.object_store, options.case_type, self._match)
        clock = Clock(self._offset, self._settings.settle_after)
        server, search = self._server, self._search().search
        asker = Asker(search, searched, server.transport, server.where, self._user, clock, options.version)
        return await asker.settle(doubts, known)

    async def aftermath(self, records: Sequence[str], rest: int) -> str | None:
        """Return what creating ``records`` has started by itself, and what ``rest`` more will; None: nothing.

        A case whose activities cannot be read tells nothing.
        """
        started = await activities.started_by(
            self._server.transport, records[:MOST_LOOKED_AT], self._options.object_store, self._server.where
        )
        return None if started is None else activities.sentence(started, rest)

    async def look(self, records: Sequence[RecordRef], users: frozenset[str]) -> Looked:
        """Read each of the cases: its state, and who has changed it last. Raises TargetError."""
        how = (self._options.object_store, self._server.where, self._offset, self._settings.ready_within)
        return Looked({each.id: await look(self._server.transport, each, *how) for each in records})

    async def delete(self, records: Sequence[str]) -> list[DeleteOutcome]:
        """Delete the cases with these folder ids, one by one; gives the outcome of each, in their order.

        Raises ImporterError where the connection does not allow it, or no connection point is known.
        """
        check_may_delete(self._settings)
        store = self._options.object_store
        point = point_for(self._settings.connection_point, self._server.solutions, store)
        deleter = Deleter(self._server.transport, store, point, self._server.where)
        return [await deleter.delete(record_id) for record_id in records]

    async def resolve(self, lookups: Sequence[Lookup]) -> Mapping[Lookup, tuple[str, ...]]:
        """There is no way to look records up through CASEREST. Raises MappingError."""
        raise MappingError(
            "NO_LOOKUP",
            f"IBM Case Manager cannot look up {lookups[0].object} by {lookups[0].by}.",
            "Refer to rows that were imported: lookup: {imported: SOURCE, by: key}.",
        )

    async def head(self, name: str, lookup: Lookup) -> str | None:
        """CASEREST finds nothing by itself."""
        return None

    async def find(self, drafts: Sequence[Draft]) -> Mapping[int, tuple[str, ...]]:
        """Cases cannot be changed through CASEREST, so nobody asks. Raises MappingError."""
        raise MappingError(
            "NO_UPDATE",
            "Cases of IBM Case Manager cannot be changed by an import.",
            "Write on_match: skip or on_match: error.",
        )

    def numbers_for(self, records: int) -> bool:
        """The answer to a create has the number."""
        return False

    async def numbers(self, records: Sequence[str]) -> Mapping[str, str]:
        """Nobody asks."""
        return {}

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

    def body(self, draft: Draft) -> bytes:
        """Return the payload as JSON."""
        return encode(self.payload(draft))

    def sent(self, draft: Draft) -> dict[str, object]:
        """Return the value of each property as it is sent."""
        return values(draft)

    def traffic(self) -> Traffic:
        """Return what has left so far."""
        return self._server.transport.traffic

    def pause(self, seconds: float) -> None:
        """Let nothing leave for ``seconds``."""
        self._server.transport.pause(seconds, "the server asks to slow down")

    async def probe(self) -> bool:
        """Ask for what the documents name as the check after an installation (facts §1); v2 has none such."""
        path = "/v2/solutions" if self._options.version == "v2" else "/v1/info"
        request = Request("GET", path, creates=False, purpose="probe")
        return await self._server.transport.probe(request, signed_in=True)

    def stop_sending(self) -> None:
        """From now on nothing leaves."""
        self._server.transport.stop()
        if self._look is not None:
            self._look.end()
        if self._channel is not None:
            self._channel.stop()

    async def close(self) -> None:
        """Give back connections."""
        if self._channel is not None:
            await self._channel.close()
        await self._server.close()

    def _hear(self, answer: Answered) -> Sign:
        """Say what an answer tells about the load of the server."""
        return Sign.CLEAR if answer.status < 300 else sign_of(read_create(answer, self._taught))
