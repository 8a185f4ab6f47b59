"""Small mappings fitted to small files, so that tests are tables of cells and values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from importer.mapping import Compiled, MappingFaultsError, compile_mapping, parse_mapping
from importer.model.draft import Draft, Value
from importer.model.row import Cell, Row
from importer.model.schema import Property, Schema

HEAD = "version: 1\ntarget: salesforce\n"
IBM_HEAD = "version: 1\ntarget: ibm-case-manager\ncase_type: AUTO_CollisionClaim\n"


def place(row: int, column: int) -> str:
    """Name a cell as a workbook does."""
    return f"{chr(ord('A') + column)}{row}"


def schema_of(*properties: Property) -> Schema:
    """Return a schema of these properties."""
    return Schema("Case", {each.name: each for each in properties}, "digest")


def fit(
    text: str,
    columns: Sequence[str],
    schema: Schema | None = None,
    variables: Mapping[str, str] | None = None,
    head: str = HEAD,
) -> Compiled:
    """Return the mapping ``head + text`` fitted to ``columns``."""
    mapping = parse_mapping(head + text, "m.yaml")
    return compile_mapping(mapping, columns, schema, variables or {}, place=place)


def told(error: MappingFaultsError) -> list[str]:
    """Return the faults of an error, one line each, without the lines of the file."""
    return [str(fault).splitlines()[0] for fault in error.faults]


def row(*cells: Cell, number: int = 2) -> Row:
    """Return a row that was read without problems."""
    return Row(number, cells)


def values_of(compiled: Compiled, *cells: Cell) -> Mapping[str, Value]:
    """Return the values of a row, which must have no problems."""
    drafted = compiled.draft(row(*cells))
    assert isinstance(drafted, Draft), drafted
    return drafted.values


def problems_of(compiled: Compiled, *cells: Cell) -> list[tuple[str, str | None, str]]:
    """Return code, column and message of a row's problems, which must have some."""
    drafted = compiled.draft(row(*cells))
    assert not isinstance(drafted, Draft), drafted.values
    return [(found.code, found.column, found.message) for found in drafted]


def outcome(
    rule: str, cell: Cell, found: Property | None = None, head: str = HEAD
) -> Value | list[str] | str:
    """Return what one rule makes of one cell: its value, the codes of its problems, or ``omitted``.

    ``rule`` is what follows ``to: P`` in the flow form of a rule. A second column keeps the row from being
    without values.
    """
    comma = ", " if rule else ""
    text = f"columns:\n  C: {{to: P{comma}{rule}}}\n  Other: Other\n"
    compiled = fit(text, ["C", "Other"], schema_of(found) if found else None, head=head)
    drafted = compiled.draft(row(cell, "x"))
    if isinstance(drafted, Draft):
        return drafted.values.get("P", "omitted")
    return [each.code for each in drafted]
