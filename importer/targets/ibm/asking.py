"""Asking the server about rows without an answer, by the search that the connection names (design §4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from importer.model.errors import Exit, TargetError
from importer.model.outcome import Created
from importer.model.settling import Doubt, Finding, Flawed, Found, Known, Undecided
from importer.settings import Version
from importer.targets.delivering import read
from importer.targets.ibm import ready, saved, settle
from importer.targets.ibm.cesql import Key, forms_of, key_of
from importer.targets.ibm.channel import SEARCH_SIGN_IN
from importer.targets.ibm.encode import CreateOptions
from importer.targets.ibm.hits import UnreadableError, folder_id, read_case
from importer.targets.ibm.search import Search, Searched
from importer.targets.ibm.settle import Clock, Proof
from importer.targets.json_body import decode
from importer.transport.delivery import Sender


async def by_id(sender: Sender, doubt: Doubt, options: CreateOptions, where: str) -> Finding:
    """Ask for a case by the id that the server has answered its create with; ``doubt`` has one.

    The questions are those that the create would have gone on to: whether v2 has saved the values, and
    whether the case is ready, which ``wait_ready`` waits for. Without that it has to be there, not failed.
    Raises TargetError when nobody answers.
    """
    folder, v2 = doubt.record_id or "", options.version == "v2"
    if v2:
        values = await saved.shown(sender, folder, options.object_store, where)
        if values is None:
            return Flawed(folder, f"its values cannot be read (folder {folder})", final=False)
        if saved.ignored(saved.values_in(doubt.draft), values):
            return Flawed(folder, f"the server saved none of its values (folder {folder})", final=True)
    found = await ready.ask(sender, folder, options.object_store, where)
    there = found.state == "not yet" or (v2 and found.state == "unreadable")  # v2 has shown it
    if found.state == "ready" or (there and not options.wait_ready):
        return Found(folder, found.number)
    return ready.flawed(Created(folder, found.number), found)


async def as_found(sender: Sender, finding: Finding, options: CreateOptions, where: str) -> Finding:
    """Return a case that a search has found as found only when it is ready, where ``wait_ready`` says so.

    Raises TargetError when nobody answers.
    """
    if not options.wait_ready or not isinstance(finding, Found) or not finding.ours:
        return finding
    found = await ready.ask(sender, finding.id, options.object_store, where)
    return finding if found.state == "ready" else ready.flawed(Created(finding.id, finding.number), found)


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks one server. ``sender`` begins at its /CASEREST, ``where`` is its address for messages.

    ``version`` is the one that reads cases there, ``user`` the name that we sign in with.
    """

    search: Search
    searched: Searched
    sender: Sender
    where: str
    user: str
    clock: Clock
    version: Version = "v1"

    async def settle(self, doubts: Sequence[Doubt], known: Known) -> dict[int, Finding]:
        """Look the doubts up by their keys. Raises TargetError when nobody can be asked now.

        Where asking is of no use (no sign-in, refused, not readable), every row is left open with the reason.
        """
        keys = {doubt.row: key_of(doubt.draft, self.searched.match) for doubt in doubts}
        forms = (form for key in keys.values() if key is not None for form in forms_of(key))
        try:
            proof = await self._prove(doubts, known)
            hits = await self.search.by_key(list(dict.fromkeys(forms)))
        except UnreadableError as error:
            return {doubt.row: Undecided(str(error)) for doubt in doubts}
        except TargetError as error:
            if error.code != SEARCH_SIGN_IN or error.exit is Exit.LATER:
                raise
            return {doubt.row: Undecided(error.message) for doubt in doubts}
        return settle.decide(keys, doubts, hits, proof, self.user, self.clock)

    async def _prove(self, doubts: Sequence[Doubt], known: Known) -> Proof:
        """Have the search show cases that are there, asked for by their keys in the same way as the doubts.

        They are cases that the journal knows to have been created at that time. Without any, it is the
        newest case of the type that has a key, whoever made it.
        """
        expected: dict[str, Key] = {}
        for record_id in settle.controls(doubts, known, self.clock.after):
            found = await self._read(record_id)
            if isinstance(found, Proof):
                return found
            if found is not None:
                expected[folder_id(record_id) or record_id] = found
        if not expected:
            return await self._prove_on_any()
        return settle.proof_of(expected, await self.search.by_key(list(dict.fromkeys(expected.values()))))

    async def _read(self, record_id: str) -> Key | Proof | None:
        """Return the key of a case by CASEREST; None when it is no control, a Proof when it is not shown.

        A case of another type, or without the property, was made by another mapping.
        """
        plain = quote(record_id.strip("{}"), safe="")
        store = quote(self.searched.object_store, safe="")
        resource = "/v2/case/{}/properties" if self.version == "v2" else "/v1/case/{}"
        path = f"{resource.format(plain)}?TargetObjectStore={store}"
        answer = await read(self.sender, path, "read case", self.where)
        if answer.status != 200:
            return Proof(f"the server does not show case {record_id}, which was created at that time")
        case = read_case(decode(answer.body))
        key = case.get(self.searched.match.casefold())
        if case.get("casetype", self.searched.case_type) != self.searched.case_type:
            return None
        return key if isinstance(key, str | int) and not isinstance(key, bool) and key != "" else None

    async def _prove_on_any(self) -> Proof:
        for hit in (await self.search.newest()).cases:
            if isinstance(hit.key, str | int) and not isinstance(hit.key, bool) and hit.key != "":
                again = await self.search.by_key([hit.key])
                if any(found.id == hit.id for found in again.cases):
                    return Proof()
                return Proof("the search does not show by its key a case that is there")
        return Proof("there is no case of this type yet by which the search could prove that it works")
