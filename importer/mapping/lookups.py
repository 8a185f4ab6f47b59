"""Look-ups: a text of the file names another record, and the property gets that record's id.

Nothing is asked here: a rule with a look-up makes a Reference, which is resolved before the row is sent.
"""

from __future__ import annotations

from collections.abc import Callable

from importer.mapping.cells import RefusedError
from importer.mapping.faults import Faults, Mark, one_of, quoted
from importer.mapping.kinds import final_value, sentences
from importer.mapping.spec import SALESFORCE, Instead, LookupBy, MappingFile, Part, Rule, TargetName, Text
from importer.model.draft import Lookup, Reference
from importer.model.schema import Property

Refer = Callable[[str], Reference]
Fill = Callable[[tuple[Part, ...], Mark], str | None]
"""Puts the variables into a text; notes a fault for one that is not defined, and gives None."""

LEDGER_KEY = "key"

_FOR_TYPES = ("type", "format", "timezone", "decimal", "thousands")


def check_lookup(part: Rule | Text, mapping: MappingFile, faults: Faults) -> None:
    """Note what contradicts itself in the look-up of a rule or a constant, if it has one."""
    lookup = part.lookup
    if lookup is None:
        return
    _check_keys(part, lookup, mapping.target, faults)
    if not isinstance(part, Rule):
        return
    for key in _FOR_TYPES:
        if key in part.marks and not (key == "type" and part.type == "text"):
            faults.add(part.mark(key), f"{key} is of no use with lookup: the record is looked up by the text")
    if part.split is not None:
        faults.add(part.mark("split"), "split cannot stand with lookup: a property refers to one record")


def _check_keys(part: Rule | Text, lookup: LookupBy, target: TargetName, faults: Faults) -> None:
    given = {key.removeprefix("lookup.") for key in part.marks if key.startswith("lookup.")}
    at = part.mark("lookup")
    if not given & {"object", "imported", "file"}:  # file is told of already
        faults.add(at, "lookup needs object: and by:, or imported: and the name of a source")
    elif {"object", "imported"} <= given:
        faults.add(
            part.mark("lookup.imported"), "object and imported contradict each other; keep one of them"
        )
    elif lookup.imported:
        if lookup.by != LEDGER_KEY:
            message = "by is key with imported: rows that were imported are known by their key only"
            faults.add(part.mark("lookup.by"), message)
        if "many" in given:
            faults.add(part.mark("lookup.many"), "many is of no use with imported: a key has one record")
    elif target != SALESFORCE:
        faults.add(
            part.mark("lookup.object"),
            f"{target} has no look-up by object; write imported: SOURCE, by: key",
        )
    elif "by" not in given:
        faults.add(at, "by is missing in lookup; it names the property that holds the text")


def check_reference(name: str, found: Property, lookup: LookupBy, at: Mark, faults: Faults) -> None:
    """Note a look-up whose id the property ``found`` of the schema cannot take."""
    if found.type not in ("id", "text", "unsupported") or found.multiple:
        kind = "takes several values" if found.multiple else f"is of the type {found.type}"
        faults.add(at, f"{quoted(name)} {kind}; a look-up gives the id of one record")
    elif found.references and not lookup.imported:
        known = [*found.references, *(["Queue"] if "Group" in found.references else [])]
        if lookup.object.casefold() not in {each.casefold() for each in known}:
            faults.add(at, f"{quoted(name)} refers to {one_of(known)}, not to {lookup.object}")


def refer_function(
    part: Rule | Text, found: Property | None, target: TargetName, fill: Fill, faults: Faults
) -> Refer:
    """Return the function from the text of a rule or a constant with a look-up to its Reference."""
    lookup = part.lookup
    assert lookup is not None

    def instead(key: str, given: Instead) -> str:
        at = part.mark(f"lookup.{key}")
        if given == "error":
            return given
        if given == "omit":
            if found is not None and found.required:
                faults.add(at, f"{key}: omit cannot be: {quoted(found.name)} is required")
            return given
        text = fill(given, at)
        if text is None:
            return "error"
        value = final_value(text, "id" if target == SALESFORCE else "text", found, target)
        if isinstance(value, RefusedError):
            faults.add(at, f"{key} of {quoted(part.writes)}: {sentences(value)}; it is sent as it stands")
        return text

    if found is not None:
        check_reference(found.name, found, lookup, part.mark("lookup"), faults)
    none, many = instead("none", lookup.none), instead("many", lookup.many)

    def refer(text: str) -> Reference:
        return Reference(Lookup(lookup.object, lookup.by, text, lookup.imported), none, many)

    return refer
