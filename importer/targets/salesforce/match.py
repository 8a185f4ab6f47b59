"""The field that carries the keys of rows, as the org describes it (design §4, Matching on the server)."""

from __future__ import annotations

from dataclasses import dataclass

from importer.model.schema import Schema
from importer.targets.salesforce.soql import Literal, number_literal, text_literal

NUMBERS = frozenset({"integer", "number"})


@dataclass(frozen=True, slots=True)
class Match:
    """``name`` of the field, None where the mapping names none.

    ``fold``: letter case does not count; ``unique``: a second record with a key is refused; ``literal``: how
    a key stands in a query.
    """

    name: str | None
    fold: bool = True
    unique: bool = True
    literal: Literal = text_literal


def match_in(schema: Schema, name: str | None) -> Match:
    """Return the match field ``name`` as ``schema`` spells and describes it."""
    found = schema.find(name) if name else None
    if found is None:
        return Match(name)
    literal = number_literal if found.type in NUMBERS else text_literal
    return Match(found.name, not found.case_sensitive, found.unique is not False, literal)
