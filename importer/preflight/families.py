"""Rows that belong to other rows: which of them would wait for a record in vain (design §5, lookup)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from importer.journal.file_keys import FileKeys
from importer.journal.identity import ledger_key
from importer.mapping.compiled import Compiled
from importer.model.draft import Draft, Lookup, Reference
from importer.model.problem import CATALOGUE, Problem, problem
from importer.preflight.finding import Finding
from importer.preflight.rows import CELLS, Judged
from importer.preflight.watching import Place

MADE, STAYS, NEEDS, BELONGS = b"+", b"-", b">", b"?"
"""What is remembered of a row by its key: it gets a record, or stays behind; before the key of its parent,
whether it needs that.
"""
REMEMBERED = 10_000
"""Rows that get a record and are remembered: long lines of parents are not followed each time."""
ITSELF = "a row cannot belong to itself"
RING = "the rows belong to each other in a ring"
WAITS = "it waits itself"
INVALID = "it stays behind itself"

Ledger = Callable[[Lookup], bool]
"""Whether a record was imported already of the row that a look-up names."""


class Families:
    """Knows what the rows of one file belong to; ``close`` it afterwards. Memory: constant, the rest on disk.

    ``ledger`` is None where no system is known: then a parent that is not in the file may be anywhere.
    ``name`` tells what a person calls a row.
    """

    def __init__(
        self, compiled: Compiled, *, fold: bool, ledger: Ledger | None, name: Callable[[int], str]
    ) -> None:
        self._compiled = compiled
        self._fold = fold
        self._ledger = ledger
        self._name = name
        self._rows = FileKeys()
        self._good: set[bytes] = set()

    def close(self) -> None:
        """Forget the rows."""
        self._rows.close()

    def read(self, judged: Iterable[Judged]) -> None:
        """Remember every row of the file. Blocks."""
        for each in judged:
            key = self._compiled.key(each.row) if self._compiled.takes(each.row) else None
            if key is None or isinstance(key, Problem):
                continue
            held = each.draft is None and any(found.code != "KNOWN" for found in each.problems)
            mark = STAYS if held else MADE
            for reference in self._own(each.draft):
                mark = (NEEDS if reference.none == "error" else BELONGS) + self._key(reference.lookup)
            self._rows.first_with(ledger_key(key, fold_case=self._fold), each.row.number, mark)

    def _own(self, draft: Draft | None) -> Iterator[Reference]:
        """Give the references to rows of the same source that have no record yet."""
        for reference in draft.references.values() if draft is not None else ():
            lookup = reference.lookup
            own = lookup.imported and lookup.object == self._compiled.source
            if own and not (self._ledger is not None and self._ledger(lookup)):
                yield reference

    def _key(self, lookup: Lookup) -> bytes:
        return ledger_key((lookup.value,), fold_case=self._fold)

    def problems(self, draft: Draft) -> Iterator[Problem]:
        """Give why the row of ``draft`` would not be sent: a parent that gets no record, or is nowhere."""
        for name, reference in draft.references.items():
            lookup, column = reference.lookup, draft.columns.get(name)
            if not lookup.imported or (self._ledger is not None and self._ledger(lookup)):
                continue
            own = lookup.object == self._compiled.source
            parent = self._rows.seen(self._key(lookup)) if own else None
            if parent is not None:
                why = self._why(draft.row, self._key(lookup))
                if why:
                    yield problem("PARENT_MISSING", column=column, row=self._name(parent.row), why=why)
            elif self._ledger is not None and reference.none == "error":
                yield problem("NOT_IMPORTED", column=column, object=lookup.object, text=lookup.value)

    def _why(self, row: int, first: bytes) -> str:
        """Return why the parent with the key ``first`` gets no record; nothing where it gets one."""
        passed: set[bytes] = set()
        key, needs = first, False
        while key not in self._good:
            seen = self._rows.seen(key)
            if seen is None and needs and self._ledger is not None:
                return WAITS if len(passed) > 1 else INVALID
            if seen is None or seen.digest == MADE:
                break
            if seen.row == row:
                return ITSELF if key == first else RING
            if seen.digest == STAYS:
                return INVALID if key == first else WAITS
            if key in passed:
                return WAITS
            passed.add(key)
            key, needs = seen.digest[1:], seen.digest[:1] == NEEDS
        if len(self._good) > REMEMBERED:
            self._good.clear()
        self._good |= passed
        return ""

    def findings(self, drafts: Iterable[Draft], place: Place) -> list[Finding]:
        """Return a finding for each column whose rows would wait in vain. Blocks."""
        groups: dict[tuple[str, str | None], Finding] = {}
        for draft in drafts:
            for found in self.problems(draft):
                one = Finding(found.code, "rows", found.message, "", found.column)
                group = groups.get((found.code, found.column), one)
                cells = group.cells
                if len(cells) < CELLS:
                    cells += (place(draft.row, found.column),)
                groups[found.code, found.column] = replace(group, count=group.count + 1, cells=cells)
        return [_titled(each) for each in groups.values()]


def _titled(finding: Finding) -> Finding:
    if finding.count == 1:
        return finding
    return replace(finding, message=f"{CATALOGUE[finding.code].title}. For example: {finding.message}")
