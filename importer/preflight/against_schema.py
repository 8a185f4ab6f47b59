"""The mapping against the schema of the record type: what would fail every row (design §5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from importer.mapping.spec import MappingFile, Rule
from importer.model.draft import Value
from importer.model.schema import Property, PropertyType, Schema, Variant
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


SHOWN = 12
"""Choices that a message lists."""
NO_VALUES: Mapping[str, Value] = {}


def against_schema(
    mapping: MappingFile, schema: Schema, same: Mapping[str, Value] = NO_VALUES
) -> list[Finding]:
    """Return every way in which ``mapping`` does not fit ``schema``.

    ``same`` are the properties that get one value in all rows, as ``Compiled.constants`` gives them.
    """
    return [
        *_written(mapping, schema),
        *_rules(mapping, schema),
        *_constants(schema, same),
        *_required(mapping, schema),
        *_match(mapping, schema),
    ]


def memory(mapping: MappingFile, schema: Schema) -> list[Finding]:
    """Return the warning that only the journal knows which rows were imported, where there is no match."""
    if mapping.match is not None:
        return []
    able = [found.name for found in schema.properties.values() if found.external_id and found.unique]
    if able:
        remedy = f"Map the key to a unique property and name it as match: {', '.join(able[:SHOWN])}."
    else:
        remedy = f"For a match: {schema.key_hint}" if schema.key_hint else "Keep the journal."
    message = (
        f"{mapping.name} has no match: only this machine's journal knows which rows were imported. Without "
        "the journal they would be created again."
    )
    return [Finding("JOURNAL_IS_MEMORY", "warning", message, remedy)]


def available(schema: Schema) -> str:
    """Return the kinds of record that the user may choose, for messages."""
    names = [f"{found.name} ({found.id})" for found in schema.variants if found.available]
    return ", ".join(names[:SHOWN]) + (", …" if len(names) > SHOWN else "")


def variant_of(schema: Schema, value: str) -> Variant | None:
    """Return the kind of record whose id (of 15 or 18 characters) is ``value``."""
    return next((found for found in schema.variants if found.id[:15] == value[:15]), None)


def _written(mapping: MappingFile, schema: Schema) -> Iterator[Finding]:
    for name, mark in mapping.written():
        found = schema.find(name)
        where = f"{mapping.name}:{mark.line}:{mark.column}"
        if found is None:
            yield _unknown(mapping, schema, name, where)
        elif found.type == "unsupported":
            message = f"{where}: {found.name} is of a type that cannot be set through this API."
            yield Finding("UNSUPPORTED_PROPERTY", "stop", message, found.hint or "Remove the rule.")
        elif not found.writable:
            message = f"{where}: {found.name} is read-only for this user."
            remedy = found.hint or "Remove the rule, or have the right granted."
            yield Finding("READ_ONLY_PROPERTY", "stop", message, remedy)
        elif found.hidden:
            message = f"{where}: {found.name} is hidden from people."
            yield Finding("HIDDEN_PROPERTY", "warning", message, "Make sure that it is meant.")


def _unknown(mapping: MappingFile, schema: Schema, name: str, where: str) -> Finding:
    near = schema.nearest(name)
    hint = f" Did you mean {near}?" if near else ""
    message = f"{where}: {schema.record_type} has no property {name} that this user can see.{hint}"
    remedy = "Correct the name; property names are API names (SymbolicNames), not labels."
    labelled = next(
        (found.name for found in schema.properties.values() if found.label.casefold() == name.casefold()),
        None,
    )
    if labelled is not None:
        remedy = f"{name} is the label of {labelled}: write the API name."
    elif mapping.match is not None and name.casefold() == mapping.match.casefold() and schema.key_hint:
        remedy = f"Correct the name, or make it. {schema.key_hint}"
    return Finding("UNKNOWN_PROPERTY", "stop", message, remedy)


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
        if str(mapping.on_match) == "update" and not found.updatable and rule.write != "create":
            yield _create_only(mapping, rule, found)


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


def _create_only(mapping: MappingFile, rule: Rule, found: Property) -> Finding:
    """A property of which the server takes a value only when it makes the record."""
    if rule.write == "update":
        message = f"{found.name} can only be set when a record is created; this rule would never act."
        return _fault(mapping, rule, "write", "NOT_UPDATABLE", message, "Remove the rule.")
    mark = rule.at
    message = (
        f"{mapping.name}:{mark.line}:{mark.column}: {found.name} can only be set when a record is created; "
        "it is left out for records that exist."
    )
    return Finding("CREATE_ONLY", "warning", message, "Say write: create in the rule.", rule.column)


def _constants(schema: Schema, same: Mapping[str, Value]) -> Iterator[Finding]:
    for name, value in same.items():
        found = schema.find(name)
        if found is None or not isinstance(value, str | tuple):
            continue
        items = [value] if isinstance(value, str) else [item for item in value if isinstance(item, str)]
        if found.name == schema.variant and schema.variants:
            yield from (_not_available(schema, item) for item in items if not _may_have(schema, item))
        elif found.choices and not found.restricted:
            choices = {choice.value for choice in found.choices}
            strange = [item for item in items if item not in choices]
            if strange:
                yield not_listed(found, ", ".join(strange))


def _may_have(schema: Schema, value: str) -> bool:
    found = variant_of(schema, value)
    return found is not None and found.available


def _not_available(schema: Schema, value: str) -> Finding:
    found = variant_of(schema, value)
    named = f" ({found.name})" if found is not None else ""
    message = f"{schema.variant}: {value}{named} is not a record type that this user may choose."
    return Finding("NOT_AVAILABLE", "stop", message, f"Available: {available(schema) or 'none'}.")


def not_listed(found: Property, values: str) -> Finding:
    """Return the warning for values that the server takes although they are not in the list."""
    choices = [choice.value for choice in found.choices]
    shown = ", ".join(choices[:SHOWN]) + (", …" if len(choices) > SHOWN else "")
    said = f"{values} is not" if values else "Not"
    message = f"{said} in the list of {found.name}; the server takes such values all the same."
    return Finding("NOT_IN_LIST", "warning", message, f"In the list: {shown}.")


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
            f"Better name a unique property. {schema.key_hint}".rstrip(),
        )
    elif found.unique is None:
        yield Finding(
            "JOURNAL_IS_MEMORY",
            "warning",
            f"The server does not say whether {found.name} is unique: only this machine's journal knows "
            "which rows were imported.",
            "Keep the journal: case-importer journal where, journal backup.",
        )
