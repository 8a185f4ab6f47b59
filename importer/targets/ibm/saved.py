"""Whether v2 saves what it is sent: its first case is looked at before others are made (facts §1, §14.5).

Under which key v2 takes the values of a case is not certain. A server that does not know the key may ignore
it and make cases without any value: that would be found out after a million of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from importer.model.draft import Draft, Value
from importer.model.errors import Exit, ImporterError
from importer.model.outcome import Created, Held, RowOutcome, Stop, Unknown
from importer.targets.delivering import read
from importer.targets.ibm.encode import CreateOptions, encoded
from importer.targets.ibm.hits import read_case
from importer.targets.json_body import decode
from importer.transport.delivery import Sender

PATIENCE = 5.0
"""Seconds for which a row waits for the first case to be looked at: a create must leave soon after its
intent, or goes again with a new one."""
IGNORED = "PROPERTIES_IGNORED"


class FirstLook:
    """Lets one create through, reads its case back, and then lets all others through, or none."""

    def __init__(self, sender: Sender, options: CreateOptions, where: str) -> None:
        self._sender = sender
        self._options = options
        self._where = where
        self._taken = False
        self._ending = False
        self._waiting: list[asyncio.Future[None]] = []
        self.trusted = False
        self._stop: Stop | None = None

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[RowOutcome | None]:
        """Wait for a turn; gives None when a create may leave, else the outcome of one that may not."""
        until = asyncio.get_running_loop().time() + PATIENCE
        while self._taken and not self.trusted and self._stop is None:
            if not await self._change(until):
                yield Held()
                return
        if self.trusted or self._stop is not None:
            yield self._stop
            return
        self._taken = True
        try:
            yield None
        finally:
            self._taken = False
            self._wake()

    async def _change(self, until: float) -> bool:
        """Wait for the case that is looked at; return False when it takes too long, or the run is ending."""
        if self._ending:
            return False
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        try:
            async with asyncio.timeout_at(until):
                await waiting
        except TimeoutError:
            return False
        return not self._ending

    def end(self) -> None:
        """Whoever waits here has not left, and is told so: the run is ending."""
        self._ending = True
        self._wake()

    def _wake(self) -> None:
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)
        self._waiting.clear()

    async def at(self, draft: Draft, outcome: RowOutcome) -> RowOutcome:
        """Return ``outcome``, unless it is of a case whose values the server has not saved."""
        sent = values_in(draft)
        if self.trusted or not isinstance(outcome, Created) or not sent:
            return outcome
        shown = await self._shown(outcome.id)
        if shown is None or not ignored(sent, shown):
            self.trusted = True
            return outcome
        key = self._options.properties_key
        what = f"the server took a case and saved none of its {len(sent)} values"
        remedy = (
            f'The values were sent as "{key}". Delete the case {outcome.id}, and set properties_key = '
            f'"{"Properties" if key == "CaseProperties" else "CaseProperties"}" in the connection.'
        )
        self._stop = Stop(IGNORED, what, remedy, Exit.GUARD)
        return Unknown(f"{what} (folder {outcome.id})", code=IGNORED, id=outcome.id)

    async def _shown(self, folder: str) -> dict[str, Any] | None:
        try:
            return await shown(self._sender, folder, self._options.object_store, self._where)
        except ImporterError:
            return None


async def shown(sender: Sender, folder: str, object_store: str, where: str) -> dict[str, Any] | None:
    """Return the values of a case as v2 shows them, names in lower case; None when it does not show them.

    Raises TargetError when nobody answers.
    """
    plain, store = quote(folder.strip("{}"), safe=""), quote(object_store, safe="")
    answer = await read(sender, f"/v2/case/{plain}/properties?TargetObjectStore={store}", "read case", where)
    return read_case(decode(answer.body)) if answer.status == 200 else None


def values_in(draft: Draft) -> dict[str, Value]:
    """Return what ``draft`` sends that a case would show, names in lower case."""
    return {name.casefold(): value for name, value in draft.values.items() if value not in (None, ())}


def ignored(sent: Mapping[str, Value], shown: Mapping[str, Any]) -> bool:
    """Tell whether a case that shows ``shown`` was made without the values ``sent``; names are in lower case.

    It was when none of them is shown as it was sent, and one that is shown has no value: what has another
    value may have a default, or may have been changed by the server. Properties that are not shown tell
    nothing.
    """
    both = [(value, shown[name]) for name, value in sent.items() if name in shown]
    if any(_plain(value) == _plain(found) for value, found in both):
        return False
    return any(found in (None, "", []) for _, found in both)


def _plain(value: Any) -> object:
    """Return ``value`` as it is compared: numbers by their value, texts and dates as they are sent."""
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    sent = encoded(value)
    if isinstance(sent, bool) or not isinstance(sent, int | float | Decimal):
        return sent
    return Decimal(str(sent))
