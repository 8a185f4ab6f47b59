"""Records that a create names by an external id, and the org finds itself (facts: salesforce.md §4.3, §6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from importer.model.draft import Lookup, Named, Value
from importer.model.outcome import Refusal, Rejected, RowOutcome
from importer.model.schema import Property
from importer.targets.salesforce.lookups import kind_of

KEYS = frozenset({"string", "email", "phone", "url"})
"""Types of fields whose values leave as they stand in the file."""
CODES = frozenset({"INVALID_FIELD", "DUPLICATE_EXTERNAL_ID"})
"""What the org says of a record that is not there, or there several times (facts §6, §7)."""


def relation_of(found: Property | None, lookup: Lookup) -> str | None:
    """Return the relationship by which the property ``found`` names a record of ``lookup.object``.

    None for what must be looked up: several kinds of records, or one that is asked for by a condition.
    """
    if found is None or found.relationship is None or len(found.references) != 1 or "." in lookup.by:
        return None
    same = found.references[0].casefold() == lookup.object.casefold()
    return found.relationship if same and not kind_of(lookup.object, "").condition else None


def key_of(describe: object, name: str) -> str | None:
    """Return the field ``name`` of a described sObject as it spells it, None where it is no external id."""
    fields = describe.get("fields") if isinstance(describe, Mapping) else None
    for field in fields if isinstance(fields, list) else ():
        if isinstance(field, Mapping) and str(field.get("name", "")).casefold() == name.casefold():
            keyed = field.get("externalId") or field.get("idLookup")
            return str(field["name"]) if keyed and field.get("type") in KEYS else None
    return None


def heads_of(values: Mapping[str, Value]) -> dict[str, str]:
    """Return the property of each of ``values`` that names a record, by how it does: ``Account.Ext__c``."""
    return {value.head: name for name, value in values.items() if isinstance(value, Named)}


def spread(values: Mapping[str, Value]) -> Mapping[str, Value]:
    """Return ``values`` by the columns of an upload: those that name a record under their heads."""
    if not heads_of(values):
        return values
    return {
        value.head if isinstance(value, Named) else name: str(value) if isinstance(value, Named) else value
        for name, value in values.items()
    }


def gathered(cells: Iterable[tuple[str, str]], heads: Mapping[str, str]) -> dict[str, str]:
    """Return the cells of a line by property: the reverse of ``spread``."""
    shown: dict[str, str] = {}
    for column, cell in cells:
        name = heads.get(column, column)
        shown[name] = cell or shown.get(name, "")
    return shown


def explained(outcome: RowOutcome, values: Mapping[str, Value]) -> RowOutcome:
    """Return ``outcome`` with what is wrong in plain words where a record that is named is not to be had."""
    if not isinstance(outcome, Rejected):
        return outcome
    named = [(name, value) for name, value in values.items() if isinstance(value, Named)]
    if not named:
        return outcome
    return replace(outcome, refusals=tuple(_explained(refusal, named) for refusal in outcome.refusals))


def _explained(refusal: Refusal, named: Sequence[tuple[str, Named]]) -> Refusal:
    text = refusal.text.casefold()
    for name, value in named:
        relation, _, key = value.head.partition(".")
        if refusal.code in CODES and value.casefold() in text and key.casefold() in text:
            many = refusal.code == "DUPLICATE_EXTERNAL_ID"
            found = "More than one record has" if many else "No record has"
            message = f"{found} the {key} by which the row names its {relation}. Correct the cell."
            return replace(refusal, properties=(name,), message=message)
    return refusal
