"""How a line falls into cells, and the standard library's parser set to it."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import _csv

MAX_CELL = 10_000_000
"""The longest cell that is read, in characters."""


@dataclass(frozen=True)
class Dialect:
    """The delimiter; ``skip_blanks``: blanks before a cell are not part of it (``a, "b"``).

    ``quote`` stands around cells and is doubled inside them, or has ``escape`` before it where there is such
    a character; None: quotes are text. ``note`` tells how the dialect was found.
    """

    delimiter: str
    skip_blanks: bool = False
    note: str | None = None
    quote: str | None = '"'
    escape: str | None = None

    @cached_property
    def unquoted(self) -> re.Pattern[str]:
        """A cell without quotes around it."""
        delimiter, escape = re.escape(self.delimiter), re.escape(self.escape or "")
        plain = f"[^{delimiter}{escape}]*+"
        return re.compile(f"{plain}(?:{escape}.{plain})*+" if escape else plain, re.DOTALL)

    @cached_property
    def quoted(self) -> re.Pattern[str]:
        """A cell with quotes around it; nothing where there are none."""
        quote, escape = re.escape(self.quote or ""), re.escape(self.escape or "")
        if not quote:
            return re.compile("(?!)")
        plain = f"[^{quote}{escape}]*+"
        inside = f"{plain}(?:(?:{quote}{quote}{f'|{escape}.' if escape else ''}){plain})*+"
        return re.compile(f"{' *' if self.skip_blanks else ''}{quote}{inside}{quote}", re.DOTALL)

    def fits(self, cells: Sequence[str], width: int) -> bool:
        """Say whether a record that was read strictly is as wide as the header, and quoted in this way.

        Where apostrophes quote, a cell that begins with a quote speaks for the usual way.
        """
        odd = self.quote == "'" and any(cell.startswith('"') for cell in cells)
        return len(cells) == width and not odd


def csv_reader(lines: Iterable[str], dialect: Dialect, *, strict: bool) -> _csv.Reader:
    """Make a parser over physical lines that takes cells of up to ``MAX_CELL`` characters."""
    if csv.field_size_limit() < MAX_CELL:  # the limit belongs to the process: only ever raised
        csv.field_size_limit(MAX_CELL)
    return csv.reader(
        iter(lines),
        delimiter=dialect.delimiter,
        quotechar=dialect.quote,
        quoting=csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
        doublequote=True,  # without it, text after a closing quote is no fault, strict or not
        escapechar=dialect.escape,
        skipinitialspace=dialect.skip_blanks,
        strict=strict,
    )
