"""Every row of a file mapped and looked at, its problems grouped by column and cause."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from importer.journal.identity import Identities, Repeated
from importer.mapping.cells import cell_texts
from importer.mapping.compiled import Compiled
from importer.model.draft import Draft
from importer.model.problem import CATALOGUE, Problem, problem
from importer.model.row import Row, Shape
from importer.preflight.finding import Finding

CELLS = 5
"""Places that a finding names."""
VALUES = 50
"""Distinct values that a finding lists."""
DISTINCT = 10_000
"""Distinct values that are counted; more would need memory that grows with the file (promise P6)."""


@dataclass(slots=True)
class Group:
    """The rows with one problem in one column."""

    count: int = 0
    cells: list[str] = field(default_factory=list)
    values: Counter[str] = field(default_factory=Counter)
    message: str = ""


@dataclass(frozen=True, slots=True)
class RowsChecked:
    """What came out of looking at every row: how many there are, would be sent, and the findings."""

    rows: int
    to_send: int
    findings: tuple[Finding, ...]


def check_rows(
    rows: Iterable[Row],
    shape: Shape,
    compiled: Compiled,
    identities: Identities,
    known: Callable[[bytes], bool],
    place: Callable[[int, str | None], str],
) -> RowsChecked:
    """Map every row and return what stops some of them.

    ``known`` tells whether the ledger has a key already, ``place`` names a cell as a person sees it.
    """
    groups: dict[tuple[str, str | None], Group] = {}
    count = to_send = 0
    for row in rows:
        count += 1
        problems = _problems(row, compiled, identities, known)
        to_send += not problems
        for found in problems:
            _add(groups.setdefault((found.code, found.column), Group()), found, row, shape, place)
    return RowsChecked(count, to_send, tuple(_finding(*key, group) for key, group in groups.items()))


def _problems(
    row: Row, compiled: Compiled, identities: Identities, known: Callable[[bytes], bool]
) -> tuple[Problem, ...]:
    if row.blank:
        return (problem("BLANK_ROW"),)
    if row.problems and (faults := compiled.faults(row)):
        return faults
    if left_out := compiled.filtered(row):
        return (left_out,)
    identity = identities.of(row)
    if isinstance(identity, Repeated):
        return (problem("SAME_ROW", first=identity.first),)
    drafted = compiled.draft(row)
    found = () if isinstance(drafted, Draft) else drafted
    if isinstance(identity, Problem):
        return found if identity in found else (identity, *found)
    if not found and known(identity.key):
        return (Problem("KNOWN", "It will not be sent again."),)
    return found


def _add(
    group: Group, found: Problem, row: Row, shape: Shape, place: Callable[[int, str | None], str]
) -> None:
    group.count += 1
    group.message = group.message or found.message
    if len(group.cells) < CELLS:
        group.cells.append(found.cell or place(row.number, found.column))
    if found.column is not None and not row.problems:
        value = cell_texts(shape.columns, row).get(found.column, "")
        if value in group.values or len(group.values) < DISTINCT:
            group.values[value] += 1


NOTES = frozenset({"BLANK_ROW", "FILTERED", "SAME_ROW", "KNOWN"})
"""Rows that stay behind for good reasons: nothing to mend."""


def _finding(code: str, column: str | None, group: Group) -> Finding:
    kind = CATALOGUE.get(code)
    message = group.message if group.count == 1 or kind is None else f"{kind.title}. {group.message}"
    severity = "note" if code in NOTES else "rows"
    values = tuple(group.values.most_common(VALUES))
    return Finding(code, severity, message, "", column, group.count, tuple(group.cells), values)  # type: ignore[arg-type]
