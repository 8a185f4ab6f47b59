"""Asking the org about rows without an answer: the queries of settle.py, sent and read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from importer.model.settling import Doubt, Finding, Known, Undecided
from importer.targets.salesforce import settle
from importer.targets.salesforce.soql import Literal, chunks, key_text, query_all, text_literal
from importer.transport.delivery import Sender

LONGEST_WINDOW = 3600.0
"""Seconds; more records than those of an hour are not compared."""
TOO_LONG = "too much time lies between its send and the end of its job to look for it by content"


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks one org. ``user`` is the id we sign in as, ``offset`` the org's clock minus ours in seconds,
    ``key_literal`` how keys of the match property stand in a query.
    """

    sender: Sender
    base: str
    where: str
    user: str
    offset: float
    key_literal: Literal = text_literal

    async def by_match(
        self, sobject: str, match: str, doubts: Sequence[Doubt], *, fold: bool
    ) -> dict[int, Finding]:
        """Look the doubts up by the key that they were sent with. Raises TargetError."""
        keys = dict.fromkeys(key_text(doubt.draft.values.get(match)) for doubt in doubts)
        records = []
        for literals in chunks(keys, literal_of=self.key_literal):
            question = settle.by_match_question(sobject, match, literals)
            records += await query_all(self.sender, self.base, question, self.where)
        return settle.by_match(doubts, match, records, self.user, self.offset, fold=fold)

    async def by_content(
        self, sobject: str, doubts: Sequence[Doubt], known: Known, after: float
    ) -> dict[int, Finding]:
        """Look for records equal to the doubts among all that could be ours. Raises TargetError."""
        findings: dict[int, Finding] = {}
        for since, until, members in settle.windows(doubts, after):
            if until - since > LONGEST_WINDOW:
                findings |= {doubt.row: Undecided(TOO_LONG) for doubt in members}
                continue
            names = {name for doubt in members for name in doubt.draft.values}
            audited = bool(settle.AUDIT & {name.casefold() for name in names})
            # A record of the last moment must be shown, or the answer is not believed.
            first, last = since + self.offset, until + self.offset + settle.SLACK
            question = settle.by_content_question(sobject, names, self.user, first, last, audited=audited)
            records = await query_all(self.sender, self.base, question, self.where)
            findings |= settle.by_content(members, records, known, since, until)
        return findings
