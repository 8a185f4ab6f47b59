"""What a person may ask of results, besides where they go."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Form:
    """``escape_formulas``: text results mark what a spreadsheet would take for a formula (``formulas.py``).

    ``annotate``: beside the results, a copy of the person's own file with the result columns.
    """

    escape_formulas: bool = False
    annotate: bool = False


PLAIN = Form()
