"""What type a rule has, which of its keys that type uses, and texts of the mapping as final values."""

from __future__ import annotations

from collections.abc import Mapping

from importer.mapping.cells import RefusedError
from importer.mapping.faults import quoted
from importer.mapping.formats import has_time
from importer.mapping.limits import limited
from importer.mapping.spec import Rule, RuleType, TargetName
from importer.mapping.values import Reading, converter
from importer.model.draft import Scalar
from importer.model.problem import CATALOGUE
from importer.model.schema import Property


def kind_of(rule: Rule, found: Property | None) -> RuleType:
    """Return the type a rule has: its own, the schema's, what its keys need, else text."""
    if rule.type:
        return rule.type
    if found is not None:
        return "text" if found.type == "unsupported" else found.type
    if rule.timezone or any(has_time(form) for form in rule.formats):
        return "datetime"
    if rule.formats:
        return "date"
    return "number" if rule.decimal or rule.thousands else "text"


NEEDS: Mapping[str, tuple[RuleType, ...]] = {
    "format": ("date", "datetime"),
    "timezone": ("datetime",),
    "decimal": ("number", "integer"),
    "thousands": ("number", "integer"),
    "truncate": ("text", "email", "phone", "id"),
}
"""Keys of a rule that only some types use."""


def misfits(rule: Rule, kind: RuleType) -> list[str]:
    """Return the keys of a rule that its type does not use."""
    given: dict[str, object] = {
        "format": rule.formats,
        "timezone": rule.timezone,
        "decimal": rule.decimal,
        "thousands": rule.thousands,
        "truncate": rule.truncate,
    }
    return [key for key, value in given.items() if value and kind not in NEEDS[key]]


def final_value(
    text: str, kind: RuleType, found: Property | None, target: TargetName, timezone: str | None = None
) -> Scalar | RefusedError:
    """Return a default or a constant as the value that is sent; the RefusedError tells why it cannot be.

    Numbers have a ``.``, dates are in ISO 8601.
    """
    convert = converter(kind, Reading(target, timezone=timezone))
    try:
        return limited(convert, found)(text)
    except RefusedError as refused:
        return refused


def default_fault(rule: Rule, refused: RefusedError) -> str:
    """Return what is wrong with a rule's default."""
    final = "a default is final: dates are in ISO 8601, numbers have a ."
    return f"default of {quoted(rule.column)}: {sentences(refused)}; {final}"


def sentences(refused: RefusedError) -> str:
    """Return what is wrong in the words of the catalogue, without the remedy for cells and the full stop."""
    found = [CATALOGUE[code].template.format(**names) for code, names in refused.failures]
    return " ".join(found).removesuffix(".")
