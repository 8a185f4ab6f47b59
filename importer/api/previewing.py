"""``preview``: rows as they would be sent, beside the cells that they come from; nothing is sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from importer.api.peeking import Peek
from importer.api.prepare import Fitted, fit, open_input
from importer.mapping.cells import cell_texts
from importer.mapping.spec import MappingFile
from importer.model.draft import Draft, Reference
from importer.model.errors import SourceError
from importer.model.problem import Problem
from importer.model.row import Row, Shape


@dataclass(frozen=True, slots=True)
class Previewed:
    """One row as it would be sent: its payload, or its problems.

    ``sent`` has the value of each property in it, ``sources`` the cells that feed a property (by column; none
    for a constant), ``references`` the properties whose value is an id that a run looks up.
    """

    row: int
    status: str
    payload: Mapping[str, object] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    sent: Mapping[str, object] = field(default_factory=dict)
    sources: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    references: Mapping[str, Reference] = field(default_factory=dict)
    sheet: str | None = None

    def as_json(self) -> dict[str, object]:
        """Return the row as ``preview --json`` prints it (design §7)."""
        problems = [
            {"code": p.code, "column": p.column, "cell": p.cell, "message": p.message} for p in self.problems
        ]
        lookups = {
            name: {"object": found.lookup.object, "by": found.lookup.by, "value": found.lookup.value}
            for name, found in self.references.items()
        }
        sheet = {} if self.sheet is None else {"sheet": self.sheet}
        return {
            "row": self.row,
            **sheet,
            "status": self.status,
            "payload": self.payload,
            "problems": problems,
            "sources": self.sources,
            "lookups": lookups,
        }


def preview(peeked: Peek, path: Path, count: int, wanted: str | None) -> Iterator[Previewed]:
    """Give the first ``count`` rows, or the row ``wanted`` (``7``, ``Sheet!7``), as they would be sent.

    Raises SourceError (``NO_SUCH_ROW``), MappingError.
    """
    source = open_input(path, peeked.mapping, head=count if wanted is None else None)
    fitted = fit(source, peeked.mapping, peeked.schema, dict(peeked.settings.variables))
    feeding = _feeding(peeked.mapping)
    shown = 0
    number = None if wanted is None else source.shape.row_number(wanted)
    for row in source.rows() if wanted is None or number is not None else ():
        if number is not None and row.number != number:
            continue
        yield _previewed(peeked, fitted, row, feeding)
        shown += 1
        if shown >= count or number is not None:
            return
    if wanted is not None:
        raise _no_such_row(path, wanted, source.shape)


def _no_such_row(path: Path, wanted: str, shape: Shape) -> SourceError:
    remedy = "Rows have the numbers of the file."
    if shape.sheets:
        row = wanted.rpartition("!")[2].strip()
        known = [f"{sheet}!{row}" for sheet in shape.sheets[:3]]
        remedy = f"With several sheets a row is named with its sheet: {' or '.join(known)}."
    return SourceError("NO_SUCH_ROW", f"{path} has no data row {wanted}.", remedy)


def _feeding(mapping: MappingFile) -> dict[str, tuple[str, ...]]:
    """Return the columns that feed each property, by its name in one letter case."""
    found: dict[str, tuple[str, ...]] = {}
    for rule in mapping.rules:
        found[rule.to.casefold()] = (*found.get(rule.to.casefold(), ()), rule.column)
    for text in mapping.templates:
        found[text.name.casefold()] = (*found.get(text.name.casefold(), ()), *text.columns)
    return {name: tuple(dict.fromkeys(columns)) for name, columns in found.items()}


def _previewed(peeked: Peek, fitted: Fitted, row: Row, feeding: Mapping[str, tuple[str, ...]]) -> Previewed:
    shape = fitted.source.shape
    number, sheet = shape.row_of(row.number), shape.sheet_of(row.number)
    if row.blank:
        return Previewed(number, "blank", sheet=sheet)
    if left_out := fitted.compiled.filtered(row):
        return Previewed(number, "skipped", problems=(left_out,), sheet=sheet)
    drafted = fitted.compiled.draft(row)
    if not isinstance(drafted, Draft):
        return Previewed(number, "invalid", problems=drafted, sheet=sheet)
    texts = cell_texts(shape.columns, row)
    folded = {name.casefold(): name for name in reversed(texts)}
    sent = peeked.target.sent(drafted)
    names = [*sent, *(name for name in drafted.references if name not in sent)]
    sources = {
        name: {
            column: texts[column]
            for given in feeding.get(name.casefold(), ())
            if (column := given if given in texts else folded.get(given.casefold(), "")) in texts
        }
        for name in names
    }
    payload = peeked.target.payload(drafted)
    return Previewed(number, "ok", payload, (), sent, sources, drafted.references, sheet)
