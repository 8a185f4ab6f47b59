"""What the system says about the records that rows refer to, before anything is sent (``check``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from importer.model.advice import Advice, Intent, KeyValue
from importer.model.draft import Draft, Lookup, Reference
from importer.model.problem import CATALOGUE, Problem, problem
from importer.model.target import Target
from importer.pipeline.ahead import value_of
from importer.preflight.finding import Finding
from importer.preflight.rows import CELLS, VALUES
from importer.preflight.watching import Referred

Key = tuple[str, Reference]
"""A property and what it refers to."""


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What the references of a file lead to: the problem of those that lead nowhere, the id of the others."""

    problems: Mapping[Key, Problem] = field(default_factory=dict)
    ids: Mapping[Key, str] = field(default_factory=dict)

    def asking(self, intent: Intent, names: frozenset[str], seen: Mapping[Key, Referred]) -> Intent:
        """Return ``intent`` with the ids that rows get for the properties ``names``, as if written there."""
        asked = {name: dict(counts) for name, counts in intent.asked.items()}
        for key, record_id in self.ids.items():
            if key[0] in names:
                counts = asked.setdefault(key[0], {})
                counts[record_id] = counts.get(record_id, 0) + seen[key].count
        return replace(intent, asked=asked)

    def refused(self, advice: Sequence[Advice], column: Mapping[str, str]) -> dict[Key, Problem]:
        """Return the problems of references, and of those whose record ``advice`` refuses."""
        found = dict(self.problems)
        for each in advice:
            for key, record_id in self.ids.items():
                if each.severity == "rows" and key[0] == each.property and record_id in each.values:
                    text = f"{key[1].lookup.value}{each.message[each.message.find(': ') :]} {each.remedy}"
                    found[key] = Problem(each.code, text, column.get(key[0]))
        return found

    def named(self, advice: Sequence[Advice]) -> list[Advice]:
        """Return ``advice`` with what the file calls a record beside each id that was looked up."""
        texts = {record_id: key[1].lookup.value for key, record_id in self.ids.items()}
        named = []
        for each in advice:
            message = each.message
            for record_id in each.values:
                if record_id in texts:
                    message = message.replace(record_id, f"{texts[record_id]} ({record_id})")
            named.append(replace(each, message=message))
        return named


@dataclass(frozen=True, slots=True)
class Refused:
    """What the system said about rows: ids of records by key, why it refuses values of properties, and why
    references lead nowhere.
    """

    there: Mapping[KeyValue, str]
    values: Mapping[tuple[str, str], Problem]
    references: Mapping[Key, Problem]

    def problems(self, draft: Draft, unique: str) -> Iterator[Problem]:
        """Give what was said about ``draft``; the property ``unique`` must not be there yet (empty: none)."""
        key = draft.values.get(unique)
        if isinstance(key, KeyValue) and key in self.there:
            yield problem("ALREADY_EXISTS", column=draft.columns.get(unique), id=self.there[key])
        values = draft.values
        yield from (found for (name, value), found in self.values.items() if values.get(name) == value)
        referred = (self.references.get(key) for key in draft.references.items())
        yield from (found for found in referred if found is not None)


async def look_up(target: Target, seen: Mapping[Key, Referred], feeds: Mapping[str, str]) -> LookedUp:
    """Ask for all records that ``seen`` refers to. Raises TargetError, MappingError.

    Rows that refer to imported ones are not looked up here: ``Families`` knows them.
    """
    asked = [key for key in seen if not key[1].lookup.imported]
    wanted: dict[Lookup, None] = dict.fromkeys(key[1].lookup for key in asked)
    found = await target.resolve(list(wanted)) if wanted else {}
    problems, ids = {}, {}
    for key in asked:
        name, reference = key
        value = value_of(reference, found.get(reference.lookup, ()), feeds.get(name))
        if isinstance(value, Problem):
            problems[key] = value
        elif value is not None:
            ids[key] = value
    return LookedUp(problems, ids)


def reference_findings(looked: LookedUp, seen: Mapping[Key, Referred], left_out: int) -> list[Finding]:
    """Return a finding for each column whose references lead nowhere; ``left_out`` were not looked up."""
    groups: dict[tuple[str, str | None], list[Key]] = {}
    for key, found in looked.problems.items():
        groups.setdefault((found.code, found.column), []).append(key)
    findings = []
    for (code, column), keys in groups.items():
        count = sum(seen[key].count for key in keys)
        first = looked.problems[keys[0]].message
        message = f"{CATALOGUE[code].title}. For example: {first}" if len(keys) > 1 else first
        cells = [cell for key in keys for cell in seen[key].cells][:CELLS]
        values = sorted(((key[1].lookup.value, seen[key].count) for key in keys), key=lambda pair: -pair[1])
        findings.append(
            Finding(code, "rows", message, "", column, count, tuple(cells), tuple(values[:VALUES]))
        )
    if left_out:
        message = f"The records that {left_out:,} more rows refer to were not looked up."
        findings.append(Finding("LOOKUPS_NOT_ASKED", "note", message))
    return findings
