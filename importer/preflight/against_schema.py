"""The mapping against the schema of the record type: what would fail every row (design §5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from importer.mapping.spec import MappingFile, Rule
from importer.model.schema import Property, PropertyType, Schema
from importer.preflight.finding import Finding

FITS: Mapping[PropertyType, frozenset[str]] = {
    "text": frozenset({"text", "email", "phone", "id", "date", "datetime"}),
    "email": frozenset({"text", "email"}),
    "phone": frozenset({"text", "phone"}),
    "id": frozenset({"text", "id"}),
    "integer": frozenset({"integer"}),
    "number": frozenset({"integer", "number"}),
    "boolean": frozenset({"boolean"}),
    "date": frozenset({"date"}),
    "datetime": frozenset({"datetime", "date"}),
    "unsupported": frozenset(),
}
"""Which types of the mapping language a property takes."""


def against_schema(mapping: MappingFile, schema: Schema) -> list[Finding]:
    """Return every way in which ``mapping`` does not fit ``schema``."""
    return [
        *_written(mapping, schema),
        *_rules(mapping, schema),
        *_required(mapping, schema),
        *_match(mapping, schema),
    ]


def _written(mapping: MappingFile, schema: Schema) -> Iterator[Finding]:
    for name, mark in mapping.written():
        found = schema.find(name)
        where = f"{mapping.name}:{mark.line}:{mark.column}"
        if found is None:
            near = schema.nearest(name)
            hint = f" Did you mean {near}?" if near else ""
            yield Finding(
                "UNKNOWN_PROPERTY",
                "stop",
                f"{where}: {schema.record_type} has no property {name} that this user can see.{hint}",
                "Correct the name; property names are API names (SymbolicNames), not labels.",
            )
        elif found.type == "unsupported":
            message = f"{where}: {found.name} is of a type that cannot be set through this API."
            yield Finding("UNSUPPORTED_PROPERTY", "stop", message, "Remove the rule.")
        elif not found.writable:
            message = f"{where}: {found.name} is read-only for this user."
            yield Finding(
                "READ_ONLY_PROPERTY", "stop", message, "Remove the rule, or have the right granted."
            )
        elif found.hidden:
            message = f"{where}: {found.name} is hidden from people."
            yield Finding("HIDDEN_PROPERTY", "warning", message, "Make sure that it is meant.")


def _rules(mapping: MappingFile, schema: Schema) -> Iterator[Finding]:
    for rule in mapping.rules:
        found = schema.find(rule.to)
        if found is None or found.type == "unsupported":
            continue
        if rule.split is not None and not found.multiple:
            yield _fault(
                mapping, rule, "split", "NOT_MULTIPLE", f"{found.name} takes one value.", "Remove split."
            )
        if rule.type is not None and rule.type not in FITS[found.type]:
            message = f"{found.name} is of type {found.type}, the rule says {rule.type}."
            yield _fault(
                mapping, rule, "type", "TYPE_MISMATCH", message, f"Write type: {found.type}, or none."
            )
        if found.restricted and found.choices:
            yield from _map_values(mapping, rule, found)


def _map_values(mapping: MappingFile, rule: Rule, found: Property) -> Iterator[Finding]:
    """A value map that leads to something that is not a choice would only fail row by row."""
    choices = {choice.value for choice in found.choices}
    if found.by_label:
        choices |= {choice.label for choice in found.choices}
    for value in sorted(set((rule.values or {}).values()) - choices):
        message = f"The value map of {found.name} leads to {value!r}, which is not one of its choices."
        yield _fault(
            mapping, rule, "values", "NOT_A_CHOICE", message, f"Choices: {', '.join(sorted(choices))}."
        )


def _fault(mapping: MappingFile, rule: Rule, key: str, code: str, message: str, remedy: str) -> Finding:
    mark = rule.mark(key)
    where = f"{mapping.name}:{mark.line}:{mark.column}"
    return Finding(code, "stop", f"{where}: {message}", remedy, column=rule.column)


def _required(mapping: MappingFile, schema: Schema) -> Iterator[Finding]:
    written = {name.casefold() for name, _mark in mapping.written()}
    for found in schema.properties.values():
        if found.required and found.writable and found.name.casefold() not in written:
            yield Finding(
                "REQUIRED_NOT_MAPPED",
                "stop",
                f"{found.name} is required, and no rule of {mapping.name} gives it a value.",
                "Add a rule or a constant for it.",
            )


def _match(mapping: MappingFile, schema: Schema) -> Iterator[Finding]:
    found = schema.find(mapping.match) if mapping.match else None
    if found is None:
        return
    if found.unique is False:
        yield Finding(
            "MATCH_NOT_UNIQUE",
            "warning",
            f"match: {found.name} is not unique on the server: it would take a second record with the key, "
            "so keys are looked up before rows are sent, and lost answers are waited for.",
            "Better make the field unique there (Text, External ID, Unique).",
        )
    elif found.unique is None:
        yield Finding(
            "JOURNAL_IS_MEMORY",
            "warning",
            f"The server does not say whether {found.name} is unique: only this machine's journal knows "
            "which rows were imported.",
            "Keep the journal: case-importer journal where, journal backup.",
        )
