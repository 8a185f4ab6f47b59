"""Which sheets of a workbook are read, and what to tell about the choice."""

from __future__ import annotations

from collections.abc import Sequence

from importer.readers.books.limits import RefusedError, Sheet

CORRECT = "Say read: sheet in the mapping."


def choose(sheets: Sequence[Sheet], wanted: str | Sequence[str] | None) -> tuple[list[int], list[str]]:
    """Return the indexes of the sheets to read, and notes.

    ``wanted`` is a list of names, ``"*"`` for all visible sheets, None for the first visible one. Raises
    RefusedError ``SHEET_MISSING``.
    """
    visible = [index for index, sheet in enumerate(sheets) if sheet.visible]
    hidden = [sheet.name for sheet in sheets if not sheet.visible]
    if wanted is not None and wanted != "*":
        if isinstance(wanted, str):
            return [_named(sheets, wanted)], []
        return _several(sheets, list(dict.fromkeys(_named(sheets, name) for name in wanted))), []
    if not visible:
        raise RefusedError("SHEET_MISSING", "{file} has no visible sheet.", CORRECT)
    notes = []
    if wanted is None and len(visible) > 1:
        notes.append(f"sheet found: {sheets[visible[0]].name!r}, the first of {len(visible)}")
    if hidden:
        notes.append(f"hidden sheets are not read: {', '.join(map(repr, hidden))}")
    return (_several(sheets, visible) if wanted == "*" else visible[:1]), notes


def _several(sheets: Sequence[Sheet], chosen: list[int]) -> list[int]:
    """Return ``chosen`` unless the rows of these sheets could not be told apart by their sheets' names."""
    names = [_fold(sheets[index].name) for index in chosen]
    if len(set(names)) < len(names) or any("/" in name or "!" in name for name in names):
        raise RefusedError(
            "SHEET_MISSING",
            "{file} has sheets whose names cannot stand beside each other: they are equal, or have a / or !.",
            "Rename them.",
        )
    return chosen


def _named(sheets: Sequence[Sheet], name: str) -> int:
    exact = [index for index, sheet in enumerate(sheets) if sheet.name == name]
    folded = [index for index, sheet in enumerate(sheets) if _fold(sheet.name) == _fold(name)]
    for found in (exact, folded):
        if len(found) == 1:
            return found[0]
        if found:
            raise RefusedError(
                "SHEET_MISSING", f"{{file}} has several sheets called {name!r}.", "Rename them."
            )
    from importer.model.schema import nearest  # for this message only

    near = nearest(name, (sheet.name for sheet in sheets))
    raise RefusedError(
        "SHEET_MISSING",
        f"{{file}} has no sheet {name!r}; its sheets are: {', '.join(sheet.name for sheet in sheets)}.",
        f"Did you mean {near!r}?" if near else "Correct read: sheet in the mapping.",
    )


def _fold(name: str) -> str:
    return name.strip().casefold()
