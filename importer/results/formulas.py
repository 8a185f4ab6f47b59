"""Cells of text results that a spreadsheet would take for formulas: marked when asked for, and undone.

A cell is marked with an apostrophe in front when, behind spaces and apostrophes that it may have itself, it
begins with a character that starts a formula. So every marked cell has one apostrophe more than the cell
that was meant, and no other cell is touched by the undoing: nothing is lost. Plain numbers are left alone,
-12.50 too. Lines with marked cells say so in the column ``import_escaped``, each for itself: the file may
be sorted, cut and added to.
"""

from __future__ import annotations

import re

ESCAPED = "import_escaped"
"""The result column that says that the cells of its line are marked."""
WORD = "apostrophe"
"""What it holds."""
_ACTIVE = re.compile("[' \xa0]*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)*")


def is_active(text: str) -> bool:
    """Return whether a spreadsheet might take ``text`` for a formula, apostrophes in front left aside."""
    return _ACTIVE.match(text) is not None and not _NUMBER.fullmatch(text)


def escaped(text: str) -> str:
    """Return ``text`` with the mark, when it needs one."""
    return f"'{text}" if is_active(text) else text


def unescaped(text: str) -> str:
    """Return the text that ``escaped`` was given."""
    return text[1:] if text.startswith("'") and is_active(text[1:]) else text
