"""What is looked at in a draft besides the rules of its properties, and what is counted on the way."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat

from importer.journal.file_keys import FileKeys
from importer.mapping.block import Block
from importer.model.advice import Asks
from importer.model.draft import Draft, Reference
from importer.model.problem import Problem, problem
from importer.model.schema import Property, Schema
from importer.preflight.against_schema import available, variant_of

DISTINCT = 10_000
"""Distinct values that are counted; more would need memory that grows with the file (promise P6)."""

Place = Callable[[int, str | None], str]
"""(row number, column) → the cell as a person sees it."""
Check = Callable[[int, object], Problem | None]
"""(row number, value of the property, or the reference that it is, or None) → what is wrong with it."""


@dataclass(frozen=True, slots=True)
class _OfValue:
    """A check that looks at the value alone: of many rows each different value is looked at once."""

    check: Check

    def __call__(self, row: int, value: object) -> Problem | None:
        return self.check(row, value)


@dataclass(slots=True)
class Strange:
    """Values of one property that are not in its list: how many rows, the first cells, the values."""

    found: Property
    column: str
    choices: frozenset[str]
    count: int = 0
    cells: list[str] = field(default_factory=list)
    values: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Referred:
    """How many rows refer to a record, and the first cells that do."""

    count: int = 0
    cells: list[str] = field(default_factory=list)


class Watch:
    """Looks at the drafts of one file; ``close`` it afterwards.

    ``feeds`` tells which column feeds a property, ``asks`` what the target wants to know. ``match`` is looked
    at for repeated values only where its value is not the key itself (``key_is_sent`` says that it is).
    ``row_name`` tells what a person calls a row.
    """

    def __init__(
        self,
        feeds: Mapping[str, str],
        schema: Schema | None,
        asks: Asks,
        place: Place,
        *,
        match: str | None,
        key_is_sent: bool,
        now: dt.datetime,
        row_name: Callable[[int], str] = str,
    ) -> None:
        self._feeds, self._place, self._row_name = feeds, place, row_name
        self._seen: dict[str, FileKeys] = {}
        self._checks: list[tuple[str, Check]] = []
        self.strange: list[Strange] = []
        self.references: dict[tuple[str, Reference], Referred] = {}
        self.more_references = 0
        self.asked: dict[str, Counter[str]] = {name: Counter() for name in asks.values if name in feeds}
        self.old: Counter[str] = Counter()
        self._made = asks.made if asks.made in feeds else None
        self._state = asks.state or ""
        self._since = now - asks.old
        for name in feeds:
            found = schema.find(name) if schema is not None else None
            if schema is not None and found is not None:
                self._watch(schema, found, repeats=not (key_is_sent and name == match))

    def close(self) -> None:
        """Forget the values of the file."""
        for seen in self._seen.values():
            seen.close()

    def _watch(self, schema: Schema, found: Property, *, repeats: bool) -> None:
        column = self._feeds[found.name]
        if found.multiple and found.joined is not None and found.length is not None:
            self._checks.append((found.name, self._joined(found, found.joined, found.length, column)))
        if found.multiple and found.distinct:
            self._checks.append((found.name, self._distinct(found, column)))
        if found.name == schema.variant and schema.variants:
            self._checks.append((found.name, self._variant(schema, found.name, column)))
        if found.unique and repeats:
            self._checks.append((found.name, self._unique(found, column)))
        if found.choices and not found.restricted:
            choices = frozenset(choice.value for choice in found.choices)
            self.strange.append(Strange(found, column, choices))

    def problems(self, draft: Draft) -> tuple[Problem, ...]:
        """Return what the server would refuse of ``draft`` although each of its values is right by itself."""
        if not self._checks:
            return ()
        values, references = draft.values, draft.references
        found = (check(draft.row, values.get(name, references.get(name))) for name, check in self._checks)
        return tuple(each for each in found if each is not None)

    def looking(self, block: Block) -> Callable[[int], tuple[Problem, ...]] | None:
        """Return the function from a place in ``block`` to what ``problems`` says of its draft."""
        checks = ((check, block.column(name)) for name, check in self._checks)
        pairs = [
            (check, column)
            for check, column in checks
            if not (isinstance(check, _OfValue) and all(check(0, value) is None for value in set(column)))
        ]
        rows = block.rows

        def problems(at: int) -> tuple[Problem, ...]:
            number = rows[at].number
            found = (check(number, column[at]) for check, column in pairs)
            return tuple(each for each in found if each is not None)

        return problems if pairs else None

    def count(self, draft: Draft) -> None:
        """Count what is worth knowing of a draft that would be sent."""
        both = {**draft.values, **draft.references}
        self.count_all(
            (draft.row,), {name: (value,) for name, value in both.items()}, tuple(draft.references)
        )

    def count_all(
        self, rows: Sequence[int], values: Mapping[str, Sequence[object]], referring: Sequence[str] = ()
    ) -> None:
        """Count what is worth knowing of the drafts of ``rows`` that would be sent.

        ``values`` are those of each property, row by row, None where a row has none; of the properties
        ``referring`` some are references.
        """
        for strange in self.strange:
            column = values.get(strange.found.name, ())
            if not strange.choices.issuperset(column):
                for row, value in zip(rows, column, strict=True):
                    self._note(strange, value, row)
        for name, counter in self.asked.items():
            for value in values.get(name, ()):
                if isinstance(value, str) and (value in counter or len(counter) < DISTINCT):
                    counter[value] += 1
        for at, row in enumerate(rows if referring else ()):
            for name in referring:
                if isinstance(value := values[name][at], Reference):
                    self._refer(name, value, row)
        if self._made is not None and self._made in values:
            states = values.get(self._state) or repeat("")
            for made, state in zip(values[self._made], states, strict=False):
                if isinstance(made, dt.datetime) and made < self._since:
                    self.old[str(state or "")] += 1

    def _refer(self, name: str, reference: Reference, row: int) -> None:
        seen = self.references.get((name, reference))
        if seen is None:
            if len(self.references) >= DISTINCT:
                self.more_references += 1
                return
            seen = self.references[name, reference] = Referred()
        seen.count += 1
        if len(seen.cells) < 5:
            seen.cells.append(self._place(row, self._feeds.get(name)))

    def _note(self, strange: Strange, value: object, row: int) -> None:
        items = value if isinstance(value, tuple) else (value,)
        odd = [item for item in items if isinstance(item, str) and item not in strange.choices]
        if not odd:
            return
        strange.count += 1
        if len(strange.cells) < 5:
            strange.cells.append(self._place(row, strange.column))
        for item in odd:
            if item in strange.values or len(strange.values) < DISTINCT:
                strange.values[item] += 1

    def _problem(self, code: str, row: int, column: str, **names: object) -> Problem:
        return problem(code, column=column, cell=self._place(row, column), **names)

    def _joined(self, found: Property, between: str, limit: int, column: str) -> Check:
        def check(row: int, value: object) -> Problem | None:
            if not isinstance(value, tuple):
                return None
            size = sum(len(str(item)) for item in value) + len(between) * (len(value) - 1)
            if size <= limit:
                return None
            return self._problem("TOO_LONG", row, column, found=size, property=found.name, limit=limit)

        return _OfValue(check)

    def _distinct(self, found: Property, column: str) -> Check:
        def check(row: int, value: object) -> Problem | None:
            if not isinstance(value, tuple) or len(set(value)) == len(value):
                return None
            twice = next(item for place, item in enumerate(value) if item in value[:place])
            return self._problem("NOT_DISTINCT", row, column, value=f'"{twice}"', property=found.name)

        return _OfValue(check)

    def _variant(self, schema: Schema, name: str, column: str) -> Check:
        choices = f" Available: {available(schema)}." if schema.variants else ""

        def check(row: int, value: object) -> Problem | None:
            if isinstance(value, str):
                found = variant_of(schema, value)
            elif isinstance(value, Reference) and value.lookup.object.casefold() == "recordtype":
                value = value.lookup.value
                folded = value.casefold()
                found = next(
                    (v for v in schema.variants if folded in (v.name.casefold(), v.label.casefold())), None
                )
            else:
                return None
            if found is not None and found.available:
                return None
            return self._problem("NOT_AVAILABLE", row, column, value=f'"{value}"', choices=choices)

        return check

    def _unique(self, found: Property, column: str) -> Check:
        seen = self._seen[found.name] = FileKeys()

        def check(row: int, value: object) -> Problem | None:
            if value is None or isinstance(value, Reference):
                return None
            text = str(value) if found.case_sensitive else str(value).casefold()
            first = seen.first_with(text.encode("utf-8", "surrogatepass"), row, b"")
            if first is None:
                return None
            return self._problem(
                "NOT_UNIQUE", row, column, first=self._row_name(first.row), property=found.name
            )

        return check
