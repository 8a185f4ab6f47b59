"""What the journal does not keep of rows: their values by name, and the problems that show values (P7)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from importer.mapping.cells import cell_texts
from importer.mapping.compiled import Compiled
from importer.model.draft import Draft, Scalar
from importer.model.problem import CATALOGUE, Problem
from importer.model.redaction import redact
from importer.model.row import Row

SHOWS_VALUES = ("{value}", "{shown}", "{detail}", "{nearest}")
"""Parts of a catalogue sentence that can hold a row's contents."""


@dataclass(frozen=True, slots=True)
class Explain:
    """Reads again, from a row of the source, what its entry in the journal leaves out."""

    compiled: Compiled

    def texts(self, row: Row) -> dict[str, str]:
        """Return the row's values by name: cells by column, and what mapping makes of them by property."""
        texts = cell_texts(self.compiled.columns, row)
        drafted = self.compiled.draft(row) if self.compiled.takes(row) else None
        return {**dict(values_of(drafted)), **texts} if isinstance(drafted, Draft) else texts

    def problems(self, row: Row) -> tuple[Problem, ...]:
        """Return the problems of reading and mapping the row; empty when it has none."""
        if row.blank:
            return ()
        drafted = self.compiled.draft(row)
        return () if isinstance(drafted, Draft) else drafted


def values_of(draft: Draft) -> Iterator[tuple[str, str]]:
    """Give the values of ``draft`` as a server may quote them, under the names of their properties."""
    for name, value in draft.values.items():
        if isinstance(value, tuple):
            for place, item in enumerate(value, start=1):
                yield f"{name} {place}", _quoted(item)
        else:
            yield name, _quoted(value)
    for name, reference in draft.references.items():
        yield name, reference.lookup.value


def _quoted(value: Scalar) -> str:
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(value)


def kept(found: Problem, texts: dict[str, str]) -> Problem:
    """Return ``found`` as the journal keeps it: without the row's values.

    A sentence that shows a value, perhaps shortened or transformed, is kept as its title alone: it is made
    again from the row when results are written.
    """
    kind = CATALOGUE.get(found.code)
    if kind is not None and any(part in kind.template for part in SHOWS_VALUES):
        message = f"{kind.title}."
    else:
        message = redact(found.message, texts)
    return Problem(found.code, message, found.column, found.cell, found.server_text)
