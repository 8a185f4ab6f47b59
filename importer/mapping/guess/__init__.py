"""A first draft of a mapping, from a table and the schema of what its rows become.

Names, values and kinds of the columns are compared with the properties; what is not clear is said in
comments and never chosen. The draft holds contents of rows only where a value map needs the values of a list
of choices.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from importer.mapping.guess.drafting import CONFIDENCE, DraftMapping, draft
from importer.mapping.guess.page import Heading, page
from importer.mapping.guess.profile import profile
from importer.model.row import Row, Shape
from importer.model.schema import Schema

__all__ = ["CONFIDENCE", "Guess", "Heading", "guess"]


@dataclass(frozen=True, slots=True)
class Guess:
    """The text of a drafted mapping file, and what it says as values."""

    text: str
    draft: DraftMapping


def guess(
    shape: Shape, rows: Iterable[Row], schema: Schema, heading: Heading, confidence: int = CONFIDENCE
) -> Guess:
    """Draft a mapping of ``rows`` to ``schema``; pairs below ``confidence`` (per cent) are comments only."""
    profiled = profile(shape.columns, rows)
    drafted = draft(profiled.columns, schema, confidence)
    return Guess(page(heading, profiled, drafted), drafted)
