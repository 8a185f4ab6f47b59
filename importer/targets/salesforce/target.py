"""Salesforce as a target: which org, its schema, its paths."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from urllib.parse import urlsplit

from importer.model.advice import Advice, Asks, Intent, KeyValue
from importer.model.draft import Draft, Lookup
from importer.model.errors import Exit, ImporterError
from importer.model.offer import Offer
from importer.model.outcome import DeleteOutcome
from importer.model.schema import Schema
from importer.model.settling import Doubt, Finding, Known, Settling
from importer.model.target import Path, System, Traffic
from importer.model.undoing import Looked, RecordRef
from importer.settings import ConnectionSettings, resolve
from importer.targets.clock import clock_offset
from importer.targets.delivering import sign_of
from importer.targets.leave import check_may_delete
from importer.targets.salesforce.advice import ASKS, Adviser
from importer.targets.salesforce.answers import read_create
from importer.targets.salesforce.asking import Asker
from importer.targets.salesforce.bulk.load import MOST_ROWS
from importer.targets.salesforce.bulk.path import BulkPath
from importer.targets.salesforce.codes import taught_meanings
from importer.targets.salesforce.collections import CollectionsPath
from importer.targets.salesforce.deleting import ROWS, WHAT_DELETION_DOES, Deleter
from importer.targets.salesforce.described import Described
from importer.targets.salesforce.encode import Bodies, payload
from importer.targets.salesforce.limits import Budget
from importer.targets.salesforce.looking import Looker
from importer.targets.salesforce.lookups import Finder, worth_numbering
from importer.targets.salesforce.match import Match, match_in
from importer.targets.salesforce.offers import offers, read_storage
from importer.targets.salesforce.opening import Opener, unknown_org, user_of
from importer.targets.salesforce.settle import by_match_question
from importer.targets.salesforce.signin import sign_in_for
from importer.targets.salesforce.single import SinglePath
from importer.targets.salesforce.soql import key_text
from importer.transport.congestion import Sign
from importer.transport.delivery import Answered, Request
from importer.transport.transport import Transport

LOCKED = frozenset({"accountid", "contactid", "parentid"})
NUMBER = "CaseNumber"


@dataclass(frozen=True, slots=True)
class Record:
    """What is created: the ``sobject``, the field that carries the key, the mapping's options."""

    sobject: str = "Case"
    match: str | None = None
    options: Mapping[str, object] = field(default_factory=dict)


class SalesforceTarget:
    """One org, one sObject, through one transport."""

    what_deletion_does = WHAT_DELETION_DOES

    def __init__(self, settings: ConnectionSettings, record: Record, environ: Mapping[str, str]) -> None:
        self._settings = settings
        self._record = record
        self._sign_in = sign_in_for(settings, resolve(settings, environ))
        self._taught = taught_meanings(settings.verdicts)
        self._budget = Budget(settings.reserve_daily_calls)
        self._bodies = Bodies()
        self._transport = Transport(settings, self._sign_in, hear=self._hear)
        self._base = f"/services/data/v{settings.api_version}"
        self._user, self._name, self._production = "", "", True
        self._said: object = None
        self._looker: Looker | None = None
        self._offset = 0.0
        self._numbered = False
        self._described = Described(self._transport, self._base, self._sign_in, record.sobject)
        # As the mapping spells it; once the schema is read, as the schema does, and with it the drafts.
        self._match = Match(record.match)

    async def open(self) -> System:
        """Sign in and ask the org for its name and kind. Raises TargetError.

        The org's id is in the token answer's ``id`` address (facts §1), so that a user without access to
        Organization can load all the same; such an org counts as production.
        """
        session = await self._transport.sign_in()
        version, sobject = self._settings.api_version, self._record.sobject
        opener = Opener(self._transport, version, self._sign_in.base_url, sobject)
        found = await opener.ask()
        if found.describe is not None:
            self._described.tell(found.describe)
        self._offset = clock_offset(found.headers, time.time())
        self._user = user_of(self._sign_in.identity_url) or await opener.user_named(session.user)
        self._name = session.user or self._settings.name
        org = found.org()
        host = urlsplit(session.base_url).netloc
        org_id = found.org_id(self._sign_in.identity_url)
        if not org_id and not self._settings.system_id:
            raise unknown_org(host)
        self._production = org.get("IsSandbox") is not True
        limits = self._said = found.limits.good
        return System(
            id=self._settings.system_id or org_id,
            name=f"{org.get('Name') or 'org ' + org_id} ({host})",
            production=self._production,
            user=self._name,
            clock_offset=self._offset,
            record_url=f"{session.base_url}/{{id}}",
            notes=self._budget.notes(limits),
            kind="production" if self._production else "sandbox",
            storage=read_storage(limits),
        )

    async def schema(self) -> Schema:
        """Return the describe of the sObject, read once in a while. Raises TargetError when there is none."""
        schema = await self._described.schema()
        self._match = match_in(schema, self._record.match)
        self._numbered = schema.find(NUMBER) is not None
        return schema

    async def catalogue(self) -> Sequence[str]:
        """An org has hundreds of sObjects: none is named."""
        return ()

    async def aftermath(self, records: Sequence[str], rest: int) -> str | None:
        """The org does not tell what its automation made of a record."""
        return None

    def offers(self) -> Sequence[Offer]:
        """Return the paths, with today's requests as the org last told them."""
        found = offers(self._budget, self._said, self._settings)
        return [offer for offer in found if offer.name != "bulk" or not self.jobs().objection]

    def asks(self) -> Asks:
        """Owners, and old cases by their status."""
        return ASKS

    async def advise(self, intent: Intent) -> Sequence[Advice]:
        """Ask the org about owners and rules (facts §6). Raises TargetError when it cannot be reached."""
        return await self._adviser().advise(intent, self._record.options, production=self._production)

    async def existing(self, keys: Sequence[KeyValue]) -> Mapping[KeyValue, str] | None:
        """Look records up by the match property, where that is a text or a number. Raises TargetError."""
        if self._match.name is None or not all(isinstance(key, str | int | Decimal) for key in keys):
            return None
        texts = {key: key_text(key) for key in keys}
        there = await self._finder().having(self._match.name, list(texts.values()), fold=self._match.fold)
        return {key: there[text][0] for key, text in texts.items() if text in there}

    def _adviser(self) -> Adviser:
        return Adviser(self._transport, self._base, self._sign_in.base_url, self._record.sobject)

    def path(self, name: str) -> Path:
        """Return the path called ``name``. Raises ImporterError for one that there is not."""
        settings, record = self._settings, self._record
        what = (self._transport, record.sobject, settings.api_version, self._match.name, record.options)
        if name in ("auto", "single"):
            return SinglePath(*what, self._budget, self._taught, self._bodies)
        if name == "collections":
            rows = settings.collection_rows
            return CollectionsPath(*what, self._budget, self._taught, rows, self._bodies)
        raise ImporterError(
            "NO_SUCH_PATH", f"Salesforce has no path {name}.", "Use single or collections.", exit=Exit.USAGE
        )

    def jobs(self) -> BulkPath:
        """Return the path of Bulk API 2.0."""
        record = self._record
        what = (self._transport, self._base, self._sign_in.base_url, record.sobject, self._match.name)
        most = min(self._settings.bulk_rows, MOST_ROWS)
        return BulkPath(*what, record.options, self._taught, most, self._budget)

    def settling(self) -> Settling:
        """By the key where one is sent, else by content, unless the connection says not to."""
        after = self._settings.settle_after
        if self._match.name is not None:
            return Settling("match", after, repeat_refused=self._match.unique)
        if not self._settings.settle_by_content:
            return Settling("none", why="settle_by_content is false in the connection")
        if not self._user:
            return Settling("none", why="the org does not say who we are, so records of ours cannot be told")
        return Settling("content", after)

    async def settle(self, doubts: Sequence[Doubt], known: Known) -> Mapping[int, Finding]:
        """Ask the org by key or by content (design §4). Raises TargetError when it cannot be asked."""
        what = (self._transport, self._base, self._sign_in.base_url, self._user, self._offset)
        asker = Asker(*what, self._match.literal)
        if self._match.name is not None:
            return await asker.by_match(self._record.sobject, self._match.name, doubts, fold=self._match.fold)
        return await asker.by_content(self._record.sobject, doubts, known, self._settings.settle_after)

    @property
    def most_deleted(self) -> int:
        """Triggers run when records are deleted too: as many go together as the connection says."""
        return min(self._settings.collection_rows, ROWS)

    async def look(self, records: Sequence[RecordRef], users: frozenset[str]) -> Looked:
        """Ask who has changed ``records`` last, and who has added to them. Raises TargetError."""
        if self._looker is None:
            who = (self._user, self._name, self._offset)
            what = (self._transport, self._base, self._sign_in.base_url, self._record.sobject)
            self._looker = Looker(*what, *who)
        return await self._looker.look(records, users)

    async def delete(self, records: Sequence[str]) -> list[DeleteOutcome]:
        """Delete ``records`` in one request. Raises ImporterError where the connection does not allow it."""
        check_may_delete(self._settings)
        what = (self._transport, self._base, self._record.sobject, self._budget, self._taught)
        return await Deleter(*what).delete(records)

    async def resolve(self, lookups: Sequence[Lookup]) -> Mapping[Lookup, tuple[str, ...]]:
        """Look records up by batched queries. Raises TargetError, MappingError."""
        return await self._finder().resolve(lookups)

    async def head(self, name: str, lookup: Lookup) -> str | None:
        """Return ``Account.Ext__c`` where a create may name the record so (facts §6). Raises TargetError."""
        return await self._described.head(name, lookup) if self._settings.name_by_external_id else None

    async def find(self, drafts: Sequence[Draft]) -> Mapping[int, tuple[str, ...]]:
        """Ask which keys exist, by batched queries. Raises TargetError."""
        if self._match.name is None:
            return {}
        return await self._finder().find(self._match.name, drafts, fold=self._match.fold)

    def _finder(self) -> Finder:
        what = (self._transport, self._base, self._sign_in.base_url, self._record.sobject)
        return Finder(*what, self._match.literal)

    def numbers_for(self, records: int) -> bool:
        """A case has a number; it is asked for unless there are many, or few daily calls."""
        usage = self._budget.usage
        wanted = self._numbered and self._settings.case_numbers
        return wanted and worth_numbering(records, None if usage is None else usage.most)

    async def numbers(self, records: Sequence[str]) -> Mapping[str, str]:
        """Ask for the case numbers of up to IDS_TOGETHER records. Raises TargetError."""
        return await self._finder().numbers(NUMBER, records)

    def parents(self, draft: Draft) -> frozenset[str]:
        """A create locks the account, the contact and the parent case (facts: salesforce.md §4.4)."""
        named = [value for name, value in draft.values.items() if _locks(name)]
        return frozenset([str(value) for value in named if value is not None])

    def question(self, draft: Draft) -> str | None:
        """Return the SOQL that finds the record by its key, for the developer console; None without a key."""
        match = self._match.name
        value = draft.values.get(match) if match is not None else None
        if match is None or value is None:
            return None
        return by_match_question(self._record.sobject, match, [self._match.literal(key_text(value))])

    def payload(self, draft: Draft) -> dict[str, object]:
        """Return the JSON body that creates ``draft``."""
        return payload(draft)

    def body(self, draft: Draft) -> bytes:
        """Return the JSON of the payload, and keep it until ``draft`` is sent."""
        return self._bodies.of(draft)

    def sent(self, draft: Draft) -> dict[str, object]:
        """Return the value of each field as it is sent."""
        return payload(draft)

    def traffic(self) -> Traffic:
        """Return what has left so far."""
        return self._transport.traffic

    def pause(self, seconds: float) -> None:
        """Let nothing leave for ``seconds``."""
        self._transport.pause(seconds, "the org asks to slow down")

    async def probe(self) -> bool:
        """Ask for the versions: open to everybody, and not counted (facts §8)."""
        request = Request("GET", "/services/data", creates=False, purpose="probe")
        return await self._transport.probe(request, signed_in=False)

    def stop_sending(self) -> None:
        """From now on nothing leaves."""
        self._transport.stop()

    async def close(self) -> None:
        """Give back connections."""
        await self._transport.close()

    def _hear(self, answer: Answered) -> Sign:
        """Take the org's limits from an answer, and what it says about the load."""
        self._budget.heard(answer.headers)
        if answer.status < 300:
            return Sign.CLEAR
        return sign_of(read_create(answer, self._match.name, self._taught))


@lru_cache(1_000)
def _locks(name: str) -> bool:
    return name.casefold() in LOCKED
