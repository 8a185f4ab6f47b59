"""What is asked before rows leave: the records they refer to, and those that have their key already."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from importer.journal.states import State
from importer.model.draft import Draft, Lookup, Named, Reference
from importer.model.problem import Problem, problem
from importer.pipeline.consider import Left, Ready
from importer.pipeline.leaving import Leaving
from importer.pipeline.parents import Parents
from importer.pipeline.work import Work

WINDOW = 400
"""Rows that are asked about together: about as many keys as fit into one query."""
REMEMBERED = 50_000
"""Look-ups whose answers are kept (promise P6)."""
SHOWN_IDS = 5
MANY = WINDOW // 2
"""Different values among the rows of one window from which on rows name their records themselves: each window
would cost a question of its own."""

Ids = Callable[[Lookup], tuple[str, ...]]
"""The ids of the records that a look-up names."""


class Ahead:
    """Completes the rows of one pass; what cannot be completed stays behind.

    Rows that wait for a parent of the same file are held back: ``parents`` counts them.
    """

    def __init__(self, work: Work, leaving: Leaving, parents: Parents) -> None:
        self._work = work
        self._leaving = leaving
        self._parents = parents
        self._found: OrderedDict[Lookup, tuple[str, ...]] = OrderedDict()
        self._heads: dict[tuple[str, str, str], str | None] = {}

    async def through(self, rows: AsyncIterator[Ready]) -> AsyncIterator[Ready]:
        """Give the rows that may be sent, in their order. Raises ImporterError when nobody can be asked."""
        window: list[Ready] = []
        async for ready in rows:
            if not window and not self._concerned(ready):
                yield ready
                continue
            window.append(ready)
            if len(window) == WINDOW:
                for complete in await self._complete(window):
                    yield complete
                window = []
        for complete in await self._complete(window):
            yield complete

    def _concerned(self, ready: Ready) -> bool:
        draft = ready.draft
        return bool(draft.references) or (self._work.look_ahead and draft.record_id is None)

    async def _complete(self, window: Sequence[Ready]) -> list[Ready]:
        await self._decide(window)
        if any(self._heads.values()):
            window = [replace(each, draft=naming(each.draft, self._named(each.draft))) for each in window]
        await self._look_up(window)
        referred = [self._refer(ready) for ready in window]
        complete = [each for each in referred if each is not None]
        if not self._work.look_ahead or not complete:
            return complete
        drafts = [ready.draft for ready in complete if ready.draft.record_id is None]
        there = await self._work.pace.ask(partial(self._work.target.find, drafts)) if drafts else {}
        if there is None:
            return []  # the leg is told to end
        placed = [self._place(ready, there.get(ready.draft.row, ())) for ready in complete]
        return [each for each in placed if each is not None]

    async def _decide(self, window: Sequence[Ready]) -> None:
        """Decide for which references the server is to find the records itself, while it saves the rows.

        Only where nothing but one record will do: what else ``none`` and ``many`` say is for us to see.
        """
        if len(window) < WINDOW:
            return
        wanted: dict[tuple[str, str, str], set[Lookup]] = {}
        for ready in window:
            for name, each in ready.draft.references.items():
                if not each.lookup.imported and each.none == each.many == "error":
                    wanted.setdefault(_kind(name, each.lookup), set()).add(each.lookup)
        for kind, lookups in wanted.items():
            if kind not in self._heads and len(lookups) >= MANY:
                question = partial(self._work.target.head, kind[0], next(iter(lookups)))
                self._heads[kind] = await self._work.pace.ask(question)

    def _named(self, draft: Draft) -> dict[str, str]:
        heads = {
            name: self._heads.get(_kind(name, each.lookup))
            for name, each in draft.references.items()
            if each.none == each.many == "error"
        }
        return {name: head for name, head in heads.items() if head is not None}

    async def _look_up(self, window: Iterable[Ready]) -> None:
        wanted = {
            reference.lookup: None
            for ready in window
            for reference in ready.draft.references.values()
            if not reference.lookup.imported and reference.lookup not in self._found
        }
        if wanted:
            answer = await self._work.pace.ask(partial(self._work.target.resolve, list(wanted)))
            self._found.update(answer or {})
            while len(self._found) > REMEMBERED + len(wanted):
                self._found.popitem(last=False)

    def _refer(self, ready: Ready) -> Ready | None:
        """Put the ids into the row's draft; None when it stays behind."""
        if not ready.draft.references:
            return ready
        if self._work.control.stopped:
            return None
        waits = self._parents.waits(ready.draft)
        if waits is not None:
            if isinstance(waits, Left):
                self._leaving.leave(ready.row, waits)
            return None
        found = referred(ready.draft, self._ids)
        if isinstance(found, Draft):
            return replace(ready, draft=found)
        self._leaving.leave(ready.row, Left(State.INVALID, found))
        return None

    def _ids(self, lookup: Lookup) -> tuple[str, ...]:
        return self._parents.ids(lookup) if lookup.imported else self._found.get(lookup, ())

    def _place(self, ready: Ready, ids: tuple[str, ...]) -> Ready | None:
        """Decide what a record that has the row's key already means for it."""
        left = by_key(ids, self._work.on_match)
        if left is not None:
            self._leaving.leave(ready.row, left, ready)
            return None
        return ready.changing(ids[0]) if ids else ready


def _kind(name: str, lookup: Lookup) -> tuple[str, str, str]:
    return name, lookup.object, lookup.by


def naming(draft: Draft, heads: Mapping[str, str]) -> Draft:
    """Return ``draft`` with the records of the properties in ``heads`` named, for the server to find."""
    mine = {name: head for name, head in heads.items() if name in draft.references}
    if not mine:
        return draft
    named = {name: Named(draft.references[name].lookup.value.strip(), head) for name, head in mine.items()}
    rest = {name: each for name, each in draft.references.items() if name not in mine}
    return replace(draft, values={**draft.values, **named}, references=rest)


async def referred_all(work: Work, drafts: Sequence[Draft]) -> list[Draft]:
    """Return ``drafts`` with the ids of the records they refer to, as when they were sent.

    Those that cannot be completed any more are left out. Raises ImporterError when nobody can be asked.
    """
    wanted = {
        each.lookup for draft in drafts for each in draft.references.values() if not each.lookup.imported
    }
    found = (await work.pace.ask(partial(work.target.resolve, list(wanted))) or {}) if wanted else {}
    parents = Parents(work)
    completed = (
        referred(draft, lambda lookup: parents.ids(lookup) if lookup.imported else found.get(lookup, ()))
        for draft in drafts
    )
    return [each for each in completed if isinstance(each, Draft)]


def by_key(ids: tuple[str, ...], on_match: str) -> Left | None:
    """Return how a row stays behind whose key ``ids`` have on the server; None when it is sent."""
    if not ids or (on_match == "update" and len(ids) == 1):
        return None
    if len(ids) > 1:
        found = problem("SEVERAL_MATCH", ids=", ".join(ids[:SHOWN_IDS]))
        return Left(State.REJECTED, (found,))
    if on_match == "error":
        return Left(State.REJECTED, (problem("ALREADY_EXISTS", id=ids[0]),))
    return Left(State.EXISTS, (), ids[0])


def referred(draft: Draft, ids: Ids) -> Draft | tuple[Problem, ...]:
    """Return ``draft`` with the ids of the records it refers to, or why it stays behind."""
    values = dict(draft.values)
    problems = []
    for name, reference in draft.references.items():
        found = value_of(reference, ids(reference.lookup), draft.columns.get(name))
        if isinstance(found, Problem):
            problems.append(found)
        elif found is not None:
            values[name] = found
    return tuple(problems) if problems else replace(draft, values=values, references={})


def value_of(reference: Reference, ids: tuple[str, ...], column: str | None) -> str | Problem | None:
    """Return the id to write, None when the property is left out, or the problem of the row."""
    if len(ids) == 1:
        return ids[0]
    lookup, policy = reference.lookup, reference.many if ids else reference.none
    if policy == "omit":
        return None
    if policy != "error":
        return policy
    if lookup.imported:
        return problem("NOT_IMPORTED", column=column, object=lookup.object, text=lookup.value)
    if ids:
        shown = ", ".join(ids[:SHOWN_IDS])
        named = {"object": lookup.object, "by": lookup.by, "text": lookup.value, "ids": shown}
        return problem("LOOKUP_MANY", column=column, **named)
    return problem("LOOKUP_NONE", column=column, object=lookup.object, by=lookup.by, text=lookup.value)
